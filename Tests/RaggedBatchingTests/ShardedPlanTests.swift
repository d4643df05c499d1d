import RaggedBatching
import RaggedCore
import Testing

@Suite struct ShardedPlanTests {
  /// Every batch of a plan is taken once, whatever happened to the number of ranks; returns the deal.
  static func check(
    _ plan: BatchPlan, worldSize: Int, after history: [ShardedPlan.Segment], _ comment: Comment
  ) throws -> ShardedPlan {
    let shards = try plan.sharded(worldSize: worldSize, after: history)
    let most = max(worldSize, history.map(\.worldSize).max() ?? 0)
    let taken = (0..<shards.stepCount).flatMap { step in
      (0..<most).compactMap { shards.index(step: step, rank: $0) }
    }
    #expect(taken.sorted() == Array(plan.indices), comment)
    return shards
  }

  @Test func everyBatchIsTakenOnceAndRanksHaveAsManySteps() throws {
    for (number, problem) in OrderLawTests.cases.prefix(700).enumerated() {
      let plan = problem.plan
      for worldSize in 1...7 {
        let shards = try Self.check(plan, worldSize: worldSize, after: [], "case \(number)")
        #expect(shards.stepCount == (plan.count + worldSize - 1) / worldSize, "case \(number)")
        var wrong = 0
        for step in 0..<shards.stepCount {
          let busy = (0..<worldSize).count { shards.index(step: step, rank: $0) != nil }
          wrong += busy == min(worldSize, plan.count - step * worldSize) ? 0 : 1
        }
        #expect(wrong == 0, "case \(number), \(worldSize) ranks")
      }
    }
  }

  @Test func aChangeInMidEpochCoversWhatIsLeftOnce() throws {
    for (number, problem) in OrderLawTests.cases.prefix(2000).enumerated() {
      var random = SeededRandom(seed: 21, stream: UInt64(number))
      let plan = problem.plan
      var history: [ShardedPlan.Segment] = []
      var shards = try Self.check(plan, worldSize: 1 + random.below(7), after: history, "case \(number)")
      for _ in 0..<3 {
        let done = history.reduce(0) { $0 + $1.steps }
        let steps = random.below(shards.stepCount - done + 1)
        history.append(ShardedPlan.Segment(steps: steps, worldSize: shards.worldSize))
        let next = try Self.check(plan, worldSize: 1 + random.below(7), after: history, "case \(number)")
        // What was done stays done.
        func taken(_ plan: ShardedPlan) -> [Int?] {
          (0..<done + steps).flatMap { step in (0..<7).map { plan.index(step: step, rank: $0) } }
        }
        #expect(taken(next) == taken(shards), "case \(number)")
        shards = next
      }
    }
  }

  @Test func oneRankTakesThePlanAsItIs() throws {
    for problem in OrderLawTests.cases.prefix(300) {
      let plan = problem.plan
      let shards = try plan.sharded(worldSize: 1)
      #expect((0..<shards.stepCount).map { shards.batch(step: $0, rank: 0) } == Array(plan))
    }
  }

  @Test func ranksTakeBatchesOfLikeLength() throws {
    var random = SeededRandom(seed: 22)
    let lengths = (0..<20_000).map { _ in Int32(10 + random.below(200)) }
    let policy = BatchPolicy(grouping: .pool(50), batchSize: 8, seed: 3)
    let plan = BatchPlan(lengths: lengths, policy: policy, epoch: 2)
    let shards = try plan.sharded(worldSize: 4)
    func waiting(_ longest: (Int, Int) -> Int?) -> Double {
      let steps = (0..<shards.stepCount - 1).map { step in (0..<4).compactMap { longest(step, $0) } }
      let waited = steps.reduce(0) { $0 + 4 * ($1.max() ?? 0) - $1.reduce(0, +) }
      return Double(waited) / Double(steps.joined().reduce(0, +))
    }
    let dealt = waiting { shards.batch(step: $0, rank: $1)?.longest }
    let plain = waiting { plan[$0 * 4 + $1].longest }
    #expect(dealt < 0.01 && plain > 0.3, "\(dealt) \(plain)")
    // And yet steps do not come sorted.
    let order = (0..<shards.stepCount).compactMap { shards.batch(step: $0, rank: 0)?.longest }
    let rises = zip(order, order.dropFirst()).count { $0 < $1 }
    #expect(abs(rises - order.count / 2) < order.count / 8)
  }

  @Test func theLargestBatchIsInTheFirstStep() throws {
    for (number, problem) in OrderLawTests.cases.prefix(2000).enumerated() where problem.policy.largestFirst {
      let plan = problem.plan
      guard let most = plan.map(\.paddedTimesteps).max() else { continue }
      for worldSize in 1...5 {
        let shards = try plan.sharded(worldSize: worldSize)
        let first = (0..<worldSize).compactMap { shards.batch(step: 0, rank: $0)?.paddedTimesteps }
        #expect(first.max() == most, "case \(number)")
      }
    }
  }

  static let faults: [(Int, [ShardedPlan.Segment], String)] = [
    (0, [], "the number of ranks is 0, expected at least 1"),
    (2, [.init(steps: 1, worldSize: -1)], "the number of ranks is -1, expected at least 1"),
    (2, [.init(steps: 4, worldSize: 3)], "4 steps of 3 ranks, where 3 were left to take"),
    (
      2, [.init(steps: 2, worldSize: 3), .init(steps: 5, worldSize: 1)], "5 steps of 1 rank, where 2 were left to take"
    ),
    (2, [.init(steps: -1, worldSize: 3)], "-1 steps of 3 ranks, where 3 were left to take"),
    (2, [.init(steps: .max, worldSize: 3)], "9,223,372,036,854,775,807 steps of 3 ranks, where 3 were left to take"),
  ]

  @Test(arguments: faults) func aHistoryThatCannotBeIsRefused(
    worldSize: Int, history: [ShardedPlan.Segment], message: String
  ) {
    let plan = BatchPlan(lengths: Array(repeating: 2, count: 8), policy: BatchPolicy(batchSize: 1), epoch: 1)
    let error = #expect(throws: BatchingError.self) { try plan.sharded(worldSize: worldSize, after: history) }
    #expect(error?.message == message)
  }
}

@Suite struct ShardedBatchesTests {
  private static let lengths = (0..<61).map { $0 % 9 }

  private func planned() throws -> PlannedBatches<InMemorySource> {
    try PlannedBatches(
      numberedSource(Self.lengths), policy: BatchPolicy(grouping: .buckets(3), batchSize: 4, seed: 8))
  }

  @Test func ranksSeeEverySequenceOnceTogether() throws {
    for worldSize in 1...7 {
      let ranks = try (0..<worldSize).map { try ShardedBatches(planned(), rank: $0, worldSize: worldSize) }
      #expect(Set(ranks.map { $0.stepCount(epoch: 3) }).count == 1)
      let batches = try ranks.flatMap { rank in
        try (0..<rank.stepCount(epoch: 3)).map { try rank.batch(epoch: 3, step: $0) }
      }
      #expect(batches.flatMap(\.ids).sorted() == Array(Self.lengths.indices))
      for batch in batches {
        try ranks[0].signature.check(batch)
        #expect(batch.lengths == batch.ids.map { Self.lengths[$0] })
      }
      #expect(Set(ranks.map(\.fingerprint)).count == worldSize)
    }
  }

  @Test func aRankThatRunsDryHasAnEmptyBatch() throws {
    let source = try numberedSource([4, 4, 4])
    let policy = BatchPolicy(batchSize: 1)
    let ranks = try (0..<2).map { try ShardedBatches(PlannedBatches(source, policy: policy), rank: $0, worldSize: 2) }
    let last = try ranks.map { try $0.batch(epoch: 1, step: 1) }.sorted { $0.count < $1.count }
    #expect(last.map(\.count) == [0, 1])
    #expect(last[0].input == .values([], featureCount: 1) && last[0].timesteps == 0)
  }

  /// Three ranks stop after two steps; two go on, and count steps from the epoch's start.
  @Test func anotherNumberOfRanksGoesOnAtTheStepAtHand() throws {
    let history = RankHistory(epoch: 2, segments: [.init(steps: 2, worldSize: 3)])
    let before = try (0..<3).map { try ShardedBatches(planned(), rank: $0, worldSize: 3) }
    let after = try (0..<2).map { try ShardedBatches(planned(), rank: $0, worldSize: 2, history: history) }
    let done = try before.flatMap { rank in try (0..<2).map { try rank.batch(epoch: 2, step: $0) } }
    let rest = try after.flatMap { rank in
      try (2..<rank.stepCount(epoch: 2)).map { try rank.batch(epoch: 2, step: $0) }
    }
    #expect((done + rest).flatMap(\.ids).sorted() == Array(Self.lengths.indices))
    // The next epoch knows nothing of it.
    let plain = try ShardedBatches(planned(), rank: 1, worldSize: 2)
    #expect(after[1].plan(epoch: 3) == plain.plan(epoch: 3))
    #expect(after[1].fingerprint != plain.fingerprint)
  }

  @Test func ranksAndStepsThatDoNotExistAreNamed() throws {
    func message(_ body: () throws -> Void) -> String? {
      #expect(throws: BatchingError.self, performing: body)?.message
    }
    #expect(
      message { _ = try ShardedBatches(planned(), rank: 2, worldSize: 2) } == "rank 2, expected 0 to 1")
    #expect(
      message { _ = try ShardedBatches(planned(), rank: 0, worldSize: 0) }
        == "the number of ranks is 0, expected at least 1")
    let history = RankHistory(epoch: 1, segments: [.init(steps: 99, worldSize: 3)])
    #expect(
      message { _ = try ShardedBatches(planned(), rank: 0, worldSize: 2, history: history) }
        == "99 steps of 3 ranks, where 6 were left to take")
    #expect(
      message { _ = try ShardedBatches(planned(), rank: 0, worldSize: 2).batch(epoch: 1, step: 9) }
        == "step 9 of epoch 1, which has 9 steps")
  }
}
