import RaggedCore

/// The batches of one epoch: a pure value that holds no data and cannot fail.
///
/// A function of lengths, policy and epoch alone, so any batch of any epoch can be named again later or elsewhere.
/// Every sequence is in exactly one batch, but for those in ``dropped``, and where an ``EpochDraw`` takes it more or less
/// often. 4 bytes per sequence, 16 a batch and, where sequences are packed, 8 a row.
public struct BatchPlan: Sendable, Equatable {
  /// The ranges of length that sequences were put together by.
  public let buckets: LengthBuckets
  /// Positions of the sequences left out because they did not fill a batch; empty unless the policy drops remainders.
  public let dropped: [Int]
  /// Whether several sequences share a row.
  public let isPacked: Bool
  /// What decides the order in which ranks take batches; nil where the order is the source's.
  let shuffleSeed: UInt64?
  /// Whether the first batch is the largest, and has to stay first.
  let isLargestFirst: Bool
  private let pools: [Int32]  // the first batch of each pool
  private let positions: [Int32]  // those of a slice or row stand together
  let slices: [PlanSlice]
  private let rows: [PlanRow]  // empty unless packed

  /// The plan of an epoch. O(n log k) for n sequences and k buckets, plus finding the buckets.
  /// - Parameters:
  ///   - lengths: the length of the sequence at each position; 0 is legal.
  ///   - policy: one that ``BatchPolicy/validate()`` accepts; batch sizes under 1 count as 1. A sequence that exceeds a
  ///     limit by itself has a batch of its own; ``PlannedBatches`` refuses it.
  ///   - epoch: the epoch, from 1: decides the order, with the policy's seed.
  ///   - bytesPerTimestep: what a padded timestep takes, where the policy limits bytes.
  public init(lengths: [Int32], policy: BatchPolicy, epoch: Int, bytesPerTimestep: Int = 4) {
    let buckets = LengthBuckets(policy, for: LengthStatistics(lengths: lengths), bytesPerTimestep: bytesPerTimestep)
    self.init(lengths: lengths, buckets: buckets, policy: policy, epoch: epoch, bytesPerTimestep: bytesPerTimestep)
  }

  /// The plan of an epoch for buckets found before: they depend on lengths and policy, not on the epoch.
  /// `draw` says which sequences the epoch takes, and how often; nil takes each once.
  public init(
    lengths all: [Int32], buckets: LengthBuckets, policy: BatchPolicy, epoch: Int, bytesPerTimestep: Int = 4,
    draw: EpochDraw? = nil
  ) {
    let drawn = draw?.positions(epoch: epoch)
    let lengths = drawn.map { $0.map { all[Int($0)] } } ?? all
    // A stream of its own for each epoch, apart from other uses of the same seed.
    let stream = StableHash.of("batches", seed: UInt64(bitPattern: Int64(epoch &- 1)))
    var planner = Planner(
      lengths: lengths, buckets: buckets, policy: policy, bytesPerTimestep: bytesPerTimestep,
      random: SeededRandom(seed: policy.seed, stream: stream))
    planner.run()
    self.buckets = buckets
    dropped = planner.dropped.map { index in drawn.map { Int($0[index]) } ?? index }.sorted()
    isPacked = planner.isPacked
    shuffleSeed = policy.shuffle == .none ? nil : StableHash.mix(policy.seed) ^ stream
    isLargestFirst = policy.largestFirst
    pools = planner.pools
    positions = drawn.map { drawn in planner.positions.map { drawn[Int($0)] } } ?? planner.positions
    slices = planner.slices
    rows = planner.rows
  }

  /// A hash of the batches and their order: equal plans have equal ones, on every machine.
  public var fingerprint: UInt64 {
    var hash = StableHash()
    for step in indices {
      hash.add(UInt64(slices[step].longest))
      forEachRow(of: step) { row in
        hash.add(UInt64(row.count))
        for position in positions[row] { hash.add(UInt64(position)) }
      }
    }
    return hash.value
  }

  /// Calls `body` with the places of a batch's sequences in `positions`: once a row where they are packed, else once.
  private func forEachRow(of step: Int, _ body: (Range<Int>) -> Void) {
    let slice = slices[step]
    guard isPacked else { return body(slice.range) }
    for row in rows[slice.range] { body(row.range) }
  }

  /// Calls `body` with the position of each sequence of a batch. O(sequences in the batch), without an array.
  func forEachPosition(of step: Int, _ body: (Int) -> Void) {
    forEachRow(of: step) { row in
      for place in row { body(Int(positions[place])) }
    }
  }

  /// The batches that are best read ahead of their use together with that of `step`: those of its pool where sequences are
  /// mixed pool by pool, otherwise some that follow each other. O(log pools).
  func stretch(around step: Int) -> Range<Int> {
    guard pools.count > 1 else {
      let first = step / BatchPlan.usualStretch * BatchPlan.usualStretch
      return first..<Swift.min(first + BatchPlan.usualStretch, slices.count)
    }
    let next = pools.indices.bisected { Int(pools[$0]) > step }
    return Int(pools[next - 1])..<(next < pools.count ? Int(pools[next]) : slices.count)
  }

  private static let usualStretch = 32
}

/// A batch: a part of the positions or, where sequences are packed, of the rows.
struct PlanSlice: Sendable, Equatable {
  var start: Int32
  var count: Int32
  var longest: Int32
  var bucket: Int32

  var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
  var paddedTimesteps: Int { Int(count) * Int(longest) }
}

/// A packed row: a part of the positions.
struct PlanRow: Sendable, Equatable {
  var start: Int32
  var count: Int32

  var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

extension BatchPlan: RandomAccessCollection {
  /// 0: the first step of the epoch.
  public var startIndex: Int { 0 }
  /// Batches in the epoch.
  public var endIndex: Int { slices.count }
  /// The batch of a step. O(sequences in the batch).
  public subscript(step: Int) -> PlannedBatch {
    let slice = slices[step]
    var members: [Int] = []
    var counts: [Int] = []
    forEachRow(of: step) { row in
      counts.append(row.count)
      members.append(contentsOf: positions[row].lazy.map(Int.init))
    }
    return PlannedBatch(
      positions: members, bucket: Int(slice.bucket), longest: Int(slice.longest),
      sequencesPerRow: isPacked ? counts : nil)
  }
}

/// One batch of a plan: which sequences, not their data.
public struct PlannedBatch: Sendable, Equatable {
  /// The positions of its sequences in the source; row after row, where they are packed.
  public let positions: [Int]
  /// The bucket that it comes from.
  public let bucket: Int
  /// The length of its longest row: its longest sequence, unless several share a row.
  public let longest: Int
  /// How many sequences follow each other in each row, where they are packed: what `SequenceBatch.packed` takes.
  public let sequencesPerRow: [Int]?

  /// Sequences in the batch.
  public var count: Int { positions.count }
  /// Rows of the batch when padded: as many as sequences, unless several share a row.
  public var rows: Int { sequencesPerRow?.count ?? count }
  /// Timesteps of the batch, padding included.
  public var paddedTimesteps: Int { rows * longest }
}
