// Vectors, and exp, log, sigmoid and tanh of whole ones. Relative error of sigmoid and tanh at most 3e-7 over the whole
// range, near 0 too; a sigmoid below 2^-126, the least normal float32, may be 0. NaN passes through.
#if !defined(RK_MATH)
#define RK_MATH
#include "include/ragged_kernels.h"

// What is compiled once an instruction set is set by the file that includes this: WIDE and NARROW are floats in the vectors
// used, as many wide ones as fit, then narrow ones; CELL_ROWS are rows of gates in registers at a time; OUTER_ROWS and
// OUTER_VECTORS the tile of a sum of outer products; MATRIX_VECTORS the widest tile of a product, TALL_VECTORS the widest that
// may have eight rows. Without it they are what every processor has: SSE2 on x86-64, NEON on arm64.
#ifndef WIDE
#define WIDE 4
#define NARROW 4
#define CELL_ROWS 2
#define OUTER_ROWS 6
#define OUTER_VECTORS 2
#define MATRIX_VECTORS 2
#define TALL_VECTORS 1
#endif

#pragma clang fp contract(fast)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
// A name of its own for each width of vector, VECTOR floats. After the headers it is the widest.
#define AT(name) JOIN(name, VECTOR)
#define vf AT(vf)
#define vi AT(vi)
#define vu AT(vu)
#define vd AT(vd)
#define load AT(load)
#define store AT(store)
#define splat AT(splat)
#define as_int AT(as_int)
#define as_float AT(as_float)
#define choose AT(choose)
#define least AT(least)
#define most AT(most)
#define within AT(within)
#define iota AT(iota)
#define nearest AT(nearest)
#define power AT(power)
#define exp2_each AT(exp2_each)
#define tanh2_each AT(tanh2_each)
#define exp_parts AT(exp_parts)
#define vexp AT(vexp)
#define vlog AT(vlog)
#define sigmoid AT(sigmoid)
#define vtanh AT(vtanh)
#define activated AT(activated)
#define LOG2_E 1.44269504f

#define PER_WIDTH
#undef VECTOR
#define VECTOR NARROW
#include "body_math.h"
#if WIDE != NARROW
#undef VECTOR
#define VECTOR WIDE
#include "body_math.h"
#endif
#undef PER_WIDTH

// Independent fused multiply-adds and nothing else: the most that the other loops could reach.
static double peak(rk_int repeats) {
  enum { chains = WIDE == 4 ? 8 : 12 };
  vf s[chains];
  volatile float seed = 1.0f;
  vf x = splat(seed), y = splat(seed * 1e-9f);
  UNROLL for (int i = 0; i < chains; i++) s[i] = splat((float)i);
  for (rk_int n = 0; n < repeats; n++) {
    UNROLL for (int i = 0; i < chains; i++) s[i] = s[i] * x + y;
    __asm__ volatile("" : "+m"(seed));
  }
  vf total = splat(0);
  UNROLL for (int i = 0; i < chains; i++) total += s[i];
  for (int i = 0; i < WIDE; i++) seed += total[i];
  return (double)repeats * chains * WIDE * 2;
}

#elif defined(PER_WIDTH)  // once for vectors of NARROW floats, and once for WIDE ones

typedef float vf __attribute__((ext_vector_type(VECTOR), aligned(4)));
typedef int32_t vi __attribute__((ext_vector_type(VECTOR), aligned(4)));
typedef double vd __attribute__((ext_vector_type(VECTOR), aligned(8)));
typedef uint32_t vu __attribute__((ext_vector_type(VECTOR), aligned(4)));

INLINE vf load(const float *p) { return *(const vf *)p; }
INLINE void store(float *p, vf x) { *(vf *)p = x; }

#ifdef SCALES
#undef SCALE
#undef SCALE_REST
#undef ROUNDED
#if VECTOR == 16
#define SCALE(p, x) ((vf)_mm512_scalef_ps((__m512)(p), (__m512)(x)))
#define SCALE_REST(x) ((vf)_mm512_reduce_ps((__m512)(x), 9))
#define ROUNDED(x) ((vf)_mm512_roundscale_ps((__m512)(x), 8))
#else
#define SCALE(p, x) ((vf)_mm256_scalef_ps((__m256)(p), (__m256)(x)))
#define SCALE_REST(x) ((vf)_mm256_reduce_ps((__m256)(x), 9))
#define ROUNDED(x) ((vf)_mm256_roundscale_ps((__m256)(x), 8))
#endif
#endif

INLINE vf splat(float x) { return (vf)x; }
INLINE vi as_int(vf x) { return (vi)x; }
INLINE vf as_float(vi x) { return (vf)x; }
INLINE vf choose(vi mask, vf yes, vf no) { return mask ? yes : no; }
// Both give the second operand where one is not a number, so a limit comes first and NaN passes through.
INLINE vf least(vf a, vf b) { return a < b ? a : b; }
INLINE vf most(vf a, vf b) { return a > b ? a : b; }
INLINE vf within(vf x, float low, float high) { return most(splat(low), least(splat(high), x)); }

// 0, 1, 2, …
INLINE vi iota(void) {
#if VECTOR == 16
  return (vi){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif VECTOR == 8
  return (vi){0, 1, 2, 3, 4, 5, 6, 7};
#else
  return (vi){0, 1, 2, 3};
#endif
}

// The nearest whole number, of x within ±2^22.
INLINE vf nearest(vf x) {
#ifdef SCALES
  return ROUNDED(x);
#else
  return (x + 12582912.0f) - 12582912.0f;
#endif
}

// 2^n for a whole n in -127...128, where the ends are 0 and infinity. Adding 1.5 * 2^23 + 127 leaves n + 127, which is 2^n's
// exponent, in the low bits.
INLINE vf power(vf n) {
#ifdef SCALES
  return SCALE(splat(1), n);
#else
  return as_float(as_int(n + 12583039.0f) << 23);
#endif
}

// 2^x of `count` vectors, down to 0 and up to infinity. The vectors go through every stage together, for each stage waits
// for the one before it. Relative error 1.5e-7, by a minimax polynomial of 2^f.
#ifdef SCALES
// One instruction gives f = x - floor(x) and another multiplies by 2^floor(x).
INLINE void exp2_each(const int count, vf *x) {
  vf f[8], p[8];
  UNROLL for (int i = 0; i < count; i++) f[i] = SCALE_REST(x[i]);
  UNROLL for (int i = 0; i < count; i++) p[i] = f[i] * 0.00187757670002f + 0.00898934002359f;
  UNROLL for (int i = 0; i < count; i++) p[i] = p[i] * f[i] + 0.0558263181163f;
  UNROLL for (int i = 0; i < count; i++) p[i] = p[i] * f[i] + 0.240153617021f;
  UNROLL for (int i = 0; i < count; i++) p[i] = p[i] * f[i] + 0.693153073202f;
  UNROLL for (int i = 0; i < count; i++) p[i] = p[i] * f[i] + 0.999999925057f;
  UNROLL for (int i = 0; i < count; i++) x[i] = SCALE(p[i], x[i]);
}
#else
// f is within ±1/2. 2^n is a factor, not added to the bits of 2^f, for these may say that it is not a number.
INLINE void exp2_each(const int count, vf *x) {
  vf t[8], p[8];
  UNROLL for (int i = 0; i < count; i++) x[i] = within(x[i], -127.0f, 128.0f);
  UNROLL for (int i = 0; i < count; i++) t[i] = x[i] + 12583039.0f;
  UNROLL for (int i = 0; i < count; i++) x[i] = x[i] - (t[i] - 12583039.0f);
  UNROLL for (int i = 0; i < count; i++) p[i] = x[i] * 0.00132764721678f + 0.00967554133102f;
  UNROLL for (int i = 0; i < count; i++) p[i] = p[i] * x[i] + 0.0555071327288f;
  UNROLL for (int i = 0; i < count; i++) p[i] = p[i] * x[i] + 0.24022119724f;
  UNROLL for (int i = 0; i < count; i++) p[i] = p[i] * x[i] + 0.693146967065f;
  UNROLL for (int i = 0; i < count; i++) p[i] = p[i] * x[i] + 1.00000007165f;
  UNROLL for (int i = 0; i < count; i++) x[i] = p[i] * as_float(as_int(t[i]) << 23);
}
#endif

// tanh of x ln 2 / 2 for `count` vectors: e / (e + 2) with e = 2^x - 1, which is 2^n (2^f - 1) + (2^n - 1). 2^f - 1 is f times a
// minimax polynomial of (2^f - 1) / f, so nothing cancels near 0, where the result is as many digits of x. Beyond ±30 it is
// ±1 in float32.
INLINE void tanh2_each(const int count, vf *x) {
  vf n[8], e[8];
  UNROLL for (int i = 0; i < count; i++) x[i] = within(x[i], -30.0f, 30.0f);
  UNROLL for (int i = 0; i < count; i++) n[i] = nearest(x[i]);
  UNROLL for (int i = 0; i < count; i++) x[i] -= n[i];
  UNROLL for (int i = 0; i < count; i++) n[i] = power(n[i]);
  UNROLL for (int i = 0; i < count; i++) e[i] = x[i] * 0.000154035123676f + 0.00133907354776f;
  UNROLL for (int i = 0; i < count; i++) e[i] = e[i] * x[i] + 0.00961823749491f;
  UNROLL for (int i = 0; i < count; i++) e[i] = e[i] * x[i] + 0.0555035743364f;
  UNROLL for (int i = 0; i < count; i++) e[i] = e[i] * x[i] + 0.24022649795f;
  UNROLL for (int i = 0; i < count; i++) e[i] = e[i] * x[i] + 0.693147187927f;
  UNROLL for (int i = 0; i < count; i++) e[i] *= x[i];
  UNROLL for (int i = 0; i < count; i++) e[i] = e[i] * n[i] + (n[i] - 1.0f);
  UNROLL for (int i = 0; i < count; i++) x[i] = e[i] / (2.0f + e[i]);
}

// With x = n ln 2 + r and |r| at most ln 2 / 2: leaves e^r - 1 in x and gives 2^n. r is exact, for the first of ln 2's two
// parts has few digits (Cody and Waite 1980); e^r - 1 is r times a minimax polynomial.
INLINE vf exp_parts(vf *x) {
  vf n = nearest(*x * LOG2_E);
  vf r = (*x - n * 0.693359375f) + n * 2.12194440e-4f;
  vf p = r * 0.00138888726322f + 0.00836907570756f;
  p = p * r + 0.0416671363986f;
  p = p * r + 0.166665061555f;
  p = p * r + 0.499999981237f;
  p = p * r + 1.00000001063f;
  *x = p * r;
  return power(n);
}

// e^x, 0 below -88 and infinity above 88.3. Relative error 1.5e-7.
INLINE vf vexp(vf x) {
  x = within(x, -88.0f, 89.0f);
  vf scale = exp_parts(&x);
  return scale * (1.0f + x);
}

// log x for positive normal x, or x where it is not a number: x = m 2^e with m near 1, log m = 2 artanh((m - 1) / (m + 1)).
INLINE vf vlog(vf x) {
  vi bits = as_int(x) - 0x3f3504f3;
  vf e = __builtin_convertvector(bits >> 23, vf);
  vf m = as_float((bits & 0x007fffff) + 0x3f3504f3);
  vf s = (m - 1.0f) / (m + 1.0f);
  vf q = s * s;
  vf p = q * 0.22222222f + 0.28571429f;
  p = p * q + 0.4f;
  p = p * q + 0.66666667f;
  return choose(x == x, e * 0.693147181f + s * (p * q + 2.0f), x);
}

INLINE vf sigmoid(vf x) { return 1.0f / (1.0f + vexp(-x)); }

INLINE vf vtanh(vf x) {
  vf e = within(2.0f * x, -30.0f, 30.0f), scale = exp_parts(&e);
  e = e * scale + (scale - 1.0f);
  return e / (2.0f + e);
}

INLINE vf activated(int32_t activation, vf x) {
  switch (activation) {
    case RK_RELU: return most(splat(0), x);
    case RK_SIGMOID: return sigmoid(x);
    case RK_TANH: return vtanh(x);
    default: return x;
  }
}

#endif
