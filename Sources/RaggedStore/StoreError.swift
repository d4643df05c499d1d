public import RaggedCore

/// What can go wrong with a store.
public struct StoreError: RaggedError, Equatable {
  /// The kind of fault, for a caller that switches.
  public enum Code: Sendable {
    /// There is no such file.
    case notFound
    /// The file is not an SQLite database, or not one of Ragged's.
    case notAStore
    /// The file was written by a newer version.
    case newerVersion
    /// The file was written before the first release.
    case olderVersion
    /// The file's contents break the rules of its schema.
    case damaged
    /// No dataset, split, class, key or run of that name.
    case unknownName
    /// An import that does not fit the dataset it goes into.
    case mismatch
    /// A condition that SQLite cannot compile, that asks for more than it may, or that runs too long.
    case invalidCondition
    /// An option with a value that has no meaning.
    case invalidOption
    /// A write to a store that was opened for reading.
    case readOnly
    /// Another process holds the store.
    case busy
    /// The file cannot be created.
    case cannotCreate
    /// Reading or writing failed on the way.
    case inputOutput
    /// While the store was open its file was removed, or another one took its place.
    case replaced
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
    case .notFound: .noInput
    case .notAStore, .newerVersion, .olderVersion, .damaged, .mismatch: .badData
    case .unknownName, .invalidCondition, .invalidOption: .usage
    case .readOnly, .cannotCreate: .cannotCreate
    case .busy, .inputOutput, .replaced: .inputOutput
    }
  }

  /// `dataset "x" has no split "tset", did you mean "test"?`, or where no name is near, all there are.
  static func unknown(_ kind: String, _ name: String, in place: String, known: [String]) -> StoreError {
    let end = known.nearest(to: name).map { ", did you mean \"\($0)\"?" } ?? "; it has \(known.quotedList)"
    return StoreError(.unknownName, "\(place) has no \(kind) \"\(name)\"\(end)")
  }
}
