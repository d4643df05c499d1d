import RaggedCore

extension LengthBuckets {
  /// The buckets, `count` of them at most, that need the least padding where every sequence is padded to the longest
  /// of its bucket; and the timesteps this comes to, padding included.
  ///
  /// Exact, for any histogram: as many buckets as asked for, or one for each distinct length where there are fewer.
  /// O(k · n · log n) time and O(k · n) memory for k buckets and n distinct lengths.
  ///
  /// Let `L` be the distinct lengths and `C` their running counts. Lengths `i ..< j` in one bucket cost
  /// `(C[j] − C[i]) · L[j − 1]`, which satisfies the quadrangle inequality, so the best last split moves one way as
  /// `j` grows, and each row of the dynamic programme is found by halving (Galil and Park, 1992).
  public static func optimal(
    count: Int, for statistics: LengthStatistics
  ) -> (buckets: LengthBuckets, paddedTimesteps: Int) {
    var programme = SplitProgramme(statistics.entries)
    let bucketCount = min(max(count, 1), statistics.entries.count)
    guard bucketCount > 0 else { return (LengthBuckets(limits: []), 0) }
    for _ in 1..<bucketCount { programme.addBucket() }
    return (LengthBuckets(limits: programme.limits()), programme.best[statistics.entries.count])
  }
}

/// The rows of the dynamic programme, one a bucket.
private struct SplitProgramme {
  let lengths: [Int]  // [n], rising
  let running: [Int]  // [n + 1], sequences before each length
  var best: [Int]  // [n + 1], least cost of the first j lengths with the buckets so far
  var splits: [[Int32]] = []  // [buckets − 1][n + 1], where the last of those buckets begins

  init(_ entries: [LengthStatistics.Entry]) {
    lengths = entries.map(\.length)
    var running = [0]
    for entry in entries { running.append(running[running.count - 1] + entry.count) }
    self.running = running
    best = [0] + lengths.indices.map { running[$0 + 1] * entries[$0].length }
  }

  private func cost(_ range: Range<Int>) -> Int {
    (running[range.upperBound] - running[range.lowerBound]) * lengths[range.upperBound - 1]
  }

  /// Goes from the best division into b buckets to the best into b + 1, each with at least one length.
  mutating func addBucket() {
    let buckets = splits.count + 1
    let n = lengths.count
    var next = [Int](repeating: 0, count: n + 1)
    var split = [Int32](repeating: 0, count: n + 1)
    var pending = [(ends: buckets + 1..<n + 1, candidates: buckets...n - 1)]
    while let (ends, candidates) = pending.popLast() {
      guard !ends.isEmpty else { continue }
      let end = (ends.lowerBound + ends.upperBound) / 2
      var (lowest, at) = (Int.max, candidates.lowerBound)
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

  /// The upper limits of all buckets but the last.
  func limits() -> [Int] {
    var end = lengths.count
    var result: [Int] = []
    for split in splits.reversed() {
      end = Int(split[end])
      result.append(lengths[end - 1])
    }
    return result.reversed()
  }
}
