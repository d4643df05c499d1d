import Foundation

/// A fault in writing a file: which file, and what the system says.
public struct WriterError: RaggedError, Equatable {
  /// The file that was to be written.
  public var path: String
  /// What is wrong.
  public var problem: String
  /// Whether the file cannot be created, or writing it failed on the way.
  public var failureClass: FailureClass

  /// An error with its file.
  public init(path: String, problem: String, failureClass: FailureClass) {
    self.path = path
    self.problem = problem
    self.failureClass = failureClass
  }

  /// `batches/0001.npz: cannot create: No such file or directory`.
  public var message: String { "\(path): \(problem)" }

  /// What the system says: `No space left on device`.
  package var reason: String { problem.firstRange(of: ": ").map { String(problem[$0.upperBound...]) } ?? problem }

  /// The error of a system call that has just failed.
  package static func system(_ action: String, path: String, _ failureClass: FailureClass, code: Int32 = errno)
    -> WriterError
  {
    WriterError(path: path, problem: "\(action): \(String(cString: strerror(code)))", failureClass: failureClass)
  }
}
