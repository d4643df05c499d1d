public import Foundation
public import RaggedBatching

/// How a model is fitted.
public struct FitOptions: Sendable {
  /// Epochs in all, those of a resumed run included.
  public var epochs: Int
  /// Data to judge each epoch by; it is never trained on.
  public var validation: (any BatchSource)?
  /// When to end before the last epoch.
  public var earlyStopping: EarlyStopping?
  /// The figure that decides which epoch is the best where nothing ends the run early; nil means the validation loss, or else
  /// the loss.
  public var monitor: EarlyStopping.Monitor?
  /// The head whose figure ``monitor`` is; nil for that of the whole.
  public var monitoredHead: String?
  /// Where the newest state is written after each epoch and at an interruption, and at the end with the best epoch's
  /// weights where early stopping takes them back.
  public var lastCheckpoint: URL?
  /// Where the state of the best epoch is written: by early stopping's figure, or else ``monitor``.
  public var bestCheckpoint: URL?
  /// What checkpoints say of the data and the command.
  public var context: CheckpointContext

  /// Options; what is left out is not done.
  public init(
    epochs: Int, validation: (any BatchSource)? = nil, earlyStopping: EarlyStopping? = nil,
    monitor: EarlyStopping.Monitor? = nil, monitoredHead: String? = nil, lastCheckpoint: URL? = nil,
    bestCheckpoint: URL? = nil, context: CheckpointContext = CheckpointContext()
  ) {
    self.epochs = epochs
    self.validation = validation
    self.earlyStopping = earlyStopping
    (self.monitor, self.monitoredHead) = (monitor, monitoredHead)
    self.lastCheckpoint = lastCheckpoint
    self.bestCheckpoint = bestCheckpoint
    self.context = context
  }

  /// The figure that decides which epoch is the best.
  var watched: WatchedFigure {
    if let earlyStopping { return WatchedFigure(earlyStopping.monitor, head: earlyStopping.head) }
    return monitor.map { WatchedFigure($0, head: monitoredHead) }
      ?? WatchedFigure(.usual(hasValidation: validation != nil))
  }
}

/// What happens while a model is fitted.
public enum FitEvent: Sendable {
  /// A step is done, the `step`-th of `steps`: figures of the epoch so far. Epochs count from 1.
  case step(epoch: Int, step: Int, steps: Int, sum: LossSum, seconds: Double)
  /// An epoch is done.
  case epoch(EpochRecord, isBest: Bool)
}

/// How fitting ended.
public enum FitOutcome: String, Sendable, Codable {
  /// All epochs are done.
  case finished
  /// Early stopping ended it.
  case stoppedEarly = "stopped early"
}
