import Foundation
import RaggedBatching
import RaggedCore
import Synchronization
import Testing

@testable import RaggedTraining

/// Training reads ahead, and leaves nothing behind.
@Suite struct LoadingTests {
  /// Batches of which one cannot be read; counts those asked for.
  final class Failing: BatchSource {
    let base: PlannedBatches<InMemorySource>
    let place: (epoch: Int, step: Int)?
    let asked = Atomic(0)

    init(_ place: (epoch: Int, step: Int)? = nil) throws {
      base = try PlannedBatches(sampleSource(lengths: Array(1...40)), policy: BatchPolicy(batchSize: 4, seed: 3))
      self.place = place
    }

    var signature: SequenceSignature { base.signature }
    var fingerprint: UInt64 { base.fingerprint }
    func stepCount(epoch: Int) -> Int { base.stepCount(epoch: epoch) }
    func step(epoch: Int, step: Int) throws -> Step {
      asked.add(1, ordering: .relaxed)
      if let place, place == (epoch, step) { throw RaggedCoreError(.outOfRange, "a page is torn") }
      return try base.step(epoch: epoch, step: step)
    }
  }

  static func trainer() throws -> Trainer {
    let model = try Sequential(
      input: .features(2), layers: [LSTM(4, returnSequences: true), Dense(2, activation: .softmax)])
    return try Trainer(model: model, loss: .categoricalCrossentropy, threads: 2)
  }

  @Test func aBatchThatCannotBeReadEndsTheRunWithItsCauseAndPlace() throws {
    let (trainer, batches) = (try Self.trainer(), try Failing((2, 6)))
    var (state, steps) = (trainer.state, 0)
    let error = #expect(throws: BatchingError.self) {
      try trainer.fit(batches, FitOptions(epochs: 3), state: &state) { event in
        if case .step = event { steps += 1 }
      }
    }
    #expect(error?.message == "step 6 of epoch 2: a page is torn")
    #expect(error?.cause as? RaggedCoreError == RaggedCoreError(.outOfRange, "a page is torn"))
    #expect(steps == 16)
    #expect(state.progress.epoch == 1 && state.progress.step == 6)
    #expect(throws: BatchingError.self) { try trainer.evaluate(Failing((1, 2))) }
  }

  /// After an interruption nothing more is read, and the results are those of steps taken by hand.
  @Test func anInterruptedRunReadsNoMore() throws {
    let (trainer, batches) = (try Self.trainer(), try Failing())
    var state = trainer.state
    let outcome = try trainer.fit(
      batches, FitOptions(epochs: 100_000), state: &state, isInterrupted: { trainer.stepsTaken == 13 })
    #expect(outcome == .interrupted)
    let asked = batches.asked.load(ordering: .relaxed)
    usleep(20_000)
    #expect(batches.asked.load(ordering: .relaxed) == asked)
    let byHand = try Self.trainer()
    for index in 0..<13 { try byHand.trainStep(batches.base.batch(epoch: 1 + index / 10, step: index % 10)) }
    #expect(bits(byHand.model.parameters) == bits(trainer.model.parameters))
  }
}
