import Foundation
import RaggedBatching
import RaggedCore
import RaggedTestSupport
import Testing

@Suite struct PlanComparisonTests {
  private func source(_ count: Int = 2000, seed: UInt64 = 71) throws -> InMemorySource {
    var random = SeededRandom(seed: seed)
    return try numberedSource((0..<count).map { _ in 1 + random.below(10 + random.below(90)) })
  }

  @Test func rowsAreThePlansOfTheirPolicies() throws {
    let source = try source()
    let classes = source.lengths.map { $0 % 3 }
    let comparison = try PlanComparison(
      source, policy: BatchPolicy(batchSize: 16, seed: 5), batchCost: 100, classes: classes)
    #expect(
      comparison.rows.map(\.policy.grouping.description) == [
        "padded", "buckets:2", "buckets:4", "buckets:8", "buckets:16", "buckets:32", "exact", "pool:32",
        "packed:\(2 * Int(source.lengths.max() ?? 0))",
      ])
    for row in comparison.rows {
      let plan = try PlannedBatches(source, policy: row.policy).plan(epoch: 1)
      let cost = try plan.cost(lengths: source.lengths)
      #expect(row.batches == plan.count && row.dropped == 0)
      #expect(row.paddingShare == cost.paddingShare)
      #expect(row.widestBatch == cost.widestBatch && row.largestBytes == 5 * cost.widestBatch)
      #expect(row.quality == plan.shuffleQuality(lengths: source.lengths, classes: classes))
      let (real, batches) = (Double(cost.timesteps), Double(cost.batches))
      #expect(abs(row.realCost - (real + 100 * batches) / real) < 1e-12)
      #expect(abs(row.paddedCost - (Double(cost.paddedTimesteps) + 100 * batches) / real) < 1e-12)
    }
    // Packed batches hold about as many sequences as the others.
    #expect(abs(Double(comparison.rows[8].batches) / Double(comparison.rows[0].batches) - 1) < 0.3)
  }

  @Test func whereRealTimestepsCountPaddedIsRecommended() throws {
    let comparison = try PlanComparison(source(), policy: BatchPolicy(batchSize: 16), batchCost: 100)
    let real = try #require(comparison.recommendation(.real))
    #expect(real.grouping == .padded)
    #expect(real.reason.hasPrefix("it costs least, and mixes lengths best of the "))
    let padded = try #require(comparison.recommendation(.padded))
    guard case .buckets = padded.grouping else {
      Issue.record("\(padded)")
      return
    }
    #expect(padded.reason.contains(" % less than padded"))
  }

  @Test func theRuleHolds() throws {
    for number in 0..<40 {
      let comparison = try PlanComparison(
        source(300, seed: UInt64(number)),
        policy: BatchPolicy(batchSize: 8, limits: BatchLimits(paddedTimesteps: number % 2 == 0 ? 300 : nil)),
        batchCost: Double(number * 20))
      for counted in CostModel.Counted.allCases {
        let advice = try #require(comparison.recommendation(counted))
        let rows = comparison.rows.filter { !$0.policy.grouping.description.hasPrefix("packed") }
        let chosen = try #require(rows.first { $0.policy.grouping == advice.grouping })
        let least = try #require(rows.map { $0.cost(counted) }.min())
        #expect(chosen.cost(counted) <= 1.02 * least)
        for row in rows where row.cost(counted) <= 1.02 * least {
          #expect(abs((row.quality.lengthImbalance ?? 1) - 1) >= abs((chosen.quality.lengthImbalance ?? 1) - 1))
        }
      }
    }
  }

  @Test func limitsHoldForEveryRow() throws {
    let limits = BatchLimits(timesteps: 900, paddedTimesteps: 1000, bytes: 4000)
    let comparison = try PlanComparison(source(), policy: BatchPolicy(batchSize: .max, limits: limits), batchCost: 10)
    #expect(comparison.rows.allSatisfy { $0.widestBatch <= 800 && $0.largestBytes <= 4000 })
  }

  @Test func oneLengthAndNoSequencesHaveFewRows() throws {
    let one = try PlanComparison(numberedSource([4, 4, 4]), policy: BatchPolicy(), batchCost: 1)
    #expect(one.rows.map(\.policy.grouping.description) == ["padded", "exact", "pool:32", "packed:8"])
    #expect(one.recommendation(.padded)?.grouping == .padded)
    let none = try PlanComparison(numberedSource([]), policy: BatchPolicy(), batchCost: 1)
    #expect(none.rows.allSatisfy { $0.batches == 0 && $0.realCost == 0 && $0.paddingShare == 0 })
    #expect(none.recommendation(.real) == nil)
  }

  @Test func whatHasNoMeaningIsRefused() throws {
    let source = try source(10)
    #expect(throws: BatchingError.self) { try PlanComparison(source, policy: BatchPolicy(), batchCost: -1) }
    #expect(throws: BatchingError.self) { try PlanComparison(source, policy: BatchPolicy(batchSize: 0), batchCost: 1) }
    #expect(throws: BatchingError.self) { try PlanComparison(source, policy: BatchPolicy(), batchCost: 1e200) }
    let tight = BatchPolicy(limits: BatchLimits(timesteps: 1))
    #expect(throws: BatchingError.self) { try PlanComparison(source, policy: tight, batchCost: 1) }
  }

  @Test func interruptionEndsIt() throws {
    let source = try source(10)
    for stop in 1...3 {
      let questions = Questions(endingAfter: stop - 1)
      #expect(throws: Cancelled()) {
        try PlanComparison(source, policy: BatchPolicy(), batchCost: 1, monitor: questions.monitor)
      }
      #expect(questions.count == stop)
    }
  }
}
