public import RaggedCore
import Synchronization

/// The batches that a policy makes of a source.
///
/// A class, because it keeps the plans of the epochs in use; safe to use from several threads.
public final class PlannedBatches<Source: SequenceSource>: PlannedBatchSource {
  /// Where the sequences come from.
  public let source: Source
  /// How they become batches.
  public let policy: BatchPolicy
  /// Which sequences each epoch takes, and how often; nil takes each once.
  public let draw: EpochDraw?
  /// The ranges of length that sequences are put together by, the same in every epoch.
  public let buckets: LengthBuckets
  private let lengths: [Int32]
  private let plans: PlanCache<BatchPlan>
  /// The epoch and the batches that the source was told of last.
  private let announced = Mutex<(epoch: Int, steps: Range<Int>)>((0, 0..<0))

  /// Batches of `source` by `policy`, of the sequences that `draw` takes, or of each once.
  /// - Throws: ``BatchingError`` for a policy without a meaning and for a sequence longer than its limits allow any batch
  ///   to be, by its key; and what the source throws where a key cannot be read.
  public init(_ source: Source, policy: BatchPolicy, draw: EpochDraw? = nil) throws {
    try policy.validate()
    self.draw = draw
    self.source = source
    self.policy = policy
    let lengths = source.lengths
    self.lengths = lengths
    let bytesPerTimestep = source.signature.bytesPerPaddedTimestep
    try policy.checkLengths(of: source, lengths)
    let buckets = LengthBuckets(policy, for: LengthStatistics(lengths: lengths), bytesPerTimestep: bytesPerTimestep)
    self.buckets = buckets
    let size = draw?.size ?? lengths.count
    plans = PlanCache(sequences: size, isFixed: policy.shuffle == .none && draw == nil) { epoch in
      BatchPlan(
        lengths: lengths, buckets: buckets, policy: policy, epoch: epoch, bytesPerTimestep: bytesPerTimestep, draw: draw
      )
    }
  }

  /// What the source's sequences look like.
  public var signature: SequenceSignature { source.signature }

  /// A hash of the source's fingerprint, the policy and the draw.
  public var fingerprint: UInt64 {
    var hash = StableHash(seed: source.fingerprint)
    hash.add(policy.fingerprint)
    if let draw { hash.add(draw.fingerprint) }
    return hash.value
  }

  /// The plan of an epoch. Made once for the epochs in use.
  public func plan(epoch: Int) -> BatchPlan { plans.plan(epoch) }

  /// Batches in an epoch.
  public func stepCount(epoch: Int) -> Int { plans.stepCount(epoch) }

  /// The size of every batch of an epoch. O(sequences).
  public func batchSizes(epoch: Int) -> [BatchSize] {
    let plan = plan(epoch: epoch)
    return plan.indices.map { plan.size(step: $0, lengths: lengths) }
  }

  /// A step, read from the source.
  ///
  /// Announces to the source which sequences come next.
  /// - Throws: ``BatchingError`` for a step that does not exist, and what the source throws.
  public func step(epoch: Int, step: Int) throws -> Step {
    try check(step: step, epoch: epoch)
    let plan = plan(epoch: epoch)
    let batch = try source.gather(plan[step].positions)
    announce(after: step, epoch: epoch, plan)
    return Step(batch: batch)
  }

  /// Announces the rest of the stretch of batches that a step is in, and the whole of the next, each once.
  private func announce(after step: Int, epoch: Int, _ plan: BatchPlan) {
    let stretch = plan.stretch(around: step)
    let end = stretch.upperBound < plan.count ? plan.stretch(around: stretch.upperBound).upperBound : stretch.upperBound
    let steps = announced.withLock { announced -> Range<Int> in
      let goesOn = announced.epoch == epoch && announced.steps.contains(step)
      let first = goesOn ? announced.steps.upperBound : step + 1
      guard first < end else { return end..<end }
      announced = (epoch, (goesOn ? announced.steps.lowerBound : step)..<end)
      return first..<end
    }
    guard !steps.isEmpty else { return }
    var positions: [Int] = []
    for step in steps { plan.forEachPosition(of: step) { positions.append($0) } }
    source.prepare(positions)
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
