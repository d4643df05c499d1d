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
    let grid = LaneGrid(lanes, rows: sequencesPerRow.count, rowLength: rowLength ?? longest)
    return try PackedBatch(
      rowCount: grid.rows, rowLength: grid.rowLength, input: grid.place(input), lanes: lanes,
      mask: validity.map { grid.spread($0, width: 1, padding: false) }, targets: grid.place(targets),
      weights: weights, ids: ids)
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
      input: input.selecting(runs), offsets: offsets, targets: targets.selectingTimesteps(runs), weights: weights,
      validity: validity.contains(false) ? validity : nil, ids: ids)
  }
}

/// The cells that sequences take in a `[rows, T]` grid, in the order of a batch's timesteps.
private struct LaneGrid {
  let lanes: [PackedBatch.Lane]
  let rows: Int
  let rowLength: Int

  init(_ lanes: [PackedBatch.Lane], rows: Int, rowLength: Int) {
    self.lanes = lanes
    self.rows = rows
    self.rowLength = rowLength
  }

  func spread<Value>(_ values: [Value], width: Int, padding: Value) -> [Value] {
    var result = [Value](repeating: padding, count: rows * rowLength * width)
    var source = 0
    for lane in lanes where lane.length > 0 {
      let cell = (lane.row * rowLength + lane.start) * width
      result.replaceSubrange(
        cell..<cell + lane.length * width, with: values[source..<source + lane.length * width])
      source += lane.length * width
    }
    return result
  }

  func place(_ input: BatchInput) -> BatchInput {
    switch input {
    case .values(let values, let featureCount):
      .values(spread(values, width: featureCount, padding: 0), featureCount: featureCount)
    case .tokens(let tokens): .tokens(spread(tokens, width: 1, padding: 0))
    }
  }

  func place(_ targets: BatchTargets) -> BatchTargets {
    switch targets {
    case .none, .classPerSequence, .valuesPerSequence: targets
    case .classPerTimestep(let classes): .classPerTimestep(spread(classes, width: 1, padding: 0))
    case .valuesPerTimestep(let values, let width):
      .valuesPerTimestep(spread(values, width: width, padding: 0), width: width)
    }
  }
}
