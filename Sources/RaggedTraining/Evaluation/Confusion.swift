/// How often each class was predicted for each true class.
///
/// Only what was counted is kept: O(pairs that occur), of which there are no more than predictions, however many classes
/// there are.
public struct Confusion: Sendable, Equatable {
  /// A true class and what was predicted for it.
  private struct Pair: Hashable {
    var truth, prediction: Int32
  }

  /// Sequences or timesteps of one class that one class was predicted for.
  public struct Entry: Sendable, Equatable {
    /// The true class, and the predicted one.
    public var truth, prediction: Int
    /// How often.
    public var count: Int
  }

  /// Classes: `K`.
  public let classCount: Int
  private var pairs: [Pair: Int] = [:]

  /// A matrix without entries.
  public init(classCount: Int) { self.classCount = classCount }

  /// Counts one prediction, or several that are the same.
  /// - Precondition: both are classes of the matrix.
  public mutating func add(truth: Int, prediction: Int, count: Int = 1) {
    precondition((0..<classCount).contains(truth) && (0..<classCount).contains(prediction), "a class of the matrix")
    guard count != 0 else { return }
    pairs[Pair(truth: Int32(truth), prediction: Int32(prediction)), default: 0] += count
  }

  /// Adds another matrix of as many classes.
  public static func += (left: inout Confusion, right: Confusion) {
    left.pairs.merge(right.pairs, uniquingKeysWith: +)
  }

  /// Predictions of `prediction` where `truth` was right. O(1).
  public subscript(truth truth: Int, prediction prediction: Int) -> Int {
    pairs[Pair(truth: Int32(truth), prediction: Int32(prediction))] ?? 0
  }

  /// What was counted, by true and then by predicted class. O(entries · log entries).
  public var entries: [Entry] {
    pairs.map { Entry(truth: Int($0.key.truth), prediction: Int($0.key.prediction), count: $0.value) }
      .sorted { ($0.truth, $0.prediction) < ($1.truth, $1.prediction) }
  }

  /// `[K, K]`, row-major: true class by predicted class. O(K²), so for few classes.
  public var counts: [Int] {
    var counts = Array(repeating: 0, count: classCount * classCount)
    for (pair, count) in pairs { counts[Int(pair.truth) * classCount + Int(pair.prediction)] = count }
    return counts
  }

  /// The matrix of these classes alone. O(entries + classes).
  func keeping(_ classes: [Int]) -> Confusion {
    guard classes.count < classCount else { return self }
    let places = Dictionary(zip(classes.lazy.map(Int32.init), Int32(0)...), uniquingKeysWith: { first, _ in first })
    var result = Confusion(classCount: classes.count)
    for (pair, count) in pairs {
      guard let truth = places[pair.truth], let prediction = places[pair.prediction] else { continue }
      result.pairs[Pair(truth: truth, prediction: prediction)] = count
    }
    return result
  }

  /// Predictions in all.
  public var total: Int { pairs.values.reduce(0, +) }

  /// Predictions where each class was right, `[K]`, and those of each class, `[K]`.
  var totals: (truths: [Int], predictions: [Int]) {
    var (truths, predictions) = (Array(repeating: 0, count: classCount), Array(repeating: 0, count: classCount))
    for (pair, count) in pairs {
      truths[Int(pair.truth)] += count
      predictions[Int(pair.prediction)] += count
    }
    return (truths, predictions)
  }

  /// Share of right predictions; nil without any.
  public var accuracy: Double? {
    let (total, right) = (total, pairs.reduce(0) { $0 + ($1.key.truth == $1.key.prediction ? $1.value : 0) })
    return total == 0 ? nil : Double(right) / Double(total)
  }

  /// The mean over the classes of F1 = 2 TP / (2 TP + FP + FN); a class that neither occurs nor is predicted is left out,
  /// as in scikit-learn's `f1_score(average="macro")` over the labels present. nil without any. O(K + entries).
  public var macroF1: Double? {
    let (truths, predictions) = totals
    let scores = (0..<classCount).compactMap { k -> Double? in
      let sum = truths[k] + predictions[k]
      return sum == 0 ? nil : 2 * Double(self[truth: k, prediction: k]) / Double(sum)
    }
    return scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count)
  }
}

extension Confusion {
  /// Sequences or timesteps of one class that were taken for another.
  public typealias Mistake = Entry

  /// Every mistake that was made, the most frequent first, and of equals in the order of classes. O(entries · log entries).
  public var mistakes: [Mistake] {
    entries.filter { $0.truth != $0.prediction }
      .sorted { ($1.count, $0.truth, $0.prediction) < ($0.count, $1.truth, $1.prediction) }
  }

  /// The classes that take part in the most mistakes, on either side, in their own order. O(K · log K + entries).
  /// - Parameter limit: how many at most.
  public func worstClasses(_ limit: Int) -> [Int] {
    var errors = Array(repeating: 0, count: classCount)
    for entry in entries where entry.truth != entry.prediction {
      errors[entry.truth] += entry.count
      errors[entry.prediction] += entry.count
    }
    let ranked = (0..<classCount).sorted { (errors[$1], $0) < (errors[$0], $1) }
    return ranked.prefix(max(0, limit)).sorted()
  }

  /// The matrix of these classes, with all others together behind them where there are any.
  public func reduced(to classes: [Int]) -> Confusion {
    var places = Array(repeating: classes.count, count: classCount)
    for (place, k) in classes.enumerated() { places[k] = place }
    var result = Confusion(classCount: classes.count + (classes.count < classCount ? 1 : 0))
    for entry in entries {
      result.add(truth: places[entry.truth], prediction: places[entry.prediction], count: entry.count)
    }
    return result
  }
}

extension Confusion: Codable {
  /// Classes up to which the whole matrix is written too.
  public static let denseLimit = 100

  private enum CodingKeys: CodingKey { case classCount, counts, entries }

  /// Reads a matrix from its entries, or from all of its counts where there are no entries.
  /// - Throws: `DecodingError` for what is no matrix.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let size = try container.decode(Int.self, forKey: .classCount)
    func wrong(_ key: CodingKeys, _ problem: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: container, debugDescription: problem)
    }
    guard (0...Int(Int32.max)).contains(size) else { throw wrong(.classCount, "\(size) classes") }
    self.init(classCount: size)
    if let entries = try container.decodeIfPresent([[Int]].self, forKey: .entries) {
      for entry in entries {
        guard entry.count == 3, (0..<size).contains(entry[0]), (0..<size).contains(entry[1]), entry[2] >= 0 else {
          throw wrong(.entries, "\(entry), expected a true class, a predicted class and a count")
        }
        add(truth: entry[0], prediction: entry[1], count: entry[2])
      }
      return
    }
    let counts = try container.decode([Int].self, forKey: .counts)
    guard size <= 1 << 16, counts.count == size * size else {
      throw wrong(.counts, "\(counts.count) counts of \(size) classes")
    }
    for (index, count) in counts.enumerated() { add(truth: index / size, prediction: index % size, count: count) }
  }

  /// Writes `classCount` and `entries`, each the true class, the predicted class and a count that is not 0; for at most
  /// ``denseLimit`` classes also `counts`, the whole matrix row by row.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(classCount, forKey: .classCount)
    try container.encode(entries.map { [$0.truth, $0.prediction, $0.count] }, forKey: .entries)
    if classCount <= Self.denseLimit { try container.encode(counts, forKey: .counts) }
  }
}
