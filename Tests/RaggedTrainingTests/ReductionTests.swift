import RaggedBatching
import RaggedCore
import RaggedTraining
import Testing

/// What the losses of a batch, an epoch and a dataset are divided by.
@Suite struct ReductionTests {
  static let lengths = [4, 1, 0, 3, 2, 5, 7, 1, 6]

  static func trainer(_ reduction: Reduction, truncation: Int? = nil) throws -> Trainer {
    let model = try Sequential(
      input: .features(2), layers: [LSTM(3, returnSequences: true), Dense(2, activation: .softmax)], seed: 4
    ).scattered()
    // Steps that move no weight, so that an epoch's loss is that of the model.
    return try Trainer(
      model: model, loss: .sparseCategoricalCrossentropy, reduction: reduction, optimizer: .sgd(1e-30),
      truncation: truncation)
  }

  static func batches(_ size: Int) throws -> PlannedBatches<InMemorySource> {
    try PlannedBatches(sampleSource(lengths: lengths), policy: BatchPolicy(batchSize: size, shuffle: false))
  }

  /// The sum over all timesteps, each batch of one sequence, added up here.
  static func sum() throws -> Double {
    let source = try sampleSource(lengths: lengths)
    let trainer = try trainer(.sum)
    return try source.lengths.indices.reduce(0) { try $0 + trainer.evaluate(source.gather([$1])).loss }
  }

  @Test(arguments: [1, 2, 4, 100]) func aSumIsASumWhateverTheBatches(_ size: Int) throws {
    let expected = try Self.sum()
    #expect(expected > 10)
    func isExpected(_ loss: Double?) -> Bool { abs((loss ?? .nan) - expected) <= 1e-6 * expected }
    for truncation in [nil, 2] {
      let trainer = try Self.trainer(.sum, truncation: truncation)
      let history = try trainer.fit(Self.batches(size), epochs: 2, validation: Self.batches(5 - min(4, size)))
      for epoch in history.epochs {
        #expect(isExpected(epoch.loss), "\(size): \(epoch.loss), not \(expected)")
        #expect(isExpected(epoch.validationLoss))
      }
      #expect(isExpected(try trainer.evaluate(Self.batches(size)).mean))
      let report = try trainer.report(on: sampleSource(lengths: Self.lengths), batchSize: size)
      #expect(isExpected(report.overall.loss))
      #expect(isExpected(report.deciles.reduce(0) { $0 + $1.loss }))
    }
  }

  @Test(arguments: [1, 2, 4]) func aSumOverStatesThatGoOnIsTheSame(_ size: Int) throws {
    let expected = try Self.sum()
    let batches = try StatefulBatches(
      sampleSource(lengths: Self.lengths), windowLength: 2, batchSize: size, shuffle: false)
    let trainer = try Self.trainer(.sum)
    #expect(abs(try trainer.evaluate(batches).mean - expected) <= 1e-6 * expected)
    #expect(abs(try trainer.fit(batches, epochs: 1).epochs[0].loss - expected) <= 1e-6 * expected)
  }

  /// What a run that was interrupted has of its epoch is a sum when it goes on, too.
  @Test func aSumGoesOnFromACheckpoint() throws {
    let expected = try Self.sum()
    let trainer = try Self.trainer(.sum)
    var (state, steps) = (trainer.state, 0)
    try trainer.fit(
      Self.batches(2), FitOptions(epochs: 1), state: &state, report: { _ in steps += 1 },
      isInterrupted: { steps == 2 })
    #expect(state.progress.step == 2)
    try trainer.checkpoint().trainer().fit(Self.batches(2), FitOptions(epochs: 1), state: &state)
    #expect(abs(state.progress.history.epochs[0].loss - expected) <= 1e-6 * expected)
  }

  /// Losses 1 and 9 with weights 0.5 and 2: 18.5 / 2.5. Keras' `sum_over_batch_size` divides by the number of losses.
  @Test func weightedMeansDivideByTheWeights() throws {
    var model = try Sequential(input: .features(1), layers: [Dense(1)])
    try model.setWeights([
      WeightTensor(name: "kernel", shape: [1, 1], values: [1]), WeightTensor(name: "bias", shape: [1], values: [0]),
    ])
    let batch = SequenceBatch(
      input: .values([0, 0], featureCount: 1), offsets: [0, 1, 2], targets: .valuesPerTimestep([1, 3], width: 1),
      weights: [0.5, 2])
    let cases: [(Reduction, Double)] = [(.meanPerTimestep, 7.4), (.meanPerSequence, 7.4), (.sum, 18.5)]
    for (reduction, expected) in cases {
      let trainer = try Trainer(model: model, loss: .meanSquaredError, reduction: reduction)
      let sum = try trainer.evaluate(batch)
      #expect(abs(sum.mean - expected) < 1e-6)
      #expect(abs(sum.loss - 18.5) < 1e-6)
      // The gradient by the bias, -2 · (0.5 · 1 + 2 · 3), divided alike.
      let slope = Double(try trainer.gradients(batch).weights[1].values[0])
      let divisor: Double = reduction == .sum ? 1 : 2.5
      #expect(abs(slope + 13 / divisor) < 1e-5)
    }
    let keras: Double = (0.5 * 1 + 2 * 9) / 2
    #expect(keras == 9.25)
  }
}
