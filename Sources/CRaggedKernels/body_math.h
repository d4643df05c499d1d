// exp, log, sigmoid and tanh of a whole vector.

INLINE vf splat(float x) { return (vf)x; }
INLINE vi as_int(vf x) { return (vi)x; }
INLINE vf as_float(vi x) { return (vf)x; }
INLINE vf choose(vi mask, vf yes, vf no) { return mask ? yes : no; }
// Both give the second operand where one is not a number, so a limit comes first and NaN passes through.
INLINE vf least(vf a, vf b) { return a < b ? a : b; }
INLINE vf most(vf a, vf b) { return a > b ? a : b; }

#define LOG2_E 1.44269504f

// 2^(scale x) for |scale x| < 126: 2^f by a minimax polynomial on [-1/2, 1/2] (relative error 7.5e-8), times 2^n by adding
// n to the exponent. Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits. Both sums are fused, so
// f is exact.
INLINE vf exp2_of(vf x, float scale) {
  vf t = x * scale + 12582912.0f;
  vf f = x * scale - (t - 12582912.0f);
  vf p = f * 0.00132764721678f + 0.00967554133102f;
  p = p * f + 0.0555071327288f;
  p = p * f + 0.24022119724f;
  p = p * f + 0.693146967065f;
  p = p * f + 1.00000007165f;
  return as_float(as_int(p) + (as_int(t) << 23));
}

// What is not a number stays so: a comparison with it is false, and the second operand is taken.
INLINE vf within(vf x, float low, float high) { return most(splat(low), least(splat(high), x)); }

INLINE vf clamp(vf x, float limit) { return within(x, -limit, limit); }

INLINE vf vexp(vf x) { return exp2_of(clamp(x, 86.0f), LOG2_E); }

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

// The four gates at once: sigmoid of i, f and o and tanh of g = 2 sigmoid(2 g) - 1, with one division for all. The
// clamp keeps the product of the denominators finite; sigmoid is 1 - 2e-9 where it takes hold.
typedef struct {
  vf i, f, g, o;
} gate_values;

INLINE gate_values gates_of(vf i, vf f, vf g, vf o) {
  vf a = 1.0f + exp2_of(clamp(i, 20.0f), -LOG2_E), b = 1.0f + exp2_of(clamp(f, 20.0f), -LOG2_E);
  vf c = 1.0f + exp2_of(clamp(g, 10.0f), -2 * LOG2_E), d = 1.0f + exp2_of(clamp(o, 20.0f), -LOG2_E);
  vf ab = a * b, cd = c * d;
  vf inverse = 1.0f / (ab * cd);
  vf of_ab = inverse * cd, of_cd = inverse * ab;
  return (gate_values){of_ab * b, of_ab * a, of_cd * d * 2.0f - 1.0f, of_cd * c};
}

INLINE vf sigmoid(vf x) { return 1.0f / (1.0f + exp2_of(clamp(x, 86.0f), -LOG2_E)); }
INLINE vf vtanh(vf x) { return 1.0f - 2.0f / (1.0f + exp2_of(clamp(x, 20.0f), 2 * LOG2_E)); }

typedef float v4 __attribute__((ext_vector_type(4), aligned(4)));

// Sums of every fourth lane.
INLINE v4 folded(vf x) {
#if VECTOR == 16
  typedef float v8 __attribute__((ext_vector_type(8)));
  v8 half = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7) +
            __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
  return __builtin_shufflevector(half, half, 0, 1, 2, 3) + __builtin_shufflevector(half, half, 4, 5, 6, 7);
#elif VECTOR == 8
  return __builtin_shufflevector(x, x, 0, 1, 2, 3) + __builtin_shufflevector(x, x, 4, 5, 6, 7);
#else
  return x;
#endif
}

// The sums over the lanes of four vectors.
INLINE v4 sums_of(vf a, vf b, vf c, vf d) {
  v4 p = folded(a), q = folded(b), r = folded(c), s = folded(d);
  v4 pq = __builtin_shufflevector(p, q, 0, 4, 1, 5) + __builtin_shufflevector(p, q, 2, 6, 3, 7);
  v4 rs = __builtin_shufflevector(r, s, 0, 4, 1, 5) + __builtin_shufflevector(r, s, 2, 6, 3, 7);
  return __builtin_shufflevector(pq, rs, 0, 1, 4, 5) + __builtin_shufflevector(pq, rs, 2, 3, 6, 7);
}

INLINE float sum_of(vf x) {
  v4 s = folded(x);
  return (s[0] + s[2]) + (s[1] + s[3]);
}

INLINE vf activated(int32_t activation, vf x) {
  switch (activation) {
    case RK_RELU: return most(splat(0), x);
    case RK_SIGMOID: return sigmoid(x);
    case RK_TANH: return vtanh(x);
    default: return x;
  }
}
