#include "include/ragged_kernels.h"
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

// Functions of their own, and not inlined: no arithmetic of the caller may move across them.
#if defined(__x86_64__)
uint64_t rk_flush_subnormals(void) {
  uint32_t mode = _mm_getcsr();
  _mm_setcsr(mode | _MM_FLUSH_ZERO_ON | _MM_DENORMALS_ZERO_ON);
  return mode;
}

void rk_restore(uint64_t mode) { _mm_setcsr((uint32_t)mode); }
#elif defined(__aarch64__)
uint64_t rk_flush_subnormals(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  rk_restore(mode | 1 << 24);
  return mode;
}

void rk_restore(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }
#else
uint64_t rk_flush_subnormals(void) { return 0; }

void rk_restore(uint64_t mode) { (void)mode; }
#endif
