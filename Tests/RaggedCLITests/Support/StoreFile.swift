import Foundation
import GRDB

/// A store's file as SQLite sees it, past this package's own reading.
struct StoreFile {
  let path: String

  init(_ work: Workspace, _ name: String) { path = work.url.appending(path: name).path }

  private var configuration: Configuration {
    var configuration = Configuration()
    configuration.readonly = true
    return configuration
  }

  /// `PRAGMA user_version`.
  func version() throws -> Int? {
    try DatabaseQueue(path: path, configuration: configuration).read {
      try Int.fetchOne($0, sql: "PRAGMA user_version")
    }
  }

  /// What `PRAGMA integrity_check` and `PRAGMA foreign_key_check` find.
  func faults() throws -> [String] {
    try DatabaseQueue(path: path, configuration: configuration).read { db in
      try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        + Row.fetchAll(db, sql: "PRAGMA foreign_key_check").map(\.description)
    }
  }

  /// The tables in which the rows of two stores differ, in any column but the times, and what differs in the schema.
  func differences(from other: StoreFile) throws -> [String] {
    try DatabaseQueue(path: path, configuration: configuration).inDatabase { db in
      try db.execute(sql: "ATTACH ? AS other", arguments: [other.path])
      func difference(_ columns: String, _ table: String) throws -> Int {
        let (mine, its) = ("SELECT \(columns) FROM main.\(table)", "SELECT \(columns) FROM other.\(table)")
        return try Int.fetchOne(
          db,
          sql:
            "SELECT count(*) FROM (SELECT * FROM (\(mine) EXCEPT \(its)) UNION ALL SELECT * FROM (\(its) EXCEPT \(mine)))"
        ) ?? -1
      }
      var names = try String.fetchAll(db, sql: "SELECT name FROM main.sqlite_schema WHERE type = 'table'")
      names = try names.filter { table in
        let columns = try db.columns(in: table).map(\.name).filter {
          !["created_at", "imported_at"].contains($0)
        }
        return try difference(columns.map { "\"\($0)\"" }.joined(separator: ", "), table) != 0
      }
      return try names + (difference("type, name, sql", "sqlite_schema") == 0 ? [] : ["the schema"])
    }
  }
}

extension StoreFile {
  /// Runs SQL, and then `body` while what it changed stands in the write-ahead log alone.
  func leavingLog(_ sql: String, _ body: () throws -> Void) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try body()
    try queue.close()
  }

  /// Runs SQL in the file itself, and `body` before the end of its transaction, when some of it is written.
  func leavingJournal(_ sql: String, _ body: () throws -> Void) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN IMMEDIATE; \(sql)")
      try body()
      try db.execute(sql: "ROLLBACK")
    }
    try queue.close()
  }
}
