import Ragged

/// A judged model as text for a terminal.
struct EvaluationPrinter {
  let judgement: ModelJudgement
  let model: TrainedModel
  /// What the groups are told apart by; nil without any.
  var groupTitle: String?

  /// Classes that have a row of their own.
  private static let classLimit = 20

  private var report: EvaluationReport { judgement.report }
  private var names: [String] { model.classNames + report.unknownClasses.map(\.name) }

  /// Everything, a part after the other with an empty line between them.
  var text: String {
    var parts = report.overall.labelErrorRate == nil ? [figures.text] : LabelFigures(report).parts
    if let groups { parts.append(groups) }
    if let classes { parts.append(classes) }
    if let labels { parts.append(labels) }
    if let single { parts.append(single) }
    if let entities { parts.append(entities) }
    if !judgement.values.isEmpty { parts.append(errors.text) }
    if let baselines { parts.append(baselines) }
    if let ofSeries { parts.append(ofSeries) }
    if !report.unknownClasses.isEmpty { parts.append(unknown) }
    if let confusion = report.confusion, confusion.total > 0 {
      parts.append(
        ConfusionPrinter(confusion: confusion, names: names, unknownCount: report.unknownClasses.count).text)
    }
    return parts.joined(separator: "\n\n")
  }

  private func share(_ value: Double?) -> String { value.map { Format.fixed($0, 4) } ?? "–" }
  private func figure(_ value: Double?) -> String { value.map(Format.figure) ?? "–" }

  private var figures: Table {
    // Values have neither.
    let shares: [(title: String, part: KeyPath<EvaluationReport.Figures, Double?>)] = [
      ("accuracy", \.accuracy), ("macro F1", \.macroF1),
    ].filter { report.overall[keyPath: $0.1] != nil }
    func row(_ name: String, _ figures: EvaluationReport.Figures) -> [String] {
      let lengths =
        figures.shortest == figures.longest ? "\(figures.shortest)" : "\(figures.shortest)–\(figures.longest)"
      return [name, lengths, figures.sequences.grouped, figures.timesteps.grouped, Format.fixed(figures.loss, 4)]
        + shares.map { share(figures[keyPath: $0.part]) }
    }
    let deciles = groupTitle == nil ? report.deciles : []
    return Table(
      [
        .init("", .left), .init("lengths", rank: 2), .init("sequences", rank: 1), .init("timesteps", rank: 3),
        .init("loss", .decimal),
      ] + shares.map { .init($0.title) },
      [row("all", report.overall)]
        + deciles.enumerated().map { row("length decile \($0.offset + 1)", $0.element) })
  }

  /// A figure of many, for a table.
  private struct Figure {
    var title: String
    var part: KeyPath<JudgedFigures, Double?>
    var isShare = true
  }

  /// What is said of groups and baselines, of the figures that there are.
  private func shown(_ figures: [JudgedFigures]) -> [Figure] {
    let all = [
      Figure(title: "accuracy", part: \.accuracy), Figure(title: "balanced\naccuracy", part: \.balancedAccuracy),
      Figure(title: "macro F1", part: \.macroF1), Figure(title: "weighted F1", part: \.weightedF1),
      Figure(title: "AUROC", part: \.auroc), Figure(title: "average\nprecision", part: \.averagePrecision),
      Figure(title: "entity F1", part: \.entityF1), Figure(title: "perplexity", part: \.perplexity, isShare: false),
      Figure(title: "MAE", part: \.mae, isShare: false), Figure(title: "RMSE", part: \.rmse, isShare: false),
      Figure(title: "R²", part: \.r2), Figure(title: "sMAPE %", part: \.smape, isShare: false),
    ]
    return all.filter { figure in figures.contains { $0[keyPath: figure.part] != nil } }
  }

  private func cells(_ shown: [Figure], _ figures: JudgedFigures) -> [String] {
    shown.map { $0.isShare ? share(figures[keyPath: $0.part]) : figure(figures[keyPath: $0.part]) }
  }

  private func columns(_ shown: [Figure]) -> [Table.Column] {
    shown.enumerated().map { Table.Column($1.title, rank: $0 < 2 ? nil : $0) }
  }

  private var groups: String? {
    guard let groupTitle else { return nil }
    let shown = shown(report.groups.map(\.figures))
    let table = Table(
      [.init(groupTitle.printable, .left), .init("judged")] + columns(shown),
      report.groups.map { [$0.name, $0.figures.count.grouped] + cells(shown, $0.figures) })
    return "By \(groupTitle.printable):\n" + table.text
  }

  private func rows(_ name: String, _ figures: ClassReport.Figures) -> [String] {
    [name, share(figures.precision), share(figures.recall), share(figures.f1), figures.support.grouped]
  }

  private static let reportColumns = [
    Table.Column("", .left), Table.Column("precision"), Table.Column("recall"), Table.Column("F1"),
    Table.Column("support"),
  ]

  private var classes: String? {
    guard let found = report.classReport else { return nil }
    let met = found.classes.indices.filter { found.classes[$0].support + found.classes[$0].predicted > 0 }
    let most = met.sorted { (found.classes[$1].support, $0) < (found.classes[$0].support, $1) }
      .prefix(Self.classLimit).sorted()
    let table = Table(
      Self.reportColumns,
      most.map { rows($0 < names.count ? names[$0] : String($0), found.classes[$0]) }
        + [rows("macro average", found.macro), rows("weighted average", found.weighted)])
    let rest = met.count - most.count
    return (rest > 0 ? "The \(most.count) most frequent classes, and \(rest.counted("other")) in the averages:\n" : "")
      + table.text
  }

  /// Each label of which a sequence may have many.
  private var labels: String? {
    guard let found = report.labels else { return nil }
    let names = model.signature.target.names
    func cells(_ label: LabelReport.Label) -> [String] {
      [Format.fixed(Double(label.threshold), 4)] + [label.auroc, label.averagePrecision].map(share)
    }
    let most = found.labels.indices
      .sorted { (found.labels[$1].figures.support, $0) < (found.labels[$0].figures.support, $1) }
      .prefix(Self.classLimit).sorted()
    let averages = [("micro", found.micro), ("macro", found.macro), ("weighted", found.weighted)]
    let table = Table(
      Self.reportColumns + [.init("threshold", rank: 2), .init("AUROC"), .init("average\nprecision", rank: 1)],
      most.map { rows($0 < names.count ? names[$0] : String($0), found.labels[$0].figures) + cells(found.labels[$0]) }
        + averages.map { rows("\($0) average", $1) + ["", "", ""] })
    let rest = found.labels.count - most.count
    return "Labels, where their probability is above the threshold"
      + (rest > 0 ? " (the \(most.count) most frequent, and \(rest.counted("other")) in the averages)" : "") + ":\n"
      + table.text
  }

  private var single: String? {
    let figures = report.figures
    var parts: [String] = []
    if let value = figures.balancedAccuracy { parts.append("balanced accuracy \(share(value))") }
    if let ranking = report.ranking, names.count >= 2 {
      parts.append("AUROC \(share(ranking.auroc))")
      parts.append(
        "average precision \(share(ranking.averagePrecision)) of \(names[1].printable), "
          + "\(share(ranking.otherAveragePrecision)) of \(names[0].printable)"
          + (ranking.isExact ? "" : " (of so many scores those that agree in 12 bits count as equal)"))
    }
    if let value = figures.perplexity, let bits = figures.bitsPerSymbol {
      parts.append("perplexity \(figure(value)), \(share(bits)) bits a symbol")
    }
    return parts.isEmpty ? nil : parts.joined(separator: "\n")
  }

  private var entities: String? {
    guard let entities = report.entities else { return nil }
    let table = Table(
      Self.reportColumns,
      entities.types.map { rows($0.name.isEmpty ? "entity" : $0.name, $0.figures) }
        + [rows("all entities", entities.overall)])
    return "Entities, right where they begin, end and are named as in the truth:\n" + table.text
  }

  /// How far each value is from the truth, in its own unit.
  private var errors: Table {
    func duration(_ value: ValueErrors) -> String {
      guard value.unit == "seconds", let error = value.meanAbsoluteError else { return "" }
      return error.asDuration.map { " (\($0))" } ?? ""
    }
    let isScaled = judgement.values.contains { $0.mase != nil }
    return Table(
      [
        .init("value", .left), .init("predictions", rank: 2), .init("mean absolute error"),
        .init("root mean squared error", rank: 1), .init("mean error", rank: 4), .init("R²"), .init("sMAPE %", rank: 5),
      ] + (isScaled ? [.init("MASE (\(judgement.season))", rank: 3)] : []),
      judgement.values.map { value in
        [
          value.name.printable + (value.unit.map { " (\($0))" } ?? ""), value.count.grouped,
          figure(value.meanAbsoluteError) + duration(value), figure(value.rootMeanSquaredError),
          figure(value.meanError), share(value.determination), figure(value.smape),
        ] + (isScaled ? [figure(value.mase)] : [])
      })
  }

  private var baselines: String? {
    guard let fittedOn = judgement.fittedOn, !report.baselines.isEmpty else { return nil }
    let all = [report.figures] + report.baselines.map(\.figures)
    let shown = shown(all)
    let rows = zip(["the model"] + report.baselines.map(\.name), all).map { [$0] + cells(shown, $1) }
    var text = "Without a model, fitted on \(fittedOn.printable):\n"
    text += Table([.init("", .left)] + columns(shown), rows).text
    if report.values.count > 1 { text += "\n(means over \(report.values.count) values)" }
    for verdict in judgement.verdicts.prefix(Self.classLimit) { text += "\n" + verdict.printable }
    let rest = judgement.verdicts.count - Self.classLimit
    return rest > 0 ? text + "\nand \(rest.counted("time")) more" : text
  }

  /// Errors of each sequence by itself.
  private var ofSeries: String? {
    guard report.figures.seriesSmape != nil else { return nil }
    let all = [report.figures] + report.baselines.map(\.figures)
    return "Each sequence by itself, in the mean over the sequences:\n"
      + Table(
        [.init("", .left), .init("sMAPE %"), .init("MASE (\(judgement.season))")],
        zip(["the model"] + report.baselines.map(\.name), all).map {
          [$0, figure($1.seriesSmape), figure($1.seriesMase)]
        }
      ).text
  }

  /// What the model does not know.
  private var unknown: String {
    let total = report.unknownClasses.reduce(0) { $0 + $1.count }
    let what = model.signature.target.isPerTimestep ? "timestep" : "sequence"
    let names = report.unknownClasses.prefix(20).map { "\($0.name.printable) (\($0.count.grouped))" }
    let rest = report.unknownClasses.count - names.count
    return "\(total.counted(what)) \(total == 1 ? "has a class" : "have classes") that the model does not know, and "
      + "\(total == 1 ? "counts as an error" : "count as errors") without a loss: "
      + names.joined(separator: ", ") + (rest > 0 ? " and \(rest.grouped) more" : "")
  }
}

/// A judged model as JSON, with the names of the classes that the confusion matrix counts, those that the model does not know
/// last.
struct EvaluationOutput: Encodable {
  struct Parts: Encodable {
    var by: String
    var parts: [EvaluationReport.Group]
  }
  struct BaselineOutput: Encodable {
    var name: String
    var figures: JudgedFigures
    var values: [ValueErrors]?
  }

  var overall: EvaluationReport.Figures
  var deciles: [EvaluationReport.Figures]
  var figures: JudgedFigures
  var classes: [String]
  var classReport: ClassReport?
  var ranking: RankingFigures?
  var labels: LabelReport?
  /// The names of the labels, in their order.
  var labelNames: [String]?
  var entities: EntityReport?
  var confusion: Confusion?
  var unknownClasses: [EvaluationReport.UnknownClass]?
  var values: [ValueErrors]?
  var groups: Parts?
  var baselines: [BaselineOutput]?
  var baselinesFittedOn: String?
  var season: Int?
  var verdicts: [String]?
  /// Of lists of labels what a search found.
  var beamSearch: LabelErrors?

  init(_ judgement: ModelJudgement, classes: [String], groupTitle: String?) {
    let report = judgement.report
    (overall, deciles, figures) = (report.overall, report.deciles, report.figures)
    self.classes = classes + report.unknownClasses.map(\.name)
    (classReport, ranking, entities, confusion) = (
      report.classReport, report.ranking, report.entities, report.confusion
    )
    labels = report.labels
    if report.labels != nil { labelNames = judgement.values.map(\.name) }
    unknownClasses = report.unknownClasses.isEmpty ? nil : report.unknownClasses
    values = judgement.values.isEmpty ? nil : judgement.values
    groups = groupTitle.map { Parts(by: $0, parts: report.groups) }
    guard judgement.fittedOn != nil else { return }
    baselines = zip(report.baselines, judgement.baselineValues).map { baseline, values in
      BaselineOutput(name: baseline.name, figures: baseline.figures, values: values.isEmpty ? nil : values)
    }
    (baselinesFittedOn, verdicts) = (judgement.fittedOn, judgement.verdicts)
    season = judgement.values.isEmpty ? nil : judgement.season
  }
}
