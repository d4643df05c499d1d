public import RaggedCore

/// What batches of randomly ordered sequences cost on average, from the histogram of lengths alone.
///
/// The mean over all orders, which no plan has to be made for: see ``BatchPlan/cost(lengths:padding:)`` for one plan.
public struct BatchingForecast: Sendable, Equatable, Codable {
  /// How sequences are put together.
  public var policy: BatchPolicy
  /// Buckets that have at least one sequence.
  public var buckets: Int
  /// Batches.
  public var batches: Int
  /// Sequences in all batches: fewer than there are where remainders are dropped.
  public var sequences: Int
  /// The mean of the real timesteps in all batches.
  public var timesteps: Double
  /// The mean of the timesteps in all batches with padding.
  public var paddedTimesteps: Double

  /// The part of all timesteps that is padding, 0…1; 0 where there are none.
  public var paddingShare: Double { BatchingCost.share(timesteps, of: paddedTimesteps) }

  /// What `policy` costs on lengths with these statistics. O(distinct lengths × batch size) at most, whatever the
  /// number of sequences.
  /// - Throws: ``BatchingError`` for a policy without a meaning, and for one whose mean has no closed form: with budgets,
  ///   with pools, or packed. Make a plan of those.
  public init(_ statistics: LengthStatistics, policy: BatchPolicy) throws {
    try policy.validate()
    switch (policy.grouping, policy.limits.isEmpty) {
    case (.padded, true), (.exactLength, true), (.boundaries, true), (.buckets, true): break
    default:
      let budgets = policy.limits.isEmpty ? "" : " with budgets"
      throw BatchingError(
        .invalidPolicy, "no forecast for \(policy.grouping)\(budgets), expected batches of a fixed size; make a plan")
    }
    let limits = LengthBuckets(policy, for: statistics)
    self.policy = policy
    (buckets, batches, sequences, timesteps, paddedTimesteps) = (0, 0, 0, 0, 0)
    var members = [[LengthStatistics.Entry]](repeating: [], count: limits.count)
    for entry in statistics.entries { members[limits.index(of: entry.length)].append(entry) }
    for (bucket, entries) in members.enumerated() where !entries.isEmpty {
      add(entries, batchSize: policy.batchSize(bucket: bucket), dropRemainder: policy.dropRemainder)
    }
  }

  private mutating func add(_ entries: [LengthStatistics.Entry], batchSize: Int, dropRemainder: Bool) {
    let count = entries.reduce(0) { $0 + $1.count }
    let total = entries.reduce(0.0) { $0 + Double($1.count) * Double($1.length) }
    let (full, rest) = count.quotientAndRemainder(dividingBy: batchSize)
    let taken = dropRemainder ? full * batchSize : count
    buckets += 1
    batches += full + (rest > 0 && !dropRemainder ? 1 : 0)
    sequences += taken
    timesteps += total * Double(taken) / Double(count)
    if full > 0 { paddedTimesteps += Double(taken - (taken % batchSize)) * entries.meanLongest(of: batchSize) }
    if rest > 0 && !dropRemainder { paddedTimesteps += Double(rest) * entries.meanLongest(of: rest) }
  }
}

extension [LengthStatistics.Entry] {
  /// The mean of the longest of `draws` sequences drawn without replacement; entries in rising length.
  fileprivate func meanLongest(of draws: Int) -> Double {
    let total = reduce(0) { $0 + $1.count }
    var (seen, below, mean) = (0, 0.0, 0.0)
    for entry in self {
      seen += entry.count
      let atMost = probability(draws, from: seen, of: total)
      mean += Double(entry.length) * (atMost - below)
      below = atMost
    }
    return mean
  }

  /// The probability that `draws` out of `total` all fall among the first `seen`: a quotient of two binomial
  /// coefficients, as a product of the fewer of its factors.
  private func probability(_ draws: Int, from seen: Int, of total: Int) -> Double {
    guard seen >= draws else { return 0 }
    let (factors, missing) = draws < total - seen ? (draws, total - seen) : (total - seen, draws)
    var result = 1.0
    for i in 0..<factors {
      result *= 1 - Double(missing) / Double(total - i)
      if result < 1e-18 { return 0 }
    }
    return result
  }
}

extension LengthStatistics {
  /// What the usual groupings cost at a batch size: padded, each number of buckets that is below the number of
  /// distinct lengths, and exact length.
  /// - Throws: ``BatchingError`` for a batch size or number of buckets below 1.
  public func batchingForecasts(batchSize: Int, bucketCounts: [Int] = [2, 4, 8, 16]) throws -> [BatchingForecast] {
    let useful = bucketCounts.filter { $0 < entries.count }
    let groupings = [.padded] + useful.map(BatchPolicy.Grouping.buckets) + [.exactLength]
    return try groupings.map { try BatchingForecast(self, policy: BatchPolicy(grouping: $0, batchSize: batchSize)) }
  }
}
