public import RaggedCore
public import RaggedTraining

/// How far the predictions of one value are from the truth.
public struct ValueErrors: Sendable, Equatable, Codable {
  /// The name of the value.
  public var name: String
  /// What it is measured in, where that is known.
  public var unit: String?
  /// Predictions that were compared: those whose truth was observed.
  public var count: Int
  /// The mean distance; nil without a prediction, as the two below.
  public var meanAbsoluteError: Double?
  /// The root of the mean squared distance.
  public var rootMeanSquaredError: Double?
  /// The mean of prediction less truth.
  public var meanError: Double?
  /// 1 − Σ(p − y)² / Σ(y − ȳ)²; nil where the truth does not vary.
  public var determination: Double?
}

extension TrainedModel {
  /// Judges the model on every sequence of a source, and each value that it predicts by itself; no values for classes. See
  /// `Trainer.report(on:batchSize:monitor:observing:)`.
  public func judge(
    on source: some SequenceSource, batchSize: Int = Trainer.usualBatchSize, monitor: ProgressMonitor = .none
  ) throws -> (report: EvaluationReport, values: [ValueErrors]) {
    guard !signature.target.isClass, signature.target != .none else {
      return (try trainer.report(on: source, batchSize: batchSize, monitor: monitor), [])
    }
    var fit = ValueFit(width: signature.target.names.count, limit: .max)
    let report = try trainer.report(on: source, batchSize: batchSize, monitor: monitor) { fit.add($0) }
    let values = fit.values.enumerated().map { place, figures in
      ValueErrors(
        name: signature.target.names[place], unit: targetUnits[place], count: figures.count,
        meanAbsoluteError: figures.meanAbsoluteError, rootMeanSquaredError: figures.rootMeanSquaredError,
        meanError: figures.meanError, determination: figures.determination)
    }
    return (report, values)
  }
}
