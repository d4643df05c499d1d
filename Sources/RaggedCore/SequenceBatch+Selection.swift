extension SequenceBatch {
  /// The sequences at these rows, in this order; a row may appear more than once. O(timesteps selected).
  public func selecting(_ rows: [Int]) -> SequenceBatch {
    selecting(rows.map { SequenceSlice(position: $0, start: 0, count: length($0)) })
  }

  /// Parts of the sequences at these rows, which must be there: the timesteps and their targets, and of each sequence its
  /// target, labels, weight and id. O(timesteps selected).
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
      input: input.selecting(runs), statics: statics.selecting(rows.map { $0..<$0 + 1 }),
      labels: labels.map { $0.selecting(rows) }, offsets: offsets, targets: targets.selecting(rows, runs: runs),
      weights: weights.map { weights in rows.map { weights[$0] } },
      stepWeights: stepWeights.map { $0.rows(runs, width: 1) },
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
    case .labels(let lists): .labels(lists.selecting(rows))
    case .several(let parts): .several(parts.map { $0.selecting(rows, runs: runs) })
    }
  }
}

extension SequenceBatch {
  /// The batch without its invalid timesteps: what a model computes on. O(N · F); the batch itself where all are valid.
  ///
  /// An LSTM that skips a masked timestep and one that never sees it end in the same state, so nothing is lost.
  public func compacted() -> SequenceBatch {
    guard let validity else { return self }
    return validity.withUnsafeBufferPointer { validity in selectingTimesteps { validity[$0] } }
  }

  /// The batch with only the timesteps that `validity` says count; the sequences and their targets stay.
  @inline(__always)
  func selectingTimesteps(_ validity: (Int) -> Bool) -> SequenceBatch {
    var runs: [Range<Int>] = []
    runs.reserveCapacity(count)
    var offsets = [0]
    offsets.reserveCapacity(count + 1)
    for b in 0..<count {
      var n = offsets[b]
      let sequence = range(b)
      var t = sequence.lowerBound
      while t < sequence.upperBound {
        while t < sequence.upperBound, !validity(t) { t += 1 }
        let first = t
        while t < sequence.upperBound, validity(t) { t += 1 }
        if t > first { runs.append(first..<t) }
        n += t - first
      }
      offsets.append(n)
    }
    return SequenceBatch(
      input: input.selecting(runs), statics: statics, labels: labels, offsets: offsets,
      targets: targets.selectingTimesteps(runs), weights: weights,
      stepWeights: stepWeights.map { $0.rows(runs, width: 1) },
      ids: ids)
  }
}

extension BatchTargets {
  func selectingTimesteps(_ runs: [Range<Int>]) -> BatchTargets {
    switch self {
    case .none, .classPerSequence, .valuesPerSequence, .labels: self
    case .classPerTimestep(let classes): .classPerTimestep(classes.rows(runs, width: 1))
    case .valuesPerTimestep(let values, let width): .valuesPerTimestep(values.rows(runs, width: width), width: width)
    case .several(let parts): .several(parts.map { $0.selectingTimesteps(runs) })
    }
  }
}

extension Array where Element: BitwiseCopyable {
  /// Runs of rows of a `[_, width]` matrix, in this order.
  func rows(_ runs: [Range<Int>], width: Int) -> [Element] {
    let count = runs.reduce(0) { $0 + $1.count } * width
    return [Element](unsafeUninitializedCapacity: count) { result, initialized in
      initialized = count
      guard var target = result.baseAddress else { return }
      for run in runs {
        // The slice checks that the run lies within the matrix.
        self[run.lowerBound * width..<run.upperBound * width].withUnsafeBufferPointer { source in
          guard let base = source.baseAddress else { return }
          target.initialize(from: base, count: source.count)
          target += source.count
        }
      }
    }
  }
}
