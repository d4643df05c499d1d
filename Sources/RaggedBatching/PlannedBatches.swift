import RaggedCore
import Synchronization

/// The batches that a policy makes of a source.
///
/// A class, because it keeps the plans of the epochs in use; safe to use from several threads.
public final class PlannedBatches<Source: SequenceSource>: BatchSource {
  /// Where the sequences come from.
  public let source: Source
  /// How they become batches.
  public let policy: BatchPolicy
  /// The ranges of length that sequences are put together by, the same in every epoch.
  public let buckets: LengthBuckets
  private let lengths: [Int32]
  private let bytesPerTimestep: Int
  /// The plans used last, newest first: two, for a reader that is ahead of the trainer at an epoch's end.
  private let plans = Mutex<[(epoch: Int, plan: BatchPlan)]>([])

  /// Batches of `source` by `policy`.
  /// - Throws: ``BatchingError`` for a policy without a meaning and for a sequence longer than its limits allow any batch
  ///   to be, by its key; and what the source throws where a key cannot be read.
  public init(_ source: Source, policy: BatchPolicy) throws {
    try policy.validate()
    self.source = source
    self.policy = policy
    let lengths = source.lengths
    self.lengths = lengths
    bytesPerTimestep = source.signature.bytesPerPaddedTimestep
    try policy.checkLengths(of: source, lengths)
    buckets = LengthBuckets(
      policy, for: LengthStatistics(lengths: lengths), bytesPerTimestep: bytesPerTimestep)
  }

  /// What the source's sequences look like.
  public var signature: SequenceSignature { source.signature }

  /// A hash of the source's fingerprint and the policy.
  public var fingerprint: UInt64 {
    var hash = StableHash(seed: source.fingerprint)
    hash.add(policy.fingerprint)
    return hash.value
  }

  /// The plan of an epoch. Made once for the epochs in use.
  public func plan(epoch: Int) -> BatchPlan {
    let epoch = policy.shuffle == .none ? 0 : epoch
    return plans.withLock { plans in
      if let known = plans.first(where: { $0.epoch == epoch }) { return known.plan }
      let plan = BatchPlan(
        lengths: lengths, buckets: buckets, policy: policy, epoch: epoch, bytesPerTimestep: bytesPerTimestep)
      plans = [(epoch, plan)] + plans.prefix(1)
      return plan
    }
  }

  /// Batches in an epoch.
  public func stepCount(epoch: Int) -> Int { plan(epoch: epoch).count }

  /// The batch of a step, read from the source.
  /// - Throws: ``BatchingError`` for a step that does not exist, and what the source throws.
  public func batch(epoch: Int, step: Int) throws -> SequenceBatch {
    try check(step: step, epoch: epoch)
    return try source.gather(plan(epoch: epoch)[step].positions)
  }

  /// The batch of a step with its sequences end to end in rows, as the plan packs them.
  /// - Throws: ``BatchingError`` for a step that does not exist and for a policy that does not pack, and what the source
  ///   throws.
  public func packedBatch(epoch: Int, step: Int) throws -> PackedBatch {
    try check(step: step, epoch: epoch)
    let planned = plan(epoch: epoch)[step]
    guard let sequencesPerRow = planned.sequencesPerRow else {
      throw BatchingError(.invalidPolicy, "the grouping is \(policy.grouping), expected packed:T to pack rows")
    }
    return try source.gather(planned.positions).packed(sequencesPerRow: sequencesPerRow)
  }
}
