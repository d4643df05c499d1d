// Recurrent cells over a block, and the way back.
#if !defined(RK_RECURRENT)
#define RK_RECURRENT
#include "body_math.h"
#include "body_product.h"

// What a tile of the way back has beside it in time.
typedef struct {
  rk_int next;                     // the first of its rows one step later; -1: there is none
  const float *h, *c;              // the states before; null: zeros
  rk_int h_stride, c_stride;
} neighbours;

#define PER_WIDTH
#undef VECTOR
#define VECTOR NARROW
#include "body_recurrent.h"
#if WIDE != NARROW
#undef VECTOR
#define VECTOR WIDE
#include "body_recurrent.h"
#endif
#undef PER_WIDTH

static rk_int gate_width(rk_int units) { return 4 * ((units + NARROW - 1) / NARROW * NARROW); }

// Group after group of units, `inputs` rows of [4][group] in each. The gates are those of exponents to base 2: see
// gates_each.
static void pack_gates(const float *source, rk_int inputs, rk_int units, float *packed) {
  for (rk_int j = 0, group; j < units; j += group) {
    group = group_of(units - j);
    rk_int some = units - j < group ? units - j : group;
    for (rk_int k = 0; k < inputs; k++, packed += 4 * group) {
      const float *row = source + 4 * (k * units + j);
      for (rk_int g = 0; g < 4; g++) {
        float scale = g == 2 ? 2 * LOG2_E : -LOG2_E;
        for (rk_int u = 0; u < some; u++) packed[g * group + u] = row[4 * u + g] * scale;
        for (rk_int u = some; u < group; u++) packed[g * group + u] = 0;
      }
    }
  }
}

// Tile after tile of outputs, [gate_width(units)] of [tile] in each; the source is [outputs][4 units], columns 4j + gate. A
// source row is read in its order, and a group's part of a tile stays in the cache meanwhile.
static void pack_back(const float *source, rk_int outputs, rk_int units, float *packed) {
  for (rk_int n = 0, tile; n < outputs; n += tile) {
    tile = tile_of(outputs - n);
    for (rk_int j = 0, group; j < units; j += group, packed += 4 * group * tile) {
      group = group_of(units - j);
      rk_int some = units - j < group ? units - j : group, rows = outputs - n < tile ? outputs - n : tile;
      if (some < group || rows < tile)
        for (rk_int i = 0; i < 4 * group * tile; i++) packed[i] = 0;
      for (rk_int i = 0; i < rows; i++) {
        const float *row = source + 4 * ((n + i) * units + j);
        for (rk_int u = 0; u < some; u++)
          for (rk_int g = 0; g < 4; g++) packed[(g * group + u) * tile + i] = row[4 * u + g];
      }
    }
  }
}

// An LSTM over a block, step by step in the direction of reading, and the way back.

// The sequences that a timestep has, and the rows of those that had been read a step before.
typedef struct {
  rk_int first, count;             // of this timestep
  rk_int before, known;            // where the step before begins, and how many of `count` have it
} moment;

INLINE moment moment_at(const rk_lstm *p, rk_int t) {
  const rk_int *starts = p->starts;
  moment now = {starts[t], starts[t + 1] - starts[t], 0, 0};
  if (p->backwards && t + 1 < p->steps) {
    now.before = starts[t + 1];
    now.known = starts[t + 2] - starts[t + 1];
  } else if (!p->backwards && t > 0) {
    now.before = starts[t - 1];
    now.known = now.count;
  }
  return now;
}

static void lstm_forward(const rk_lstm *p) {
  for (rk_int s = 0; s < p->steps; s++) {
    moment now = moment_at(p, p->backwards ? p->steps - 1 - s : s);
    const float *h = p->h + now.before * p->h_stride, *c = p->c + now.before * p->c_stride;
    const float *h0 = p->h0 ? p->h0 + now.known * p->state_stride : 0;
    const float *c0 = p->c0 ? p->c0 + now.known * p->state_stride : 0;
    rk_int fresh = now.count - now.known;
    for (rk_int j = 0, group; j < p->units; j += group) {
      group = group_of(p->units - j);
#define CELLS(width)                                                                                                  \
  JOIN(cells_of, width)(p, j, now.first, now.known, h, p->h_stride, c, p->c_stride);                                  \
  if (fresh > 0) JOIN(cells_of, width)(p, j, now.first + now.known, fresh, h0, p->state_stride, c0, p->state_stride)
      if (WIDE != NARROW && group == WIDE) {
        CELLS(WIDE);
      } else {
        CELLS(NARROW);
      }
#undef CELLS
    }
  }
}

// Sequences `sequence`, … of a timestep: `count` of them, with the same beside them.
static void some_gradients(const rk_lstm *p, rk_int sequence, rk_int m, rk_int count, rk_int next, const float *h,
                           rk_int h_stride, const float *c, rk_int c_stride) {
  if (count <= 0) return;
  rk_int columns = gate_width(p->units);
  neighbours beside = {next, h, c, h_stride, c_stride};
  for (rk_int j = 0, tile; j < p->units; j += tile) {
    tile = tile_of(p->units - j);
#define GRADIENTS(width, vectors) JOIN(gradients_of, width)(vectors, p, columns, j, sequence, m, count, &beside)
    BY_TILE(GRADIENTS);
#undef GRADIENTS
  }
}

static void lstm_backward(const rk_lstm *p) {
  const rk_int *starts = p->starts;
  for (rk_int s = p->steps - 1; s >= 0; s--) {
    rk_int t = p->backwards ? p->steps - 1 - s : s;
    moment now = moment_at(p, t);
    const float *h = p->h + now.before * p->h_stride, *c = p->c + now.before * p->c_stride;
    // Of the sequences at hand, those whose reading goes on to another step, and where that begins.
    rk_int going = 0, next = -1;
    if (p->backwards ? t > 0 : t + 1 < p->steps) {
      next = p->backwards ? starts[t - 1] : starts[t + 1];
      going = p->backwards ? now.count : starts[t + 2] - starts[t + 1];
    }
    // In one direction of reading all have a step before or none has, in the other all have one after or none.
    rk_int split = p->backwards ? now.known : going;
    for (int part = 0; part < 2; part++) {
      rk_int from = part == 0 ? 0 : split, count = part == 0 ? split : now.count - split;
      rk_int after = from < going ? next + from : -1;
      if (from < now.known)
        some_gradients(p, from, now.first + from, count, after, h + from * p->h_stride, p->h_stride,
                       c + from * p->c_stride, p->c_stride);
      else
        some_gradients(p, from, now.first + from, count, after, p->h0 ? p->h0 + from * p->state_stride : 0,
                       p->state_stride, p->c0 ? p->c0 + from * p->state_stride : 0, p->state_stride);
    }
  }
}

#elif defined(PER_WIDTH)  // once for vectors of NARROW floats, and once for WIDE ones

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

// An LSTM's cells backward: `rows` sequences and `vectors` groups of units.

// Through one cell: dh and dc give the gradients of the four pre-activations, and dc one step earlier. `count` units are
// real; the others get zeros, for products read whole groups.
INLINE void AT(cell_gradient)(const rk_lstm *p, rk_int sequence, rk_int m, rk_int j, rk_int count, rk_int r,
                              const neighbours *beside, vf dh) {
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
                              rk_int m, const neighbours *beside, rk_int first) {
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
                             rk_int count, const neighbours *beside) {
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

#endif
