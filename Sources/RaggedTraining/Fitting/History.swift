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
  /// Errors in the labels as a share of the labels, for lists of labels, taken before each step.
  public var labelErrorRate: Double?
  /// That of the validation data after the epoch.
  public var validationLabelErrorRate: Double?
  /// Further figures of the validation data, by the names of ``EarlyStopping/Monitor``; where one of them is watched.
  public var validationFigures: [String: Double]?
}

extension EpochRecord {
  /// Takes in what is said of the validation data.
  mutating func add(_ figures: JudgedFigures) {
    let found = EarlyStopping.Monitor.allCases.compactMap { monitor in
      monitor.judged.flatMap { figures[keyPath: $0] }.map { (monitor.rawValue, $0) }
    }
    validationFigures = Dictionary(found, uniquingKeysWith: { first, _ in first })
  }

  /// One line: the epoch, its seconds and its figures to four decimals.
  public func summary(of epochs: Int) -> String {
    let texts = EarlyStopping.Monitor.allCases.compactMap { figure in
      figure.value(of: self).map { "\(figure.rawValue) \(String(format: "%.4f", $0))" }
    }
    return "epoch \(epoch)/\(epochs)  \(String(format: "%.1f", seconds)) s, " + texts.joined(separator: ", ")
  }
}
