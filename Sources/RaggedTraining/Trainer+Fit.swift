import Foundation
import Logging
public import RaggedBatching
import RaggedCore

extension Trainer {
  /// Trains epoch after epoch, as Keras' `fit`.
  ///
  /// Sums and counts run over an epoch's real timesteps and are divided once, so the figures are exact however batches
  /// differ in size and length. Batches are loaded ahead on a thread of their own, which ends with the call; the result
  /// is the same as without.
  ///
  /// Where early stopping takes the best weights back, the model and the last checkpoint have them at the end, whether it
  /// ended the run or the epochs did. What the last step left is kept too: with more epochs, and the same progress, the run
  /// goes on from there.
  ///
  /// Over a `StatefulBatchSource`, such as `StatefulBatches`, h and c go on from batch to batch and are set back where a
  /// row begins a sequence; the gradient ends between batches (truncated back-propagation through time). A checkpoint
  /// that is written in the middle of an epoch holds the states.
  /// - Parameters:
  ///   - batches: what to train on.
  ///   - options: epochs, validation, early stopping, checkpoints.
  ///   - progress: where to go on; the start by default. Updated step by step.
  ///   - report: told of every step and epoch.
  ///   - isInterrupted: asked after every step; true ends the run there, with a checkpoint.
  /// - Returns: how it ended.
  /// - Throws: ``TrainingError`` where the model's outputs are not what target and loss need (see ``check(_:)``), data
  ///   does not fit or holds nothing to learn from or validate with, the run diverges or a checkpoint cannot be written,
  ///   and for a
  ///   model whose states cannot go on as the batches ask for, and for progress that the batches do not have;
  ///   `BatchingError` with its cause where a batch cannot be loaded; what `report` throws.
  @discardableResult
  public func fit(
    _ batches: some BatchSource, _ options: FitOptions, progress: inout TrainingProgress,
    report: (FitEvent) throws -> Void = { _ in }, isInterrupted: () -> Bool = { false }
  ) throws -> FitOutcome {
    let stateful = batches as? any StatefulBatchSource
    try check(batches.signature.target)
    if let validation = options.validation { try check(validation.signature.target) }
    takeLatestParameters(progress, options)
    try checkPlace(of: progress, in: batches, options)
    try prepareStates(stateful, progress)
    if progress.epoch < options.epochs, !progress.hasStoppedEarly {
      try checkLearnable(batches, epoch: progress.epoch, purpose: "to learn from")
      if let validation = options.validation { try checkLearnable(validation, purpose: "to validate with") }
    }
    TrainingLog.logger.debug(
      "epochs \(progress.epoch + 1) to \(options.epochs), \(batches.stepCount(epoch: progress.epoch)) steps in the first"
    )
    let loader = BatchLoader(
      batches, epochs: progress.epoch..<max(progress.epoch, options.epochs), step: progress.step)
    defer { loader.cancel() }
    while progress.epoch < options.epochs, !progress.hasStoppedEarly {
      let clock = ContinuousClock.now
      let steps = batches.stepCount(epoch: progress.epoch)
      guard try trainEpoch(loader, stateful, steps: steps, &progress, report, isInterrupted) else {
        try save(options.lastCheckpoint, progress, options)
        return .interrupted
      }
      var record = record(of: progress, steps: steps)
      if let validation = options.validation {
        let sum = try evaluate(validation)
        record.validationLoss = sum.mean
        record.validationAccuracy = loss.hasAccuracy ? sum.accuracy : nil
      }
      record.seconds = (ContinuousClock.now - clock).seconds + resumedSeconds
      resumedSeconds = 0
      let isBest = progress.finish(
        record, watching: options.monitor, minimumChange: options.earlyStopping?.minimumChange ?? 0)
      if isBest, options.earlyStopping?.restoresBest == true { bestParameters = model.parameters }
      if let stopping = options.earlyStopping, let bestEpoch = progress.bestEpoch {
        progress.hasStoppedEarly = !isBest && progress.epoch - bestEpoch >= stopping.patience
        if progress.hasStoppedEarly {
          TrainingLog.logger.info(
            "no improvement of \(stopping.monitor.rawValue) since epoch \(bestEpoch): stopping after epoch \(progress.epoch)"
          )
        }
      }
      if isBest { try save(options.bestCheckpoint, progress, options) }
      try save(options.lastCheckpoint, progress, options)
      try report(.epoch(record, isBest: isBest))
      if isInterrupted(), progress.epoch < options.epochs { return .interrupted }
    }
    if options.earlyStopping?.restoresBest == true, latestParameters == nil, let best = bestParameters {
      (latestParameters, model.parameters, largestNumber) = (model.parameters, best, nil)
      try save(options.lastCheckpoint, progress, options)
    }
    return progress.hasStoppedEarly ? .stoppedEarly : .finished
  }

  /// Trains from the start.
  /// - Parameters:
  ///   - batches: what to train on.
  ///   - epochs: their number.
  ///   - validation: data to judge each epoch by.
  ///   - verbose: whether a line about each epoch goes to standard output.
  /// - Returns: the figures of the epochs.
  /// - Throws: as the general form.
  @discardableResult
  public func fit(
    _ batches: some BatchSource, epochs: Int, validation: (any BatchSource)? = nil, verbose: Bool = false
  ) throws -> History {
    var progress = TrainingProgress()
    try fit(batches, FitOptions(epochs: epochs, validation: validation), progress: &progress) { event in
      if verbose, case .epoch(let record, _) = event { print(record.summary(of: epochs)) }
    }
    return progress.history
  }

  /// The loss over a whole source, in the batches of its epoch 0. Over a `StatefulBatchSource` states go on, so that the
  /// loss is that of whole sequences and no more than a window of each is in memory.
  /// - Throws: ``TrainingError`` for data that does not fit and for data without a valid timestep, `BatchingError` with its
  ///   cause where a batch cannot be loaded.
  public func evaluate(_ batches: some BatchSource) throws -> LossSum {
    try check(batches.signature.target)
    let loader = BatchLoader(batches, epochs: 0..<1)
    defer { loader.cancel() }
    let stateful = batches as? any StatefulBatchSource
    var (sum, states) = (LossSum(), [LSTMState]())
    var found = Learnable()
    while let loaded = try loader.next() {
      found.add(loaded.batch, by: self)
      let resets = try stateful?.resets(epoch: loaded.epoch, step: loaded.step)
      sum +=
        try resets.map { try evaluate(loaded.batch, states: &states, resets: $0) } ?? evaluate(loaded.batch)
    }
    try found.check("to be judged by")
    return sum
  }

  /// Goes on with the weights of the last step where a run that had taken the best epoch's back has more to do, so that it
  /// gives what the undisturbed run gives.
  private func takeLatestParameters(_ progress: TrainingProgress, _ options: FitOptions) {
    guard let latest = latestParameters, progress.epoch < options.epochs, !progress.hasStoppedEarly else { return }
    if progress.epoch > 0 { (model.parameters, largestNumber) = (latest, nil) }
    latestParameters = nil
  }

  /// Checks that the batches have the step at which training stands: progress may come from a file.
  private func checkPlace(
    of progress: TrainingProgress, in batches: some BatchSource, _ options: FitOptions
  ) throws {
    guard progress.epoch < options.epochs, progress.step > 0 else { return }
    let steps = batches.stepCount(epoch: progress.epoch)
    guard progress.step <= steps else {
      throw TrainingError(
        .dataMismatch,
        "training stands in epoch \(progress.epoch + 1) after step \(progress.step), but the batches give that epoch "
          + "\(steps): expected the data and the policy that the progress is of")
    }
  }

  /// Forgets the states of another epoch, and checks those of this one.
  private func prepareStates(_ stateful: (any StatefulBatchSource)?, _ progress: TrainingProgress) throws {
    if stateful == nil || progress.step == 0 { carriedStates = [] }
    guard stateful != nil else { return }
    try checkStatesGoOn()
    guard progress.step == 0 || carriedStates.count == model.program.states.count else {
      throw TrainingError(
        .checkpointInvalid,
        "training stands in epoch \(progress.epoch + 1) after step \(progress.step), and the states that its rows had "
          + "there are not known: expected a checkpoint of a stateful run")
    }
  }

  /// - Returns: false where the epoch was interrupted.
  private func trainEpoch(
    _ loader: BatchLoader, _ stateful: (any StatefulBatchSource)?, steps: Int, _ progress: inout TrainingProgress,
    _ report: (FitEvent) throws -> Void, _ isInterrupted: () -> Bool
  ) throws -> Bool {
    let before = progress.partialSeconds
    resumedSeconds = before
    let clock = ContinuousClock.now
    while progress.step < steps, let loaded = try loader.next() {
      let resets = try stateful?.resets(epoch: loaded.epoch, step: loaded.step)
      progress.partial +=
        try resets.map { try trainStep(loaded.batch, states: &carriedStates, resets: $0) } ?? trainStep(loaded.batch)
      progress.step += 1
      progress.partialSeconds = before + (ContinuousClock.now - clock).seconds
      try report(
        .step(
          epoch: progress.epoch + 1, step: progress.step, steps: steps, sum: progress.partial,
          seconds: progress.partialSeconds))
      if isInterrupted(), progress.step < steps { return false }
    }
    carriedStates = []
    return true
  }

  private func record(of progress: TrainingProgress, steps: Int) -> EpochRecord {
    EpochRecord(
      epoch: progress.epoch + 1, steps: steps, seconds: 0,
      learningRate: optimizer.learningRate.rate(step: max(0, stepsTaken - 1)), loss: progress.partial.mean,
      accuracy: loss.hasAccuracy ? progress.partial.accuracy : nil)
  }

  private func save(_ url: URL?, _ progress: TrainingProgress, _ options: FitOptions) throws {
    guard let url else { return }
    try checkpoint(progress: progress, context: options.context).write(to: url)
    TrainingLog.logger.debug("\(url.relativePath): written after epoch \(progress.epoch), step \(progress.step)")
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
