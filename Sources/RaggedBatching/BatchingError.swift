public import RaggedCore

/// What can go wrong with a policy or with asking for a batch.
public struct BatchingError: RaggedError {
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
    /// A batch that a ``BatchLoader`` could not load; ``BatchingError/cause`` says why.
    case loadFailed
  }

  /// What a caller may switch on.
  public let code: Code
  /// What is wrong, in a sentence that names both sides.
  public let message: String
  /// The error behind this one, where there is one.
  public let cause: (any Error)?

  /// An error whose message names both sides: what is there and what was expected.
  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// Bad policies are the caller's, a step that does not exist the program's, a bad batch the data's; a batch that could
  /// not be loaded fails as its cause does.
  public var failureClass: FailureClass {
    switch code {
    case .invalidPolicy, .overLimit: .usage
    case .outOfRange: .software
    case .brokenPromise: .badData
    case .loadFailed: (cause as? any RaggedError)?.failureClass ?? .software
    }
  }
}

extension BatchingError: Equatable {
  /// Whether code and message are equal; the message includes the cause.
  public static func == (one: BatchingError, other: BatchingError) -> Bool {
    one.code == other.code && one.message == other.message
  }
}
