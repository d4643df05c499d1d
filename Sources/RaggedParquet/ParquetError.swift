public import RaggedCore

/// Where in a file something was wrong, as far as it is known.
public struct ParquetPlace: Sendable, Equatable {
  /// The file's name or path.
  public var file: String?
  /// The column's path, its parts with dots between.
  public var column: String?
  /// The row group, counted from 0.
  public var rowGroup: Int?
  /// The byte of the file at which the page, or what was read, begins.
  public var offset: Int?

  /// A place of which nothing is known but what is given.
  public init(file: String? = nil, column: String? = nil, rowGroup: Int? = nil, offset: Int? = nil) {
    (self.file, self.column, self.rowGroup, self.offset) = (file, column, rowGroup, offset)
  }

  /// This place, completed from another where it says nothing itself.
  func within(_ outer: ParquetPlace) -> ParquetPlace {
    ParquetPlace(
      file: file ?? outer.file, column: column ?? outer.column, rowGroup: rowGroup ?? outer.rowGroup,
      offset: offset ?? outer.offset)
  }
}

/// What is wrong with a Parquet file, or with what is asked of it: a kind for a caller that switches, a sentence for a
/// person, and the place.
public struct ParquetError: RaggedError, Equatable {
  /// The kinds of fault.
  public enum Kind: Sendable, Equatable {
    /// A file that is no Parquet file at all.
    case notParquet
    /// A Parquet file that contradicts itself or ends too early.
    case damaged
    /// A page whose checksum differs from the one that stands in its header.
    case checksum
    /// A sound file that uses what this reader does not know: a codec, an encoding, encryption.
    case unsupported
    /// A file that wants more memory than ``ParquetLimits`` allow.
    case limit
    /// A column that is not there, rows that do not fit the schema.
    case usage
    /// A file that cannot be opened to be read.
    case noInput
    /// A file that cannot be made.
    case cannotCreate
    /// Reading or writing that failed on the way.
    case inputOutput
  }

  /// The kind of fault.
  public let kind: Kind
  /// What is wrong, in a sentence that says both sides, without the place.
  public let message: String
  /// Where it is.
  public let place: ParquetPlace

  /// A fault of a kind, with its sentence and what is known of the place.
  public init(_ kind: Kind, _ message: String, _ place: ParquetPlace = ParquetPlace()) {
    (self.kind, self.message, self.place) = (kind, message, place)
  }

  /// Columns that are asked for and are not there are the caller's fault; files that lie are bad data.
  public var failureClass: FailureClass {
    switch kind {
    case .notParquet, .damaged, .checksum, .unsupported, .limit: .badData
    case .usage: .usage
    case .noInput: .noInput
    case .cannotCreate: .cannotCreate
    case .inputOutput: .inputOutput
    }
  }

  /// The place and the sentence: `a.parquet: column "x", row group 0, byte 4: …`.
  public var description: String {
    let inside = [
      place.column.map { "column \"\($0)\"" }, place.rowGroup.map { "row group \($0)" },
      place.offset.map { "byte \($0)" },
    ].compactMap(\.self).joined(separator: ", ")
    return [place.file, inside.isEmpty ? nil : inside, message].compactMap(\.self).joined(separator: ": ")
  }

  /// The same with more said of the place.
  func within(_ outer: ParquetPlace) -> ParquetError { ParquetError(kind, message, place.within(outer)) }

  static func damaged(_ message: String) -> ParquetError { ParquetError(.damaged, message) }
  static func unsupported(_ message: String) -> ParquetError { ParquetError(.unsupported, message) }
  static func limit(_ message: String) -> ParquetError { ParquetError(.limit, message) }
}

/// Runs `body` and adds the place to an error of it.
@inline(__always)
func located<Result>(_ place: @autoclosure () -> ParquetPlace, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as ParquetError { throw error.within(place()) }
}
