import RaggedCore

extension Trainer {
  /// The loss of a batch, without dropout, as sums and, where they are wanted, the mean of each sequence over its real
  /// timesteps, or that of its one output, without its weight: `[B]`, nil where nothing has a loss.
  /// - Parameter allowsUnknown: whether there may be classes beyond the model's; they are judged to be wrong and have no
  ///   loss.
  func judge(
    _ batch: SequenceBatch, wantsLosses: Bool, allowsUnknown: Bool = false
  ) throws -> (sum: LossSum, losses: [Double?]) {
    var prepared = try prepare(batch).batch
    if allowsUnknown { prepared.markUnknownClasses(from: model.outputWidth == 1 ? 2 : model.outputWidth) }
    try checkTargets(prepared, allowsUnknown: allowsUnknown)
    var request = StepRequest(loss: loss, reduction: reduction)
    request.wantsLosses = wantsLosses
    let result = engine.evaluate(prepared, parameters: model.parameters, request)
    guard wantsLosses else { return (result.sum, []) }
    let classes = prepared.targets.classes
    func isKnown(_ item: Int) -> Bool { classes.isEmpty || classes[item] >= 0 }
    guard !model.isPerSequence else {
      return (result.sum, result.losses.enumerated().map { isKnown($0) ? Double($1) : nil })
    }
    let means = (0..<prepared.count).map { b -> Double? in
      var (sum, count) = (0.0, 0)
      for item in prepared.range(b) where isKnown(item) {
        sum += Double(result.losses[item])
        count += 1
      }
      return count == 0 ? nil : sum / Double(count)
    }
    return (result.sum, means)
  }
}

extension SequenceBatch {
  /// Makes classes beyond the first ones -1, which no loss is computed of.
  fileprivate mutating func markUnknownClasses(from count: Int) {
    guard targets.classes.contains(where: { $0 >= count }) else { return }
    let marked = targets.classes.map { $0 >= count ? -1 : $0 }
    targets = targets.isPerTimestep ? .classPerTimestep(marked) : .classPerSequence(marked)
  }
}
