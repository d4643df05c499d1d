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
    case .padded, .exactLength:
      throw BatchingError(
        .invalidPolicy, "batch sizes a bucket need boundaries or a number of buckets, but the grouping is \(grouping)")
    case .boundaries(let limits): expected = limits.count + 1
    case .buckets(let count): expected = count
    }
    guard sizes.count == expected else {
      throw BatchingError(.invalidPolicy, "\(sizes.count) batch sizes for \(expected) buckets")
    }
  }

  /// A hash of everything that decides the order of batches.
  public var fingerprint: UInt64 {
    var hash = StableHash(seed: seed)
    hash.add(grouping.description.utf8)
    hash.add(UInt64(bitPattern: Int64(batchSize)))
    hash.add(UInt64(bucketBatchSizes?.count ?? 0))
    for size in bucketBatchSizes ?? [] { hash.add(UInt64(bitPattern: Int64(size))) }
    hash.add((dropRemainder ? 1 : 0) | (shuffle ? 2 : 0))
    return hash.value
  }
}
