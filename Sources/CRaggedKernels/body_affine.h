// A matrix times every row: dense layers, and the gradients of inputs.

static void affine(const rk_affine *p) {
  for (rk_int n = 0, tile; n < p->outputs; n += tile) {
    tile = tile_of(p->outputs - n);
#if WIDE != NARROW
#if MATRIX_VECTORS > 2
    if (tile == 4 * WIDE) {
      JOIN(product_of, WIDE)(4, p, n);
      continue;
    }
#endif
    if (tile == 2 * WIDE) {
      JOIN(product_of, WIDE)(2, p, n);
      continue;
    }
    if (tile == WIDE) {
      JOIN(product_of, WIDE)(1, p, n);
      continue;
    }
#else
    if (tile == 2 * NARROW) {
      JOIN(product_of, NARROW)(2, p, n);
      continue;
    }
#endif
    JOIN(product_of, NARROW)(1, p, n);
  }
}
