import Foundation
import GRDB
import GRDBSQLite
import RaggedCore

extension SequenceStore {
  /// Checks that the system makes a thread at all: connections to SQLite are let go by a dispatch queue, which needs one
  /// and waits for it for ever.
  static func checkThreads(_ path: String) throws {
    guard OwnThread.start("ragged-probe", {}) else {
      throw StoreError(
        .inputOutput, "\(path): the system makes no second thread, and a store needs one: raise the limit of processes")
    }
  }

  /// Looks at the file through a connection that cannot change it, and finds the way to open it.
  static func identify(_ path: String, mode: Mode, busyTimeout: Double, _ monitor: ProgressMonitor) throws -> String {
    let plain = absolute(path)
    var status = stat()
    if stat(plain, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "no regular file"
      throw StoreError(.notAStore, "\(path): is \(kind), not a Ragged store")
    }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = Patience(busyTimeout).mode(path: path, monitor)
    func isEmpty(_ location: String) throws -> Bool {
      try DatabaseQueue(path: location, configuration: configuration).read {
        try $0.tellingReadErrors { try StoreSchema.isEmpty($0, path: path) }
      }
    }
    var location = plain
    let isNew: Bool
    do {
      isNew = try isEmpty(plain)
    } catch let error as DatabaseError
      where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK && rollBack(plain, configuration)
    {
      isNew = try isEmpty(plain)
    } catch let error as DatabaseError
      where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode.primaryResultCode)
    {
      // Even to read it SQLite wants to make files beside it.
      guard mode == .readOnly else {
        guard access(plain, R_OK) == 0 else { throw error }
        throw StoreError(.cannotCreate, "\(path): cannot be written: it or its folder is read-only")
      }
      location = try immutableLocation(plain, path: path)
      isNew = try isEmpty(location)
    }
    if isNew, mode != .create { throw StoreError(.notAStore, "\(path): is empty, not a Ragged store") }
    return location
  }

  /// Takes back what a process that was killed had changed in the file itself, as one does that makes a file; a connection
  /// for reading cannot.
  /// - Returns: whether that was possible.
  private static func rollBack(_ plain: String, _ configuration: Configuration) -> Bool {
    var configuration = configuration
    configuration.readonly = false
    return
      (try? DatabaseQueue(path: plain, configuration: configuration).read {
        try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema")
      }) != nil
  }

  /// The path from the root.
  ///
  /// Connections are opened as they are needed, so the path must hold in whatever directory the process is then; and
  /// a relative path that begins with "file:" would be taken for a URI.
  static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }

  /// A URI that promises SQLite that the file cannot change, so that it asks for no shared memory next to it.
  static func immutableLocation(_ plain: String, path: String) throws -> String {
    for (suffix, name) in [("-wal", "write-ahead log"), ("-journal", "journal")] {
      let attributes = try? FileManager.default.attributesOfItem(atPath: plain + suffix)
      guard let size = attributes?[.size] as? Int, size > 0 else { continue }
      throw StoreError(
        .inputOutput,
        "\(path): its last writer left a \(name), which cannot be read from read-only media; "
          + "copy both files to a place that can be written")
    }
    var escaped = ""
    for character in plain {
      switch character {
      case "%": escaped += "%25"
      case "?": escaped += "%3f"
      case "#": escaped += "%23"
      default: escaped.append(character)
      }
    }
    return "file:\(escaped)?immutable=1"
  }
}

/// The files that SQLite keeps beside a store's: its write-ahead log and its shared memory.
struct StoreCompanions: Sendable {
  private let path: String
  private let log, memory: FileIdentity?

  /// Those that are there now.
  /// - Parameter path: the store's, from the root.
  init(of path: String) {
    self.path = WholeFile.resolved(path) ?? path
    log = FileIdentity(self.path + "-wal")
    memory = FileIdentity(self.path + "-shm")
  }

  /// Whether they are still in their place, and no other process uses them: one that has opened the file there now would
  /// have taken them for that file's.
  var areOnlyOurs: Bool {
    // A connection holds a shared lock on a byte of the memory, behind those of LockHolder's.
    let lockByte = 128
    guard let memory, FileIdentity(path + "-shm") == memory, FileIdentity(path + "-wal") == log else { return false }
    return OpenFiles.lock(on: path + "-shm", from: lockByte, bytes: 1)?.l_type == Int16(F_UNLCK)
  }

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
