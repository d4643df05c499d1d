public import Foundation
public import RaggedBatching
public import RaggedCore
public import RaggedStore
public import RaggedTraining

/// A training run on a dataset of a store: makes the batches and the model, fits it, and keeps the run's figures in the
/// store.
public final class TrainingJob {
  /// What decides the result.
  public let configuration: TrainingConfiguration
  /// The model and its training state.
  public let trainer: Trainer
  /// What the training data looks like to the model, whose dictionaries are those of the training sequences.
  public let signature: SequenceSignature
  /// The sequences that are trained on, or their windows; with states that go on, the sequences.
  public let trainingSource: TrainingSource
  /// The sequences to judge each epoch by, or their windows; nil without any.
  public let validationSource: TrainingSource?
  /// The batches that are trained on: `PlannedBatches`, or `StatefulBatches` with states that go on.
  public let batches: any PlannedBatchSource
  /// Those of this rank, where each has a batch of its own at every step.
  private let ownBatches: any BatchSource
  /// What checkpoints say of the ranks; nil where they divide batches.
  private let ranks: KeptRanks?
  /// The batches to judge each epoch by; nil without any.
  public let validation: (any BatchSource)?
  /// What the classes of the target weigh; nil for all alike.
  public let classWeights: ClassWeights?
  /// Which sequences, or windows, an epoch takes, and how often; nil for each once.
  public let draw: EpochDraw?
  /// What of the data was left out, in words.
  public let notes: [String]
  /// Columns that the model is not given although nobody said so.
  public let unusedColumns: [String]
  /// Inputs that nobody named, and that are none at import: those whose later cells are the target.
  public let addedInputs: [String]
  /// Inputs of which nearly every cell has a name of its own.
  public let uniqueNames: [UniqueNames]
  /// How targets are scaled, in words; nil where they are not.
  public var scaleNote: String? { trainer.targetScale?.summary }
  /// The largest mean of a value to be predicted, where values are neither scaled nor of the size that a network begins with; nil for
  /// others.
  public let unscaledMean: Double?
  /// Where the run stands.
  public var progress: TrainingProgress { trainer.state.progress }
  /// Why the store does not have the figures of the run: another process wrote to it until the end, and beyond the time
  /// for which it is waited; or its file was removed or replaced meanwhile, so that there is nothing to write to. nil where
  /// it has them.
  public private(set) var recordProblem: StoreError?
  /// The run as it stood when a fit last ended, for whoever keeps it elsewhere; nil before.
  private(set) var record: RunRecord?
  private let store: SequenceStore
  private let run: RunRecord
  private let targetUnits: [String: String]
  /// How the files were read that the dataset came from, as checkpoints keep it.
  private let readings: [String: String]
  /// What the training sequences say of the target, as checkpoints keep it.
  private let targetFacts: [String: String]

  /// A run from the start, or from a checkpoint of the same configuration and data.
  /// - Parameters:
  ///   - store: holds the data, and takes the run's figures.
  ///   - configuration: what to train, on what and how.
  ///   - checkpoint: where to go on; nil begins anew.
  ///   - threads: how many work at once; nil takes every core.
  ///   - command: what is kept as the run's origin.
  ///   - monitor: asked now and then while the weights of a new model are drawn.
  ///   - exchange: the other ranks that train the same, see ``onRanks(_:_:)``; the configuration says what each brings to a
  ///     step.
  /// - Throws: where the store cannot be read, there is nothing to learn from or to validate with, the model does not fit
  ///   the data or cannot go on as the configuration asks for, and the checkpoint is of another run; `Cancelled`.
  public init(
    store: SequenceStore, configuration: TrainingConfiguration, resuming checkpoint: Checkpoint? = nil,
    threads: Int? = nil, command: String = "train", monitor: ProgressMonitor = .none,
    exchange: any GradientExchange = LocalExchange()
  ) throws {
    self.store = store
    self.configuration = configuration
    try configuration.validate()
    let exchange = exchange.dividing(configuration.batchPerRank == true ? .batches : .shares)
    let data = try TrainingData(store: store, configuration: configuration, monitor: monitor)
    (notes, unusedColumns, addedInputs) = (data.notes, data.unusedColumns, data.addedInputs)
    (targetUnits, uniqueNames) = (TargetUnits.note(data.targetUnits), data.uniqueNames)
    readings = try KeptReadings.note(data.readings)
    var shape = try checkpoint?.context.signature ?? data.modelSignature(configuration, monitor: monitor)
    shape.target = try configuration.target(of: shape.target)
    signature = shape
    (trainingSource, validationSource) = (data.training, data.validation)
    let fit = try SignatureFit(data: data.signature, model: signature, needsTargets: signature.target != .none)
    validation = try data.validationBatches(configuration, fit)
    draw = try data.draw(configuration)
    if let checkpoint {
      trainer = try checkpoint.trainer(threads: threads, exchange: exchange)
    } else {
      let (model, losses) = try configuration.model(for: signature, monitor: monitor)
      let scale = try data.targetScale(configuration, signature)
      trainer = try Trainer(
        model: model, losses: losses, reduction: configuration.reduction, optimizer: configuration.optimizer,
        normalization: try data.normalization(for: model, isApplied: configuration.normalizes)?
          .leaving(scale?.columns ?? []),
        targetScale: scale, seed: configuration.seed,
        truncation: configuration.truncation, threads: threads, exchange: exchange)
    }
    classWeights = try data.classWeights(configuration, signature.target, trainer.loss, fit, monitor: monitor)
    batches = try data.batches(configuration, fit, weights: classWeights, draw: draw)
    if let checkpoint { try TrainingJob.check(checkpoint, fingerprint: batches.fingerprint) }
    if configuration.batchPerRank == true, let planned = batches as? any ShardableBatches {
      let history = try checkpoint.flatMap { try KeptRanks.history(of: $0, worldSize: exchange.worldSize) }
      ownBatches = try planned.sharded(rank: exchange.rank, worldSize: exchange.worldSize, history: history)
      ranks = KeptRanks(worldSize: exchange.worldSize, history: history)
    } else {
      (ownBatches, ranks) = (batches, nil)
    }
    if configuration.stateful { try trainer.checkStatesGoOn() }
    try configuration.watched?.check(signature.target, hasValidation: validation != nil)
    try fit.source(trainingSource).checkAligned(signature.target, trainer.losses, " to train on")
    if let validationSource {
      try fit.source(validationSource).checkAligned(signature.target, trainer.losses, " to validate with")
    }
    if let kept = checkpoint.flatMap(KeptFacts.note(of:)) {
      (targetFacts, unscaledMean) = (kept, nil)
    } else {
      var facts = try data.targetFacts(monitor: monitor)
      for (place, found) in try ClassesByName.counted(in: fit.source(data.training.sequences), monitor: monitor)
        .enumerated()
      where facts.indices.contains(place) {
        facts[place].byName = found
      }
      targetFacts = try KeptFacts.note(facts)
      unscaledMean = Self.unscaledMean(facts, trainer)
    }
    let progress = trainer.state.progress
    if progress.epoch < configuration.epochs {
      try trainer.checkLearnable(batches, epoch: progress.epoch + 1, purpose: "to learn from")
      if let validation { try trainer.checkLearnable(validation, purpose: "to validate with") }
    }
    run = RunRecord(
      dataset: configuration.dataset, command: command, configuration: try configuration.text,
      fingerprint: batches.fingerprint)
    try checkOutputs()
  }

  /// Means beyond which a network needs long to reach what it is to predict.
  private static let usualMean = 10.0

  private static func unscaledMean(_ facts: [TargetFacts], _ trainer: Trainer) -> Double? {
    guard trainer.targetScale == nil else { return nil }
    let means = zip(facts, trainer.losses).filter { $1.loss.outputs == .values }
      .flatMap { $0.0.values.compactMap { $0.mean.map(abs) } }
    return means.max().flatMap { $0 > usualMean ? $0 : nil }
  }

  /// Checks the model's outputs against target and loss, in the words in which it was described.
  private func checkOutputs() throws {
    do {
      try trainer.check(signature.target)
    } catch let error as TrainingError {
      guard let model = configuration.model, signature.target.names.count > 1 || !signature.target.isClass else {
        throw error
      }
      throw error.at("model \"\(model)\"")
    }
  }

  private static func check(_ checkpoint: Checkpoint, fingerprint: UInt64) throws {
    guard checkpoint.context.fingerprint == fingerprint else {
      throw TrainingError(
        .dataMismatch,
        "the checkpoint was made with other data or other batches (fingerprint "
          + "\(checkpoint.context.fingerprint.map { String($0, radix: 16) } ?? "none"), here "
          + "\(String(fingerprint, radix: 16))): a run can only be resumed on the same")
    }
  }

  /// What checkpoints say of the data and the configuration.
  private var context: CheckpointContext {
    get throws {
      CheckpointContext(
        signature: signature, fingerprint: batches.fingerprint, policy: configuration.policy,
        notes: ["configuration": try configuration.text].merging(targetUnits) { own, _ in own }
          .merging(try ranks?.note ?? [:]) { own, _ in own }
          .merging(targetFacts) { own, _ in own }.merging(readings) { own, _ in own }
          .merging(try classWeights.map { [KeptWeights.key: try KeptWeights.text($0)] } ?? [:]) { own, _ in own })
    }
  }

  /// The run as it stands: what `--resume` goes on from.
  /// - Throws: where the configuration cannot be written as text.
  public func checkpoint() throws -> Checkpoint { try trainer.checkpoint(context: context) }

  /// Trains to the end.
  /// - Parameters:
  ///   - checkpoints: where `<name>.best.ragged` and `<name>.last.ragged` are written; nil for no files.
  ///   - keepsRun: whether the store keeps the run's figures; it must then be writable. While another process writes to
  ///     it, training goes on; see ``recordProblem``.
  ///   - report: told of every step and epoch.
  ///   - monitor: asked after every step; a run that is no longer wanted ends there, with a checkpoint. Of several ranks all
  ///     end after the same step, once one of them wants no more.
  ///
  /// Of several ranks the first alone writes checkpoints and keeps the run.
  /// - Throws: what training, the data, the files or `report` throw; the run is then kept as failed, as diverged
  ///   where a loss, a gradient or a weight was no longer a number, or with `Cancelled` as interrupted.
  public func fit(
    checkpoints: CheckpointFiles? = nil, keepsRun: Bool = true, report: (FitEvent) throws -> Void = { _ in },
    monitor: ProgressMonitor = .none
  ) throws -> FitOutcome {
    let isFirst = trainer.exchange.rank == 0
    let (checkpoints, keepsRun) = (isFirst ? checkpoints : nil, isFirst && keepsRun)
    // The run is written after every epoch, so that a run that is killed keeps what it had.
    var kept = progress.history.epochs
    var run = run
    run.configuration = try KeptConfiguration(
      configuration: configuration, checkpoints: checkpoints?.kept(beside: store.path)
    ).text
    var keeper = RunKeeper(store, run)
    func keep(_ status: RunRecord.Status) throws {
      defer { (recordProblem, record) = (keeper.problem, keeper.run) }
      let epochs = kept.map { RunRecord.Epoch(epoch: $0.epoch, metrics: $0.metrics) }
      let seconds = kept.reduce(0) { $0 + $1.seconds }
      guard keepsRun else { return keeper.note(status, epochs, seconds: seconds) }
      try keeper.keep(status, epochs, seconds: seconds)
    }
    try trainer.exchange.together { try keep(.running) }
    let options = FitOptions(
      epochs: configuration.epochs, validation: validation, earlyStopping: configuration.earlyStopping,
      monitor: configuration.monitor, monitoredHead: configuration.monitoredHead, lastCheckpoint: checkpoints?.last,
      bestCheckpoint: checkpoints?.best,
      context: try context)
    do {
      var state = trainer.state
      let outcome = try trainer.fit(
        ownBatches, options, state: &state,
        report: { event in
          if case .epoch(let record, _) = event {
            kept.append(record)
            try keep(.running)
          }
          try report(event)
        }, monitor: monitor)
      try keep(.finished)
      return outcome
    } catch let error as Cancelled {
      try keep(.interrupted)
      throw error
    } catch {
      try? keep((error as? TrainingError)?.code == .diverged ? .diverged : .failed)
      throw error
    }
  }
}

/// The two checkpoints of a run.
public struct CheckpointFiles: Sendable, Equatable {
  /// The best epoch's.
  public var best: URL
  /// The checkpoint after the newest epoch, from which a run is resumed.
  public var last: URL

  /// The name where none is given.
  public static let usualName = "model"

  /// `<name>.best.ragged` and `<name>.last.ragged`.
  public init(name: String = CheckpointFiles.usualName) {
    best = URL(filePath: name + ".best.ragged")
    last = URL(filePath: name + ".last.ragged")
  }

  /// The files of the two that are there.
  public var existing: [URL] { [best, last].filter { FileManager.default.fileExists(atPath: $0.path) } }

  /// The files that are there of runs `NAME.PART1`, `NAME.PART2` and so on, in their order, however many there are.
  /// - Parameter isWanted: which of the runs, by their numbers.
  static func existing(_ name: String, part: String, where isWanted: (Int) -> Bool = { _ in true }) -> [URL] {
    let start = URL(filePath: name)
    let folder = start.deletingLastPathComponent()
    let prefix = "\(start.lastPathComponent).\(part)"
    let numbers = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).compactMap { file in
      file.hasPrefix(prefix) ? file.dropFirst(prefix.count).prefix { $0.isASCII && $0.isNumber } : nil
    }
    return Set(numbers.compactMap { Int($0) }).filter(isWanted).sorted().flatMap {
      CheckpointFiles(name: "\(name).\(part)\($0)").existing
    }
  }

  /// Where one of several runs stands, whatever number of epochs it was to have; nil where it has not begun.
  /// - Parameter whole: what they are together: `search`.
  /// - Throws: `TrainingError` for a checkpoint of another configuration, and what the reading throws.
  func checkpoint(of configuration: TrainingConfiguration, in whole: String) throws -> Checkpoint? {
    guard FileManager.default.fileExists(atPath: last.path) else { return nil }
    let checkpoint = try Checkpoint(contentsOf: last)
    var kept = TrainingConfiguration(checkpoint)
    kept?.epochs = configuration.epochs
    guard kept == configuration else {
      throw TrainingError(
        .dataMismatch, "\(last.relativePath) is of another \(whole) than this one: name other files, or remove it")
    }
    return checkpoint
  }

  /// The name that a checkpoint of a run was written under: `runs/a` for `runs/a.last.ragged`.
  public static func name(of path: String) -> String {
    for suffix in [".last.ragged", ".best.ragged", ".ragged"] where path.hasSuffix(suffix) {
      return String(path.dropLast(suffix.count))
    }
    return path
  }
}

extension TrainingConfiguration {
  /// The configuration as JSON text with sorted keys.
  var text: String {
    get throws { try KeptConfiguration(configuration: self).text }
  }

  /// The configuration that a checkpoint was made with; nil for a checkpoint of another origin.
  public init?(_ checkpoint: Checkpoint) {
    guard let text = checkpoint.context.notes["configuration"],
      let value = try? JSONDecoder().decode(TrainingConfiguration.self, from: Data(text.utf8))
    else { return nil }
    self = value
  }
}

extension EpochRecord {
  /// The figures by the names that people know them by.
  public var metrics: [String: Double] {
    var result = ["loss": loss, "seconds": seconds, "learning_rate": Double(learningRate)]
    result["accuracy"] = accuracy
    result["val_loss"] = validationLoss
    result["val_accuracy"] = validationAccuracy
    result["label_error_rate"] = labelErrorRate
    result["val_label_error_rate"] = validationLabelErrorRate
    for (name, value) in validationFigures ?? [:] { result[name] = value }
    for head in heads ?? [] {
      for (name, value) in of(head).metrics where !["seconds", "learning_rate"].contains(name) {
        result["\(head.name).\(name)"] = value
      }
    }
    return result
  }
}
