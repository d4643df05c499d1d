import RaggedBatching
import RaggedCore
import RaggedReport
import RaggedTraining

/// What is said of a judged model.
struct JudgementSections {
  let judgement: RunJudgement

  private var report: EvaluationReport { judgement.report }
  private var classNames: [String] {
    let names = judgement.model.classNames + report.unknownClasses.map(\.name)
    let count = report.confusion?.classCount ?? 0
    return (0..<count).map { $0 < names.count ? names[$0] : String($0) }
  }

  var sections: [ReportPage.Section] {
    let epoch = judgement.model.checkpoint.state.progress.epoch
    let figures = report.overall
    let lengths =
      figures.shortest == figures.longest ? "\(figures.shortest)" : "\(figures.shortest) to \(figures.longest)"
    var facts: [(name: String, value: Markup)] = [
      ("judged on", "\(judgement.part)"),
      ("model", "<code>\(judgement.found.name)</code>, after \(NumberText.count(epoch, "epoch"))"),
      ("sequences", "\(NumberText.whole(figures.sequences)) of \(lengths) timesteps"),
      ("loss", "\(NumberText.metric(figures.loss))"),
    ]
    if let head = judgement.head { facts.insert(("target", "\(head.clipped(to: 60))"), at: 0) }
    if let accuracy = figures.accuracy { facts.append(("accuracy", "\(NumberText.fixed(accuracy, 4))")) }
    if let rate = figures.labelErrorRate { facts.append(("label error rate", "\(NumberText.fixed(rate, 4))")) }
    if let share = figures.rightLists {
      facts.append(("all labels right", "\(NumberText.percent(share)) of sequences"))
    }
    if let count = figures.unaligned, count > 0 {
      facts.append(
        ("too short for their labels", "\(NumberText.count(count, "sequence")): judged by labels, without a loss"))
    }
    if let score = figures.macroF1 { facts.append(("macro F1", "\(NumberText.fixed(score, 4))")) }
    if !report.unknownClasses.isEmpty {
      let names = report.unknownClasses.map { "\($0.name) (\(NumberText.whole($0.count)))" }.listed()
      facts.append(("classes unknown to the model", "\(names): errors without a loss"))
    }
    if judgement.model.checkpoint.context.policy != nil,
      let windowing = TrainingConfiguration(judgement.model.checkpoint)?.windowing
    {
      facts.append(("windows", "trained on windows of \(windowing.length) timesteps, judged on whole sequences"))
    }
    var blocks: [ReportPage.Block] = [.half("Figures", "", FactList(facts).markup), deciles]
    blocks += timesteps
    blocks += FigureSections(judgement: judgement, classNames: classNames).blocks
    blocks += [judgement.unseen?.block].compactMap(\.self) + confusion + regression
    let title = judgement.head.map { "Target \($0.clipped(to: 60))" } ?? "Evaluation"
    return [
      ReportPage.Section(title, "", blocks), ForecastSection(judgement: judgement).section,
      WorstSection(judgement: judgement).section,
    ].compactMap(\.self)
  }

  private var deciles: ReportPage.Block {
    if report.overall.labelErrorRate != nil { return labelErrors }
    let isClass = report.overall.accuracy != nil
    let columns = report.deciles.map { part in
      let name = part.shortest == part.longest ? "\(part.shortest)" : "\(part.shortest)–\(part.longest)"
      let value = isClass ? part.accuracy : part.loss
      return ColumnChart.Column(
        name, value: value,
        note: "\(name) timesteps: \(isClass ? "accuracy" : "loss") \(NumberText.fixed(value, 4)), "
          + NumberText.count(part.sequences, "sequence"))
    }
    let all = isClass ? report.overall.accuracy : report.overall.loss
    let line = all.flatMap { $0.isFinite ? $0 : nil }
    let chart = ColumnChart(
      isClass ? "accuracy by length" : "loss by length", columns: columns, xLabel: "timesteps",
      yLabel: isClass ? "accuracy" : "loss", range: isClass ? 0...1 : nil, line: line)
    let detail =
      (columns.count == 10 ? "tenths of the sequences, shortest first; " : "")
      + (report.labels == nil ? "" : "a sequence is right where all of its labels are; ") + "dashed: all together"
    return .half(isClass ? "Accuracy by length" : "Loss by length", detail, chart.markup)
  }

  private var labelErrors: ReportPage.Block {
    let columns = report.deciles.map { part in
      let name = part.shortest == part.longest ? "\(part.shortest)" : "\(part.shortest)–\(part.longest)"
      return ColumnChart.Column(
        name, value: part.labelErrorRate,
        note: "\(name) timesteps: label error rate \(NumberText.fixed(part.labelErrorRate, 4)), "
          + NumberText.count(part.sequences, "sequence"))
    }
    let chart = ColumnChart(
      "label error rate by length", columns: columns, xLabel: "timesteps", yLabel: "label error rate",
      line: report.overall.labelErrorRate)
    let detail = (columns.count == 10 ? "tenths of the sequences, shortest first; " : "") + "dashed: all together"
    return .half("Label error rate by length", detail, chart.markup)
  }

  /// How right the model is at the first timesteps of sequences, and at later ones: of classes the accuracy, of values the
  /// mean distance, each by itself unless all are steps of one forecast.
  private var timesteps: [ReportPage.Block] {
    guard report.groups.count > 1 else { return [] }
    return report.overall.accuracy == nil ? errorsByTimestep : [accuracyByTimestep]
  }

  private var errorsByTimestep: [ReportPage.Block] {
    let names = judgement.model.titledTargets
    let isForecast = ForecastSection(judgement: judgement).plan != nil
    func block(_ name: String, _ error: (EvaluationReport.Group) -> Double?, _ all: Double?) -> ReportPage.Block {
      let columns = report.groups.map { group in
        ColumnChart.Column(
          group.name, value: error(group),
          note: "timestep \(group.name): mean absolute error \(NumberText.figure(error(group)))")
      }
      let chart = ColumnChart(
        "mean absolute error by timestep", columns: columns, xLabel: "timestep", yLabel: "mean absolute error",
        line: all)
      let title = name.isEmpty ? "Error by timestep" : "\(name.clipped(to: 60)): error by timestep"
      return .half(title, "mean distance; the first timestep is 1; dashed: all together", chart.markup)
    }
    if isForecast || names.count == 1 { return [block("", { $0.figures.mae }, report.figures.mae)] }
    return Thinning.even(names.count, limit: ValueFit.valueLimit).map { place in
      block(
        names[place], { place < $0.values.count ? $0.values[place].meanAbsoluteError : nil },
        place < report.values.count ? report.values[place].meanAbsoluteError : nil)
    }
  }

  private var accuracyByTimestep: ReportPage.Block {
    let columns = report.groups.map { group in
      ColumnChart.Column(
        group.name, value: group.figures.accuracy,
        note: "timestep \(group.name): accuracy \(NumberText.fixed(group.figures.accuracy, 4)), "
          + "\(NumberText.whole(group.figures.count)) judged")
    }
    let chart = ColumnChart(
      "accuracy by timestep", columns: columns, xLabel: "timestep", yLabel: "accuracy", range: 0...1,
      line: report.overall.accuracy)
    return .half("Accuracy by timestep", "the first timestep is 1; dashed: all together", chart.markup)
  }

  /// Whether the matrix leaves room for a list beside it.
  private var isSmall: Bool { (report.confusion?.classCount ?? 0) <= 10 }

  private var confusion: [ReportPage.Block] {
    guard let matrix = report.confusion, matrix.total > 0 else { return [] }
    var (shown, names, others) = (matrix, classNames, 0)
    let known = matrix.classCount - report.unknownClasses.count
    var unknown = Set(known..<matrix.classCount)
    if matrix.classCount > ConfusionChart.classLimit {
      let worst = matrix.worstClasses(ConfusionChart.classLimit - 1)
      others = matrix.classCount - worst.count
      unknown = Set(worst.indices.filter { worst[$0] >= known })
      (shown, names) = (matrix.reduced(to: worst), worst.map { classNames[$0] } + ["\(others) others"])
    }
    let chart = ConfusionChart(counts: shown.counts, names: names, others: others, unknown: unknown)
    let detail =
      others > 0
      ? "the classes with the most errors, all others together" : "counts; the shade is the share of the row"
    let place = isSmall ? ReportPage.Block.half : ReportPage.Block.wide
    return [place("Confusion matrix", detail, chart.markup), place("Most frequent confusions", "", confusions(matrix))]
  }

  private func confusions(_ matrix: Confusion) -> Markup {
    let size = matrix.classCount
    let worst = matrix.mistakes
    guard !worst.isEmpty else { return "<p class=\"quiet\">None: every prediction is right.</p>" }
    let wrong = worst.reduce(0) { $0 + $1.count }
    let names = classNames
    let rows = worst.prefix(10).map { entry -> [Markup] in
      let row = (0..<size).reduce(0) { $0 + matrix[truth: entry.truth, prediction: $1] }
      let share = Double(entry.count) / Double(wrong)
      return [
        "\(names[entry.truth].clipped(to: 40))", "\(names[entry.prediction].clipped(to: 40))",
        "\(NumberText.whole(entry.count))", "\(NumberText.percent(Double(entry.count) / Double(max(1, row))))",
        "\(NumberText.percent(share))", Inline.bar(share, series: 1, note: NumberText.percent(share)),
      ]
    }
    let columns: [Table.Column] = [
      .text("true class"), .text("taken for"), .number("count"), .number("of the class"), .number("of all errors"),
      .drawing(),
    ]
    // Beside the matrix there is no room for more.
    let shown = isSmall ? 4 : columns.count
    return Table(Array(columns.prefix(shown)), rows: rows.map { Array($0.prefix(shown)) }).markup
  }

  /// Values whose errors are listed, the first ones.
  private static let errorLimit = 100

  private var regression: [ReportPage.Block] {
    guard let fit = judgement.values else { return [] }
    let names = judgement.model.titledTargets
    var blocks: [ReportPage.Block] = []
    let errors = judgement.judged.values
    let isScaled = errors.contains { $0.mase != nil }
    let shown = errors.prefix(Self.errorLimit)
    let rows = shown.enumerated().map { index, value -> [Markup] in
      [
        "\(names[index].clipped(to: 60))", "\(NumberText.whole(value.count))",
        "\(NumberText.figure(value.rootMeanSquaredError))",
        "\(NumberText.figure(value.meanAbsoluteError))", "\(NumberText.figure(value.meanError))",
        "\(NumberText.fixed(value.determination, 4))", "\(NumberText.figure(value.smape))",
      ] + (isScaled ? ["\(NumberText.figure(value.mase))"] : [])
    }
    let table = Table(
      [
        .text("value"), .number("predictions"), .number("root mean squared error"), .number("mean absolute error"),
        .number("mean error"), .number("R²"), .number("sMAPE %"),
      ] + (isScaled ? [.number("MASE (season \(judgement.judged.season))")] : []), rows: rows,
      more: errors.count - shown.count)
    blocks.append(.wide("Errors", "prediction less truth", table.markup))
    for (place, value) in zip(fit.places, fit.values) {
      blocks += pairs(value, name: names[place].clipped(to: 60))
    }
    return blocks
  }

  private func pairs(_ value: ValueFit.Figures, name: String) -> [ReportPage.Block] {
    guard !value.pairs.isEmpty else { return [] }
    let keys = (try? judgement.source.keys(value.pairs.map(\.position))) ?? []
    func key(_ index: Int) -> String { index < keys.count ? keys[index] : "" }
    let detail =
      value.pairs.count < value.count
      ? "\(NumberText.whole(value.pairs.count)) of \(NumberText.whole(value.count)) drawn at random" : ""
    let fit = value.pairs.enumerated().map { ScatterChart.Point(x: $1.truth, y: $1.prediction, name: key($0)) }
    let rest = value.pairs.enumerated().map {
      ScatterChart.Point(x: $1.prediction, y: $1.prediction - $1.truth, name: key($0))
    }
    return [
      .half(
        "\(name): predicted against true", detail,
        ScatterChart("predicted against true", points: fit, guide: .diagonal, xLabel: "true", yLabel: "predicted")
          .markup),
      .half(
        "\(name): residuals", detail,
        ScatterChart("residuals", points: rest, guide: .zero, xLabel: "predicted", yLabel: "predicted less true").markup
      ),
    ]
  }
}
