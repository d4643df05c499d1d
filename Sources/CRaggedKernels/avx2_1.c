#include "include/ragged_kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define VECTOR 8
#define TABLE rk_avx2_1
#define TABLE_NAME "avx2"
#include "body_single.h"
#pragma clang attribute pop
#endif
