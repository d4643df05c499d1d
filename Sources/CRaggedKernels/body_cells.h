// An LSTM's cells forward: `rows` sequences and one group of units, their gates in registers from the product to the state.

// The gates of `count` cells, each from four exponents: sigmoid is 1 / (1 + 2^x) for i, f and o, whose weights are packed
// with -log2 e, and tanh is 2 / (1 + 2^x) - 1 for g, with -2 log2 e. The four denominators of a cell share a division; the
// limit keeps their product finite, and is as far as float32 tells sigmoid from 0 or 1.
INLINE void AT(gates_each)(const int count, vf *z) {
  exp2_each(4 * count, z, 30.0f);
  UNROLL for (int i = 0; i < 4 * count; i++) z[i] += 1.0f;
  UNROLL for (int i = 0; i < 4 * count; i += 4) {
    vf ab = z[i] * z[i + 1], cd = z[i + 2] * z[i + 3];
    vf inverse = 1.0f / (ab * cd);
    vf of_ab = inverse * cd, of_cd = inverse * ab, a = z[i], c = z[i + 2];
    z[i] = of_ab * z[i + 1];
    z[i + 1] = of_ab * a;
    z[i + 2] = of_cd * z[i + 3] * 2.0f - 1.0f;
    z[i + 3] = of_cd * c;
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
  vf z[CELL_ROWS][4], cell[CELL_ROWS], power[CELL_ROWS];
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
      power[i] = cell[i] * (2 * LOG2_E);
    }
  }
  exp2_each(rows, power, 30.0f);
  UNROLL for (int r = 0; r < rows; r++) {
    vf squashed = 1.0f - 2.0f / (1.0f + power[r]);
    if (p->gates) store(p->tanh_c + (m + r) * p->c_stride + j, squashed);
    store(p->h + (m + r) * p->h_stride + j, z[r][3] * squashed);
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
