#include "include/ragged_kernels.h"
#include <string.h>

extern const rk_kernels rk_baseline_16, rk_baseline_8;
#if defined(__x86_64__)
extern const rk_kernels rk_avx2_16, rk_avx2_8, rk_avx512_16, rk_avx512_8;
#endif

const rk_kernels *rk_kernels_named(const char *name, int64_t lanes) {
  if (lanes != 16 && lanes != 8) return 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  int fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (fma && strcmp(name, "avx2") == 0) return lanes == 16 ? &rk_avx2_16 : &rk_avx2_8;
  if (fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && strcmp(name, "avx512") == 0)
    return lanes == 16 ? &rk_avx512_16 : &rk_avx512_8;
#endif
  if (strcmp(name, "baseline") != 0) return 0;
  return lanes == 16 ? &rk_baseline_16 : &rk_baseline_8;
}
