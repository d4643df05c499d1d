public import RaggedCore

/// Why sequences cannot be written in a format.
public struct ExportError: RaggedError, Equatable {
  /// The kind of fault, for a caller that switches.
  public enum Code: Sendable {
    /// Data that the format cannot hold.
    case mismatch
    /// An option that means nothing here.
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

  /// What the failure means to the caller.
  public var failureClass: FailureClass {
    switch code {
    case .mismatch: .badData
    case .invalidOption: .usage
    }
  }
}
