import RaggedCore

/// A batch as the engine takes it, and the way back to the batch as it came.
struct PreparedBatch {
  /// Real timesteps alone.
  var batch: SequenceBatch
  /// Which timesteps of the original are in it; nil means all.
  var validity: [Bool]?
  /// Where the original's sequences begin.
  var offsets: [Int]
  /// From outputs to the data's units; nil where they are in these.
  var scale: OutputScale?

  /// Outputs `[N, width]` at the original's timesteps: a masked one repeats the output before, and has its sequence's
  /// of `blanks`, `[B, width]`, before the first real one; with `repeats` false it has that everywhere.
  func spread(_ outputs: [Float], blanks: [Float], width: Int, repeats: Bool) -> [Float] {
    guard let validity else { return outputs }
    var result = [Float](repeating: 0, count: validity.count * width)
    var source = 0
    for b in 0..<offsets.count - 1 {
      var before: Int?
      for t in offsets[b]..<offsets[b + 1] {
        if validity[t] {
          before = source
          source += 1
        }
        let shown = validity[t] || repeats ? before : nil
        for j in 0..<width { result[t * width + j] = shown.map { outputs[$0 * width + j] } ?? blanks[b * width + j] }
      }
    }
    return result
  }
}

extension PreparedBatch {
  /// The gradient of the input `[N, width]` at the original's timesteps, with zeros at masked ones.
  func spreadGradient(_ gradient: [Float], width: Int) -> [Float] {
    spread(gradient, blanks: Array(repeating: 0, count: batch.count * width), width: width, repeats: false)
  }
}

extension Trainer {
  /// Checks a batch's input, leaves out what is masked, scales targets.
  func prepare(_ batch: SequenceBatch) throws -> PreparedBatch {
    var figures = targetScale?.start(rows: batch.count) ?? []
    return try prepare(batch, &figures)
  }

  /// - Parameter figures: what is known of each row's series, where targets have the scale of these; it becomes what is
  ///   known after the batch.
  func prepare(_ batch: SequenceBatch, _ figures: inout [SeriesFigures]) throws -> PreparedBatch {
    guard batch.isConsistent else {
      throw TrainingError(.dataMismatch, "the batch's buffers do not have the sizes that its offsets ask for")
    }
    try checkCells(of: batch)
    var masked = batch
    masked.validity = validity(of: batch)
    var prepared = PreparedBatch(batch: masked.compacted(), validity: masked.validity, offsets: batch.offsets)
    if let targetScale {
      let count = batch.count * targetScale.scaledColumns.count
      guard figures.count == count else {
        throw TrainingError(.dataMismatch, "figures of \(figures.count) series, expected \(count)")
      }
      try checkWidth(of: prepared.batch.targets)
      prepared.scale = targetScale.apply(to: &prepared.batch, &figures)
    }
    return prepared
  }

  /// A scale of each output needs targets of as many.
  private func checkWidth(of targets: BatchTargets) throws {
    switch targets {
    case .valuesPerSequence(_, let width), .valuesPerTimestep(_, let width):
      guard width == model.outputWidth else {
        throw TrainingError(
          .dataMismatch, "the batch has \(width) target values, the model has \(model.outputWidth) outputs")
      }
    case .none, .classPerSequence, .classPerTimestep, .labels, .several: break
    }
  }

  private func checkCells(of batch: SequenceBatch) throws {
    let (cells, statics, input) = (batch.input, batch.statics, model.input)
    guard cells.featureCount == input.featureCount, cells.codeCount == input.categories.count,
      statics.featureCount == input.staticFeatureCount, statics.codeCount == input.staticCategories.count
    else {
      let held = cells.summary(per: "timestep") + (statics.width == 0 ? "" : ", \(statics.summary(per: "sequence"))")
      throw TrainingError(.dataMismatch, "the batch holds \(held), the model takes \(input.summary)")
    }
    for (codes, categories) in [(cells.codes, input.categories), (statics.codes, input.staticCategories)] {
      for (place, column) in categories.enumerated() {
        for index in stride(from: place, to: codes.count, by: categories.count)
        where codes[index] < 0 || codes[index] >= column.size {
          throw TrainingError(
            .dataMismatch,
            input.tokens == nil
              ? "the batch holds \(codes[index]) in \"\(column.name)\", the model takes 0 to \(column.size - 1)"
              : "the batch holds token \(codes[index]), the model takes \(input.summary)")
        }
      }
    }
  }

  /// Checks that the loss can compare the model's outputs with the batch's targets.
  /// - Parameters:
  ///   - allowsUnknown: whether a class may be one that the model does not know.
  ///   - allowsUnaligned: whether labels may be more than fit into their timesteps.
  func checkTargets(_ batch: SequenceBatch, allowsUnknown: Bool = false, allowsUnaligned: Bool = false) throws {
    try forEachEnd(of: batch) { end, targets in
      try check(targets, of: batch, at: end, allowsUnknown: allowsUnknown, allowsUnaligned: allowsUnaligned)
    }
  }

  private func check(
    _ targets: BatchTargets, of batch: SequenceBatch, at end: JudgedOutput, allowsUnknown: Bool, allowsUnaligned: Bool
  ) throws {
    let (width, loss) = (end.width, end.loss)
    if loss.judgesWholeSequences || targets.labelLists != nil {
      return try checkWhole(targets, of: batch, at: end, allowsUnknown, allowsUnaligned)
    }
    func fail(_ problem: String) -> TrainingError { TrainingError(.dataMismatch, problem) }
    if case .none = targets { throw fail("the batch has no targets, and \(loss.rawValue) needs them") }
    guard targets.isPerTimestep != end.isPerSequence else {
      throw fail(
        targets.isPerTimestep
          ? "the batch has a target per timestep, the model gives one output per sequence"
          : "the batch has a target per sequence, the model gives an output per timestep "
            + "(its last LSTM returns sequences)")
    }
    if batch.stepWeights != nil, !targets.isPerTimestep, end.name == nil {
      throw fail("the batch has a weight per timestep and a target per sequence: expected a weight per sequence")
    }
    switch targets {
    case .none, .labels, .several: break
    case .classPerSequence(let classes), .classPerTimestep(let classes):
      let count = width == 1 ? 2 : width
      // Without a way out the loop runs on vectors.
      let (lowest, highest) = classes.reduce((Int32.max, Int32.min)) { (min($0.0, $1), max($0.1, $1)) }
      if !classes.isEmpty, lowest < BatchTargets.unobservedClass && !allowsUnknown || highest >= count {
        throw fail("the batch holds class \(highest >= count ? highest : lowest), the model has \(width) outputs")
      }
    case .valuesPerSequence(let values, let count), .valuesPerTimestep(let values, let count):
      guard count == width else { throw fail("the batch has \(count) target values, the model has \(width) outputs") }
      if loss.hasAccuracy, let wrong = values.first(where: { !(0...1 ~= $0) }) {
        throw fail("the batch holds target value \(wrong), and \(loss.rawValue) compares with probabilities, 0 to 1")
      }
    }
  }

  func check(_ states: [RecurrentState], rows: Int) throws {
    let expected = model.program.states.map { Array(repeating: $0.units * rows, count: $0.partCount) }
    let counts = states.map { $0.parts.map(\.count) }
    guard states.isEmpty || counts == expected else {
      throw TrainingError(.dataMismatch, "initial states of \(counts) numbers for \(rows) rows, expected \(expected)")
    }
  }
}

extension SequenceBatch {
  /// Validity that leaves out timesteps whose features were all observed and all equal `value`, besides those that are
  /// invalid already.
  func validity(masking value: Float) -> [Bool] {
    let (values, observed, featureCount) = (input.values, input.observed, input.featureCount)
    guard featureCount > 0 else { return validity ?? Array(repeating: true, count: timesteps) }
    return (0..<timesteps).map { n in
      guard validity?[n] ?? true else { return false }
      let cells = n * featureCount..<(n + 1) * featureCount
      return values[cells].contains { $0 != value } || observed.map { $0[cells].contains(false) } ?? false
    }
  }
}
