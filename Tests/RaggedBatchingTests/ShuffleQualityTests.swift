import RaggedBatching
import RaggedCore
import Testing

@Suite struct ShuffleQualityTests {
  /// The plans of every order of `lengths.count` sequences, cut into batches of two: the source is permuted, not the plan.
  private func overAllOrders(
    _ lengths: [Int32], classes: [Int32], _ body: (ShuffleQuality) -> Void
  ) {
    func visit(_ chosen: [Int], _ rest: [Int]) {
      if rest.isEmpty {
        let policy = BatchPolicy(batchSize: 2, shuffle: false)
        let permuted = chosen.map { lengths[$0] }
        body(
          BatchPlan(lengths: permuted, policy: policy, epoch: 1)
            .shuffleQuality(lengths: permuted, classes: chosen.map { classes[$0] }))
      }
      for i in rest.indices { visit(chosen + [rest[i]], Array(rest[..<i] + rest[(i + 1)...])) }
    }
    visit([], Array(lengths.indices))
  }

  @Test(
    arguments: [
      [0, 0, 0, 1, 1, 1], [0, 1, 2, 2, 1, 0, 0], [0, 0, 0, 0, 3], [1, 0],
    ] as [[Int32]]) func imbalanceIsOneOnTheMeanOverAllOrders(classes: [Int32]) throws
  {
    let lengths = classes.indices.map { Int32(3 + $0 * $0) }
    var (orders, byClass, byLength) = (0.0, 0.0, 0.0)
    overAllOrders(lengths, classes: classes) { quality in
      orders += 1
      byClass += quality.classImbalance ?? 0
      byLength += quality.lengthImbalance ?? 0
    }
    guard classes.count > 2 else { return #expect(byClass == 0) }  // one batch
    #expect(abs(byClass / orders - 1) < 1e-12)
    #expect(abs(byLength / orders - 1) < 1e-12)
  }

  @Test func imbalanceByHand() throws {
    // Two batches of two, classes apart: χ² = 4, its mean (2 − 1)(2 − 1) · 4 / 3.
    let plan = BatchPlan(lengths: [1, 1, 1, 1], policy: BatchPolicy(batchSize: 2, shuffle: false), epoch: 1)
    let apart = try #require(plan.shuffleQuality(lengths: [1, 1, 1, 1], classes: [0, 0, 1, 1]).classImbalance)
    #expect(abs(apart - 3) < 1e-12)
    let even = plan.shuffleQuality(lengths: [1, 1, 1, 1], classes: [0, 1, 1, 0])
    #expect(abs(try #require(even.classImbalance)) < 1e-12)
    #expect(even.lengthImbalance == nil && even.adjacentCorrelation == nil)
  }

  @Test func displacementIsOneOnTheMeanOverShuffles() throws {
    let lengths = [Int32](repeating: 1, count: 50)
    let mean =
      (1...4000).reduce(0.0) { sum, epoch in
        let plan = BatchPlan(lengths: lengths, policy: BatchPolicy(batchSize: 7), epoch: epoch)
        return sum + (plan.shuffleQuality(lengths: lengths).displacement ?? 0)
      } / 4000
    #expect(abs(mean - 1) < 0.01)
  }

  @Test func displacementHasItsClosedForms() throws {
    // Exact lengths in rising order turn a falling source round: the mean distance is n / 2 for even n.
    let n = 10.0
    let falling = (0..<10).map { Int32(10 - $0) }
    let turned = BatchPlan(lengths: falling, policy: BatchPolicy(grouping: .exactLength, shuffle: false), epoch: 1)
    let distance = try #require(turned.shuffleQuality(lengths: falling).displacement)
    #expect(abs(distance - (n / 2) / ((n * n - 1) / (3 * n))) < 1e-12)
    let kept = BatchPlan(lengths: falling, policy: BatchPolicy(shuffle: false), epoch: 1)
    #expect(kept.shuffleQuality(lengths: falling).displacement == 0)
  }

  @Test func adjacentCorrelationFollowsTheOrder() throws {
    func correlation(_ lengths: [Int32]) -> Double? {
      BatchPlan(lengths: lengths, policy: BatchPolicy(batchSize: 1, shuffle: false), epoch: 1)
        .shuffleQuality(lengths: lengths).adjacentCorrelation
    }
    #expect(abs(try #require(correlation([1, 2, 3, 4, 5, 6])) - 1) < 1e-12)
    #expect(abs(try #require(correlation([1, 9, 1, 9, 1, 9])) + 1) < 1e-12)
    // numpy.corrcoef([3, 1, 4, 1, 5], [1, 4, 1, 5, 9])[0, 1]
    #expect(abs(try #require(correlation([3, 1, 4, 1, 5, 9])) - 0.210_687_457_019_763_16) < 1e-12)
    #expect(correlation([5, 5, 5, 5]) == nil)
    #expect(correlation([5, 6]) == nil)
  }

  /// Batches of a shuffled plan follow each other without regard to length.
  @Test(arguments: [BatchPolicy.Grouping.padded, .buckets(5), .pool(10), .packed(80)])
  func shuffledBatchesDoNotFollowEachOtherByLength(grouping: BatchPolicy.Grouping) {
    var random = SeededRandom(seed: 31)
    let lengths = (0..<600).map { _ in Int32(1 + random.below(60)) }
    let values = (1...300).compactMap { epoch in
      BatchPlan(lengths: lengths, policy: BatchPolicy(grouping: grouping, batchSize: 6), epoch: epoch)
        .shuffleQuality(lengths: lengths).adjacentCorrelation
    }
    // Of m batches in random order it is about −1 / (m − 1) on the mean, with a deviation of 1 / √m.
    let mean = values.reduce(0, +) / 300
    #expect(abs(mean) < 0.035, "\(mean)")
  }

  @Test func sortingShowsInTheFigures() throws {
    var random = SeededRandom(seed: 32)
    let lengths = (0..<2000).map { _ in Int32(1 + random.below(100)) }
    let classes = lengths.map { Int32($0 > 50 ? 1 : 0) }
    func quality(_ policy: BatchPolicy) -> ShuffleQuality {
      BatchPlan(lengths: lengths, policy: policy, epoch: 1).shuffleQuality(lengths: lengths, classes: classes)
    }
    let (padded, sorted) = (quality(BatchPolicy()), quality(BatchPolicy(grouping: .pool(100))))
    #expect(abs(try #require(padded.lengthImbalance) - 1) < 0.3)
    #expect(abs(try #require(padded.classImbalance) - 1) < 0.5)
    #expect(try #require(sorted.lengthImbalance) > 10)
    #expect(try #require(sorted.classImbalance) > 10)
    let blocks = quality(BatchPolicy(shuffle: .blocks(size: 50, pool: 4)))
    #expect(abs(try #require(blocks.displacement) - 1) < 0.3)
    #expect(try #require(quality(BatchPolicy(shuffle: false)).displacement) == 0)
  }

  /// What is left out has no place, and a uniform choice has another mean distance than a permutation.
  @Test func displacementIsOneOnTheMeanOverChoices() throws {
    let lengths = [Int32](repeating: 1, count: 50)
    let policy = BatchPolicy(batchSize: 20, dropRemainder: true)
    let mean =
      (1...4000).reduce(0.0) { sum, epoch in
        let plan = BatchPlan(lengths: lengths, policy: policy, epoch: epoch)
        return sum + (plan.shuffleQuality(lengths: lengths).displacement ?? 0)
      } / 4000
    #expect(abs(mean - 1) < 0.01)
  }

  struct Reference: Decodable {
    var classes: [Int32]
    var quality: ShuffleQuality
  }

  /// Figures computed by numpy in `fixtures/reference/python/make_quality.py`.
  @Test func figuresAreThoseOfNumpy() throws {
    let cases: [OrderReferenceTests.Case] = try reference("python/orders.json")
    let expected: [Reference] = try reference("python/quality.json")
    #expect(expected.count == cases.count)
    for (number, (problem, other)) in zip(cases, expected).enumerated() {
      let plan = BatchPlan(lengths: problem.lengths, policy: problem.policy, epoch: problem.epoch + 1)
      let quality = plan.shuffleQuality(lengths: problem.lengths, classes: other.classes)
      for figure in [
        \ShuffleQuality.adjacentCorrelation, \.displacement, \.lengthImbalance, \.classImbalance,
      ] {
        let (one, another) = (quality[keyPath: figure], other.quality[keyPath: figure])
        #expect((one == nil) == (another == nil), "case \(number)")
        if let one, let another { #expect(abs(one - another) < 1e-9, "case \(number): \(one), \(another)") }
      }
    }
  }

  @Test func classesOfNoSequenceHaveNoFigure() {
    let plan = BatchPlan(lengths: [1, 2, 3, 4], policy: BatchPolicy(batchSize: 2), epoch: 1)
    #expect(plan.shuffleQuality(lengths: [1, 2, 3, 4], classes: [0, -1, 0, 1]).classImbalance == nil)
    #expect(plan.shuffleQuality(lengths: [1, 2, 3, 4], classes: [0, 1]).classImbalance == nil)
  }

  @Test func nothingHasNoFigures() {
    let plan = BatchPlan(lengths: [], policy: BatchPolicy(), epoch: 1)
    let quality = plan.shuffleQuality(lengths: [])
    #expect(quality.adjacentCorrelation == nil && quality.displacement == nil)
    #expect(quality.lengthImbalance == nil && quality.classImbalance == nil)
  }
}
