public import RaggedBatching
public import RaggedCore
import RaggedReport
public import RaggedStore
public import RaggedTraining

/// What a store holds, or what came of its runs, as one page of HTML that needs nothing else: no network, no script.
///
/// See the article "Report" of the documentation.
public struct HTMLReport: Sendable {
  /// The characters of the file: HTML that is well-formed XML too.
  public let html: String
  /// What could not be said, and why; the page says it too.
  public let notes: [String]

  init(_ page: ReportPage) {
    var page = page
    page.footer = "Written by ragged report."
    html = page.html
    notes = page.notes
  }

  /// Writes the page, whole or not at all; a file that is there is replaced.
  /// - Throws: `WriterError`.
  public func write(to path: String) throws { try AtomicFile.write(Array(html.utf8), to: path) }
}

extension Sequence<String> {
  /// The names with commas, the later ones counted where there are many.
  func listed(limit: Int = 8) -> String {
    let names = Array(self)
    let shown = names.prefix(limit).map { $0.clipped(to: 40) }.joined(separator: ", ")
    return names.count <= limit ? shown : shown + " and \(NumberText.whole(names.count - limit)) more"
  }
}

extension HTMLReport {
  /// What a part of a dataset holds, and the runs on the dataset.
  ///
  /// From figures that the store keeps; where a condition chooses the part its sequences are read once, one at a time. Plans
  /// are compared as `ragged plan` does, which takes lengths and no timestep.
  /// - Parameters:
  ///   - selection: the part of a dataset to show.
  ///   - store: where it is, with its runs.
  ///   - batchSize: sequences per batch, for the cost of batching.
  ///   - monitor: asked now and then, told of every plan.
  /// - Throws: `StoreError` for names that do not exist or a file that cannot be read, `BatchingError` for a batch size
  ///   below 1, `Cancelled`.
  public init(
    of selection: SequenceSelection, in store: SequenceStore, batchSize: Int = BatchPolicy.usualBatchSize,
    monitor: ProgressMonitor = .none
  ) throws {
    let report = try DatasetReport(store, selection, batchSize: batchSize, monitor: monitor)
    self.init(report.page)
  }

  /// How a run's model is judged.
  public struct Judging {
    /// The model's file; nil looks where the run has left it.
    public var model: String?
    /// The part of which dataset; nil means the splits it was validated with, or a split that is named validation or test,
    /// or the share that was set aside, or else all.
    public var selection: SequenceSelection?
    /// The dataset, where it has another name than when the run began.
    public var dataset: String?
    /// Worst-predicted sequences that are drawn.
    public var worst: Int
    /// Sequences per batch; the figures do not depend on it.
    public var batchSize: Int
    /// The length of a season in timesteps, for a forecast that says what was a season ago and for MASE; nil takes that by
    /// which the run scaled its targets, if it did.
    public var season: Int?
    /// Threads; nil takes every core.
    public var threads: Int?
    /// What follows a sentence of the page that has a remedy: `" with --model"`.
    public var words: (RunRemedy) -> String = { _ in "" }

    /// Worst-predicted sequences that are drawn where nothing is said.
    public static let usualWorst = 6

    /// A way of judging; by default the model and the data that the run itself names.
    public init(
      model: String? = nil, selection: SequenceSelection? = nil, dataset: String? = nil,
      worst: Int = Judging.usualWorst,
      batchSize: Int = Trainer.usualBatchSize, season: Int? = nil, threads: Int? = nil
    ) {
      (self.model, self.selection, self.dataset, self.worst) = (model, selection, dataset, worst)
      (self.batchSize, self.season, self.threads) = (batchSize, season, threads)
    }

    /// Whether something was asked for by name, so that not to have it is an error and no note.
    var isExplicit: Bool { model != nil || selection != nil || dataset != nil }
  }

  /// A run: its curves and settings and, where its model is found, what it makes of a part of the data.
  ///
  /// Where the model or the data is gone, and neither was asked for by name, a note says so. The data is read once, batch by
  /// batch; of the sequences only the worst are held.
  /// - Parameters:
  ///   - id: the run.
  ///   - store: where it is, with its dataset.
  ///   - judging: how its model is judged.
  ///   - monitor: asked and told after every batch.
  /// - Throws: `StoreError` for a run that does not exist; what the model and the data throw; `Cancelled`.
  public init(
    ofRun id: Int64, in store: SequenceStore, judging: Judging = Judging(), monitor: ProgressMonitor = .none
  ) throws {
    let run = RunFigures(try store.run(id))
    do {
      let found =
        try judging.model.map { try RunModel(run, path: $0, threads: judging.threads) }
        ?? RunModel(run, store: store, threads: judging.threads)
      let dataset = judging.dataset ?? run.record.dataset
      let (source, part) =
        try judging.selection.map {
          (try found.model.source(of: $0, in: store, needsTargets: true).source, HTMLReport.name(of: $0))
        } ?? run.part(of: store, dataset: dataset, for: found.model)
      var manner = judging
      manner.season = judging.season ?? run.configuration?.targetSeason
      let judgements = try RunJudgement.all(
        found, source, part: part, in: store, judging: manner, monitor: monitor)
      self.init(RunReport(run: run, judgements: judgements, problem: nil, words: judging.words).page)
    } catch let error as any RaggedError where !judging.isExplicit && !(error is Cancelled) {
      let problem = error.message + ((error as? RunError).map { judging.words($0.remedy) } ?? "")
      self.init(RunReport(run: run, judgements: [], problem: problem, words: judging.words).page)
    }
  }

  /// Several runs side by side: curves, what differs, figures.
  /// - Throws: `StoreError` for a run that does not exist.
  public init(comparing ids: [Int64], in store: SequenceStore) throws {
    self.init(ComparisonReport(try ids.map { try store.run($0) }).page)
  }

  private static func name(of selection: SequenceSelection) -> String {
    var parts: [String] = []
    if let splits = selection.splits { parts.append("split \(splits.listed())") }
    if let classes = selection.classes { parts.append("class \(classes.listed())") }
    if let condition = selection.condition { parts.append("where \(condition.clipped(to: 200))") }
    return parts.isEmpty
      ? "all sequences of dataset \(selection.dataset.clipped(to: 60))" : parts.joined(separator: ", ")
  }
}
