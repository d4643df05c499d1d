import GRDB
import GRDBSQLite
import Logging
import RaggedCore

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
  /// Needs twice as much free room as the file takes: for a copy, and for the log through which the copy comes back. Another
  /// writer is waited for. Readers of snapshots go on, and are not waited for.
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
        try checkPlace(db)
        let before = try size(db)
        // So that the log takes no more room than the copy.
        _ = try emptyLog(db)
        try job(.compacting, stages: [2, 3]) { try vacuum(db, $0) }
        StoreLog.logger.debug("\(path): written anew")
        return Compaction(before: before, after: try size(db), isDone: try emptyLog(db))
      }
    }
  }

  /// SQLite writes each page to a copy, from there through the log, and from the log to its place. Only the copy is told of
  /// and can be ended: about two fifths of the time. The rest is one call without a question.
  private func vacuum(_ db: Database, _ job: StoreJob) throws {
    let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
    let pages = try (Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0) - free
    func pagesWritten() -> Int64 {
      var (current, highest) = (Int32(0), Int32(0))
      sqlite3_db_status(db.sqliteConnection, SQLITE_DBSTATUS_CACHE_WRITE, &current, &highest, 0)
      return Int64(current)
    }
    job.begin(0...Int64(max(1, pages)))
    let before = pagesWritten()
    let copying = CancellationHook { [monitor] in
      job.reach(pagesWritten() - before)
      return monitor.isCancelled
    }
    // A sequence takes about five instructions, however long it is.
    copying.install(on: db, every: 50)
    defer { hook.install(on: db) }
    try withExtendedLifetime(copying) { try db.execute(sql: "VACUUM") }
  }

  /// Moves what the write-ahead log holds to its place, and makes the log empty. That keeps other writers out, who may hold
  /// the snapshot for which it would have to wait: so it does not wait.
  /// - Returns: false where a reader or another writer was in the way.
  private func emptyLog(_ db: Database) throws -> Bool {
    patience.seconds = 0
    defer { patience.seconds = busyTimeout }
    return try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
  }
}
