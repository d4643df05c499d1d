import RaggedCore

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
