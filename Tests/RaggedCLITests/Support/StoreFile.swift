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

  private static let version1 = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures/stores/version-1.sql")

  /// Makes a store of version 1: the one of the fixtures, with each sequence so many times more.
  func makeVersion1(copies: Int) throws {
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.foreignKeysEnabled = false
    let text = try String(contentsOf: StoreFile.version1, encoding: .utf8)
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: text)
      try db.execute(
        sql: """
          BEGIN;
          CREATE TEMP TABLE copy AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(copies))
            SELECT i FROM n;
          INSERT INTO sequence
            SELECT id + 1000 * i, dataset_id, key || ' ' || i, split, length, class, checksum, source_id, line, weight,
              "group", metadata
            FROM copy, sequence;
          INSERT INTO sequence_data SELECT sequence_id + 1000 * i, input, target, validity FROM copy, sequence_data;
          UPDATE feature_statistics SET count = count * \(copies + 1), m2 = m2 * \(copies + 1);
          UPDATE timestep_class_count SET count = count * \(copies + 1);
          COMMIT;
          """)
    }
    try queue.close()
  }
}
