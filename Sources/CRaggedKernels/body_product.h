// Products: a matrix times every row, and sums of outer products over rows.
#if !defined(RK_PRODUCT)
#define RK_PRODUCT
#include "body_math.h"

#define PER_WIDTH
#undef VECTOR
#define VECTOR NARROW
#include "body_product.h"
#if WIDE != NARROW
#undef VECTOR
#define VECTOR WIDE
#include "body_product.h"
#endif
#undef PER_WIDTH

// The units that a group takes of those that are left.
INLINE rk_int group_of(rk_int units) { return units >= WIDE ? WIDE : NARROW; }

// The outputs that a tile takes of those that are left.
INLINE rk_int tile_of(rk_int outputs) {
  if (MATRIX_VECTORS > 2 && outputs >= 4 * WIDE) return 4 * WIDE;
  return outputs >= 2 * WIDE ? 2 * WIDE : outputs >= WIDE ? WIDE : NARROW;
}

// Does a tile by the width of its vectors and their number: DO(width, vectors).
#define BY_TILE(DO)                                                                                                   \
  if (MATRIX_VECTORS > 2 && tile == 4 * WIDE) DO(WIDE, 4);                                                            \
  else if (tile == 2 * WIDE) DO(WIDE, 2);                                                                             \
  else if (WIDE != NARROW && tile == WIDE) DO(WIDE, 1);                                                               \
  else DO(NARROW, 1)

// Tile after tile of outputs, [inputs] of [tile] in each.
static void pack_matrix(const float *source, rk_int inputs, rk_int outputs, rk_int input_stride, rk_int output_stride,
                        float *packed) {
  for (rk_int n = 0, tile; n < outputs; n += tile) {
    tile = tile_of(outputs - n);
    for (rk_int k = 0; k < inputs; k++)
      for (rk_int i = 0; i < tile; i++)
        *packed++ = n + i < outputs ? source[k * input_stride + (n + i) * output_stride] : 0;
  }
}

// A matrix times every row: dense layers, and the gradients of inputs.

static void affine(const rk_affine *p) {
  for (rk_int n = 0, tile; n < p->outputs; n += tile) {
    tile = tile_of(p->outputs - n);
#define PRODUCT(width, vectors) JOIN(product_of, width)(vectors, p, n)
    BY_TILE(PRODUCT);
#undef PRODUCT
  }
}

// Gradients of weights: sums of outer products over the rows of a block.

// Rows between two additions to the gradients: enough to make these cheap, few enough to stay in cache.
#define CHUNK 512

// The columns of a group, and for `gated` how many units these are: all rows of `a` pass by while the columns stay near.
INLINE rk_int outer_columns(const rk_outer *p, rk_int m, rk_int count, rk_int j) {
  // The sums are one more row of the tiles, before the others.
  rk_int extra = p->sums ? 1 : 0, all = p->inputs + extra, tiles = (all + OUTER_ROWS - 1) / OUTER_ROWS;
  rk_int left = p->gated ? p->outputs / 4 - j : p->outputs - j;
  rk_int width = p->gated ? group_of(left) : left >= OUTER_VECTORS * WIDE ? OUTER_VECTORS * WIDE : NARROW;
  for (rk_int i = 0; i < tiles; i++) {
    int with_sums = extra && i == 0;
    rk_int k = i == 0 ? 0 : all * i / tiles - extra;
    int rows = (int)(all * (i + 1) / tiles - extra - k);
    if (p->gated) {
      if (width == WIDE) JOIN(outer_group, WIDE)(p, with_sums, rows, m, count, k, j);
      else JOIN(outer_group, NARROW)(p, with_sums, rows, m, count, k, j);
    } else if (width == NARROW) JOIN(outer_strip, NARROW)(1, p, with_sums, rows, m, count, k, j);
    else JOIN(outer_strip, WIDE)(OUTER_VECTORS, p, with_sums, rows, m, count, k, j);
  }
  return width;
}

static void outer(const rk_outer *p) {
  for (rk_int m = 0; m < p->rows; m += CHUNK) {
    rk_int count = p->rows - m < CHUNK ? p->rows - m : CHUNK, columns = p->gated ? p->outputs / 4 : p->outputs;
    for (rk_int j = 0; j < columns;) j += outer_columns(p, m, count, j);
  }
}

#elif defined(PER_WIDTH)  // once for vectors of NARROW floats, and once for WIDE ones

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

// A tile of a sum of outer products, held in registers for a whole chunk of rows.

// s[r][n] = sum over m of a[m][r] b[m][n], and q[n] = sum over m of b[m][n] where it is wanted.
INLINE void AT(outer_sums)(const int rows, const int vectors, const int with_sums, rk_int count, const float *a,
                           rk_int a_stride, const float *b, rk_int b_stride, vf s[][4], vf *q) {
  UNROLL for (int n = 0; n < vectors; n++) {
    if (with_sums) q[n] = splat(0);
    UNROLL for (int r = 0; r < rows; r++) s[r][n] = splat(0);
  }
  for (rk_int m = 0; m < count; m++, a += a_stride, b += b_stride) {
    vf right[4];
    UNROLL for (int n = 0; n < vectors; n++) right[n] = load(b + n * VECTOR);
    UNROLL for (int r = 0; r < rows; r++) {
      vf left = splat(a[r]);
      UNROLL for (int n = 0; n < vectors; n++) s[r][n] += left * right[n];
    }
    if (with_sums) {
      UNROLL for (int n = 0; n < vectors; n++) q[n] += right[n];
    }
  }
}

INLINE void AT(add)(float *target, rk_int count, vf x) {
  if (count >= VECTOR) store(target, load(target) + x);
  else
    for (rk_int i = 0; i < count; i++) target[i] += x[i];
}

#if VECTOR == 16
#define ZIP_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define ZIP_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif VECTOR == 8
#define ZIP_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define ZIP_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define ZIP_LOW 0, 4, 1, 5
#define ZIP_HIGH 2, 6, 3, 7
#endif

// Adds the gates i f g o of a group of units to columns 4u + gate; `count` units are real.
INLINE void AT(add_gates)(float *target, rk_int count, const vf *gates) {
  vf ig = __builtin_shufflevector(gates[0], gates[2], ZIP_LOW), ig2 = __builtin_shufflevector(gates[0], gates[2], ZIP_HIGH);
  vf fo = __builtin_shufflevector(gates[1], gates[3], ZIP_LOW), fo2 = __builtin_shufflevector(gates[1], gates[3], ZIP_HIGH);
  AT(add)(target, 4 * count, __builtin_shufflevector(ig, fo, ZIP_LOW));
  AT(add)(target + VECTOR, 4 * count - VECTOR, __builtin_shufflevector(ig, fo, ZIP_HIGH));
  AT(add)(target + 2 * VECTOR, 4 * count - 2 * VECTOR, __builtin_shufflevector(ig2, fo2, ZIP_LOW));
  AT(add)(target + 3 * VECTOR, 4 * count - 3 * VECTOR, __builtin_shufflevector(ig2, fo2, ZIP_HIGH));
}
#undef ZIP_LOW
#undef ZIP_HIGH

// One group of gates: rows k, k + 1, … of the sum, and the sums alone where `with_sums`.
INLINE void AT(outer_gates)(const int rows, const int with_sums, const rk_outer *p, rk_int m, rk_int count, rk_int k,
                            rk_int j) {
  vf s[OUTER_ROWS][4], q[4];
  UNROLL for (int v = 0; v < 4; v += OUTER_VECTORS) {
    vf part[OUTER_ROWS][4];
    AT(outer_sums)(rows, OUTER_VECTORS, with_sums, count, p->a + m * p->a_stride + k, p->a_stride,
                   p->b + m * p->b_stride + 4 * j + v * VECTOR, p->b_stride, part, q + v);
    UNROLL for (int r = 0; r < rows; r++) {
      UNROLL for (int n = 0; n < OUTER_VECTORS; n++) s[r][v + n] = part[r][n];
    }
  }
  rk_int units = p->outputs / 4 - j;
  UNROLL for (int r = 0; r < rows; r++) AT(add_gates)(p->out + (k + r) * p->outputs + 4 * j, units, s[r]);
  if (with_sums) AT(add_gates)(p->sums + 4 * j, units, q);
}

// `vectors` vectors of columns of a plain matrix.
INLINE void AT(outer_columns)(const int vectors, const int rows, const int with_sums, const rk_outer *p, rk_int m,
                              rk_int count, rk_int k, rk_int j) {
  vf s[OUTER_ROWS][4], q[4];
  AT(outer_sums)(rows, vectors, with_sums, count, p->a + m * p->a_stride + k, p->a_stride, p->b + m * p->b_stride + j,
                 p->b_stride, s, q);
  UNROLL for (int n = 0; n < vectors; n++) {
    rk_int left = p->outputs - j - n * VECTOR;
    UNROLL for (int r = 0; r < rows; r++) AT(add)(p->out + (k + r) * p->outputs + j + n * VECTOR, left, s[r][n]);
    if (with_sums) AT(add)(p->sums + j + n * VECTOR, left, q[n]);
  }
}

// Does a tile by its rows, with the sums or without: DO(rows, sums), both of which the compiler knows.
#define BY_ROWS(DO, sums)                                                                                             \
  switch (rows) {                                                                                                     \
    case 6: DO(6, sums); break;                                                                                       \
    case 5: DO(5, sums); break;                                                                                       \
    case 4: DO(4, sums); break;                                                                                       \
    case 3: DO(3, sums); break;                                                                                       \
    case 2: DO(2, sums); break;                                                                                       \
    default: DO(1, sums); break;                                                                                      \
  }

INLINE void AT(outer_group)(const rk_outer *p, int with_sums, int rows, rk_int m, rk_int count, rk_int k, rk_int j) {
#define TILE(n, sums) AT(outer_gates)(n, sums, p, m, count, k, j)
  if (with_sums) BY_ROWS(TILE, 1)
  else BY_ROWS(TILE, 0)
#undef TILE
}

INLINE void AT(outer_strip)(const int vectors, const rk_outer *p, int with_sums, int rows, rk_int m, rk_int count,
                            rk_int k, rk_int j) {
#define TILE(n, sums) AT(outer_columns)(vectors, n, sums, p, m, count, k, j)
  if (with_sums) BY_ROWS(TILE, 1)
  else BY_ROWS(TILE, 0)
#undef TILE
}
#undef BY_ROWS

#endif
