#include "include/ragged_kernels.h"
#include <string.h>

extern const rk_kernels rk_baseline_16, rk_baseline_8, rk_baseline_1;
#if defined(__x86_64__)
extern const rk_kernels rk_avx2_16, rk_avx2_8, rk_avx2_1, rk_avx512_16, rk_avx512_8, rk_avx512_1;
#endif

static const rk_kernels *of(int64_t lanes, const rk_kernels *wide, const rk_kernels *narrow, const rk_kernels *single) {
  return lanes == 16 ? wide : lanes == 8 ? narrow : lanes == 1 ? single : 0;
}

const rk_kernels *rk_kernels_named(const char *name, int64_t lanes) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  int wide = fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (fma && strcmp(name, "avx2") == 0) return of(lanes, &rk_avx2_16, &rk_avx2_8, &rk_avx2_1);
  if (wide && strcmp(name, "avx512") == 0) return of(lanes, &rk_avx512_16, &rk_avx512_8, &rk_avx512_1);
#endif
  if (strcmp(name, "baseline") != 0) return 0;
  return of(lanes, &rk_baseline_16, &rk_baseline_8, &rk_baseline_1);
}
