import Foundation
import Ragged

/// The planner's time and memory on ten million sequences, and that of the optimal buckets.
struct PlannerBenchmarks {
  /// Sequences; the bars are for ten million.
  var count = 10_000_000

  func run(_ report: (Figure) -> Void) throws {
    let lengths = PlannerBenchmarks.lengths(count)
    let groupings: [BatchPolicy.Grouping] = [
      .padded, .exactLength, .boundaries([20, 40, 80, 160]), .buckets(8), .pool(64), .packed(512),
    ]
    for grouping in groupings { plan(lengths, BatchPolicy(grouping: grouping, seed: 1), "\(grouping)", report) }
    plan(
      lengths, BatchPolicy(grouping: .buckets(8), shuffle: .blocks(size: 10_000, pool: 8), seed: 1),
      "buckets:8, blocks:10000,8", report)
    plan(
      lengths,
      BatchPolicy(grouping: .buckets(8), batchSize: .max, limits: BatchLimits(paddedTimesteps: 20_000), seed: 1),
      "buckets:8, 20,000 padded timesteps", report)
    try shards(lengths, report)
    buckets(report)
  }

  /// Lengths with a long tail, from 10 up to a few hundred.
  private static func lengths(_ count: Int) -> [Int32] {
    var random = SeededRandom(seed: 1)
    return (0..<count).map { _ in Int32(10 + min(990, Int(-40 * log(1 - random.uniformDouble())))) }
  }

  private func plan(_ lengths: [Int32], _ policy: BatchPolicy, _ name: String, _ report: (Figure) -> Void) {
    let group = "planner, \(count.grouped) sequences, batch size 32"
    let before = ProcessMemory.now.bytes ?? 0
    ProcessMemory.restartPeak()
    let (plan, seconds) = PlannerBenchmarks.time { BatchPlan(lengths: lengths, policy: policy, epoch: 1) }
    let bytes = Double((ProcessMemory.peak.bytes ?? 0) - before) / Double(count)
    report(Figure(group, name, seconds, "s", .atMost(2)))
    report(Figure(group, "\(name), at its peak", bytes, "B/seq", .atMost(24)))
    // The plan lives to here, so that its memory is counted.
    withExtendedLifetime(plan) {}
  }

  private func shards(_ lengths: [Int32], _ report: (Figure) -> Void) throws {
    let plan = BatchPlan(lengths: lengths, policy: BatchPolicy(grouping: .buckets(8), seed: 1), epoch: 1)
    let (_, seconds) = try PlannerBenchmarks.time { try plan.sharded(worldSize: 8) }
    report(Figure("planner, dealing to ranks", "\(plan.count.grouped) batches to 8", seconds, "s"))
    let (quality, time) = PlannerBenchmarks.time { plan.shuffleQuality(lengths: lengths) }
    withExtendedLifetime(quality) {}
    report(Figure("planner, shuffle quality", "buckets:8", time, "s"))
  }

  private func buckets(_ report: (Figure) -> Void) {
    var random = SeededRandom(seed: 2)
    let statistics = LengthStatistics(
      counts: (1...10_000).map { LengthStatistics.Entry(length: $0, count: 1 + random.below(1000)) })
    let (buckets, seconds) = PlannerBenchmarks.time { LengthBuckets.optimal(count: 64, for: statistics) }
    withExtendedLifetime(buckets) {}
    report(Figure("planner, optimal buckets", "10,000 distinct lengths, 64 buckets", seconds, "s", .atMost(0.5)))
  }

  private static func time<Result>(_ body: () throws -> Result) rethrows -> (Result, seconds: Double) {
    let start = ContinuousClock.now
    let result = try body()
    return (result, (ContinuousClock.now - start) / .seconds(1))
  }
}
