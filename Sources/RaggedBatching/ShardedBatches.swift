public import RaggedCore

/// One rank's part of planned batches: a batch at each step, or one without sequences where nothing is left.
///
/// Every rank has the same number of steps, and losses are sums and counts, so an empty batch of weight zero lets all of
/// them go through the same motions without counting anything twice. See ``ShardedPlan``.
///
/// A class, because it keeps the plans of the epochs in use; safe to use from several threads.
public final class ShardedBatches<Source: SequenceSource>: BatchSource {
  /// The batches of all ranks.
  public let batches: PlannedBatches<Source>
  /// This rank, from 0.
  public let rank: Int
  /// Ranks, from now on.
  public let worldSize: Int
  /// The epoch in which the number of ranks changed, and the steps taken before; nil where it never did.
  public let history: RankHistory?
  private let plans: PlanCache<ShardedPlan>

  /// The part of a rank.
  /// - Parameters:
  ///   - batches: those of all ranks.
  ///   - rank: which part, from 0.
  ///   - worldSize: the number of ranks from now on.
  ///   - history: where the number of ranks changed in the middle of an epoch: what was done before. Steps are still
  ///     counted from the epoch's start, so a run goes on at the step at which it stopped.
  /// - Throws: ``BatchingError`` for a rank that does not exist and for a history of more steps than there were.
  public init(_ batches: PlannedBatches<Source>, rank: Int, worldSize: Int, history: RankHistory? = nil) throws {
    guard worldSize >= 1 else {
      throw BatchingError(.invalidPolicy, "the number of ranks is \(worldSize), expected at least 1")
    }
    guard 0..<worldSize ~= rank else {
      throw BatchingError(.outOfRange, "rank \(rank), expected 0 to \(worldSize - 1)")
    }
    self.batches = batches
    self.rank = rank
    self.worldSize = worldSize
    self.history = history
    if let history {
      _ = try batches.plan(epoch: history.epoch).sharded(worldSize: worldSize, after: history.segments)
    }
    plans = PlanCache(sequences: batches.source.count, isFixed: false) { epoch in
      let segments = history?.epoch == epoch ? history?.segments ?? [] : []
      // The ranks and the history were checked at the start, and the plan of an epoch never changes.
      guard let plan = try? batches.plan(epoch: epoch).sharded(worldSize: worldSize, after: segments) else {
        preconditionFailure("epoch \(epoch) cannot be dealt to \(worldSize) ranks after \(segments)")
      }
      return plan
    }
  }

  /// What the source's sequences look like.
  public var signature: SequenceSignature { batches.signature }

  /// A hash of the batches' fingerprint, the ranks and the history. That of ``batches`` is the same for all ranks.
  public var fingerprint: UInt64 {
    var hash = StableHash(seed: batches.fingerprint)
    let numbers =
      [rank, worldSize] + (history.map { [$0.epoch - 1] + $0.segments.flatMap { [$0.steps, $0.worldSize] } } ?? [])
    for number in numbers { hash.add(UInt64(bitPattern: Int64(number))) }
    return hash.value
  }

  /// What every rank takes in an epoch. Made once for the epochs in use.
  public func plan(epoch: Int) -> ShardedPlan { plans.plan(epoch) }

  /// Steps of every rank in an epoch.
  public func stepCount(epoch: Int) -> Int { plans.stepCount(epoch) }

  /// The rank's batch at a step, read from the source; one without sequences where nothing is left for the rank.
  /// - Throws: ``BatchingError`` for a step that does not exist, and what the source throws.
  public func step(epoch: Int, step: Int) throws -> Step {
    try check(step: step, epoch: epoch)
    guard let planned = plan(epoch: epoch).batch(step: step, rank: rank) else {
      return Step(batch: .concatenating([], like: signature))
    }
    return Step(batch: try batches.source.gather(planned.positions))
  }
}

/// What was done of an epoch before the number of ranks changed.
public struct RankHistory: Sendable, Equatable, Codable {
  /// The epoch that was under way, from 1.
  public var epoch: Int
  /// Steps and ranks, from the epoch's start.
  public var segments: [ShardedPlan.Segment]

  /// A history of one epoch; epochs before it do not matter.
  public init(epoch: Int, segments: [ShardedPlan.Segment]) {
    self.epoch = epoch
    self.segments = segments
  }
}
