/// How well each of many labels is found that a sequence may have or not have: a probability each, and a threshold that a
/// label's probability has to be above.
///
/// The figures are those of scikit-learn's `classification_report`, `roc_auc_score` and `average_precision_score` of an
/// indicator matrix; a label that neither occurs nor is predicted is left out of the means, as a class is.
public struct LabelReport: Sendable, Equatable, Codable {
  /// How well one label is found.
  public struct Label: Sendable, Equatable, Codable {
    /// What its probability has to be above.
    public var threshold: Float
    /// At that threshold.
    public var figures: ClassReport.Figures
    /// Whatever the threshold: see ``RankingFigures/auroc``; nil where all have it or none has.
    public var auroc: Double?
    /// See ``RankingFigures/averagePrecision``.
    public var averagePrecision: Double?
  }

  /// Those of each label, in the order of the target.
  public var labels: [Label]
  /// The mean over the labels.
  public var macro: ClassReport.Figures
  /// The same weighted by how many have each label.
  public var weighted: ClassReport.Figures
  /// Of all labels of all sequences together.
  public var micro: ClassReport.Figures

  /// Thresholds where nothing is said.
  public static let usualThreshold: Float = 0.5

  /// - Returns: nil where nothing was counted.
  init?(_ scores: [RankedScores], thresholds: [Float]) {
    labels = zip(scores, thresholds).map { scores, threshold in
      let (right, wrong) = scores.counts(above: threshold)
      let ranking = scores.figures
      return Label(
        threshold: threshold,
        figures: ClassReport.Figures(right: right, support: scores.positiveCount, predicted: right + wrong),
        auroc: ranking?.auroc, averagePrecision: ranking?.averagePrecision)
    }
    let met = labels.map(\.figures).filter { $0.support + $0.predicted > 0 }
    guard met.contains(where: { $0.support > 0 }) else { return nil }
    macro = ClassReport.Figures(mean: met, weights: met.map { _ in 1 })
    weighted = ClassReport.Figures(mean: met, weights: met.map { Double($0.support) })
    let counts = zip(scores, thresholds).map { $0.counts(above: $1) }
    micro = ClassReport.Figures(
      right: counts.reduce(0) { $0 + $1.positives }, support: met.reduce(0) { $0 + $1.support },
      predicted: met.reduce(0) { $0 + $1.predicted })
  }

  /// The mean of a figure over the labels that have it.
  func mean(_ figure: KeyPath<Label, Double?>) -> Double? {
    let found = labels.compactMap { $0[keyPath: figure] }
    return found.isEmpty ? nil : found.reduce(0, +) / Double(found.count)
  }
}
