// One sequence alone, forward only: vectors run across the gates, for there are no other sequences to fill lanes with.
// The includer defines VECTOR and the table's name; a plane with one lane is a row of numbers a timestep.
#pragma clang fp contract(fast)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float vf __attribute__((ext_vector_type(VECTOR), aligned(4)));
typedef int32_t vi __attribute__((ext_vector_type(VECTOR), aligned(4)));

INLINE vf load(const float *p) { return *(const vf *)p; }
INLINE void store(float *p, vf x) { *(vf *)p = x; }

#include "body_math.h"

// The first `count` numbers of a vector; the others are 0.
INLINE vf load_some(const float *p, int64_t count, int64_t step) {
  vf x = splat(0);
  for (int64_t i = 0; i < VECTOR && i < count; i++) x[i] = p[i * step];
  return x;
}

INLINE void store_some(float *p, int64_t count, vf x) {
  if (count >= VECTOR) store(p, x);
  else
    for (int64_t i = 0; i < count; i++) p[i] = x[i];
}

// The columns of the gates are interleaved already, and a row of all gates is what is read at once.
static void pack_gates(const float *source, int64_t inputs, int64_t units, float *packed) {
  for (int64_t i = 0; i < inputs * units * 4; i++) packed[i] = source[i];
}

// The matrix with its columns as rows: [columns][rows].
static void pack_rows(const float *source, int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride,
                      float *packed) {
  for (int64_t k = 0; k < columns; k++)
    for (int64_t m = 0; m < rows; m++) *packed++ = source[m * row_stride + k * column_stride];
}

INLINE void add_tile(const int tile, const float *x, int64_t inputs, const float *w, int64_t columns, float *z) {
  vf a[8];
  UNROLL for (int i = 0; i < tile; i++) a[i] = load(z + i * VECTOR);
  for (int64_t k = 0; k < inputs; k++) {
    UNROLL for (int i = 0; i < tile; i++) a[i] += x[k] * load(w + k * columns + i * VECTOR);
  }
  UNROLL for (int i = 0; i < tile; i++) store(z + i * VECTOR, a[i]);
}

// z[n] += sum over k of x[k] w[k][n].
static void add_product(const float *x, int64_t inputs, const float *w, int64_t columns, float *z) {
  int64_t n = 0;
  for (; n + 8 * VECTOR <= columns; n += 8 * VECTOR) add_tile(8, x, inputs, w + n, columns, z + n);
  for (; n + 2 * VECTOR <= columns; n += 2 * VECTOR) add_tile(2, x, inputs, w + n, columns, z + n);
  for (; n + VECTOR <= columns; n += VECTOR) add_tile(1, x, inputs, w + n, columns, z + n);
  for (; n < columns; n++) {
    float sum = z[n];
    for (int64_t k = 0; k < inputs; k++) sum += x[k] * w[k * columns + n];
    z[n] = sum;
  }
}

static void lstm_forward(const rk_lstm_forward *p) {
  const int64_t units = p->units, columns = 4 * units;
  for (int64_t t = 0; t < p->steps; t++) {
    const float *h = t == 0 ? p->h0 : p->h + (t - 1) * p->h_stride;
    const float *before = t == 0 ? p->c0 : p->c + (t - 1) * p->c_stride;
    float *z = p->gates + t * p->gate_stride;
    for (int64_t n = 0; n < columns; n++) z[n] = p->bias[n];
    add_product(p->x + t * p->x_stride, p->inputs, p->weights, columns, z);
    if (h) add_product(h, units, p->weights + p->inputs * columns, columns, z);
    for (int64_t j = 0; j < units; j += VECTOR) {
      int64_t count = units - j;
      const float *gate = z + 4 * j;
      gate_values y = gates_of(load_some(gate, count, 4), load_some(gate + 1, count, 4), load_some(gate + 2, count, 4),
                               load_some(gate + 3, count, 4));
      vf cell = y.i * y.g;
      if (before) cell += y.f * load_some(before + j, count, 1);
      vf squashed = vtanh(cell);
      store_some(p->c + t * p->c_stride + j, count, cell);
      store_some(p->tanh_c + t * p->c_stride + j, count, squashed);
      store_some(p->h + t * p->h_stride + j, count, y.o * squashed);
    }
  }
}

static void affine(const rk_affine *p) {
  for (int64_t t = 0; t < p->steps; t++) {
    float *y = p->y + t * p->y_stride;
    for (int64_t m = 0; m < p->outputs; m++) y[m] = p->bias ? p->bias[m] : 0;
    add_product(p->x + t * p->x_stride, p->inputs, p->weights, p->outputs, y);
  }
}

static void activate(int32_t activation, float *y, int64_t rows, int64_t steps, int64_t stride) {
  if (activation == RK_LINEAR) return;
  for (int64_t t = 0; t < steps; t++, y += stride) {
    float top = y[0], sum = 0;
    for (int64_t r = 0; r < rows; r++) top = y[r] > top ? y[r] : top;
    for (int64_t r = 0; r < rows; r += VECTOR) {
      vf x = load_some(y + r, rows - r, 1);
      store_some(y + r, rows - r, activation == RK_SOFTMAX ? vexp(x - top) : activated(activation, x));
    }
    if (activation != RK_SOFTMAX) continue;
    for (int64_t r = 0; r < rows; r++) sum += y[r];
    for (int64_t r = 0; r < rows; r++) y[r] /= sum;
  }
}

const rk_kernels TABLE = {
  .name = TABLE_NAME, .lanes = 1, .pack_gates = pack_gates, .pack_rows = pack_rows, .lstm_forward = lstm_forward,
  .affine = affine, .activate = activate,
};
