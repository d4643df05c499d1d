#include "include/ragged_kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define LANES 8
#define VECTOR 8
#define TOGETHER 1
#define UNIT_TILE 4
#define ROW_TILE 16
#define OUTER_TILE 6
#define TABLE rk_avx512_8
#define TABLE_NAME "avx512"
#include "body.h"
#pragma clang attribute pop
#endif
