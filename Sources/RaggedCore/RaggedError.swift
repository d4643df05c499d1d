/// What a failure means to whoever called: the classes of `sysexits.h`, which are the command's exit codes.
public enum FailureClass: Int32, Sendable {
  /// Options that make no sense.
  case usage = 64
  /// Input that is not what it says it is.
  case badData = 65
  /// Input that is not there.
  case noInput = 66
  /// A rule of the program's own that does not hold.
  case software = 70
  /// Output that cannot be created.
  case cannotCreate = 73
  /// Reading or writing that failed on the way.
  case inputOutput = 74
  /// Stopped by the user.
  case interrupted = 130
}

/// An error of one of the modules: a sentence for a person, a class for a script.
public protocol RaggedError: Error, CustomStringConvertible, Sendable {
  /// What the failure means to the caller.
  var failureClass: FailureClass { get }
  /// What is wrong, in a sentence that names both sides and the place.
  var message: String { get }
}

extension RaggedError {
  /// The ``message``, so that an error prints as a sentence.
  public var description: String { message }
}

/// The kinds of fault that an error stands for.
public protocol FaultCode: Sendable, Equatable {
  /// What a fault of this kind means to the caller.
  var failureClass: FailureClass { get }
}

/// An error that is a kind of fault, for a caller that switches, and a sentence.
public struct CodedError<Code: FaultCode>: RaggedError, Equatable {
  /// The kind of fault.
  public let code: Code
  /// What is wrong, in a sentence that names both sides.
  public let message: String

  /// An error whose message names both sides: what is there and what was expected.
  public init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

  /// That of the kind of fault.
  public var failureClass: FailureClass { code.failureClass }

  /// The same with a place in front, such as the file's.
  package func at(_ place: String) -> CodedError { CodedError(code, "\(place): \(message)") }
}

/// What can go wrong with sequences and batches in memory.
public typealias RaggedCoreError = CodedError<RaggedCoreFault>

/// The kinds of ``RaggedCoreError``.
public enum RaggedCoreFault: FaultCode {
  /// Buffers whose sizes disagree, or a batch of another shape than was asked for.
  case shapeMismatch
  /// A position, class or token that does not exist.
  case outOfRange
  /// An option with a value that has no meaning.
  case invalidOption
  /// A choice of columns that names one which is not there, or one of the wrong kind.
  case wrongColumn

  /// Bad options and choices are the caller's; everything else is bad data.
  public var failureClass: FailureClass {
    switch self {
    case .shapeMismatch, .outOfRange: .badData
    case .invalidOption, .wrongColumn: .usage
    }
  }
}
