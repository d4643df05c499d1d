// exp, log, sigmoid and tanh of a whole vector.

INLINE vf splat(float x) { return (vf){} + x; }
INLINE vf choose(vi mask, vf yes, vf no) { return (vf)((mask & (vi)yes) | (~mask & (vi)no)); }
INLINE vf least(vf a, vf b) { return choose(a < b, a, b); }
INLINE vf most(vf a, vf b) { return choose(a > b, a, b); }

// 2^f by a minimax polynomial on [-1/2, 1/2] (relative error 7.5e-8), times 2^n by adding n to the exponent.
// Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
INLINE vf exp_clamped(vf x) {
  vf z = x * 1.44269504f;
  vf t = z + 12582912.0f;
  vf f = z - (t - 12582912.0f);
  vf p = f * 0.00132764721678f + 0.00967554133102f;
  p = p * f + 0.0555071327288f;
  p = p * f + 0.24022119724f;
  p = p * f + 0.693146967065f;
  p = p * f + 1.00000007165f;
  return (vf)((vi)p + ((vi)t << 23));
}

// What is not a number stays so: a comparison with it is false, and the second operand is taken.
INLINE vf within(vf x, float low, float high) { return most(splat(low), least(splat(high), x)); }

INLINE vf clamp(vf x, float limit) { return within(x, -limit, limit); }

INLINE vf vexp(vf x) { return exp_clamped(clamp(x, 86.0f)); }

// log x for positive normal x, or x where it is not a number: x = m 2^e with m near 1, log m = 2 artanh((m - 1) / (m + 1)).
INLINE vf vlog(vf x) {
  vi bits = (vi)x - 0x3f3504f3;
  vf e = __builtin_convertvector(bits >> 23, vf);
  vf m = (vf)((bits & 0x007fffff) + 0x3f3504f3);
  vf s = (m - 1.0f) / (m + 1.0f);
  vf q = s * s;
  vf p = q * 0.22222222f + 0.28571429f;
  p = p * q + 0.4f;
  p = p * q + 0.66666667f;
  return choose(x == x, e * 0.693147181f + s * (p * q + 2.0f), x);
}

INLINE vf sigmoid(vf x) { return 1.0f / (1.0f + exp_clamped(clamp(-x, 86.0f))); }
INLINE vf vtanh(vf x) { return 1.0f - 2.0f / (1.0f + exp_clamped(clamp(x + x, 40.0f))); }

INLINE float sum_of(vf x) {
  float s = 0;
  UNROLL for (int i = 0; i < VECTOR; i++) s += x[i];
  return s;
}
