/// Which sequences form a batch, and in which order batches come.
///
/// With the lengths and an epoch's number it decides every batch: see ``BatchPlan``.
public struct BatchPolicy: Sendable, Equatable {
  /// How sequences are put together by length.
  public var grouping: Grouping
  /// Sequences a batch at most; rows, where the grouping packs several sequences into one.
  public var batchSize: Int
  /// Sequences a batch for each bucket, shortest first, in place of `batchSize`; nil means `batchSize` for all.
  ///
  /// As many as there are buckets. Where the data has fewer distinct lengths than ``Grouping/buckets(_:)`` asks for,
  /// the last ones go unused.
  public var bucketBatchSizes: [Int]?
  /// Budgets that hold beside the number of sequences.
  public var limits: BatchLimits
  /// What ``Grouping/buckets(_:)`` makes least; nil means padded timesteps.
  public var costModel: CostModel?
  /// Whether a bucket's last batch is left out where it is not full: where one more sequence as long as its longest
  /// would have fitted. ``BatchPlan/dropped`` says which sequences that concerns; with shuffling they are others in
  /// every epoch.
  public var dropRemainder: Bool
  /// The order of sequences and batches.
  public var shuffle: Shuffle
  /// Whether the batch with the most padded timesteps comes first, so that memory fails at once or never.
  public var largestFirst: Bool
  /// The same seed gives the same batches, on every machine.
  public var seed: UInt64

  /// A policy; what is left out has its default: padded, 32 sequences a batch, shuffled, nothing dropped.
  public init(
    grouping: Grouping = .padded, batchSize: Int = 32, bucketBatchSizes: [Int]? = nil,
    limits: BatchLimits = BatchLimits(), costModel: CostModel? = nil, dropRemainder: Bool = false,
    shuffle: Shuffle = .full, largestFirst: Bool = false, seed: UInt64 = 0
  ) {
    self.grouping = grouping
    self.batchSize = batchSize
    self.bucketBatchSizes = bucketBatchSizes
    self.limits = limits
    self.costModel = costModel
    self.dropRemainder = dropRemainder
    self.shuffle = shuffle
    self.largestFirst = largestFirst
    self.seed = seed
  }

  /// Sequences a batch in this bucket, at most.
  public func batchSize(bucket: Int) -> Int {
    guard let sizes = bucketBatchSizes, sizes.indices.contains(bucket) else { return batchSize }
    return sizes[bucket]
  }
}

extension BatchPolicy: Codable {
  private enum CodingKeys: CodingKey {
    case grouping, batchSize, bucketBatchSizes, limits, costModel, dropRemainder, shuffle, largestFirst, seed
  }

  /// Reads a policy. What checkpoints of version 0.1 do not say has its default.
  /// - Throws: `DecodingError` for what is no policy.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      grouping: try container.decode(Grouping.self, forKey: .grouping),
      batchSize: try container.decode(Int.self, forKey: .batchSize),
      bucketBatchSizes: try container.decodeIfPresent([Int].self, forKey: .bucketBatchSizes),
      limits: try container.decodeIfPresent(BatchLimits.self, forKey: .limits) ?? BatchLimits(),
      costModel: try container.decodeIfPresent(CostModel.self, forKey: .costModel),
      dropRemainder: try container.decode(Bool.self, forKey: .dropRemainder),
      shuffle: try container.decode(Shuffle.self, forKey: .shuffle),
      largestFirst: try container.decodeIfPresent(Bool.self, forKey: .largestFirst) ?? false,
      seed: try container.decode(UInt64.self, forKey: .seed))
  }
}
