/// The scores that a model gave to examples of two classes: how well they order them, whatever the threshold.
///
/// Scores are kept, 4 bytes each, so that the figures are exact and those of equal scores are right. From
/// ``exactLimit`` examples on they are counted in bins instead, 16 MB in all, in which scores that agree in their first
/// 11 bits after the leading one are equal; ``isExact`` says which. What comes out depends on the scores alone, not on
/// how they fell into parts.
public struct RankedScores: Sendable, Equatable {
  /// Examples whose scores are kept, 64 MB of them; beyond, they are counted in bins.
  public static let exactLimit = 1 << 24

  private static let binBits = 20

  private let limit: Int
  /// In the order of the scores as unsigned numbers.
  private var positives: [UInt32] = []
  private var negatives: [UInt32] = []
  /// `[2^20]` each, in place of the scores; empty while these are kept.
  private var positiveBins: [Int] = []
  private var negativeBins: [Int] = []

  /// No scores.
  public init() { self.init(limit: Self.exactLimit) }

  /// - Parameter limit: examples whose scores are kept.
  init(limit: Int) { self.limit = limit }

  /// Whether every score counts as it is.
  public var isExact: Bool { positiveBins.isEmpty }

  /// Takes in an example.
  /// - Parameters:
  ///   - score: the greater, the more the model takes it for the positive class; no NaN.
  ///   - isPositive: whether it is of that class.
  public mutating func add(_ score: Float, isPositive: Bool) {
    let key = Self.key(score)
    guard isExact else {
      if isPositive { positiveBins[Self.bin(key)] += 1 } else { negativeBins[Self.bin(key)] += 1 }
      return
    }
    if isPositive { positives.append(key) } else { negatives.append(key) }
    if positives.count + negatives.count > limit { makeBins() }
  }

  /// Takes in another part's scores.
  public static func += (left: inout RankedScores, right: RankedScores) {
    guard left.isExact, right.isExact, left.count + right.count <= left.limit else {
      var right = right
      left.makeBins()
      right.makeBins()
      for bin in left.positiveBins.indices {
        left.positiveBins[bin] += right.positiveBins[bin]
        left.negativeBins[bin] += right.negativeBins[bin]
      }
      return
    }
    left.positives += right.positives
    left.negatives += right.negatives
  }

  /// Examples.
  public var count: Int { positiveCount + negativeCount }
  /// Those of the positive class.
  public var positiveCount: Int { isExact ? positives.count : positiveBins.reduce(0, +) }
  /// Those of the other class.
  public var negativeCount: Int { isExact ? negatives.count : negativeBins.reduce(0, +) }

  /// How well the scores order the examples; nil without an example of each class. O(n log n).
  public var figures: RankingFigures? {
    let (total, other) = (positiveCount, negativeCount)
    guard total > 0, other > 0 else { return nil }
    var (area, precision, otherPrecision) = (0.0, 0.0, 0.0)
    var (above, aboveOther) = (0, 0)
    // From the highest score down; equal ones at once.
    forEachTie { p, n in
      area += Double(n) * (Double(above) + Double(p) / 2)
      above += p
      aboveOther += n
      if p > 0 { precision += Double(p) / Double(total) * (Double(above) / Double(above + aboveOther)) }
      // The other class is looked for from the lowest score up: with these scores and all below.
      if n > 0 {
        let (below, belowOther) = (total - above + p, other - aboveOther + n)
        otherPrecision += Double(n) / Double(other) * (Double(belowOther) / Double(below + belowOther))
      }
    }
    return RankingFigures(
      auroc: area / Double(total) / Double(other), averagePrecision: precision,
      otherAveragePrecision: otherPrecision, isExact: isExact)
  }

  /// Examples of either class whose score is above a threshold. O(n); of so many scores that they are counted in bins those of
  /// the threshold's own bin are not above it.
  public func counts(above threshold: Float) -> (positives: Int, negatives: Int) {
    let key = Self.key(threshold)
    guard isExact else {
      let first = Self.bin(key) + 1
      return (positiveBins[first...].reduce(0, +), negativeBins[first...].reduce(0, +))
    }
    return (positives.count { $0 > key }, negatives.count { $0 > key })
  }

  /// The threshold of the greatest F1 of the positive class: midway between two scores, and of equal ones the highest; nil
  /// without an example of the class. O(n log n).
  public var bestThreshold: Float? {
    let total = positiveCount
    guard total > 0 else { return nil }
    var ties: [(key: UInt32, positives: Int, negatives: Int)] = []
    forEachScore { ties.append(($0, $1, $2)) }
    var (above, aboveOther) = (0, 0)
    var best: (f1: Double, place: Int)?
    for (place, tie) in ties.enumerated() {
      above += tie.positives
      aboveOther += tie.negatives
      let f1 = 2 * Double(above) / Double(total + above + aboveOther)
      if f1 > best?.f1 ?? -1 { best = (f1, place) }
    }
    guard let best else { return nil }
    let upper = Self.score(ties[best.place].key)
    guard best.place + 1 < ties.count else { return upper > 0 ? upper / 2 : upper - 1 }
    let lower = Self.score(ties[best.place + 1].key)
    let middle = lower + (upper - lower) / 2
    return middle < upper ? middle : lower
  }

  /// The numbers of positive and negative examples of each score, the highest first.
  private func forEachTie(_ body: (Int, Int) -> Void) { forEachScore { body($1, $2) } }

  /// The same with each score's key.
  private func forEachScore(_ body: (UInt32, Int, Int) -> Void) {
    guard isExact else {
      for bin in positiveBins.indices.reversed() where positiveBins[bin] + negativeBins[bin] > 0 {
        body(UInt32(bin) << (32 - UInt32(Self.binBits)), positiveBins[bin], negativeBins[bin])
      }
      return
    }
    let (first, second) = (positives.sorted(by: >), negatives.sorted(by: >))
    var (i, j) = (0, 0)
    while i < first.count || j < second.count {
      let score = max(i < first.count ? first[i] : 0, j < second.count ? second[j] : 0)
      let (start, otherStart) = (i, j)
      while i < first.count, first[i] == score { i += 1 }
      while j < second.count, second[j] == score { j += 1 }
      body(score, i - start, j - otherStart)
    }
  }

  private mutating func makeBins() {
    guard isExact else { return }
    positiveBins = Array(repeating: 0, count: 1 << Self.binBits)
    negativeBins = positiveBins
    for key in positives { positiveBins[Self.bin(key)] += 1 }
    for key in negatives { negativeBins[Self.bin(key)] += 1 }
    (positives, negatives) = ([], [])
  }

  /// Bits that rise with the number; those of both zeros are the same.
  private static func key(_ score: Float) -> UInt32 {
    let bits = (score == 0 ? 0 : score).bitPattern
    return bits >> 31 == 1 ? ~bits : bits | 1 << 31
  }

  /// The score of a key.
  private static func score(_ key: UInt32) -> Float {
    Float(bitPattern: key >> 31 == 1 ? key & ~(1 << 31) : ~key)
  }

  private static func bin(_ key: UInt32) -> Int { Int(key >> (32 - UInt32(binBits))) }
}

/// How well scores order the examples of two classes.
public struct RankingFigures: Sendable, Equatable, Codable {
  /// The chance that an example of the positive class has a higher score than one of the other, equal scores counting half:
  /// the area under the receiver operating characteristic.
  public var auroc: Double
  /// Σ (Rₖ − Rₖ₋₁) Pₖ over the thresholds, of the positive class: the second one.
  public var averagePrecision: Double
  /// The same of the first class, by the same scores the other way round.
  public var otherAveragePrecision: Double
  /// Whether every score counted as it is: see ``RankedScores``.
  public var isExact: Bool
}
