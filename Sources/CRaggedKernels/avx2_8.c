#include "include/ragged_kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define VECTOR 8
#define TOGETHER 1
#define UNIT_TILE 2
#define ROW_TILE 8
#define OUTER_TILE 3
#define TABLE rk_avx2_8
#define TABLE_NAME "avx2"
#include "body.h"
#pragma clang attribute pop
#endif
