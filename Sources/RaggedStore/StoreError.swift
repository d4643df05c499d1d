import Foundation
import GRDB
import GRDBSQLite
public import RaggedCore
public import RaggedFormats

/// What can go wrong with a store.
public struct StoreError: RaggedError, Equatable {
  /// The kind of fault, for a caller that switches.
  public enum Code: Sendable {
    /// There is no such file.
    case notFound
    /// The file is not an SQLite database, or not one of Ragged's.
    case notAStore
    /// The file was written by a newer version.
    case newerVersion
    /// The file was written before the first release.
    case olderVersion
    /// The file's contents break the rules of its schema.
    case damaged
    /// No dataset, split, class, key or run of that name.
    case unknownName
    /// An import that does not fit the dataset it goes into.
    case mismatch
    /// A condition that SQLite cannot compile, that asks for more than it may, or that runs too long.
    case invalidCondition
    /// An option with a value that has no meaning.
    case invalidOption
    /// A write to a store that was opened for reading.
    case readOnly
    /// Another process holds the store.
    case busy
    /// The file cannot be created.
    case cannotCreate
    /// Reading or writing failed on the way.
    case inputOutput
    /// While the store was open its file was removed, or another one took its place.
    case replaced
  }

  /// What the caller can do about it, beside what the message says.
  public enum Remedy: Sendable, Equatable {
    /// To wait longer for another process's write.
    case waitLonger
    /// To take out of a dataset what an import that ended early has stored.
    case deleteUnfinished(dataset: String, store: String)
    /// To read the file otherwise.
    case input(InputRemedy)
  }

  /// The kind of fault.
  public let code: Code
  /// What is wrong, in a sentence that names both sides.
  public let message: String

  /// What the caller can do about it, beside what the message says.
  public let remedy: Remedy?

  /// An error whose sentence names both sides.
  public init(_ code: Code, _ message: String, remedy: Remedy? = nil) {
    (self.code, self.message, self.remedy) = (code, message, remedy)
  }

  /// What the failure means to the caller.
  public var failureClass: FailureClass {
    switch code {
    case .notFound: .noInput
    case .notAStore, .newerVersion, .olderVersion, .damaged, .mismatch: .badData
    case .unknownName, .invalidCondition, .invalidOption: .usage
    case .readOnly, .cannotCreate: .cannotCreate
    case .busy, .inputOutput, .replaced: .inputOutput
    }
  }

  /// `dataset "x" has no split "tset", did you mean "test"?`, or where no name is near, all there are.
  static func unknown(_ kind: String, _ name: String, in place: String, known: [String]) -> StoreError {
    let end = known.nearest(to: name).map { ", did you mean \"\($0)\"?" } ?? "; it has \(known.quotedList)"
    return StoreError(.unknownName, "\(place) has no \(kind) \"\(name)\"\(end)")
  }
}

extension SequenceStore {
  /// What an error of SQLite's means for a store.
  /// - Parameters:
  ///   - seconds: how long another process was waited for.
  ///   - monitor: whoever waits for this one.
  /// - Returns: ``StoreError``, or `Cancelled` where the work was no longer wanted.
  static func error(
    _ error: DatabaseError, path: String, isCreating: Bool = false, waited seconds: Double, _ monitor: ProgressMonitor
  ) -> any RaggedError {
    let detail = error.message ?? "error \(error.extendedResultCode.rawValue)"
    func fault(_ code: StoreError.Code, _ problem: String) -> StoreError { StoreError(code, "\(path): \(problem)") }
    let isUnwanted = monitor.isCancelled
    switch error.resultCode.primaryResultCode {
    case .SQLITE_NOTADB: return fault(.notAStore, "not an SQLite database, so not a Ragged store")
    case .SQLITE_INTERRUPT,
      .SQLITE_BUSY where isUnwanted, .SQLITE_LOCKED where isUnwanted:
      return unchanged(path)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      let holder = LockHolder.name(of: path)
      let time = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
      let wait = seconds > 0 ? "waited \(time) s for \(holder), which" : holder
      return StoreError(.busy, "\(path): \(wait) is writing to it; try again when it has ended", remedy: .waitLonger)
    // The statements are ours: what fails in them is what they find.
    case .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG:
      return fault(.damaged, "the file is not as a store is: \(detail)")
    case .SQLITE_CORRUPT, .SQLITE_FORMAT: return fault(.damaged, "the file is damaged: \(detail)")
    case .SQLITE_FULL: return fault(.inputOutput, "the disk is full; the store is as it was before")
    case .SQLITE_READONLY: return fault(.cannotCreate, "cannot be written: it or its folder is read-only")
    case .SQLITE_CANTOPEN where isCreating: return fault(.cannotCreate, "cannot be created: \(detail)")
    default: return fault(.inputOutput, detail)
    }
  }

  /// How work ends that is no longer wanted, and that took nothing back which was there before.
  static func unchanged(_ path: String) -> Cancelled { Cancelled("\(path) is as it was before") }
}

extension Database {
  /// Runs `body`; where the disk did not give a page, that is the error.
  ///
  /// SQLite calls a page that cannot be read and one that makes no sense by one name, a malformed image; the error number
  /// of the system distinguishes them.
  func tellingReadErrors<T>(_ body: (Database) throws -> T) throws -> T {
    do {
      return try body(self)
    } catch let error as DatabaseError where error.isDamage {
      throw DatabaseError(ofReadingOn: sqliteConnection) ?? error
    } catch let error as StoreError where error.code == .damaged {
      throw DatabaseError(ofReadingOn: sqliteConnection) ?? error
    }
  }
}

extension DatabaseError {
  /// The error of the system with which a read of the file failed on a connection; nil where none did.
  init?(ofReadingOn connection: OpaquePointer?) {
    var numbers: [Int32] = [0, 0]
    _ = sqlite3_file_control(connection, "main", SQLITE_FCNTL_LAST_ERRNO, &numbers[0])
    // A long transaction reads its own pages back from the log, which is a file with an error number of its own.
    var log: UnsafeMutablePointer<sqlite3_file>?
    if sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == 0, let log,
      let control = log.pointee.pMethods?.pointee.xFileControl
    {
      _ = control(log, SQLITE_FCNTL_LAST_ERRNO, &numbers[1])
    }
    guard let number = numbers.first(where: { [EIO, ENXIO].contains($0) }) else { return nil }
    self.init(resultCode: .SQLITE_IOERR_READ, message: "cannot be read: \(String(cString: strerror(number)))")
  }

  /// Whether the file is at fault, and not the disk, the memory, another process or whoever waits.
  var isDamage: Bool {
    switch resultCode.primaryResultCode {
    case .SQLITE_NOMEM, .SQLITE_INTERRUPT, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_CANTOPEN, .SQLITE_PERM,
      .SQLITE_READONLY:
      false
    // A file that ends in the middle of a page is damaged, whatever the disk does.
    case .SQLITE_IOERR: extendedResultCode == .SQLITE_IOERR_SHORT_READ
    default: true
    }
  }

  /// What kept SQLite's own look at the file from a page: `Page 21: unable to get the page. error code=8458`.
  init?(inspection line: String) {
    guard let match = line.firstMatch(of: #/error code[= ]([0-9]+)/#), let code = Int32(match.output.1) else {
      return nil
    }
    self.init(resultCode: ResultCode(rawValue: code), message: "a page cannot be read")
  }
}
