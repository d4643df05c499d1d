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
      throw BatchingError(
        .invalidPolicy, "the last bucket boundary is \(last), expected at most \(Int.largestCount)")
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
