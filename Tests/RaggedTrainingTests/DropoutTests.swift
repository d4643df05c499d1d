import RaggedCore
import Testing

@testable import RaggedTraining

@Suite struct DropoutTests {
  /// A model that hands its inputs through a dropout: outputs show the pattern. `Dense` is the identity.
  static func trainer(_ layer: any Layer, seed: UInt64 = 1, threads: Int = 2) throws -> Trainer {
    var model = try Sequential(input: .features(4), layers: [layer, Dense(4)])
    try model.setWeights([
      WeightTensor(
        name: "kernel", shape: [4, 4], values: (0..<16).map { $0 % 5 == 0 ? 1 : 0 }),
      WeightTensor(name: "bias", shape: [4], values: [0, 0, 0, 0]),
    ])
    // No learning: whatever changes from step to step is dropout's.
    return try Trainer(
      model: model, loss: .meanSquaredError, reduction: .sum, optimizer: .sgd(0), seed: seed, threads: threads)
  }

  /// Which of the inputs, all 1, come through: the gradient of Σ (y − 0)² / 4 by x is 2 y · mask · scale / 4, 0 where
  /// dropped. Read off the input's gradient of the engine's own step.
  static func pattern(_ trainer: Trainer, _ batch: SequenceBatch, seed: UInt64) -> [Float] {
    var gradients = [Float](repeating: 0, count: trainer.model.parameterCount)
    var input = [Float](repeating: 0, count: batch.input.values.count)
    let request = EngineRequest(losses: [HeadLoss(.meanSquaredError)], reduction: .sum, dropoutSeed: seed)
    _ = input.withUnsafeMutableBufferPointer { input in
      trainer.engine.step(
        batch, parameters: trainer.model.parameters, gradients: &gradients, inputGradient: input.baseAddress,
        weights: trainer.engine.weights(of: batch, request), request)
    }
    return input
  }

  static func ones(_ lengths: [Int]) -> SequenceBatch {
    var batch = sampleBatch(lengths: lengths, input: .features(4), target: .values(4))
    batch.input = .values(Array(repeating: 1, count: batch.timesteps * 4), featureCount: 4)
    batch.targets = .valuesPerTimestep(Array(repeating: 0, count: batch.timesteps * 4), width: 4)
    return batch
  }

  @Test func isOffOutsideTraining() throws {
    let trainer = try Self.trainer(Dropout(0.5))
    let batch = Self.ones([3, 5])
    #expect(try trainer.predict(batch) == batch.input.values)
    #expect(try trainer.evaluate(batch).loss == 8)
    #expect(try trainer.gradients(batch).loss == 8)
  }

  @Test func dropsItsShareAndKeepsTheMean() throws {
    for rate in [0.1, 0.25, 0.5, 0.9] as [Float] {
      let pattern = Self.pattern(try Self.trainer(Dropout(rate)), Self.ones(Array(repeating: 50, count: 200)), seed: 3)
      // 40,000 cells: six deviations.
      let tolerance = 6 * Double(rate * (1 - rate) / 40_000).squareRoot()
      let dropped = Double(pattern.filter { $0 == 0 }.count) / 40_000
      #expect(abs(dropped - Double(rate)) <= tolerance)
      // What is kept is scaled by s = 1 / (1 − rate), forwards and backwards: gradient s² / 2.
      let kept = 0.5 / ((1 - rate) * (1 - rate))
      #expect(pattern.allSatisfy { $0 == 0 || abs($0 - kept) <= 1e-4 * kept })
      let mean = pattern.reduce(0.0) { $0 + Double($1 * 2).squareRoot() } / 40_000
      #expect(abs(mean - 1) <= tolerance / Double(1 - rate))
    }
  }

  @Test func rateZeroIsTheIdentity() throws {
    let batch = Self.ones([3, 1])
    #expect(Self.pattern(try Self.trainer(Dropout(0)), batch, seed: 3).allSatisfy { $0 == 0.5 })
    let layers: [[any Layer]] = [
      [LSTM(4, returnSequences: true), Dense(4)], [LSTM(4, returnSequences: true, dropout: 0), Dropout(0), Dense(4)],
    ]
    let steps = try layers.map { layers in
      let model = try Sequential(input: .features(4), layers: layers).scattered()
      let trainer = try Trainer(model: model, loss: .meanSquaredError)
      try trainer.trainStep(batch)
      return bits(trainer.model.parameters)
    }
    #expect(steps[0] == steps[1])
  }

  @Test func followsSeedAndStepAlone() throws {
    let batch = Self.ones([7, 0, 12, 1, 3])
    let one = Self.pattern(try Self.trainer(Dropout(0.5)), batch, seed: 3)
    #expect(Self.pattern(try Self.trainer(Dropout(0.5), threads: 5), batch, seed: 3) == one)
    #expect(Self.pattern(try Self.trainer(Dropout(0.5)), batch, seed: 4) != one)
    // A sequence's pattern does not depend on the lengths of those around it.
    let longer = Self.pattern(try Self.trainer(Dropout(0.5)), Self.ones([7, 30, 12, 25, 3]), seed: 3)
    #expect(longer[0..<28] == one[0..<28])
    #expect(longer[(37 * 4)..<(49 * 4)] == one[(7 * 4)..<(19 * 4)])
    // Nor on the blocks: with few others and with many.
    let crowded = Self.pattern(
      try Self.trainer(Dropout(0.5)), Self.ones([7, 0, 12, 1, 3] + Array(repeating: 11, count: 20)), seed: 3)
    #expect(crowded.prefix(one.count).elementsEqual(one))
  }

  @Test func stepsOfTrainingDiffer() throws {
    let trainer = try Self.trainer(Dropout(0.5))
    let losses = try (0..<6).map { _ in try trainer.trainStep(Self.ones([40])).loss }
    #expect(Set(losses).count > 2)
  }

  @Test func timestepsAndUnitsDiffer() throws {
    let pattern = Self.pattern(try Self.trainer(Dropout(0.5)), Self.ones([64, 64]), seed: 3)
    let units = (0..<4).map { j in (0..<64).map { pattern[$0 * 4 + j] } }
    #expect(Set(units).count == 4)
    #expect(Array(pattern[0..<256]) != Array(pattern[256..<512]))
  }

  /// An LSTM's dropout drops the same inputs at every timestep of a sequence, others in other sequences.
  @Test func isConstantInTimeInAnLSTM() throws {
    let model = try Sequential(
      input: .features(4), layers: [LSTM(5, returnSequences: true, dropout: 0.5), Dense(4)], seed: 2
    ).scattered()
    let trainer = try Trainer(model: model, loss: .meanSquaredError, reduction: .sum, threads: 2)
    let lengths = [9, 4, 30, 12, 2, 17]
    let batch = Self.ones(lengths)
    let pattern = Self.pattern(trainer, batch, seed: 5).map { $0 != 0 }
    var rows: Set<[Bool]> = []
    for b in 0..<batch.count {
      let steps = batch.range(b).map { Array(pattern[$0 * 4..<($0 + 1) * 4]) }
      #expect(Set(steps).count == 1)
      rows.insert(steps[0])
    }
    #expect(rows.count > 1)
  }

  @Test func bothDirectionsDropTheirOwn() throws {
    let model = try Sequential(
      input: .features(4), layers: [Bidirectional(LSTM(3, dropout: 0.5)), Dense(4)], seed: 2
    ).scattered()
    let operation = try #require(model.program.operations[1] as? RecurrentOperation)
    #expect(operation.directions[0].dropout?.index != operation.directions[1].dropout?.index)
  }

  @Test func aSequenceOutputIsDroppedOnce() throws {
    let model = try Sequential(input: .features(4), layers: [LSTM(40), Dropout(0.5), Dense(1)], seed: 2)
    let trainer = try Trainer(model: model, loss: .meanSquaredError, seed: 3, threads: 1)
    var batch = Self.ones([6, 3])
    batch.targets = .valuesPerSequence([1, 1], width: 1)
    var gradients = [Float](repeating: 0, count: model.parameterCount)
    let request = EngineRequest(losses: [HeadLoss(.meanSquaredError)], reduction: .sum, dropoutSeed: 7)
    let one = batch.selecting([0])
    _ = trainer.engine.step(
      one, parameters: model.parameters, gradients: &gradients, weights: trainer.engine.weights(of: one, request),
      request)
    let kernel = model.tensors(gradients)[3].values
    let dropped = kernel.filter { $0 == 0 }.count
    #expect(dropped > 8 && dropped < 32)
  }
}
