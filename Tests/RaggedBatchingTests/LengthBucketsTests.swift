import RaggedBatching
import RaggedCore
import Testing

@Suite struct LengthBucketsTests {
  /// Padded timesteps where every length is padded to the longest of its bucket.
  static func cost(_ buckets: LengthBuckets, _ statistics: LengthStatistics) -> Int {
    let members = Dictionary(grouping: statistics.entries) { buckets.index(of: $0.length) }
    return members.values.reduce(0) { sum, entries in
      sum + entries.reduce(0) { $0 + $1.count } * (entries.map(\.length).max() ?? 0)
    }
  }

  /// The least cost over every division of the distinct lengths into at most `count` buckets.
  static func leastCost(_ count: Int, _ statistics: LengthStatistics) -> Int {
    let distinct = statistics.entries.map(\.length)
    return (0..<1 << max(0, distinct.count - 1)).reduce(Int.max) { least, cuts in
      guard cuts.nonzeroBitCount < count else { return least }
      let limits = distinct.indices.dropLast().filter { cuts >> $0 & 1 == 1 }.map { distinct[$0] }
      return min(least, cost(LengthBuckets(limits: limits), statistics))
    }
  }

  @Test func noDivisionIsCheaperThanTheOptimum() {
    for number in 0..<1500 {
      var random = SeededRandom(seed: 3, stream: UInt64(number))
      let spread = 1 + random.below(40)
      let entries = (0..<1 + random.below(9)).map { _ in
        LengthStatistics.Entry(length: random.below(spread), count: [1, 1, 5, 1000][random.below(4)])
      }
      let statistics = LengthStatistics(counts: entries)
      for count in 1...6 {
        let (buckets, padded) = LengthBuckets.optimal(count: count, for: statistics)
        #expect(padded == Self.leastCost(count, statistics), "case \(number), \(count) buckets")
        #expect(padded == Self.cost(buckets, statistics), "case \(number), \(count) buckets")
      }
    }
  }

  @Test func thereAreAsManyBucketsAsAskedForAndNoneIsEmpty() {
    for number in 0..<500 {
      var random = SeededRandom(seed: 4, stream: UInt64(number))
      let statistics = LengthStatistics(lengths: (0..<50).map { _ in random.below(30) })
      let count = 1 + random.below(40)
      let buckets = LengthBuckets.optimal(count: count, for: statistics).buckets
      #expect(buckets.count == min(count, statistics.entries.count))
      #expect(Set(statistics.entries.map { buckets.index(of: $0.length) }).count == buckets.count)
    }
  }

  @Test func skewAndTiesDoNotDegenerate() {
    let skewed = LengthStatistics(counts: [.init(length: 1, count: 50), .init(length: 1000, count: 1)])
    #expect(LengthBuckets.optimal(count: 10, for: skewed).buckets.limits == [1])
    let tied = LengthStatistics(counts: [.init(length: 5, count: 100), .init(length: 6, count: 3)])
    #expect(LengthBuckets.optimal(count: 10, for: tied).buckets.limits == [5])
    #expect(LengthBuckets.optimal(count: 1, for: tied).buckets.limits == [])
    #expect(LengthBuckets.optimal(count: 3, for: LengthStatistics(lengths: [Int]())).buckets.limits == [])
  }

  @Test func tenThousandDistinctLengthsHaveTheClosedForm() {
    // Lengths 1 … n once each, in k equal buckets of n / k: the sum of (n / k) · (n / k) · i.
    let statistics = LengthStatistics(lengths: 1...10_000)
    let (buckets, padded) = LengthBuckets.optimal(count: 16, for: statistics)
    #expect(buckets.limits == (1..<16).map { $0 * 625 })
    #expect(padded == 625 * 625 * (16 * 17 / 2))
  }

  @Test func aLimitBelongsToItsBucket() {
    let buckets = LengthBuckets(limits: [0, 3, 8])
    #expect([0, 1, 3, 4, 8, 9, 1000].map(buckets.index) == [0, 1, 1, 2, 2, 3, 3])
    #expect((0..<4).map(buckets.lowerLimit) == [0, 1, 4, 9])
    #expect((0..<4).map(buckets.upperLimit) == [0, 3, 8, nil])
  }

  @Test func groupingsMakeTheirBuckets() {
    let statistics = LengthStatistics(lengths: [4, 2, 9, 2])
    #expect(LengthBuckets(.padded, for: statistics).limits == [])
    #expect(LengthBuckets(.exactLength, for: statistics).limits == [2, 4])
    #expect(LengthBuckets(.boundaries([3, 100]), for: statistics).limits == [3, 100])
    #expect(LengthBuckets(.buckets(2), for: statistics).limits == [4])
  }
}
