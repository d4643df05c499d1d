import Foundation
import RaggedBatching
import RaggedCore
import Testing

@Suite struct BatchingForecastTests {
  /// The mean cost over every order of a few sequences, cut into batches.
  static func meanOverAllOrders(_ lengths: [Int], batchSize: Int, drop: Bool) -> (real: Double, padded: Double) {
    var (orders, real, padded) = (0.0, 0.0, 0.0)
    func visit(_ chosen: [Int], _ rest: [Int]) {
      if rest.isEmpty {
        orders += 1
        for start in stride(from: 0, to: chosen.count, by: batchSize) {
          let batch = chosen[start..<min(start + batchSize, chosen.count)]
          if drop && batch.count < batchSize { continue }
          real += Double(batch.reduce(0, +))
          padded += Double(batch.count * (batch.max() ?? 0))
        }
      }
      for i in rest.indices { visit(chosen + [rest[i]], Array(rest[..<i] + rest[(i + 1)...])) }
    }
    visit([], lengths)
    return (real / orders, padded / orders)
  }

  @Test func theForecastIsTheMeanOverAllOrders() throws {
    for number in 0..<60 {
      var random = SeededRandom(seed: 6, stream: UInt64(number))
      let lengths = (0..<1 + random.below(6)).map { _ in random.below(9) }
      for batchSize in 1...4 {
        for drop in [false, true] {
          let policy = BatchPolicy(batchSize: batchSize, dropRemainder: drop)
          let forecast = try BatchingForecast(LengthStatistics(lengths: lengths), policy: policy)
          let (real, padded) = Self.meanOverAllOrders(lengths, batchSize: batchSize, drop: drop)
          #expect(abs(forecast.timesteps - real) < 1e-9, "case \(number)")
          #expect(abs(forecast.paddedTimesteps - padded) < 1e-9, "case \(number)")
        }
      }
    }
  }

  @Test(arguments: [BatchPolicy.Grouping.padded, .exactLength, .boundaries([10, 200]), .buckets(5)])
  func theForecastIsNearTheMeanOfPlans(grouping: BatchPolicy.Grouping) throws {
    var random = SeededRandom(seed: 7)
    let lengths = (0..<500).map { _ in Int32(random.below(10 + random.below(90))) }
    for drop in [false, true] {
      let policy = BatchPolicy(grouping: grouping, batchSize: 16, dropRemainder: drop)
      let forecast = try BatchingForecast(LengthStatistics(lengths: lengths), policy: policy)
      let costs = try (1...200).map {
        try BatchPlan(lengths: lengths, policy: policy, epoch: $0).cost(lengths: lengths)
      }
      let padded = costs.reduce(0.0) { $0 + Double($1.paddedTimesteps) } / 200
      #expect(abs(forecast.paddedTimesteps - padded) <= 0.01 * max(padded, 1))
      #expect(forecast.batches == costs[0].batches)
      #expect(forecast.sequences == costs[0].sequences)
      let buckets = LengthBuckets(grouping, for: LengthStatistics(lengths: lengths))
      #expect(forecast.buckets == Set(lengths.map { buckets.index(of: Int($0)) }).count)
    }
  }

  @Test func millionsOfSequencesTakeNoLongerThanHundreds() throws {
    let statistics = LengthStatistics(counts: (10...99).map { .init(length: $0, count: 1_000_000) })
    let rows = try statistics.batchingForecasts(batchSize: 256)
    #expect(
      rows.map(\.policy.grouping) == [.padded, .buckets(2), .buckets(4), .buckets(8), .buckets(16), .exactLength])
    #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.paddingShare > $1.paddingShare })
    // Of 256 uniform draws from 90 lengths the longest is on average 99 − Σ (k / 90)^256, with replacement.
    let longest = 99 - (1..<90).reduce(0.0) { $0 + pow(Double($1) / 90, 256) }
    #expect(abs(rows[0].paddingShare - (1 - 54.5 / longest)) < 1e-5)
    #expect(rows.last?.paddingShare == 0)
  }

  @Test func fewLengthsAndNoneHaveNoUselessRows() throws {
    let rows = try LengthStatistics(lengths: [3, 3, 4]).batchingForecasts(batchSize: 2)
    #expect(rows.map(\.policy.grouping) == [.padded, .exactLength])
    let none = try LengthStatistics(lengths: [Int]()).batchingForecasts(batchSize: 2)
    #expect(none.allSatisfy { $0.batches == 0 && $0.paddingShare == 0 })
    #expect(throws: BatchingError.self) { try LengthStatistics(lengths: [3]).batchingForecasts(batchSize: 0) }
  }
}
