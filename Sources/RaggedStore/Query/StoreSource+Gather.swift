public import RaggedCore

extension StoreSource {
  /// Parts of sequences, read in the order of their rows, given in the order asked; of a long sequence only the part is
  /// read. One caller reads at a time, others wait. O(timesteps gathered).
  /// - Throws: ``StoreError`` where the file cannot be read or its blobs do not have the sizes that the lengths ask
  ///   for; `RaggedCoreError` for timesteps that are not there.
  public func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    try check(slices)
    var end = 0
    let rows = slices.map { slice in
      defer { end += slice.count }
      return StoredRow(position: slice.position, start: slice.start, count: slice.count, cell: end)
    }
    var buffers = GatherBuffers(shape: shape, rows: rows.count, cells: end)
    try read(rows, into: &buffers)
    return SequenceBatch(
      input: buffers.input, offsets: rows.map(\.cell) + [end], targets: targets(of: rows, in: buffers),
      weights: buffers.weights, validity: buffers.validity, ids: rows.map(\.position))
  }

  private func targets(of rows: [StoredRow], in buffers: GatherBuffers) -> BatchTargets {
    buffers.targets(classes: rows.map { Int32(truncatingIfNeeded: classIndices[$0.position]) })
  }
}
