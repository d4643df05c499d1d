import Foundation
import Ragged
import RaggedBatching
import Testing

@testable import RaggedBatching
@testable import RaggedRuns

/// What `verify` says of plans.
@Suite struct CoverageTests {
  static let lengths: [Int32] = [3, 4, 5, 9]
  static let signature = SequenceSignature(input: .features(["x"]), target: .none)

  private func problem(_ batches: [PlannedBatch], _ policy: BatchPolicy, of plan: BatchPlan? = nil) -> String? {
    let plan = plan ?? BatchPlan(lengths: Self.lengths, policy: policy, epoch: 1)
    var audit = PlanAudit(policy, Self.lengths, Self.signature, plan)
    for batch in batches { audit.add(batch) }
    #expect(audit.batches == batches.count)
    return audit.problem
  }

  @Test func plansOfEveryKindPass() {
    let lengths = (0..<200).map { Int32($0 * 7 % 31) }
    for grouping in [
      BatchPolicy.Grouping.padded, .exactLength, .buckets(4), .boundaries([5, 9]), .pool(3), .packed(40),
    ] {
      for drops in [false, true] {
        let policy = BatchPolicy(
          grouping: grouping, batchSize: 9,
          limits: BatchLimits(timesteps: 150, paddedTimesteps: 160, bytes: 900), dropRemainder: drops)
        let plan = BatchPlan(lengths: lengths, policy: policy, epoch: 1, bytesPerTimestep: 5)
        var audit = PlanAudit(policy, lengths, Self.signature, plan)
        for batch in plan { audit.add(batch) }
        #expect(audit.problem == nil, "\(grouping)")
      }
    }
  }

  @Test func everyGapIsFound() {
    let policy = BatchPolicy(batchSize: 2, limits: BatchLimits(paddedTimesteps: 12), shuffle: false)
    let plan = Array(BatchPlan(lengths: Self.lengths, policy: policy, epoch: 1))
    #expect(plan.map(\.positions) == [[0, 1], [2], [3]])
    #expect(problem(plan, policy) == nil)
    #expect(
      problem(Array(plan.dropLast()), policy) == "the sequence at position 3 is taken 0 times, expected once")
    #expect(problem(plan + [plan[0]], policy) == "the sequence at position 0 is taken 2 times, expected once")
    let dropping = BatchPolicy(batchSize: 3, dropRemainder: true)
    let dropped = BatchPlan(lengths: Self.lengths, policy: dropping, epoch: 1)
    #expect(problem(Array(dropped), dropping, of: dropped) == nil)
    #expect(
      problem(Array(dropped), BatchPolicy(batchSize: 3), of: dropped) == "1 sequence is left out, expected none")
  }

  @Test func everyLimitIsLookedAt() {
    func one(_ positions: [Int], longest: Int, rows: [Int]? = nil, bucket: Int = 0) -> PlannedBatch {
      PlannedBatch(positions: positions, bucket: bucket, longest: longest, sequencesPerRow: rows)
    }
    let all = one([0, 1, 2, 3], longest: 9)
    let faults: [(BatchPolicy, PlannedBatch, String)] = [
      (BatchPolicy(batchSize: 3), all, "a batch has 4 rows, expected at most 3"),
      (
        BatchPolicy(limits: BatchLimits(timesteps: 20)), all, "a batch has 21 real timesteps, expected at most 20"
      ),
      (
        BatchPolicy(limits: BatchLimits(paddedTimesteps: 35)), all,
        "a batch has 36 padded timesteps, expected at most 35"
      ),
      (BatchPolicy(limits: BatchLimits(bytes: 179)), all, "a batch has 180 bytes, expected at most 179"),
      (
        BatchPolicy(), one([0, 1, 2, 3], longest: 8),
        "a batch claims that its longest row has 8 timesteps, expected 9"
      ),
      (
        BatchPolicy(grouping: .boundaries([4])), one([0, 2], longest: 5),
        "a batch of bucket 0 has a sequence of 5 timesteps, expected 0...4"
      ),
      (
        BatchPolicy(grouping: .packed(11)), one([3, 0], longest: 12, rows: [2]),
        "a batch has 12 timesteps in a row, expected at most 11"
      ),
      (
        BatchPolicy(grouping: .packed(12), batchSize: 1), one([3, 0, 1], longest: 12, rows: [2, 1]),
        "a batch has 2 rows, expected at most 1"
      ),
      (
        BatchPolicy(grouping: .packed(12)), one([3, 0, 1], longest: 12, rows: [2]),
        "the rows of a batch hold 2 sequences, expected 3"
      ),
      (BatchPolicy(), one([], longest: 0), "a batch has no sequences, expected at least one"),
    ]
    for (policy, batch, message) in faults { #expect(problem([batch], policy) == message) }
  }

  /// A store, and a model trained on it for an epoch.
  private func trained(
    _ policy: BatchPolicy, windowing: Windowing? = nil, _ body: (TrainedModel, StoreSource) throws -> Void
  ) throws {
    try StoreLoadingTests.inFolder { folder in
      let store = try StoreLoadingTests.store(folder, sequences: 60)
      let job = try TrainingJob(
        store: store,
        configuration: TrainingConfiguration(
          dataset: "sums", model: "lstm(2, sequences)", policy: policy, windowing: windowing, epochs: 1))
      let files = CheckpointFiles(name: folder.appending(path: "model").path)
      _ = try job.fit(checkpoints: files, keepsRun: false)
      try body(TrainedModel(path: files.last.path), store.source(SequenceSelection(dataset: "sums")))
    }
  }

  /// Windows are what was planned, so it is windows that must fit.
  @Test func windowsArePlannedWhereTheyWereTrainedOn() throws {
    let policy = BatchPolicy(limits: BatchLimits(paddedTimesteps: 40))
    try trained(policy, windowing: Windowing(length: 20)) { model, source in
      let result = try model.verify(source, sequences: 4)
      #expect(result.holds, "\(result.problems)")
      #expect(result.coverage[0].plan == "padded, windows of 20, epoch 1, one rank")
      #expect(try result.coverage[0].sequences == source.windows(Windowing(length: 20)).count)
    }
  }

  /// Data that no batch may hold is no broken promise.
  @Test func aSequenceThatFitsNoBatchIsTold() throws {
    try trained(BatchPolicy(limits: BatchLimits(paddedTimesteps: 200))) { model, source in
      let batch = SequenceBatch(
        input: .values(Array(repeating: 0.5, count: 5 * 250), featureCount: 5), offsets: [0, 201, 250],
        targets: .classPerTimestep(Array(repeating: 1, count: 250)))
      let other = try InMemorySource(batch, signature: source.signature, keys: ["a", "b"])
      let result = try model.verify(other)
      #expect(result.holds)
      #expect(
        result.coverage == [
          Verification.Coverage(
            plan: "padded", sequences: 2, batches: 0, leftOut: 0,
            refusal: "sequence \"a\" has 201 timesteps, more than the limit of 200 padded timesteps per batch",
            problem: nil)
        ])
    }
  }

  @Test func whatIsLeftOutIsCounted() throws {
    try trained(BatchPolicy(batchSize: 16, dropRemainder: true)) { model, source in
      let result = try model.verify(source, sequences: 4)
      #expect(result.holds)
      #expect(result.coverage.map(\.leftOut) == [12, 12, 12, 12] && result.coverage.map(\.batches) == [3, 3, 3, 3])
    }
  }
}
