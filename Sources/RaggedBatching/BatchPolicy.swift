import RaggedCore

/// Which sequences form a batch, and in which order batches come.
///
/// With the lengths and an epoch's number it decides every batch: see ``BatchPlan``.
public struct BatchPolicy: Sendable, Equatable {
  /// How sequences are put together by length.
  public var grouping: Grouping
  /// Sequences per batch at most; rows, where the grouping packs several sequences into one.
  public var batchSize: Int
  /// Sequences per batch for each bucket, shortest first, in place of `batchSize`; nil means `batchSize` for all.
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

  /// Sequences per batch where nothing is said.
  public static let usualBatchSize = 32

  /// Sequences per batch where nothing is said but budgets: any number that they allow.
  public static func usualBatchSize(under limits: BatchLimits) -> Int { limits.isEmpty ? usualBatchSize : .max }

  /// A policy; what is left out has its default: padded, 32 sequences per batch, shuffled, nothing dropped.
  public init(
    grouping: Grouping = .padded, batchSize: Int = BatchPolicy.usualBatchSize, bucketBatchSizes: [Int]? = nil,
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

  /// Sequences per batch in this bucket, at most.
  public func batchSize(bucket: Int) -> Int {
    guard let sizes = bucketBatchSizes, sizes.indices.contains(bucket) else { return batchSize }
    return sizes[bucket]
  }
}

extension BatchPolicy: Codable {
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

extension BatchPolicy {
  /// A hash of everything that decides the order of batches.
  ///
  /// What version 0.1 did not have is added only where it is used, so that checkpoints made then can still be resumed.
  public var fingerprint: UInt64 {
    var hash = StableHash(seed: seed)
    hash.add(grouping.description.utf8)
    hash.add(UInt64(bitPattern: Int64(batchSize)))
    hash.add(UInt64(bucketBatchSizes?.count ?? 0))
    for size in bucketBatchSizes ?? [] { hash.add(UInt64(bitPattern: Int64(size))) }
    hash.add((dropRemainder ? 1 : 0) | (shuffle == .none ? 0 : 2))
    if case .blocks = shuffle { hash.add(shuffle.description.utf8) }
    if largestFirst { hash.add("largest first".utf8) }
    for (name, limit) in [
      ("timesteps", limits.timesteps), ("padded timesteps", limits.paddedTimesteps), ("bytes", limits.bytes),
    ] {
      guard let limit else { continue }
      hash.add(name.utf8)
      hash.add(UInt64(bitPattern: Int64(limit)))
    }
    if let costModel {
      hash.add(costModel.counted.rawValue.utf8)
      hash.add(costModel.perTimestep.bitPattern)
      hash.add(costModel.perBatch.bitPattern)
    }
    return hash.value
  }
}

extension BatchPolicy {
  /// Checks that every sequence fits into a batch by itself. O(n), and reads the key of the first that does not.
  /// - Throws: ``BatchingError`` with the key, length and limit of the first sequence that is too long, and the number of
  ///   the others and the longest of them; and what the source throws where the key cannot be read.
  func checkLengths(of source: some SequenceSource, _ lengths: [Int32]) throws {
    guard let limit = tightestLimit(bytesPerTimestep: source.signature.bytesPerPaddedTimestep) else { return }
    guard let first = lengths.firstIndex(where: { Int($0) > limit.timesteps }) else { return }
    let others = lengths[(first + 1)...].lazy.filter { Int($0) > limit.timesteps }
    let (count, longest) = others.reduce(into: (0, 0)) { $0 = ($0.0 + 1, max($0.1, Int($1))) }
    let key = try source.keys([first]).first ?? String(first)
    let also = count == 0 ? "" : "; so have \(count.grouped) more, up to \(longest.grouped)"
    throw BatchingError(
      .overLimit,
      "sequence \"\(key)\" has \(Int(lengths[first]).counted("timestep")), more than \(limit.words)\(also)")
  }

  /// The limit that allows the fewest timesteps to a sequence alone in its batch; nil without any.
  private func tightestLimit(bytesPerTimestep: Int) -> (timesteps: Int, words: String)? {
    var found: [(timesteps: Int, words: String)] = []
    if case .packed(let rowLength) = grouping {
      found.append((rowLength, "a packed row's \(rowLength.grouped)"))
    }
    if let limit = limits.timesteps { found.append((limit, "the limit of \(limit.counted("timestep")) per batch")) }
    if let limit = limits.paddedTimesteps {
      found.append((limit, "the limit of \(limit.counted("padded timestep")) per batch"))
    }
    if let limit = limits.bytes {
      let timesteps = limit / max(1, bytesPerTimestep)
      found.append(
        (
          timesteps,
          "the \(timesteps.grouped) that the limit of \(limit.counted("byte")) per batch allows, at "
            + "\(bytesPerTimestep.counted("byte")) each"
        ))
    }
    return found.min { $0.timesteps < $1.timesteps }
  }
}

extension BatchPolicy {
  /// Checks that the policy has a meaning.
  /// - Throws: ``BatchingError`` that names the number at fault.
  public func validate() throws {
    guard batchSize >= 1 else {
      throw BatchingError(.invalidPolicy, "the batch size is \(batchSize), expected at least 1")
    }
    switch grouping {
    case .padded, .exactLength: break
    case .boundaries(let limits): try BatchPolicy.check(boundaries: limits)
    case .buckets(let count): try BatchPolicy.check("the number of buckets is \(count)", count)
    case .pool(let batches): try BatchPolicy.check("the pool has \(batches.counted("batch", "batches"))", batches)
    case .packed(let rowLength): try BatchPolicy.check("a packed row has \(rowLength.counted("timestep"))", rowLength)
    }
    try limits.validate()
    try costModel?.validate()
    if case .blocks(let size, let pool) = shuffle {
      let limits = 1...Int.largestCount
      guard size >= 1, pool >= 1 else {
        throw BatchingError(
          .invalidPolicy,
          "the order mixes \(pool.counted("block")) of \(size.counted("sequence")), expected at least 1 of at least 1")
      }
      guard limits.contains(size), limits.contains(pool) else {
        throw BatchingError(
          .invalidPolicy,
          "the order mixes \(pool.counted("block")) of \(size.counted("sequence")), expected at most \(Int.largestCount) of either"
        )
      }
    }
    if let bucketBatchSizes { try check(bucketBatchSizes) }
  }

  /// - Throws: ``BatchingError`` for a number that is less than 1 or more than anything is counted to.
  private static func check(_ what: String, _ number: Int) throws {
    guard number >= 1 else { throw BatchingError(.invalidPolicy, "\(what), expected at least 1") }
    guard number <= Int.largestCount else {
      throw BatchingError(.invalidPolicy, "\(what), expected at most \(Int.largestCount)")
    }
  }

  private static func check(boundaries limits: [Int]) throws {
    guard let first = limits.first else {
      throw BatchingError(.invalidPolicy, "there are no bucket boundaries, expected at least one")
    }
    guard first >= 0 else {
      throw BatchingError(.invalidPolicy, "the first bucket boundary is \(first), expected at least 0")
    }
    for (lower, upper) in zip(limits, limits.dropFirst()) where upper <= lower {
      throw BatchingError(.invalidPolicy, "bucket boundary \(upper) follows \(lower), expected rising boundaries")
    }
    if let last = limits.last, last > Int.largestCount {
      throw BatchingError(.invalidPolicy, "the last bucket boundary is \(last), expected at most \(Int.largestCount)")
    }
  }

  private func check(_ sizes: [Int]) throws {
    if let wrong = sizes.first(where: { $0 < 1 }) {
      throw BatchingError(.invalidPolicy, "the batch size of a bucket is \(wrong), expected at least 1")
    }
    let expected: Int
    switch grouping {
    case .padded, .exactLength, .pool, .packed:
      throw BatchingError(
        .invalidPolicy, "batch sizes a bucket need boundaries or a number of buckets, but the grouping is \(grouping)")
    case .boundaries(let limits): expected = limits.count + 1
    case .buckets(let count): expected = count
    }
    guard sizes.count == expected else {
      throw BatchingError(.invalidPolicy, "\(sizes.count) batch sizes for \(expected) buckets")
    }
  }
}
