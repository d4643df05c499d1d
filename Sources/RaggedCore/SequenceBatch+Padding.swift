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
      mask: placement.mask(validity), lengths: lengths.map(options.cutLength),
      targets: placement.place(targets), weights: weights, ids: ids)
  }
}

/// Where each sequence's surviving timesteps go in a `[B, T]` grid.
private struct Placement {
  /// What a row of the grid takes: `source ..< source + length`, behind `start` cells of padding.
  struct Run {
    var source: Int
    var start: Int
    var length: Int
  }

  var runs: [Run]
  var paddedLength: Int

  init(batch: SequenceBatch, options: PaddingOptions, paddedLength: Int) {
    self.paddedLength = paddedLength
    runs = (0..<batch.count).map { b in
      let length = batch.length(b)
      let left = options.cutLength(of: length)
      return Run(
        source: batch.offsets[b] + (options.truncation == .pre ? length - left : 0),
        start: options.side == .pre ? paddedLength - left : 0, length: left)
    }
  }

  /// `[B, T, width]`, each cell written once.
  func spread<Value: BitwiseCopyable>(_ values: [Value], width: Int, padding: Value) -> [Value] {
    let row = paddedLength * width
    return [Value](unsafeUninitializedCapacity: runs.count * row) { cells, count in
      count = runs.count * row
      for (b, run) in runs.enumerated() {
        let (first, end) = (b * row + run.start * width, b * row + (run.start + run.length) * width)
        cells.extracting(b * row..<first).initialize(repeating: padding)
        // The slice checks that the run lies within the values.
        values[run.source * width..<(run.source + run.length) * width].withUnsafeBufferPointer { source in
          _ = cells.extracting(first..<end).initialize(fromContentsOf: source)
        }
        cells.extracting(end..<(b + 1) * row).initialize(repeating: padding)
      }
    }
  }

  func mask(_ validity: [Bool]?) -> [Bool] {
    if let validity { return spread(validity, width: 1, padding: false) }
    return [Bool](unsafeUninitializedCapacity: runs.count * paddedLength) { cells, count in
      count = runs.count * paddedLength
      cells.initialize(repeating: false)
      for (b, run) in runs.enumerated() {
        let first = b * paddedLength + run.start
        cells.extracting(first..<first + run.length).update(repeating: true)
      }
    }
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
