import RaggedCore
import RaggedReport
import RaggedTraining

/// What is said of a judged model in tables: each class, each kind of entity, and forecasts without a model.
struct FigureSections {
  let judgement: RunJudgement
  let classNames: [String]

  /// Classes that have a row of their own.
  private static let classLimit = 30

  private var report: EvaluationReport { judgement.report }

  var blocks: [ReportPage.Block] { [classes, labels, entities, baselines].compactMap(\.self) }

  /// Labels of which a sequence may have many.
  private var labels: ReportPage.Block? {
    guard let found = report.labels else { return nil }
    let names = judgement.model.signature.target.names
    let shown = found.labels.indices
      .sorted { (found.labels[$1].figures.support, $0) < (found.labels[$0].figures.support, $1) }
      .prefix(Self.classLimit).sorted()
    let rows = shown.map { place -> [Markup] in
      let label = found.labels[place]
      return row(place < names.count ? names[place] : String(place), label.figures) + [
        "\(NumberText.fixed(Double(label.threshold), 4))", "\(NumberText.fixed(label.auroc, 4))",
        "\(NumberText.fixed(label.averagePrecision, 4))",
      ]
    }
    let averages = [("micro", found.micro), ("macro", found.macro), ("weighted", found.weighted)].map { name, figures in
      row("\(name) average", figures) + ["", "", ""]
    }
    return .wide(
      "Each label", "predicted where its probability is above the threshold",
      Table(
        Self.columns + [.number("threshold"), .number("AUROC"), .number("average precision")], rows: rows + averages,
        more: found.labels.count - shown.count
      ).markup)
  }

  private static let columns: [Table.Column] = [
    .text(""), .number("precision"), .number("recall"), .number("F1"), .number("support"),
  ]

  private func row(_ name: String, _ figures: ClassReport.Figures) -> [Markup] {
    [
      "\(name.clipped(to: 40))", "\(NumberText.fixed(figures.precision, 4))", "\(NumberText.fixed(figures.recall, 4))",
      "\(NumberText.fixed(figures.f1, 4))", "\(NumberText.whole(figures.support))",
    ]
  }

  private var classes: ReportPage.Block? {
    guard let found = report.classReport else { return nil }
    let met = found.classes.indices.filter { found.classes[$0].support + found.classes[$0].predicted > 0 }
    let shown = met.sorted { (found.classes[$1].support, $0) < (found.classes[$0].support, $1) }
      .prefix(Self.classLimit).sorted()
    var rows = shown.map { row($0 < classNames.count ? classNames[$0] : String($0), found.classes[$0]) }
    rows += [row("macro average", found.macro), row("weighted average", found.weighted)]
    let rest = met.count - shown.count
    var detail = ["balanced accuracy \(NumberText.fixed(found.balancedAccuracy, 4))"]
    if let ranking = report.ranking { detail.append("AUROC \(NumberText.fixed(ranking.auroc, 4))") }
    if let ranking = report.ranking, classNames.count > 1 {
      detail.append(
        "average precision \(NumberText.fixed(ranking.averagePrecision, 4)) of \(classNames[1].clipped(to: 40))")
    }
    if let perplexity = report.figures.perplexity { detail.append("perplexity \(NumberText.figure(perplexity))") }
    if rest > 0 { detail.append("the most frequent classes; \(NumberText.whole(rest)) more in the averages") }
    return .half("Each class", detail.joined(separator: ", "), Table(Self.columns, rows: rows).markup)
  }

  private var entities: ReportPage.Block? {
    guard let entities = report.entities else { return nil }
    let rows =
      entities.types.prefix(Self.classLimit).map { row($0.name.isEmpty ? "entity" : $0.name, $0.figures) }
      + [row("all entities", entities.overall)]
    return .half(
      "Entities", "right where they begin, end and are named as in the truth",
      Table(Self.columns, rows: rows, more: entities.types.count - min(entities.types.count, Self.classLimit)).markup)
  }

  /// A figure of many, for a table.
  private struct Figure {
    var title: String
    var part: KeyPath<JudgedFigures, Double?>
    /// Whether it lies between 0 and 1, and has four places.
    var isShare = false
  }

  private var baselines: ReportPage.Block? {
    guard let fittedOn = judgement.judged.fittedOn else { return nil }
    let all = [report.figures] + report.baselines.map(\.figures)
    let shown = [
      Figure(title: "accuracy", part: \.accuracy, isShare: true),
      Figure(title: "balanced accuracy", part: \.balancedAccuracy, isShare: true),
      Figure(title: "macro F1", part: \.macroF1, isShare: true), Figure(title: "AUROC", part: \.auroc, isShare: true),
      Figure(title: "entity F1", part: \.entityF1, isShare: true), Figure(title: "perplexity", part: \.perplexity),
      Figure(title: "mean absolute error", part: \.mae), Figure(title: "root mean squared error", part: \.rmse),
      Figure(title: "R²", part: \.r2), Figure(title: "sMAPE %", part: \.smape),
    ].filter { figure in all.contains { $0[keyPath: figure.part] != nil } }
    let rows = zip(["the model"] + report.baselines.map(\.name), all).map { name, figures -> [Markup] in
      ["\(name.clipped(to: 60))"]
        + shown.map { figure -> Markup in
          let value = figures[keyPath: figure.part]
          return "\(figure.isShare ? NumberText.fixed(value, 4) : NumberText.figure(value))"
        }
    }
    let table = Table([.text("")] + shown.map { .number($0.title) }, rows: rows).markup
    let words = judgement.judged.verdicts.prefix(4).map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }
    let place = shown.count > 4 ? ReportPage.Block.wide : ReportPage.Block.half
    return place(
      "Without a model",
      "fitted on \(fittedOn.clipped(to: 120))" + (words.isEmpty ? "" : ". ")
        + words.joined(separator: " "), table)
  }
}
