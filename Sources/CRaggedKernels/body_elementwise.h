// Activations of dense layers, dropout, and the loop that measures the processor's peak.

INLINE void softmax(float *y, int64_t rows) {
  vf top = load(y), sum = splat(0);
  for (int64_t r = 1; r < rows; r++) top = most(top, load(y + r * LANES));
  for (int64_t r = 0; r < rows; r++) {
    vf e = vexp(load(y + r * LANES) - top);
    store(y + r * LANES, e);
    sum += e;
  }
  vf scale = 1.0f / sum;
  for (int64_t r = 0; r < rows; r++) store(y + r * LANES, load(y + r * LANES) * scale);
}

static void activate(int32_t activation, float *y, int64_t rows, int64_t steps, int64_t stride) {
  if (activation == RK_LINEAR) return;
  for (int64_t t = 0; t < steps; t++, y += stride) {
    for (int lane = 0; lane < LANES; lane += VECTOR) {
      if (activation == RK_SOFTMAX) softmax(y + lane, rows);
      else
        for (int64_t r = 0; r < rows; r++) {
          float *p = y + r * LANES + lane;
          store(p, activated(activation, load(p)));
        }
    }
  }
}

// d becomes the gradient of the pre-activation, from the gradient of the activation y.
static void activate_backward(int32_t activation, const float *y, float *d, int64_t rows, int64_t steps,
                              int64_t y_stride, int64_t d_stride) {
  if (activation == RK_LINEAR) return;
  for (int64_t t = 0; t < steps; t++, y += y_stride, d += d_stride) {
    for (int lane = 0; lane < LANES; lane += VECTOR) {
      vf dot = splat(0);
      if (activation == RK_SOFTMAX)
        for (int64_t r = 0; r < rows; r++) dot += load(y + r * LANES + lane) * load(d + r * LANES + lane);
      for (int64_t r = 0; r < rows; r++) {
        float *p = d + r * LANES + lane;
        vf out = load(y + r * LANES + lane), up = load(p);
        switch (activation) {
          case RK_RELU: store(p, choose(out > 0.0f, up, splat(0))); break;
          case RK_SIGMOID: store(p, up * out * (1.0f - out)); break;
          case RK_TANH: store(p, up * (1.0f - out * out)); break;
          default: store(p, out * (up - dot)); break;
        }
      }
    }
  }
}

static void dropout(const rk_dropout *p) {
  for (int64_t t = 0; t < p->steps; t++) {
    for (int lane = 0; lane < LANES; lane += VECTOR) {
      vu seed = *(const vu *)(p->seeds + t * LANES + lane);
      for (int64_t r = 0; r < p->rows; r++) {
        vu z = seed + (uint32_t)(r + 1) * 0x9e3779b9u;  // murmur3's finaliser
        z = (z ^ (z >> 16)) * 0x85ebca6bu;
        z = (z ^ (z >> 13)) * 0xc2b2ae35u;
        z ^= z >> 16;
        vf x = load(p->x + t * p->x_stride + r * LANES + lane);
        store(p->y + t * p->y_stride + r * LANES + lane, choose(z >= (vu)p->threshold, x * p->scale, splat(0)));
      }
    }
  }
}

static double peak(int64_t repeats) {
  enum { chains = VECTOR == 4 ? 8 : 12 };
  vf s[chains];
  volatile float seed = 1.0f;
  vf x = splat(seed), y = splat(seed * 1e-9f);
  UNROLL for (int i = 0; i < chains; i++) s[i] = splat((float)i);
  for (int64_t n = 0; n < repeats; n++) {
    UNROLL for (int i = 0; i < chains; i++) s[i] = s[i] * x + y;
    __asm__ volatile("" : "+m"(seed));
  }
  vf total = splat(0);
  UNROLL for (int i = 0; i < chains; i++) total += s[i];
  seed = sum_of(total);
  return (double)repeats * chains * VECTOR * 2;
}
