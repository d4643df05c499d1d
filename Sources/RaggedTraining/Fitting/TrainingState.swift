/// All that training changes, as a value: weights, the optimiser's memory, and where the run stands.
///
/// Copies are independent, and a run that goes on from one gives bit for bit what the run itself gives:
///
/// ```swift
/// var state = trainer.state
/// try trainer.fit(batches, FitOptions(epochs: 10), state: &state)
/// var other = state
/// try trainer.fit(batches, FitOptions(epochs: 20), state: &state)
/// try trainer.fit(otherBatches, FitOptions(epochs: 20), state: &other)
/// ```
///
/// A ``Checkpoint`` is a state with a description of its ``Trainer``.
public struct TrainingState: Sendable, Equatable {
  /// Where the run stands.
  public var progress = TrainingProgress()
  /// In the order of the model's parameters, `[P]`, as the next two.
  var parameters: [Float]
  /// Those of the best epoch, where early stopping will want them back.
  var bestParameters: [Float]?
  /// Those after the last step, where ``parameters`` are the best epoch's again: training goes on from these.
  var latestParameters: [Float]?
  var optimizer: OptimizerState
  /// Those of each row of the last batch, in the middle of an epoch whose rows go on from batch to batch.
  var carriedStates: [RecurrentState] = []

  /// The start of another run with these weights and the optimiser's memory: no epoch is done, nothing is the best.
  public var restarted: TrainingState { TrainingState(parameters: parameters, optimizer: optimizer) }

  /// One step of the optimiser.
  /// - Parameter gradients: `[P]`; they may be scaled in place.
  /// - Returns: the largest magnitude among the new weights and the optimiser's numbers; undefined where one of them is.
  mutating func step(_ gradients: inout [Float], by rule: Optimizer, on workers: Workers) -> Float {
    rule.apply(&gradients, to: &parameters, state: &optimizer, on: workers)
  }

  /// Goes on with the weights of the last step where a run that had taken the best epoch's back has more to do, so that it
  /// gives what the undisturbed run gives.
  mutating func takeLatest() {
    guard let latest = latestParameters else { return }
    if progress.epoch > 0 { parameters = latest }
    latestParameters = nil
  }

  /// Takes the best epoch's weights back, and keeps those of the last step.
  /// - Returns: whether there was something to take back.
  mutating func takeBest() -> Bool {
    guard latestParameters == nil, let best = bestParameters else { return false }
    (latestParameters, parameters) = (parameters, best)
    return true
  }
}

/// Where a run stands.
public struct TrainingProgress: Sendable, Equatable, Codable {
  /// The number of epochs that are finished.
  public var epoch = 0
  /// Steps of the next epoch that are done.
  public var step = 0
  /// The sums of those steps.
  public var partial = LossSum()
  /// Seconds spent on those steps.
  public var partialSeconds = 0.0
  /// The finished epochs' figures.
  public var history = History()
  /// The best value of the watched figure so far, and the epoch (from 1) that had it.
  public var best: Double?
  /// See ``best``.
  public var bestEpoch: Int?
  /// Whether early stopping has ended the run.
  public var hasStoppedEarly = false

  /// Before the first step.
  public init() {}

  /// Takes in a finished epoch. A figure that is undefined is never the best.
  /// - Returns: whether it is the best so far.
  mutating func finish(_ record: EpochRecord, watching watched: WatchedFigure, minimumChange: Double) -> Bool {
    epoch = record.epoch
    step = 0
    partial = LossSum()
    partialSeconds = 0
    history.epochs.append(record)
    guard let value = watched.value(of: record), !value.isNaN else { return false }
    if let best {
      let gain = watched.figure.isBetterHigher ? value - best : best - value
      if !(gain > minimumChange) { return false }
    }
    best = value
    bestEpoch = record.epoch
    return true
  }
}
