public import Foundation
public import RaggedCore
public import RaggedStore
public import RaggedTraining

/// What a run of folds came to: the figures of each fold's model on the sequences that it was not trained on.
public struct FoldReport: Sendable, Equatable, Codable {
  /// A fold.
  public struct Row: Sendable, Equatable, Codable {
    /// Which, from 1.
    public var fold: Int
    /// Sequences of the fold, which judge its model.
    public var sequences: Int
    /// Epochs that the model was trained, and the best of them.
    public var epochs: Int
    /// See ``epochs``.
    public var bestEpoch: Int?
    /// The model of the best epoch.
    public var model: String
    /// Each figure that `ragged evaluate` has, by its name; of several targets with the target's before it, as in
    /// `activity@1.accuracy`.
    public var figures: [String: Double]

    /// A fold with its figures.
    public init(
      fold: Int, sequences: Int, epochs: Int, bestEpoch: Int?, model: String, figures: [String: Double]
    ) {
      (self.fold, self.sequences, self.epochs, self.bestEpoch) = (fold, sequences, epochs, bestEpoch)
      (self.model, self.figures) = (model, figures)
    }
  }

  /// A figure over all folds.
  public struct Summary: Sendable, Equatable, Codable {
    /// Its name.
    public var name: String
    /// The mean over the folds that have it, each alike.
    public var mean: Double
    /// The standard deviation of the folds: by their number less one; nil of a single one.
    public var deviation: Double?

    /// What tables call the figure: `macro F1` for `macroF1`, and `activity@1: accuracy` for that of one of several targets.
    public var title: String { FoldReport.title(name) }
  }

  private static let titles = [
    "balancedAccuracy": "balanced accuracy", "macroF1": "macro F1", "macroPrecision": "macro precision",
    "macroRecall": "macro recall", "weightedF1": "weighted F1", "auroc": "AUROC",
    "averagePrecision": "average precision", "entityF1": "entity F1", "entityPrecision": "entity precision",
    "entityRecall": "entity recall", "bitsPerSymbol": "bits a symbol", "mae": "MAE", "rmse": "RMSE", "r2": "R²",
    "smape": "sMAPE %", "mase": "MASE", "labelErrorRate": "label error rate",
  ]

  private static func title(_ name: String) -> String {
    guard let point = name.lastIndex(of: ".") else { return titles[name] ?? name }
    return "\(name[..<point]): \(title(String(name[name.index(after: point)...])))"
  }

  /// How the sequences were divided.
  public var folds: Folds
  /// The folds in their order.
  public var rows: [Row]

  /// Folds with their figures.
  public init(folds: Folds, rows: [Row] = []) { (self.folds, self.rows) = (folds, rows) }

  /// The mean and the deviation of every figure, target by target where there are several.
  public var summaries: [Summary] {
    let heads = Set(rows.flatMap(\.figures.keys).compactMap { name in name.lastIndex(of: ".").map { name[...$0] } })
    let names = FoldReport.order + heads.sorted().flatMap { head in FoldReport.order.map { head + $0 } }
    return names.compactMap { name in
      let values = rows.compactMap { $0.figures[name] }.filter(\.isFinite)
      guard !values.isEmpty else { return nil }
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return Summary(
        name: name, mean: mean, deviation: values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil)
    }
  }

  /// The figures that there may be, the first ones of the most interest.
  public static let order = [
    "loss", "accuracy", "balancedAccuracy", "macroF1", "macroPrecision", "macroRecall", "weightedF1", "auroc",
    "averagePrecision", "entityF1", "entityPrecision", "entityRecall", "perplexity", "bitsPerSymbol", "mae", "rmse",
    "r2",
    "smape", "mase", "labelErrorRate",
  ]
}

/// Trains a model for each of several folds, each a run in the store, and judges it on what it did not see.
///
/// The test split, and every other that is not trained on, is no part of it. Files are `NAME.fold1.best.ragged`,
/// `NAME.fold1.last.ragged` and so on; what is there of the same run is gone on from, so that a run that was stopped, in a fold
/// or between two, ends as one that was not.
public struct FoldedTraining {
  /// What every fold is trained by.
  public let configuration: TrainingConfiguration
  /// How the sequences are divided.
  public let folds: Folds
  /// What the files are called.
  public let name: String
  private let store: SequenceStore

  /// Folds of the training sequences of a store.
  /// - Parameters:
  ///   - store: holds the data, and takes the runs.
  ///   - configuration: what each fold is trained by.
  ///   - folds: how the sequences are divided.
  ///   - name: what the files are called.
  /// - Throws: `TrainingError` for a configuration without a meaning.
  public init(store: SequenceStore, configuration: TrainingConfiguration, folds: Folds, name: String) throws {
    (self.store, self.folds, self.name) = (store, folds, name)
    var configuration = configuration
    configuration.fold = Fold(1, of: folds)
    try configuration.validate()
    self.configuration = configuration
  }

  /// The files of a fold, from 1.
  public static func files(_ name: String, fold: Int) -> CheckpointFiles {
    CheckpointFiles(name: "\(name).fold\(fold)")
  }

  /// The name under which a fold's files were written: `runs/a` for `runs/a.fold2.last.ragged`; nil for other files.
  public static func name(of path: String) -> String? {
    let name = CheckpointFiles.name(of: path)
    guard let match = name.firstMatch(of: /\.fold[0-9]+$/) else { return nil }
    return String(name[..<match.range.lowerBound])
  }

  /// The files that are there already.
  public var existing: [URL] { CheckpointFiles.existing(name, part: "fold") }

  /// Trains and judges every fold.
  /// - Parameters:
  ///   - threads: how many work at once; nil takes every core.
  ///   - goesOn: whether what is there of the same run is gone on from; otherwise every fold begins anew, and
  ///     what is there of another run is removed with the first that begins.
  ///   - keepsRuns: whether the store keeps each fold's figures.
  ///   - command: what is kept as the runs' origin.
  ///   - exchange: other ranks, which have the same data and call this too: fold k is trained by rank k - 1 modulo their number, to
  ///     the bits of one rank alone. The first rank writes to its store; each writes the files of its folds, so that the folder
  ///     is best one that all of them share. Every rank has the whole report.
  ///   - begin: told of each fold before it is trained, with the epochs that it has done; not of one that is done.
  ///   - report: told of every step and epoch, with the fold.
  ///   - monitor: asked after every step, and between folds.
  /// - Throws: as ``TrainingJob``; `TrainingError` for files of another run; `Cancelled`, and the same call goes on from there;
  ///   `RankError` where another rank has ended.
  public func run(
    threads: Int? = nil, goesOn: Bool = true, keepsRuns: Bool = true, command: String = "train",
    over exchange: any GradientExchange = LocalExchange(),
    begin: (_ fold: Int, _ job: TrainingJob) throws -> Void = { _, _ in },
    report: (_ fold: Int, _ event: FitEvent) throws -> Void = { _, _ in }, monitor: ProgressMonitor = .none
  ) throws -> FoldReport {
    if exchange.worldSize > 1 { _ = try exchange.together(facts: { $0 }) { try store.rankFacts(configuration) } }
    let runs = SharedRuns(exchange: exchange, store: store, keepsRuns: keepsRuns, monitor: monitor)
    let rows: [FoldReport.Row] = try runs.rows { part, monitor in
      var old = goesOn ? [] : runs.old(name, part: "fold", count: folds.count)
      for number in 1...folds.count where runs.isOwn(number - 1) {
        try monitor.check()
        var configuration = configuration
        configuration.fold = Fold(number, of: folds)
        let files = Self.files(name, fold: number)
        let checkpoint = goesOn ? try files.checkpoint(of: configuration, in: "run") : nil
        let job = try TrainingJob(
          store: store, configuration: configuration, resuming: checkpoint, threads: threads, command: command,
          monitor: monitor)
        if job.progress.epoch < configuration.epochs, !job.progress.hasStoppedEarly {
          try begin(number, job)
          old.forEach { try? FileManager.default.removeItem(at: $0) }
          old = []
          defer { if !runs.writes, let run = job.record { part.runs.append(run) } }
          _ = try job.fit(
            checkpoints: files, keepsRun: runs.writes, report: { try report(number, $0) }, monitor: monitor)
        }
        part.rows.append(try row(number, job, files, threads: threads, monitor: monitor))
      }
    }
    return FoldReport(folds: folds, rows: rows.sorted { $0.fold < $1.fold })
  }

  private func row(
    _ number: Int, _ job: TrainingJob, _ files: CheckpointFiles, threads: Int?, monitor: ProgressMonitor
  ) throws -> FoldReport.Row {
    let isThere = FileManager.default.fileExists(atPath: files.best.path)
    let path = (isThere ? files.best : files.last).relativePath
    let model = try TrainedModel(path: path, threads: threads)
    guard let source = job.validationSource?.sequences else {
      throw TrainingError(.dataMismatch, "fold \(number) has no sequences to judge by")
    }
    // Whole sequences, as an evaluation takes them, whatever windows they were trained in.
    return FoldReport.Row(
      fold: number, sequences: source.count, epochs: job.progress.epoch, bestEpoch: job.progress.bestEpoch,
      model: path, figures: try model.foldFigures(source, monitor: monitor))
  }
}

extension TrainedModel {
  /// Every figure of the model on some sequences, target by target where there are several.
  func foldFigures(_ source: some SequenceSource, monitor: ProgressMonitor) throws -> [String: Double] {
    guard !headNames.isEmpty else {
      return try judge(on: self.source(source, needsTargets: true), monitor: monitor).named
    }
    var figures: [String: Double] = [:]
    for (place, name) in headNames.enumerated() {
      let head = try head(place)
      let own = try head.source(source.target(at: place), needsTargets: true)
      for (figure, value) in try head.judge(on: own, monitor: monitor).named { figures["\(name).\(figure)"] = value }
    }
    return figures
  }
}

extension ModelJudgement {
  /// The figures in one number each, by their names as JSON has them.
  public var named: [String: Double] {
    var result: [String: Double] = [:]
    for child in Mirror(reflecting: report.figures).children {
      if let name = child.label, let value = child.value as? Double { result[name] = value }
    }
    result["loss"] = report.overall.loss
    result["accuracy"] = report.overall.accuracy ?? result["accuracy"]
    result["macroF1"] = report.overall.macroF1 ?? result["macroF1"]
    result["labelErrorRate"] = report.overall.labelErrorRate
    let scaled = values.compactMap(\.mase)
    if !scaled.isEmpty { result["mase"] = scaled.reduce(0, +) / Double(scaled.count) }
    return result
  }
}
