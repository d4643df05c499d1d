// An LSTM over a block, step by step in the direction of reading, and the way back.

// The sequences that a timestep has, and the rows of those that had been read a step before.
typedef struct {
  rk_int first, count;             // of this timestep
  rk_int before, known;            // where the step before begins, and how many of `count` have it
} moment;

INLINE moment moment_at(const rk_lstm *p, rk_int t) {
  const rk_int *starts = p->starts;
  moment now = {starts[t], starts[t + 1] - starts[t], 0, 0};
  if (p->backwards && t + 1 < p->steps) {
    now.before = starts[t + 1];
    now.known = starts[t + 2] - starts[t + 1];
  } else if (!p->backwards && t > 0) {
    now.before = starts[t - 1];
    now.known = now.count;
  }
  return now;
}

static void lstm_forward(const rk_lstm *p) {
  for (rk_int s = 0; s < p->steps; s++) {
    moment now = moment_at(p, p->backwards ? p->steps - 1 - s : s);
    const float *h = p->h + now.before * p->h_stride, *c = p->c + now.before * p->c_stride;
    const float *h0 = p->h0 ? p->h0 + now.known * p->state_stride : 0;
    const float *c0 = p->c0 ? p->c0 + now.known * p->state_stride : 0;
    rk_int fresh = now.count - now.known;
    for (rk_int j = 0, group; j < p->units; j += group) {
      group = group_of(p->units - j);
#define CELLS(width)                                                                                                  \
  JOIN(cells_of, width)(p, j, now.first, now.known, h, p->h_stride, c, p->c_stride);                                  \
  if (fresh > 0) JOIN(cells_of, width)(p, j, now.first + now.known, fresh, h0, p->state_stride, c0, p->state_stride)
#if WIDE != NARROW
      if (group == WIDE) {
        CELLS(WIDE);
        continue;
      }
#endif
      CELLS(NARROW);
#undef CELLS
    }
  }
}

// Sequences `sequence`, … of a timestep: `count` of them, with the same beside them.
static void some_gradients(const rk_lstm *p, rk_int sequence, rk_int m, rk_int count, rk_int next, const float *h,
                           rk_int h_stride, const float *c, rk_int c_stride) {
  if (count <= 0) return;
  rk_int columns = gate_width(p->units);
  JOIN(beside, NARROW) narrow = {next, h, c, h_stride, c_stride};
#if WIDE != NARROW
  JOIN(beside, WIDE) wide = {next, h, c, h_stride, c_stride};
#endif
  for (rk_int j = 0, tile; j < p->units; j += tile) {
    tile = tile_of(p->units - j);
#if WIDE != NARROW
#if MATRIX_VECTORS > 2
    if (tile == 4 * WIDE) {
      JOIN(gradients_of, WIDE)(4, p, columns, j, sequence, m, count, &wide);
      continue;
    }
#endif
    if (tile == 2 * WIDE) {
      JOIN(gradients_of, WIDE)(2, p, columns, j, sequence, m, count, &wide);
      continue;
    }
    if (tile == WIDE) {
      JOIN(gradients_of, WIDE)(1, p, columns, j, sequence, m, count, &wide);
      continue;
    }
#else
    if (tile == 2 * NARROW) {
      JOIN(gradients_of, NARROW)(2, p, columns, j, sequence, m, count, &narrow);
      continue;
    }
#endif
    JOIN(gradients_of, NARROW)(1, p, columns, j, sequence, m, count, &narrow);
  }
}

static void lstm_backward(const rk_lstm *p) {
  const rk_int *starts = p->starts;
  for (rk_int s = p->steps - 1; s >= 0; s--) {
    rk_int t = p->backwards ? p->steps - 1 - s : s;
    moment now = moment_at(p, t);
    const float *h = p->h + now.before * p->h_stride, *c = p->c + now.before * p->c_stride;
    // Of the sequences at hand, those whose reading goes on to another step, and where that begins.
    rk_int going = 0, next = -1;
    if (p->backwards ? t > 0 : t + 1 < p->steps) {
      next = p->backwards ? starts[t - 1] : starts[t + 1];
      going = p->backwards ? now.count : starts[t + 2] - starts[t + 1];
    }
    // In one direction of reading all have a step before or none has, in the other all have one after or none.
    rk_int split = p->backwards ? now.known : going;
    for (int part = 0; part < 2; part++) {
      rk_int from = part == 0 ? 0 : split, count = part == 0 ? split : now.count - split;
      rk_int after = from < going ? next + from : -1;
      if (from < now.known)
        some_gradients(p, from, now.first + from, count, after, h + from * p->h_stride, p->h_stride,
                       c + from * p->c_stride, p->c_stride);
      else
        some_gradients(p, from, now.first + from, count, after, p->h0 ? p->h0 + from * p->state_stride : 0,
                       p->state_stride, p->c0 ? p->c0 + from * p->state_stride : 0, p->state_stride);
    }
  }
}
