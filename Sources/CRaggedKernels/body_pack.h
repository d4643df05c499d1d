// Weights in the order in which the kernels read them.

// The gates of a few units side by side: tile after tile of units, `inputs` rows of [tile][4] in each. The source is
// [inputs][4H] with its columns already interleaved: column 4j+g is gate g of unit j.
static void pack_gates(const float *source, int64_t inputs, int64_t units, float *packed) {
  for (int64_t j = 0, tile; j < units; j += tile) {
    tile = UNIT_TILE;
    while (tile > units - j) tile /= 2;
    for (int64_t k = 0; k < inputs; k++)
      for (int64_t n = 0; n < 4 * tile; n++) *packed++ = source[(k * units + j) * 4 + n];
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
