import RaggedCore

/// How far the order of a plan is from a uniformly random one.
///
/// Sorting by length saves padding and costs randomness: neighbouring batches become alike, sequences stay near where
/// they were, and batches hold other lengths and classes than the whole. Each figure says by how much.
public struct ShuffleQuality: Sendable, Equatable, Codable {
  /// The correlation of the mean lengths of batches that follow each other, −1…1: near 0 in random order, 1 where
  /// batches come sorted. nil for fewer than four batches, two pairs of which
  /// always correlate, or equal means.
  public var adjacentCorrelation: Double?
  /// The mean distance of a sequence's place in the epoch from its place in the source, as a share of what a uniform
  /// permutation of n gives on average, (n² − 1) / 3n: 0 in source order, near 1 in random order. nil for fewer than two
  /// sequences.
  public var displacement: Double?
  /// How unequally lengths, in ten groups of like size, are spread over batches: see ``classImbalance``.
  public var lengthImbalance: Double?
  /// How unequally classes are spread over batches: Pearson's χ² of the table of batches by classes, over its mean when
  /// sequences are dealt at random, `(batches − 1) · (classes − 1) · n / (n − 1)`. 1 in random order, less where batches
  /// are more alike than chance makes them, more where they differ. nil for one batch or one class, and without classes.
  public var classImbalance: Double?

  /// Figures.
  public init(
    adjacentCorrelation: Double?, displacement: Double?, lengthImbalance: Double?, classImbalance: Double?
  ) {
    self.adjacentCorrelation = adjacentCorrelation
    self.displacement = displacement
    self.lengthImbalance = lengthImbalance
    self.classImbalance = classImbalance
  }
}

extension BatchPlan {
  /// How random the plan's order is. O(sequences).
  /// - Parameters:
  ///   - lengths: the lengths that the plan was made from.
  ///   - classes: the class of the sequence at each position; empty where sequences have none.
  public func shuffleQuality(lengths: [Int32], classes: [Int32] = []) -> ShuffleQuality {
    let groups = LengthStatistics(lengths: lengths).groups(of: 10)
    return ShuffleQuality(
      adjacentCorrelation: adjacentCorrelation(lengths), displacement: displacement(count: lengths.count),
      lengthImbalance: imbalance { groups.index(of: Int(lengths[$0])) },
      classImbalance: classes.count == lengths.count ? imbalance { Int(classes[$0]) } : nil)
  }

  private func adjacentCorrelation(_ lengths: [Int32]) -> Double? {
    let means = indices.map { step in
      var (timesteps, count) = (0, 0)
      forEachPosition(of: step) {
        timesteps += Int(lengths[$0])
        count += 1
      }
      return Double(timesteps) / Double(Swift.max(1, count))
    }
    guard means.count >= 4 else { return nil }
    return correlation(means.dropLast(), means.dropFirst())
  }

  private func displacement(count: Int) -> Double? {
    var (place, total) = (0, 0.0)
    for step in indices {
      forEachPosition(of: step) {
        total += Double(abs($0 - place))
        place += 1
      }
    }
    guard place >= 2 else { return nil }
    let n = Double(count)
    return total / Double(place) / ((n * n - 1) / (3 * n))
  }

  /// χ² = Σ o² / (n · p) − N over batches of n sequences and kinds of share p, in N sequences.
  private func imbalance(_ kind: (Int) -> Int) -> Double? {
    var totals: [Int] = []
    for step in indices {
      forEachPosition(of: step) { position in
        let kind = kind(position)
        while totals.count <= kind { totals.append(0) }
        totals[kind] += 1
      }
    }
    let count = totals.reduce(0, +)
    let kinds = totals.count { $0 > 0 }
    guard self.count >= 2, kinds >= 2 else { return nil }
    var inBatch = [Int](repeating: 0, count: totals.count)
    var seen: [Int] = []
    var sum = 0.0
    for step in indices {
      var size = 0
      forEachPosition(of: step) { position in
        let kind = kind(position)
        if inBatch[kind] == 0 { seen.append(kind) }
        inBatch[kind] += 1
        size += 1
      }
      for kind in seen {
        sum += Double(inBatch[kind] * inBatch[kind]) / (Double(size) * Double(totals[kind]))
        inBatch[kind] = 0
      }
      seen.removeAll(keepingCapacity: true)
    }
    let n = Double(count)
    let expected = Double(self.count - 1) * Double(kinds - 1) * n / (n - 1)
    return (sum * n - n) / expected
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
