import RaggedCore

extension Trainer {
  /// The loss of a batch, without dropout, as sums and, where they are wanted, the mean of each sequence over its real
  /// timesteps, or that of its one output, without its weight: `[B]`, nil where nothing is judged.
  func judge(_ batch: SequenceBatch, wantsLosses: Bool) throws -> (sum: LossSum, losses: [Double?]) {
    let prepared = try prepare(batch).batch
    try checkTargets(prepared)
    var request = StepRequest(loss: loss, reduction: reduction)
    request.wantsLosses = wantsLosses
    let result = engine.evaluate(prepared, parameters: model.parameters, request)
    guard wantsLosses else { return (result.sum, []) }
    guard !model.isPerSequence else { return (result.sum, result.losses.map(Double.init)) }
    let means = (0..<prepared.count).map { b -> Double? in
      let range = prepared.range(b)
      return range.isEmpty ? nil : result.losses[range].reduce(0) { $0 + Double($1) } / Double(range.count)
    }
    return (result.sum, means)
  }
}
