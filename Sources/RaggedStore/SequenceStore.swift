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
  let database: DatabasePool
  /// What SQLite opens: the path, or a URI for a file on read-only media.
  let location: String

  /// Opens a store, makes it where `mode` says so, and brings an older file up to date (not in `readOnly` mode).
  ///
  /// - Parameter busyTimeout: seconds to wait for another process's write.
  /// - Throws: ``StoreError``: `notFound`, `notAStore`, `newerVersion`, `damaged`, `cannotCreate`, `busy`.
  public init(path: String, mode: Mode = .readWrite, busyTimeout: Double = 10) throws {
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
      throw StoreError(error, path: path, isCreating: !exists)
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
