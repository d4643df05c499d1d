import Foundation
import RaggedBatching
import RaggedCore
import Testing

@Suite struct PlannedBatchesTests {
  @Test func everyBatchIsThatOfThePlanWithItsData() throws {
    for number in 0..<200 {
      let problem = PlanningCase(number: number)
      let batches = try PlannedBatches(numberedSource(problem.lengths.map(Int.init)), policy: problem.policy)
      for epoch in [problem.epoch, problem.epoch + 1, problem.epoch] {
        let plan = BatchPlan(lengths: problem.lengths, policy: problem.policy, epoch: epoch)
        #expect(batches.plan(epoch: epoch) == plan, "case \(number)")
        #expect(batches.stepCount(epoch: epoch) == plan.count, "case \(number)")
        for (step, planned) in plan.enumerated() {
          let batch = try batches.batch(epoch: epoch, step: step)
          #expect(batch.ids == planned.positions, "case \(number)")
          #expect(batch.lengths == planned.positions.map { Int(problem.lengths[$0]) }, "case \(number)")
          let expected = planned.positions.flatMap { Array(repeating: Float($0), count: Int(problem.lengths[$0])) }
          #expect(batch.input == .values(expected, featureCount: 1), "case \(number)")
        }
      }
    }
  }

  /// A run that starts again in the middle sees the batches that were left.
  @Test func stepsNeedNoneBeforeThem() throws {
    let source = try numberedSource((0..<50).map { $0 % 9 })
    let policy = BatchPolicy(grouping: .buckets(3), batchSize: 4, seed: 8)
    let whole = try PlannedBatches(source, policy: policy)
    let run = try (1...3).flatMap { epoch in
      try (0..<whole.stepCount(epoch: epoch)).map { try whole.batch(epoch: epoch, step: $0) }
    }
    let resumed = try PlannedBatches(source, policy: policy)
    let rest = try (5..<resumed.stepCount(epoch: 3)).map { try resumed.batch(epoch: 3, step: $0) }
    #expect(rest == Array(run.suffix(rest.count)))
    #expect(resumed.fingerprint == whole.fingerprint)
  }

  @Test func theFingerprintFollowsDataAndPolicy() throws {
    let source = try numberedSource([1, 2, 3])
    let base = try PlannedBatches(source, policy: BatchPolicy()).fingerprint
    #expect(try PlannedBatches(numberedSource([1, 2, 4]), policy: BatchPolicy()).fingerprint != base)
    #expect(try PlannedBatches(source, policy: BatchPolicy(seed: 1)).fingerprint != base)
  }

  @Test func threadsSeeTheSameBatches() async throws {
    let lengths = (0..<300).map { $0 % 11 }
    let batches = try PlannedBatches(numberedSource(lengths), policy: BatchPolicy(grouping: .exactLength))
    let policy = batches.policy
    await withTaskGroup(of: Bool.self) { group in
      for task in 0..<64 {
        group.addTask {
          let epoch = 1 + task % 5
          return batches.plan(epoch: epoch)
            == BatchPlan(lengths: lengths.map(Int32.init), policy: policy, epoch: epoch)
        }
      }
      for await isSame in group { #expect(isSame) }
    }
  }

  @Test(arguments: [-1, 3, Int.max]) func aStepThatDoesNotExistIsNamed(step: Int) throws {
    let batches = try PlannedBatches(numberedSource([1, 1, 1]), policy: BatchPolicy(batchSize: 1))
    let error = #expect(throws: BatchingError.self) { try batches.batch(epoch: 5, step: step) }
    #expect(error?.message == "step \(step) of epoch 5, which has 3 steps")
    #expect(error?.failureClass == .software)
  }

  @Test func aPolicyWithoutMeaningIsRefused() throws {
    let source = try numberedSource([1])
    #expect(throws: BatchingError.self) { try PlannedBatches(source, policy: BatchPolicy(batchSize: 0)) }
  }
}
