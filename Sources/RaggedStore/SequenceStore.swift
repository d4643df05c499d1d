import Foundation
import GRDB
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
  /// Seconds to wait for another process's write.
  public let busyTimeout: Double
  /// Seconds to wait for another process's write where nothing else is said.
  public static let defaultBusyTimeout = 10.0
  let database: DatabasePool
  /// What SQLite opens: the path, or a URI for a file on read-only media.
  let location: String

  /// Opens a store, makes it where `mode` says so, and brings an older file up to date (not in `readOnly` mode).
  ///
  /// - Parameter busyTimeout: seconds to wait for another process's write, up to a million; an error of the code `busy`
  ///   then says which process that was.
  /// - Throws: ``StoreError``: `notFound`, `notAStore`, `newerVersion`, `damaged`, `cannotCreate`, `busy`.
  public init(
    path: String, mode: Mode = .readWrite, busyTimeout: Double = SequenceStore.defaultBusyTimeout
  ) throws {
    self.path = path
    self.mode = mode
    self.busyTimeout = try SequenceStore.checked(busyTimeout: busyTimeout)
    let exists = FileManager.default.fileExists(atPath: path)
    guard exists || mode == .create else { throw StoreError(.notFound, "\(path): there is no such file") }
    var found = StoreSchema.Identity.empty
    do {
      (location, found) =
        exists
        ? try SequenceStore.identify(path, mode: mode, busyTimeout: busyTimeout)
        : (SequenceStore.absolute(path), .empty)
    } catch let error as DatabaseError {
      throw StoreError(error, path: path, waited: busyTimeout)
    }
    var configuration = Configuration()
    configuration.busyMode = .timeout(busyTimeout)
    configuration.readonly = mode == .readOnly
    configuration.persistentReadOnlyConnections = true
    let readsVersion1 = mode == .readOnly && found == .store(version: 1)
    configuration.prepareDatabase { db in
      try SequenceStore.prepare(db)
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
      throw StoreError(error, path: path, isCreating: !exists, waited: busyTimeout)
    }
  }

  static func checked(busyTimeout seconds: Double) throws -> Double {
    guard seconds >= 0, seconds <= 1e6 else {
      throw StoreError(.invalidOption, "a time-out of \(seconds) s, expected 0 to 1000000")
    }
    return seconds
  }

  /// Looks at the file through a connection that cannot change it, and finds the way to open it.
  static func identify(
    _ path: String, mode: Mode, busyTimeout: Double
  ) throws -> (location: String, found: StoreSchema.Identity) {
    let plain = absolute(path)
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(busyTimeout)
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
      where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK && rollBack(plain, configuration)
    {
      found = try identity(plain)
    } catch let error as DatabaseError
      where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode.primaryResultCode)
    {
      // Even to read it SQLite wants to make files beside it.
      guard mode == .readOnly else {
        guard access(plain, R_OK) == 0 else { throw error }
        throw StoreError(.cannotCreate, "\(path): cannot be written: it or its folder is read-only")
      }
      location = try immutableLocation(plain, path: path)
      found = try identity(location)
    }
    if found == .empty, mode != .create { throw StoreError(.notAStore, "\(path): is empty, not a Ragged store") }
    return (location, found)
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

  /// Runs `body`, and turns SQLite's errors into this module's.
  func translatingErrors<T>(waited seconds: Double? = nil, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw StoreError(error, path: path, waited: seconds ?? busyTimeout)
    } catch let error as RowDecodingError {
      throw StoreError(.damaged, "\(path): a value is not of the type that its column asks for: \(error)")
    }
  }

  /// Reads from one snapshot.
  func read<T>(_ body: (Database) throws -> T) throws -> T {
    try translatingErrors { try database.read(body) }
  }

  /// Writes in one transaction, which an error takes back.
  /// - Parameter waiting: seconds to wait for another process's write, where they are not those of the store.
  func write<T>(waiting seconds: Double? = nil, _ body: (Database) throws -> T) throws -> T {
    guard mode != .readOnly else { throw StoreError(.readOnly, "\(path): is open for reading only") }
    return try translatingErrors(waited: seconds) {
      try database.writeWithoutTransaction { db in
        func wait(_ seconds: Double) throws {
          try db.execute(sql: "PRAGMA busy_timeout = \(Int(1000 * seconds))")
        }
        if let seconds { try wait(seconds) }
        defer { if seconds != nil { try? wait(busyTimeout) } }
        try db.beginTransaction(.immediate)
        do {
          let result = try body(db)
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
