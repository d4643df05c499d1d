import Foundation
import Logging
public import RaggedBatching
public import RaggedCore

extension Trainer {
  /// Trains epoch after epoch, as Keras' `fit`.
  ///
  /// Sums and counts run over an epoch's real timesteps and are divided once, so the figures are exact however batches
  /// differ in size and length. Batches are loaded ahead on a thread of their own, which ends with the call; the result
  /// is the same as without.
  ///
  /// Where early stopping takes the best weights back, the model and the last checkpoint have them at the end, whether it
  /// ended the run or the epochs did. What the last step left is kept too: with more epochs, and the same state, the run
  /// goes on from there.
  ///
  /// Over `StatefulBatches` states go on from batch to batch and are set back where a row begins a sequence; the gradient
  /// ends between batches (truncated back-propagation through time). A checkpoint that is written in the middle of an
  /// epoch holds the states.
  /// - Parameters:
  ///   - batches: what to train on.
  ///   - options: epochs, validation, early stopping, checkpoints.
  ///   - state: where to go on, such as the trainer's own ``state``; it becomes that in which the run ends, also by an
  ///     error, and the trainer's state is the same. Meanwhile the trainer has it alone.
  ///   - report: called after every step and epoch.
  ///   - monitor: asked after every step; a run that is no longer wanted ends there, with a checkpoint.
  /// - Returns: how it ended.
  /// - Throws: ``TrainingError`` where the model's outputs are not what target and loss need (see ``check(_:)``), data
  ///   does not fit or holds nothing to learn from or validate with, the run diverges or a checkpoint cannot be written,
  ///   for a model whose states cannot go on as the batches ask for, and for a state of another model or with progress
  ///   that the batches do not have; `BatchingError` with its cause where a batch cannot be loaded; what `report` and the
  ///   ``GradientExchange`` throw; `Cancelled`, and the state and the last checkpoint go on from there. On several ranks an
  ///   error ends all of them: the first that had one throws it, the others ``RankError``.
  @discardableResult
  public func fit(
    _ batches: some BatchSource, _ options: FitOptions, state: inout TrainingState,
    report: (FitEvent) throws -> Void = { _ in }, monitor: ProgressMonitor = .none
  ) throws -> FitOutcome {
    try check(batches.signature.target)
    if let validation = options.validation { try check(validation.signature.target) }
    if options.watched.figure.judged != nil || options.watched.head != nil || !model.heads.isEmpty {
      try options.watched.check(batches.signature.target, hasValidation: options.validation != nil)
    }
    try restore(state)
    // While the caller has a copy too, the first step would copy every buffer.
    state = TrainingState(parameters: [], optimizer: OptimizerState())
    endMonitor = monitor
    defer {
      state = self.state
      endMonitor = .none
    }
    return try withRanks { try run(batches, options, report, monitor) }
  }

  /// Trains on from the trainer's state.
  private func run(
    _ batches: some BatchSource, _ options: FitOptions, _ report: (FitEvent) throws -> Void,
    _ monitor: ProgressMonitor
  ) throws -> FitOutcome {
    var isOver: Bool { state.progress.epoch >= options.epochs || state.progress.hasStoppedEarly }
    let progress = state.progress
    if progress.step == 0 { state.carriedStates = [] }
    if !isOver {
      state.takeLatest()
      try checkPlace(of: progress, in: batches)
      try checkLearnableTogether(batches, epoch: progress.epoch + 1, purpose: "to learn from")
      if let validation = options.validation { try checkLearnable(validation, purpose: "to validate with") }
    }
    TrainingLog.logger.debug(
      "epochs \(progress.epoch + 1) to \(options.epochs), \(batches.stepCount(epoch: progress.epoch + 1)) steps in the first"
    )
    let loader = BatchLoader(
      batches, epochs: progress.epoch + 1..<max(progress.epoch, options.epochs) + 1, step: progress.step)
    defer { loader.cancel() }
    while !isOver {
      let clock = ContinuousClock.now
      let before = state.progress.partialSeconds
      let steps = batches.stepCount(epoch: state.progress.epoch + 1)
      guard try trainEpoch(loader, steps: steps, report, monitor) else {
        try save(options.lastCheckpoint, options)
        throw cancellation
      }
      var record = record(of: state.progress, steps: steps)
      if let validation = options.validation {
        var figures = try watchedSums(options.watched, of: validation.signature.target)
        let sum = try evaluate(validation, adding: &figures, isDivided: true)
        record.addValidation(sum, of: judgedOutputs)
        record.validationLoss = sum.mean
        record.validationAccuracy = loss.hasAccuracy ? sum.accuracy : nil
        record.validationLabelErrorRate = sum.labelErrorRate
        if let figures { record.add(figures.sums.figures, head: options.watched.head) }
      }
      record.seconds = (ContinuousClock.now - clock).seconds + before
      try agree(after: record.epoch, monitor)
      let isBest = state.finish(record, options)
      if isBest { try save(options.bestCheckpoint, options) }
      try save(options.lastCheckpoint, options)
      try report(.epoch(record, isBest: isBest))
      if isEndWished(monitor), state.progress.epoch < options.epochs { throw cancellation }
    }
    if options.earlyStopping?.restoresBest == true, state.takeBest() {
      try save(options.lastCheckpoint, options)
    }
    return state.progress.hasStoppedEarly ? .stoppedEarly : .finished
  }

  private var cancellation: Cancelled {
    Cancelled("training stands in epoch \(state.progress.epoch + 1) after step \(state.progress.step)")
  }

  /// Trains from the trainer's weights, and counts epochs anew.
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
    var state = self.state.restarted
    try fit(batches, FitOptions(epochs: epochs, validation: validation), state: &state) { event in
      if verbose, case .epoch(let record, _) = event { print(record.summary(of: epochs)) }
    }
    return state.progress.history
  }

  /// The loss over a whole source, in the batches of its first epoch. Over `StatefulBatches` states go on, so that the
  /// loss is that of whole sequences and no more than a window of each is in memory.
  /// - Throws: ``TrainingError`` for data that does not fit and for data without a valid timestep, `BatchingError` with its
  ///   cause where a batch cannot be loaded.
  public func evaluate(_ batches: some BatchSource) throws -> LossSum {
    var none: WatchedSums?
    return try evaluate(batches, adding: &none, isDivided: false)
  }

  /// The loss, and where there are sums what else is said of the predictions.
  /// - Parameter isDivided: whether ranks that divide batches divide these; what needs outputs is computed on each of them.
  private func evaluate(
    _ batches: some BatchSource, adding sums: inout WatchedSums?, isDivided: Bool
  ) throws -> LossSum {
    try check(batches.signature.target)
    let loader = batches.epoch(1)
    defer { loader.cancel() }
    var (sum, states) = (LossSum(), [RecurrentState]())
    var found = Learnable()
    while let loaded = try loader.next() {
      found.add(loaded.batch, by: self)
      guard sums != nil else {
        sum += try evaluate(loaded.batch, &states, loaded.resets, isDivided: isDivided)
        continue
      }
      guard loaded.resets == nil else {
        throw TrainingError(
          .invalidModel,
          "of sequences whose states go on from batch to batch the loss and the accuracy can be watched alone")
      }
      let answer = try answer(loaded.batch, .outputs)
      sum += answer.sum
      let place = sums?.head ?? 0
      var batch = loaded.batch
      batch.targets = batch.targets[head: place]
      let validity = batch.targets.isPerTimestep ? validity(of: batch) : nil
      try sums?.sums.add(
        JudgedBatch(
          batch: batch, outputs: answer.heads.isEmpty ? answer.outputs : answer.heads[place].outputs,
          width: model.program.ends[place].width, validity: validity))
    }
    try found.check("to be judged by")
    return sum
  }

  /// Checks that the batches have the step at which training stands: progress may come from a file.
  private func checkPlace(of progress: TrainingProgress, in batches: some BatchSource) throws {
    guard progress.step > 0 else { return }
    let steps = batches.stepCount(epoch: progress.epoch + 1)
    guard progress.step <= steps else {
      throw TrainingError(
        .dataMismatch,
        "training stands in epoch \(progress.epoch + 1) after step \(progress.step), but the batches give that epoch "
          + "\(steps): expected the data and the policy that the progress is of")
    }
  }

  /// Checks that the states are there with which a step in the middle of an epoch goes on.
  private func checkStates(for loaded: LoadedBatch) throws {
    let progress = state.progress
    guard loaded.resets == nil || progress.step == 0 || state.carriedStates.count == model.program.states.count else {
      throw TrainingError(
        .checkpointInvalid,
        "training stands in epoch \(progress.epoch + 1) after step \(progress.step), and the states that its rows had "
          + "there are not known: expected a checkpoint of a stateful run")
    }
  }

  /// - Returns: false where it ended before the epoch did, because it was no longer wanted.
  private func trainEpoch(
    _ loader: BatchLoader, steps: Int, _ report: (FitEvent) throws -> Void, _ monitor: ProgressMonitor
  ) throws -> Bool {
    let before = state.progress.partialSeconds
    let clock = ContinuousClock.now
    while state.progress.step < steps, let loaded = try loader.next() {
      try checkStates(for: loaded)
      var carried = state.carriedStates
      let sum = try trainStep(loaded.batch, states: &carried, resets: loaded.resets)
      state.carriedStates = carried
      state.progress.step += 1
      state.progress.partial += sum
      state.progress.partialSeconds = before + (ContinuousClock.now - clock).seconds
      let progress = state.progress
      try report(
        .step(
          epoch: progress.epoch + 1, step: progress.step, steps: steps, sum: progress.partial,
          seconds: progress.partialSeconds))
      if isEndWished(monitor), progress.step < steps { return false }
    }
    state.carriedStates = []
    return true
  }

  private func record(of progress: TrainingProgress, steps: Int) -> EpochRecord {
    var record = EpochRecord(
      epoch: progress.epoch + 1, steps: steps, seconds: 0,
      learningRate: optimizer.learningRate.rate(step: max(0, stepsTaken - 1)), loss: progress.partial.mean,
      accuracy: loss.hasAccuracy ? progress.partial.accuracy : nil, labelErrorRate: progress.partial.labelErrorRate)
    record.add(progress.partial, of: judgedOutputs)
    return record
  }

  /// What is said of the predictions of one head, or of the one target.
  private struct WatchedSums {
    var sums: JudgementSums
    var head: Int
  }

  /// Sums for a figure that not every epoch has; nil for others.
  private func watchedSums(_ watched: WatchedFigure, of target: TargetSignature) throws -> WatchedSums? {
    guard watched.figure.judged != nil else { return nil }
    guard let name = watched.head, let place = target.parts.firstIndex(where: { $0.name.isExactly(name) }) else {
      return WatchedSums(sums: emptySums(of: target), head: 0)
    }
    return WatchedSums(sums: try head(place).emptySums(of: target.parts[place].target), head: place)
  }

  private func save(_ url: URL?, _ options: FitOptions) throws {
    guard let url else { return }
    try checkpoint(context: options.context).write(to: url)
    TrainingLog.logger.debug(
      "\(url.relativePath): written after epoch \(state.progress.epoch), step \(state.progress.step)")
  }
}

extension TrainingState {
  /// Takes in a finished epoch.
  /// - Returns: whether it is the best so far.
  fileprivate mutating func finish(_ record: EpochRecord, _ options: FitOptions) -> Bool {
    let stopping = options.earlyStopping
    let isBest = progress.finish(record, watching: options.watched, minimumChange: stopping?.minimumChange ?? 0)
    if isBest, stopping?.restoresBest == true { bestParameters = parameters }
    guard let stopping, let bestEpoch = progress.bestEpoch else { return isBest }
    progress.hasStoppedEarly = !isBest && progress.epoch - bestEpoch >= stopping.patience
    if progress.hasStoppedEarly {
      TrainingLog.logger.info(
        "no improvement of \(options.watched.name) since epoch \(bestEpoch): stopping after epoch \(progress.epoch)"
      )
    }
    return isBest
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
