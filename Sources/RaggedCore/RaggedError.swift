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
  /// The message.
  public var description: String { message }
}
