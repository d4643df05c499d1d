import RaggedBatching
import RaggedCore
import Testing

@Suite struct GeneratedBatchesTests {
  static let signature = SequenceSignature(input: .features(["x"]), target: .classPerSequence(["no", "yes"]))

  /// Two sequences of one length, which differs from batch to batch.
  static func make(epoch: Int, step: Int) -> SequenceBatch {
    var random = SeededRandom(seed: 1, stream: UInt64(epoch * 1000 + step))
    let length = 1 + random.below(9)
    let values = (0..<2 * length).map { _ in random.uniform() }
    return SequenceBatch(
      input: .values(values, featureCount: 1), offsets: [0, length, 2 * length], targets: .classPerSequence([0, 1]))
  }

  @Test func batchesNeverEndAndAreTheSameWhenAskedForAgain() throws {
    let batches = try GeneratedBatches(signature: Self.signature, stepsPerEpoch: 30, fingerprint: 5, make: Self.make)
    #expect(batches.fingerprint == 5)
    for epoch in [1, 2, 1_000_000] {
      #expect(batches.stepCount(epoch: epoch) == 30)
      #expect(try batches.batch(epoch: epoch, step: 29) == batches.batch(epoch: epoch, step: 29))
    }
    #expect(Set(try (0..<30).map { try batches.batch(epoch: 1, step: $0).timesteps }).count > 3)
  }

  @Test func aBatchOfAnotherShapeIsNamed() throws {
    let batches = try GeneratedBatches(signature: Self.signature, stepsPerEpoch: 4, fingerprint: 0) { _, step in
      var batch = Self.make(epoch: 1, step: step)
      switch step {
      case 0: batch.input = .values(Array(repeating: 0, count: batch.timesteps * 2), featureCount: 2)
      case 1: batch.targets = .classPerSequence([0, 2])
      case 2: batch.targets = .none
      default: batch.offsets = [0, 1]
      }
      return batch
    }
    let expected = [
      "the batch holds 2 features per timestep, expected 1 feature per timestep",
      "class 2, expected 0 to 1",
      "the batch's targets are none, expected a class per sequence, of 2",
      "the batch's buffers do not have the sizes that its offsets ask for",
    ]
    for (step, problem) in expected.enumerated() {
      let error = #expect(throws: BatchingError.self) { try batches.batch(epoch: 8, step: step) }
      #expect(error?.message == "the generator's batch at epoch 8, step \(step): \(problem)")
      #expect(error?.failureClass == .badData)
    }
  }

  @Test func anErrorOfTheFunctionReachesTheCaller() throws {
    struct Cause: Error {}
    let batches = try GeneratedBatches(signature: Self.signature, stepsPerEpoch: 1, fingerprint: 0) { _, _ in
      throw Cause()
    }
    #expect(throws: Cause.self) { try batches.batch(epoch: 1, step: 0) }
  }

  @Test func stepsOutsideTheEpochAreRefused() throws {
    let batches = try GeneratedBatches(signature: Self.signature, stepsPerEpoch: 2, fingerprint: 0, make: Self.make)
    let error = #expect(throws: BatchingError.self) { try batches.batch(epoch: 2, step: 2) }
    #expect(error?.message == "step 2 of epoch 2, which has 2 steps")
    let none = #expect(throws: BatchingError.self) {
      try GeneratedBatches(signature: Self.signature, stepsPerEpoch: 0, fingerprint: 0, make: Self.make)
    }
    #expect(none?.message == "the number of steps per epoch is 0, expected at least 1")
    #expect(none?.failureClass == .usage)
  }
}
