public import RaggedCore

/// The size of one batch, known before it is read.
public struct BatchSize: Sendable, Equatable {
  /// The bucket that the batch comes from; 0 where there are none.
  public var bucket: Int
  /// Sequences in the batch, or with a part in it.
  public var sequences: Int
  /// Rows of the batch when padded: as many as sequences, unless several share a row.
  public var rows: Int
  /// Timesteps of every row when padded: `T`.
  public var paddedLength: Int
  /// Real timesteps that are not cut.
  public var timesteps: Int

  /// Real timesteps and padding: rows × `T`.
  public var paddedTimesteps: Int { rows * paddedLength }
  /// The part of the batch's timesteps that is padding, 0…1.
  public var paddingShare: Double { BatchingCost.share(timesteps, of: paddedTimesteps) }
}

extension Sequence<BatchSize> {
  /// Real timesteps of all batches.
  public var timesteps: Int { reduce(0) { $0 + $1.timesteps } }
  /// The part of all timesteps that is padding, 0…1; 0 where there are none.
  public var paddingShare: Double { BatchingCost.share(timesteps, of: reduce(0) { $0 + $1.paddedTimesteps }) }
}

/// What a plan costs before any of it is run, in timesteps.
public struct BatchingCost: Sendable, Equatable, Codable {
  /// The share of one bucket.
  public struct Bucket: Sendable, Equatable, Codable {
    /// The shortest length that falls in the bucket.
    public var lowerLimit: Int
    /// The longest length that falls in the bucket, nil for the last, which is open.
    public var upperLimit: Int?
    /// Sequences in its batches.
    public var sequences = 0
    /// Batches.
    public var batches = 0
    /// Real timesteps.
    public var timesteps = 0
    /// Real timesteps and padding.
    public var paddedTimesteps = 0

    /// The part of all timesteps that is padding, 0…1.
    public var paddingShare: Double { BatchingCost.share(timesteps, of: paddedTimesteps) }
  }

  /// The buckets in rising length, empty ones included.
  public var buckets: [Bucket]
  /// The most timesteps, padding included, in one batch.
  public var widestBatch: Int
  /// Sequences left out.
  public var dropped: Int

  /// Sequences in all batches.
  public var sequences: Int { buckets.reduce(0) { $0 + $1.sequences } }
  /// Batches.
  public var batches: Int { buckets.reduce(0) { $0 + $1.batches } }
  /// Real timesteps in all batches.
  public var timesteps: Int { buckets.reduce(0) { $0 + $1.timesteps } }
  /// Real timesteps and padding in all batches: the sum of sequences × padded length.
  public var paddedTimesteps: Int { buckets.reduce(0) { $0 + $1.paddedTimesteps } }
  /// The part of all timesteps that is padding, 0…1; 0 where there are none.
  public var paddingShare: Double { BatchingCost.share(timesteps, of: paddedTimesteps) }

  /// The part of padded timesteps that is not real, 0…1; 0 where there are none. Every share of padding is computed here.
  static func share(_ timesteps: Double, of paddedTimesteps: Double) -> Double {
    paddedTimesteps == 0 ? 0 : max(0, 1 - timesteps / paddedTimesteps)
  }

  static func share(_ timesteps: Int, of paddedTimesteps: Int) -> Double {
    share(Double(timesteps), of: Double(paddedTimesteps))
  }
}

extension BatchPlan {
  /// The size of a step's batch. O(sequences in the batch).
  /// - Parameters:
  ///   - step: `0 ..< count`.
  ///   - lengths: the lengths that the plan was made from.
  ///   - padding: how the batch is padded, as `PaddingOptions.validate()` accepts it; packed rows take no options.
  public func size(step: Int, lengths: [Int32], padding: PaddingOptions = PaddingOptions()) -> BatchSize {
    let (slice, padding) = (slices[step], isPacked ? PaddingOptions() : padding)
    var (sequences, timesteps) = (0, 0)
    forEachPosition(of: step) { position in
      sequences += 1
      timesteps += padding.cutLength(of: Int(lengths[position]))
    }
    return BatchSize(
      bucket: Int(slice.bucket), sequences: sequences, rows: Int(slice.count),
      paddedLength: padding.paddedLength(longest: Int(slice.longest)), timesteps: timesteps)
  }

  /// What the plan costs. O(sequences).
  /// - Parameters:
  ///   - lengths: the lengths that the plan was made from.
  ///   - padding: how batches are padded: cuts count against real timesteps, rounding and a fixed length as padding.
  ///     Packed rows are as long as the longest of their batch and take no options.
  /// - Throws: `RaggedCoreError` for padding options without a meaning.
  public func cost(lengths: [Int32], padding: PaddingOptions = PaddingOptions()) throws -> BatchingCost {
    try padding.validate()
    var table = (0..<buckets.count).map {
      BatchingCost.Bucket(lowerLimit: buckets.lowerLimit($0), upperLimit: buckets.upperLimit($0))
    }
    var widest = 0
    for step in indices {
      let size = size(step: step, lengths: lengths, padding: padding)
      table[size.bucket].sequences += size.sequences
      table[size.bucket].batches += 1
      table[size.bucket].timesteps += size.timesteps
      table[size.bucket].paddedTimesteps += size.paddedTimesteps
      widest = Swift.max(widest, size.paddedTimesteps)
    }
    return BatchingCost(buckets: table, widestBatch: widest, dropped: dropped.count)
  }
}

extension LengthBuckets {
  /// What each bucket costs where all of its sequences are padded to the longest of them, as one batch. O(distinct lengths).
  package func cost(of statistics: LengthStatistics) -> BatchingCost {
    var table = (0..<count).map { BatchingCost.Bucket(lowerLimit: lowerLimit($0), upperLimit: upperLimit($0)) }
    for entry in statistics.entries {
      let bucket = index(of: entry.length)
      table[bucket].batches = 1
      table[bucket].sequences += entry.count
      table[bucket].timesteps += entry.count * entry.length
      // Lengths rise, so that the last one of a bucket is its longest.
      table[bucket].paddedTimesteps = table[bucket].sequences * entry.length
    }
    return BatchingCost(buckets: table, widestBatch: table.map(\.paddedTimesteps).max() ?? 0, dropped: 0)
  }
}
