import RaggedBatching
import RaggedCore
import Testing

@Suite struct BatchingCostTests {
  /// The cost counted on the padded batches themselves.
  @Test func theCostIsThatOfTheBatchesWhenMade() throws {
    for number in 0..<300 {
      let problem = PlanningCase(number: number)
      var random = SeededRandom(seed: 5, stream: UInt64(number))
      let multiple = 1 + random.below(4)
      let fixed = random.below(4) == 0 ? random.below(6) * multiple : nil
      let padding = PaddingOptions(
        fixedLength: fixed,
        maximumLength: random.below(3) == 0 ? (fixed ?? 0) + random.below(6) * multiple : nil, multiple: multiple)
      let source = try numberedSource(problem.lengths.map(Int.init))
      let plan = problem.plan
      let cost = try plan.cost(lengths: problem.lengths, padding: padding)
      var (real, padded, widest) = (0, 0, 0)
      for batch in plan {
        let made = try source.gather(batch.positions).padded(padding)
        real += made.timesteps
        padded += made.mask.count
        widest = max(widest, made.mask.count)
      }
      #expect(cost.timesteps == real, "case \(number)")
      #expect(cost.paddedTimesteps == padded, "case \(number)")
      #expect(cost.widestBatch == widest, "case \(number)")
      #expect(cost.batches == plan.count && cost.dropped == plan.dropped.count, "case \(number)")
      #expect(cost.sequences + cost.dropped == problem.lengths.count, "case \(number)")
      #expect(cost.paddingShare >= 0 && cost.paddingShare <= 1, "case \(number)")
      if problem.policy.grouping == .exactLength, padding == PaddingOptions() {
        #expect(cost.paddingShare == 0, "case \(number)")
      }
    }
  }

  @Test func anExampleByHand() throws {
    let lengths: [Int32] = [1, 5, 2, 0, 9]
    let policy = BatchPolicy(grouping: .boundaries([2, 6]), batchSize: 2, shuffle: false)
    let cost = try BatchPlan(lengths: lengths, policy: policy, epoch: 1).cost(lengths: lengths)
    let figures = cost.buckets.map {
      [$0.lowerLimit, $0.upperLimit, $0.sequences, $0.batches, $0.timesteps, $0.paddedTimesteps]
    }
    #expect(figures == [[0, 2, 3, 2, 3, 4], [3, 6, 1, 1, 5, 5], [7, nil, 1, 1, 9, 9]])
    #expect(cost.widestBatch == 9)
    #expect(abs(cost.paddingShare - 1.0 / 18) < 1e-15)
    #expect(cost.buckets[0].paddingShare == 0.25)
  }

  @Test func paddingOptionsAreChecked() {
    let plan = BatchPlan(lengths: [1], policy: BatchPolicy(), epoch: 1)
    for padding in [PaddingOptions(multiple: 0), PaddingOptions(fixedLength: 7, multiple: 4)] {
      #expect(throws: RaggedCoreError.self) { try plan.cost(lengths: [1], padding: padding) }
    }
  }
}

/// The sizes that batches say they have are those of the batches once they are read and padded.
@Suite struct BatchSizeTests {
  private func expect(_ batches: some PlannedBatchSource, epoch: Int, _ comment: Comment) throws {
    let sizes = batches.batchSizes(epoch: epoch)
    #expect(sizes.count == batches.stepCount(epoch: epoch), comment)
    var masks: [Bool] = []
    for (step, size) in sizes.enumerated() {
      let padded = try batches.batch(epoch: epoch, step: step).padded()
      #expect(size.rows == padded.count && size.paddedLength == padded.paddedLength, comment)
      #expect(size.timesteps == padded.timesteps && size.paddedTimesteps == padded.mask.count, comment)
      masks += padded.mask
    }
    let share = masks.isEmpty ? 0 : Double(masks.count { !$0 }) / Double(masks.count)
    #expect(sizes.timesteps == masks.count { $0 }, comment)
    #expect(abs(sizes.paddingShare - share) < 1e-15, comment)
  }

  @Test func plannedBatches() throws {
    for number in 0..<200 {
      var problem = PlanningCase(number: number)
      if case .packed = problem.policy.grouping { problem.policy.grouping = .buckets(2) }
      let batches = try PlannedBatches(numberedSource(problem.lengths.map(Int.init)), policy: problem.policy)
      try expect(batches, epoch: problem.epoch, "case \(number)")
    }
  }

  @Test func packedBatches() throws {
    let source = try numberedSource((0..<60).map { $0 % 13 })
    let batches = try PlannedBatches(source, policy: BatchPolicy(grouping: .packed(20), batchSize: 3, seed: 4))
    for (step, size) in batches.batchSizes(epoch: 1).enumerated() {
      let packed = try batches.packedBatch(epoch: 1, step: step)
      #expect(size.sequences == packed.count && size.rows == packed.rowCount && size.paddedLength == packed.rowLength)
      #expect(size.timesteps == packed.mask.count { $0 })
    }
  }

  @Test func statefulBatches() throws {
    for number in 0..<100 {
      let problem = try StatefulBatchesTests.Case(number)
      try expect(problem.batches, epoch: 1 + number % 3, "case \(number)")
      let sizes = problem.batches.batchSizes(epoch: 1)
      #expect(sizes.timesteps == problem.lengths.reduce(0, +), "case \(number)")
    }
  }
}
