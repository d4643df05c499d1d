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
