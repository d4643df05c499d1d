import Foundation
import RaggedCore
import Testing

@Suite struct LengthStatisticsTests {
  struct Case: Decodable {
    var lengths: [Int]
    var mean: Double
    var median: Double
    var percentiles: [[Double]]
  }

  @Test func percentilesAreThoseOfNumpy() throws {
    let cases: [Case] = try reference("numpy/percentiles.json")
    #expect(cases.count == 8)
    for problem in cases {
      let statistics = LengthStatistics(lengths: problem.lengths)
      #expect(abs((statistics.mean ?? .nan) - problem.mean) <= 1e-12 * problem.mean)
      #expect(statistics.median == problem.median)
      for pair in problem.percentiles {
        let percentile = statistics.percentile(pair[0]) ?? .nan
        #expect(abs(percentile - pair[1]) <= 1e-12 * pair[1], "\(pair[0]) % of \(problem.lengths)")
      }
    }
  }

  @Test func figuresAreThoseOfTheLengths() {
    for number in 0..<300 {
      var random = SeededRandom(seed: 31, stream: UInt64(number))
      let lengths = (0..<random.below(60)).map { _ in [1, 100][random.below(2)] * random.below(1 + random.below(40)) }
      let statistics = LengthStatistics(lengths: lengths)
      #expect(statistics.count == lengths.count)
      #expect(statistics.timesteps == lengths.reduce(0, +))
      #expect(statistics.minimum == lengths.min() && statistics.maximum == lengths.max())
      #expect(statistics.entries.map(\.length) == Set(lengths).sorted())
      #expect(LengthStatistics(counts: statistics.entries.reversed()) == statistics)
      let halves = LengthStatistics(counts: lengths.map { .init(length: $0, count: 1) })
      #expect(halves == statistics)
    }
  }

  @Test func histogramsCoverEveryLengthOnce() {
    for number in 0..<300 {
      var random = SeededRandom(seed: 32, stream: UInt64(number))
      let lengths = (0..<1 + random.below(60)).map { _ in 3 + random.below(1 + random.below(100)) }
      let statistics = LengthStatistics(lengths: lengths)
      let bins = 1 + random.below(30)
      let bars = statistics.histogram(bins: bins)
      #expect(!bars.isEmpty && bars.count <= bins)
      let widths = bars.dropLast().map { $0.upper - $0.lower + 1 }
      let extent = (lengths.max() ?? 0) - (lengths.min() ?? 0)
      #expect(widths.allSatisfy { $0 == extent / bins + 1 }, "the narrowest bars that cover everything")
      #expect(bars.first?.lower == lengths.min() && bars.last?.upper == lengths.max())
      #expect(zip(bars, bars.dropFirst()).allSatisfy { $0.upper + 1 == $1.lower })
      #expect(bars.allSatisfy { bar in bar.count == lengths.count(where: { $0 >= bar.lower && $0 <= bar.upper }) })
    }
    #expect(LengthStatistics(lengths: [1, 2]).histogram(bins: 0).isEmpty)
  }

  @Test func withoutSequencesThereAreNoFigures() {
    let none = LengthStatistics(lengths: [Int32]())
    #expect(none.count == 0 && none.timesteps == 0)
    #expect(none.minimum == nil && none.maximum == nil && none.mean == nil && none.median == nil)
    #expect(none.histogram(bins: 5).isEmpty)
    #expect(LengthStatistics(counts: [.init(length: 4, count: 0)]) == none)
  }

  @Test func percentagesOutsideTheirRangeAreClampedAndNaNIsNone() {
    let statistics = LengthStatistics(lengths: [2, 5])
    #expect(statistics.percentile(-3) == 2 && statistics.percentile(.infinity) == 5)
    #expect(statistics.percentile(.nan) == nil)
  }

  @Test func decodingPutsEntriesInOrder() throws {
    let statistics = LengthStatistics(lengths: [5, 1, 1, 3])
    #expect(try JSONDecoder().decode(LengthStatistics.self, from: JSONEncoder().encode(statistics)) == statistics)
    let mixed =
      #"{"entries":[{"length":5,"count":1},{"length":1,"count":1},{"length":3,"count":1},{"length":1,"count":1}]}"#
    #expect(try JSONDecoder().decode(LengthStatistics.self, from: Data(mixed.utf8)) == statistics)
  }

  @Test(arguments: [
    #"[{"length":-1,"count":2}]"#, #"[{"length":1,"count":-2}]"#, #"[{"length":4611686018427387904,"count":2}]"#,
    #"[{"length":0,"count":9223372036854775807},{"length":0,"count":1}]"#,
    #"[{"length":9223372036854775807,"count":1},{"length":1,"count":1}]"#,
  ])
  func statisticsThatCannotBeAreRefused(entries: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(LengthStatistics.self, from: Data(#"{"entries":\#(entries)}"#.utf8))
    }
  }
}
