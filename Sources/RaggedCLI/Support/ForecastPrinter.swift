import Ragged

/// Forecasts that were held against what came, as text for a terminal.
struct ForecastPrinter {
  let judgement: ForecastJudgement
  let quantiles: [Double]

  var text: String {
    guard judgement.series > 0 else { return "no series has a value to hold its forecast against" }
    func figure(_ value: Double?) -> String { value.map { Format.fixed($0, 3) } ?? "–" }
    let table = Table(
      [.init("", .left), .init("sMAPE %"), .init("MASE (\(judgement.season))")],
      judgement.figures.map { [$0.name, figure($0.smape), figure($0.mase)] })
    var text =
      "Means over \(judgement.series.counted("series", "series")), \(judgement.count.counted("value")) in all:\n"
      + table.text
    if let steps { text += "\n\n" + steps }
    if !judgement.shareBelow.isEmpty {
      text +=
        "\n\nOf the values that came lie below "
        + zip(quantiles, judgement.shareBelow).map { "q\($0) \(Format.fixed(100 * $1, 1)) %" }.joined(separator: ", ")
    }
    if judgement.withoutMase > 0 {
      text +=
        "\n\(judgement.withoutMase.counted("series", "series")) without MASE: no longer than a season of \(judgement.season), or "
        + "without a change from one to the next"
    }
    if judgement.withoutActual > 0 {
      text += "\n\(judgement.withoutActual.counted("series", "series")) without a value to hold the forecast against"
    }
    return judgement.verdicts.reduce(text) { $0 + "\n" + $1 }
  }

  /// Errors at some of the steps.
  private var steps: String? {
    let all = judgement.figures
    let count = all.first?.smapeByStep.count ?? 0
    guard count > 1 else { return nil }
    let shown = count <= 6 ? Array(0..<count) : (0..<6).map { ($0 * (count - 1) + 2) / 5 }
    return "sMAPE % by step:\n"
      + Table(
        [.init("", .left)] + shown.map { Table.Column("\($0 + 1)") },
        all.map { figures in
          [figures.name]
            + shown.map { step in
              (figures.smapeByStep.indices.contains(step) ? figures.smapeByStep[step] : nil).map { Format.fixed($0, 2) }
                ?? "–"
            }
        }
      ).text
  }
}

/// The same as JSON.
struct ForecastOutput: Encodable {
  var season: Int
  var series: Int
  var values: Int
  var withoutMase: Int
  var withoutActual: Int
  var figures: [ForecastJudgement.Figures]
  var quantiles: [Double]?
  /// The share of the values that lie below each quantile.
  var shareBelow: [Double]?
  var verdicts: [String]

  init(_ judgement: ForecastJudgement, _ options: ForecastRequest) {
    (season, series, values) = (judgement.season, judgement.series, judgement.count)
    (withoutMase, withoutActual) = (judgement.withoutMase, judgement.withoutActual)
    (figures, verdicts) = (judgement.figures, judgement.verdicts)
    if !judgement.shareBelow.isEmpty { (quantiles, shareBelow) = (options.quantiles, judgement.shareBelow) }
  }
}
