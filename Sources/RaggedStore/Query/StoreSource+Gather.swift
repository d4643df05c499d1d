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
    var buffers = GatherBuffers(shape: shape, rows: rows, cells: end)
    try read(rows, into: &buffers)
    return SequenceBatch(
      input: buffers.input, offsets: rows.map(\.cell) + [end], targets: targets(of: rows, in: buffers),
      weights: buffers.weights, validity: buffers.validity, ids: rows.map(\.position))
  }

  /// What `gather(_:)` and `SequenceBatch.padded(_:)` give, copied from the file straight into its cells. O(B · T · F).
  /// - Throws: as ``gather(_:)``, and `RaggedCoreError` for options without a meaning.
  public func gatherPadded(
    _ positions: [Int], _ options: PaddingOptions = PaddingOptions()
  ) throws -> PaddedBatch {
    try checkPositions(positions)
    try options.validate()
    let length = options.paddedLength(longest: Int(positions.lazy.map { lengths[$0] }.max() ?? 0))
    // Of sequences alone there are no more cells than the file has bytes; padding makes as many as is asked for.
    try options.checkRoom(
      positions.count, length, bytesPerTimestep: shape.inputStepBytes + shape.targetStepBytes + 1)
    let cells = positions.count * length
    let rows = positions.enumerated().map { b, position in
      let whole = Int(lengths[position])
      let kept = options.keptLength(of: whole)
      return StoredRow(
        position: position, start: options.truncation == .pre ? whole - kept : 0, count: kept,
        cell: b * length + (options.side == .pre ? length - kept : 0))
    }
    var buffers = GatherBuffers(shape: shape, rows: rows, cells: cells, padding: options.value)
    buffers.validity = [Bool](unsafeUninitializedCapacity: cells) { mask, count in
      mask.update(repeating: false)
      for row in rows { mask.extracting(row.cell..<row.cell + row.count).update(repeating: true) }
      count = cells
    }
    try read(rows, into: &buffers)
    return try PaddedBatch(
      count: rows.count, paddedLength: length, input: buffers.input, mask: buffers.validity ?? [],
      lengths: rows.map(\.count), targets: targets(of: rows, in: buffers), weights: buffers.weights, ids: positions)
  }

  private func targets(of rows: [StoredRow], in buffers: GatherBuffers) -> BatchTargets {
    buffers.targets(classes: rows.map { Int32(truncatingIfNeeded: classIndices[$0.position]) })
  }
}
