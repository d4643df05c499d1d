import RaggedCore

extension StoreSource {
  /// The sequences at these positions, read in the order of their rows, given in the order asked. One caller reads at a
  /// time, others wait. O(timesteps gathered).
  /// - Throws: ``StoreError`` where the file cannot be read or its blobs do not have the sizes that the lengths ask
  ///   for; `RaggedCoreError` for a position outside the source.
  public func gather(_ positions: [Int]) throws -> SequenceBatch {
    try checkPositions(positions)
    var end = 0
    let rows = positions.map { position in
      let count = Int(lengths[position])
      defer { end += count }
      return StoredRow(position: position, start: 0, count: count, cell: end)
    }
    return try ragged(rows, timesteps: end)
  }

  /// Parts of sequences, as ``gather(_:)`` gives whole ones. Of a long sequence only the part is read.
  /// - Throws: as for whole sequences, and `RaggedCoreError` for timesteps that are not there.
  public func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    try check(slices)
    var end = 0
    let rows = slices.map { slice in
      defer { end += slice.count }
      return StoredRow(position: slice.position, start: slice.start, count: slice.count, cell: end)
    }
    return try ragged(rows, timesteps: end)
  }

  private func ragged(_ rows: [StoredRow], timesteps: Int) throws -> SequenceBatch {
    var buffers = GatherBuffers(shape: shape, rows: rows, cells: timesteps)
    try read(rows, into: &buffers)
    return SequenceBatch(
      input: buffers.input, offsets: rows.map(\.cell) + [timesteps], targets: targets(of: rows, in: buffers),
      weights: buffers.weights, validity: buffers.validity, ids: rows.map(\.position))
  }

  /// The sequences at these positions padded to one length, with their mask: copied from the file straight into their
  /// cells. O(B · T · F).
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
