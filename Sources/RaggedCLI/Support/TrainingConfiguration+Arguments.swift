import Ragged

extension TrainingConfiguration {
  /// The run that the options of `ragged train` describe; `ragged import-weights` makes the start of the same.
  /// - Throws: `ValidationError` for options that make no sense together.
  init(
    dataset: String, model: String?, epochs: Int, seed: UInt64, truncation: Int?, data: TrainDataArguments,
    batches: BatchArguments, windows: TrainWindowArguments, optimisation: OptimizerArguments,
    stopping: StoppingArguments
  ) throws {
    var policy = try batches.policy(seed: seed)
    if batches.batching == nil { policy.grouping = Self.usualGrouping(stateful: windows.stateful) }
    self.init(
      dataset: dataset, trainingSplits: data.split.joinedList.list,
      validationSplits: data.validationSplit.joinedList.list,
      validationFraction: data.validationFraction, columns: data.columns.choice, model: model, loss: data.loss,
      reduction: data.reduction,
      optimizer: try optimisation.made(), policy: policy, windowing: windows.windowing, stateful: windows.stateful,
      epochs: epochs, normalizes: data.normalize, minCount: data.minCount, maxCategories: data.maxCategories,
      infeasible: data.infeasible, earlyStopping: stopping.earlyStopping(hasValidation: data.hasValidation),
      monitor: stopping.patience == nil ? stopping.monitor : nil, truncation: truncation, seed: seed)
  }
}
