public import RaggedCore

/// What each way of batching costs on some data, and how random its order is, before anything is trained.
public struct PlanComparison: Sendable, Equatable, Encodable {
  /// One way of batching.
  public struct Row: Sendable, Equatable, Encodable {
    /// How sequences are put together.
    public var policy: BatchPolicy
    /// Batches.
    public var batches: Int
    /// Sequences left out.
    public var dropped: Int
    /// Real timesteps in all batches.
    public var timesteps: Int
    /// Timesteps in all batches, padding included.
    public var paddedTimesteps: Int
    /// The most timesteps in one batch, padding included.
    public var widestBatch: Int
    /// The most bytes of one padded batch.
    public var largestBytes: Int
    /// The cost of a real timestep where padding takes no time, as a multiple of what it would cost without any
    /// overhead; 0 where there are none.
    public var realCost: Double
    /// The cost of a real timestep where padding takes as long as data.
    public var paddedCost: Double
    /// How random the order is.
    public var quality: ShuffleQuality

    /// The part of all timesteps that is padding, 0…1.
    public var paddingShare: Double { BatchingCost.share(timesteps, of: paddedTimesteps) }

    /// The cost of a real timestep, as a multiple of what it would cost without any overhead.
    public func cost(_ counted: CostModel.Counted) -> Double { counted == .real ? realCost : paddedCost }
  }

  /// A way of batching and the reason for it.
  public struct Recommendation: Sendable, Equatable, Encodable {
    /// Which timesteps take time.
    public var counted: CostModel.Counted
    /// How to put sequences together.
    public var grouping: BatchPolicy.Grouping
    /// Why, in a sentence.
    public var reason: String
  }

  /// The ways, in the order in which they were asked for.
  public var rows: [Row]

  /// What a batch costs where nothing is said, in timesteps: about as measured with 32 to 64 units on two cores.
  public static let usualBatchCost = 1000.0

  /// Plans the first epoch of `source` in each of these ways. O(sequences) for each.
  /// - Parameters:
  ///   - source: the sequences; their lengths alone are read.
  ///   - policy: limits, order and the rest. Its grouping, batch sizes of single buckets and cost model are not used.
  ///   - groupings: nil means the usual ones, padded to packed. The batch size of packed ones counts as sequences, and
  ///     they get as many rows as that many sequences fill.
  ///   - batchCost: what a batch costs whatever its size, in timesteps.
  ///   - classes: the class of the sequence at each position; empty where sequences have none.
  ///   - monitor: asked and told before every plan.
  /// - Throws: ``BatchingError`` for a policy without a meaning, a cost without one, and a sequence longer than its
  ///   limits allow any batch to be; `Cancelled`.
  public init(
    _ source: some SequenceSource, policy: BatchPolicy, groupings: [BatchPolicy.Grouping]? = nil,
    batchCost: Double = PlanComparison.usualBatchCost, classes: [Int32] = [], monitor: ProgressMonitor = .none
  ) throws {
    let lengths = source.lengths
    let statistics = LengthStatistics(lengths: lengths)
    let bytes = source.signature.bytesPerPaddedTimestep
    try CostModel(perBatch: batchCost).validate()
    let groupings = groupings ?? PlanComparison.groupings(for: statistics, policy: policy, bytes)
    rows = try groupings.enumerated().map { index, grouping in
      monitor.report(WorkProgress(.planning, index, of: groupings.count, .plans))
      try monitor.check()
      var policy = policy
      policy.grouping = grouping
      policy.bucketBatchSizes = nil
      policy.costModel = nil
      if case .packed(let rowLength) = grouping, let mean = statistics.mean, policy.batchSize < lengths.count {
        policy.batchSize = max(1, Int((Double(policy.batchSize) * mean / Double(rowLength)).rounded()))
      }
      let plan = try PlannedBatches(source, policy: policy).plan(epoch: 1)
      let cost = try plan.cost(lengths: lengths)
      return Row(
        policy: policy, batches: plan.count, dropped: cost.dropped, timesteps: cost.timesteps,
        paddedTimesteps: cost.paddedTimesteps, widestBatch: cost.widestBatch,
        largestBytes: cost.widestBatch * bytes,
        realCost: PlanComparison.overhead(cost, CostModel(counted: .real, perBatch: batchCost)),
        paddedCost: PlanComparison.overhead(cost, CostModel(counted: .padded, perBatch: batchCost)),
        quality: plan.shuffleQuality(lengths: lengths, classes: classes))
    }
  }

  /// What was left out costs nothing, so costs are compared a timestep.
  private static func overhead(_ cost: BatchingCost, _ model: CostModel) -> Double {
    cost.timesteps == 0 ? 0 : model.cost(of: cost) / Double(cost.timesteps)
  }

  /// The usual ways: padded, each number of buckets from 2 to 32 that is below the number of distinct lengths, exact
  /// length, sorted pools, and rows of twice the longest sequence, or as long as the limits allow.
  private static func groupings(
    for statistics: LengthStatistics, policy: BatchPolicy, _ bytesPerTimestep: Int
  ) -> [BatchPolicy.Grouping] {
    let buckets = [2, 4, 8, 16, 32].filter { $0 < statistics.entries.count }
    let capacity = BatchCapacity(policy, bucket: .max, bytesPerTimestep: bytesPerTimestep)
    let longest = max(1, statistics.maximum ?? 1)
    let rowLength = max(longest, min(2 * longest, capacity.timesteps, capacity.paddedTimesteps))
    return [.padded] + buckets.map(BatchPolicy.Grouping.buckets) + [.exactLength, .pool(32), .packed(rowLength)]
  }

  /// Costs that differ by less are taken as equal.
  private static let tolerance = 0.02

  /// The way to take: of those that cost at most 2 % more than the cheapest, the one whose batches are mixed best by
  /// length. Packed rows are left out, since few networks can be reset in the middle of a row. nil without sequences.
  /// - Parameter counted: which timesteps take time where the batches are used.
  public func recommendation(_ counted: CostModel.Counted) -> Recommendation? {
    let candidates = rows.filter { row in
      if case .packed = row.policy.grouping { false } else { row.batches > 0 }
    }
    guard let cheapest = candidates.map({ $0.cost(counted) }).min() else { return nil }
    let near = candidates.filter { $0.cost(counted) <= cheapest * (1 + Self.tolerance) }
    func mixing(_ row: Row) -> Double { abs((row.quality.lengthImbalance ?? 1) - 1) }
    // The first of equals: rows go from little structure to much.
    guard let best = near.min(by: { mixing($0) < mixing($1) }) else { return nil }
    let padded = candidates.first { $0.policy.grouping == .padded }
    let saved = padded.map { 1 - best.cost(counted) / max($0.cost(counted), .leastNormalMagnitude) } ?? 0
    let isCheapest = best.cost(counted) == cheapest
    var reason = isCheapest ? "it costs least" : "it costs within 2 % of the cheapest"
    if saved >= 0.005 { reason += ", \(Int((saved * 100).rounded())) % less than padded" }
    if best.quality.lengthImbalance == nil {
      return Recommendation(counted: counted, grouping: best.policy.grouping, reason: reason)
    }
    reason +=
      near.count == 1
      ? ", and nothing else comes within 2 % of it"
      : ", and mixes lengths best of \(isCheapest ? "the \(near.count) within 2 %" : "those \(near.count)")"
    return Recommendation(counted: counted, grouping: best.policy.grouping, reason: reason)
  }
}
