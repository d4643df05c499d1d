import RaggedBatching
import RaggedCore
import Testing

@Suite struct StatefulBatchesTests {
  struct Case {
    var lengths: [Int]
    var batches: StatefulBatches<InMemorySource>

    init(_ number: Int, isPerSequence: Bool = false) throws {
      var random = SeededRandom(seed: 21, stream: UInt64(number))
      lengths = (0..<random.below(15)).map { _ in random.below(30) }
      batches = try StatefulBatches(
        countingSource(lengths, isPerSequence: isPerSequence), windowLength: 1 + random.below(12),
        batchSize: 1 + random.below(6), shuffle: random.below(3) > 0, seed: random.next())
    }
  }

  /// Every timestep comes once, in order, in one row, in batches that follow each other, the first of them with a reset.
  @Test func everyTimestepOnceInOrderInOneRow() throws {
    for number in 0..<400 {
      let problem = try Case(number)
      let (batches, epoch) = (problem.batches, 1 + number % 3)
      var (seen, row, next) = ([[Int]](repeating: [], count: problem.lengths.count), [Int: Int](), [Int: Int]())
      for step in 0..<batches.stepCount(epoch: epoch) {
        let taken = try batches.step(epoch: epoch, step: step)
        let (batch, resets) = (taken.batch, try #require(taken.resets))
        #expect(batch.count == min(batches.batchSize, problem.lengths.count))
        for b in 0..<batch.count {
          let id = batch.ids[b]
          let values = batch.input.values[batch.range(b)].map { Int($0) }
          #expect(values.count <= batches.windowLength)
          #expect(values.allSatisfy { $0 / 1000 == id })
          if resets[b] {
            #expect(row[id] == nil, "case \(number): a sequence begins once")
            row[id] = b
          } else if !values.isEmpty {
            #expect(next[id] == step && row[id] == b, "case \(number): a sequence goes on in its row")
          }
          seen[id] += values.map { $0 % 1000 }
          next[id] = step + 1
        }
      }
      #expect(seen == problem.lengths.map { Array(0..<$0) }, "case \(number)")
      #expect(row.count == problem.lengths.count, "case \(number): every sequence begins")
    }
  }

  /// A row is idle only at the end of the epoch, when no sequence is left.
  @Test func rowsRunDryOnlyAtTheEnd() throws {
    for number in 0..<200 {
      let problem = try Case(number)
      let plan = problem.batches.plan(epoch: 1)
      var isDry = Array(repeating: false, count: plan.rowCount)
      for step in 0..<plan.stepCount {
        let rows = plan.rows(step: step)
        #expect(rows.contains { !$0.isDry })
        for (b, row) in rows.enumerated() {
          #expect(row.isDry || !isDry[b])
          #expect(!row.isDry || row.slice.count == 0 && !row.isStart && !row.isEnd)
          isDry[b] = row.isDry
        }
        guard rows.contains(where: \.isDry) else { continue }
        #expect((step + 1..<plan.stepCount).allSatisfy { !plan.rows(step: $0).contains(where: \.isStart) })
      }
    }
  }

  @Test func anExampleByHand() throws {
    let batches = try StatefulBatches(countingSource([5, 2, 0, 4]), windowLength: 2, batchSize: 2, shuffle: false)
    // Row 0: sequence 0 in three windows. Row 1: sequences 1 and 2, a batch each, then 3 in two.
    #expect(batches.stepCount(epoch: 8) == 4)
    let values = try (0..<4).map { try batches.batch(epoch: 1, step: $0).input.values }
    #expect(values == [[0, 1, 1000, 1001], [2, 3], [4, 3000, 3001], [3002, 3003]])
    #expect(try (0..<4).map { try batches.batch(epoch: 1, step: $0).lengths } == [[2, 2], [2, 0], [1, 2], [0, 2]])
    #expect(
      try (0..<4).map { try batches.step(epoch: 1, step: $0).resets }
        == [[true, true], [false, true], [false, true], [false, false]])
  }

  @Test func aTargetASequenceCountsOnce() throws {
    for number in 0..<100 {
      let problem = try Case(number, isPerSequence: true)
      var counted = Array(repeating: Float(0), count: problem.lengths.count)
      for step in 0..<problem.batches.stepCount(epoch: 2) {
        let batch = try problem.batches.batch(epoch: 2, step: step)
        for b in 0..<batch.count {
          counted[batch.ids[b]] += batch.weights?[b] ?? 1
          #expect(batch.targets.classes[b] == Int32(batch.ids[b] % 2))
        }
      }
      #expect(counted.allSatisfy { $0 == 1 })
    }
  }

  @Test func windowsAsLongAsTheSequencesAreOrdinaryBatches() throws {
    let lengths = [3, 9, 0, 4, 6]
    let source = try countingSource(lengths)
    let batches = try StatefulBatches(source, windowLength: 9, batchSize: 2, shuffle: false)
    for step in 0..<3 {
      let expected = try source.gather([2 * step, 2 * step + 1].filter { $0 < 5 })
      let batch = try batches.batch(epoch: 1, step: step)
      #expect(batch.input == expected.input)
      #expect(try batches.step(epoch: 1, step: step).resets == [true, step < 2])
    }
  }

  @Test func epochsAndSeedsGiveOtherOrders() throws {
    let source = try countingSource((0..<20).map { 1 + $0 % 5 })
    let orders = try (0..<3).flatMap { seed in
      let batches = try StatefulBatches(source, windowLength: 2, batchSize: 4, seed: UInt64(seed))
      return try (1...3).map { epoch in
        #expect(try batches.batch(epoch: epoch, step: 1) == batches.batch(epoch: epoch, step: 1))
        return try batches.batch(epoch: epoch, step: 0).ids
      }
    }
    #expect(Set(orders).count == 9)
  }

  @Test func optionsAndStepsAreChecked() throws {
    let source = try countingSource([3])
    let faults: [(Int, Int, String)] = [
      (0, 1, "the window length is 0, expected at least 1"), (1, -1, "the batch size is -1, expected at least 1"),
    ]
    for (length, size, message) in faults {
      let error = #expect(throws: BatchingError.self) {
        try StatefulBatches(source, windowLength: length, batchSize: size)
      }
      #expect(error?.message == message)
    }
    let batches = try StatefulBatches(source, windowLength: 2)
    #expect(throws: BatchingError(.outOfRange, "step 2 of epoch 1, which has 2 steps")) {
      try batches.batch(epoch: 1, step: 2)
    }
    #expect(throws: BatchingError.self) { try batches.step(epoch: 1, step: -1) }
    #expect(throws: BatchingError(.outOfRange, "epoch 0, expected 1 or more")) { try batches.batch(epoch: 0, step: 0) }
    #expect(try StatefulBatches(countingSource([]), windowLength: 2).stepCount(epoch: 1) == 0)
  }
}
