// An LSTM's cells forward: `rows` sequences and one group of units, their gates in registers from the product to the state.

// The gates of `count` cells, each from four exponents: sigmoid is 1 / (1 + 2^x) for i, f and o, whose weights are packed
// with -log2 e, and g is the tanh of x ln 2 / 2, with 2 log2 e.
INLINE void AT(gates_each)(const int count, vf *z) {
  vf open[6], g[2];
  UNROLL for (int i = 0; i < count; i++) {
    open[3 * i] = z[4 * i];
    open[3 * i + 1] = z[4 * i + 1];
    open[3 * i + 2] = z[4 * i + 3];
    g[i] = z[4 * i + 2];
  }
  exp2_each(3 * count, open);
  tanh2_each(count, g);
  UNROLL for (int i = 0; i < 3 * count; i++) open[i] = 1.0f / (1.0f + open[i]);
  UNROLL for (int i = 0; i < count; i++) {
    z[4 * i] = open[3 * i];
    z[4 * i + 1] = open[3 * i + 1];
    z[4 * i + 2] = g[i];
    z[4 * i + 3] = open[3 * i + 2];
  }
}

INLINE void AT(add_rows)(const int rows, const float *x, rk_int stride, rk_int count, const float **w, vf z[][4]) {
  const float *p = *w;
  for (rk_int k = 0; k < count; k++, p += 4 * VECTOR) {
    vf weight[4];
    UNROLL for (int g = 0; g < 4; g++) weight[g] = load(p + g * VECTOR);
    UNROLL for (int r = 0; r < rows; r++) {
      vf in = splat(x[r * stride + k]);
      UNROLL for (int g = 0; g < 4; g++) z[r][g] += weight[g] * in;
    }
  }
  *w = p;
}

// Rows m, m + 1, … and units j, j + 1, … with the states before them; null: zeros.
INLINE void AT(cells)(const int rows, const rk_lstm *p, rk_int j, rk_int m, const float *h, rk_int h_stride,
                      const float *c, rk_int c_stride) {
  vf z[CELL_ROWS][4], cell[CELL_ROWS], squashed[CELL_ROWS];
  const float *w = p->weights + 4 * j * (p->inputs + p->units);
  UNROLL for (int g = 0; g < 4; g++) {
    vf bias = load(p->bias + 4 * j + g * VECTOR);
    UNROLL for (int r = 0; r < rows; r++) z[r][g] = bias;
  }
  AT(add_rows)(rows, p->x + m * p->x_stride, p->x_stride, p->inputs, &w, z);
  if (h) AT(add_rows)(rows, h, h_stride, p->units, &w, z);
  UNROLL for (int r = 0; r < rows; r += 2) {
    const int pair = rows - r > 1 ? 2 : 1;
    AT(gates_each)(pair, z[r]);
    UNROLL for (int i = r; i < r + pair; i++) {
      if (p->gates) {
        UNROLL for (int g = 0; g < 4; g++) store(p->gates + (m + i) * p->gate_stride + 4 * j + g * VECTOR, z[i][g]);
      }
      cell[i] = z[i][0] * z[i][2];
      if (c) cell[i] += z[i][1] * load(c + i * c_stride + j);
      store(p->c + (m + i) * p->c_stride + j, cell[i]);
      squashed[i] = cell[i] * (2 * LOG2_E);
    }
  }
  tanh2_each(rows, squashed);
  UNROLL for (int r = 0; r < rows; r++) {
    if (p->gates) store(p->tanh_c + (m + r) * p->c_stride + j, squashed[r]);
    store(p->h + (m + r) * p->h_stride + j, z[r][3] * squashed[r]);
  }
}

static void AT(cells_of)(const rk_lstm *p, rk_int j, rk_int m, rk_int count, const float *h, rk_int h_stride,
                         const float *c, rk_int c_stride) {
  rk_int r = 0;
  // Five are three and two: a tile of one row waits for its own sums.
#define CELLS(n) AT(cells)(n, p, j, m + r, h ? h + r * h_stride : 0, h_stride, c ? c + r * c_stride : 0, c_stride)
  for (; r + CELL_ROWS <= count && (CELL_ROWS < 4 || r + 5 != count); r += CELL_ROWS) CELLS(CELL_ROWS);
#if CELL_ROWS > 2
  if (count - r == 5 || count - r == 3) {
    CELLS(3);
    r += 3;
  }
  if (count - r == 2) {
    CELLS(2);
    r += 2;
  }
#endif
  if (r < count) CELLS(1);
#undef CELLS
}
