public import RaggedCore

/// What a plan costs before any of it is run, in timesteps.
public struct BatchingCost: Sendable, Equatable, Codable {
  /// The share of one bucket.
  public struct Bucket: Sendable, Equatable, Codable {
    /// The shortest length that falls in the bucket.
    public var lowerLimit: Int
    /// The longest length that falls in the bucket, nil for the last, which is open.
    public var upperLimit: Int?
    /// Sequences in its batches.
    public var sequences: Int
    /// Batches.
    public var batches: Int
    /// Real timesteps.
    public var timesteps: Int
    /// Real timesteps and padding.
    public var paddedTimesteps: Int

    /// A bucket with these figures.
    public init(
      lowerLimit: Int, upperLimit: Int?, sequences: Int = 0, batches: Int = 0, timesteps: Int = 0,
      paddedTimesteps: Int = 0
    ) {
      self.lowerLimit = lowerLimit
      self.upperLimit = upperLimit
      self.sequences = sequences
      self.batches = batches
      self.timesteps = timesteps
      self.paddedTimesteps = paddedTimesteps
    }

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

  static func share(_ timesteps: Int, of paddedTimesteps: Int) -> Double {
    paddedTimesteps == 0 ? 0 : 1 - Double(timesteps) / Double(paddedTimesteps)
  }
}

extension BatchPlan {
  /// What the plan costs. O(sequences).
  /// - Parameters:
  ///   - lengths: the lengths that the plan was made from.
  ///   - padding: how batches are padded: cuts count against real timesteps, rounding and a fixed length as padding.
  ///     Packed rows are as long as the longest of their batch and take no options.
  /// - Throws: `RaggedCoreError` for padding options without a meaning.
  public func cost(lengths: [Int32], padding: PaddingOptions = PaddingOptions()) throws -> BatchingCost {
    try padding.validate()
    let padding = isPacked ? PaddingOptions() : padding
    var table = (0..<buckets.count).map {
      BatchingCost.Bucket(lowerLimit: buckets.lowerLimit($0), upperLimit: buckets.upperLimit($0))
    }
    var widest = 0
    for (step, slice) in slices.enumerated() {
      let width = Int(slice.count) * padding.paddedLength(longest: Int(slice.longest))
      var (count, timesteps) = (0, 0)
      forEachPosition(of: step) { position in
        count += 1
        timesteps += padding.keptLength(of: Int(lengths[position]))
      }
      let bucket = Int(slice.bucket)
      table[bucket].sequences += count
      table[bucket].batches += 1
      table[bucket].timesteps += timesteps
      table[bucket].paddedTimesteps += width
      widest = Swift.max(widest, width)
    }
    return BatchingCost(buckets: table, widestBatch: widest, dropped: dropped.count)
  }
}
