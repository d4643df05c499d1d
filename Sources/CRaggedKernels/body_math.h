// exp, log, sigmoid and tanh of whole vectors.
#define splat AT(splat)
#define as_int AT(as_int)
#define as_float AT(as_float)
#define choose AT(choose)
#define least AT(least)
#define most AT(most)
#define within AT(within)
#define iota AT(iota)
#define exp2_each AT(exp2_each)
#define vexp AT(vexp)
#define vlog AT(vlog)
#define sigmoid AT(sigmoid)
#define vtanh AT(vtanh)
#define activated AT(activated)
#define LOG2_E 1.44269504f

#ifdef SCALES
#undef SCALE
#undef SCALE_REST
#if VECTOR == 16
#define SCALE(p, x) ((vf)_mm512_scalef_ps((__m512)(p), (__m512)(x)))
#define SCALE_REST(x) ((vf)_mm512_reduce_ps((__m512)(x), 9))
#else
#define SCALE(p, x) ((vf)_mm256_scalef_ps((__m256)(p), (__m256)(x)))
#define SCALE_REST(x) ((vf)_mm256_reduce_ps((__m256)(x), 9))
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

// 2^x of `count` vectors, where x is at most `limit` < 126. The vectors go through every stage together, for each stage
// waits for the one before it. Relative error 1.5e-7, by a minimax polynomial of 2^f.
#ifdef SCALES
// One instruction gives f = x - floor(x) and another multiplies by 2^floor(x), down to 0.
INLINE void exp2_each(const int count, vf *x, float limit) {
  vf f[8], p[8];
  UNROLL for (int i = 0; i < count; i++) x[i] = least(splat(limit), x[i]);
  UNROLL for (int i = 0; i < count; i++) f[i] = SCALE_REST(x[i]);
  UNROLL for (int i = 0; i < count; i++) p[i] = f[i] * 0.00187757670002f + 0.00898934002359f;
  UNROLL for (int i = 0; i < count; i++) p[i] = p[i] * f[i] + 0.0558263181163f;
  UNROLL for (int i = 0; i < count; i++) p[i] = p[i] * f[i] + 0.240153617021f;
  UNROLL for (int i = 0; i < count; i++) p[i] = p[i] * f[i] + 0.693153073202f;
  UNROLL for (int i = 0; i < count; i++) p[i] = p[i] * f[i] + 0.999999925057f;
  UNROLL for (int i = 0; i < count; i++) x[i] = SCALE(p[i], x[i]);
}
#else
// f is within ±1/2, and x at least -limit. Adding 1.5 * 2^23 + 127 rounds to the nearest integer n and leaves n + 127, which
// is 2^n's exponent, in the low bits. 2^n is a factor, not added to the bits of 2^f, for these may say that it is not a number.
INLINE void exp2_each(const int count, vf *x, float limit) {
  vf t[8], p[8];
  UNROLL for (int i = 0; i < count; i++) x[i] = within(x[i], -limit, limit);
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

INLINE vf vexp(vf x) {
  vf y = within(x, -86.0f, 86.0f) * LOG2_E;
  exp2_each(1, &y, 125.0f);
  return y;
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
INLINE vf vtanh(vf x) { return 1.0f - 2.0f / (1.0f + vexp(2.0f * within(x, -20.0f, 20.0f))); }

INLINE vf activated(int32_t activation, vf x) {
  switch (activation) {
    case RK_RELU: return most(splat(0), x);
    case RK_SIGMOID: return sigmoid(x);
    case RK_TANH: return vtanh(x);
    default: return x;
  }
}
