extension Checkpoint {
  /// The start of a run of the same model, loss, optimiser and data with other weights: no step is taken, no epoch done.
  /// - Throws: ``TrainingError`` where the weights do not have the model's shapes, or the normalisation is for another
  ///   number of features.
  public func starting(with weights: [WeightTensor], normalization: Normalization?) throws -> Checkpoint {
    var model = try model()
    try model.setWeights(weights)
    let trainer = try Trainer(
      model: model, loss: loss, reduction: reduction, optimizer: optimizer, normalization: normalization, seed: seed,
      truncation: truncation, threads: 1)
    try checkOutputs(of: trainer)
    return trainer.checkpoint(context: context)
  }
}
