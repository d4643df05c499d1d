import RaggedBatching
import RaggedCore
import RaggedReport
import RaggedStore

/// What a dataset holds, from the figures that the store keeps.
struct DatasetReport {
  let selection: SequenceSelection
  let signature: SequenceSignature
  let overall: DatasetStatistics
  let splits: [DatasetStatistics]
  let batchSize: Int
  /// The usual ways of batching, from the lengths alone.
  let forecasts: [BatchingForecast]
  /// The same and more as plans of one epoch; nil where there are none.
  let plans: PlanComparison?
  let runs: [RunRecord]

  init(_ store: SequenceStore, _ selection: SequenceSelection, batchSize: Int, monitor: ProgressMonitor) throws {
    self.selection = selection
    self.batchSize = batchSize
    signature = try store.datasetInfo(selection.dataset).signature
    guard let overall = try store.statistics(selection).first else {
      throw StoreError(.unknownName, "\(store.path) has no figures of dataset \"\(selection.dataset)\"")
    }
    self.overall = overall
    try monitor.check()
    splits = try store.statistics(selection, by: .split)
    forecasts = try overall.lengths.batchingForecasts(batchSize: batchSize)
    try monitor.check()
    if overall.sequences > 0 {
      let source = try store.source(selection)
      plans = try PlanComparison(
        source, policy: BatchPolicy(batchSize: batchSize), classes: source.classes, monitor: monitor)
    } else {
      plans = nil
    }
    runs = try store.runs(dataset: selection.dataset)
  }

  var page: ReportPage {
    var page = ReportPage(title: "Dataset \(selection.dataset)", subtitle: subtitle)
    page.cards = cards
    if overall.sequences == 0 { page.notes.append("No sequence is in this part of the dataset.") }
    page.sections = [lengths, batching, classes, features, columns, labels, splitTable, runList].compactMap(\.self)
    return page
  }

  private var subtitle: String {
    var parts = [
      hasOwnInput
        ? "\(signature.input.summary); target: \(signature.target.summary)"
        : "\(NumberText.count(overall.columns.count, "column")), of which each training chooses its input and target"
    ]
    if let splits = selection.splits { parts.append("split \(splits.listed())") }
    if let classes = selection.classes { parts.append("class \(classes.listed())") }
    if let condition = selection.condition { parts.append("where \(condition)") }
    return parts.joined(separator: " · ")
  }

  /// Whether something is input unless a choice says otherwise.
  private var hasOwnInput: Bool { !signature.input.timestep.isEmpty || overall.columns.isEmpty }

  private var cards: [ReportPage.Card] {
    var cards = [
      ReportPage.Card("sequences", NumberText.whole(overall.sequences)),
      ReportPage.Card(
        "timesteps", NumberText.whole(overall.timesteps),
        overall.lengths.mean.map { "\(NumberText.figure($0)) per sequence" } ?? ""),
    ]
    if let tokens = signature.input.tokens {
      cards.append(
        ReportPage.Card(
          "tokens", NumberText.whole(tokens.size),
          tokens.vocabulary.map { "\($0.unit.rawValue), one of them unknown" } ?? ""))
    } else if !hasOwnInput {
      cards.append(ReportPage.Card("columns", NumberText.whole(overall.columns.count)))
      return cards
    } else {
      let count = signature.input.featureCount
      cards.append(ReportPage.Card(count == 1 ? "feature" : "features", NumberText.whole(count)))
    }
    let target = signature.target
    let count = target.names.count
    if case .none = target {
      cards.append(ReportPage.Card("target", "none"))
    } else {
      let name = target.isClass ? (count == 1 ? "class" : "classes") : "target values"
      let place = target.isPerTimestep ? "per timestep" : "per sequence"
      cards.append(ReportPage.Card(name, NumberText.whole(count), place))
    }
    if let valid = overall.features.first?.count, overall.timesteps > 0 {
      let missing = max(0, overall.timesteps - valid)
      cards.append(
        ReportPage.Card(
          "missing timesteps", NumberText.whole(missing),
          NumberText.percent(Double(missing) / Double(overall.timesteps))))
    }
    return cards
  }
}
