// Gradients of weights: sums of outer products over the rows of a block.

// Rows between two additions to the gradients: enough to make these cheap, few enough to stay in cache.
#define CHUNK 512

// The columns of a group, and for `gated` how many units these are: all rows of `a` pass by while the columns stay near.
INLINE rk_int outer_columns(const rk_outer *p, rk_int m, rk_int count, rk_int j) {
  // The sums are one more row of the tiles, before the others.
  rk_int extra = p->sums ? 1 : 0, all = p->inputs + extra, tiles = (all + OUTER_ROWS - 1) / OUTER_ROWS;
  rk_int left = p->gated ? p->outputs / 4 - j : p->outputs - j;
  rk_int width = p->gated ? group_of(left) : left >= OUTER_VECTORS * WIDE ? OUTER_VECTORS * WIDE : NARROW;
  for (rk_int i = 0; i < tiles; i++) {
    int with_sums = extra && i == 0;
    rk_int k = i == 0 ? 0 : all * i / tiles - extra;
    int rows = (int)(all * (i + 1) / tiles - extra - k);
    if (p->gated) {
      if (width == WIDE) JOIN(outer_group, WIDE)(p, with_sums, rows, m, count, k, j);
      else JOIN(outer_group, NARROW)(p, with_sums, rows, m, count, k, j);
    } else if (width == NARROW) JOIN(outer_strip, NARROW)(p, with_sums, rows, m, count, k, j);
    else JOIN(outer_block, WIDE)(p, with_sums, rows, m, count, k, j);
  }
  return width;
}

static void outer(const rk_outer *p) {
  for (rk_int m = 0; m < p->rows; m += CHUNK) {
    rk_int count = p->rows - m < CHUNK ? p->rows - m : CHUNK, columns = p->gated ? p->outputs / 4 : p->outputs;
    for (rk_int j = 0; j < columns;) j += outer_columns(p, m, count, j);
  }
}
