import Foundation

/// The figures of each epoch of a run.
public struct History: Sendable, Equatable, Codable {
  /// The epochs, first to last.
  public var epochs: [EpochRecord]

  /// A history of these epochs.
  public init(epochs: [EpochRecord] = []) { self.epochs = epochs }
}

/// The figures of one epoch.
public struct EpochRecord: Sendable, Equatable, Codable {
  /// Counted from 1.
  public var epoch: Int
  /// Batches.
  public var steps: Int
  /// Wall time of the epoch, validation included.
  public var seconds: Double
  /// The learning rate of its last step.
  public var learningRate: Float
  /// The reduced training loss, taken before each step, over everything the epoch saw.
  public var loss: Double
  /// Share of right predictions, for classes.
  public var accuracy: Double?
  /// The loss of the validation data after the epoch.
  public var validationLoss: Double?
  /// Share of right predictions on the validation data.
  public var validationAccuracy: Double?
}

extension EpochRecord {
  /// One line: the epoch, its seconds and its figures to four decimals.
  public func summary(of epochs: Int) -> String {
    let texts = EarlyStopping.Monitor.allCases.compactMap { figure in
      figure.value(of: self).map { "\(figure.rawValue) \(String(format: "%.4f", $0))" }
    }
    return "epoch \(epoch)/\(epochs)  \(String(format: "%.1f", seconds)) s, " + texts.joined(separator: ", ")
  }
}
