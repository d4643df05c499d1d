import Foundation
import GRDBSQLite
import RaggedCore
import RaggedFormats

/// The rows of a query of a database that is opened for reading alone.
///
/// What a column holds is what SQLite says of the values in the first rows, and of a column without values there, of its
/// declaration.
final class QueriedRows: TypedRows {
  /// Rows that are looked at before the first is given.
  private static let sampleRows = 1000
  /// Bytes of text that are made at a time, about.
  private static let pieceBytes = 1 << 18

  let columns: TypedColumns
  let notes: [InputNote]
  private(set) var share = 0.0
  private let source: InputSource
  private var database: ForeignDatabase?
  private let statement: SQLStatement
  private let names: [String]
  /// Rows that were looked at, and have not been given yet.
  private var ahead = RowText()
  private var hasAhead = false
  private var row = 0

  /// - Throws: ``InputError``: of class `usage` where there is no query or it is no query of rows.
  init(_ source: InputSource, _ options: SQLiteOptions) throws {
    guard !source.isStandardInput else {
      throw InputError(
        file: source.name, problem: "cannot give a database, which is read at several places at once; name a file",
        isFatal: true, failureClass: .usage)
    }
    let database = try ForeignDatabase(source)
    guard let query = options.query else { throw database.noQuery() }
    let statement = try database.statement(query)
    let count = sqlite3_column_count(statement.handle)
    let names = (0..<count).map { String(cString: sqlite3_column_name(statement.handle, $0)) }
    let declared = (0..<count).map { place in
      sqlite3_column_decltype(statement.handle, place).map { String(cString: $0) }
    }
    var seen = names.map { _ in (numbers: false, texts: false) }
    var (rows, row, hasMore) = (RowText(), 0, true)
    while row < QueriedRows.sampleRows {
      hasMore = try database.step(statement)
      guard hasMore else { break }
      row += 1
      try QueriedRows.add(statement, names, row: row, source, to: &rows) { place, isText in
        if isText { seen[place].texts = true } else { seen[place].numbers = true }
      }
    }
    // After its last row a statement would begin again.
    self.database = hasMore ? database : nil
    (self.source, self.statement, self.names) = (source, statement, names)
    (self.row, ahead, hasAhead) = (row, rows, true)
    guard row > 0 else {
      throw InputError(file: source.name, problem: "the query gives no rows", isFatal: true)
    }
    let kinds = zip(seen, declared).map { seen, declared -> Column.Kind in
      if seen.texts { return .category }
      return seen.numbers || QueriedRows.isNumeric(declared) ? .number : .category
    }
    columns = TypedColumns(names: names, kinds: kinds)
    notes = zip(names, seen).filter { $0.1.numbers && $0.1.texts }.map { name, _ in
      InputNote(
        "column \(name.quotedForMessage) holds numbers and text in the first rows, so it is taken for text",
        remedy: .sayColumnKind(name, .number))
    }
  }

  func write(to rows: inout RowText) throws -> Bool {
    if hasAhead {
      (rows, ahead, hasAhead) = (ahead, RowText(), false)
      return true
    }
    guard let database else { return false }
    while rows.byteCount < QueriedRows.pieceBytes {
      guard try database.step(statement) else {
        self.database = nil
        share = 1
        return rows.byteCount > 0
      }
      row += 1
      try QueriedRows.add(statement, names, row: row, source, to: &rows) { _, _ in }
    }
    return true
  }

  /// Adds the row at which a statement stands.
  private static func add(
    _ statement: SQLStatement, _ names: [String], row: Int, _ source: InputSource, to rows: inout RowText,
    noting: (_ place: Int, _ isText: Bool) -> Void
  ) throws {
    for place in names.indices {
      let column = Int32(place)
      switch statement.type(column) {
      case SQLITE_NULL: rows.addNull()
      case SQLITE_INTEGER:
        noting(place, false)
        rows.add(statement.int64(column))
      case SQLITE_FLOAT:
        noting(place, false)
        rows.add(statement.double(column))
      case SQLITE_TEXT:
        noting(place, true)
        let start = sqlite3_column_text(statement.handle, column)
        let count = start == nil ? 0 : Int(sqlite3_column_bytes(statement.handle, column))
        rows.add(UnsafeBufferPointer(start: start, count: count))
      default:
        throw InputError(
          file: source.name, line: row,
          problem:
            "column \(names[place].quotedForMessage) holds a BLOB, which is neither number nor text: leave it out of "
            + "the query, or make it one of them there", isFatal: true)
      }
    }
    rows.endRow()
  }

  /// Whether a column's declaration gives it numbers, by the rules of SQLite.
  private static func isNumeric(_ declared: String?) -> Bool {
    guard let declared = declared?.uppercased() else { return false }
    if declared.contains("INT") { return true }
    if ["CHAR", "CLOB", "TEXT", "DATE", "TIME"].contains(where: declared.contains) { return false }
    return ["REAL", "FLOA", "DOUB", "NUM", "DEC", "BOOL"].contains(where: declared.contains)
  }
}
