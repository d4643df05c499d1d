extension SequenceBatch {
  /// The batch padded to one length, with its mask. O(B · T · F).
  ///
  /// Padded cells of the input hold `options.value` (rounded, for tokens); padded cells of a target hold 0. The mask is
  /// false on padding and on stored invalid timesteps.
  /// - Throws: ``RaggedCoreError`` for options without a meaning.
  public func padded(_ options: PaddingOptions = PaddingOptions()) throws -> PaddedBatch {
    try options.validate()
    let length = options.paddedLength(longest: lengths.max() ?? 0)
    try options.checkRoom(count, length, bytesPerTimestep: input.bytesPerTimestep + targets.bytesPerTimestep + 1)
    let placement = Placement(batch: self, options: options, paddedLength: length)
    return try PaddedBatch(
      count: count, paddedLength: length, input: placement.place(input, padding: options.value),
      mask: placement.mask(validity), lengths: lengths.map(options.keptLength),
      targets: placement.place(targets), weights: weights, ids: ids)
  }
}

/// Where each sequence's surviving timesteps go in a `[B, T]` grid.
private struct Placement {
  /// One run of timesteps: `source ..< source + length` lands at cell `cell`.
  struct Run {
    var source: Int
    var cell: Int
    var length: Int
  }

  var runs: [Run] = []
  var cells: Int

  init(batch: SequenceBatch, options: PaddingOptions, paddedLength: Int) {
    cells = batch.count * paddedLength
    runs = (0..<batch.count).map { b in
      let length = batch.length(b)
      let kept = options.keptLength(of: length)
      return Run(
        source: batch.offsets[b] + (options.truncation == .pre ? length - kept : 0),
        cell: b * paddedLength + (options.side == .pre ? paddedLength - kept : 0), length: kept)
    }
  }

  func spread<Value>(_ values: [Value], width: Int, padding: Value) -> [Value] {
    var result = [Value](repeating: padding, count: cells * width)
    for run in runs where run.length > 0 {
      let target = run.cell * width..<(run.cell + run.length) * width
      result.replaceSubrange(target, with: values[run.source * width..<(run.source + run.length) * width])
    }
    return result
  }

  func mask(_ validity: [Bool]?) -> [Bool] {
    var result = [Bool](repeating: false, count: cells)
    for run in runs {
      for i in 0..<run.length { result[run.cell + i] = validity?[run.source + i] ?? true }
    }
    return result
  }

  func place(_ input: BatchInput, padding: Float) -> BatchInput {
    switch input {
    case .values(let values, let featureCount):
      .values(spread(values, width: featureCount, padding: padding), featureCount: featureCount)
    case .tokens(let tokens): .tokens(spread(tokens, width: 1, padding: Int32(exactly: padding.rounded()) ?? 0))
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

extension BatchInput {
  /// Bytes of a timestep; of a batch without any timestep the width may be any number.
  fileprivate var bytesPerTimestep: Int {
    switch self {
    case .values(_, let featureCount): 4 * min(featureCount, 1 << 40)
    case .tokens: 4
    }
  }
}

extension BatchTargets {
  /// Bytes of a timestep.
  fileprivate var bytesPerTimestep: Int {
    switch self {
    case .classPerTimestep: 4
    case .valuesPerTimestep(_, let width): 4 * min(width, 1 << 40)
    case .none, .classPerSequence, .valuesPerSequence: 0
    }
  }
}
