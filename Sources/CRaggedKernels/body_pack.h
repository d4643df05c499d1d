// Weights in the order in which the kernels read them.

INLINE rk_int group_of(rk_int units) { return units >= WIDE ? WIDE : NARROW; }

static rk_int gate_width(rk_int units) { return 4 * ((units + NARROW - 1) / NARROW * NARROW); }

// The outputs that a tile takes of those that are left.
INLINE rk_int tile_of(rk_int outputs) {
#if MATRIX_VECTORS > 2
  if (outputs >= 4 * WIDE) return 4 * WIDE;
#endif
  return outputs >= 2 * WIDE ? 2 * WIDE : outputs >= WIDE ? WIDE : NARROW;
}

// Group after group of units, `inputs` rows of [4][group] in each. The gates are those of exponents to base 2: see
// gates_each.
static void pack_gates(const float *source, rk_int inputs, rk_int units, float *packed) {
  for (rk_int j = 0, group; j < units; j += group) {
    group = group_of(units - j);
    rk_int some = units - j < group ? units - j : group;
    for (rk_int k = 0; k < inputs; k++, packed += 4 * group) {
      const float *row = source + 4 * (k * units + j);
      for (rk_int g = 0; g < 4; g++) {
        float scale = g == 2 ? 2 * LOG2_E : -LOG2_E;
        for (rk_int u = 0; u < some; u++) packed[g * group + u] = row[4 * u + g] * scale;
        for (rk_int u = some; u < group; u++) packed[g * group + u] = 0;
      }
    }
  }
}

// Tile after tile of outputs, [gate_width(units)] of [tile] in each; the source is [outputs][4 units], columns 4j + gate. A
// source row is read in its order, and a group's part of a tile stays in the cache meanwhile.
static void pack_back(const float *source, rk_int outputs, rk_int units, float *packed) {
  for (rk_int n = 0, tile; n < outputs; n += tile) {
    tile = tile_of(outputs - n);
    for (rk_int j = 0, group; j < units; j += group, packed += 4 * group * tile) {
      group = group_of(units - j);
      rk_int some = units - j < group ? units - j : group, rows = outputs - n < tile ? outputs - n : tile;
      if (some < group || rows < tile)
        for (rk_int i = 0; i < 4 * group * tile; i++) packed[i] = 0;
      for (rk_int i = 0; i < rows; i++) {
        const float *row = source + 4 * ((n + i) * units + j);
        for (rk_int u = 0; u < some; u++)
          for (rk_int g = 0; g < 4; g++) packed[(g * group + u) * tile + i] = row[4 * u + g];
      }
    }
  }
}

// Tile after tile of outputs, [inputs] of [tile] in each.
static void pack_matrix(const float *source, rk_int inputs, rk_int outputs, rk_int input_stride, rk_int output_stride,
                        float *packed) {
  for (rk_int n = 0, tile; n < outputs; n += tile) {
    tile = tile_of(outputs - n);
    for (rk_int k = 0; k < inputs; k++)
      for (rk_int i = 0; i < tile; i++)
        *packed++ = n + i < outputs ? source[k * input_stride + (n + i) * output_stride] : 0;
  }
}
