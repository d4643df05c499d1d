extension SequenceBatch {
  /// The batch padded to one length, with its mask. O(B · T · F).
  ///
  /// Padded cells of the input hold `options.value` (rounded, for tokens); padded cells of a target hold 0. The mask is
  /// false on padding and on stored invalid timesteps.
  /// - Throws: ``RaggedCoreError`` for options without a meaning.
  public func padded(_ options: PaddingOptions = PaddingOptions()) throws -> PaddedBatch {
    try options.validate()
    let length = options.paddedLength(longest: lengths.max() ?? 0)
    try options.checkRoom(count, length, bytesPerTimestep: input.bytesPerRow + targets.bytesPerTimestep + 1)
    let runs = (0..<count).map { b in
      let (whole, left) = (self.length(b), options.cutLength(of: self.length(b)))
      return CellRuns.Run(
        source: offsets[b] + (options.truncation == .pre ? whole - left : 0),
        cell: b * length + (options.side == .pre ? length - left : 0), length: left)
    }
    let placement = CellRuns(runs: runs, cells: count * length)
    return try PaddedBatch(
      count: count, paddedLength: length, input: placement.place(input, padding: options.value), statics: statics,
      labels: labels, mask: placement.mask(validity), lengths: lengths.map(options.cutLength),
      targets: placement.place(targets), weights: weights,
      stepWeights: stepWeights.map { placement.spread($0, width: 1, padding: 0) }, ids: ids)
  }
}

/// Which cells of a grid the timesteps of a batch go to.
struct CellRuns {
  /// Timesteps `source ..< source + length` of the batch, from a cell on.
  struct Run {
    var source: Int
    var cell: Int
    var length: Int
  }

  /// Runs whose cells rise.
  var runs: [Run]
  /// Cells of the grid: rows × `T`.
  var cells: Int

  /// `[cells, width]`, each cell written once.
  func spread<Value: BitwiseCopyable>(_ values: [Value], width: Int, padding: Value) -> [Value] {
    [Value](unsafeUninitializedCapacity: cells * width) { result, initialized in
      initialized = cells * width
      var end = 0
      for run in runs {
        let first = run.cell * width
        result.extracting(end..<first).initialize(repeating: padding)
        end = first + run.length * width
        // The slice checks that the run lies within the values.
        values[run.source * width..<(run.source + run.length) * width].withUnsafeBufferPointer {
          _ = result.extracting(first..<end).initialize(fromContentsOf: $0)
        }
      }
      result.extracting(end..<cells * width).initialize(repeating: padding)
    }
  }

  /// True on the timesteps that count, `[cells]`.
  func mask(_ validity: [Bool]?) -> [Bool] {
    if let validity { return spread(validity, width: 1, padding: false) }
    return [Bool](unsafeUninitializedCapacity: cells) { result, initialized in
      initialized = cells
      result.initialize(repeating: false)
      for run in runs { result.extracting(run.cell..<run.cell + run.length).update(repeating: true) }
    }
  }

  func place(_ input: BatchCells, padding: Float = 0) -> BatchCells {
    BatchCells(
      values: spread(input.values, width: input.featureCount, padding: padding), featureCount: input.featureCount,
      codes: spread(input.codes, width: input.codeCount, padding: Int32(exactly: padding.rounded()) ?? 0),
      codeCount: input.codeCount, observed: input.observed.map { spread($0, width: input.featureCount, padding: false) }
    )
  }

  func place(_ targets: BatchTargets) -> BatchTargets {
    switch targets {
    case .none, .classPerSequence, .valuesPerSequence, .labels: targets
    case .classPerTimestep(let classes): .classPerTimestep(spread(classes, width: 1, padding: 0))
    case .valuesPerTimestep(let values, let width):
      .valuesPerTimestep(spread(values, width: width, padding: 0), width: width)
    case .several(let parts): .several(parts.map(place))
    }
  }
}

extension BatchTargets {
  fileprivate var bytesPerTimestep: Int {
    switch self {
    case .classPerTimestep: 4
    case .valuesPerTimestep(_, let width): 4 * min(width, 1 << 40)
    case .several(let parts): parts.reduce(0) { $0 + $1.bytesPerTimestep }
    case .none, .classPerSequence, .valuesPerSequence, .labels: 0
    }
  }
}
