// An LSTM forward and backward, in one order.

// Pre-activations of `tile` units in registers, then the cell: i f g o -> c, h.
INLINE void lstm_cells(const int tile, const float *w, const float *bias, int64_t inputs, int64_t units, const float *x,
                       const float *h, const float *c_before, float *gates, float *c, float *tanh_c, float *h_out) {
  for (int lane = 0; lane < LANES; lane += VECTOR * TOGETHER) {
    vf a[UNIT_TILE * 4][TOGETHER];
    UNROLL for (int r = 0; r < tile * 4; r++) {
      UNROLL for (int v = 0; v < TOGETHER; v++) a[r][v] = splat(bias[r]);
    }
    const float *p = w;
    for (int half = 0; half < 2; half++) {
      const float *rows = (half == 0 ? x : h) + lane;
      int64_t count = half == 0 ? inputs : h ? units : 0;
      for (int64_t k = 0; k < count; k++, p += tile * 4) {
        vf in[TOGETHER];
        UNROLL for (int v = 0; v < TOGETHER; v++) in[v] = load(rows + k * LANES + v * VECTOR);
        UNROLL for (int r = 0; r < tile * 4; r++) {
          UNROLL for (int v = 0; v < TOGETHER; v++) a[r][v] += p[r] * in[v];
        }
      }
    }
    UNROLL for (int u = 0; u < tile; u++) {
      UNROLL for (int v = 0; v < TOGETHER; v++) {
        int at = u * LANES + lane + v * VECTOR;
        gate_values y = gates_of(a[u * 4][v], a[u * 4 + 1][v], a[u * 4 + 2][v], a[u * 4 + 3][v]);
        vf cell = y.i * y.g;
        if (c_before) cell += y.f * load(c_before + at);
        vf squashed = vtanh(cell);
        float *gate = gates + u * 4 * LANES + lane + v * VECTOR;
        store(gate, y.i);
        store(gate + LANES, y.f);
        store(gate + 2 * LANES, y.g);
        store(gate + 3 * LANES, y.o);
        store(c + at, cell);
        store(tanh_c + at, squashed);
        store(h_out + at, y.o * squashed);
      }
    }
  }
}

static void lstm_forward(const rk_lstm_forward *p) {
  const int64_t units = p->units, rows = p->inputs + units;
  for (int64_t t = 0; t < p->steps; t++) {
    const float *h = t == 0 ? p->h0 : p->h + (t - 1) * p->h_stride;
    const float *before = t == 0 ? p->c0 : p->c + (t - 1) * p->c_stride;
    const float *x = p->x + t * p->x_stride;
    float *gates = p->gates + t * p->gate_stride;
    float *c = p->c + t * p->c_stride, *tanh_c = p->tanh_c + t * p->c_stride, *out = p->h + t * p->h_stride;
    for (int64_t j = 0, tile; j < units; j += tile) {
      tile = UNIT_TILE;
      while (tile > units - j) tile /= 2;
#define CELLS(n)                                                                                                      \
  lstm_cells(n, p->weights + j * 4 * rows, p->bias + j * 4, p->inputs, units, x, h,                                   \
             before ? before + j * LANES : 0, gates + j * 4 * LANES, c + j * LANES, tanh_c + j * LANES,   \
             out + j * LANES)
      if (tile == UNIT_TILE) CELLS(UNIT_TILE);
#if UNIT_TILE > 2
      else if (tile == 2) CELLS(2);
#endif
#if UNIT_TILE > 1
      else CELLS(1);
#endif
#undef CELLS
    }
  }
}

// dh of `tile` units: what comes from above plus the recurrent kernel times the next step's gate gradients.
INLINE void hidden_gradient(const int tile, int lane, const float *w, int64_t columns, const float *d_gates,
                            const float *start, const float *more, vf a[][TOGETHER]) {
  UNROLL for (int r = 0; r < tile; r++) {
    UNROLL for (int v = 0; v < TOGETHER; v++) {
      int at = r * LANES + lane + v * VECTOR;
      a[r][v] = start ? load(start + at) : splat(0);
      if (more) a[r][v] += load(more + at);
    }
  }
  if (!d_gates) return;
  for (int64_t n = 0; n < columns; n++, w += tile) {
    vf d[TOGETHER];
    UNROLL for (int v = 0; v < TOGETHER; v++) d[v] = load(d_gates + n * LANES + lane + v * VECTOR);
    UNROLL for (int r = 0; r < tile; r++) {
      UNROLL for (int v = 0; v < TOGETHER; v++) a[r][v] += w[r] * d[v];
    }
  }
}

// Through the cell, backwards: dh and dc give the gradients of the four pre-activations, and dc one step earlier.
INLINE void cell_gradient(const rk_lstm_backward *p, int64_t t, int64_t j, int lane, vf dh) {
  int64_t at = j * LANES + lane;
  float *gate = p->gates + t * p->gate_stride + j * 4 * LANES + lane;
  float *squashed = p->tanh_c + t * p->c_stride + at;
  const float *c_before = t == 0 ? p->c0 : p->c + (t - 1) * p->c_stride;
  const float *h_before = t == 0 ? p->h0 : p->h + (t - 1) * p->h_stride;
  vf i = load(gate), f = load(gate + LANES), g = load(gate + 2 * LANES), o = load(gate + 3 * LANES);
  vf s = load(squashed);
  vf dc = load(p->dc + at) + dh * o * (1.0f - s * s);
  vf before = c_before ? load(c_before + at) : splat(0);
  store(gate, dc * g * i * (1.0f - i));
  store(gate + LANES, dc * before * f * (1.0f - f));
  store(gate + 2 * LANES, dc * i * (1.0f - g * g));
  store(gate + 3 * LANES, dh * s * o * (1.0f - o));
  store(p->dc + at, dc * f);
  store(squashed, h_before ? load(h_before + at) : splat(0));
}

INLINE void cell_gradients(const int tile, const rk_lstm_backward *p, int64_t t, int64_t j) {
  int last = t == p->steps - 1;
  for (int lane = 0; lane < LANES; lane += VECTOR * TOGETHER) {
    vf dh[ROW_TILE][TOGETHER];
    hidden_gradient(tile, lane, p->weights + j * 4 * p->units, 4 * p->units,
                    last ? 0 : p->gates + (t + 1) * p->gate_stride, p->d_out + t * p->d_out_stride + j * LANES,
                    last && p->dh_next ? p->dh_next + j * LANES : 0, dh);
    UNROLL for (int r = 0; r < tile; r++) {
      UNROLL for (int v = 0; v < TOGETHER; v++) cell_gradient(p, t, j + r, lane + v * VECTOR, dh[r][v]);
    }
  }
}

INLINE void state_gradients(const int tile, const rk_lstm_backward *p, int64_t j) {
  for (int lane = 0; lane < LANES; lane += VECTOR * TOGETHER) {
    vf dh[ROW_TILE][TOGETHER];
    hidden_gradient(tile, lane, p->weights + j * 4 * p->units, 4 * p->units, p->gates, 0, 0, dh);
    UNROLL for (int r = 0; r < tile; r++) {
      UNROLL for (int v = 0; v < TOGETHER; v++) store(p->dh_prev + (j + r) * LANES + lane + v * VECTOR, dh[r][v]);
    }
  }
}

#define EACH_TILE(rows, CALL)                                                                                         \
  for (int64_t j = 0, tile; j < rows; j += tile) {                                                                    \
    tile = ROW_TILE;                                                                                                  \
    while (tile > rows - j) tile /= 2;                                                                                \
    switch (tile) {                                                                                                   \
      case ROW_TILE: CALL(ROW_TILE); break;                                                                           \
      TILE_8(CALL) TILE_4(CALL)                                                                                       \
      case 2: CALL(2); break;                                                                                         \
      default: CALL(1); break;                                                                                        \
    }                                                                                                                 \
  }
#if ROW_TILE > 8
#define TILE_8(CALL) case 8: CALL(8); break;
#else
#define TILE_8(CALL)
#endif
#if ROW_TILE > 4
#define TILE_4(CALL) case 4: CALL(4); break;
#else
#define TILE_4(CALL)
#endif

static void lstm_backward(const rk_lstm_backward *p) {
  for (int64_t t = p->steps - 1; t >= 0; t--) {
#define CELLS(n) cell_gradients(n, p, t, j)
    EACH_TILE(p->units, CELLS)
#undef CELLS
  }
  if (p->dh_prev) {
#define STATES(n) state_gradients(n, p, j)
    EACH_TILE(p->units, STATES)
#undef STATES
  }
}
