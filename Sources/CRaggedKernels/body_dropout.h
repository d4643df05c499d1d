// Dropout: whether a number is dropped follows from its row's seed and its column.
INLINE void AT(dropout)(const rk_dropout *p) {
  for (rk_int m = 0; m < p->rows; m++) {
    for (rk_int j = 0; j < p->width; j += VECTOR) {
      vu z = p->seeds[m] + ((vu)iota() + (uint32_t)(j + 1)) * 0x9e3779b9u;  // murmur3's finaliser
      z = (z ^ (z >> 16)) * 0x85ebca6bu;
      z = (z ^ (z >> 13)) * 0xc2b2ae35u;
      z ^= z >> 16;
      vf x = load(p->x + m * p->x_stride + j);
      store(p->y + m * p->y_stride + j, choose(z >= (vu)p->threshold, x * p->scale, splat(0)));
    }
  }
}
