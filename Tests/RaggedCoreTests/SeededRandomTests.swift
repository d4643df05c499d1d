import RaggedCore
import Testing

@Suite struct SeededRandomTests {
  struct Case: Decodable {
    var seed: String
    var stream: String
    var next: [String]
    var bounds: [Int]
    var below: [Int]
    var shuffled: [Int]
    var textHash: String
    var wordHash: String

    var random: SeededRandom { get throws { try SeededRandom(seed: number(seed), stream: number(stream)) } }
    func number(_ hex: String) throws -> UInt64 { try #require(UInt64(hex, radix: 16)) }
  }

  static func cases() throws -> [Case] { try reference("python/random.json") }

  @Test func numbersAreThoseOfTheSecondImplementation() throws {
    for problem in try Self.cases() {
      var (raw, bounded, shuffling) = try (problem.random, problem.random, problem.random)
      #expect(try problem.next.map(problem.number) == problem.next.map { _ in raw.next() })
      #expect(problem.below == problem.bounds.map { bounded.below($0) })
      var items = Array(0..<problem.shuffled.count)
      shuffling.shuffle(&items)
      #expect(items == problem.shuffled)
    }
  }

  @Test func hashesAreThoseOfTheSecondImplementation() throws {
    for problem in try Self.cases() {
      let (seed, stream) = try (problem.number(problem.seed), problem.number(problem.stream))
      #expect(StableHash.of("naïve räksmörgås 🍤", seed: seed) == (try problem.number(problem.textHash)))
      var hash = StableHash(seed: seed)
      for word in [0, 1, seed, stream] { hash.add(word) }
      #expect(hash.value == (try problem.number(problem.wordHash)))
    }
  }

  @Test func seedsAndStreamsAreApart() {
    var seen: Set<UInt64> = []
    for seed in 0..<100 {
      for stream in 0..<100 {
        var random = SeededRandom(seed: UInt64(seed), stream: UInt64(stream))
        seen.insert(random.next())
      }
    }
    #expect(seen.count == 10_000)
  }

  /// The sum of squared deviations from equal counts, over their expectation.
  static func chiSquare(_ counts: [Int]) -> Double {
    let mean = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) / mean }
  }

  @Test(arguments: [(2, 10.8), (3, 13.8), (10, 27.9), (31, 59.7)])
  func belowIsUnbiased(bound: Int, limit: Double) {
    var random = SeededRandom(seed: 11)
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<20_000 { counts[random.below(bound)] += 1 }
    #expect(Self.chiSquare(counts) < limit)  // 99.9 % for bound − 1 degrees of freedom
  }

  /// Without rejection, results of the form 3n + 2 would come a third less often for this bound.
  @Test func largeBoundsAreUnbiased() {
    var random = SeededRandom(seed: 12)
    var counts = [0, 0, 0]
    for _ in 0..<30_000 { counts[random.below(3 << 61) % 3] += 1 }
    #expect(Self.chiSquare(counts) < 13.8)  // 2 degrees of freedom, 99.9 %
    #expect(random.below(1) == 0)
  }

  @Test func everyPermutationIsEquallyLikely() {
    var random = SeededRandom(seed: 13)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<24_000 {
      var items = [0, 1, 2, 3]
      random.shuffle(&items)
      counts[items, default: 0] += 1
    }
    #expect(counts.count == 24)
    #expect(Self.chiSquare(Array(counts.values)) < 49.7)  // 23 degrees of freedom, 99.9 %
  }

  @Test func shufflingAPartLeavesTheRest() {
    var random = SeededRandom(seed: 14)
    var items = Array(0..<100)
    random.shuffle(&items[20..<60])
    #expect(Array(items[..<20]) == Array(0..<20) && Array(items[60...]) == Array(60..<100))
    #expect(items != Array(0..<100) && items.sorted() == Array(0..<100))
    var none: [Int] = []
    random.shuffle(&none)
    #expect(none.isEmpty)
  }

  @Test func uniformNumbersFillTheUnitInterval() {
    var random = SeededRandom(seed: 15)
    var counts = [Int](repeating: 0, count: 20)
    for _ in 0..<20_000 {
      let (single, double) = (random.uniform(), random.uniformDouble())
      #expect(single >= 0 && single < 1 && double >= 0 && double < 1)
      counts[Int(single * 20)] += 1
      counts[Int(double * 20)] += 1
    }
    #expect(Self.chiSquare(counts) < 43.8)  // 19 degrees of freedom, 99.9 %
  }
}
