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
  public init(_ policy: BatchPolicy, for statistics: @autoclosure () -> LengthStatistics, bytesPerTimestep: Int = 4) {
    switch policy.grouping {
    case .padded, .pool, .packed: limits = []
    case .exactLength: limits = statistics().entries.dropLast().map(\.length)
    case .boundaries(let limits): self.limits = limits
    case .buckets(let count):
      self =
        LengthBuckets.optimal(count: count, for: statistics()) {
          policy.costPerSequence(paddedTo: $0, bytesPerTimestep: bytesPerTimestep)
        }.buckets
    }
  }

  /// The buckets that a grouping makes of these lengths, with the least padding where it leaves the limits open.
  public init(_ grouping: BatchPolicy.Grouping, for statistics: @autoclosure () -> LengthStatistics) {
    self.init(BatchPolicy(grouping: grouping), for: statistics())
  }

  /// Buckets: at least one.
  public var count: Int { limits.count + 1 }

  /// The bucket of a length. O(log count).
  public func index(of length: Int) -> Int { limits.indices.bisected { limits[$0] >= length } }

  /// The shortest length that falls in a bucket.
  public func lowerLimit(_ bucket: Int) -> Int {
    bucket == 0 ? 0 : limits[bucket - 1] == .max ? .max : limits[bucket - 1] + 1
  }

  /// The longest length that falls in a bucket, nil for the last.
  public func upperLimit(_ bucket: Int) -> Int? { bucket < limits.count ? limits[bucket] : nil }
}

extension LengthBuckets {
  /// The buckets, `count` of them at most, that need the least padding where every sequence is padded to the longest
  /// of its bucket; and the timesteps this comes to, padding included.
  ///
  /// ``optimal(count:for:costPerSequence:)`` where a sequence costs its padded length.
  public static func optimal(
    count: Int, for statistics: LengthStatistics
  ) -> (buckets: LengthBuckets, paddedTimesteps: Int) {
    let buckets = optimal(count: count, for: statistics, costPerSequence: Double.init).buckets
    return (buckets, buckets.cost(of: statistics).paddedTimesteps)
  }

  /// The buckets, `count` of them at most, that cost least where a sequence costs what its padded length does; and the
  /// cost.
  ///
  /// Exact, for any histogram: as many buckets as asked for, or one for each distinct length where there are fewer.
  /// O(k · n · log n) time and O(k · n) memory for k buckets and n distinct lengths.
  ///
  /// Let `L` be the distinct lengths, `C` their running counts and `g` the cost. Lengths `i ..< j` in one bucket cost
  /// `w(i, j) = (C[j] − C[i]) · g(L[j − 1])`. For `i ≤ i′ ≤ j ≤ j′`,
  /// `w(i, j′) + w(i′, j) − w(i, j) − w(i′, j′) = (C[i′] − C[i]) · (g(L[j′ − 1]) − g(L[j − 1]))`, which is not negative
  /// as long as `g` does not fall. That is the quadrangle inequality, so the best last split moves one way as `j`
  /// grows, and each row of the dynamic programme is found by halving (Galil and Park, 1992).
  /// - Parameters:
  ///   - count: how many buckets at most; less than 1 counts as 1.
  ///   - statistics: the histogram of the lengths.
  ///   - costPerSequence: the cost of a sequence in a bucket whose longest has this length; it must not fall as lengths
  ///     rise. See ``BatchPolicy/costPerSequence(paddedTo:bytesPerTimestep:)``.
  public static func optimal(
    count: Int, for statistics: LengthStatistics, costPerSequence: (_ longest: Int) -> Double
  ) -> (buckets: LengthBuckets, cost: Double) {
    let entries = statistics.entries
    let bucketCount = min(max(count, 1), entries.count)
    guard bucketCount > 0 else { return (LengthBuckets(limits: []), 0) }
    var programme = SplitProgramme(entries, costs: entries.map { costPerSequence($0.length) })
    for _ in 1..<bucketCount { programme.addBucket() }
    return (LengthBuckets(limits: programme.ends().map { entries[$0 - 1].length }), programme.best[entries.count])
  }
}

extension BatchPolicy {
  /// What a sequence costs by the policy's ``costModel`` in a batch padded to this length: its timesteps, and its share
  /// of the batch's fixed cost.
  ///
  /// The share is one part in as many sequences of that length as the limits allow in a batch, so a batch that is not
  /// full counts as its fraction. A budget allows fewer long sequences than short ones, so the cost never falls as
  /// lengths rise. A budget of real timesteps is taken as if every sequence were as long as the longest; batch sizes of
  /// single buckets are not known before the buckets are.
  public func costPerSequence(paddedTo length: Int, bytesPerTimestep: Int) -> Double {
    guard let costModel else { return Double(length) }
    let capacity = BatchCapacity(self, bucket: .max, bytesPerTimestep: bytesPerTimestep).count(ofLength: length)
    let timesteps = costModel.counted == .padded ? Double(length) : 0
    return costModel.perTimestep * timesteps + costModel.perBatch / Double(capacity)
  }
}

/// The rows of the dynamic programme, one a bucket.
private struct SplitProgramme {
  let costs: [Double]  // [n], of a sequence in a bucket that ends with each length
  let running: [Double]  // [n + 1], sequences before each length
  var best: [Double]  // [n + 1], least cost of the first j lengths with the buckets so far
  var splits: [[Int32]] = []  // [buckets − 1][n + 1], where the last of those buckets begins

  init(_ entries: [LengthStatistics.Entry], costs: [Double]) {
    self.costs = costs
    var running = [0.0]
    for entry in entries { running.append(running[running.count - 1] + Double(entry.count)) }
    self.running = running
    best = [0] + costs.indices.map { running[$0 + 1] * costs[$0] }
  }

  private func cost(_ range: Range<Int>) -> Double {
    (running[range.upperBound] - running[range.lowerBound]) * costs[range.upperBound - 1]
  }

  /// Goes from the best division into b buckets to the best into b + 1, each with at least one length.
  mutating func addBucket() {
    let buckets = splits.count + 1
    let n = costs.count
    var next = [Double](repeating: 0, count: n + 1)
    var split = [Int32](repeating: 0, count: n + 1)
    var pending = [(ends: buckets + 1..<n + 1, candidates: buckets...n - 1)]
    while let (ends, candidates) = pending.popLast() {
      guard !ends.isEmpty else { continue }
      let end = (ends.lowerBound + ends.upperBound) / 2
      var (lowest, at) = (Double.infinity, candidates.lowerBound)
      for start in candidates.lowerBound...min(candidates.upperBound, end - 1) {
        let candidate = best[start] + cost(start..<end)
        if candidate < lowest { (lowest, at) = (candidate, start) }
      }
      next[end] = lowest
      split[end] = Int32(at)
      pending.append((ends.lowerBound..<end, candidates.lowerBound...at))
      pending.append((end + 1..<ends.upperBound, at...candidates.upperBound))
    }
    best = next
    splits.append(split)
  }

  /// Where all buckets but the last end, among the distinct lengths.
  func ends() -> [Int] {
    var end = costs.count
    var result: [Int] = []
    for split in splits.reversed() {
      end = Int(split[end])
      result.append(end)
    }
    return result.reversed()
  }
}
