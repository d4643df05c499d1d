import RaggedCore
import RaggedStore
import RaggedTraining

/// A run's model judged on a part of its dataset.
struct RunJudgement {
  let found: RunModel
  /// The part, in words.
  let part: String
  /// The sequences, of several targets with the one that is judged.
  let source: MappedSource<StoreSource, OneTarget?>
  /// The name of the target, of several.
  let head: String?
  let judged: ModelJudgement
  let worst: WorstSequences
  /// For values to predict.
  let values: ValueFit?
  /// For tags of tokens.
  let unseen: UnseenTokens?

  var model: TrainedModel { found.model }
  var report: EvaluationReport { judged.report }

  /// The judgements of a model: one, or one for each of several targets.
  /// - Throws: what the data and the model throw; `Cancelled`.
  static func all(
    _ found: RunModel, _ source: StoreSource, part: String, in store: SequenceStore, judging: HTMLReport.Judging,
    monitor: ProgressMonitor
  ) throws -> [RunJudgement] {
    let names = found.model.headNames
    guard !names.isEmpty else {
      return [
        try RunJudgement(
          found, MappedSource(source, nil), head: nil, part: part, in: store, judging: judging, monitor: monitor)
      ]
    }
    return try names.enumerated().map { place, name in
      try RunJudgement(
        found.head(place),
        MappedSource(source, OneTarget(place: place), signature: source.signature.target(at: place)), head: name,
        part: part, in: store, judging: judging, monitor: monitor)
    }
  }

  private init(
    _ found: RunModel, _ source: MappedSource<StoreSource, OneTarget?>, head: String?, part: String,
    in store: SequenceStore, judging: HTMLReport.Judging, monitor: ProgressMonitor
  ) throws {
    (self.found, self.source, self.part, self.head) = (found, source, part, head)
    let model = found.model
    let fitted = try model.source(source, needsTargets: true)
    guard source.count > 0 else { throw TrainingError(.dataMismatch, "no sequence is in \(part)") }
    if case .none = model.signature.target {
      throw TrainingError(.dataMismatch, "the model was trained without a target: there is nothing to judge it by")
    }
    var worst = WorstSequences(limit: judging.worst)
    let target = model.signature.target
    let isDirect = (try? ForecastPlan(model, horizon: nil, times: [])).map { $0.isDirect && $0.horizon > 1 } ?? false
    // Labels that are there or not have figures of their own; of a forecast the first and the last step are enough.
    var values =
      target.isClass || target.isLabels || model.judgesLabels
      ? nil : ValueFit(width: target.names.count, limit: isDirect ? 2 : ValueFit.valueLimit)
    var unseen = UnseenTokens(model.signature, predictsLater: model.predictsLater)
    let groups = target.isPerTimestep ? EvaluationGroups.byTimestep(fitted.lengths) : nil
    // Where the checkpoint knows it all, nothing is read.
    let facts = try judging.season.flatMap { try model.targetFacts(in: store, season: $0, monitor: monitor) }
    let judged = try model.judge(
      on: fitted, batchSize: judging.batchSize, groups: groups, facts: facts, season: judging.season, monitor: monitor
    ) { judged in
      for (b, loss) in judged.losses.enumerated() {
        if let loss { worst.add(WorstSequences.Entry(position: judged.batch.ids[b], loss: loss)) }
      }
      values?.add(judged)
      unseen?.add(judged)
    }
    (self.judged, self.worst, self.values, self.unseen) = (judged, worst, values, unseen)
  }
}

extension RunFigures {
  /// What a run is judged on where nothing else is said: the splits it was validated with, or a split that is named
  /// validation or test, or the share of its training sequences that was set aside, or else all.
  func part(
    of store: SequenceStore, dataset: String, for model: TrainedModel
  ) throws -> (source: StoreSource, name: String) {
    func source(_ selection: SequenceSelection) throws -> StoreSource {
      try model.source(of: selection, in: store, needsTargets: true).source
    }
    let splits = try store.datasetInfo(dataset).splits.map(\.name)
    if let configuration, configuration.mix != nil, configuration.dataset.isExactly(dataset),
      let held = try TrainingData(store: store, configuration: configuration).validation
    {
      return (held.sequences, "what each epoch was judged by, of all datasets that were mixed")
    }
    let own = configuration?.validationSplits ?? []
    if !own.isEmpty, own.allSatisfy(splits.containsExactly) {
      let source = try source(SequenceSelection(dataset: dataset, splits: own))
      return (source, "split \(own.listed()), which each epoch was judged by")
    }
    if var configuration, configuration.validationFraction != nil {
      (configuration.dataset, configuration.mix) = (dataset, nil)
      if let held = try TrainingData(store: store, configuration: configuration).validation {
        return (held.sequences, "the share of the training sequences that each epoch was judged by")
      }
    }
    let used = configuration?.trainingSplits ?? []
    for name in ["validation", "valid", "val", "dev", "test"] where splits.contains(name) && !used.contains(name) {
      return (try source(SequenceSelection(dataset: dataset, splits: [name])), "split \(name)")
    }
    return (
      try source(SequenceSelection(dataset: dataset)),
      "all sequences of the dataset, those that it was trained on among them"
    )
  }
}
