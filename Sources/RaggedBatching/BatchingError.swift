import RaggedCore

/// What can go wrong with a policy or with asking for a batch.
public struct BatchingError: RaggedError, Equatable {
  /// The kind of fault, for a caller that switches.
  public enum Code: Sendable {
    /// A policy, or a share of a split, that has no meaning.
    case invalidPolicy
    /// A sequence that is longer than any batch may be.
    case overLimit
    /// A step, position or rank that does not exist.
    case outOfRange
    /// A generated batch that is not what was promised.
    case brokenPromise
  }

  /// The kind of fault.
  public let code: Code
  /// What is wrong, in a sentence that names both sides.
  public let message: String

  /// An error with its sentence.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Bad policies are the caller's, a step that does not exist the program's, a bad batch the data's.
  public var failureClass: FailureClass {
    switch code {
    case .invalidPolicy, .overLimit: .usage
    case .outOfRange: .software
    case .brokenPromise: .badData
    }
  }
}
