import Foundation
public import RaggedCore
import RaggedReport
public import RaggedStore
import RaggedTraining

/// Folds or trials over each other: their curves in one chart, and a table with a row for each.
struct RunGroupReport {
  let group: RunGroup
  /// What the folds' models make of what they did not see; nil for trials, and where a model could not be judged.
  let folds: FoldReport?
  /// Why not.
  let problem: String?

  /// Lines that have a colour and a place in the key; the others stand thin behind them.
  private static let lineLimit = 8
  /// Folds that have a column of their own.
  private static let columnLimit = 6

  private var runs: [RunFigures] { group.members.map(\.run) }
  private var isFolds: Bool { group.kind != .trials }
  private var word: String { isFolds ? "fold" : "trial" }
  private var monitor: String { runs.last?.monitor ?? "loss" }

  var page: ReportPage {
    let latest = runs.last?.record
    var page = ReportPage(
      title: "\(NumberText.count(runs.count, word)) of \(group.name.clipped(to: 100))",
      subtitle: "on \(latest?.dataset.clipped(to: 100) ?? "") · \(latest?.command.clipped(to: 600) ?? "")")
    if case .folds(let folds) = group.kind, runs.count < folds.count {
      page.notes.append("\(NumberText.whole(runs.count)) of \(NumberText.whole(folds.count)) folds have begun.")
    }
    for member in group.members {
      if member.run.record.status != .finished {
        page.notes.append("\(word.capitalized) \(member.number): \(member.run.record.status.rawValue).")
      }
      if let warning = member.run.warning { page.notes.append("\(word.capitalized) \(member.number): \(warning)") }
    }
    if let problem { page.notes.append("The models are not judged here: \(problem).") }
    page.cards = cards
    page.sections = [isFolds ? judged : nil, curves, table].compactMap(\.self)
    return page
  }

  /// Members from the best to the worst: of trials those with more epochs first, as others were dropped.
  private var ranked: [RunGroup.Member] {
    func key(_ member: RunGroup.Member) -> (Int, Double, Int) {
      let value = member.run.best(monitor)
      let epochs = isFolds ? 0 : -member.run.record.epochs.count
      return (
        value == nil ? .max : epochs, value.map { member.run.isBetterHigher ? -$0 : $0 } ?? 0, member.number
      )
    }
    return group.members.sorted { key($0) < key($1) }
  }

  private var cards: [ReportPage.Card] {
    var cards = [
      ReportPage.Card(word + "s", NumberText.whole(runs.count)),
      ReportPage.Card("time", NumberText.duration(runs.reduce(0) { $0 + $1.record.seconds }), "of all together"),
    ]
    if isFolds {
      for name in ([monitor] + RunFigures.usualMetrics.filter { $0.hasPrefix("val_") }).uniqued {
        let spread = Spread(runs.compactMap { $0.best(name) })
        guard spread.count > 0 else { continue }
        cards.append(
          ReportPage.Card(
            RunFigures.title(name), NumberText.metric(spread.mean),
            spread.deviation.map { "± \(NumberText.metric($0)), of the best epochs" } ?? "of the best epoch"))
      }
    } else if let best = ranked.first, let value = best.run.best(monitor) {
      cards.append(ReportPage.Card("best trial", NumberText.whole(best.number), "run \(best.run.record.id)"))
      cards.append(ReportPage.Card(RunFigures.title(monitor), NumberText.metric(value), "of its best epoch"))
    }
    return cards
  }

  // MARK: - Curves

  private var curves: ReportPage.Section {
    let metrics = runs.reduce(into: Set<String>()) { names, run in
      for epoch in run.record.epochs { names.formUnion(epoch.metrics.keys) }
    }
    let first = [monitor, "val_loss", "val_accuracy", "loss", "accuracy"].uniqued.filter(metrics.contains)
    let rest = metrics.subtracting(first).subtracting(["seconds", "learning_rate"]).sorted()
    let blocks = (first + rest.prefix(20)).map(curve)
    var text = isFolds ? "Every fold over the epochs, and the mean as far as all of them go." : ""
    if !isFolds, runs.count > Self.lineLimit {
      let others = NumberText.count(runs.count - Self.lineLimit, "other stands", "others stand")
      text = "The \(Self.lineLimit) best trials have a colour; \(others) behind them."
    }
    return ReportPage.Section("Curves", blocks.isEmpty ? "No epoch has ended." : text, blocks)
  }

  private func curve(_ metric: String) -> ReportPage.Block {
    let shown = isFolds ? group.members : ranked
    let hasAll = shown.count <= Self.lineLimit
    var lines = shown.enumerated().map { place, member in
      let isQuiet = !hasAll && (isFolds || place >= Self.lineLimit)
      // The mean has the last colour.
      let number = isQuiet ? 7 : isFolds ? place % 7 + place / 7 * 8 : place
      var line = member.run.series(metric, named: "\(word) \(member.number)", number: number)
      line.isQuiet = isQuiet
      return line
    }
    if isFolds, let mean = mean(metric, number: hasAll ? 7 : 0) { lines.append(mean) }
    let title = RunFigures.title(metric)
    let chart = LineChart(
      "\(title) by epoch", series: lines, xLabel: "epoch", yLabel: title.clipped(to: 30),
      bounds: RunFigures.bounds(metric), allowsLogarithm: metric.hasSuffix("loss"))
    return .half(title.prefix(1).uppercased() + title.dropFirst(), "", chart.markup)
  }

  /// The mean of all folds, at the epochs that all of them have.
  private func mean(_ metric: String, number: Int) -> LineChart.Series? {
    let values = runs.map { $0.values(metric) }
    guard values.count > 1, let count = values.map(\.count).min(), count > 0, let epochs = runs.first?.epochs else {
      return nil
    }
    let means = (0..<count).map { epoch in values.reduce(0) { $0 + $1[epoch] } / Double(values.count) }
    return LineChart.Series("mean", x: Array(epochs.prefix(count)), y: means, number: number, isDashed: true)
  }

  // MARK: - Tables

  /// A row for each, of trials the best first.
  private var table: ReportPage.Section {
    let metrics = ([monitor] + RunFigures.usualMetrics).uniqued.filter { name in runs.contains { $0.has(name) } }
    let settings = isFolds ? [] : differences
    let shown = isFolds ? group.members : ranked
    var rows = shown.map { member -> [Markup] in
      let run = member.run
      let place = runs.firstIndex { $0.record.id == run.record.id } ?? 0
      var row: [Markup] = ["\(member.number)", "\(Int(run.record.id))"]
      row += settings.map { "\(($0.values[place] ?? NumberText.none).clipped(to: 80))" }
      row += [
        "\(run.record.status.rawValue)", "\(NumberText.whole(run.record.epochs.count))",
        "\(run.best.map { NumberText.whole(run.record.epochs[$0].epoch) } ?? NumberText.none)",
      ]
      return row + metrics.map { "\(NumberText.metric(run.best($0)))" }
    }
    if isFolds, runs.count > 1 {
      let spreads = metrics.map { name in Spread(runs.compactMap { $0.best(name) }) }
      let before: [Markup] = Array(repeating: "", count: 4)
      rows.append(["<b>mean</b>"] + before + spreads.map { "<b>\(NumberText.metric($0.mean))</b>" })
      rows.append(["deviation"] + before + spreads.map { "\(NumberText.metric($0.deviation))" })
    }
    let columns: [Table.Column] =
      [isFolds ? .text(word) : .number(word), .number("run")] + settings.map { .text($0.title.clipped(to: 40)) }
      + [.text("status"), .number("epochs"), .number("best epoch")]
      + metrics.map { .number(RunFigures.title($0)) }
    var text = "Figures of each best epoch, by \(RunFigures.title(monitor))."
    if !isFolds { text += " The best come first, those with more epochs before others." }
    return ReportPage.Section(
      word.capitalized + "s", text, [.wide("", "", Table(columns, rows: rows).markup)])
  }

  /// The settings in which trials differ, but for how far they went.
  private var differences: [RunComparison.Difference] {
    RunComparison(runs.map(\.record)).differences.filter { !["epochs", "fingerprint"].contains($0.name) }
  }

  /// Each fold's model on the sequences that it was not trained on.
  private var judged: ReportPage.Section? {
    guard let folds, !folds.rows.isEmpty else { return nil }
    let hasAll = folds.rows.count <= Self.columnLimit
    let rows = folds.summaries.prefix(Table.rowLimit).map { summary -> [Markup] in
      let values = folds.rows.map { $0.figures[summary.name] }
      let known = values.compactMap(\.self).filter(\.isFinite)
      return [
        "\(summary.title.clipped(to: 80))", "<b>\(NumberText.metric(summary.mean))</b>",
        "\(NumberText.metric(summary.deviation))",
      ]
        + (hasAll
          ? values.map { "\(NumberText.metric($0))" }
          : ["\(NumberText.metric(known.min()))", "\(NumberText.metric(known.max()))"])
    }
    let columns: [Table.Column] =
      [.text(""), .number("mean"), .number("deviation")]
      + (hasAll ? folds.rows.map { .number("fold \($0.fold)") } : [.number("least"), .number("greatest")])
    let sizes = folds.rows.map(\.sequences)
    let size = sizes.min() == sizes.max() ? "\(sizes[0])" : "\(sizes.min() ?? 0) to \(sizes.max() ?? 0)"
    return ReportPage.Section(
      "Judged",
      "The best epoch's model of each fold on the \(size) sequences of that fold, which it was not trained on; the "
        + "deviation is that of the folds.",
      [.wide("", "", Table(columns, rows: rows).markup)])
  }
}

/// The mean of some numbers, and how far they lie apart.
private struct Spread {
  var count = 0
  var mean: Double?
  /// By their number less one; nil of a single one.
  var deviation: Double?

  init(_ values: [Double]) {
    let values = values.filter(\.isFinite)
    count = values.count
    guard count > 0 else { return }
    let mean = values.reduce(0, +) / Double(count)
    self.mean = mean
    guard count > 1 else { return }
    deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
  }
}

extension Array where Element == String {
  /// Each of them where it first stands.
  fileprivate var uniqued: [String] { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}

extension HTMLReport {
  /// All folds of a cross-validation, or all trials of a search, over each other.
  ///
  /// Of folds each model that is found is judged on the sequences that it was not trained on, as ``FoldedTraining`` judges it;
  /// where one is gone a note says so, and the figures of the epochs remain.
  /// - Parameters:
  ///   - name: what the files are called: that of ``FoldedTraining/name`` or ``ModelSearch/name``.
  ///   - store: where the runs are, with their dataset.
  ///   - threads: how many work at once; nil takes every core.
  ///   - monitor: asked and told after every batch.
  /// - Throws: `StoreError` for a name that no folds and no trials have; `Cancelled`.
  public init(
    ofRunsNamed name: String, in store: SequenceStore, threads: Int? = nil, monitor: ProgressMonitor = .none
  ) throws {
    let group = try RunGroup(name, in: store)
    guard case .folds(let folds) = group.kind else {
      self.init(RunGroupReport(group: group, folds: nil, problem: nil).page)
      return
    }
    do {
      let rows = try group.members.map { try HTMLReport.row(of: $0, in: store, threads: threads, monitor: monitor) }
      self.init(RunGroupReport(group: group, folds: FoldReport(folds: folds, rows: rows), problem: nil).page)
    } catch let error as any RaggedError where !(error is Cancelled) {
      self.init(RunGroupReport(group: group, folds: nil, problem: error.message).page)
    }
  }

  private static func row(
    of member: RunGroup.Member, in store: SequenceStore, threads: Int?, monitor: ProgressMonitor
  ) throws -> FoldReport.Row {
    let run = member.run
    let found: RunModel
    do {
      found = try RunModel(run, store: store, threads: threads)
    } catch let error as RunError {
      throw RunError(error.code, "the model of fold \(member.number) is not where run \(run.record.id) left it")
    }
    guard let configuration = run.configuration,
      let held = try TrainingData(store: store, configuration: configuration).validation
    else { throw TrainingError(.dataMismatch, "fold \(member.number) has no sequences to judge by") }
    return FoldReport.Row(
      fold: member.number, sequences: held.sequences.count, epochs: run.record.epochs.count,
      bestEpoch: run.best.map { run.record.epochs[$0].epoch }, model: found.name,
      figures: try found.model.foldFigures(held.sequences, monitor: monitor))
  }
}
