public import RaggedCore

extension Trainer {
  /// Checks that the loss can compare the model's outputs with a target: that they come as it does, a sequence or a
  /// timestep; that there is one for each class or value, or a single one for two classes; and that they are
  /// probabilities where the loss is a cross-entropy, from a softmax or sigmoids.
  ///
  /// `fit`, `report`, and `evaluate` of a source do so before anything is computed. A step on a single batch takes whatever
  /// outputs there are, with Keras' clip where they are no probabilities: see ``Loss``.
  /// - Throws: ``TrainingError`` that says both sides, and the last layer that was expected.
  public func check(_ target: TargetSignature) throws {
    try OutputCheck(model: model, loss: loss, target: target).run()
  }
}

/// A model's outputs beside a target and a loss.
private struct OutputCheck {
  let model: Sequential
  let loss: Loss
  let target: TargetSignature

  private var count: Int { target.names.count }
  private var width: Int { model.outputWidth }
  private var isCategorical: Bool { loss == .categoricalCrossentropy || loss == .sparseCategoricalCrossentropy }

  func run() throws {
    func fail(_ problem: String) -> TrainingError { TrainingError(.dataMismatch, problem) }
    if case .none = target { throw fail("the data has no target, and \(loss.rawValue) needs one") }
    if target.isClass, count < 2 {
      throw fail("the data has \(count) \(count == 1 ? "class" : "classes"), expected at least two to tell apart")
    }
    if loss == .sparseCategoricalCrossentropy, !target.isClass {
      throw fail("\(loss.rawValue) is for classes, the data's target is \(target.summary)")
    }
    guard target.isPerTimestep != model.isPerSequence else {
      throw fail(
        target.isPerTimestep
          ? "the model gives one output a sequence, and the target comes a timestep: expected a last lstm with sequences"
          : "the model gives an output a timestep, and the target comes a sequence: expected a last lstm without sequences"
      )
    }
    let standsForTwo = target.isClass && count == 2 && width == 1 && !isCategorical
    guard width == count || standsForTwo else {
      throw fail("\(last) gives \(width) \(width == 1 ? "output" : "outputs"), and the target is \(goal): \(expected)")
    }
    try checkRange()
  }

  private func checkRange() throws {
    func fail(_ problem: String) -> TrainingError { TrainingError(.invalidModel, "\(last) gives \(problem)") }
    if ending?.dense?.activation == .softmax, width == 1 {
      throw fail("1 whatever goes in: a softmax divides one output by itself")
    }
    if isCategorical, width == 1 {
      throw fail("1 output, and \(loss.rawValue) compares several with each other: expected another loss")
    }
    guard isCategorical || loss == .binaryCrossentropy, let range else { return }
    throw fail("\(range), and \(loss.rawValue) compares probabilities: \(expected)")
  }

  /// The layer that the outputs come from.
  private var ending: LayerSpec? {
    model.layers.last {
      switch $0 {
      case .dropout, .masking: false
      default: true
      }
    }
  }

  private var last: String { "the last layer, \(ending?.text ?? "none")," }

  /// What the outputs can be, where they need not be probabilities.
  private var range: String? {
    guard let ending else { return "any numbers" }
    guard let dense = ending.dense else {
      if case .embedding = ending { return "any numbers" }
      if case .bidirectional(let both) = ending, both.merge == .sum { return "numbers from -2 to 2" }
      return "numbers from -1 to 1"
    }
    switch dense.activation {
    case .linear: return "any numbers"
    case .relu: return "numbers of 0 and more"
    case .tanh: return "numbers from -1 to 1"
    case .sigmoid, .softmax: return nil
    }
  }

  private var goal: String {
    let names = target.names.prefix(8).joined(separator: ", ") + (count > 8 ? ", …" : "")
    let kind = target.isClass ? "classes" : count == 1 ? "value" : "values"
    return "\(count) \(kind) (\(names))"
  }

  /// The last layer that would do.
  private var expected: String {
    var name = "dense"
    if case .timeDistributed = ending { name = "time_distributed" }
    let two = target.isClass && count == 2
    switch loss {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy:
      let single = ", or \(name)(1, sigmoid) with \(Loss.binaryCrossentropy.rawValue)"
      return "expected \(name)(\(count), softmax)" + (two ? single : "")
    case .binaryCrossentropy: return "expected \(name)(\(two ? 1 : count), sigmoid)"
    case .meanSquaredError, .meanAbsoluteError:
      return "expected \(name)(\(count)\(target.isClass ? ", softmax" : ""))"
    }
  }
}

extension LayerSpec {
  /// The dense layer that it is, or that it has at every timestep.
  fileprivate var dense: Dense? {
    switch self {
    case .dense(let dense): dense
    case .timeDistributed(let distributed): distributed.layer
    default: nil
    }
  }

  /// The layer as ``ModelDescription`` reads it.
  fileprivate var text: String {
    func call(_ name: String, _ arguments: [String?]) -> String {
      "\(name)(\(arguments.compactMap(\.self).joined(separator: ", ")))"
    }
    func lstm(_ lstm: LSTM) -> String {
      call(
        "lstm",
        [
          "\(lstm.units)", lstm.returnSequences ? "sequences" : nil, lstm.goBackwards ? "backwards" : nil,
          lstm.dropout > 0 ? "dropout=\(lstm.dropout)" : nil,
        ])
    }
    func dense(_ name: String, _ dense: Dense) -> String {
      call(name, ["\(dense.units)", dense.activation == .linear ? nil : dense.activation.rawValue])
    }
    switch self {
    case .lstm(let layer): return lstm(layer)
    case .bidirectional(let both):
      return call("bidirectional", [lstm(both.layer), both.merge == .concat ? nil : both.merge.rawValue])
    case .dense(let layer): return dense("dense", layer)
    case .timeDistributed(let distributed): return dense("time_distributed", distributed.layer)
    case .embedding(let embedding): return "embedding(\(embedding.units))"
    case .masking(let masking): return "masking(\(masking.maskValue))"
    case .dropout(let dropout): return "dropout(\(dropout.rate))"
    }
  }
}
