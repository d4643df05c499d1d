import RaggedCore
import RaggedReport
import RaggedStore

struct ComparisonReport {
  let runs: [RunFigures]

  init(_ records: [RunRecord]) { runs = records.map(RunFigures.init) }

  var page: ReportPage {
    let datasets = runs.map(\.record.dataset).exactNames.sorted().map(\.text)
    var page = ReportPage(
      title: "Runs \(runs.map { "\($0.record.id)" }.listed(limit: 12))",
      subtitle: "on \(datasets.listed())")
    for run in runs {
      if let warning = run.warning { page.notes.append("Run \(run.record.id): \(warning)") }
    }
    page.sections = [curves, differences, figures]
    return page
  }

  private func name(_ run: RunFigures) -> String { "run \(run.record.id)" }

  private var curves: ReportPage.Section {
    let others = runs.reduce(into: Set<String>()) { names, run in
      for epoch in run.record.epochs { names.formUnion(epoch.metrics.keys) }
    }
    let usual = ["val_loss", "loss", "val_accuracy", "accuracy"]
    let rest = others.subtracting(usual).subtracting(["learning_rate", "seconds"]).sorted()
    let blocks = (usual + rest.prefix(20) + ["learning_rate", "seconds"]).compactMap { metric -> ReportPage.Block? in
      guard others.contains(metric) else { return nil }
      let series = runs.enumerated().filter { $0.element.has(metric) }.map { index, run in
        run.series(metric, named: name(run), number: index)
      }
      let title = metric == "seconds" ? "seconds of an epoch" : RunFigures.title(metric)
      let chart = LineChart(
        "\(title) by epoch", series: series, marks: [], xLabel: "epoch", yLabel: title.clipped(to: 30),
        bounds: RunFigures.bounds(metric), includesZero: ["seconds", "learning_rate"].contains(metric),
        allowsLogarithm: metric.hasSuffix("loss"))
      let missing = runs.count - series.count
      return .half(
        title.prefix(1).uppercased() + title.dropFirst(),
        missing > 0 ? "\(NumberText.count(missing, "run")) without it" : "", chart.markup)
    }
    return ReportPage.Section("Curves", blocks.isEmpty ? "No epoch has ended." : "", blocks)
  }

  private var differences: ReportPage.Section {
    let differences = RunComparison(runs.map(\.record)).differences
    guard !differences.isEmpty else {
      return ReportPage.Section("What differs", "Nothing: configurations and data are the same.", [])
    }
    func cell(_ value: String?) -> Markup {
      let text = value.flatMap { $0.isEmpty ? nil : $0 } ?? NumberText.none
      return "<code>\(text.clipped(to: 120))</code>"
    }
    let table =
      isLong
      ? Table(
        [.text("")] + differences.map { .text($0.title.clipped(to: 80)) },
        rows: runs.enumerated().map { place, run in
          ["\(name(run))"] + differences.map { cell($0.values[place]) }
        })
      : Table(
        [.text("setting")] + runs.map { .text(name($0)) },
        rows: differences.map { ["\($0.title.clipped(to: 80))"] + $0.values.map(cell) })
    return ReportPage.Section("What differs", "", [.wide("", "", table.markup)])
  }

  /// Runs that stand side by side; more stand under each other.
  private static let columnLimit = 4
  private var isLong: Bool { runs.count > Self.columnLimit }

  private var figures: ReportPage.Section {
    typealias Row = (String, (RunFigures) -> String)
    let usual = RunFigures.usualMetrics.filter { metric in runs.contains { $0.has(metric) } }
    var rows: [Row] = [
      ("dataset", { $0.record.dataset.clipped(to: 40) }), ("began", { $0.began }),
      ("status", { $0.record.status.rawValue }), ("epochs", { NumberText.whole($0.record.epochs.count) }),
      ("time", { NumberText.duration($0.record.seconds) }),
      (
        "time of an epoch",
        { run in
          NumberText.duration(run.record.epochs.isEmpty ? nil : run.record.seconds / Double(run.record.epochs.count))
        }
      ),
      ("best epoch", { run in run.best.map { NumberText.whole(run.record.epochs[$0].epoch) } ?? NumberText.none }),
    ]
    rows += usual.map { metric in
      ("\(RunFigures.title(metric)), best epoch", { NumberText.metric($0.best(metric)) })
    }
    rows += usual.map { metric in ("\(RunFigures.title(metric)), last epoch", { NumberText.metric($0.last(metric)) })
    }
    let table =
      isLong
      ? Table(
        [.text("")] + rows.map { .number($0.0) },
        rows: runs.map { run in ["\(name(run))"] + rows.map { "\($0.1(run))" as Markup } })
      : Table(
        [.text("")] + runs.map { .number(name($0)) },
        rows: rows.map { title, value in ["\(title)"] + runs.map { "\(value($0))" as Markup } })
    return ReportPage.Section(
      "Figures", "The best epoch is that of each run's own rule: early stopping's figure, or else the validation loss.",
      [.wide("", "", table.markup)])
  }
}
