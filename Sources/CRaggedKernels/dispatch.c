#include "include/ragged_kernels.h"
#include <string.h>

extern const rk_kernels rk_baseline;
#if defined(__x86_64__)
extern const rk_kernels rk_avx2, rk_avx512;
#endif

const rk_kernels *rk_kernels_named(const char *name) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  int wide = fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (fma && strcmp(name, "avx2") == 0) return &rk_avx2;
  if (wide && strcmp(name, "avx512") == 0) return &rk_avx512;
#endif
  return strcmp(name, "baseline") == 0 ? &rk_baseline : 0;
}
