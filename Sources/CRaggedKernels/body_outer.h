// Gradients of weights: sums of outer products over the rows of a block.

// Rows between two additions to the gradients: enough to make these cheap, few enough to stay in cache.
#define CHUNK 256

static void outer_chunk(const rk_outer *p, rk_int m, rk_int count) {
  // The sums are one more row of the tiles, before the others.
  rk_int extra = p->sums ? 1 : 0, all = p->inputs + extra, tiles = (all + OUTER_ROWS - 1) / OUTER_ROWS;
  for (rk_int i = 0; i < tiles; i++) {
    int with_sums = extra && i == 0;
    rk_int k = i == 0 ? 0 : all * i / tiles - extra;
    int rows = (int)(all * (i + 1) / tiles - extra - k);
    if (p->gated) {
      rk_int units = p->outputs / 4;
      for (rk_int j = 0, group; j < units; j += group) {
        group = group_of(units - j);
        if (group == WIDE) JOIN(outer_group, WIDE)(p, with_sums, rows, m, count, k, j);
        else JOIN(outer_group, NARROW)(p, with_sums, rows, m, count, k, j);
      }
      continue;
    }
    rk_int j = 0;
    for (; j + OUTER_VECTORS * WIDE <= p->outputs; j += OUTER_VECTORS * WIDE)
      JOIN(outer_block, WIDE)(p, with_sums, rows, m, count, k, j);
    for (; j < p->outputs; j += NARROW) JOIN(outer_strip, NARROW)(p, with_sums, rows, m, count, k, j);
  }
}

static void outer(const rk_outer *p) {
  for (rk_int m = 0; m < p->rows; m += CHUNK) outer_chunk(p, m, p->rows - m < CHUNK ? p->rows - m : CHUNK);
}
