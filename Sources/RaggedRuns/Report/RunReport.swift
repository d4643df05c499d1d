import RaggedCore
import RaggedReport
import RaggedStore

/// What came of one run.
struct RunReport {
  let run: RunFigures
  /// Of each target; none where the model could not be judged.
  let judgements: [RunJudgement]
  /// Why not.
  let problem: String?
  /// What follows a sentence that has a remedy.
  let words: (RunRemedy) -> String

  var page: ReportPage {
    let record = run.record
    var page = ReportPage(
      title: "Run \(record.id) on \(record.dataset.clipped(to: 100))",
      subtitle: "\(record.command.clipped(to: 600)) · began \(run.began)")
    page.cards = cards
    switch record.status {
    case .interrupted: page.notes.append("The run was interrupted: it can be resumed\(words(.resume)).")
    case .diverged:
      page.notes.append(
        "The run diverged after \(NumberText.count(record.epochs.count, "epoch")): a loss, a gradient or a weight was no "
          + "longer a number.")
    case .failed:
      page.notes.append("The run ended in an error after \(NumberText.count(record.epochs.count, "epoch")).")
    case .running: page.notes.append("The run has not ended, or it was killed.")
    case .finished: break
    }
    if let warning = run.warning { page.notes.append(warning) }
    if let warning = judgements.first?.found.warning { page.notes.append(warning) }
    if let problem { page.notes.append("The model is not judged here: \(problem).") }
    page.sections = [curves, settings].compactMap(\.self)
    page.sections.insert(
      contentsOf: judgements.flatMap { JudgementSections(judgement: $0).sections }, at: page.sections.isEmpty ? 0 : 1)
    return page
  }

  private var cards: [ReportPage.Card] {
    let record = run.record
    var cards = [
      ReportPage.Card("status", record.status.rawValue),
      ReportPage.Card(
        "epochs", NumberText.whole(record.epochs.count),
        run.configuration.map { "of \(NumberText.whole($0.epochs))" } ?? ""),
      ReportPage.Card("time", NumberText.duration(record.seconds)),
    ]
    if let best = run.best {
      let epoch = record.epochs[best]
      cards.append(ReportPage.Card("best epoch", NumberText.whole(epoch.epoch), "by \(RunFigures.title(run.monitor))"))
      for name in RunFigures.usualMetrics {
        guard let value = epoch.metrics[name], name.hasPrefix("val_") || !run.has("val_" + name) else { continue }
        cards.append(ReportPage.Card(RunFigures.title(name), NumberText.metric(value), "of the best epoch"))
      }
      var others = [run.monitor]
      for name in run.headMetrics.prefix(24) {
        let isOther = name.hasSuffix(".val_accuracy") || name.hasSuffix(".val_loss") && !run.has(accuracy(of: name))
        if isOther { others.append(name) }
      }
      for name in others where !RunFigures.usualMetrics.contains(name) {
        guard let value = epoch.metrics[name] else { continue }
        cards.append(
          ReportPage.Card(RunFigures.title(name).clipped(to: 80), NumberText.metric(value), "of the best epoch"))
      }
    }
    return cards
  }

  /// The name of the accuracy of the target that a loss is of.
  private func accuracy(of loss: String) -> String { loss.replacing(".val_loss", with: ".val_accuracy") }

  private var curves: ReportPage.Section? {
    guard !run.record.epochs.isEmpty else {
      return ReportPage.Section("Curves", "No epoch has ended.", [])
    }
    var blocks: [ReportPage.Block] = []
    let others = run.record.epochs.reduce(into: Set<String>()) { $0.formUnion($1.metrics.keys) }
      .subtracting(["learning_rate", "seconds"])
    let names =
      ["loss", "accuracy"] + Set(others.map(RunFigures.training)).subtracting(["loss", "accuracy"]).sorted()
    for name in names.prefix(40) where others.contains(name) || others.contains(RunFigures.validation(name)) {
      blocks.append(curve(name))
    }
    if run.has("learning_rate") {
      let chart = LineChart(
        "learning rate by epoch", series: [run.series("learning_rate", number: 2)], xLabel: "epoch",
        yLabel: "learning rate", includesZero: true)
      blocks.append(.half("Learning rate", "of the last step of each epoch", chart.markup))
    }
    if run.has("seconds") {
      let chart = LineChart(
        "seconds by epoch", series: [run.series("seconds", number: 6)], xLabel: "epoch", yLabel: "seconds",
        includesZero: true)
      blocks.append(.half("Time of an epoch", "validation included", chart.markup))
    }
    return ReportPage.Section("Curves", "", blocks)
  }

  private func curve(_ name: String) -> ReportPage.Block {
    let series = [
      run.has(name) ? run.series(name, named: "training", number: 0) : nil,
      run.has(RunFigures.validation(name))
        ? run.series(RunFigures.validation(name), named: "validation", number: 1) : nil,
    ].compactMap(\.self)
    var marks: [LineChart.Mark] = []
    if let best = run.best, let line = series.last, line.y[best].isFinite {
      let text = "best: epoch \(run.record.epochs[best].epoch), \(NumberText.metric(line.y[best]))"
      marks.append(LineChart.Mark(x: line.x[best], y: line.y[best], text: text, series: line.number))
    }
    let title = RunFigures.plain(name)
    // Which target it is of stands above it.
    let label = name.lastIndex(of: ".").map { RunFigures.plain(String(name[name.index(after: $0)...])) } ?? title
    let chart = LineChart(
      "\(title) by epoch", series: series, marks: marks, xLabel: "epoch", yLabel: label.clipped(to: 30),
      bounds: RunFigures.bounds(name), allowsLogarithm: name == "loss" || name.hasSuffix(".loss"))
    var detail = run.hasValidation ? "" : "training only: the run had no validation data"
    if series.count == 1, run.hasValidation {
      detail = run.has(name) ? "of the training data" : "of the validation data"
    }
    return .half(name.contains(".") ? title : title.prefix(1).uppercased() + title.dropFirst(), detail, chart.markup)
  }

  private var settings: ReportPage.Section {
    var facts: [(name: String, value: Markup)] = [("command", "<code>\(run.record.command.clipped(to: 2000))</code>")]
    let settings = run.settings.map { (title: SettingTitle.text($0.key), value: $0.value) }
    for (title, value) in settings.sorted(by: { $0.title < $1.title }) {
      facts.append((title.clipped(to: 80), "<code>\(value.isEmpty ? NumberText.none : value.clipped(to: 500))</code>"))
    }
    return ReportPage.Section(
      "Configuration", "Everything that decides the result.", [.wide("", "", FactList(facts).markup)])
  }
}
