import Foundation
import GRDB
import GRDBSQLite
import RaggedCore
import RaggedFormats

/// A database of anybody's, open for reading. A class, since it owns a connection.
final class ForeignDatabase {
  private let source: InputSource
  private let connection: OpaquePointer

  /// Milliseconds to wait for another process's write.
  private static let patience: Int32 = 10_000

  /// - Throws: ``InputError`` where the file cannot be opened or is no database.
  init(_ source: InputSource) throws {
    self.source = source
    let path = SequenceStore.absolute(source.path)
    do {
      connection = try ForeignDatabase.leaveNoLog(path) ?? ForeignDatabase.open(path, SQLITE_OPEN_READONLY)
    } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK {
      throw InputError(
        file: source.name,
        problem:
          "was left in the middle of a change by a process that was killed: whatever opens it for writing takes that back",
        isFatal: true)
    } catch let error as DatabaseError
      where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode.primaryResultCode)
    {
      // To read what has a write-ahead log SQLite wants to make files beside it.
      do {
        let location = try SequenceStore.immutableLocation(path, path: source.name)
        connection = try ForeignDatabase.open(location, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
      } catch let error as DatabaseError {
        throw ForeignDatabase.fault(source, error)
      } catch let error as StoreError {
        let problem = String(error.message.dropFirst(source.name.count + 2))
        throw InputError(file: source.name, problem: problem, isFatal: true, failureClass: .noInput)
      }
    } catch let error as DatabaseError {
      throw ForeignDatabase.fault(source, error)
    }
  }

  // What still has a statement is closed with the last of these.
  deinit { sqlite3_close_v2(connection) }

  /// A connection that has read something, so that what is no database is known.
  private static func open(_ location: String, _ flags: Int32) throws -> OpaquePointer {
    var connection: OpaquePointer?
    let code = sqlite3_open_v2(location, &connection, flags, nil)
    do {
      guard code == SQLITE_OK, let connection else { throw DatabaseError(code, on: connection) }
      sqlite3_busy_timeout(connection, patience)
      // A name that is misspelt is an error, not a text.
      _disableDoubleQuotedStringLiterals(connection)
      let version = try SQLStatement(connection, "PRAGMA schema_version")
      _ = try version.step()
      return connection
    } catch {
      sqlite3_close_v2(connection)
      throw error
    }
  }

  /// A connection to a database that keeps a write-ahead log, of which there is none now, so that the one which SQLite makes goes
  /// away again: what can only read leaves it behind. It refuses to write, and the file stays as it is.
  /// - Returns: nil for any other database, and where the file cannot be written.
  private static func leaveNoLog(_ path: String) -> OpaquePointer? {
    guard let file = FileHandle(forReadingAtPath: path), let head = try? file.read(upToCount: 20), head.count == 20,
      head[18] == 2, access(path, W_OK) == 0, !FileManager.default.fileExists(atPath: path + "-wal"),
      let connection = try? open(path, SQLITE_OPEN_READWRITE)
    else { return nil }
    if (try? SQLStatement(connection, "PRAGMA query_only = 1").run()) != nil { return connection }
    sqlite3_close_v2(connection)
    return nil
  }

  private static func fault(_ source: InputSource, _ error: DatabaseError) -> InputError {
    let said = error.message ?? "\(error.resultCode)"
    switch error.resultCode.primaryResultCode {
    case .SQLITE_NOTADB:
      return InputError(file: source.name, problem: "is no SQLite database", isFatal: true)
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_BUSY, .SQLITE_IOERR:
      return InputError(file: source.name, problem: "cannot be read: \(said)", isFatal: true, failureClass: .noInput)
    default: return InputError(file: source.name, problem: said, isFatal: true)
    }
  }

  /// The one statement of a text, which gives rows and changes nothing.
  /// - Throws: ``InputError`` of class `usage`.
  func statement(_ text: String) throws -> SQLStatement {
    func usage(_ problem: String) -> InputError {
      InputError(file: source.name, problem: problem, isFatal: true, failureClass: .usage)
    }
    let statement: SQLStatement
    do {
      guard let compiled = try SQLStatement(only: text, connection) else {
        throw usage("the query is \(text.quotedForMessage), expected one SELECT")
      }
      statement = compiled
    } catch let error as DatabaseError {
      // What is wrong with the file, rather than with the query.
      let codes: [ResultCode] = [
        .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOMEM,
      ]
      if codes.contains(error.resultCode.primaryResultCode) { throw ForeignDatabase.fault(source, error) }
      throw usage("the query cannot be run: \(error.message ?? "\(error.resultCode)")")
    }
    guard sqlite3_stmt_readonly(statement.handle) != 0 else {
      throw usage("the query would write, expected a SELECT: a database is read here and never changed")
    }
    guard sqlite3_column_count(statement.handle) > 0 else {
      throw usage("the query gives no columns, expected a SELECT")
    }
    return statement
  }

  /// Goes to the next row.
  /// - Returns: false after the last.
  func step(_ statement: SQLStatement) throws -> Bool {
    do { return try statement.step() } catch let error as DatabaseError {
      throw ForeignDatabase.fault(source, error)
    }
  }

  /// The error that no query is given, with what there is to be queried.
  func noQuery() -> InputError {
    var error = InputError(
      file: source.name, problem: "no query says which rows of the database are read", isFatal: true,
      failureClass: .usage)
    do {
      let application = try SQLStatement(connection, "PRAGMA application_id")
      if try application.step(), application.int64(0) == StoreSchema.applicationID {
        error.problem =
          "is a store, whose datasets are merged rather than imported; or a query says which rows are read"
      }
      let found = try tables()
      guard !found.isEmpty else {
        error.problem = "is a database without tables"
        error.failureClass = .badData
        return error
      }
      let shown = found.prefix(20).map {
        "\($0.kind) \($0.name.quotedForMessage) (\($0.columns.joined(separator: ", ")))"
      }
      error.problem += "; there is " + shown.joined(separator: ", ")
      if found.count > 20 { error.problem += " and \(found.count - 20) more" }
      let table = found.first { $0.columns.count > 1 } ?? found[0]
      let columns = table.columns.map(\.sqlName).joined(separator: ", ")
      error.remedy = .giveQuery("SELECT \(columns) FROM \(table.name.sqlName)", file: source.path)
      return error
    } catch {
      return (error as? DatabaseError).map { ForeignDatabase.fault(source, $0) }
        ?? InputError(
          file: source.name, problem: "cannot be read", isFatal: true)
    }
  }

  /// Tables and views with their columns, in the order of their names.
  private func tables() throws -> [(name: String, kind: String, columns: [String])] {
    let objects = try SQLStatement(
      connection,
      """
      SELECT name, type FROM sqlite_schema
      WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
      """
    ).map { (name: $0.text(0), kind: $0.text(1)) }
    return objects.map { name, kind in
      // A view of what is gone has no columns.
      let columns = try? SQLStatement(connection, "SELECT name FROM pragma_table_info(?)")
      columns?.bind(name, at: 1)
      return (name, kind, (try? columns?.map { $0.text(0) }) ?? [])
    }
  }
}

extension String {
  /// As a name in SQL: in quotes where it is no plain word.
  fileprivate var sqlName: String {
    let isWord = utf8.allSatisfy { $0 == 0x5F || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || $0 >= 0x30 && $0 <= 0x39 }
    let isKeyword = withCString { sqlite3_keyword_check($0, Int32(clamping: utf8.count)) } != 0
    if isWord, !isKeyword, let first = utf8.first, first > 0x39 { return self }
    return "\"\(replacing("\"", with: "\"\""))\""
  }
}

extension SQLStatement {
  /// The statement of a text that holds no other; nil where there is none or a second one.
  fileprivate convenience init?(only text: String, _ connection: OpaquePointer) throws {
    var handle: OpaquePointer?
    var hasMore = false
    let code = text.withCString { start in
      var tail: UnsafePointer<CChar>?
      let code = sqlite3_prepare_v2(connection, start, -1, &handle, &tail)
      if code == SQLITE_OK, let tail {
        // A comment or a semicolon is no statement.
        var next: OpaquePointer?
        hasMore = sqlite3_prepare_v2(connection, tail, -1, &next, nil) != SQLITE_OK || next != nil
        sqlite3_finalize(next)
      }
      return code
    }
    guard code == SQLITE_OK else { throw DatabaseError(code, on: connection) }
    guard let handle else { return nil }
    if hasMore {
      sqlite3_finalize(handle)
      return nil
    }
    self.init(owning: handle)
  }
}
