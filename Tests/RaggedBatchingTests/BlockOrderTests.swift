import RaggedBatching
import RaggedCore
import Testing

/// The order for data larger than memory.
@Suite struct BlockOrderTests {
  @Test func eachPoolIsSomeWholeBlocks() {
    for number in 0..<300 {
      var random = SeededRandom(seed: 51, stream: UInt64(number))
      let (size, pool) = (1 + random.below(12), 1 + random.below(6))
      let pools = 1 + random.below(8)
      let lengths = (0..<size * pool * pools).map { _ in Int32(random.below(30)) }
      let batchSize = (1...size * pool).filter { size * pool % $0 == 0 }.last { $0 <= 8 } ?? 1
      let policy = BatchPolicy(batchSize: batchSize, shuffle: .blocks(size: size, pool: pool), seed: UInt64(number))
      let order = BatchPlan(lengths: lengths, policy: policy, epoch: 1).flatMap(\.positions)
      for start in stride(from: 0, to: order.count, by: size * pool) {
        let blocks = Dictionary(grouping: order[start..<start + size * pool]) { $0 / size }
        #expect(blocks.count == pool && blocks.values.allSatisfy { $0.count == size }, "case \(number)")
      }
    }
  }

  /// With buckets a pool leaves sequences over, so a reader needs two pools at most, and those few that wait longer.
  @Test(arguments: [BatchPolicy.Grouping.padded, .buckets(6), .exactLength, .pool(3), .packed(100)])
  func readingStaysNear(grouping: BatchPolicy.Grouping) {
    var random = SeededRandom(seed: 52)
    let lengths = (0..<20_000).map { _ in Int32(1 + random.below(40)) }
    let policy = BatchPolicy(grouping: grouping, batchSize: 10, shuffle: .blocks(size: 500, pool: 4), seed: 5)
    let order = BatchPlan(lengths: lengths, policy: policy, epoch: 1).flatMap(\.positions)
    for start in stride(from: 0, to: order.count - 2000, by: 2000) {
      let part = order[start..<start + 2000].map { $0 / 500 }
      let counts = Dictionary(grouping: part) { $0 }.mapValues(\.count).values.sorted(by: >)
      #expect(counts.prefix(8).reduce(0, +) > 1800, "\(grouping): \(counts)")
    }
  }

  @Test func blocksAndTheirInsidesAreShuffled() {
    let lengths = [Int32](repeating: 1, count: 1000)
    func order(_ epoch: Int) -> [Int] {
      BatchPlan(
        lengths: lengths, policy: BatchPolicy(batchSize: 10, shuffle: .blocks(size: 50, pool: 2)), epoch: epoch
      ).flatMap(\.positions)
    }
    let blocks = (1...10).map { epoch in order(epoch).prefix(100).map { $0 / 50 }.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(Set(blocks).count > 5)
    let first = order(0).prefix(100)
    #expect(zip(first, first.dropFirst()).count { $1 == $0 + 1 } < 10)
  }

  @Test func aBlockOfEverythingMixesEverything() throws {
    let lengths = (0..<500).map { Int32($0 % 50) }
    let policy = BatchPolicy(grouping: .buckets(4), shuffle: .blocks(size: .max, pool: .max))
    let plan = BatchPlan(lengths: lengths, policy: policy, epoch: 1)
    #expect(plan.flatMap(\.positions).sorted() == Array(0..<500))
    let quality = plan.shuffleQuality(lengths: lengths)
    #expect(abs(try #require(quality.displacement) - 1) < 0.15)
  }
}
