import RaggedCore

/// Ends training when a figure no longer gets better, as Keras' callback of that name.
public struct EarlyStopping: Sendable, Equatable, Codable {
  /// A figure of an epoch.
  public enum Monitor: String, Sendable, Codable, CaseIterable {
    case loss
    case accuracy
    case validationLoss = "val_loss"
    case validationAccuracy = "val_accuracy"

    var isBetterHigher: Bool { self == .accuracy || self == .validationAccuracy }

    func value(of record: EpochRecord) -> Double? {
      switch self {
      case .loss: record.loss
      case .accuracy: record.accuracy
      case .validationLoss: record.validationLoss
      case .validationAccuracy: record.validationAccuracy
      }
    }
  }

  /// The figure.
  public var monitor: Monitor
  /// Epochs without an improvement before training ends.
  public var patience: Int
  /// The least change that counts as an improvement.
  public var minimumChange: Double
  /// Whether the weights of the best epoch are taken back at the end: the model and the last checkpoint then have them.
  public var restoresBest: Bool

  /// A rule.
  public init(
    monitor: Monitor = .validationLoss, patience: Int, minimumChange: Double = 0, restoresBest: Bool = false
  ) {
    self.monitor = monitor
    self.patience = patience
    self.minimumChange = minimumChange
    self.restoresBest = restoresBest
  }

  /// The largest change that can be asked for.
  package static let largestChange = 1e30

  /// Checks that the numbers have a meaning.
  /// - Throws: ``TrainingError``.
  public func validate() throws {
    guard (0...Int.largestCount).contains(patience) else {
      throw TrainingError(
        .invalidModel, "the patience is \(patience.counted("epoch")), expected 0 to \(Int.largestCount)")
    }
    guard (0...EarlyStopping.largestChange).contains(minimumChange) else {
      throw TrainingError(
        .invalidModel, "the least change is \(minimumChange), expected 0 to \(EarlyStopping.largestChange)")
    }
  }
}

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
