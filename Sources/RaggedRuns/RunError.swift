public import RaggedCore

/// Why a run cannot be shown or judged.
public struct RunError: RaggedError, Equatable {
  /// The kind of fault, for a caller that switches.
  public enum Code: Sendable {
    /// The run's model is nowhere where it was left.
    case modelMissing
  }

  /// What the caller can do, beside what a message says.
  public enum Remedy: Sendable {
    /// To name the model's file.
    case nameModel
    /// To train on from the run's last checkpoint.
    case resume
  }

  /// The kind of fault.
  public let code: Code
  /// What is wrong, in a sentence that names both sides.
  public let message: String

  /// An error with its sentence.
  public init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

  /// What the caller can do about it.
  public var remedy: Remedy { .nameModel }
  /// That an input is not there.
  public var failureClass: FailureClass { .noInput }
}
