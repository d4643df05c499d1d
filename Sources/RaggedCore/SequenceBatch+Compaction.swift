extension SequenceBatch {
  /// The batch without its invalid timesteps: what a model computes on. O(N · F); the batch itself where all are valid.
  ///
  /// An LSTM that skips a masked timestep and one that never sees it end in the same state, so nothing is lost.
  public func compacted() -> SequenceBatch {
    guard let validity else { return self }
    return selectingTimesteps { validity[$0] }
  }

  /// The batch with only the timesteps for which `isKept` says so; the sequences and their targets stay.
  func selectingTimesteps(_ isKept: (Int) -> Bool) -> SequenceBatch {
    var kept: [Int] = []
    kept.reserveCapacity(timesteps)
    var offsets = [0]
    offsets.reserveCapacity(count + 1)
    for b in 0..<count {
      for n in range(b) where isKept(n) { kept.append(n) }
      offsets.append(kept.count)
    }
    return SequenceBatch(
      input: input.selecting(kept), offsets: offsets, targets: targets.selectingTimesteps(kept), weights: weights,
      ids: ids)
  }
}

extension BatchInput {
  func selecting(_ kept: [Int]) -> BatchInput {
    switch self {
    case .values(let values, let featureCount):
      .values(values.rows(kept, width: featureCount), featureCount: featureCount)
    case .tokens(let tokens): .tokens(kept.map { tokens[$0] })
    }
  }
}

extension BatchTargets {
  func selectingTimesteps(_ kept: [Int]) -> BatchTargets {
    switch self {
    case .none, .classPerSequence, .valuesPerSequence: self
    case .classPerTimestep(let classes): .classPerTimestep(kept.map { classes[$0] })
    case .valuesPerTimestep(let values, let width): .valuesPerTimestep(values.rows(kept, width: width), width: width)
    }
  }
}

extension [Float] {
  /// The rows of a `[_, width]` matrix at these indices, in this order.
  func rows(_ indices: [Int], width: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(indices.count * width)
    for row in indices { result.append(contentsOf: self[row * width..<(row + 1) * width]) }
    return result
  }
}
