import Foundation
import RaggedCore

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
  /// Those of each of several heads, in their order, in whose names they stand; the loss above is then the total one. nil for
  /// one target.
  public var heads: [Head]?

  /// The figures of one of several heads, as those of the whole.
  public struct Head: Sendable, Equatable, Codable {
    /// The head's name.
    public var name: String
    /// Its reduced loss, without its weight in the total.
    public var loss: Double
    /// See ``EpochRecord/accuracy``.
    public var accuracy: Double?
    /// See ``EpochRecord/labelErrorRate``.
    public var labelErrorRate: Double?
    /// See ``EpochRecord/validationLoss``.
    public var validationLoss: Double?
    /// See ``EpochRecord/validationAccuracy``.
    public var validationAccuracy: Double?
    /// See ``EpochRecord/validationLabelErrorRate``.
    public var validationLabelErrorRate: Double?
    /// See ``EpochRecord/validationFigures``.
    public var validationFigures: [String: Double]?
  }
}

extension EpochRecord {
  /// The record as it would be if there were that head alone.
  public func of(_ head: Head) -> EpochRecord {
    EpochRecord(
      epoch: epoch, steps: steps, seconds: seconds, learningRate: learningRate, loss: head.loss,
      accuracy: head.accuracy, validationLoss: head.validationLoss, validationAccuracy: head.validationAccuracy,
      labelErrorRate: head.labelErrorRate, validationLabelErrorRate: head.validationLabelErrorRate,
      validationFigures: head.validationFigures)
  }

  /// Takes in the figures of each head.
  mutating func add(_ sum: LossSum, of ends: [Trainer.JudgedOutput]) {
    guard !sum.heads.isEmpty else { return }
    heads = zip(ends, sum.heads).map { end, head in
      Head(
        name: end.name ?? "", loss: head.sum.mean, accuracy: end.loss.hasAccuracy ? head.sum.accuracy : nil,
        labelErrorRate: head.sum.labelErrorRate)
    }
  }

  /// Takes in those of the validation data.
  mutating func addValidation(_ sum: LossSum, of ends: [Trainer.JudgedOutput]) {
    for (place, (end, head)) in zip(ends, sum.heads).enumerated() where heads?.indices.contains(place) == true {
      heads?[place].validationLoss = head.sum.mean
      heads?[place].validationAccuracy = end.loss.hasAccuracy ? head.sum.accuracy : nil
      heads?[place].validationLabelErrorRate = head.sum.labelErrorRate
    }
  }
  /// Takes in what is said of the validation data.
  /// - Parameter head: the head that it is said of; nil for one target.
  mutating func add(_ figures: JudgedFigures, head: String? = nil) {
    let found = EarlyStopping.Monitor.allCases.compactMap { monitor in
      monitor.judged.flatMap { figures[keyPath: $0] }.map { (monitor.rawValue, $0) }
    }
    let named = Dictionary(found, uniquingKeysWith: { first, _ in first })
    guard let head else {
      validationFigures = named
      return
    }
    if let place = heads?.firstIndex(where: { $0.name.isExactly(head) }) { heads?[place].validationFigures = named }
  }

  /// One line: the epoch, its seconds and its figures to four decimals.
  public func summary(of epochs: Int) -> String {
    func texts(_ record: EpochRecord) -> String {
      EarlyStopping.Monitor.allCases.compactMap { figure in
        figure.value(of: record).map { "\(figure.rawValue) \(String(format: "%.4f", $0))" }
      }.joined(separator: ", ")
    }
    return "epoch \(epoch)/\(epochs)  \(String(format: "%.1f", seconds)) s, " + texts(self)
      + (heads ?? []).map { "; \($0.name): \(texts(of($0)))" }.joined()
  }
}
