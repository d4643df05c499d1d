import Foundation
import GRDB
import GRDBSQLite
import RaggedCore
import Synchronization

/// Tells how far `VACUUM` has come, and ends it where nobody waits for it any more.
///
/// SQLite writes each page three times: to a copy, through the write-ahead log, and from there to its place. The first is
/// asked for while SQLite works, the second is seen in the size of the log.
///
/// `@unchecked Sendable`: the connection is only asked from SQLite's own callback, on the thread that uses it; the rest are
/// constants and locks.
final class CompactionMeter: @unchecked Sendable {
  private let connection: OpaquePointer
  private let watch: StoreWatch
  /// Pages that were written before.
  private let baseline: Int
  private let log: String
  private let logSize: Int
  private let pages: Int
  private let pageSize: Int

  private struct State {
    var (copied, logged) = (0, 0)
    var isOver = false
  }

  private let state = Mutex(State())
  /// What a page costs on its way to its place in the file, where the copy and the log take 1 each.
  private static let lastCost = 0.5
  /// Instructions of SQLite's machine between two looks: few where sequences are long.
  private static let interval: Int32 = 1000
  /// Seconds between two looks at the log.
  private static let pause = 0.02

  /// Begins to tell. The meter has to live until ``end()``.
  init(_ db: Database, _ watch: StoreWatch) throws {
    guard let connection = db.sqliteConnection else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
    self.connection = connection
    self.watch = watch
    let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
    pages = max(1, (try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0) - free)
    pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? StoreSchema.pageSize
    log = sqlite3_filename_wal(sqlite3_db_filename(connection, "main")).map { String(cString: $0) } ?? ""
    baseline = CompactionMeter.pagesWritten(connection)
    logSize = CompactionMeter.size(of: log)
    sqlite3_progress_handler(
      connection, CompactionMeter.interval,
      { pointer in
        guard let pointer else { return 0 }
        return Unmanaged<CompactionMeter>.fromOpaque(pointer).takeUnretainedValue().goesOn() ? 0 : 1
      }, Unmanaged.passUnretained(self).toOpaque())
    guard watch.progress != nil else { return }
    // Without a thread less is told, and the work is the same.
    _ = OwnThread.start("ragged-meter") { [self] in
      while lookAtLog() { Thread.sleep(forTimeInterval: CompactionMeter.pause) }
    }
  }

  /// Takes itself from the connection; nothing is told after it but the end.
  func end() {
    sqlite3_progress_handler(connection, 0, nil, nil)
    state.withLock { $0.isOver = true }
    watch.progress?(StoreProgress(.compacting, share: 1))
  }

  private func goesOn() -> Bool {
    let written = CompactionMeter.pagesWritten(connection) - baseline
    state.withLock { state in
      state.copied = min(pages, max(state.copied, written))
      tell(state)
    }
    return watch.isCancelled?() != true
  }

  /// - Returns: whether to look again.
  private func lookAtLog() -> Bool {
    let written = (CompactionMeter.size(of: log) - logSize) / pageSize
    return state.withLock { state in
      guard !state.isOver else { return false }
      state.logged = min(pages, max(state.logged, written))
      if state.logged > 0 { tell(state) }
      return true
    }
  }

  private func tell(_ state: borrowing State) {
    // What the cache still holds of the copy was written as far as the log has come.
    let done = Double(max(state.copied, state.logged) + state.logged)
    watch.progress?(
      StoreProgress(.compacting, share: min(0.9999, done / (Double(pages) * (2 + CompactionMeter.lastCost)))))
  }

  private static func pagesWritten(_ connection: OpaquePointer) -> Int {
    var (current, highest) = (Int32(0), Int32(0))
    sqlite3_db_status(connection, SQLITE_DBSTATUS_CACHE_WRITE, &current, &highest, 0)
    return Int(current)
  }

  private static func size(of file: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int ?? 0
  }
}
