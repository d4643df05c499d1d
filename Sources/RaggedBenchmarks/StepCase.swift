import Ragged

/// A piece of work that other frameworks are compared with.
enum StepCase: String, CaseIterable {
  /// LSTM 5 → 32 → 8 → 2, batch 1000, all of 55 timesteps: a training step.
  case referenceEqual = "reference-equal"
  /// The same with lengths 10…99.
  case referenceMixed = "reference-mixed"
  /// Two LSTMs of 256 units on 32 features, batch 64, all of 55 timesteps: a training step.
  case wideEqual = "wide-equal"
  /// The same with lengths 10…99.
  case wideMixed = "wide-mixed"
  /// The prediction for one sequence of 1000 timesteps, an LSTM of 128 units on 32 features.
  case single

  /// Real timesteps a second, in millions, by the median time of a step with Adam or of a prediction.
  func rate(_ watch: Stopwatch) throws -> Double {
    let (model, lengths): (Sequential, [Int])
    switch self {
    case .referenceEqual, .referenceMixed:
      model = try Networks.reference()
      lengths = Networks.lengths(1000, mixed: self == .referenceMixed)
    case .wideEqual, .wideMixed:
      model = try Networks.stacked(256, depth: 2, features: 32)
      lengths = Networks.lengths(64, mixed: self == .wideMixed)
    case .single:
      model = try Networks.stacked(128, depth: 1, features: 32)
      lengths = [1000]
    }
    let trainer = try Trainer(model: model, loss: .categoricalCrossentropy, threads: watch.threads)
    let batch = Networks.batch(model, lengths: lengths)
    let time = try watch.milliseconds {
      if self == .single { _ = try trainer.predict(batch) } else { try trainer.trainStep(batch) }
    }
    return Double(batch.timesteps) / 1000 / time
  }
}
