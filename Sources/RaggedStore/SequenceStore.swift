import Foundation
import GRDB
import GRDBSQLite
import Logging
public import RaggedCore
import Synchronization

/// One SQLite file that holds datasets of sequences and the runs that were trained on them.
///
/// Any number of readers and one writer may use the file at once, from any number of processes.
public final class SequenceStore: Sendable {
  /// How a file is opened.
  public enum Mode: Sendable {
    /// For reading and writing; made where there is none.
    case create
    /// For reading and writing; it must be there.
    case readWrite
    /// For reading. The file is not written, and it may lie on read-only media.
    case readOnly
  }

  /// The path as it was given.
  public let path: String
  /// Whether it may be written.
  public let mode: Mode
  /// Seconds to wait for another process's write.
  public let busyTimeout: Double
  /// Seconds to wait for another process's write where nothing else is said.
  public static let defaultBusyTimeout = 10.0
  let database: DatabasePool
  let monitor: ProgressMonitor
  /// How long its connections wait for another process's write.
  let patience: Patience
  /// What ends statements that nobody waits for any more.
  let hook: CancellationHook
  /// What SQLite opens: the path, or a URI for a file on read-only media.
  let location: String
  /// The write-ahead log and the shared memory that belong to the file that was opened.
  let companions: StoreCompanions
  /// Where it lies, if it is thrown away with the last use of it.
  private let temporary = Mutex<TemporaryPlace?>(nil)

  /// Opens a store, and makes it where `mode` says so.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - mode: whether to read, to write, or to make the file where there is none.
  ///   - busyTimeout: seconds to wait for another process's write, up to a million; an error of the code `busy` then says
  ///     which process that was.
  ///   - monitor: asked from time to time while SQLite works; once the work is no longer wanted, a transaction is taken
  ///     back. Told how far selections and edits have come; the end, also of work that failed, is told with a share of 1.
  /// - Throws: `Cancelled`; ``StoreError``: `notFound`, `notAStore`, `newerVersion`, `olderVersion`, `damaged`, `cannotCreate`, `busy`.
  public init(
    path: String, mode: Mode = .readWrite, busyTimeout: Double = SequenceStore.defaultBusyTimeout,
    monitor: ProgressMonitor = .none
  ) throws {
    self.path = path
    self.monitor = monitor
    self.mode = mode
    self.busyTimeout = try SequenceStore.checked(busyTimeout: busyTimeout)
    patience = Patience(busyTimeout)
    try SequenceStore.checkThreads(path)
    let exists = FileManager.default.fileExists(atPath: path)
    guard exists || mode == .create else { throw StoreError(.notFound, "\(path): there is no such file") }
    do {
      location =
        exists
        ? try SequenceStore.identify(path, mode: mode, busyTimeout: busyTimeout, monitor) : SequenceStore.absolute(path)
    } catch let error as DatabaseError {
      throw SequenceStore.error(error, path: path, waited: busyTimeout, monitor)
    }
    var configuration = Configuration()
    configuration.busyMode = patience.mode(path: path, monitor)
    configuration.readonly = mode == .readOnly
    configuration.persistentReadOnlyConnections = true
    // The connections' configuration keeps the hook alive.
    hook = CancellationHook { monitor.isCancelled }
    configuration.prepareDatabase { [hook] db in
      try SequenceStore.prepare(db)
      hook.install(on: db)
    }
    do {
      database = try DatabasePool(path: location, configuration: configuration)
      if mode != .readOnly { try StoreSchema.makeTables(database, path: path) }
      try database.read { db in
        try db.tellingReadErrors { try StoreSchema.checkObjects($0, path: path) }
      }
      // Both are there from the first look on, for as long as a connection is.
      companions = StoreCompanions(of: SequenceStore.absolute(path))
    } catch let error as DatabaseError {
      throw SequenceStore.error(error, path: path, isCreating: !exists, waited: busyTimeout, monitor)
    }
    StoreLog.logger.debug(
      "\(path): \(exists ? "opened" : "made") \(mode == .readOnly ? "for reading" : "for writing"), store version \(StoreSchema.version), SQLite \(SequenceStore.sqliteVersion)"
    )
  }

  deinit {
    guard mode != .readOnly else { return }
    try? leaveIfReplaced()
  }

  /// Makes the store go with the last use of it.
  func isOn(_ place: TemporaryPlace) { temporary.withLock { $0 = place } }

  /// The version of SQLite that reads and writes stores: `3.45.1`.
  public static var sqliteVersion: String { String(cString: sqlite3_libversion()) }

  /// The version of the schema that new stores have.
  public static var schemaVersion: Int { StoreSchema.version }

  static func checked(busyTimeout seconds: Double) throws -> Double {
    guard seconds >= 0, seconds <= 1e6 else {
      throw StoreError(.invalidOption, "a time-out of \(seconds) s, expected 0 to 1000000")
    }
    return seconds
  }

  /// KiB of pages that a connection keeps in memory.
  private static let cacheSize = 16_000
  /// The same for what looks keys up in their index in no order: each page of it that is not in memory has to be read, and
  /// where the index is written to, another one has to be written to make room.
  private static let keyCacheSize = 48_000

  /// Sets up a connection. Only a file that is being made takes the page size.
  static func prepare(_ db: Database) throws {
    try db.execute(
      sql: "PRAGMA page_size = \(StoreSchema.pageSize); PRAGMA cache_size = -\(cacheSize); PRAGMA cell_size_check = ON")
  }

  /// Runs `body` with room in memory for more pages of the index of keys, which is given back afterwards.
  static func withKeyCache<T>(_ db: Database, _ body: () throws -> T) throws -> T {
    try db.execute(sql: "PRAGMA cache_size = -\(keyCacheSize)")
    // What fails here fails again with the next statement.
    defer { try? db.execute(sql: "PRAGMA cache_size = -\(cacheSize); PRAGMA shrink_memory") }
    return try body()
  }

  /// Runs `body`, and turns SQLite's errors into this module's.
  func translatingErrors<T>(waited seconds: Double? = nil, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw SequenceStore.error(error, path: path, waited: seconds ?? busyTimeout, monitor)
    } catch let error as RowDecodingError {
      throw StoreError(.damaged, "\(path): a value is not of the type that its column asks for: \(error)")
    }
  }

  /// Reads from one snapshot.
  func read<T>(_ body: (Database) throws -> T) throws -> T {
    try translatingErrors { try database.read { try $0.tellingReadErrors(body) } }
  }

  /// Writes in one transaction, which an error takes back.
  /// - Parameter waiting: seconds to wait for another process's write, where they are not those of the store.
  /// - Throws: also ``StoreError`` `replaced`, before anything is written beside another file.
  func write<T>(waiting seconds: Double? = nil, _ body: (Database) throws -> T) throws -> T {
    guard mode != .readOnly else { throw StoreError(.readOnly, "\(path): is open for reading only") }
    return try translatingErrors(waited: seconds) {
      try database.writeWithoutTransaction { db in
        patience.seconds = seconds ?? busyTimeout
        defer { patience.seconds = busyTimeout }
        try checkPlace(db)
        try db.beginTransaction(.immediate)
        do {
          let result = try db.tellingReadErrors(body)
          // It may have taken long.
          try checkPlace(db)
          try db.commit()
          return result
        } catch {
          // A body may have ended its transaction, and some errors do.
          if db.isInsideTransaction { try db.rollback() }
          throw error
        }
      }
    }
  }
}

/// What a user may want to know of a store's work, under the label `ragged.store`. Where no handler was set up, swift-log
/// shows nothing below `info`, which is what the ordinary is told at.
enum StoreLog {
  /// Made at each use, so that a handler that is set up late is heard too; none of the uses is in a loop over data.
  static var logger: Logger { Logger(label: "ragged.store") }
  /// Marks a note on splits that ``SequenceStore/resplit(dataset:_:)`` would divide anew.
  static let resplits: Logger.Metadata = ["remedy": "resplit"]
}
