/// Which sequences form a batch, and in which order batches come.
///
/// With the lengths and an epoch's number it decides every batch: see ``BatchPlan``.
public struct BatchPolicy: Sendable, Equatable, Codable {
  /// How sequences are put together by length.
  public var grouping: Grouping
  /// Sequences a batch; the last batch of a bucket may have fewer.
  public var batchSize: Int
  /// Sequences a batch for each bucket, shortest first, in place of `batchSize`; nil means `batchSize` for all.
  ///
  /// As many as there are buckets. Where the data has fewer distinct lengths than ``Grouping/buckets(_:)`` asks for,
  /// the last ones go unused.
  public var bucketBatchSizes: [Int]?
  /// Whether a bucket's last batch is left out where it is not full. ``BatchPlan/dropped`` says which sequences that
  /// concerns; with shuffling they are others in every epoch.
  public var dropRemainder: Bool
  /// Whether sequences inside a bucket, and then the batches, come in random order. Otherwise: buckets by rising
  /// length, sequences in the order of their source.
  public var shuffle: Bool
  /// The same seed gives the same batches, on every machine.
  public var seed: UInt64

  /// A policy; what is left out has its default: padded, 32 sequences a batch, shuffled, nothing dropped.
  public init(
    grouping: Grouping = .padded, batchSize: Int = 32, bucketBatchSizes: [Int]? = nil, dropRemainder: Bool = false,
    shuffle: Bool = true, seed: UInt64 = 0
  ) {
    self.grouping = grouping
    self.batchSize = batchSize
    self.bucketBatchSizes = bucketBatchSizes
    self.dropRemainder = dropRemainder
    self.shuffle = shuffle
    self.seed = seed
  }

  /// Sequences a batch in this bucket.
  public func batchSize(bucket: Int) -> Int {
    guard let sizes = bucketBatchSizes, sizes.indices.contains(bucket) else { return batchSize }
    return sizes[bucket]
  }
}
