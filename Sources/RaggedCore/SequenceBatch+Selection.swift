extension SequenceBatch {
  /// The sequences at these rows, in this order; a row may appear more than once. O(timesteps selected).
  public func selecting(_ rows: [Int]) -> SequenceBatch {
    var offsets = [0]
    offsets.reserveCapacity(rows.count + 1)
    for b in rows { offsets.append(offsets[offsets.count - 1] + length(b)) }
    let runs = rows.map { range($0) }
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
