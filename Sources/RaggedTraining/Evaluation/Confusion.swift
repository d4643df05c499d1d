/// How often each class was predicted for each true class.
public struct Confusion: Sendable, Equatable, Codable {
  /// Classes: `K`.
  public let classCount: Int
  /// `[K, K]`, row-major: true class by predicted class.
  public private(set) var counts: [Int]

  /// A matrix without entries.
  public init(classCount: Int) {
    self.classCount = classCount
    counts = Array(repeating: 0, count: classCount * classCount)
  }

  /// Counts one prediction, or several that are the same.
  public mutating func add(truth: Int, prediction: Int, count: Int = 1) {
    counts[truth * classCount + prediction] += count
  }

  /// Adds another matrix of as many classes.
  public static func += (left: inout Confusion, right: Confusion) {
    for i in left.counts.indices { left.counts[i] += right.counts[i] }
  }

  /// Predictions of `prediction` where `truth` was right.
  public subscript(truth truth: Int, prediction prediction: Int) -> Int { counts[truth * classCount + prediction] }

  /// Predictions in all.
  public var total: Int { counts.reduce(0, +) }

  /// Share of right predictions; nil without any.
  public var accuracy: Double? {
    total == 0 ? nil : Double((0..<classCount).reduce(0) { $0 + self[truth: $1, prediction: $1] }) / Double(total)
  }

  /// The mean over the classes of F1 = 2 TP / (2 TP + FP + FN); a class that neither occurs nor is predicted is left out,
  /// as in scikit-learn's `f1_score(average="macro")` over the labels present. nil without any.
  public var macroF1: Double? {
    let scores = (0..<classCount).compactMap { k -> Double? in
      let right = self[truth: k, prediction: k]
      let occurs = (0..<classCount).reduce(0) { $0 + self[truth: k, prediction: $1] }
      let predicted = (0..<classCount).reduce(0) { $0 + self[truth: $1, prediction: k] }
      return occurs + predicted == 0 ? nil : 2 * Double(right) / Double(occurs + predicted)
    }
    return scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count)
  }
}
