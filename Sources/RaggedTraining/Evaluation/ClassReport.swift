/// How well each class is found: precision, recall and F1, of each class and of all together.
///
/// The figures are those of scikit-learn's `classification_report` and `balanced_accuracy_score`: a share whose denominator
/// is 0 counts as 0, and a class that neither occurs nor is predicted is left out of the means.
public struct ClassReport: Sendable, Equatable, Codable {
  /// How well one class is found.
  public struct Figures: Sendable, Equatable, Codable {
    /// TP / (TP + FP): the share of its predictions that are right.
    public var precision: Double
    /// TP / (TP + FN): the share of its sequences or timesteps that are found.
    public var recall: Double
    /// 2 TP / (2 TP + FP + FN).
    public var f1: Double
    /// Sequences or timesteps that have it.
    public var support: Int
    /// How often it was predicted.
    public var predicted: Int

    /// Figures from counts; what has a denominator of 0 is 0.
    init(right: Int, support: Int, predicted: Int) {
      func share(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
      (precision, recall) = (share(right, predicted), share(right, support))
      f1 = share(2 * right, support + predicted)
      (self.support, self.predicted) = (support, predicted)
    }

    /// The mean of several, with these weights.
    init(mean figures: [Figures], weights: [Double]) {
      let total = weights.reduce(0, +)
      func mean(_ part: KeyPath<Figures, Double>) -> Double {
        zip(figures, weights).reduce(0) { $0 + $1.0[keyPath: part] * $1.1 } / total
      }
      (precision, recall, f1) = (mean(\.precision), mean(\.recall), mean(\.f1))
      support = figures.reduce(0) { $0 + $1.support }
      predicted = figures.reduce(0) { $0 + $1.predicted }
    }
  }

  /// Those of each class, `[K]`.
  public var classes: [Figures]
  /// The mean over the classes that occur or are predicted.
  public var macro: Figures
  /// The same weighted by how often each class occurs.
  public var weighted: Figures
  /// The mean recall of the classes that occur.
  public var balancedAccuracy: Double
}

extension Confusion {
  /// How well each class is found; nil where nothing was counted. O(K + entries).
  public var classReport: ClassReport? {
    let (truths, predictions) = totals
    let classes = (0..<classCount).map {
      ClassReport.Figures(right: self[truth: $0, prediction: $0], support: truths[$0], predicted: predictions[$0])
    }
    let met = classes.filter { $0.support + $0.predicted > 0 }
    let present = met.filter { $0.support > 0 }
    guard !present.isEmpty else { return nil }
    return ClassReport(
      classes: classes, macro: ClassReport.Figures(mean: met, weights: met.map { _ in 1 }),
      weighted: ClassReport.Figures(mean: met, weights: met.map { Double($0.support) }),
      balancedAccuracy: present.reduce(0) { $0 + $1.recall } / Double(present.count))
  }
}
