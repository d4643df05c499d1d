import Foundation
import GRDB
import Ragged

/// A small store, and the same one with a schema that lets anything in.
struct StoreTemplate {
  /// The lax store's file.
  let bytes: Data
  /// The tables that edits may name, with their columns.
  let columns: [String: [String]]
  /// The text of each table as it should be.
  private let schema: [(name: String, sql: String)]

  init() throws {
    let scratch = try Scratch()
    let path = scratch.path("store.ragged")
    try StoreTemplate.fill(path, scratch)
    let queue = try DatabaseQueue(path: path)
    // A store is in WAL mode; its file alone must hold everything.
    schema = try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")
      return try Row.fetchAll(
        db, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%STRICT%'"
      )
      .map { (name: $0[0] as String, sql: $0[1] as String) }
    }
    let schema = schema
    columns = try queue.read { db in
      try Dictionary(
        schema.map { ($0.name, try db.columns(in: $0.name).map(\.name)) }, uniquingKeysWith: { first, _ in first })
    }
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA writable_schema = ON")
      for (name, sql) in schema { try StoreTemplate.set(db, name, StoreTemplate.lax(sql)) }
    }
    try queue.close()
    bytes = try Data(contentsOf: URL(fileURLWithPath: path))
  }

  /// Puts the schema of the file back to what it should be.
  func restoreSchema(_ db: Database) throws {
    try db.execute(sql: "PRAGMA writable_schema = ON")
    for (name, sql) in schema { try StoreTemplate.set(db, name, sql) }
  }

  /// The table without types and without NOT NULL. What is stored stays as it is.
  private static func lax(_ sql: String) -> String {
    sql.replacing(" STRICT, WITHOUT ROWID", with: " WITHOUT ROWID").replacing(" STRICT", with: "")
      .replacing("IS NOT NULL", with: "NOTNULL").replacing(" NOT NULL", with: "")
  }

  private static func set(_ db: Database, _ name: String, _ sql: String) throws {
    try db.execute(sql: "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", arguments: [sql, name])
  }

  /// Datasets of every kind: features and a class per sequence, text and a class per timestep, tokens and values.
  private static func fill(_ path: String, _ scratch: Scratch) throws {
    let store = try SequenceStore(path: path, mode: .create)
    let files: [(name: String, target: TargetKind, text: String)] = [
      (
        "features", .classPerSequence,
        """
        {"id": "a", "features": [[1, 2], null, [3, 4]], "target": "u", "weight": 0.5, "metadata": {"n": 1}}
        {"id": "b", "features": [[5, 6]], "target": "v", "split": "test"}
        {"id": "c", "features": [], "target": "u", "group": "g"}
        """
      ),
      ("text", .classPerTimestep, #"{"id": "a", "text": "aba", "target": ["u", "v", "u"]}"#),
      ("tokens", .valuesPerSequence, #"{"id": "a", "tokens": [4, 0, 2], "target": [0.5, 1.5]}"#),
      (
        "labels", .classPerSequence,
        """
        {"id": "a", "features": [[1], [2]], "target": "u", "p": ["x", "y", "x"], "n": [1, null]}
        {"id": "b", "features": [[5]], "target": "v", "p": [], "n": [7]}
        """
      ),
      ("forecast", .valuesPerTimestep, #"{"id": "a", "features": [[1], [2]], "target": [[1, 2], [3, 4]]}"#),
    ]
    for file in files {
      let input = try scratch.file(file.name + ".jsonl", file.text.utf8)
      var reader = try FileReader(input, options: JSONLinesOptions(targetKind: file.target))
      _ = try store.importSequences(from: &reader, named: file.name, into: file.name)
    }
    let epoch = RunRecord.Epoch(epoch: 1, metrics: ["loss": 0.5])
    _ = try store.insertRun(
      RunRecord(dataset: "features", command: "ragged train", configuration: "{}", fingerprint: 7, epochs: [epoch]))
  }
}
