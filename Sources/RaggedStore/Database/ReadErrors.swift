import Foundation
import GRDB
import GRDBSQLite

extension Database {
  /// Runs `body`; where the disk did not give a page, that is the error.
  ///
  /// SQLite calls a page that cannot be read and one that makes no sense by one name, a malformed image; the error number
  /// of the system tells them apart.
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
