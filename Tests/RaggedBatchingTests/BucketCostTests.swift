import RaggedBatching
import RaggedCore
import Testing

/// Buckets that make a cost least which is not only padding.
@Suite struct BucketCostTests {
  /// The cost by definition: every sequence costs what a sequence as long as the longest of its bucket does.
  static func cost(_ limits: [Int], _ statistics: LengthStatistics, _ each: (Int) -> Double) -> Double {
    let buckets = LengthBuckets(limits: limits)
    let members = Dictionary(grouping: statistics.entries) { buckets.index(of: $0.length) }
    return members.keys.sorted().reduce(0) { sum, bucket in
      let entries = members[bucket] ?? []
      return sum + Double(entries.reduce(0) { $0 + $1.count }) * each(entries.map(\.length).max() ?? 0)
    }
  }

  /// The least cost over every division into at most `count` buckets.
  static func leastCost(_ count: Int, _ statistics: LengthStatistics, _ each: (Int) -> Double) -> Double {
    let distinct = statistics.entries.map(\.length)
    return (0..<1 << max(0, distinct.count - 1)).reduce(.infinity) { least, cuts in
      guard cuts.nonzeroBitCount < count else { return least }
      return min(
        least, cost(distinct.indices.dropLast().filter { cuts >> $0 & 1 == 1 }.map { distinct[$0] }, statistics, each))
    }
  }

  static let histograms: [LengthStatistics] =
    [
      LengthStatistics(counts: [.init(length: 1, count: 50), .init(length: 1000, count: 1)]),
      LengthStatistics(counts: [.init(length: 5, count: 100), .init(length: 6, count: 3)]),
      LengthStatistics(counts: [.init(length: 0, count: 7), .init(length: 1, count: 1), .init(length: 90, count: 2)]),
    ]
    + (0..<500).map { number in
      var random = SeededRandom(seed: 41, stream: UInt64(number))
      let spread = 1 + random.below(60)
      return LengthStatistics(
        counts: (0..<1 + random.below(9)).map { _ in
          LengthStatistics.Entry(length: random.below(spread), count: [1, 1, 5, 1000][random.below(4)])
        })
    }

  @Test func noDivisionIsCheaperThanTheOptimum() {
    for (number, statistics) in Self.histograms.enumerated() {
      var random = SeededRandom(seed: 42, stream: UInt64(number))
      let longest = statistics.maximum ?? 1
      let policy = BatchPolicy(
        batchSize: [1, 8, .max][random.below(3)],
        limits: BatchLimits(
          timesteps: random.below(2) == 0 ? longest + 1 + random.below(100) : nil,
          paddedTimesteps: random.below(2) == 0 ? longest + 1 + random.below(100) : nil),
        costModel: CostModel(
          counted: random.below(4) == 0 ? .real : .padded, perTimestep: 0.5, perBatch: Double(random.below(4)) * 7))
      let each = { policy.costPerSequence(paddedTo: $0, bytesPerTimestep: 4) }
      for count in 1...6 {
        let (buckets, cost) = LengthBuckets.optimal(count: count, for: statistics, costPerSequence: each)
        let least = Self.leastCost(count, statistics, each)
        #expect(abs(cost - least) <= 1e-12 * least, "case \(number), \(count) buckets")
        #expect(
          abs(Self.cost(buckets.limits, statistics, each) - least) <= 1e-12 * least, "case \(number), \(count) buckets")
        #expect(buckets.count == min(count, statistics.entries.count), "case \(number)")
      }
    }
  }

  @Test func aSequencesCostNeverFallsWithItsLength() {
    for number in 0..<200 {
      var policy = OrderCase(number: number).policy
      policy.costModel = CostModel(counted: number % 2 == 0 ? .real : .padded, perTimestep: 0.1, perBatch: 9)
      let costs = stride(from: 0, through: 3000, by: 7).map {
        policy.costPerSequence(paddedTo: $0, bytesPerTimestep: 3)
      }
      #expect(zip(costs, costs.dropFirst()).allSatisfy { $0 <= $1 }, "case \(number)")
    }
  }

  @Test func aSequencesCostByHand() {
    var policy = BatchPolicy(
      batchSize: 10, limits: BatchLimits(paddedTimesteps: 100, bytes: 240),
      costModel: CostModel(perTimestep: 2, perBatch: 30))
    // 60 timesteps of 4 bytes: ten sequences of up to 6, five of 12, one of 31 and more.
    #expect([0, 6, 12, 31].map { policy.costPerSequence(paddedTo: $0, bytesPerTimestep: 4) } == [3, 15, 30, 92])
    policy.limits.timesteps = 12
    #expect(policy.costPerSequence(paddedTo: 6, bytesPerTimestep: 4) == 27)
    policy.costModel?.counted = .real
    #expect(policy.costPerSequence(paddedTo: 6, bytesPerTimestep: 4) == 15)
    policy.costModel = nil
    #expect(policy.costPerSequence(paddedTo: 6, bytesPerTimestep: 4) == 6)
  }

  /// A budget makes long sequences dear, which moves the limits.
  @Test func plansUseTheCostModel() throws {
    var random = SeededRandom(seed: 43)
    let lengths = (0..<2000).map { _ in Int32(1 + random.below(10 + random.below(90))) }
    let plain = BatchPolicy(
      grouping: .buckets(4), batchSize: 64, limits: BatchLimits(paddedTimesteps: 200))
    var priced = plain
    priced.costModel = CostModel(perBatch: 400)
    func epochCost(_ policy: BatchPolicy) throws -> Double {
      let cost = try BatchPlan(lengths: lengths, policy: policy, epoch: 1).cost(lengths: lengths)
      return CostModel(perBatch: 400).cost(of: cost)
    }
    #expect(try epochCost(priced) < epochCost(plain))
  }

  @Test func twoStepsGiveTheModel() throws {
    let model = try CostModel(counted: .padded, small: (100, 3), large: (1100, 5))
    #expect(abs(model.perTimestep - 0.002) < 1e-15 && abs(model.perBatch - 2.8) < 1e-12)
    #expect(try CostModel(counted: .real, small: (100, 0.1), large: (200, 9)).perBatch == 0)
    let error = #expect(throws: BatchingError.self) {
      try CostModel(counted: .real, small: (100, 3), large: (1100, 2))
    }
    #expect(
      error?.message
        == "a step of 1100 timesteps took 2.0 and one of 100 took 3.0, expected more timesteps to take longer")
  }

  @Test func anEpochsCostByHand() throws {
    let lengths: [Int32] = [1, 5, 2, 0, 9]
    let policy = BatchPolicy(grouping: .boundaries([2, 6]), batchSize: 2, shuffle: false)
    let cost = try BatchPlan(lengths: lengths, policy: policy, epoch: 1).cost(lengths: lengths)
    #expect(CostModel(perTimestep: 2, perBatch: 10).cost(of: cost) == 2 * 18 + 4 * 10)
    #expect(CostModel(counted: .real, perTimestep: 2, perBatch: 10).cost(of: cost) == 2 * 17 + 4 * 10)
  }
}
