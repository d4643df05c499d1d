/// What can go wrong with sequences and batches in memory.
public struct RaggedCoreError: RaggedError, Equatable {
  /// The kind of fault, for a caller that switches.
  public enum Code: Sendable {
    /// Buffers whose sizes disagree, or a batch of another shape than was asked for.
    case shapeMismatch
    /// A position, class or token that does not exist.
    case outOfRange
    /// An option with a value that has no meaning.
    case invalidOption
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

  /// Bad options are the caller's; everything else is bad data.
  public var failureClass: FailureClass { code == .invalidOption ? .usage : .badData }
}
