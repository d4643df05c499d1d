import Ragged

/// A training step that other frameworks are compared with.
enum StepCase: String, CaseIterable {
  /// LSTM 5 → 32 → 8 → 2, batch 1000, all of 55 timesteps.
  case referenceEqual = "reference-equal"
  /// The same with lengths 10…99.
  case referenceMixed = "reference-mixed"
  /// Two LSTMs of 256 units on 32 features, batch 64, all of 55 timesteps.
  case wideEqual = "wide-equal"
  /// The same with lengths 10…99.
  case wideMixed = "wide-mixed"

  /// Real timesteps a second, in millions, by the median of a step with Adam.
  func rate(_ watch: Stopwatch) throws -> Double {
    let isWide = self == .wideEqual || self == .wideMixed
    let isMixed = self == .referenceMixed || self == .wideMixed
    let model = try isWide ? Networks.stacked(256, depth: 2, features: 32) : Networks.reference()
    let trainer = try Trainer(model: model, loss: .categoricalCrossentropy, threads: watch.threads)
    let batch = Networks.batch(model, lengths: Networks.lengths(isWide ? 64 : 1000, mixed: isMixed))
    return Double(batch.timesteps) / 1000 / (try watch.milliseconds { try trainer.trainStep(batch) })
  }
}
