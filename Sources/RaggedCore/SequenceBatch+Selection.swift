extension SequenceBatch {
  /// The sequences at these rows, in this order; a row may appear more than once. O(timesteps selected).
  public func selecting(_ rows: [Int]) -> SequenceBatch {
    selecting(rows.map { SequenceSlice(position: $0, start: 0, count: length($0)) })
  }

  /// Parts of the sequences at these rows, which must be there: the timesteps and their targets, and of each sequence its
  /// target, weight and id. O(timesteps selected).
  func selecting(_ slices: [SequenceSlice]) -> SequenceBatch {
    var runs: [Range<Int>] = []
    runs.reserveCapacity(slices.count)
    var offsets = [0]
    offsets.reserveCapacity(slices.count + 1)
    for slice in slices {
      let first = self.offsets[slice.position] + slice.start
      runs.append(first..<first + slice.count)
      offsets.append(offsets[offsets.count - 1] + slice.count)
    }
    let rows = slices.map(\.position)
    return SequenceBatch(
      input: input.selecting(runs), offsets: offsets, targets: targets.selecting(rows, runs: runs),
      weights: weights.map { weights in rows.map { weights[$0] } },
      validity: validity.map { $0.rows(runs, width: 1) }, ids: rows.map { ids[$0] })
  }
}

extension BatchTargets {
  func selecting(_ rows: [Int], runs: [Range<Int>]) -> BatchTargets {
    switch self {
    case .none: .none
    case .classPerSequence(let classes): .classPerSequence(rows.map { classes[$0] })
    case .valuesPerSequence(let values, let width):
      .valuesPerSequence(values.rows(rows.map { $0..<$0 + 1 }, width: width), width: width)
    case .classPerTimestep, .valuesPerTimestep: selectingTimesteps(runs)
    }
  }
}
