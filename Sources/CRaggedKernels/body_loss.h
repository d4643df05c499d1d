// Losses with their gradients, as Keras defines them on outputs that are probabilities.

#define EPSILON 1e-7f

typedef struct {
  vf loss, hit;
} judged;

INLINE vf target_of(const rk_loss *p, int64_t t, int64_t r, int lane) {
  if (!p->classes) return load(p->values + t * p->value_stride + r * LANES + lane);
  vi truth = *(const vi *)(p->classes + t * LANES + lane);
  vi same = p->width == 1 ? truth > 0 : truth == (int32_t)r;
  return choose(same, splat(1), splat(0));
}

// Keras' categorical cross-entropy: outputs are divided by their sum, clipped to [1e-7, 1 - 1e-7], and outside the clip
// the gradient is zero.
INLINE judged categorical(const rk_loss *p, int64_t t, int lane, vf scale) {
  const float *y = p->y + t * p->y_stride + lane;
  vf sum = splat(0), loss = splat(0), dot = splat(0), top = load(y), top_target = target_of(p, t, 0, lane);
  vf hit = top_target;
  for (int64_t r = 0; r < p->width; r++) sum += load(y + r * LANES);
  vf inverse = 1.0f / sum;
  for (int64_t r = 0; r < p->width; r++) {
    vf out = load(y + r * LANES), share = out * inverse, truth = target_of(p, t, r, lane);
    vf kept = within(share, EPSILON, 1.0f - EPSILON);
    loss -= choose(truth != 0.0f, truth * vlog(kept), splat(0));
    dot += choose(kept == share, -truth, splat(0));
    vi higher = out > top;
    hit = choose(higher, truth, hit);
    top = choose(higher, out, top);
    top_target = most(top_target, truth);
  }
  if (p->d_y)
    for (int64_t r = 0; r < p->width; r++) {
      vf share = load(y + r * LANES) * inverse, truth = target_of(p, t, r, lane);
      vf kept = within(share, EPSILON, 1.0f - EPSILON);
      vf slope = choose(kept == share, -truth / kept, splat(0));
      store(p->d_y + t * p->y_stride + r * LANES + lane, choose(scale != 0.0f, (slope - dot) * inverse * scale, splat(0)));
    }
  return (judged){loss, choose(hit == top_target, splat(1), splat(0))};
}

INLINE judged separate(const rk_loss *p, int64_t t, int lane, vf scale) {
  vf loss = splat(0), right = splat(1);
  float share = 1.0f / (float)p->width;
  for (int64_t r = 0; r < p->width; r++) {
    vf out = load(p->y + t * p->y_stride + r * LANES + lane), truth = target_of(p, t, r, lane), slope;
    if (p->loss == RK_BINARY) {
      vf kept = within(out, EPSILON, 1.0f - EPSILON);
      loss -= truth * vlog(kept) + (1.0f - truth) * vlog(1.0f - kept);
      slope = choose(kept == out, (kept - truth) / (kept * (1.0f - kept)), splat(0));
      right = choose((out > 0.5f) == (truth > 0.5f), right, splat(0));
    } else {
      vf difference = out - truth;
      vf sign = choose(difference > 0.0f, splat(1), choose(difference < 0.0f, splat(-1), splat(0)));
      loss += p->loss == RK_SQUARED ? difference * difference : difference * sign;
      slope = p->loss == RK_SQUARED ? 2.0f * difference : sign;
    }
    if (p->d_y)
      store(p->d_y + t * p->y_stride + r * LANES + lane, choose(scale != 0.0f, slope * share * scale, splat(0)));
  }
  return (judged){loss * share, right};
}

static void loss(rk_loss *p) {
  p->loss_sum = p->hits = p->counted = 0;
  for (int64_t t = 0; t < p->steps; t++) {
    for (int lane = 0; lane < LANES; lane += VECTOR) {
      vf weight = load(p->weight + t * LANES + lane), real = load(p->real + t * LANES + lane);
      vf scale = weight * p->scale;
      judged j = p->loss == RK_CATEGORICAL ? categorical(p, t, lane, scale) : separate(p, t, lane, scale);
      vf kept = choose(weight != 0.0f, weight * j.loss, splat(0));
      UNROLL for (int i = 0; i < VECTOR; i++) p->loss_sum += (double)kept[i];
      p->hits += (double)sum_of(real * j.hit);
      p->counted += (double)sum_of(real);
    }
  }
}
