import RaggedBatching
import RaggedCore
import Testing

/// What holds of every plan, whatever its policy.
@Suite struct OrderLawTests {
  static let cases = (0..<4000).map(OrderCase.init)

  @Test func everySequenceIsInOneBatchOrDropped() throws {
    for (number, problem) in Self.cases.enumerated() {
      try problem.policy.validate()
      let plan = problem.plan
      let seen = plan.flatMap(\.positions) + plan.dropped
      #expect(seen.sorted() == Array(problem.lengths.indices), "case \(number)")
      #expect(problem.policy.dropRemainder || plan.dropped.isEmpty, "case \(number)")
      #expect(plan.allSatisfy { $0.count > 0 }, "case \(number)")
    }
  }

  @Test func noLimitIsEverExceeded() {
    for (number, problem) in Self.cases.enumerated() {
      let (policy, limits) = (problem.policy, problem.policy.limits)
      for batch in problem.plan {
        let real = batch.positions.reduce(0) { $0 + Int(problem.lengths[$1]) }
        #expect(batch.rows <= policy.batchSize, "case \(number)")
        #expect(real <= limits.timesteps ?? .max, "case \(number)")
        #expect(batch.paddedTimesteps <= limits.paddedTimesteps ?? .max, "case \(number)")
        #expect(batch.paddedTimesteps * OrderCase.bytes <= limits.bytes ?? .max, "case \(number)")
        #expect(real <= batch.paddedTimesteps, "case \(number)")
      }
    }
  }

  @Test func rowsAreAsLongAsTheySay() {
    for (number, problem) in Self.cases.enumerated() {
      for batch in problem.plan {
        var rows = batch.sequencesPerRow ?? batch.positions.map { _ in 1 }
        #expect(rows.reduce(0, +) == batch.count, "case \(number)")
        var place = 0
        for index in rows.indices {
          let end = place + rows[index]
          rows[index] = batch.positions[place..<end].reduce(0) { $0 + Int(problem.lengths[$1]) }
          place = end
        }
        #expect(rows.max() == batch.longest, "case \(number)")
        if case .packed(let rowLength) = problem.policy.grouping {
          #expect(batch.sequencesPerRow != nil && batch.longest <= rowLength, "case \(number)")
        } else {
          #expect(batch.sequencesPerRow == nil, "case \(number)")
        }
      }
    }
  }

  /// A batch ends only where the limits end it: all but one a bucket are full.
  @Test func oneBatchOfABucketAtMostIsNotFullWithoutBudgets() {
    for (number, problem) in Self.cases.enumerated() where problem.policy.limits.isEmpty {
      let plan = problem.plan
      for bucket in 0..<plan.buckets.count {
        let open = plan.count { $0.bucket == bucket && $0.rows < problem.policy.batchSize }
        #expect(open <= (problem.policy.dropRemainder ? 0 : 1), "case \(number)")
      }
    }
  }

  @Test func theLargestBatchComesFirstWhereThatIsAskedFor() {
    for (number, problem) in Self.cases.enumerated() where problem.policy.largestFirst {
      let sizes = problem.plan.map(\.paddedTimesteps)
      #expect(sizes.first == sizes.max(), "case \(number)")
      var policy = problem.policy
      policy.largestFirst = false
      let other = BatchPlan(
        lengths: problem.lengths, policy: policy, epoch: problem.epoch, bytesPerTimestep: OrderCase.bytes)
      let moved = zip(problem.plan, other).count { $0 != $1 }
      #expect(moved == 0 || moved == 2, "case \(number)")
    }
  }

  @Test func planningTwiceGivesTheSamePlan() {
    for problem in Self.cases.prefix(2000) {
      #expect(problem.plan == problem.plan)
      #expect(problem.plan.fingerprint == problem.plan.fingerprint)
    }
  }

  @Test func fingerprintsFollowTheBatches() {
    var plans: [UInt64: [PlannedBatch]] = [:]
    for problem in Self.cases {
      let plan = problem.plan
      if let known = plans[plan.fingerprint] {
        #expect(known.map(\.positions) == plan.map(\.positions))
      }
      plans[plan.fingerprint] = Array(plan)
    }
    #expect(plans.count > 1900)
  }

  @Test func epochsAndSeedsGiveOtherOrders() {
    let lengths = (0..<100).map { Int32($0 % 7) }
    for grouping in [BatchPolicy.Grouping.padded, .buckets(3), .pool(4), .packed(20)] {
      for shuffle in [BatchPolicy.Shuffle.full, .blocks(size: 5, pool: 3)] {
        var orders: Set<[[Int]]> = []
        for seed in 0..<5 {
          for epoch in 1...5 {
            let policy = BatchPolicy(grouping: grouping, batchSize: 5, shuffle: shuffle, seed: UInt64(seed))
            orders.insert(BatchPlan(lengths: lengths, policy: policy, epoch: epoch).map(\.positions))
          }
        }
        #expect(orders.count == 25)
      }
    }
  }

  @Test func costsAreThoseOfTheBatches() throws {
    for (number, problem) in Self.cases.prefix(2000).enumerated() {
      let plan = problem.plan
      let cost = try plan.cost(lengths: problem.lengths)
      #expect(cost.batches == plan.count, "case \(number)")
      #expect(cost.sequences + cost.dropped == problem.lengths.count, "case \(number)")
      #expect(cost.paddedTimesteps == plan.reduce(0) { $0 + $1.paddedTimesteps }, "case \(number)")
      #expect(cost.widestBatch == plan.map(\.paddedTimesteps).max() ?? 0, "case \(number)")
      #expect(plan.indices.allSatisfy { plan.paddedTimesteps(step: $0) == plan[$0].paddedTimesteps }, "case \(number)")
      let real = plan.flatMap(\.positions).reduce(0) { $0 + Int(problem.lengths[$1]) }
      #expect(cost.timesteps == real, "case \(number)")
    }
  }
}
