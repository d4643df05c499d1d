import Foundation
import GRDB
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
  static func identify(
    _ path: String, mode: Mode, busyTimeout: Double, _ monitor: ProgressMonitor
  ) throws -> String {
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
}
