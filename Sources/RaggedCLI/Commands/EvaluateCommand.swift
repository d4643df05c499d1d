import ArgumentParser
import Ragged

struct EvaluateCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Judge a model on a dataset: loss, accuracy, macro F1, confusion matrix or errors, and all by length.",
    discussion: """
      The data must have the features that the model was trained on; classes and tokens are matched by name, and a class \
      that the model does not know counts as an error, without a loss. \
      Figures are exact: sums over real timesteps, divided once by the sum of their weights, or not at all where the model \
      was trained with --reduction sum. Errors of values are in their own unit, seconds for what is derived from a time. Of more than 20 classes the confusion matrix shows those \
      with the most errors; JSON has all of it.

        ragged evaluate model.best.ragged store.sqlite --split test
      """)

  @Argument(help: "The checkpoint.", completion: .file(extensions: ["ragged"]))
  var model: String

  @OptionGroup var store: StoreArguments
  @OptionGroup(title: "Part") var part: PartArguments

  @Option(name: .shortAndLong, help: "Sequences per batch; the figures do not depend on it.")
  var batchSize = Trainer.usualBatchSize

  @OptionGroup var compute: ThreadArguments

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws { try Limits.check("--batch-size", batchSize, Limits.count) }

  func run() throws {
    let (loaded, source) = try part.judged(by: model, threads: compute.threads, in: store)
    let line = ProgressLine("evaluating")
    let (report, values) = try stopping(leaving: "the store is unchanged") {
      try loaded.judge(on: source, batchSize: batchSize, monitor: line.monitor)
    }
    line.clear()
    if json { return try Console.print(json: ReportOutput(report, values, classes: loaded.classNames)) }
    Console.print(figures(report))
    if !values.isEmpty { Console.print("\n" + errors(values).text) }
    if !report.unknownClasses.isEmpty { Console.print("\n" + unknown(report, loaded)) }
    if let confusion = report.confusion, confusion.total > 0 {
      let names = loaded.classNames + report.unknownClasses.map(\.name)
      Console.print(
        "\n"
          + ConfusionPrinter(confusion: confusion, names: names, unknownCount: report.unknownClasses.count).text)
    }
  }

  /// What the model does not know.
  private func unknown(_ report: EvaluationReport, _ model: TrainedModel) -> String {
    let total = report.unknownClasses.reduce(0) { $0 + $1.count }
    let what = model.signature.target.isPerTimestep ? "timestep" : "sequence"
    let names = report.unknownClasses.prefix(20).map { "\($0.name.printable) (\($0.count.grouped))" }
    let rest = report.unknownClasses.count - names.count
    return "\(total.counted(what)) \(total == 1 ? "has a class" : "have classes") that the model does not know, and "
      + "\(total == 1 ? "counts as an error" : "count as errors") without a loss: "
      + names.joined(separator: ", ") + (rest > 0 ? " and \(rest.grouped) more" : "")
  }

  /// How far each value is from the truth, in its own unit.
  private func errors(_ values: [ValueErrors]) -> Table {
    func figure(_ value: Double?) -> String { value.map(Format.figure) ?? "–" }
    func duration(_ value: ValueErrors) -> String {
      guard value.unit == "seconds", let error = value.meanAbsoluteError else { return "" }
      return error.asDuration.map { " (\($0))" } ?? ""
    }
    return Table(
      [
        .init("value", .left), .init("predictions", rank: 2), .init("mean absolute error"),
        .init("root mean squared error", rank: 1), .init("mean error", rank: 3), .init("R²"),
      ],
      values.map { value in
        [
          value.name.printable + (value.unit.map { " (\($0))" } ?? ""), value.count.grouped,
          figure(value.meanAbsoluteError) + duration(value), figure(value.rootMeanSquaredError),
          figure(value.meanError),
          value.determination.map { Format.fixed($0, 4) } ?? "–",
        ]
      })
  }

  private func figures(_ report: EvaluationReport) -> Table {
    func row(_ name: String, _ figures: EvaluationReport.Figures) -> [String] {
      let lengths =
        figures.shortest == figures.longest ? "\(figures.shortest)" : "\(figures.shortest)–\(figures.longest)"
      return [name, lengths, figures.sequences.grouped, figures.timesteps.grouped]
        + [Format.fixed(figures.loss, 4)]
        + [figures.accuracy, figures.macroF1].map { $0.map { Format.fixed($0, 4) } ?? "–" }
    }
    return Table(
      [
        .init("", .left), .init("lengths", rank: 2), .init("sequences", rank: 1), .init("timesteps", rank: 3),
        .init("loss", .decimal), .init("accuracy"), .init("macro F1"),
      ],
      [row("all", report.overall)]
        + report.deciles.enumerated().map { row("length decile \($0.offset + 1)", $0.element) })
  }
}

/// A report as JSON, with the names of the classes that the confusion matrix counts, those that the model does not know
/// last.
private struct ReportOutput: Encodable {
  var overall: EvaluationReport.Figures
  var deciles: [EvaluationReport.Figures]
  var classes: [String]
  var confusion: Confusion?
  var unknownClasses: [EvaluationReport.UnknownClass]?
  var values: [ValueErrors]?

  init(_ report: EvaluationReport, _ values: [ValueErrors], classes: [String]) {
    self.values = values.isEmpty ? nil : values
    overall = report.overall
    deciles = report.deciles
    self.classes = classes + report.unknownClasses.map(\.name)
    confusion = report.confusion
    unknownClasses = report.unknownClasses.isEmpty ? nil : report.unknownClasses
  }
}
