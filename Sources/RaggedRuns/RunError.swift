public import RaggedCore

/// Why a run cannot be shown or judged.
public typealias RunError = CodedError<RunFault>

/// The kinds of ``RunError``.
public enum RunFault: FaultCode {
  /// The run's model is nowhere where it was left.
  case modelMissing

  /// That an input is not there.
  public var failureClass: FailureClass { .noInput }
}

/// What the caller can do, beside what a message says.
public enum RunRemedy: Sendable {
  /// To name the model's file.
  case nameModel
  /// To train on from the run's last checkpoint.
  case resume
}

extension RunError {
  /// What the caller can do about it.
  public var remedy: RunRemedy { .nameModel }
}
