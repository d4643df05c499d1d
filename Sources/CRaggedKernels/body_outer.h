// Gradients of weights: sums of outer products over timesteps and lanes, held in registers for a whole chunk of time.

// Timesteps between two reductions across lanes: enough to make them cheap, few enough to stay in cache.
#define CHUNK 96

INLINE void outer_tile(const int rows, const int columns, int64_t steps, const float *a, int64_t a_stride,
                       const float *b, int64_t b_stride, float *out, int64_t out_stride) {
  vf s[OUTER_TILE][4];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int n = 0; n < columns; n++) s[r][n] = splat(0);
  }
  for (int64_t t = 0; t < steps; t++, a += a_stride, b += b_stride) {
    UNROLL for (int lane = 0; lane < LANES; lane += VECTOR) {
      vf right[4];
      UNROLL for (int n = 0; n < columns; n++) right[n] = load(b + n * LANES + lane);
      UNROLL for (int r = 0; r < rows; r++) {
        vf left = load(a + r * LANES + lane);
        UNROLL for (int n = 0; n < columns; n++) s[r][n] += left * right[n];
      }
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    float *row = out + r * out_stride;
    if (columns == 4) {
      *(v4 *)row += sums_of(s[r][0], s[r][1], s[r][2], s[r][3]);
    } else {
      UNROLL for (int n = 0; n < columns; n++) row[n] += sum_of(s[r][n]);
    }
  }
}

#define OUTER(r, n)                                                                                                   \
  outer_tile(r, n, steps, a + k * LANES, p->a_stride, b + j * LANES, p->b_stride,                               \
             p->out + k * p->out_stride + j, p->out_stride)
#define OUTER_COLUMNS(r)                                                                                              \
  switch (columns) {                                                                                                  \
    case 4: OUTER(r, 4); break;                                                                                       \
    case 3: OUTER(r, 3); break;                                                                                       \
    case 2: OUTER(r, 2); break;                                                                                       \
    default: OUTER(r, 1); break;                                                                                      \
  }

static void outer_chunk(const rk_outer *p, int64_t steps, const float *a, const float *b) {
  int64_t tiles = (p->rows + OUTER_TILE - 1) / OUTER_TILE;
  for (int64_t j = 0; j < p->columns; j += 4) {
    int64_t columns = p->columns - j < 4 ? p->columns - j : 4;
    for (int64_t i = 0; i < tiles; i++) {
      int64_t k = p->rows * i / tiles, rows = p->rows * (i + 1) / tiles - k;
      switch (rows) {
#if OUTER_TILE > 3
        case 6: OUTER_COLUMNS(6) break;
        case 5: OUTER_COLUMNS(5) break;
        case 4: OUTER_COLUMNS(4) break;
#endif
        case 3: OUTER_COLUMNS(3) break;
        case 2: OUTER_COLUMNS(2) break;
        default: OUTER_COLUMNS(1) break;
      }
    }
  }
}

static void row_sums(const rk_outer *p) {
  for (int64_t j = 0; j < p->columns; j++) {
    vf s = splat(0);
    for (int64_t t = 0; t < p->steps; t++) {
      UNROLL for (int lane = 0; lane < LANES; lane += VECTOR) s += load(p->b + t * p->b_stride + j * LANES + lane);
    }
    p->out[j] += sum_of(s);
  }
}

static void outer(const rk_outer *p) {
  if (!p->a) {
    row_sums(p);
    return;
  }
  for (int64_t t = 0; t < p->steps; t += CHUNK) {
    int64_t steps = p->steps - t < CHUNK ? p->steps - t : CHUNK;
    outer_chunk(p, steps, p->a + t * p->a_stride, p->b + t * p->b_stride);
  }
}
