import Foundation
import GRDB
import GRDBSQLite

/// The files that SQLite keeps beside a store's: its write-ahead log and its shared memory.
struct StoreCompanions: Sendable {
  private let path: String
  private let log, memory: FileIdentity?

  /// Those that are there now.
  /// - Parameter path: the store's, from the root.
  init(of path: String) {
    self.path =
      realpath(path, nil).map { resolved in
        defer { free(resolved) }
        return String(cString: resolved)
      } ?? path
    log = FileIdentity(self.path + "-wal")
    memory = FileIdentity(self.path + "-shm")
  }

  /// Whether they are still in their place, and no other process uses them: one that has opened the file there now would
  /// have taken them for that file's.
  var areOnlyOurs: Bool {
    // A connection holds a shared lock on a byte of the memory, behind those of LockHolder's.
    let lockByte: off_t = 128
    guard let memory, FileIdentity(path + "-shm") == memory, FileIdentity(path + "-wal") == log,
      let file = OpenFiles.descriptor(path + "-shm")
    else { return false }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = lockByte
    lock.l_len = 1
    return fcntl(file, F_GETLK, &lock) == 0 && lock.l_type == Int16(F_UNLCK)
  }

  /// Removes them.
  func remove() { for suffix in ["-wal", "-shm"] { unlink(path + suffix) } }
}

extension SequenceStore {
  /// Checks that the path still leads to the file that was opened.
  /// - Throws: ``StoreError`` `replaced`.
  func checkPlace(_ db: Database) throws { try SequenceStore.checkPlace(db, path: path) }

  /// The same for a connection of a store at a path.
  static func checkPlace(_ db: Database, path: String) throws {
    guard hasMoved(db) else { return }
    let what =
      FileManager.default.fileExists(atPath: path)
      ? "another file has taken its place since it was opened" : "it was moved or removed since it was opened"
    throw StoreError(.replaced, "\(path): \(what), so nothing is written any more")
  }

  /// Whether the path leads to another file than the connection's, or to none. SQLite compares the two.
  private static func hasMoved(_ db: Database) -> Bool {
    var moved: Int32 = 0
    let code = sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
    return code == SQLITE_OK && moved != 0
  }

  /// Where the path leads to another file, the log beside it is not that file's, and SQLite would take it for it: what the
  /// log holds goes to the file that was opened, wherever that is now, and the log goes away.
  func leaveIfReplaced() throws {
    patience.seconds = 0
    let isEmpty = try database.writeWithoutTransaction { db in
      guard SequenceStore.hasMoved(db), companions.areOnlyOurs else { return false }
      // Where somebody still reads from the log, it stays.
      return try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
    }
    guard isEmpty else { return }
    try database.close()
    companions.remove()
  }
}
