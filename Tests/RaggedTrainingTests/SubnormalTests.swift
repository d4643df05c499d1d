import CRaggedKernels
import RaggedCore
import Testing

@testable import RaggedTraining

/// What the engine does with numbers below the least normal one, which long sequences end in: they are 0 while it works, on
/// every thread, and the caller's thread is afterwards as it was.
@Suite struct SubnormalTests {
  /// Gates that forget four fifths a timestep, without any other bias, so that states and gradients decay below 2^-126.
  static func model(_ layers: [any Layer]) throws -> Sequential {
    var model = try Sequential(input: .features(2), layers: layers, seed: 3)
    var weights = model.weights
    for index in weights.indices where weights[index].name.hasSuffix("lstm/bias") {
      let units = weights[index].values.count / 4
      for unit in units..<2 * units { weights[index].values[unit] = -1.5 }
    }
    try model.setWeights(weights)
    return model
  }

  /// Sequences of 300 to 500 timesteps, of which the first alone is not 0.
  static let batch: SequenceBatch = {
    let lengths = (0..<40).map { 300 + 5 * $0 }
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    var values = [Float](repeating: 0, count: 2 * (offsets.last ?? 0))
    for (row, first) in offsets.dropLast().enumerated() {
      values[2 * first] = 1
      values[2 * first + 1] = Float(row) / 20 - 1
    }
    return SequenceBatch(
      input: .values(values, featureCount: 2), offsets: offsets,
      targets: .valuesPerSequence(lengths.indices.map { Float($0 % 3) }, width: 1))
  }()

  static func last() throws -> Sequential { try model([LSTM(6), Dense(1)]) }

  @Test(arguments: availableKernels)
  func statesEndAtZero(_ kernels: String) throws {
    let trainer = try Trainer(
      model: Self.model([LSTM(6, returnSequences: true)]), loss: .meanSquaredError, threads: 2, kernels: kernels)
    let outputs = try trainer.predict(Self.batch)
    #expect(!outputs.contains { $0.isSubnormal })
    #expect(outputs.contains { $0 != 0 && $0.magnitude < 1e-36 })
    #expect(outputs.suffix(6).allSatisfy { $0 == 0 })
  }

  @Test(arguments: availableKernels)
  func gradientsEndAtZero(_ kernels: String) throws {
    let trainer = try Trainer(model: Self.last(), loss: .meanSquaredError, threads: 2, kernels: kernels)
    let gradients = try trainer.gradients(Self.batch, wantsInputGradient: true)
    let input = try #require(gradients.input)
    #expect(!input.contains { $0.isSubnormal })
    #expect(input.contains { $0 != 0 && $0.magnitude < 1e-36 })
    #expect(input.prefix(2).allSatisfy { $0 == 0 })
  }

  /// Momentum of a weight that gets no gradient any more.
  @Test func momentsEndAtZero() throws {
    let model = try Sequential(input: .tokens(3), layers: [Embedding(3, 4), LSTM(3), Dense(1)], seed: 1)
    let trainer = try Trainer(model: model, loss: .meanSquaredError, optimizer: .sgd(momentum: 0.1))
    func batch(_ token: Int32) -> SequenceBatch {
      SequenceBatch(input: .tokens([token]), offsets: [0, 1], targets: .valuesPerSequence([1], width: 1))
    }
    try trainer.trainStep(batch(1))
    for _ in 0..<36 {
      try trainer.trainStep(batch(2))
      #expect(!trainer.state.optimizer.first.contains { $0.isSubnormal })
    }
  }

  @Test func threadsAgree() throws {
    var results: [(Gradients, [Float], [Float])] = []
    for threads in [1, 2, 5] {
      let trainer = try Trainer(model: Self.last(), loss: .meanSquaredError, threads: threads)
      let gradients = try trainer.gradients(Self.batch, wantsInputGradient: true)
      let outputs = try trainer.predict(Self.batch)
      for _ in 0..<3 { try trainer.trainStep(Self.batch) }
      results.append((gradients, outputs, trainer.model.weights.flatMap(\.values)))
    }
    for other in results.dropFirst() {
      #expect(other.0.weights == results[0].0.weights && other.0.input == results[0].0.input)
      #expect(other.1 == results[0].1 && other.2 == results[0].2)
    }
  }

  /// Whether subnormal numbers are 0 on this thread.
  static var isFlushing: Bool {
    let mode = rk_flush_subnormals()
    let flushing = rk_flush_subnormals()
    rk_restore(mode)
    return mode == flushing
  }

  @Test(arguments: [false, true], [1, 3])
  func theCallersThreadIsAsBefore(_ flushes: Bool, _ threads: Int) throws {
    let before = rk_flush_subnormals()
    if !flushes { rk_restore(before) }
    defer { rk_restore(before) }
    let trainer = try Trainer(model: Self.last(), loss: .meanSquaredError, threads: threads)
    #expect(Self.isFlushing == flushes)
    _ = try trainer.predict(Self.batch)
    #expect(Self.isFlushing == flushes)
    _ = try trainer.gradients(Self.batch)
    #expect(Self.isFlushing == flushes)
    _ = try trainer.evaluate(Self.batch)
    try trainer.trainStep(Self.batch)
    #expect(Self.isFlushing == flushes)
    // On the way out by an error: a batch of too many features, and a step whose loss is no number.
    #expect(throws: TrainingError.self) {
      try trainer.predict(SequenceBatch(input: .values([1, 2, 3], featureCount: 3), offsets: [0, 1]))
    }
    #expect(Self.isFlushing == flushes)
    #expect(throws: TrainingError.self) {
      try trainer.trainStep(
        SequenceBatch(
          input: .values([1, .nan], featureCount: 2), offsets: [0, 1], targets: .valuesPerSequence([1], width: 1)))
    }
    #expect(Self.isFlushing == flushes)
  }
}
