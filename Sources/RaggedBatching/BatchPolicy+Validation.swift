import RaggedCore

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
    case .buckets(let count):
      guard count >= 1 else {
        throw BatchingError(.invalidPolicy, "the number of buckets is \(count), expected at least 1")
      }
    case .pool(let batches):
      guard batches >= 1 else {
        throw BatchingError(.invalidPolicy, "the pool has \(batches) batches, expected at least 1")
      }
    case .packed(let rowLength):
      guard rowLength >= 1 else {
        throw BatchingError(.invalidPolicy, "a packed row has \(rowLength) timesteps, expected at least 1")
      }
    }
    try limits.validate()
    try costModel?.validate()
    if case .blocks(let size, let pool) = shuffle, size < 1 || pool < 1 {
      throw BatchingError(
        .invalidPolicy, "the order mixes \(pool) blocks of \(size) sequences, expected at least 1 of at least 1")
    }
    if let bucketBatchSizes { try check(bucketBatchSizes) }
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
