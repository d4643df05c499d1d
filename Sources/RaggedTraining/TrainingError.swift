public import RaggedCore

/// What can go wrong with models and their training.
public typealias TrainingError = CodedError<TrainingFault>

/// The kinds of ``TrainingError``.
public enum TrainingFault: FaultCode {
  /// Layers that do not fit together, or an option without a meaning.
  case invalidModel
  /// Data that the model was not made for.
  case dataMismatch
  /// A checkpoint that is not there.
  case checkpointMissing
  /// A checkpoint whose contents the disk does not give.
  case checkpointUnreadable
  /// A checkpoint that is not one or is damaged, and a training state of another model.
  case checkpointInvalid
  /// A checkpoint that cannot be written.
  case checkpointUnwritable
  /// A checkpoint whose writing failed on the way, as on a full disk; the one before it is whole.
  case checkpointCutShort
  /// A loss, gradient or weight that is no longer a number.
  case diverged
  /// A promise that does not hold: padding or batching changed what a model computes.
  case promiseBroken

  /// What each means to the caller.
  public var failureClass: FailureClass {
    switch self {
    case .invalidModel: .usage
    case .dataMismatch, .checkpointInvalid, .diverged: .badData
    case .checkpointMissing: .noInput
    case .checkpointUnwritable: .cannotCreate
    case .checkpointUnreadable, .checkpointCutShort: .inputOutput
    case .promiseBroken: .software
    }
  }
}
