#include "include/ragged_kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define WIDE 8
#define NARROW 8
#define CELL_ROWS 2
#define OUTER_ROWS 6
#define OUTER_VECTORS 2
#define MATRIX_VECTORS 2
#define TALL_VECTORS 1
#define TABLE rk_avx2
#define TABLE_NAME "avx2"
#include "body.h"
#pragma clang attribute pop
#endif
