#include "include/ragged_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define WIDE 16
#define NARROW 8
#define SCALES
#define CELL_ROWS 4
#define OUTER_ROWS 6
#define OUTER_VECTORS 4
#define MATRIX_VECTORS 4
#define TALL_VECTORS 2
#define TABLE rk_avx512
#define TABLE_NAME "avx512"
#include "body.h"
#pragma clang attribute pop
#endif
