/// Where a run stands: what is needed to go on with it exactly.
public struct TrainingProgress: Sendable, Equatable, Codable {
  /// Epochs that are finished.
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

  /// The start.
  public init() {}

  /// Takes in a finished epoch. A figure that is undefined is never the best.
  /// - Returns: whether it is the best so far.
  mutating func finish(_ record: EpochRecord, watching monitor: EarlyStopping.Monitor, minimumChange: Double) -> Bool {
    epoch = record.epoch
    step = 0
    partial = LossSum()
    partialSeconds = 0
    history.epochs.append(record)
    guard let value = monitor.value(of: record), !value.isNaN else { return false }
    if let best {
      let gain = monitor.isBetterHigher ? value - best : best - value
      if !(gain > minimumChange) { return false }
    }
    best = value
    bestEpoch = record.epoch
    return true
  }
}
