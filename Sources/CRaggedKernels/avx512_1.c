#include "include/ragged_kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define VECTOR 16
#define TABLE rk_avx512_1
#define TABLE_NAME "avx512"
#include "body_single.h"
#pragma clang attribute pop
#endif
