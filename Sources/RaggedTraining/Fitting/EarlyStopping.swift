import RaggedCore

/// Ends training when a figure no longer gets better, as Keras' callback of that name.
public struct EarlyStopping: Sendable, Equatable, Codable {
  /// A figure of an epoch.
  public enum Monitor: String, Sendable, Codable, CaseIterable {
    case loss
    case accuracy
    case validationLoss = "val_loss"
    case validationAccuracy = "val_accuracy"

    /// The figure that is watched where none is named.
    public static func usual(hasValidation: Bool) -> Monitor { hasValidation ? .validationLoss : .loss }

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
