import Foundation
import Ragged
import Testing

/// Runs of a store whose states go on.
@Suite struct StatefulJobTests {
  static let configuration = TrainingConfiguration(
    dataset: "sums", validationFraction: 0.2, model: "lstm(3, sequences)",
    policy: BatchPolicy(batchSize: 8, seed: 3), windowing: Windowing(length: 16), stateful: true, epochs: 2)

  @Test func sequencesAreReadOnWindowByWindow() throws {
    try StoreLoadingTests.inFolder { folder in
      let store = try StoreLoadingTests.store(folder, sequences: 60)
      let job = try TrainingJob(store: store, configuration: Self.configuration)
      let batches = try #require(job.batches as? StatefulBatches<TrainingSource>)
      #expect(batches.windowLength == 16 && batches.batchSize == 8 && batches.shuffle && batches.seed == 3)
      #expect(batches.source.count == 48 && job.trainingSource.windows == nil)
      let held = try #require(job.validation as? StatefulBatches<TrainingSource>)
      #expect(held.source.count == 12 && held.windowLength == 16 && !held.shuffle)
      #expect(try job.fit() == .finished)
      let whole = try #require(job.validationSource)
      let sum = try job.trainer.evaluate(whole.gather(Array(0..<12)))
      let figure = try #require(job.progress.history.epochs.last?.validationLoss)
      #expect(abs(figure - sum.mean) <= 1e-6 * sum.mean)

      var other = Self.configuration
      other.stateful = false
      #expect(try TrainingJob(store: store, configuration: other).batches.fingerprint != batches.fingerprint)
      other = Self.configuration
      other.windowing = Windowing(length: 17)
      let checkpoint = job.trainer.checkpoint(context: CheckpointContext(fingerprint: batches.fingerprint))
      _ = try TrainingJob(store: store, configuration: Self.configuration, resuming: checkpoint)
      #expect(throws: TrainingError.self) {
        try TrainingJob(store: store, configuration: other, resuming: checkpoint)
      }
    }
  }

  @Test func configurationsComeBackWithOrWithoutTheWord() throws {
    let data = try JSONEncoder().encode(Self.configuration)
    #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: data) == Self.configuration)
    let before = String(decoding: data, as: UTF8.self).replacing(",\"stateful\":true", with: "")
      .replacing("\"stateful\":true,", with: "")
    #expect(!before.contains("stateful"))
    var plain = Self.configuration
    plain.stateful = false
    #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: Data(before.utf8)) == plain)
  }

  static let faults: [(String, @Sendable (inout TrainingConfiguration) -> Void)] = [
    ("needs windows: the length of the pieces that sequences are taken in", { $0.windowing = nil }),
    (
      "needs windows that follow each other: the stride is 8, expected the window's length, 16",
      { $0.windowing = Windowing(length: 16, stride: 8) }
    ),
    (
      "takes every timestep: the last, shorter window must be kept",
      { $0.windowing = Windowing(length: 16, keepsTail: false) }
    ),
    (
      "takes sequences of any length together: the batching is exact, expected padded",
      { $0.policy.grouping = .exactLength }
    ),
    (
      "has batches of as many rows at each step: a limit of timesteps or bytes has no place there",
      { $0.policy.limits = BatchLimits(bytes: 1000) }
    ),
    (
      "keeps every sequence in the order of its row: nothing is dropped, and no batch comes first",
      { $0.policy.largestFirst = true }
    ),
    ("has no order blocks:5,2, expected full or none", { $0.policy.shuffle = .blocks(size: 5, pool: 2) }),
    (
      "has no buckets: batch sizes and a cost for them have no place there",
      { $0.policy.costModel = CostModel(perBatch: 1) }
    ),
    ("cuts the gradient after each window: leave the truncation after 4 timesteps out", { $0.truncation = 4 }),
  ]

  @Test(arguments: faults.indices) func whatCannotBeHadIsRefused(number: Int) throws {
    let (message, change) = Self.faults[number]
    var configuration = Self.configuration
    try configuration.checkStateful()
    change(&configuration)
    #expect(throws: TrainingError(.invalidModel, "stateful training " + message)) { try configuration.checkStateful() }
    configuration.stateful = false
    try configuration.checkStateful()
  }
}
