// Activations of dense layers but softmax, row by row, each to the end of its last vector.

INLINE vf AT(slope)(int32_t activation, vf y, vf d) {
  switch (activation) {
    case RK_RELU: return choose(y > 0.0f, d, splat(0));
    case RK_SIGMOID: return d * y * (1.0f - y);
    default: return d * (1.0f - y * y);
  }
}

INLINE void AT(activate_rows)(const rk_activation *p) {
  for (rk_int m = 0; m < p->rows; m++) {
    for (rk_int n = 0; n < p->width; n += VECTOR) {
      float *at = p->y + m * p->y_stride + n;
      store(at, activated(p->activation, load(at)));
    }
  }
}

INLINE void AT(activate_rows_backward)(const rk_activation *p) {
  for (rk_int m = 0; m < p->rows; m++) {
    for (rk_int n = 0; n < p->width; n += VECTOR) {
      float *at = p->d + m * p->d_stride + n;
      store(at, AT(slope)(p->activation, load(p->y + m * p->y_stride + n), load(at)));
    }
  }
}
