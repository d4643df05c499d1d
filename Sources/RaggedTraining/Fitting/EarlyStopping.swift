package import RaggedCore

/// Ends training when a figure no longer gets better, as Keras' callback of that name.
public struct EarlyStopping: Sendable, Equatable, Codable {
  /// A figure of an epoch.
  public enum Monitor: String, Sendable, Codable, CaseIterable {
    case loss
    case accuracy
    case validationLoss = "val_loss"
    case validationAccuracy = "val_accuracy"
    case labelErrorRate = "label_error_rate"
    case validationLabelErrorRate = "val_label_error_rate"
    /// Those of the validation data that ``JudgedFigures`` has; they are taken after an epoch where one of them is watched.
    case macroF1 = "val_macro_f1"
    /// See ``macroF1``.
    case weightedF1 = "val_weighted_f1"
    /// See ``macroF1``.
    case balancedAccuracy = "val_balanced_accuracy"
    /// See ``macroF1``; of two classes.
    case auroc = "val_auroc"
    /// See ``macroF1``; of two classes.
    case averagePrecision = "val_average_precision"
    /// See ``macroF1``; of tags.
    case entityF1 = "val_entity_f1"
    /// See ``macroF1``; of classes a timestep.
    case perplexity = "val_perplexity"
    /// See ``macroF1``; of values.
    case meanAbsoluteError = "val_mae"
    /// See ``macroF1``; of values.
    case rootMeanSquaredError = "val_rmse"
    /// See ``macroF1``; of values.
    case determination = "val_r2"
    /// See ``macroF1``; of values.
    case symmetricPercentage = "val_smape"

    /// The figure of a name: that of the raw value, which may be without `val_` and with hyphens, as in `macro-f1`; `loss` and
    /// `accuracy` are those of the training data.
    public init?(named name: String) {
      let name = name.lowercased().replacing("-", with: "_")
      guard let found = Monitor(rawValue: name) ?? Monitor(rawValue: "val_" + name) else { return nil }
      self = found
    }

    /// The figure that is watched where none is named.
    public static func usual(hasValidation: Bool) -> Monitor { hasValidation ? .validationLoss : .loss }

    /// Whether the greater figure is the better one.
    public var isBetterHigher: Bool {
      switch self {
      case .loss, .validationLoss, .labelErrorRate, .validationLabelErrorRate, .perplexity, .meanAbsoluteError,
        .rootMeanSquaredError, .symmetricPercentage:
        false
      case .accuracy, .validationAccuracy, .macroF1, .weightedF1, .balancedAccuracy, .auroc, .averagePrecision,
        .entityF1, .determination:
        true
      }
    }

    /// Where ``JudgedFigures`` have it; nil for a figure that every epoch has.
    var judged: KeyPath<JudgedFigures, Double?>? {
      switch self {
      case .loss, .accuracy, .validationLoss, .validationAccuracy, .labelErrorRate, .validationLabelErrorRate: nil
      case .macroF1: \.macroF1
      case .weightedF1: \.weightedF1
      case .balancedAccuracy: \.balancedAccuracy
      case .auroc: \.auroc
      case .averagePrecision: \.averagePrecision
      case .entityF1: \.entityF1
      case .perplexity: \.perplexity
      case .meanAbsoluteError: \.mae
      case .rootMeanSquaredError: \.rmse
      case .determination: \.r2
      case .symmetricPercentage: \.smape
      }
    }

    /// The figure of an epoch; nil where it does not have it.
    public func value(of record: EpochRecord) -> Double? {
      switch self {
      case .loss: record.loss
      case .accuracy: record.accuracy
      case .validationLoss: record.validationLoss
      case .validationAccuracy: record.validationAccuracy
      case .labelErrorRate: record.labelErrorRate
      case .validationLabelErrorRate: record.validationLabelErrorRate
      default: record.validationFigures?[rawValue]
      }
    }

    /// Checks that a run has the figure.
    /// - Throws: ``TrainingError`` that says what it needs.
    package func check(_ target: TargetSignature, hasValidation: Bool) throws {
      func fail(_ need: String) -> TrainingError {
        TrainingError(.invalidModel, "\(rawValue) cannot be watched: it \(need)")
      }
      let isOfTraining = [.loss, .accuracy, .labelErrorRate].contains(self)
      if !isOfTraining, !hasValidation { throw fail("is a figure of validation data, and the run has none") }
      let found = "and the target is \(target.summary)"
      switch self {
      case .loss, .accuracy, .validationLoss, .validationAccuracy: break
      case .labelErrorRate, .validationLabelErrorRate:
        if !target.isLabels { throw fail("is for lists of labels, \(found)") }
      case .macroF1, .weightedF1, .balancedAccuracy:
        if !target.isClass { throw fail("is for classes, \(found)") }
      case .auroc, .averagePrecision:
        if !target.isClass || target.names.count != 2 { throw fail("is for two classes, \(found)") }
      case .entityF1:
        if !target.isClass || !target.isPerTimestep || TagScheme(target.names) == nil {
          throw fail("is for tags such as B-LOC, I-LOC and O, \(found)")
        }
      case .perplexity:
        if !target.isClass || !target.isPerTimestep { throw fail("is for classes a timestep, \(found)") }
      case .meanAbsoluteError, .rootMeanSquaredError, .determination, .symmetricPercentage:
        if target.isClass || target.isLabels { throw fail("is for values, \(found)") }
      }
    }
  }

  /// The figure that decides which epoch is the best.
  public var monitor: Monitor
  /// The head whose figure it is; nil for that of the whole, which of several targets is a loss.
  public var head: String?
  /// Epochs without an improvement before training ends.
  public var patience: Int
  /// The least change that counts as an improvement.
  public var minimumChange: Double
  /// Whether the weights of the best epoch are taken back at the end: the model and the last checkpoint then have them.
  public var restoresBest: Bool

  /// Ends training after `patience` epochs in which the figure was not better than the best by `minimumChange`.
  public init(
    monitor: Monitor = .validationLoss, patience: Int, minimumChange: Double = 0, restoresBest: Bool = false,
    head: String? = nil
  ) {
    (self.monitor, self.head) = (monitor, head)
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
