// A matrix times every timestep: dense layers, and the gradients of inputs.

INLINE void affine_rows(const int tile, const rk_affine *p, int64_t t, int64_t m) {
  const float *x = p->x + t * p->x_stride;
  float *y = p->y + t * p->y_stride + m * LANES;
  for (int lane = 0; lane < LANES; lane += VECTOR * TOGETHER) {
    const float *w = p->weights + m * p->inputs;
    vf a[ROW_TILE][TOGETHER];
    UNROLL for (int r = 0; r < tile; r++) {
      UNROLL for (int v = 0; v < TOGETHER; v++)
        a[r][v] = splat(p->bias ? p->bias[m + r] : 0);
    }
    for (int64_t k = 0; k < p->inputs; k++, w += tile) {
      vf in[TOGETHER];
      UNROLL for (int v = 0; v < TOGETHER; v++) in[v] = load(x + k * LANES + lane + v * VECTOR);
      UNROLL for (int r = 0; r < tile; r++) {
        UNROLL for (int v = 0; v < TOGETHER; v++) a[r][v] += w[r] * in[v];
      }
    }
    UNROLL for (int r = 0; r < tile; r++) {
      UNROLL for (int v = 0; v < TOGETHER; v++) store(y + r * LANES + lane + v * VECTOR, a[r][v]);
    }
  }
}

static void affine(const rk_affine *p) {
  for (int64_t t = 0; t < p->steps; t++) {
#define ROWS(n) affine_rows(n, p, t, j)
    EACH_TILE(p->outputs, ROWS)
#undef ROWS
  }
}
