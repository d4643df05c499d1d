public import RaggedCore

/// What can go wrong with files of other frameworks.
public struct ExchangeError: RaggedError, Equatable {
  /// The kind of fault, for a caller that switches.
  public enum Code: Sendable {
    /// A file that is not there or must not be read.
    case missing
    /// A file whose contents the disk does not give.
    case unreadable
    /// A file that is not what it says it is.
    case invalidFile
    /// Weights of another network.
    case mismatch
    /// A network, or a size, that the format cannot hold.
    case unsupported
    /// A folder that cannot be written to, or holds something else.
    case unwritable
    /// A file whose writing failed on the way, as on a full disk.
    case cutShort
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
    case .missing: .noInput
    case .invalidFile, .mismatch, .unsupported: .badData
    case .unwritable: .cannotCreate
    case .unreadable, .cutShort: .inputOutput
    }
  }

  /// The same with the file in front.
  func inFile(_ path: String) -> ExchangeError { ExchangeError(code, "\(path): \(message)") }
}
