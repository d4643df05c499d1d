import Foundation

extension EvaluationReport {
  /// What is to be said where the model is no better than a forecast without any: a sentence for classes, and one for each
  /// value and forecast. Entities are compared by F1, other classes by accuracy, values by their mean absolute error.
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
      } else if let own = figures.accuracy, let other = baseline.figures.accuracy, own <= other {
        found.append("the model is no better than the \(baseline.name): accuracy \(text(own)) against \(text(other))")
      }
      for (place, sums) in values.enumerated() where place < baseline.values.count {
        guard let own = sums.meanAbsoluteError, let other = baseline.values[place].meanAbsoluteError, own >= other
        else { continue }
        let name = values.count == 1 || place >= names.count ? "" : " for \"\(names[place])\""
        found.append(
          "the model is no better than the \(baseline.name)\(name): mean absolute error \(text(own, "%.4g")) against "
            + text(other, "%.4g"))
      }
    }
    return found
  }
}
