import RaggedCore

/// How far the order of a plan is from a uniformly random one.
///
/// Sorting by length saves padding and costs randomness: neighbouring batches become alike, sequences stay near where
/// they were, and batches hold other lengths and classes than the whole. Each figure says by how much; nil means that the
/// plan is too small or too even to say.
public struct ShuffleQuality: Sendable, Equatable, Codable {
  /// The correlation of the mean lengths of batches that follow each other, −1…1: near 0 in random order, 1 where
  /// batches come sorted. nil for fewer than four batches, since two pairs always correlate, and for equal means.
  public var adjacentCorrelation: Double?
  /// The mean distance of a sequence's place in the epoch from its place in the source, as a share of what a uniform
  /// permutation of n gives on average, (n² − 1) / 3n: 0 in source order, near 1 in random order. Where sequences are
  /// left out, a uniform choice is meant too. nil for fewer than two sequences.
  public var displacement: Double?
  /// How unequally lengths are spread over batches, in ten groups of like size as far as ties allow: see
  /// ``classImbalance``. A group ends with the length at which the sequences so far pass another tenth.
  public var lengthImbalance: Double?
  /// How unequally classes are spread over batches: Pearson's χ² of the table of batches by classes, over its mean when
  /// sequences are dealt at random, `(batches − 1) · (classes − 1) · n / (n − 1)`. 1 in random order, less where batches
  /// are more alike than chance makes them, more where they differ. nil for one batch or one class, and without classes.
  public var classImbalance: Double?
}

extension BatchPlan {
  /// How random the plan's order is. O(sequences).
  /// - Parameters:
  ///   - lengths: the lengths that the plan was made from.
  ///   - classes: the class of the sequence at each position, from 0; empty where sequences have none.
  public func shuffleQuality(lengths: [Int32], classes: [Int32] = []) -> ShuffleQuality {
    let groups = LengthStatistics(lengths: lengths).groups(of: 10)
    let hasClasses = classes.count == lengths.count && classes.allSatisfy { $0 >= 0 }
    let classCount = hasClasses ? Int(classes.max() ?? -1) + 1 : 0
    var byLength = Imbalance(
      totals(groups.count, of: lengths.count) { groups.index(of: Int(lengths[$0])) }, batches: count)
    var byClass = Imbalance(totals(classCount, of: hasClasses ? lengths.count : 0) { Int(classes[$0]) }, batches: count)
    var (place, distance) = (0, 0.0)
    var means: [Double] = []
    means.reserveCapacity(count)
    for step in indices {
      let first = place
      var timesteps = 0
      forEachPosition(of: step) { position in
        let length = Int(lengths[position])
        timesteps += length
        distance += Double(abs(position - place))
        place += 1
        byLength.add(groups.index(of: length))
        if hasClasses { byClass.add(Int(classes[position])) }
      }
      means.append(Double(timesteps) / Double(Swift.max(1, place - first)))
      byLength.endBatch()
      byClass.endBatch()
    }
    return ShuffleQuality(
      adjacentCorrelation: means.count < 4 ? nil : correlation(means.dropLast(), means.dropFirst()),
      displacement: place < 2 ? nil : distance / Double(place) / meanDistance(of: place, in: lengths.count),
      lengthImbalance: byLength.value, classImbalance: byClass.value)
  }

  /// Sequences of each kind in all batches.
  private func totals(_ kinds: Int, of sequences: Int, _ kind: (Int) -> Int) -> [Int] {
    var totals = [Int](repeating: 0, count: kinds)
    // In the order of the source, which is much quicker than in that of the batches.
    for position in 0..<sequences { totals[kind(position)] += 1 }
    if sequences > 0 { for position in dropped { totals[kind(position)] -= 1 } }
    return totals
  }
}

/// The mean of |i − p| over i in `0 ..< n` and p in `0 ..< m`, for m ≤ n: (n² − 1) / 3n where they are equal.
private func meanDistance(of m: Int, in n: Int) -> Double {
  let (m, n) = (Double(m), Double(n))
  return ((m - 1) * (2 * m - 1) / 3 - (n - 1) * (m - 1) + n * (n - 1)) / (2 * n)
}

/// χ² = Σ o² / (n · p) − N over batches of n sequences and kinds of share p, in N sequences, over its mean.
private struct Imbalance {
  private let totals: [Int]  // [kinds]
  private let batches: Int
  private var inBatch: [Int]  // [kinds]
  private var seen: [Int] = []
  private var size = 0
  private var sum = 0.0

  init(_ totals: [Int], batches: Int) {
    self.totals = totals
    self.batches = batches
    inBatch = Array(repeating: 0, count: totals.count)
  }

  @inline(__always)
  mutating func add(_ kind: Int) {
    if inBatch[kind] == 0 { seen.append(kind) }
    inBatch[kind] += 1
    size += 1
  }

  mutating func endBatch() {
    for kind in seen {
      sum += Double(inBatch[kind] * inBatch[kind]) / (Double(size) * Double(totals[kind]))
      inBatch[kind] = 0
    }
    seen.removeAll(keepingCapacity: true)
    size = 0
  }

  /// nil for one batch or one kind.
  var value: Double? {
    let kinds = totals.count { $0 > 0 }
    guard batches >= 2, kinds >= 2 else { return nil }
    let n = Double(totals.reduce(0, +))
    return (sum * n - n) / (Double(batches - 1) * Double(kinds - 1) * n / (n - 1))
  }
}

/// Pearson's correlation; nil where either side does not vary.
private func correlation(_ one: ArraySlice<Double>, _ other: ArraySlice<Double>) -> Double? {
  let n = Double(one.count)
  let (a, b) = (one.reduce(0, +) / n, other.reduce(0, +) / n)
  var (aa, bb, ab) = (0.0, 0.0, 0.0)
  for (x, y) in zip(one, other) {
    aa += (x - a) * (x - a)
    bb += (y - b) * (y - b)
    ab += (x - a) * (y - b)
  }
  return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : nil
}

extension LengthStatistics {
  /// Ranges of length with about as many sequences each, as far as ties allow.
  fileprivate func groups(of count: Int) -> LengthBuckets {
    let total = self.count
    var (seen, limits) = (0, [Int]())
    for entry in entries.dropLast() {
      let before = seen * count / total
      seen += entry.count
      if seen * count / total > before { limits.append(entry.length) }
    }
    return LengthBuckets(limits: limits)
  }
}
