import RaggedCore

extension StoreSource {
  /// The sequences at these positions as a store's source of their own, of the same snapshot. Unlike a subset it holds
  /// nothing of the rest. O(positions).
  /// - Throws: `RaggedCoreError` for a position outside the source.
  public func part(_ positions: some Collection<Int>) throws -> StoreSource {
    try checkPositions(positions)
    var hash = StableHash(seed: fingerprint)
    var isWhole = positions.count == count
    for (index, position) in positions.enumerated() {
      hash.add(UInt64(position))
      isWhole = isWhole && index == position
    }
    if isWhole { return StoreSource(self, ids, lengths, classIndices, fingerprint: hash.value) }
    return StoreSource(
      self, PackedIntegers(positions.map { ids[$0] }), positions.map { lengths[$0] },
      classIndices.count == 0 ? classIndices : PackedIntegers(positions.map { classIndices[$0] }),
      fingerprint: hash.value)
  }
}
