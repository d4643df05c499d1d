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
        includesZero: ["seconds", "learning_rate"].contains(metric), allowsLogarithm: metric.hasSuffix("loss"))
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
    let rows = differences.map { difference -> [Markup] in
      ["\(difference.name.clipped(to: 80))"]
        + difference.values.map { "<code>\(($0 ?? NumberText.none).clipped(to: 120))</code>" }
    }
    let table = Table([.text("setting")] + runs.map { .text(name($0)) }, rows: rows)
    return ReportPage.Section("What differs", "", [.wide("", "", table.markup)])
  }

  /// A column a run.
  private var figures: ReportPage.Section {
    typealias Row = (String, (RunFigures) -> String)
    let usual = RunFigures.usualMetrics.filter { metric in runs.contains { $0.has(metric) } }
    func best(_ run: RunFigures, _ metric: String) -> Double? {
      run.best.flatMap { run.record.epochs[$0].metrics[metric] }
    }
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
      ("\(RunFigures.title(metric)), best epoch", { NumberText.fixed(best($0, metric), 4) })
    }
    rows += usual.map { metric in ("\(RunFigures.title(metric)), last epoch", { NumberText.fixed($0.last(metric), 4) })
    }
    let cells = rows.map { title, value -> [Markup] in ["\(title)"] + runs.map { "\(value($0))" } }
    let table = Table([.text("")] + runs.map { .number(name($0)) }, rows: cells)
    return ReportPage.Section(
      "Figures", "The best epoch is that of each run's own rule: early stopping's figure, or else the validation loss.",
      [.wide("", "", table.markup)])
  }
}
