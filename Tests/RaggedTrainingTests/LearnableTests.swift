import RaggedBatching
import RaggedCore
import RaggedTraining
import Testing

/// Data without anything to learn from is refused before the first step.
@Suite struct LearnableTests {
  /// Batches of two sequences per step, changed by `change`.
  private func batches(steps: Int = 3, _ change: @escaping @Sendable (Int, inout SequenceBatch) -> Void) throws
    -> GeneratedBatches
  {
    try GeneratedBatches(
      signature: sampleSource(lengths: [1]).signature, stepsPerEpoch: steps, fingerprint: 1
    ) { _, step in
      var batch = sampleBatch(lengths: [3, 4], input: .features(2), target: .classes(2), seed: UInt64(step + 1))
      change(step, &batch)
      return batch
    }
  }

  private func trainer(_ layers: [any Layer] = []) throws -> Trainer {
    let model = try Sequential(
      input: .features(2), layers: layers + [LSTM(3, returnSequences: true), Dense(2, activation: .softmax)], seed: 1)
    return try Trainer(model: model, loss: .categoricalCrossentropy, threads: 1)
  }

  private func problem(_ body: () throws -> Void) -> TrainingError? {
    do { try body() } catch { return error as? TrainingError }
    return nil
  }

  private let nothingValid: @Sendable (Int, inout SequenceBatch) -> Void = {
    $1.validity = Array(repeating: false, count: 7)
  }

  @Test func noValidTimestepIsRefusedBeforeTraining() throws {
    let trainer = try self.trainer()
    let weights = trainer.model.weightBits
    let error = problem { try trainer.fit(batches(nothingValid), epochs: 2) }
    #expect(
      error == TrainingError(.dataMismatch, "none of the 21 timesteps is valid, so there is nothing to learn from"))
    #expect(error?.failureClass == .badData)
    #expect(trainer.stepsTaken == 0 && trainer.model.weightBits == weights)
    let good = try batches { _, _ in }
    #expect(
      problem { try trainer.fit(good, epochs: 2, validation: batches(nothingValid)) }?.message
        == "none of the 21 timesteps is valid, so there is nothing to validate with")
    #expect(trainer.stepsTaken == 0)
    #expect(
      problem { _ = try trainer.evaluate(batches(nothingValid)) }?.message
        == "none of the 21 timesteps is valid, so there is nothing to be judged by")
  }

  @Test func weightsOfZeroAreNothingToLearnFrom() throws {
    let weightless = try batches { $1.weights = [0, 0] }
    #expect(
      problem { try trainer().fit(weightless, epochs: 1) }?.message
        == "no sequence that has a valid timestep has a weight above 0, so there is nothing to learn from")
    // The sequence that has a weight has no valid timestep.
    let apart = try batches {
      $1.weights = [1, 0]
      $1.validity = [false, false, false, true, true, true, true]
    }
    #expect(problem { try trainer().fit(apart, epochs: 1) } != nil)
  }

  @Test func sequencesWithoutTimestepsAreNothingToLearnFrom() throws {
    let empty = try PlannedBatches(sampleSource(lengths: [0, 0]), policy: BatchPolicy())
    #expect(problem { try trainer().fit(empty, epochs: 1) }?.message == "there is no timestep to learn from")
  }

  @Test func whatAMaskingLayerLeavesOutIsNotValid() throws {
    let zeros = try batches { $1.input = .values(Array(repeating: 0, count: 14), featureCount: 2) }
    #expect(problem { try trainer([Masking(maskValue: 0)]).fit(zeros, epochs: 1) } != nil)
    #expect(problem { try trainer().fit(zeros, epochs: 1) } == nil)
  }

  @Test func oneValidTimestepInTheLastBatchIsEnough() throws {
    let trainer = try self.trainer()
    let late = try batches { step, batch in
      batch.validity = Array(repeating: false, count: 7)
      if step == 2 { batch.validity?[4] = true }
    }
    let history = try trainer.fit(late, epochs: 1, validation: late)
    #expect(history.epochs.count == 1 && history.epochs[0].loss.isFinite)
  }

  @Test func aReportOnNothingIsRefused() throws {
    var batch = sampleBatch(lengths: [3, 4], input: .features(2), target: .classes(2))
    batch.validity = Array(repeating: false, count: 7)
    let source = try InMemorySource(batch, signature: sampleSource(lengths: [1]).signature)
    #expect(problem { _ = try trainer().report(on: source) }?.failureClass == .badData)
  }
}
