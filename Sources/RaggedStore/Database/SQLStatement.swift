import GRDB
import GRDBSQLite

#if _endian(big)
  #error("Blobs are little-endian and are read without conversion")
#endif

/// A prepared statement whose values go in and out without boxing, for the loops that run once per sequence.
///
/// It belongs to one connection and is used where that connection is.
final class SQLStatement {
  let handle: OpaquePointer
  private let isOwned: Bool
  /// GRDB's statement, kept alive where the handle is its own.
  private let lender: Statement?
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  /// Compiles one statement; it is finalised with the object.
  init(_ connection: OpaquePointer, _ sql: String) throws {
    var handle: OpaquePointer?
    let code = sqlite3_prepare_v2(connection, sql, -1, &handle, nil)
    guard code == SQLITE_OK, let handle else { throw DatabaseError(code, on: connection) }
    self.handle = handle
    isOwned = true
    lender = nil
  }

  /// A compiled statement, which is finalised with the object.
  init(owning handle: OpaquePointer) { (self.handle, isOwned, lender) = (handle, true, nil) }

  /// Compiles one statement on the connection of a GRDB access.
  convenience init(_ db: Database, _ sql: String) throws {
    try self.init(db.connection(), sql)
  }

  /// The connection's cached statement for this text: compiled once a connection.
  convenience init(cachedOn db: Database, _ sql: String) throws {
    self.init(bound: try db.cachedStatement(sql: sql))
  }

  /// A statement of GRDB's with the values that are bound to it.
  init(bound statement: Statement) {
    lender = statement
    handle = statement.sqliteStatement
    isOwned = false
    sqlite3_reset(handle)
  }

  /// A statement with these values, whose rows are read once.
  ///
  /// GRDB's rows trap where a column holds another type than the schema says, which a file from elsewhere may do.
  convenience init(_ db: Database, _ sql: String, arguments: StatementArguments) throws {
    let statement = try db.makeStatement(sql: sql)
    try statement.setArguments(arguments)
    self.init(bound: statement)
  }

  deinit {
    if isOwned { sqlite3_finalize(handle) } else { sqlite3_reset(handle) }
  }

  func bind(_ value: Int64, at index: Int32) { sqlite3_bind_int64(handle, index, value) }
  func bind(_ value: Int, at index: Int32) { sqlite3_bind_int64(handle, index, Int64(value)) }
  func bind(_ value: Double, at index: Int32) { sqlite3_bind_double(handle, index, value) }
  func bindNull(at index: Int32) { sqlite3_bind_null(handle, index) }

  func bind(_ text: String, at index: Int32) {
    var text = text
    text.withUTF8 { bytes in
      _ = bytes.withMemoryRebound(to: CChar.self) { text in
        // SQLite takes a null pointer for NULL, which is not the empty text.
        guard let start = text.baseAddress else {
          return sqlite3_bind_text(handle, index, "", 0, SQLStatement.copied)
        }
        return sqlite3_bind_text(handle, index, start, Int32(clamping: text.count), SQLStatement.copied)
      }
    }
  }

  func bind(_ text: String?, at index: Int32) {
    if let text { bind(text, at: index) } else { bindNull(at: index) }
  }

  /// Binds bytes that stay where they are until the statement has run.
  func bind(uncopied bytes: UnsafeRawBufferPointer, at index: Int32) {
    if let base = bytes.baseAddress, bytes.count > 0 {
      sqlite3_bind_blob64(handle, index, base, UInt64(bytes.count), nil)
    } else {
      sqlite3_bind_zeroblob(handle, index, 0)
    }
  }

  /// Goes to the next row.
  /// - Returns: false after the last.
  func step() throws -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw error(code)
    }
  }

  /// Runs a statement without rows and makes it ready for the next values.
  func run() throws {
    let code = sqlite3_step(handle)
    guard code == SQLITE_DONE || code == SQLITE_ROW else {
      let error = error(code)
      sqlite3_reset(handle)
      throw error
    }
    sqlite3_reset(handle)
  }

  func reset() { sqlite3_reset(handle) }

  private func error(_ code: Int32) -> DatabaseError {
    let connection = sqlite3_db_handle(handle)
    let extended = sqlite3_extended_errcode(connection)
    return DatabaseError(extended & 0xff == code & 0xff ? extended : code, on: connection)
  }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
  /// SQLite's code for the type of the value, which need not be that of the column.
  func type(_ column: Int32) -> Int32 { sqlite3_column_type(handle, column) }
  func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
  /// A count, which is checked to be one that sums of counts can hold.
  /// - Throws: ``StoreError`` that names `table`.
  func count(_ column: Int32, of table: String) throws -> Int {
    let value = int64(column)
    guard value >= 0, value <= 1 << 48 else { throw StoreError(.damaged, "a count of \"\(table)\" is \(value)") }
    return Int(value)
  }

  func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

  func text(_ column: Int32) -> String {
    guard let bytes = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  func textUnlessNull(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  /// What `row` makes of each row.
  func map<T>(_ row: (SQLStatement) throws -> T) throws -> [T] {
    var result: [T] = []
    while try step() { result.append(try row(self)) }
    return result
  }

  /// The column's bytes, valid until the next step.
  func blob(_ column: Int32) -> UnsafeRawBufferPointer {
    let base = sqlite3_column_blob(handle, column)
    return UnsafeRawBufferPointer(start: base, count: base == nil ? 0 : Int(sqlite3_column_bytes(handle, column)))
  }
}

extension Database {
  /// SQLite's connection.
  fileprivate func connection() throws -> OpaquePointer {
    guard let connection = sqliteConnection else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
    return connection
  }
}

extension DatabaseError {
  /// An error of a call on a connection, with SQLite's message.
  init(_ code: Int32, on connection: OpaquePointer?) {
    self.init(resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)))
  }
}

/// Parts of the blobs of `sequence_data`, of which nothing else is read.
///
/// A column of a row would be put together as a whole, and a window of a long sequence needs little of it. It belongs to
/// one connection and is used where that connection is.
final class BlobReader {
  private let connection: OpaquePointer
  private let sizes: SQLStatement
  private var handles: [String: OpaquePointer] = [:]

  init(_ db: Database) throws {
    connection = try db.connection()
    let lengths = SequenceBlobs.columns.split(separator: ", ").map { "length(\($0))" }.joined(separator: ", ")
    sizes = try SQLStatement(cachedOn: db, "SELECT \(lengths) FROM sequence_data WHERE sequence_id = ?")
  }

  deinit { for handle in handles.values { sqlite3_blob_close(handle) } }

  /// The bytes of a row's blobs, of which none is read; nil where there is no such row.
  func blobSizes(_ id: Int64) throws -> BlobSizes? {
    defer { sizes.reset() }
    sizes.bind(id, at: 1)
    guard try sizes.step() else { return nil }
    func optional(_ column: Int32) -> Int? { sizes.isNull(column) ? nil : Int(sizes.int64(column)) }
    return BlobSizes(
      input: Int(sizes.int64(0)), target: Int(sizes.int64(1)), validity: optional(2), observed: optional(3),
      numbers: optional(4), cellsObserved: optional(5), codes: optional(6), times: optional(7),
      labels: optional(8))
  }

  func read(_ column: String, of id: Int64, from offset: Int, _ count: Int, to target: UnsafeMutableRawPointer) throws {
    guard count > 0 else { return }
    let handle = try handle(column, of: id)
    // A blob has fewer than 2³¹ bytes.
    try check(sqlite3_blob_read(handle, target, Int32(count), Int32(offset)))
  }

  /// Some of the bytes of a blob.
  func bytes(_ column: String, of id: Int64, _ range: Range<Int>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      guard let base = buffer.baseAddress else { return }
      try read(column, of: id, from: range.lowerBound, range.count, to: base)
      count = range.count
    }
  }

  private func handle(_ column: String, of id: Int64) throws -> OpaquePointer? {
    if let open = handles[column] {
      try check(sqlite3_blob_reopen(open, id))
      return open
    }
    var opened: OpaquePointer?
    try check(sqlite3_blob_open(connection, "main", "sequence_data", column, id, 0, &opened))
    handles[column] = opened
    return opened
  }

  private func check(_ code: Int32) throws {
    if code != SQLITE_OK { throw DatabaseError(code, on: connection) }
  }
}
