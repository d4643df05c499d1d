// Activations of dense layers. Softmax, and rows that would leave most of a vector empty, are turned so that vectors run across
// rows.

// Takes `count` rows of a matrix to [width][rk_together]; the missing ones are zero.
INLINE void turn(const float *x, rk_int stride, rk_int width, rk_int count, float *turned) {
  for (rk_int k = 0; k < width; k++) {
    UNROLL for (int lane = 0; lane < rk_together; lane += VECTOR) {
      vf column = splat(0);
      if (count == rk_together) {
        UNROLL for (int i = 0; i < VECTOR; i++) column[i] = x[(lane + i) * stride + k];
      } else {
        for (rk_int i = 0; i < VECTOR && lane + i < count; i++) column[i] = x[(lane + i) * stride + k];
      }
      store(turned + k * rk_together + lane, column);
    }
  }
}

INLINE void turn_back(const float *turned, rk_int width, rk_int count, float *x, rk_int stride) {
  for (rk_int k = 0; k < width; k++) {
    UNROLL for (int lane = 0; lane < rk_together; lane += VECTOR) {
      vf column = load(turned + k * rk_together + lane);
      if (count == rk_together) {
        UNROLL for (int i = 0; i < VECTOR; i++) x[(lane + i) * stride + k] = column[i];
      } else {
        for (rk_int i = 0; i < VECTOR && lane + i < count; i++) x[(lane + i) * stride + k] = column[i];
      }
    }
  }
}

INLINE void softmax(float *y, rk_int width) {
  vf top = load(y), sum = splat(0);
  for (rk_int k = 1; k < width; k++) top = most(top, load(y + k * rk_together));
  for (rk_int k = 0; k < width; k++) {
    vf e = vexp(load(y + k * rk_together) - top);
    store(y + k * rk_together, e);
    sum += e;
  }
  vf scale = 1.0f / sum;
  for (rk_int k = 0; k < width; k++) store(y + k * rk_together, load(y + k * rk_together) * scale);
}

static void activate(const rk_activation *p) {
  if (p->activation == RK_LINEAR) return;
  if (p->activation != RK_SOFTMAX && 2 * p->width > NARROW) return JOIN(activate_rows, NARROW)(p);
  for (rk_int m = 0; m < p->rows; m += rk_together) {
    rk_int count = p->rows - m < rk_together ? p->rows - m : rk_together;
    float *y = p->scratch;
    turn(p->y + m * p->y_stride, p->y_stride, p->width, count, y);
    for (rk_int lane = 0; lane < rk_together; lane += VECTOR) {
      if (p->activation == RK_SOFTMAX) softmax(y + lane, p->width);
      else
        for (rk_int k = 0; k < p->width; k++)
          store(y + k * rk_together + lane, activated(p->activation, load(y + k * rk_together + lane)));
    }
    turn_back(y, p->width, count, p->y + m * p->y_stride, p->y_stride);
  }
}

static void activate_backward(const rk_activation *p) {
  if (p->activation == RK_LINEAR) return;
  if (p->activation != RK_SOFTMAX) return JOIN(activate_rows_backward, NARROW)(p);
  for (rk_int m = 0; m < p->rows; m += rk_together) {
    rk_int count = p->rows - m < rk_together ? p->rows - m : rk_together;
    float *y = p->scratch, *d = p->scratch + p->width * rk_together;
    turn(p->y + m * p->y_stride, p->y_stride, p->width, count, y);
    turn(p->d + m * p->d_stride, p->d_stride, p->width, count, d);
    for (rk_int lane = 0; lane < rk_together; lane += VECTOR) {
      vf dot = splat(0);
      for (rk_int k = 0; k < p->width; k++) dot += load(y + k * rk_together + lane) * load(d + k * rk_together + lane);
      for (rk_int k = 0; k < p->width; k++) {
        float *at = d + k * rk_together + lane;
        store(at, load(y + k * rk_together + lane) * (load(at) - dot));
      }
    }
    turn_back(d, p->width, count, p->d + m * p->d_stride, p->d_stride);
  }
}
