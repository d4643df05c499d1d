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
    guard target.parts.isEmpty, model.heads.isEmpty else { return try checkHeads(target) }
    try OutputCheck(model: model, loss: loss, target: target).run()
  }
}

/// A model's outputs beside a target and a loss.
struct OutputCheck {
  let model: Sequential
  let loss: Loss
  let target: TargetSignature

  private var count: Int { target.names.count }
  private var width: Int { model.outputWidth }
  private var isCategorical: Bool { loss.outputs == .shares }

  func run() throws {
    func fail(_ problem: String) -> TrainingError { TrainingError(.dataMismatch, problem) }
    if case .none = target { throw fail("the data has no target, and \(loss.rawValue) needs one") }
    try checkWhole()
    if target.isClass, count < 2 {
      throw fail("the data has \(count) \(count == 1 ? "class" : "classes"), expected at least two to tell apart")
    }
    if loss == .sparseCategoricalCrossentropy, !target.isClass {
      throw fail("\(loss.rawValue) is for classes, the data's target is \(target.summary)")
    }
    guard target.needsOutputsPerTimestep != model.isPerSequence else {
      throw fail(
        target.isLabels
          ? "the model gives one output per sequence, and labels are aligned with timesteps: expected a last lstm with sequences"
          : target.isPerTimestep
            ? "the model gives one output per sequence, and the target comes per timestep: expected a last lstm with sequences"
            : "the model gives an output per timestep, and the target comes per sequence: expected a last lstm without sequences, "
              + "or last before the output layer"
      )
    }
    let standsForTwo = target.isClass && count == 2 && width == 1 && !isCategorical
    guard width == target.outputCount || standsForTwo else {
      throw fail("\(last) gives \(width) \(width == 1 ? "output" : "outputs"), and the target is \(goal): \(expected)")
    }
    try checkRange()
  }

  /// Checks what a loss of whole sequences needs.
  private func checkWhole() throws {
    func fail(_ problem: String) -> TrainingError { TrainingError(.dataMismatch, problem) }
    guard target.isLabels == (loss == .ctc) else {
      throw fail(
        target.isLabels
          ? "the target is \(target.summary), and \(loss.rawValue) needs one of a length that is known: expected \(Loss.ctc.rawValue)"
          : "\(loss.rawValue) is for a list of labels per sequence, the data's target is \(target.summary)")
    }
    if loss == .ctc, let end = model.layers.last, end.dense == nil || end.dense?.activation != .softmax {
      throw TrainingError(
        .invalidModel,
        "the last layer is \(end.kind.text), and \(loss.rawValue) needs the probabilities of a softmax: \(expected)")
    }
    if loss == .crf {
      guard case .classPerTimestep = target else {
        throw fail("a crf tags timesteps: the data's target is \(target.summary), expected a class per timestep")
      }
    }
  }

  private func checkRange() throws {
    func fail(_ problem: String) -> TrainingError { TrainingError(.invalidModel, "\(last) gives \(problem)") }
    if ending?.dense?.activation == .softmax, width == 1 {
      throw fail("1 whatever goes in: a softmax divides one output by itself")
    }
    if isCategorical, width == 1 {
      throw fail("1 output, and \(loss.rawValue) compares several with each other: expected another loss")
    }
    guard loss.hasAccuracy, let range else { return }
    throw fail("\(range), and \(loss.rawValue) compares probabilities: \(expected)")
  }

  /// The layer that the outputs come from.
  private var ending: LayerSpec? { model.layers.last { $0.kind.range != .asBefore } }

  private var last: String { "the last layer, \(ending?.kind.text ?? "none")," }

  /// What the outputs can be, where they need not be probabilities.
  private var range: String? {
    guard let ending else { return "any numbers" }
    if case .numbers(let words) = ending.kind.range { return words }
    return nil
  }

  private var goal: String {
    let names = target.names.prefix(8).joined(separator: ", ") + (count > 8 ? ", …" : "")
    if target.isLabels { return "lists of \(count.counted("label")) (\(names)), to which a blank is added" }
    let kind = target.isClass ? "classes" : count == 1 ? "value" : "values"
    return "\(count) \(kind) (\(names))"
  }

  /// The last layer that would do.
  private var expected: String {
    let name = ending?.kind is TimeDistributed ? TimeDistributed.name : Dense.name
    let two = target.isClass && count == 2
    switch loss.outputs {
    case .shares:
      let single = ", or \(name)(1, sigmoid) with \(Loss.binaryCrossentropy.rawValue)"
      if loss == .crf { return "expected \(name)(\(count)) crf" }
      return "expected \(name)(\(target.outputCount), softmax)" + (two ? single : "")
    case .probabilities: return "expected \(name)(\(two ? 1 : count), sigmoid)"
    case .values:
      return "expected \(name)(\(count)\(target.isClass ? ", softmax" : ""))"
    }
  }
}
