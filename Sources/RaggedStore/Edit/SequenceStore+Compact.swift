import GRDB

extension SequenceStore {
  /// What ``compact()`` came to.
  public struct Compaction: Sendable, Equatable {
    /// Bytes of the store before and after.
    public var before, after: Int
    /// Whether the file has that size already. Where another connection still reads the store as it was, the file shrinks
    /// when it is opened for writing after that.
    public var isDone: Bool
  }

  /// Writes the file anew without the room that deleted sequences left, and empties the write-ahead log: all or nothing.
  /// Needs twice as much free room as the file takes: for a copy, and for the log through which the copy comes back. Readers
  /// of snapshots go on; they are waited for as a writer is.
  /// - Throws: ``StoreError`` where the file cannot be written or another process writes to it.
  @discardableResult
  public func compact() throws -> Compaction {
    guard mode != .readOnly else { throw StoreError(.readOnly, "\(path): is open for reading only") }
    return try translatingErrors {
      func size(_ db: Database) throws -> Int {
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        return try pages * (Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
      }
      return try database.writeWithoutTransaction { db in
        let before = try size(db)
        // So that the log begins anew, and its size says how far the copy has come back.
        try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        let meter = try CompactionMeter(db, watch)
        defer {
          meter.end()
          hook?.install(on: db)
        }
        try db.execute(sql: "VACUUM")
        StoreLog.logger.debug("\(path): written anew")
        // Its first column says whether a reader or another writer was in the way.
        let isBusy = try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") ?? 0
        return Compaction(before: before, after: try size(db), isDone: isBusy == 0)
      }
    }
  }
}
