public import RaggedCore

/// A fault in an input file: which file, line and column, what stood there and what was expected.
public struct InputError: RaggedError, Equatable {
  /// The file's name as the user gave it; `standard input` for `-`.
  public var file: String
  /// The line, counted from 1; nil where the fault is the whole file's.
  public var line: Int?
  /// What is wrong: `column "ax" is "n/a", expected a number`.
  public var problem: String
  /// The key of the sequence at fault, where it is known.
  public var key: String?
  /// Whether reading cannot go on after it (a truncated archive, a header that cannot be used).
  public var isFatal: Bool
  /// What the failure means: bad data, or an input that is not there or cannot be read.
  public var failureClass: FailureClass

  /// An error with its place.
  public init(
    file: String, line: Int? = nil, problem: String, key: String? = nil, isFatal: Bool = false,
    failureClass: FailureClass = .badData
  ) {
    self.file = file
    self.line = line
    self.problem = problem
    self.key = key
    self.isFatal = isFatal
    self.failureClass = failureClass
  }

  /// `readings.csv:812: column "ax" is "n/a", expected a number`.
  public var message: String { line.map { "\(file):\($0): \(problem)" } ?? "\(file): \(problem)" }
}
