// An LSTM's cells backward: `rows` sequences and `vectors` groups of units.

// What a tile has beside it in time.
typedef struct {
  rk_int next;                     // the first of its rows one step later; -1: there is none
  const float *h, *c;              // the states before; null: zeros
  rk_int h_stride, c_stride;
} AT(beside);

// Through one cell: dh and dc give the gradients of the four pre-activations, and dc one step earlier. `count` units are
// real; the others get zeros, for products read whole groups.
INLINE void AT(cell_gradient)(const rk_lstm *p, rk_int sequence, rk_int m, rk_int j, rk_int count, rk_int r,
                              const AT(beside) *beside, vf dh) {
  float *gate = p->gates + m * p->gate_stride + 4 * j, *squashed = p->tanh_c + m * p->c_stride + j;
  float *carried = p->d_c + sequence * p->state_stride + j;
  vf i = load(gate), f = load(gate + VECTOR), g = load(gate + 2 * VECTOR), o = load(gate + 3 * VECTOR);
  vf s = load(squashed);
  vf before = beside->c ? load(beside->c + r * beside->c_stride + j) : splat(0);
  // With x - x y for x (1 - y), so that most of it is fused.
  vf by_o = dh * o, by_s = by_o * s;
  vf dc = by_o - by_s * s;
  if (beside->next >= 0) dc += load(carried);
  vf by_i = dc * i, by_g = by_i * g, by_f = dc * f, forgotten = by_f * before;
  vf z[4] = {by_g - by_g * i, forgotten - forgotten * f, by_i - by_g * g, by_s - by_s * o};
  if (count < VECTOR) {
    UNROLL for (int n = 0; n < 4; n++) z[n] = choose(iota() < (int32_t)count, z[n], splat(0));
  }
  UNROLL for (int n = 0; n < 4; n++) store(gate + n * VECTOR, z[n]);
  store(carried, by_f);
  store(squashed, beside->h ? load(beside->h + r * beside->h_stride + j) : splat(0));
}

INLINE void AT(gradient_tile)(const int vectors, const int rows, const rk_lstm *p, rk_int columns, rk_int j, rk_int sequence,
                              rk_int m, const AT(beside) *beside, rk_int first) {
  vf a[8][4];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int u = 0; u < vectors; u++) a[r][u] = load(p->d_h + (m + r) * p->d_h_stride + j + u * VECTOR);
  }
  if (beside->next >= 0) {
    const float *w = p->recurrent + j * columns, *d = p->gates + (beside->next + first) * p->gate_stride;
    for (rk_int n = 0; n < columns; n++, w += vectors * VECTOR) {
      vf weight[4];
      UNROLL for (int u = 0; u < vectors; u++) weight[u] = load(w + u * VECTOR);
      UNROLL for (int r = 0; r < rows; r++) {
        vf in = splat(d[r * p->gate_stride + n]);
        UNROLL for (int u = 0; u < vectors; u++) a[r][u] += weight[u] * in;
      }
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int u = 0; u < vectors; u++) {
      rk_int unit = j + u * VECTOR;
      AT(cell_gradient)(p, sequence + r, m + r, unit, p->units - unit, first + r, beside, a[r][u]);
    }
  }
}

// Sequences `sequence`, …: `count` of them, whose rows are m, m + 1, …
INLINE void AT(gradients_of)(const int vectors, const rk_lstm *p, rk_int columns, rk_int j, rk_int sequence, rk_int m,
                             rk_int count, const AT(beside) *beside) {
  rk_int r = 0;
#define TILE(n) AT(gradient_tile)(vectors, n, p, columns, j, sequence + r, m + r, beside, r)
  if (vectors <= TALL_VECTORS)
    for (; r + 8 <= count; r += 8) TILE(8);
  for (; r + 4 <= count && r + 5 != count; r += 4) TILE(4);
  if (count - r == 5 || count - r == 3) {
    TILE(3);
    r += 3;
  }
  if (count - r == 2) {
    TILE(2);
    r += 2;
  }
  if (r < count) TILE(1);
#undef TILE
}
