public import RaggedCore

/// Batches for truncated back-propagation: the windows of a sequence come in the same row of consecutive batches, so that
/// a row's state goes on from batch to batch.
///
/// Where a row's sequence ends, the row takes the next one, and the step's `resets` say so. Rows for which no
/// sequence is left have no timesteps. A target per sequence counts with its last window: before it, and in rows without a
/// sequence, the row's weight is 0. Any step can be asked for at once, so a run can be resumed.
///
/// A class, because it keeps the plans of the epochs in use; safe to use from several threads.
public final class StatefulBatches<Source: SequenceSource>: PlannedBatchSource {
  /// Where the sequences come from.
  public let source: Source
  /// Timesteps of a row of a batch.
  public let windowLength: Int
  /// Rows of a batch: fewer only where there are fewer sequences.
  public let batchSize: Int
  /// Whether sequences are taken in random order.
  public let shuffle: Bool
  /// Decides the order.
  public let seed: UInt64
  private let plans: PlanCache<StatefulPlan>

  /// Batches of `source`.
  /// - Throws: ``BatchingError`` for a window length or batch size below 1.
  public init(
    _ source: Source, windowLength: Int, batchSize: Int = BatchPolicy.usualBatchSize, shuffle: Bool = true,
    seed: UInt64 = 0
  ) throws {
    for (name, number) in [("window length", windowLength), ("batch size", batchSize)] where number < 1 {
      throw BatchingError(.invalidPolicy, "the \(name) is \(number), expected at least 1")
    }
    self.source = source
    self.windowLength = windowLength
    self.batchSize = batchSize
    self.shuffle = shuffle
    self.seed = seed
    let lengths = source.lengths
    plans = PlanCache(sequences: lengths.count, isFixed: !shuffle) { epoch in
      StatefulPlan(
        lengths: lengths, windowLength: windowLength, rows: batchSize, shuffle: shuffle, seed: seed, epoch: epoch)
    }
  }

  /// What the source's sequences look like.
  public var signature: SequenceSignature { source.signature }

  /// A hash of the source's fingerprint and of everything that decides the batches.
  public var fingerprint: UInt64 {
    var hash = StableHash(seed: source.fingerprint)
    for part in [windowLength, batchSize, shuffle ? 1 : 0] { hash.add(UInt64(part)) }
    hash.add(seed)
    return hash.value
  }

  /// The plan of an epoch. Made once for the epochs in use.
  public func plan(epoch: Int) -> StatefulPlan { plans.plan(epoch) }

  /// Batches in an epoch.
  public func stepCount(epoch: Int) -> Int { plans.stepCount(epoch) }

  /// The size of every batch of an epoch. O(steps · rows · log sequences).
  public func batchSizes(epoch: Int) -> [BatchSize] {
    let plan = plan(epoch: epoch)
    return (0..<plan.stepCount).map(plan.size)
  }

  /// A step, read from the source. `ids` are the positions of the sequences.
  /// - Throws: ``BatchingError`` for a step that does not exist, and what the source throws.
  public func step(epoch: Int, step: Int) throws -> Step {
    try check(step: step, epoch: epoch)
    let rows = plan(epoch: epoch).rows(step: step)
    var batch = try source.gather(slices: rows.map(\.slice))
    if !signature.target.isPerTimestep, rows.contains(where: { !$0.isEnd }) {
      let weights = batch.weights ?? Array(repeating: 1, count: rows.count)
      batch.weights = zip(weights, rows).map { $1.isEnd ? $0 : 0 }
    }
    return Step(batch: batch, resets: rows.map(\.isStart))
  }
}
