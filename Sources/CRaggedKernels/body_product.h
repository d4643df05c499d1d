// Rows of a matrix times weights: `vectors` vectors of outputs for a few rows at a time.

INLINE vf AT(load_some)(const float *p, rk_int count) {
  if (count >= VECTOR) return load(p);
  vf x = splat(0);
  for (rk_int i = 0; i < count; i++) x[i] = p[i];
  return x;
}

INLINE void AT(product_tile)(const int vectors, const int rows, const rk_affine *p, rk_int n, rk_int m) {
  vf a[8][4];
  UNROLL for (int u = 0; u < vectors; u++) {
    rk_int at = n + u * VECTOR;
    vf bias = p->bias ? AT(load_some)(p->bias + at, p->outputs - at) : splat(0);
    UNROLL for (int r = 0; r < rows; r++) a[r][u] = bias;
  }
  const float *w = p->weights + n * p->inputs, *x = p->x + m * p->x_stride;
  for (rk_int k = 0; k < p->inputs; k++, w += vectors * VECTOR) {
    vf weight[4];
    UNROLL for (int u = 0; u < vectors; u++) weight[u] = load(w + u * VECTOR);
    UNROLL for (int r = 0; r < rows; r++) {
      vf in = splat(x[r * p->x_stride + k]);
      UNROLL for (int u = 0; u < vectors; u++) a[r][u] += weight[u] * in;
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int u = 0; u < vectors; u++) store(p->y + (m + r) * p->y_stride + n + u * VECTOR, a[r][u]);
  }
}

INLINE void AT(product_of)(const int vectors, const rk_affine *p, rk_int n) {
  rk_int m = 0;
  if (vectors == 1)
    for (; m + 8 <= p->rows; m += 8) AT(product_tile)(vectors, 8, p, n, m);
  for (; m + 4 <= p->rows; m += 4) AT(product_tile)(vectors, 4, p, n, m);
  for (; m < p->rows; m++) AT(product_tile)(vectors, 1, p, n, m);
}
