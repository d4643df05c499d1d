import GRDB
import GRDBSQLite

/// Parts of the blobs of `sequence_data`, of which nothing else is read.
///
/// A column of a row would be put together as a whole, and a window of a long sequence needs little of it. It belongs to
/// one connection and is used where that connection is.
final class BlobReader {
  private let connection: OpaquePointer
  private let sizes: SQLStatement
  private var handles: [String: OpaquePointer] = [:]

  init(_ db: Database) throws {
    guard let connection = db.sqliteConnection else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
    self.connection = connection
    sizes = try SQLStatement(
      cachedOn: db,
      "SELECT length(input), coalesce(length(target), 0), length(validity) FROM sequence_data WHERE sequence_id = ?")
  }

  deinit { for handle in handles.values { sqlite3_blob_close(handle) } }

  /// The bytes of a row's blobs, of which none is read; nil where there is no such row.
  func blobSizes(_ id: Int64) throws -> (input: Int, target: Int, validity: Int?)? {
    defer { sizes.reset() }
    sizes.bind(id, at: 1)
    guard try sizes.step() else { return nil }
    return (
      Int(sizes.int64(0)), Int(sizes.int64(1)), sizes.isNull(2) ? nil : Int(sizes.int64(2))
    )
  }

  /// Copies bytes that are there.
  func read(_ column: String, of id: Int64, from offset: Int, _ count: Int, to target: UnsafeMutableRawPointer) throws {
    guard count > 0 else { return }
    let handle = try handle(column, of: id)
    // A blob has fewer than 2³¹ bytes.
    try check(sqlite3_blob_read(handle, target, Int32(count), Int32(offset)))
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
    guard code != SQLITE_OK else { return }
    throw DatabaseError(resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)))
  }
}
