public import RaggedCore

extension Trainer {
  /// Everything that is wanted of a batch, without dropout and without a step, at the cost of one pass forward, and one
  /// backward where gradients are wanted.
  /// - Parameters:
  ///   - batch: the sequences, with targets. Lists of labels that do not fit into their timesteps have no loss, see
  ///     ``LossSum/unaligned``.
  ///   - wanted: what to give besides the sums; the rest of the answer is empty.
  ///   - initialStates: those before each sequence, as ``initialStates(rows:)`` has them; empty means zeros.
  /// - Throws: ``TrainingError`` for a batch or states that do not fit.
  public func answer(
    _ batch: SequenceBatch, _ wanted: Wanted = [], initialStates: [RecurrentState] = []
  ) throws -> BatchAnswer {
    try answer(batch, wanted, initialStates: initialStates, allowsUnknown: false)
  }

  /// Everything that is wanted of a padded batch: `[B, T, K]` outputs, and zeros on padding for the input's gradient.
  /// - Throws: as for a ragged batch.
  public func answer(
    _ batch: PaddedBatch, _ wanted: Wanted = [], initialStates: [RecurrentState] = []
  ) throws -> BatchAnswer {
    try answer(batch.grid, wanted, initialStates: initialStates)
  }

  /// - Parameter allowsUnknown: whether there may be classes beyond the model's; they are judged to be wrong and have no
  ///   loss.
  func answer(
    _ batch: SequenceBatch, _ wanted: Wanted, initialStates: [RecurrentState] = [], allowsUnknown: Bool
  ) throws -> BatchAnswer {
    var prepared = try prepare(batch)
    if allowsUnknown { prepared.batch.markUnknownClasses(from: model.outputWidth == 1 ? 2 : model.outputWidth) }
    try checkTargets(prepared.batch, allowsUnknown: allowsUnknown, allowsUnaligned: true)
    try check(initialStates, rows: batch.count)
    let wantsGradients = wanted.contains(.gradients)
    let wantsInput = wanted.isSuperset(of: .inputGradient) && !prepared.batch.input.values.isEmpty
    let wantsStatics = wanted.isSuperset(of: .inputGradient) && !prepared.batch.statics.values.isEmpty
    var weights = [Float](repeating: 0, count: wantsGradients ? model.parameterCount : 0)
    var input = [Float](repeating: 0, count: wantsInput ? prepared.batch.input.values.count : 0)
    var statics = [Float](repeating: 0, count: wantsStatics ? prepared.batch.statics.values.count : 0)
    let request = EngineRequest(
      loss: loss, reduction: reduction, states: initialStates, wantsLosses: wanted.contains(.losses),
      wantsOutputs: wanted.contains(.outputs))
    let given = weights.withUnsafeMutableBufferPointer { weights in
      input.withUnsafeMutableBufferPointer { input in
        statics.withUnsafeMutableBufferPointer { statics in
          engine.answer(
            prepared.batch, parameters: state.parameters, gradients: wantsGradients ? weights.baseAddress : nil,
            inputGradient: wantsInput ? input.baseAddress : nil,
            staticGradient: wantsStatics ? statics.baseAddress : nil, request)
        }
      }
    }
    var answer = BatchAnswer(sum: given.sum, losses: [], outputs: [])
    if wanted.contains(.losses) { answer.losses = means(of: given.losses, prepared.batch) }
    if wanted.contains(.outputs) { answer.outputs = spread(given.outputs, over: prepared) }
    if wantsGradients {
      answer.gradients = Gradients(
        loss: given.sum.mean, weights: model.tensors(weights),
        input: wantsInput ? prepared.spreadGradient(input, width: batch.input.featureCount) : nil,
        statics: wantsStatics ? statics : nil, states: given.stateGradients)
    }
    return answer
  }

  private func means(of losses: [Float], _ batch: SequenceBatch) -> [Double?] {
    let (classes, observed) = (batch.targets.classes, batch.targets.observed)
    func isKnown(_ item: Int) -> Bool { observed?[item] ?? true && (classes.isEmpty || classes[item] >= 0) }
    if let lists = batch.targets.labelLists {
      return losses.enumerated().map { b, loss in
        LabelFit(lists[b], steps: batch.length(b), outputs: model.outputWidth) == .fits ? Double(loss) : nil
      }
    }
    guard !model.isPerSequence else { return losses.enumerated().map { isKnown($0) ? Double($1) : nil } }
    return (0..<batch.count).map { b in
      var (sum, count) = (0.0, 0)
      for item in batch.range(b) where isKnown(item) {
        sum += Double(losses[item])
        count += 1
      }
      return count == 0 ? nil : sum / Double(count)
    }
  }
}

extension SequenceBatch {
  /// Makes classes beyond the first ones those that no loss is computed of, and that are judged to be wrong.
  fileprivate mutating func markUnknownClasses(from count: Int) {
    guard targets.classes.contains(where: { $0 >= count }) else { return }
    let marked = targets.classes.map { $0 >= count ? TargetPlanes.unknownClass : $0 }
    targets = targets.isPerTimestep ? .classPerTimestep(marked) : .classPerSequence(marked)
  }
}
