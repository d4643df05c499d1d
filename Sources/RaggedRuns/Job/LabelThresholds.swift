public import RaggedCore
public import RaggedStore
public import RaggedTraining

/// What the probability of a label has to be above, of a model of labels of which a sequence may have many.
public enum LabelThresholds: Sendable, Equatable {
  /// One for all labels.
  case all(Float)
  /// By label; a half for others.
  case named([String: Float])
  /// Those of the greatest F1 of each label on the sequences that the model's epochs were judged by.
  case best
}

extension TrainedModel {
  /// Whether a sequence may have many of the labels that it predicts, with a probability each.
  public var judgesLabels: Bool { trainer.judgesLabels(of: signature.target) }

  /// The threshold of each label.
  /// - Parameters:
  ///   - chosen: how they are chosen.
  ///   - store: where the model was trained, for ``LabelThresholds/best``; nil where it is not at hand.
  ///   - batchSize: sequences computed at once.
  ///   - monitor: asked and told after every batch.
  /// - Throws: `TrainingError` for a model of no labels, a name that it does not know, and where there are no sequences to choose
  ///   by; where the store cannot be read; `Cancelled`.
  public func thresholds(
    _ chosen: LabelThresholds, in store: SequenceStore? = nil, batchSize: Int = Trainer.usualBatchSize,
    monitor: ProgressMonitor = .none
  ) throws -> [Float] {
    let names = signature.target.names
    guard judgesLabels else {
      throw TrainingError(
        .dataMismatch,
        "thresholds are for labels of which a sequence may have many, and the model predicts \(signature.target.summary)"
      )
    }
    switch chosen {
    case .all(let threshold): return names.map { _ in threshold }
    case .named(let thresholds):
      if let wrong = thresholds.keys.sorted().first(where: { !names.containsExactly($0) }) {
        throw TrainingError(
          .dataMismatch,
          "a threshold is named for label \"\(wrong)\", "
            + (names.nearest(to: wrong).map { "did you mean \"\($0)\"?" } ?? "and the model knows \(names.quotedList)"))
      }
      return names.map { name in
        thresholds.first { $0.key.isExactly(name) }?.value ?? LabelReport.usualThreshold
      }
    case .best:
      guard let store, let configuration = TrainingConfiguration(checkpoint),
        try store.datasets().contains(where: { $0.name.isExactly(configuration.dataset) })
      else {
        throw TrainingError(
          .dataMismatch,
          "the best thresholds are chosen on the sequences that the model's epochs were judged by, and these are not at "
            + "hand: name the store that it was trained on, or the thresholds")
      }
      guard let held = try TrainingData(store: store, configuration: configuration, monitor: monitor).validation else {
        throw TrainingError(
          .dataMismatch,
          "the best thresholds are chosen on validation sequences, and the model was trained without any: name the "
            + "thresholds, or train with a validation split")
      }
      return try trainer.bestThresholds(
        on: source(held.sequences, needsTargets: true), batchSize: batchSize, monitor: monitor)
    }
  }
}
