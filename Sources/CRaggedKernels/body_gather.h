// Rows of the sequences of a block out of a batch, into the block's order.

// The most numbers of the next sequence that are asked for ahead: behind them the processor sees the stream itself.
#define AHEAD 1024

INLINE void AT(gather)(const rk_gather *p) {
  const int32_t *source = p->source;
  int32_t *target = p->target;
  if (p->width < 1) return;
  rk_int whole = (p->width + VECTOR - 1) / VECTOR * VECTOR;
  for (rk_int s = 0; s < p->sequences; s++) {
    rk_int first = p->offsets[p->rows[s]], length = p->lengths[s], t = 0;
    if (s + 1 < p->sequences) {
      const int32_t *next = source + p->offsets[p->rows[s + 1]] * p->width;
      rk_int count = p->lengths[s + 1] * p->width;
      for (rk_int i = 0; i < count && i < AHEAD; i += 16) __builtin_prefetch(next + i);
    }
    const int32_t *from = source + first * p->width;
    // Whole vectors reach into the rows that follow: as long as these belong to the batch, and the target has room.
    rk_int fitting = p->stride < whole ? 0 : p->items - first - (whole - 1) / p->width;
    for (; t < length && t < fitting; t++, from += p->width) {
      int32_t *to = target + (p->starts[t] + s) * p->stride;
      for (rk_int n = 0; n < whole; n += VECTOR)
        *(vi *)(to + n) = *(const vi *)(from + n);
    }
    for (; t < length; t++, from += p->width) {
      int32_t *to = target + (p->starts[t] + s) * p->stride;
      for (rk_int n = 0; n < p->width; n++) to[n] = from[n];
    }
  }
}
