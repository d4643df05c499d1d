public import RaggedCore

/// What can go wrong with files of other frameworks.
public typealias ExchangeError = CodedError<ExchangeFault>

/// The kinds of ``ExchangeError``.
public enum ExchangeFault: FaultCode {
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

  /// What each means to the caller.
  public var failureClass: FailureClass {
    switch self {
    case .missing: .noInput
    case .invalidFile, .mismatch, .unsupported: .badData
    case .unwritable: .cannotCreate
    case .unreadable, .cutShort: .inputOutput
    }
  }
}
