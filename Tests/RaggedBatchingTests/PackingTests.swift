import RaggedBatching
import RaggedCore
import Testing

/// Rows of several sequences.
@Suite struct PackingTests {
  /// The fewest rows that hold these lengths, by trying every assignment.
  static func fewestRows(_ lengths: [Int], rowLength: Int) -> Int {
    var best = lengths.count
    func visit(_ index: Int, _ rows: [Int]) {
      guard rows.count < best else { return }
      guard index < lengths.count else { return best = rows.count }
      for row in rows.indices where rows[row] + lengths[index] <= rowLength {
        var next = rows
        next[row] += lengths[index]
        visit(index + 1, next)
      }
      visit(index + 1, rows + [lengths[index]])
    }
    visit(0, [])
    return best
  }

  @Test func rowsAreNearTheFewestThereCanBe() {
    var extra = 0
    for number in 0..<400 {
      var random = SeededRandom(seed: 61, stream: UInt64(number))
      let rowLength = 10 + random.below(30)
      let lengths = (0..<2 + random.below(8)).map { _ in 1 + random.below(rowLength) }
      let plan = BatchPlan(
        lengths: lengths.map(Int32.init), policy: BatchPolicy(grouping: .packed(rowLength), batchSize: .max), epoch: 1)
      let (rows, fewest) = (plan[0].rows, Self.fewestRows(lengths, rowLength: rowLength))
      // Dósa, 2007: 11/9 of the fewest, and 6/9.
      #expect(9 * rows <= 11 * fewest + 6, "case \(number)")
      extra += rows - fewest
    }
    #expect(extra < 20)
  }

  /// First-fit decreasing as textbooks have it, one sequence at a time.
  @Test func rowsAreThoseOfFirstFitDecreasing() {
    for number in 0..<300 {
      var random = SeededRandom(seed: 62, stream: UInt64(number))
      let rowLength = 10 + random.below(90)
      let lengths = (0..<random.below(200)).map { _ in random.below(rowLength + 1) }
      var rows: [[Int]] = []
      for length in lengths.sorted(by: >) {
        if let row = rows.firstIndex(where: { $0.reduce(0, +) + length <= rowLength }) {
          rows[row].append(length)
        } else {
          rows.append([length])
        }
      }
      let policy = BatchPolicy(grouping: .packed(rowLength), batchSize: 1, shuffle: false)
      let plan = BatchPlan(lengths: lengths.map(Int32.init), policy: policy, epoch: 1)
      #expect(plan.map { $0.positions.map { lengths[$0] } } == rows, "case \(number)")
    }
  }

  @Test func manySequencesFillTheirRows() throws {
    var random = SeededRandom(seed: 63)
    let lengths = (0..<200_000).map { _ in Int32(10 + random.below(90)) }
    for (rowLength, share) in [(99, 0.035), (200, 0.005), (512, 0.002)] {
      let policy = BatchPolicy(grouping: .packed(rowLength), batchSize: 16)
      let cost = try BatchPlan(lengths: lengths, policy: policy, epoch: 1).cost(lengths: lengths)
      #expect(cost.paddingShare < share, "\(rowLength): \(cost.paddingShare)")
    }
  }

  @Test func batchesOfThePlanArePackedAndUnpacked() throws {
    for (number, problem) in OrderLawTests.cases.prefix(1500).enumerated() {
      guard case .packed(let rowLength) = problem.policy.grouping else { continue }
      let source = try numberedSource(problem.lengths.map(Int.init))
      let batches = try PlannedBatches(source, policy: problem.policy)
      for step in 0..<batches.stepCount(epoch: problem.epoch) {
        let packed = try batches.packedBatch(epoch: problem.epoch, step: step)
        let planned = batches.plan(epoch: problem.epoch)[step]
        #expect(packed.rowCount == planned.rows && packed.rowLength == planned.longest, "case \(number)")
        #expect(packed.rowLength <= rowLength, "case \(number)")
        #expect(try packed.unpacked() == batches.batch(epoch: problem.epoch, step: step), "case \(number)")
      }
    }
  }

  @Test func otherGroupingsPackNothing() throws {
    let batches = try PlannedBatches(numberedSource([1, 2]), policy: BatchPolicy(grouping: .buckets(2)))
    let error = #expect(throws: BatchingError.self) { try batches.packedBatch(epoch: 1, step: 0) }
    #expect(error?.message == "the grouping is buckets:2, expected packed:T to pack rows")
  }

  @Test func hugeRowsAndUnvalidatedOnesDoNotTrap() {
    for rowLength in [Int.max, 0, -5] {
      let policy = BatchPolicy(grouping: .packed(rowLength), batchSize: .max, shuffle: false)
      let plan = BatchPlan(lengths: [3, 0, 4, .max], policy: policy, epoch: 1)
      #expect(plan.flatMap(\.positions).sorted() == [0, 1, 2, 3])
    }
  }
}
