import RaggedBatching
import RaggedCore
import Testing

@Suite struct BatchPlanTests {
  static let cases = (0..<4000).map(PlanningCase.init)

  @Test func everySequenceIsInOneBatchOrDropped() throws {
    for number in Self.cases.indices {
      let problem = Self.cases[number]
      try problem.policy.validate()
      let plan = problem.plan
      let seen = plan.flatMap(\.positions) + plan.dropped
      #expect(seen.sorted() == Array(problem.lengths.indices), "case \(number)")
      #expect(problem.policy.dropRemainder || plan.dropped.isEmpty, "case \(number)")
      #expect(plan.allSatisfy { $0.count > 0 }, "case \(number)")
    }
  }

  @Test func batchesKeepTheirSizeAndTheRestIsLessThanABatch() {
    for (number, problem) in Self.cases.enumerated() {
      let plan = problem.plan
      for bucket in 0..<plan.buckets.count {
        let size = problem.policy.batchSize(bucket: bucket)
        let batches = plan.filter { $0.bucket == bucket }
        let dropped = plan.dropped.filter { plan.buckets.index(of: Int(problem.lengths[$0])) == bucket }
        #expect(batches.allSatisfy { $0.count <= size }, "case \(number)")
        #expect(batches.count(where: { $0.count < size }) <= (problem.policy.dropRemainder ? 0 : 1), "case \(number)")
        #expect(dropped.count < size, "case \(number)")
      }
    }
  }

  @Test func lengthsStayWithinTheirBucket() {
    for (number, problem) in Self.cases.enumerated() {
      let plan = problem.plan
      for batch in plan {
        let lengths = batch.positions.map { Int(problem.lengths[$0]) }
        #expect(lengths.max() == batch.longest, "case \(number)")
        let limits = plan.buckets.lowerLimit(batch.bucket)...(plan.buckets.upperLimit(batch.bucket) ?? .max)
        #expect(lengths.allSatisfy(limits.contains), "case \(number)")
        if problem.policy.grouping == .exactLength { #expect(Set(lengths).count == 1, "case \(number)") }
      }
    }
  }

  @Test func planningTwiceGivesTheSamePlan() {
    for problem in Self.cases { #expect(problem.plan == problem.plan) }
  }

  @Test func bucketsFoundBeforeGiveTheSamePlan() {
    for problem in Self.cases.prefix(500) {
      let buckets = LengthBuckets(problem.policy.grouping, for: LengthStatistics(lengths: problem.lengths))
      #expect(
        BatchPlan(lengths: problem.lengths, buckets: buckets, policy: problem.policy, epoch: problem.epoch)
          == problem.plan)
    }
  }

  @Test func epochsAndSeedsGiveOtherOrders() {
    let lengths = (0..<100).map { Int32($0 % 7) }
    for grouping in [BatchPolicy.Grouping.padded, .exactLength, .boundaries([2, 4]), .buckets(3)] {
      var policy = BatchPolicy(grouping: grouping, batchSize: 5)
      var orders: Set<[[Int]]> = []
      for seed in 0..<5 {
        policy.seed = UInt64(seed)
        for epoch in 0...5 {
          orders.insert(BatchPlan(lengths: lengths, policy: policy, epoch: epoch).map(\.positions))
        }
      }
      #expect(orders.count == 30)
    }
  }

  @Test func withoutShufflingTheOrderIsTheSourcesBucketAfterBucket() {
    for (number, problem) in Self.cases.enumerated() where problem.policy.shuffle == .none {
      let plan = problem.plan
      #expect(zip(plan, plan.dropFirst()).allSatisfy { $0.bucket <= $1.bucket }, "case \(number)")
      for bucket in 0..<plan.buckets.count {
        let order = plan.filter { $0.bucket == bucket }.flatMap(\.positions)
        #expect(order == order.sorted(), "case \(number)")
      }
      let other = BatchPlan(lengths: problem.lengths, policy: problem.policy, epoch: problem.epoch + 1)
      #expect(other == plan, "case \(number)")
    }
  }

  /// Every sequence is equally often in every batch: the padded plan's permutation is uniform.
  @Test func everyPlaceIsEquallyLikely() {
    let lengths = [Int32](repeating: 3, count: 6)
    var hits = [Double](repeating: 0, count: 36)
    for epoch in 1...6000 {
      let plan = BatchPlan(lengths: lengths, policy: BatchPolicy(batchSize: 2), epoch: epoch)
      for (place, position) in plan.flatMap(\.positions).enumerated() { hits[place * 6 + position] += 1 }
    }
    let chiSquare = hits.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 }
    #expect(chiSquare < 52.6)  // 25 degrees of freedom, 99.9 %
  }

  @Test func droppedSequencesChangeWithTheEpoch() {
    let policy = BatchPolicy(batchSize: 8, dropRemainder: true)
    let lengths = [Int32](repeating: 1, count: 12)
    let dropped = Set((1...20).map { BatchPlan(lengths: lengths, policy: policy, epoch: $0).dropped })
    #expect(dropped.count > 10)
    #expect(dropped.allSatisfy { $0.count == 4 })
  }

  @Test func noSequencesMakeNoBatches() {
    for grouping in [BatchPolicy.Grouping.padded, .exactLength, .boundaries([3]), .buckets(4)] {
      let plan = BatchPlan(lengths: [], policy: BatchPolicy(grouping: grouping), epoch: 1)
      #expect(plan.isEmpty && plan.dropped.isEmpty)
    }
  }

  @Test func hugeBatchSizesMakeOneBatch() {
    let plan = BatchPlan(lengths: [3, 1, 2], policy: BatchPolicy(batchSize: .max, shuffle: false), epoch: 1)
    #expect(plan.map(\.positions) == [[0, 1, 2]])
    #expect(plan[0].longest == 3)
  }

  @Test func unvalidatedPoliciesDoNotTrap() {
    for grouping in [BatchPolicy.Grouping.boundaries([9, -4, 2]), .boundaries([]), .buckets(-1)] {
      let plan = BatchPlan(lengths: [0, 5, 9, 1], policy: BatchPolicy(grouping: grouping, batchSize: -3), epoch: 1)
      #expect(plan.flatMap(\.positions).sorted() == [0, 1, 2, 3])
    }
  }
}
