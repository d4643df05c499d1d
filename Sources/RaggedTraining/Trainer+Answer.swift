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
    if allowsUnknown {
      prepared.batch.targets.markUnknownClasses(from: model.program.ends.map { $0.width == 1 ? 2 : $0.width })
    }
    try checkTargets(prepared.batch, allowsUnknown: allowsUnknown, allowsUnaligned: true)
    try check(initialStates, rows: batch.count)
    let wantsGradients = wanted.contains(.gradients)
    let wantsInput = wanted.isSuperset(of: .inputGradient) && !prepared.batch.input.values.isEmpty
    let wantsStatics = wanted.isSuperset(of: .inputGradient) && !prepared.batch.statics.values.isEmpty
    var weights = [Float](repeating: 0, count: wantsGradients ? model.parameterCount : 0)
    var input = [Float](repeating: 0, count: wantsInput ? prepared.batch.input.values.count : 0)
    var statics = [Float](repeating: 0, count: wantsStatics ? prepared.batch.statics.values.count : 0)
    let request = EngineRequest(
      losses: losses, reduction: reduction, states: initialStates, wantsLosses: wanted.contains(.losses),
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
    for (place, (end, given)) in zip(judgedOutputs, given.ends).enumerated() {
      var found = BatchAnswer.Head(name: end.name ?? "", losses: [], outputs: [])
      if wanted.contains(.losses) {
        found.losses = means(of: given.losses, prepared.batch, prepared.batch.targets[head: place], end)
      }
      if wanted.contains(.outputs) { found.outputs = try spread(given.outputs, over: prepared, head: place) }
      if end.name != nil {
        answer.heads.append(found)
      } else {
        (answer.losses, answer.outputs) = (found.losses, found.outputs)
      }
    }
    if wantsGradients {
      answer.gradients = Gradients(
        loss: given.sum.mean, weights: model.tensors(weights),
        input: wantsInput ? prepared.spreadGradient(input, width: batch.input.featureCount) : nil,
        statics: wantsStatics ? statics : nil, states: given.stateGradients)
    }
    return answer
  }

  private func means(
    of losses: [Float], _ batch: SequenceBatch, _ targets: BatchTargets, _ end: JudgedOutput
  ) -> [Double?] {
    let (classes, observed) = (targets.classes, end.loss.masksValues ? nil : targets.observed)
    let shares = end.loss.masksValues ? targets.observedShares : nil
    /// How much of a row has a loss.
    func share(_ item: Int) -> Double {
      if let shares { return Double(shares[item]) }
      return observed?[item] ?? true && (classes.isEmpty || classes[item] >= 0) ? 1 : 0
    }
    if let lists = targets.labelLists {
      return losses.enumerated().map { b, loss in
        LabelFit(lists[b], steps: batch.length(b), outputs: end.width) == .fits ? Double(loss) : nil
      }
    }
    guard !end.isPerSequence else {
      return losses.enumerated().map { share($0) > 0 ? Double($1) / share($0) : nil }
    }
    return (0..<batch.count).map { b in
      var (sum, count) = (0.0, 0.0)
      for item in batch.range(b) where share(item) > 0 {
        sum += Double(losses[item])
        count += share(item)
      }
      return count == 0 ? nil : sum / count
    }
  }
}

extension BatchTargets {
  /// Makes classes beyond the first ones those that no loss is computed of, and that are judged to be wrong.
  /// - Parameter counts: how many the first ones are, of each target.
  fileprivate mutating func markUnknownClasses(from counts: [Int]) {
    if case .several(var parts) = self {
      for place in parts.indices { parts[place].markUnknownClasses(from: [counts[place]]) }
      self = .several(parts)
      return
    }
    guard classes.contains(where: { $0 >= counts[0] }) else { return }
    let marked = classes.map { $0 >= counts[0] ? TargetPlanes.unknownClass : $0 }
    self = isPerTimestep ? .classPerTimestep(marked) : .classPerSequence(marked)
  }
}
