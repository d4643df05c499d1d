extension SequenceBatch {
  /// The sequences at these rows, in this order; a row may appear more than once. O(timesteps selected).
  public func selecting(_ rows: [Int]) -> SequenceBatch {
    var offsets = [0]
    offsets.reserveCapacity(rows.count + 1)
    for b in rows { offsets.append(offsets[offsets.count - 1] + length(b)) }
    var steps: [Int] = []
    steps.reserveCapacity(offsets[rows.count])
    for b in rows { steps.append(contentsOf: range(b)) }
    return SequenceBatch(
      input: input.selecting(steps), offsets: offsets, targets: targets.selecting(rows, steps: steps),
      weights: weights.map { weights in rows.map { weights[$0] } },
      validity: validity.map { validity in steps.map { validity[$0] } }, ids: rows.map { ids[$0] })
  }
}

extension BatchTargets {
  func selecting(_ rows: [Int], steps: [Int]) -> BatchTargets {
    switch self {
    case .none: .none
    case .classPerSequence(let classes): .classPerSequence(rows.map { classes[$0] })
    case .valuesPerSequence(let values, let width): .valuesPerSequence(values.rows(rows, width: width), width: width)
    case .classPerTimestep, .valuesPerTimestep: selectingTimesteps(steps)
    }
  }
}
