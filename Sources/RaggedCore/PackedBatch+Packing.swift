extension SequenceBatch {
  /// The batch with its sequences end to end in rows, in the order in which they stand. O(rows · T · F).
  ///
  /// The mask is false behind a row's last sequence and on stored invalid timesteps; such cells of the input hold 0
  /// where they are padding.
  /// - Parameters:
  ///   - sequencesPerRow: how many sequences each row takes; empty sequences count.
  ///   - rowLength: `T`; nil means the longest row.
  /// - Throws: ``RaggedCoreError`` where the rows do not take every sequence once, or one is longer than `rowLength`.
  public func packed(sequencesPerRow: [Int], rowLength: Int? = nil) throws -> PackedBatch {
    guard sequencesPerRow.allSatisfy({ 0...count ~= $0 }), sequencesPerRow.reduce(0, +) == count else {
      throw RaggedCoreError(
        .shapeMismatch, "the rows take \(sequencesPerRow) sequences, expected \(count) in all")
    }
    var lanes: [PackedBatch.Lane] = []
    var longest = 0
    for (row, sequences) in sequencesPerRow.enumerated() {
      var start = 0
      for _ in 0..<sequences {
        let length = length(lanes.count)
        lanes.append(PackedBatch.Lane(row: row, start: start, length: length))
        start += length
      }
      if let rowLength, start > rowLength {
        throw RaggedCoreError(.outOfRange, "row \(row) has \(start) timesteps, expected at most \(rowLength)")
      }
      longest = max(longest, start)
    }
    let (rows, rowLength) = (sequencesPerRow.count, rowLength ?? longest)
    let runs = zip(lanes, offsets).map { lane, offset in
      CellRuns.Run(source: offset, cell: lane.row * rowLength + lane.start, length: lane.length)
    }
    let placement = CellRuns(runs: runs, cells: rows * rowLength)
    return try PackedBatch(
      rowCount: rows, rowLength: rowLength, input: placement.place(input), statics: statics, labels: labels,
      lanes: lanes, mask: placement.mask(validity),
      targets: placement.place(targets), weights: weights,
      stepWeights: stepWeights.map { placement.spread($0, width: 1, padding: 0) }, ids: ids)
  }
}

extension PackedBatch {
  /// The sequences, one after the other: the inverse of packing. O(timesteps · F).
  ///
  /// Where the mask is false inside a sequence, the timestep is one that was stored as invalid.
  public func unpacked() -> SequenceBatch {
    var offsets = [0]
    var runs: [Range<Int>] = []
    for lane in lanes {
      let first = lane.row * rowLength + lane.start
      runs.append(first..<first + lane.length)
      offsets.append(offsets[offsets.count - 1] + lane.length)
    }
    let validity = mask.elements.rows(runs, width: 1)
    return SequenceBatch(
      input: input.selecting(runs), statics: statics, labels: labels, offsets: offsets,
      targets: targets.selectingTimesteps(runs), weights: weights,
      stepWeights: stepWeights.map { $0.rows(runs, width: 1) },
      validity: validity.contains(false) ? validity : nil, ids: ids)
  }
}
