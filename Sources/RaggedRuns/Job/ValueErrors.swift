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
  /// sMAPE in per cent: see `ValueSums.symmetricPercentage`.
  public var smape: Double?
  /// MASE: the mean distance over that of the training sequences' values from those a season before them, all timesteps of
  /// all these sequences together. nil where that is not known, and for a value a sequence.
  public var mase: Double?

  /// The errors of a value of a target. MASE divides by `seasonalError`: see `TargetFacts.seasonalError(value:season:)`.
  public init(_ name: String, unit: String? = nil, _ sums: ValueSums, seasonalError: Double? = nil) {
    (self.name, self.unit, count) = (name, unit, sums.count)
    (meanAbsoluteError, rootMeanSquaredError) = (sums.meanAbsoluteError, sums.rootMeanSquaredError)
    (meanError, determination, smape) = (sums.meanError, sums.determination, sums.symmetricPercentage)
    mase = seasonalError.flatMap { scale in sums.meanAbsoluteError.map { $0 / scale } }
  }
}

/// A model judged on some sequences, beside forecasts without any.
public struct ModelJudgement: Sendable {
  /// How good it is.
  public var report: EvaluationReport
  /// The errors of each value; none for classes.
  public var values: [ValueErrors]
  /// Those of each baseline of the report.
  public var baselineValues: [[ValueErrors]]
  /// What the baselines were fitted on, in words; nil without any.
  public var fittedOn: String?
  /// The season of MASE, in timesteps.
  public var season: Int
  /// Where the model is no better than a baseline, in sentences.
  public var verdicts: [String]
}

extension TrainedModel {
  /// Judges the model on every sequence of a source, each value that it predicts by itself, and forecasts without a model
  /// beside it. See `Trainer.report(on:batchSize:monitor:groups:baselines:thresholds:season:over:observing:)`.
  /// - Parameters:
  ///   - source: data that ``source(_:needsTargets:)`` has brought to the model.
  ///   - batchSize: sequences computed at once.
  ///   - groups: parts of which the figures are wanted by themselves.
  ///   - facts: what the baselines know, and MASE divides by; nil takes those that the checkpoint keeps.
  ///   - thresholds: what the probability of each of many labels has to be above; nil is a half for each.
  ///   - season: the length of a season in timesteps, for a seasonal forecast and MASE, which is of 1 otherwise.
  ///   - monitor: asked and told after every batch.
  ///   - exchange: other ranks, which have the same model and data and call this too: each computes some of the batches, the
  ///     figures are those of one rank alone, digit for digit, and all are given them. Whether they have the same is held by
  ///     ``rankFacts(of:batchSize:)``.
  ///   - observe: given every batch with its outputs; of several ranks on the first.
  public func judge(
    on source: some SequenceSource, batchSize: Int = Trainer.usualBatchSize, groups: EvaluationGroups? = nil,
    facts: TargetFacts? = nil, thresholds: [Float]? = nil, season: Int? = nil, monitor: ProgressMonitor = .none,
    over exchange: any GradientExchange = LocalExchange(),
    observing observe: ((JudgedBatch) throws -> Void)? = nil
  ) throws -> ModelJudgement {
    // Those of lists of labels, or of another target, say nothing of values.
    let facts = (facts ?? targetFacts).flatMap {
      $0.values.count == (signature.target.isClass || signature.target.isLabels ? 0 : signature.target.names.count)
        ? $0 : nil
    }
    let baselines =
      facts.map { Baseline.suited(to: signature.target, facts: $0, input: signature.input, season: season) } ?? []
    let report = try trainer.report(
      on: source, batchSize: batchSize, monitor: monitor, groups: groups, baselines: baselines,
      thresholds: thresholds, season: season, over: exchange, observing: observe)
    let names = signature.target.names
    func errors(_ sums: [ValueSums]) -> [ValueErrors] {
      sums.enumerated().map { place, sums in
        ValueErrors(
          names[place], unit: targetUnits[place], sums,
          seasonalError: facts?.seasonalError(value: place, season: season ?? 1))
      }
    }
    return ModelJudgement(
      report: report, values: errors(report.values), baselineValues: report.baselines.map { errors($0.values) },
      fittedOn: baselines.isEmpty ? nil : facts?.origin, season: season ?? 1, verdicts: report.verdicts(names: names))
  }
}
