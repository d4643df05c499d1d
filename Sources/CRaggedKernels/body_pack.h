// Weights in the order in which the kernels read them.

// Unit j's four gates side by side: tile after tile of units, [inputs + units] rows of [tile][4] in each.
// kernel is [F][4H], recurrent is [H][4H], gate g of unit j in column gH + j.
static void pack_gates(const float *kernel, const float *recurrent, int64_t inputs, int64_t units, float *packed) {
  for (int64_t j = 0, tile; j < units; j += tile) {
    tile = UNIT_TILE;
    while (tile > units - j) tile /= 2;
    for (int64_t k = 0; k < inputs + units; k++) {
      const float *row = k < inputs ? kernel + k * 4 * units : recurrent + (k - inputs) * 4 * units;
      for (int64_t u = 0; u < tile; u++)
        for (int64_t g = 0; g < 4; g++) *packed++ = row[g * units + j + u];
    }
  }
}

// Any matrix as tiles of rows, [columns] of [tile] in each.
static void pack_rows(const float *source, int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride,
                      float *packed) {
  for (int64_t m = 0, tile; m < rows; m += tile) {
    tile = ROW_TILE;
    while (tile > rows - m) tile /= 2;
    for (int64_t k = 0; k < columns; k++)
      for (int64_t u = 0; u < tile; u++) *packed++ = source[(m + u) * row_stride + k * column_stride];
  }
}
