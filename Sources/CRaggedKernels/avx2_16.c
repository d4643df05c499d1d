#include "include/ragged_kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 16
#define VECTOR 8
#define TOGETHER 2
#define UNIT_TILE 1
#define ROW_TILE 4
#define OUTER_TILE 3
#define TABLE rk_avx2_16
#define TABLE_NAME "avx2"
#include "body.h"
#pragma clang attribute pop
#endif
