import RaggedCore
import RaggedReport
public import RaggedStore
import RaggedTraining

extension HTMLReport {
  /// What a part of a dataset holds, and the runs on the dataset.
  ///
  /// From figures that the store keeps; where a condition chooses the part its sequences are read once, one at a time. Plans
  /// are compared as `ragged plan` does, which takes lengths and no timestep.
  /// - Parameters:
  ///   - selection: the part of a dataset to show.
  ///   - store: where it is, with its runs.
  ///   - batchSize: sequences a batch, for the cost of batching.
  ///   - isInterrupted: asked now and then; true ends the work with `CancellationError`.
  ///   - progress: told which part is done of what takes long, 0…1.
  /// - Throws: `StoreError` for names that do not exist or a file that cannot be read, `BatchingError` for a batch size
  ///   below 1, `CancellationError` where it was interrupted.
  public init(
    of selection: SequenceSelection, in store: SequenceStore, batchSize: Int = 32,
    isInterrupted: () -> Bool = { false }, progress: (_ share: Double) -> Void = { _ in }
  ) throws {
    let report = try DatasetReport(
      store, selection, batchSize: batchSize, isInterrupted: isInterrupted, progress: progress)
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
    /// Sequences a batch; the figures do not depend on it.
    public var batchSize: Int
    /// Threads; nil takes every core.
    public var threads: Int?

    /// A way of judging.
    public init(
      model: String? = nil, selection: SequenceSelection? = nil, dataset: String? = nil, worst: Int = 6,
      batchSize: Int = 256, threads: Int? = nil
    ) {
      (self.model, self.selection, self.dataset, self.worst) = (model, selection, dataset, worst)
      (self.batchSize, self.threads) = (batchSize, threads)
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
  ///   - isInterrupted: asked now and then; true ends the work with `CancellationError`.
  ///   - progress: told which part of the data the model has seen, 0…1.
  /// - Throws: `StoreError` for a run that does not exist; what the model and the data throw; `CancellationError` where it
  ///   was interrupted.
  public init(
    ofRun id: Int64, in store: SequenceStore, judging: Judging = Judging(), isInterrupted: () -> Bool = { false },
    progress: @escaping (_ share: Double) -> Void = { _ in }
  ) throws {
    let run = RunFigures(try store.run(id))
    do {
      let found =
        try judging.model.map { try RunModel(run, path: $0, threads: judging.threads) }
        ?? RunModel(run, store: store, threads: judging.threads)
      let dataset = judging.dataset ?? run.record.dataset
      let (source, part) =
        try judging.selection.map { (try store.source($0), HTMLReport.name(of: $0)) }
        ?? run.part(of: store, dataset: dataset)
      let judgement = try RunJudgement(
        found, source, part: part, worst: judging.worst, batchSize: judging.batchSize, isInterrupted: isInterrupted,
        progress: progress)
      self.init(RunReport(run: run, judgement: judgement, problem: nil).page)
    } catch let error as any RaggedError where !judging.isExplicit {
      self.init(RunReport(run: run, judgement: nil, problem: error.message).page)
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
