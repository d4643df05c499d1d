import Foundation
import GRDB
import GRDBSQLite
import RaggedCore

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
  /// How it was opened.
  public let mode: Mode
  let database: DatabasePool
  /// What SQLite opens: the path, or a URI for a file on read-only media.
  let location: String

  /// Opens a store, makes it where `mode` says so, and brings an older file up to date (not in `readOnly` mode).
  ///
  /// - Parameters:
  ///   - busyTimeout: seconds to wait for another process's write.
  ///   - isCancelled: asked from time to time while SQLite works, from any thread; true ends whatever it is at with
  ///     ``StoreError`` `cancelled`, and takes a transaction back.
  /// - Throws: ``StoreError``: `notFound`, `notAStore`, `newerVersion`, `damaged`, `cannotCreate`, `busy`.
  public init(
    path: String, mode: Mode = .readWrite, busyTimeout: Double = 10, isCancelled: (@Sendable () -> Bool)? = nil
  ) throws {
    self.path = path
    self.mode = mode
    let exists = FileManager.default.fileExists(atPath: path)
    guard exists || mode == .create else { throw StoreError(.notFound, "\(path): there is no such file") }
    var found = StoreSchema.Identity.empty
    do {
      (location, found) = exists ? try SequenceStore.identify(path, mode: mode) : (SequenceStore.absolute(path), .empty)
    } catch let error as DatabaseError {
      throw StoreError(error, path: path)
    }
    var configuration = Configuration()
    configuration.busyMode = SequenceStore.patience(busyTimeout, path: path)
    configuration.readonly = mode == .readOnly
    configuration.persistentReadOnlyConnections = true
    let readsVersion1 = mode == .readOnly && found == .store(version: 1)
    // The connections' configuration keeps the hook alive.
    let hook = isCancelled.map(CancellationHook.init)
    configuration.prepareDatabase { db in
      try SequenceStore.prepare(db)
      hook?.install(on: db)
      if readsVersion1 { try db.execute(sql: StoreSchema.lengthCountsOfVersion1) }
    }
    do {
      database = try DatabasePool(path: location, configuration: configuration)
      if mode != .readOnly { try StoreSchema.bringUpToDate(database, path: path) }
      try database.read { db in
        // A file that another process brings up to date at this moment is of the new version now.
        guard case .store(let version) = try StoreSchema.identity(db, path: path) else { return }
        try StoreSchema.checkObjects(db, version: version, path: path)
      }
    } catch let error as DatabaseError {
      throw StoreError(error, path: path, isCreating: !exists)
    }
    StoreLog.logger.debug(
      "\(path): \(exists ? "opened" : "made") \(mode == .readOnly ? "for reading" : "for writing"), store version \(readsVersion1 ? 1 : StoreSchema.version), SQLite \(SequenceStore.sqliteVersion)"
    )
  }

  /// The version of SQLite that reads and writes stores: `3.45.1`.
  public static var sqliteVersion: String { String(cString: sqlite3_libversion()) }

  /// The version of the schema that new stores have.
  public static var schemaVersion: Int { StoreSchema.version }

  /// Waits for another process's write, with longer and longer pauses as SQLite does, and says so.
  static func patience(_ seconds: Double, path: String) -> Database.BusyMode {
    let pauses: [Double] = [0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.025, 0.025, 0.05, 0.05, 0.1]
    return .callback { tries in
      let before = pauses.prefix(tries).reduce(0, +) + Double(max(0, tries - pauses.count)) * 0.1
      if tries == pauses.count {
        StoreLog.logger.notice("\(path): another process is writing to it; waiting up to \(seconds) s")
      }
      guard before < seconds else { return false }
      Thread.sleep(forTimeInterval: pauses[min(tries, pauses.count - 1)])
      return true
    }
  }

  /// Looks at the file through a connection that cannot change it, and finds the way to open it.
  static func identify(_ path: String, mode: Mode) throws -> (location: String, found: StoreSchema.Identity) {
    let plain = absolute(path)
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    func identity(_ location: String) throws -> StoreSchema.Identity {
      try DatabaseQueue(path: location, configuration: configuration).read {
        try StoreSchema.identity($0, path: path)
      }
    }
    var location = plain
    var found: StoreSchema.Identity
    do {
      found = try identity(plain)
    } catch let error as DatabaseError
      where mode == .readOnly && [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode.primaryResultCode)
    {
      location = try immutableLocation(plain, path: path)
      found = try identity(location)
    }
    if found == .empty, mode != .create { throw StoreError(.notAStore, "\(path): is empty, not a Ragged store") }
    return (location, found)
  }

  /// The path from the root.
  ///
  /// Connections are opened as they are needed, so the path must hold in whatever directory the process is then; and
  /// a relative path that begins with "file:" would be taken for a URI.
  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }

  /// Sets up a connection. Only a file that is being made takes the page size.
  static func prepare(_ db: Database) throws {
    try db.execute(
      sql: "PRAGMA page_size = \(StoreSchema.pageSize); PRAGMA cache_size = -16000; PRAGMA cell_size_check = ON")
  }

  /// A URI that tells SQLite that the file cannot change, so that it asks for no shared memory next to it.
  static func immutableLocation(_ plain: String, path: String) throws -> String {
    let log = plain + "-wal"
    let attributes = try? FileManager.default.attributesOfItem(atPath: log)
    if let size = attributes?[.size] as? Int, size > 0 {
      throw StoreError(
        .inputOutput,
        "\(path): its last writer left a write-ahead log, which cannot be read from read-only media; "
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

  /// Runs `body`, and turns SQLite's errors into this module's.
  func translatingErrors<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw StoreError(error, path: path)
    } catch let error as RowDecodingError {
      throw StoreError(.damaged, "\(path): a value is not of the type that its column asks for: \(error)")
    }
  }

  /// Reads from one snapshot.
  func read<T>(_ body: (Database) throws -> T) throws -> T {
    try translatingErrors { try database.read(body) }
  }

  /// Writes in one transaction, which an error takes back.
  func write<T>(_ body: (Database) throws -> T) throws -> T {
    guard mode != .readOnly else { throw StoreError(.readOnly, "\(path): is open for reading only") }
    return try translatingErrors { try database.write(body) }
  }
}
