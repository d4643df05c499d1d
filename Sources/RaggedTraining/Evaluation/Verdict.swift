import Foundation

extension EvaluationReport {
  /// What is to be said where the model is no better than a forecast without any: a sentence for classes, and one for each
  /// forecast of values, with how many of them and the one that is furthest behind. Entities are compared by F1, other
  /// classes by accuracy and, since one that finds rare classes may cost that, by balanced accuracy, values by their mean
  /// absolute error.
  /// - Parameter names: those of the values.
  public func verdicts(names: [String]) -> [String] {
    func text(_ value: Double, _ format: String = "%.4f") -> String { String(format: format, value) }
    var found: [String] = []
    for baseline in baselines {
      if let own = figures.entityF1, let other = baseline.figures.entityF1 {
        if own <= other {
          found.append(
            "the model is no better than the \(baseline.name): entity F1 \(text(own)) against \(text(other))")
        }
      } else if let own = figures.accuracy, let other = baseline.figures.accuracy, own <= other,
        figures.balancedAccuracy ?? 0 <= baseline.figures.balancedAccuracy ?? 0
      {
        found.append("the model is no better than the \(baseline.name): accuracy \(text(own)) against \(text(other))")
      }
      let behind = values.indices.compactMap { place -> ValueBehind? in
        guard place < baseline.values.count, let own = values[place].meanAbsoluteError,
          let other = baseline.values[place].meanAbsoluteError, own >= other
        else { return nil }
        return ValueBehind(name: place < names.count ? "\"\(names[place])\"" : "value \(place)", own: own, other: other)
      }
      guard let worst = behind.max(by: { $0.excess < $1.excess }) else { continue }
      let which =
        switch (values.count, behind.count) {
        case (1, _): ""
        case (_, 1): " for \(worst.name)"
        case (let all, let count):
          " for \(count == all ? "any" : "\(count)") of \(all) values, by most for \(worst.name)"
        }
      found.append(
        "the model is no better than the \(baseline.name)\(which): mean absolute error \(text(worst.own, "%.4g")) against "
          + text(worst.other, "%.4g"))
    }
    return found
  }
}

/// A value that a forecast without a model has better.
private struct ValueBehind {
  var name: String
  var own: Double
  var other: Double

  /// How many times the other's error the model's is; the more where that one has none.
  var excess: Double { other > 0 ? own / other : own > 0 ? .infinity : 1 }
}
