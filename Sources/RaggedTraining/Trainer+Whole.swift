import RaggedCore

extension Trainer {
  /// Checks that a loss of whole sequences can compare the model's outputs with a batch's targets.
  func checkWhole(
    _ targets: BatchTargets, of batch: SequenceBatch, at end: JudgedOutput, _ allowsUnknown: Bool,
    _ allowsUnaligned: Bool
  ) throws {
    let (loss, width) = (end.loss, end.width)
    func fail(_ problem: String) -> TrainingError { TrainingError(.dataMismatch, problem) }
    guard !end.isPerSequence else {
      throw fail("\(loss.rawValue) is of a sequence's timesteps, the model gives one output per sequence")
    }
    guard batch.stepWeights == nil else {
      throw fail("\(loss.rawValue) judges a sequence's timesteps together: weights of timesteps have no place there")
    }
    switch (loss, targets) {
    case (.ctc, .labels(let lists)): try checkLabels(batch, lists, width, allowsUnknown, allowsUnaligned)
    case (.crf, .classPerTimestep(let classes)):
      if let wrong = classes.first(where: {
        $0 < BatchTargets.unobservedClass && !allowsUnknown || $0 >= width
      }) {
        throw fail("the batch holds class \(wrong), the model has \(width) outputs")
      }
    default:
      throw fail("the batch's target is \(targets.words), which \(loss.rawValue) does not compare with outputs")
    }
  }

  private func checkLabels(
    _ batch: SequenceBatch, _ lists: LabelLists, _ width: Int, _ allowsUnknown: Bool, _ allowsUnaligned: Bool
  ) throws {
    for b in 0..<batch.count where batch.weights?[b] != 0 {
      let (labels, steps) = (lists[b], batch.length(b))
      switch LabelFit(labels, steps: steps, outputs: width) {
      case .fits: break
      case .unknown:
        if allowsUnknown { continue }
        let wrong = labels.first { $0 < 0 || Int($0) >= width - 1 } ?? 0
        throw TrainingError(
          .dataMismatch,
          "sequence \(batch.ids[b]) has label \(wrong), the model has \((width - 1).counted("label")) and a blank"
        )
      case .tooLong(let needed):
        if allowsUnaligned { continue }
        throw TrainingError(
          .dataMismatch,
          "sequence \(batch.ids[b]) has \(labels.count.counted("label")), which need \(needed.counted("timestep")), and "
            + "\(steps.counted("valid timestep")): CTC cannot align them")
      }
    }
  }
}

extension BatchTargets {
  fileprivate var words: String {
    switch self {
    case .none: "none"
    case .labels: "a list of labels per sequence"
    case .classPerSequence, .valuesPerSequence: "one per sequence"
    case .classPerTimestep: "a class per timestep"
    case .valuesPerTimestep: "values per timestep"
    case .several: "several"
    }
  }
}
