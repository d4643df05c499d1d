// Orthonormal rows, in double precision: the start of a recurrent kernel.

// Sums have eight lanes and no fused multiply-adds whatever the instructions, so that all kernels give the same bits: a seed
// starts a model alike everywhere.
#define LANES 8
typedef double lanes __attribute__((ext_vector_type(LANES), aligned(8)));

// Products of rows at a time, and of columns of vectors.
#if WIDE == 16
#define DOTS 4
#define SPREAD 2
#elif WIDE == 8
#define DOTS 2
#define SPREAD 1
#else
#define DOTS 2
#define SPREAD 1
#endif

INLINE double sum_of(const lanes *at) {
  lanes x = *at;
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

// products[i][k] += sum over n of a[i][n] b[k][n], for `rows` rows of a, `others` of b and `count` columns, full vectors of them.
INLINE void row_products(const int rows, const int others, const double *a, const double *b, rk_int stride, rk_int count,
                         double *products, rk_int products_stride) {
#pragma clang fp contract(off)
  lanes s[4][4];
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int k = 0; k < others; k++) s[i][k] = (lanes)0.0;
  }
  for (rk_int n = 0; n < count; n += LANES) {
    lanes right[4];
    UNROLL for (int k = 0; k < others; k++) right[k] = *(const lanes *)(b + k * stride + n);
    UNROLL for (int i = 0; i < rows; i++) {
      lanes left = *(const lanes *)(a + i * stride + n);
      UNROLL for (int k = 0; k < others; k++) s[i][k] = s[i][k] + left * right[k];
    }
  }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int k = 0; k < others; k++) products[i * products_stride + k] += sum_of(&s[i][k]);
  }
}

// a[i][n] -= sum over k of products[i][k] b[k][n].
INLINE void subtract(const int rows, const int vectors, double *a, const double *b, rk_int stride, rk_int others,
                     const double *products, rk_int products_stride) {
#pragma clang fp contract(off)
  lanes s[4][2];
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int v = 0; v < vectors; v++) s[i][v] = *(const lanes *)(a + i * stride + v * LANES);
  }
  for (rk_int k = 0; k < others; k++) {
    lanes right[2];
    UNROLL for (int v = 0; v < vectors; v++) right[v] = *(const lanes *)(b + k * stride + v * LANES);
    UNROLL for (int i = 0; i < rows; i++) {
      lanes left = (lanes)products[i * products_stride + k];
      UNROLL for (int v = 0; v < vectors; v++) s[i][v] = s[i][v] - left * right[v];
    }
  }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int v = 0; v < vectors; v++) *(lanes *)(a + i * stride + v * LANES) = s[i][v];
  }
}

// Columns that stay in cache while the rows pass by, and rows while the columns do.
#define PANEL 512
#define PASSING 64

// Takes away from `rows` rows of a what they have of `others` orthonormal rows b.
static void take_away(double *a, rk_int rows, const double *b, rk_int others, rk_int stride, double *products) {
  for (rk_int i = 0; i < rows * others; i++) products[i] = 0;
  for (rk_int n = 0; n < stride; n += PANEL) {
    rk_int count = stride - n < PANEL ? stride - n : PANEL;
    for (rk_int k = 0; k < others;) {
      int some = others - k >= DOTS ? DOTS : 1;
      rk_int i = 0;
      for (; i + DOTS <= rows && some == DOTS; i += DOTS)
        row_products(DOTS, DOTS, a + i * stride + n, b + k * stride + n, stride, count, products + i * others + k, others);
      for (; i < rows; i++) {
        for (int one = 0; one < some; one++)
          row_products(1, 1, a + i * stride + n, b + (k + one) * stride + n, stride, count, products + i * others + k + one,
                       others);
      }
      k += some;
    }
  }
  for (rk_int k = 0; k < others; k += PASSING) {
    rk_int some = others - k < PASSING ? others - k : PASSING;
    for (rk_int n = 0; n < stride;) {
      int vectors = stride - n >= SPREAD * LANES ? SPREAD : 1;
      rk_int i = 0;
      for (; i + 4 <= rows && vectors == SPREAD; i += 4)
        subtract(4, SPREAD, a + i * stride + n, b + k * stride + n, stride, some, products + i * others + k, others);
      for (; i < rows; i++) {
        for (int v = 0; v < vectors; v++)
          subtract(1, 1, a + i * stride + n + v * LANES, b + k * stride + n + v * LANES, stride, some,
                   products + i * others + k, others);
      }
      n += vectors * LANES;
    }
  }
}

// Rows are freed of those before them twice within the group (Gram and Schmidt; "twice is enough", Kahan), which keeps their
// digits even where they are nearly dependent; of other groups, which are near random directions, once.
static void orthonormalize(const rk_orthonormal *p) {
#pragma clang fp contract(off)
  enum { few = 4 };
  rk_int stride = p->stride;
  double *a = p->rows + p->first * stride;
  take_away(a, p->count, p->rows, p->first, stride, p->scratch);
  for (rk_int i = 0; i < p->count; i++) {
    double *row = a + i * stride, square = 0;
    rk_int start = i / few * few, left = p->count - i < few ? p->count - i : few;
    for (int twice = 0; twice < 2; twice++) {
      if (i == start) take_away(row, left, a, start, stride, p->scratch);
    }
    for (int twice = 0; twice < 2; twice++) take_away(row, 1, a + start * stride, i - start, stride, p->scratch);
    row_products(1, 1, row, row, stride, stride, &square, 1);
    double scale = 1 / __builtin_elementwise_sqrt(square);
    for (rk_int n = 0; n < stride; n++) row[n] *= scale;
  }
}
#undef DOTS
#undef SPREAD
#undef LANES
#undef PANEL
#undef PASSING
