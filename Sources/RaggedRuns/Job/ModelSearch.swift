public import Foundation
public import RaggedCore
public import RaggedStore
public import RaggedTraining

/// What a search came to.
public struct SearchReport: Sendable, Equatable, Codable {
  /// How a trial ended.
  public enum Ending: String, Sendable, Equatable, Codable {
    /// It did all its epochs, or its patience ended it.
    case finished
    /// Others were better after fewer epochs.
    case dropped
    /// A loss, gradient or weight was no longer a number.
    case diverged
  }

  /// A trial.
  public struct Row: Sendable, Equatable, Codable {
    /// Which, from 1.
    public var trial: Int
    /// What was tried: each setting by its name.
    public var settings: [String: String]
    /// How it ended.
    public var ending: Ending
    /// Epochs that it was trained.
    public var epochs: Int
    /// The epoch with the best value of the figure.
    public var bestEpoch: Int?
    /// The figure in that epoch; nil where it has none.
    public var value: Double?
    /// The model of that epoch.
    public var model: String
  }

  /// The figure by which trials are ranked, such as `val_loss` or `activity@1.val_accuracy`.
  public var monitor: String
  /// The trials, the best first: those with more epochs before those that were dropped, then by the figure.
  public var rows: [Row]

  /// The best trial; nil where none has the figure.
  public var best: Row? { rows.first.flatMap { $0.value == nil ? nil : $0 } }
}

/// Trains a model for each of several configurations, each a run in the store, and ranks them by a figure of the data that
/// they are validated with.
///
/// With halving (successive halving: Jamieson and Talwalkar, 2016) all begin with few epochs, the best share of them goes on
/// with more, and only the last ones have all: ``rungs``. A trial that goes on does so from its checkpoint and ends as one
/// that was never stopped.
///
/// What decides is read from the checkpoints, `NAME.trial1.last.ragged` and so on, so that a search that was stopped ends as
/// one that was not.
public struct ModelSearch {
  /// A configuration with what is particular about it.
  public struct Candidate: Sendable {
    /// Each setting by its name.
    public var settings: [String: String]
    /// What is trained.
    public var configuration: TrainingConfiguration

    /// A configuration with its settings.
    public init(settings: [String: String], configuration: TrainingConfiguration) {
      (self.settings, self.configuration) = (settings, configuration)
    }
  }

  /// A part of a search: how many trials have so many epochs.
  public struct Rung: Sendable, Equatable {
    /// Trials that come so far.
    public var trials: Int
    /// Epochs that they then have in all.
    public var epochs: Int
  }

  /// What is tried, in the order of its numbers.
  public let candidates: [Candidate]
  /// What the files are called.
  public let name: String
  /// The parts of the search; one without halving.
  public let rungs: [Rung]
  /// The figure by which trials are ranked.
  public let monitor: WatchedFigure
  private let store: SequenceStore

  /// A search.
  /// - Parameters:
  ///   - store: holds the data, and takes the runs.
  ///   - candidates: what is tried; all with validation data, the same figure to be watched and, with halving, as many epochs.
  ///   - name: what the files are called.
  ///   - halving: of how many trials one goes on; nil gives all of them all epochs.
  /// - Throws: `TrainingError` for no candidate, for what cannot be compared, and for a factor below 2.
  public init(store: SequenceStore, candidates: [Candidate], name: String, halving: Int? = nil) throws {
    func fail(_ problem: String) -> TrainingError { TrainingError(.invalidModel, problem) }
    guard let first = candidates.first?.configuration else { throw fail("there is nothing to try") }
    func watched(_ configuration: TrainingConfiguration) -> WatchedFigure {
      configuration.watched ?? WatchedFigure(.validationLoss)
    }
    monitor = watched(first)
    for candidate in candidates {
      let configuration = candidate.configuration
      try configuration.validate()
      guard !configuration.validationSplits.isEmpty || configuration.validationFraction != nil else {
        throw fail("a search ranks by data that was not trained on: there is no split and no share to validate with")
      }
      guard watched(configuration) == monitor, configuration.dataset == first.dataset,
        configuration.mix?.names == first.mix?.names, configuration.validationSplits == first.validationSplits,
        configuration.validationFraction == first.validationFraction
      else { throw fail("trials are ranked by one figure of the same data: they differ in what they are validated by") }
      guard
        configuration.validationFraction == nil
          || configuration.seed == first.seed && configuration.trainingSplits == first.trainingSplits
      else {
        throw fail(
          "trials are ranked by the same data: a share to validate with is another one where the seed or the splits differ"
        )
      }
      guard ![.loss, .validationLoss].contains(monitor.figure) || Self.losesAlike(configuration, first) else {
        throw fail(
          "trials are ranked by \(monitor.name), which is in the units of the loss: what is made small, weighted and scaled "
            + "differs between them; let another figure be watched, such as val_accuracy or val_mae")
      }
      guard configuration.fold == nil else { throw fail("folds have no place in a search") }
      guard halving == nil || configuration.epochs == first.epochs else {
        throw fail("halving gives all trials the same epochs: they have \(first.epochs) and \(configuration.epochs)")
      }
    }
    if let halving, !(2...1000).contains(halving) { throw fail("of \(halving) trials one goes on, expected 2 to 1000") }
    (self.store, self.candidates, self.name) = (store, candidates, name)
    rungs = Self.rungs(
      trials: candidates.count, epochs: candidates.map(\.configuration.epochs).max() ?? 1, halving: halving)
  }

  /// Whether the losses of two runs are in the same units.
  private static func losesAlike(_ a: TrainingConfiguration, _ b: TrainingConfiguration) -> Bool {
    a.loss == b.loss && a.headLosses == b.headLosses && a.targetWeights == b.targetWeights && a.reduction == b.reduction
      && a.targetScale == b.targetScale && a.targetSeason == b.targetSeason && a.columns?.weight == b.columns?.weight
      && a.windowing == b.windowing
  }

  /// The parts of a search: each has the best `1 / halving` of the trials of the one before, for as many times the epochs.
  public static func rungs(trials: Int, epochs: Int, halving: Int?) -> [Rung] {
    guard let halving, halving > 1 else { return [Rung(trials: trials, epochs: epochs)] }
    var counts = [trials]
    while let last = counts.last, last >= halving { counts.append(last / halving) }
    var rungs: [Rung] = []
    var share = 1.0
    var budgets: [Int] = []
    for _ in counts {
      budgets.append(max(1, Int((Double(epochs) * share).rounded())))
      share /= Double(halving)
    }
    for (count, budget) in zip(counts, budgets.reversed()) {
      // Where epochs are few the first parts would have as many: they are one.
      if rungs.last?.epochs == budget { continue }
      rungs.append(Rung(trials: count, epochs: budget))
    }
    return rungs
  }

  /// The files of a trial, from 1.
  public static func files(_ name: String, trial: Int) -> CheckpointFiles {
    CheckpointFiles(name: "\(name).trial\(trial)")
  }

  /// The files that are there already.
  public var existing: [URL] { CheckpointFiles.existing(name, part: "trial") }

  private struct Standing: Codable, Sendable {
    struct Best: Codable, Sendable {
      var epoch: Int
      var value: Double
    }

    var place: Int
    var epochs = 0
    var best: Best?
    var hasDiverged = false
    /// The part of the search that it came to.
    var rung = 0
  }

  /// Trains and ranks every trial.
  /// - Parameters:
  ///   - threads: how many work at once; nil takes every core.
  ///   - goesOn: whether what is there of the same search is gone on from; otherwise every trial begins anew, and
  ///     what is there of another one is removed with the first that begins.
  ///   - keepsRuns: whether the store keeps the trials' figures.
  ///   - command: what is kept as the runs' origin.
  ///   - exchange: other ranks, which have the same data and call this too: of the trials of each part of the search a rank trains
  ///     every one after as many as there are ranks, to the bits of one rank alone, and all meet behind it. The first rank writes
  ///     to its store, each the files of its trials. A trial that goes on on another rank does so from its checkpoint in a folder
  ///     that all share, or else begins again. Every rank has the whole report.
  ///   - begin: told of each trial before it is trained, and to how many epochs; not of one that has them.
  ///   - report: told of every step and epoch, with the trial.
  ///   - monitor: asked after every step, and between trials.
  /// - Throws: as ``TrainingJob``, but for a trial that diverges; `TrainingError` for files of another search; `Cancelled`, and
  ///   the same call goes on from there; `RankError` where another rank has ended.
  public func run(
    threads: Int? = nil, goesOn: Bool = true, keepsRuns: Bool = true, command: String = "search",
    over exchange: any GradientExchange = LocalExchange(),
    begin: (_ trial: Int, _ epochs: Int, _ job: TrainingJob) throws -> Void = { _, _, _ in },
    report: (_ trial: Int, _ event: FitEvent) throws -> Void = { _, _ in }, monitor: ProgressMonitor = .none
  ) throws -> SearchReport {
    if exchange.worldSize > 1 {
      _ = try exchange.together(facts: { $0 }) { try candidates.flatMap { try store.rankFacts($0.configuration) } }
    }
    let runs = SharedRuns(exchange: exchange, store: store, keepsRuns: keepsRuns, monitor: monitor)
    var standings = candidates.indices.map { Standing(place: $0) }
    var left = Array(candidates.indices)
    var old = goesOn ? [] : runs.old(name, part: "trial", count: candidates.count)
    for (number, rung) in rungs.enumerated() {
      if number > 0 { left = Array(ranked(left, standings).prefix(rung.trials)).sorted() }
      let going = left.filter { !standings[$0].hasDiverged }
      let found: [Standing] = try runs.rows { part, monitor in
        for (turn, place) in going.enumerated() where runs.isOwn(turn) {
          try monitor.check()
          var configuration = candidates[place].configuration
          if rungs.count > 1 { configuration.epochs = rung.epochs }
          var standing = try trained(
            place, configuration, goesOn: goesOn || number > 0, threads: threads, keepsRuns: runs.writes,
            command: command,
            begin: { job in
              try begin(place + 1, configuration.epochs, job)
              old.forEach { try? FileManager.default.removeItem(at: $0) }
              old = []
            }, report: { try report(place + 1, $0) }, ended: { if !runs.writes { part.runs.append($0) } }, monitor)
          standing.rung = number
          part.rows.append(standing)
        }
      }
      for standing in found { standings[standing.place] = standing }
    }
    let order = ranked(Array(candidates.indices), standings)
    return SearchReport(
      monitor: self.monitor.name,
      rows: order.map { place in
        let standing = standings[place]
        let ending: SearchReport.Ending =
          standing.hasDiverged ? .diverged : standing.rung == rungs.count - 1 ? .finished : .dropped
        return SearchReport.Row(
          trial: place + 1, settings: candidates[place].settings, ending: ending, epochs: standing.epochs,
          bestEpoch: standing.best?.epoch, value: standing.best?.value,
          model: Self.files(name, trial: place + 1).best.relativePath)
      })
  }

  /// Trials that came further first, then the better ones, of equals the one with the lower number; those without the figure last.
  private func ranked(_ places: [Int], _ standings: [Standing]) -> [Int] {
    func key(_ place: Int) -> (Int, Int, Double, Int) {
      let standing = standings[place]
      let value = standing.hasDiverged ? nil : standing.best?.value
      let rank = value.map { monitor.figure.isBetterHigher ? -$0 : $0 }
      return (value == nil ? 1 : 0, value == nil ? 0 : -standing.rung, rank ?? 0, place)
    }
    return places.sorted { key($0) < key($1) }
  }

  private func trained(
    _ place: Int, _ configuration: TrainingConfiguration, goesOn: Bool, threads: Int?, keepsRuns: Bool, command: String,
    begin: (TrainingJob) throws -> Void, report: (FitEvent) throws -> Void, ended: (RunRecord) -> Void,
    _ stop: ProgressMonitor
  ) throws -> Standing {
    let (files, asked) = (Self.files(name, trial: place + 1), configuration.epochs)
    let checkpoint = goesOn ? try files.checkpoint(of: candidates[place].configuration, in: "search") : nil
    var configuration = configuration
    // A search that was stopped later knows more of the trial than it is asked here.
    let done = checkpoint.map(\.state.progress.epoch) ?? 0
    if done > configuration.epochs { configuration.epochs = done }
    let limit = configuration.epochs
    let job = try TrainingJob(
      store: store, configuration: configuration, resuming: checkpoint, threads: threads, command: command,
      monitor: stop)
    var result = Standing(place: place)
    if job.progress.epoch < limit, !job.progress.hasStoppedEarly {
      try begin(job)
      defer { if let run = job.record { ended(run) } }
      do {
        _ = try job.fit(checkpoints: files, keepsRun: keepsRuns, report: report, monitor: stop)
      } catch let error as TrainingError where error.code == .diverged {
        result.hasDiverged = true
      }
    }
    for record in job.progress.history.epochs where record.epoch <= asked {
      result.epochs = record.epoch
      guard let value = monitor.value(of: record), value.isFinite else { continue }
      let isBetter = result.best.map { monitor.figure.isBetterHigher ? value > $0.value : value < $0.value } ?? true
      if isBetter { result.best = Standing.Best(epoch: record.epoch, value: value) }
    }
    return result
  }
}
