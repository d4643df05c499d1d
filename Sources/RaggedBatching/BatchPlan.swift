import RaggedCore

/// The batches of one epoch: a pure value that holds no data and cannot fail.
///
/// A function of lengths, policy and epoch alone, so any batch of any epoch can be named again later or elsewhere.
/// Every sequence is in exactly one batch, but for those in ``dropped``. 4 bytes a sequence and 24 a batch.
public struct BatchPlan: Sendable, Equatable {
  /// The ranges of length that sequences were put together by.
  public let buckets: LengthBuckets
  /// Positions of the sequences left out because they did not fill a batch; empty unless the policy drops remainders.
  public let dropped: [Int]
  private let positions: [Int32]  // bucket after bucket, each in the order in which its batches take them
  private let slices: [Slice]

  private struct Slice: Sendable, Equatable {
    var start: Int
    var count: Int32
    var longest: Int32
    var bucket: Int32
  }

  /// The plan of an epoch. O(n log k) for n sequences and k buckets, plus finding the buckets.
  /// - Parameters:
  ///   - lengths: the length of the sequence at each position; 0 is legal.
  ///   - policy: one that ``BatchPolicy/validate()`` accepts; batch sizes under 1 count as 1.
  public init(lengths: [Int32], policy: BatchPolicy, epoch: Int) {
    let buckets = LengthBuckets(policy.grouping, for: LengthStatistics(lengths: lengths))
    self.init(lengths: lengths, buckets: buckets, policy: policy, epoch: epoch)
  }

  /// The plan of an epoch for buckets found before: they depend on lengths and grouping, not on the epoch.
  public init(lengths: [Int32], buckets: LengthBuckets, policy: BatchPolicy, epoch: Int) {
    var (positions, starts) = BatchPlan.grouped(lengths, by: buckets)
    var random = BatchPlan.random(seed: policy.seed, epoch: epoch)
    var slices: [Slice] = []
    var dropped: [Int] = []
    for bucket in 0..<buckets.count {
      let members = starts[bucket]..<starts[bucket + 1]
      if policy.shuffle { random.shuffle(&positions[members]) }
      let size = policy.batchSize(bucket: bucket)
      for range in members.chunks(of: size) {
        if policy.dropRemainder && range.count < size {
          dropped.append(contentsOf: positions[range].map(Int.init))
        } else {
          let longest = positions[range].lazy.map { lengths[Int($0)] }.max() ?? 0
          slices.append(
            Slice(start: range.lowerBound, count: Int32(range.count), longest: longest, bucket: Int32(bucket)))
        }
      }
    }
    if policy.shuffle { random.shuffle(&slices) }
    self.buckets = buckets
    self.dropped = dropped.sorted()
    self.positions = positions
    self.slices = slices
  }

  /// Positions by bucket, in source order inside it, and where each bucket begins: a counting sort.
  private static func grouped(_ lengths: [Int32], by buckets: LengthBuckets) -> (positions: [Int32], starts: [Int]) {
    var starts = [Int](repeating: 0, count: buckets.count + 1)
    for length in lengths { starts[buckets.index(of: Int(length)) + 1] += 1 }
    for bucket in 0..<buckets.count { starts[bucket + 1] += starts[bucket] }
    var next = starts
    var positions = [Int32](repeating: 0, count: lengths.count)
    for (position, length) in lengths.enumerated() {
      let bucket = buckets.index(of: Int(length))
      positions[next[bucket]] = Int32(position)
      next[bucket] += 1
    }
    return (positions, starts)
  }

  /// A stream of its own for each epoch, apart from other uses of the same seed.
  private static func random(seed: UInt64, epoch: Int) -> SeededRandom {
    SeededRandom(seed: seed, stream: StableHash.of("batches", seed: UInt64(bitPattern: Int64(epoch))))
  }
}

extension Range<Int> {
  /// The range cut into pieces of this size, the last of which may be shorter.
  fileprivate func chunks(of size: Int) -> some Sequence<Range<Int>> {
    let size = Swift.min(Swift.max(size, 1), Swift.max(count, 1))
    return stride(from: lowerBound, to: upperBound, by: size).lazy.map { $0..<Swift.min($0 + size, upperBound) }
  }
}

/// One batch of a plan: which sequences, not their data.
public struct PlannedBatch: Sendable, Equatable {
  /// The positions of its sequences in the source.
  public let positions: [Int]
  /// The bucket that it comes from.
  public let bucket: Int
  /// The length of its longest sequence.
  public let longest: Int

  /// Sequences in the batch.
  public var count: Int { positions.count }
}

extension BatchPlan: RandomAccessCollection {
  /// 0: the first step of the epoch.
  public var startIndex: Int { 0 }
  /// Batches in the epoch.
  public var endIndex: Int { slices.count }
  /// The batch of a step. O(sequences in the batch).
  public subscript(step: Int) -> PlannedBatch {
    let slice = slices[step]
    return PlannedBatch(
      positions: positions[slice.start..<slice.start + Int(slice.count)].map(Int.init), bucket: Int(slice.bucket),
      longest: Int(slice.longest))
  }
}
