import Ragged

extension TrainingConfiguration {
  /// The run that the options of `ragged train` describe; `ragged import-weights` makes the start of the same.
  /// - Throws: `ValidationError` for options that make no sense together.
  init(
    dataset: String, model: String?, epochs: Int, seed: UInt64, truncation: Int?, data: TrainDataArguments,
    balance: BalanceArguments, batches: BatchArguments, windows: TrainWindowArguments, optimisation: OptimizerArguments,
    stopping: StoppingArguments, hasFolds: Bool = false, batchPerRank: Bool = false
  ) throws {
    var policy = try batches.policy(seed: seed)
    if batches.batching == nil { policy.grouping = Self.usualGrouping(stateful: windows.stateful) }
    let weights = try TargetWeights.read(data.targetWeight.joinedList.list)
    var columns = data.columns.choice
    if !weights.isEmpty {
      columns = columns ?? ColumnChoice()
      columns?.separatesTargets = true
    }
    let watched = stopping.patience == nil ? stopping.monitor : nil
    self.init(
      dataset: dataset, trainingSplits: data.split.joinedList.list,
      validationSplits: data.validationSplit.joinedList.list,
      validationFraction: data.validationFraction, columns: columns, model: model, loss: data.loss?.all,
      headLosses: data.loss.flatMap { $0.byTarget.isEmpty ? nil : $0.byTarget },
      targetWeights: weights.isEmpty ? nil : weights, reduction: data.reduction,
      optimizer: try optimisation.made(), policy: policy, windowing: windows.windowing, stateful: windows.stateful,
      epochs: epochs, normalizes: data.normalize, minCount: data.minCount, maxCategories: data.maxCategories,
      infeasible: data.infeasible, targetScale: data.targetScale, targetSeason: data.targetSeason,
      earlyStopping: stopping.earlyStopping(hasValidation: data.hasValidation || hasFolds),
      monitor: watched?.figure, monitoredHead: watched?.head, truncation: truncation, seed: seed,
      classWeighting: balance.classWeight, sampling: balance.sample, mix: balance.mix,
      epochSize: balance.epochSize, batchPerRank: batchPerRank ? true : nil)
  }
}
