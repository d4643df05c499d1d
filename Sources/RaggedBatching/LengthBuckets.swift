public import RaggedCore

/// The lengths cut into ranges: bucket `i` takes lengths above `limits[i - 1]` up to `limits[i]`, and the last bucket
/// everything that is longer.
public struct LengthBuckets: Sendable, Equatable, Codable {
  /// The upper limits of all buckets but the last, rising; a limit belongs to its bucket.
  public let limits: [Int]

  /// Buckets with these upper limits and an open one at the end.
  public init(limits: [Int]) { self.limits = limits }

  /// The buckets that a policy makes of these lengths.
  /// - Parameters:
  ///   - policy: says which buckets, and what a sequence costs.
  ///   - statistics: the histogram of the lengths; asked for only where the policy's buckets depend on it.
  ///   - bytesPerTimestep: what a padded timestep takes, where the policy limits bytes.
  public init(
    _ policy: BatchPolicy, for statistics: @autoclosure () -> LengthStatistics, bytesPerTimestep: Int = 4
  ) {
    guard case .buckets(let count) = policy.grouping else {
      self.init(policy.grouping, for: statistics())
      return
    }
    self =
      LengthBuckets.optimal(count: count, for: statistics()) {
        policy.costPerSequence(paddedTo: $0, bytesPerTimestep: bytesPerTimestep)
      }.buckets
  }

  /// The buckets that a grouping makes of these lengths, with the least padding where it leaves the limits open.
  public init(_ grouping: BatchPolicy.Grouping, for statistics: @autoclosure () -> LengthStatistics) {
    switch grouping {
    case .padded, .pool, .packed: self.init(limits: [])
    case .exactLength: self.init(limits: statistics().entries.dropLast().map(\.length))
    case .boundaries(let limits): self.init(limits: limits)
    case .buckets(let count): self = LengthBuckets.optimal(count: count, for: statistics()).buckets
    }
  }

  /// Buckets: at least one.
  public var count: Int { limits.count + 1 }

  /// The bucket of a length. O(log count).
  public func index(of length: Int) -> Int {
    var (low, high) = (0, limits.count)
    while low < high {
      let middle = (low + high) / 2
      if limits[middle] < length { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The shortest length that falls in a bucket.
  public func lowerLimit(_ bucket: Int) -> Int {
    bucket == 0 ? 0 : limits[bucket - 1] == .max ? .max : limits[bucket - 1] + 1
  }

  /// The longest length that falls in a bucket, nil for the last.
  public func upperLimit(_ bucket: Int) -> Int? { bucket < limits.count ? limits[bucket] : nil }
}
