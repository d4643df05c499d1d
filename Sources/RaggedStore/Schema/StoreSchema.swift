import GRDB
import Logging

/// What distinguishes a store from other files, and what must be in one.
enum StoreSchema {
  /// "RGGD" in the SQLite header: the file is Ragged's.
  static let applicationID = 0x5247_4744
  /// The version that this code writes and reads; `PRAGMA user_version`.
  ///
  /// Stores from before the first release have 2, or 1 with other tables. No release will use 2.
  static let version = 1
  /// Bytes a page of a new file. Sequences of a kilobyte leave 2 % of such a page empty, where they leave 8 % of a
  /// page of 8192.
  static let pageSize = 32_768

  /// The statements that make a store.
  private static let statements = """
    \(creation)
    PRAGMA application_id = \(applicationID);
    PRAGMA user_version = \(version);
    """

  /// Makes the tables of an empty file, in one transaction.
  static func makeTables(_ pool: DatabasePool, path: String) throws {
    try pool.writeWithoutTransaction { db in
      guard try isEmpty(db, path: path) else { return }
      try db.inTransaction(.immediate) {
        // Another process may have been faster.
        if try isEmpty(db, path: path) {
          try db.execute(sql: statements)
          StoreLog.logger.debug("\(path): pages of \(pageSize) bytes")
        }
        return .commit
      }
    }
  }

  /// Whether the file is a database without any table; otherwise it is a store of this version.
  /// - Throws: ``StoreError`` for another application's database and for another version.
  static func isEmpty(_ db: Database, path: String) throws -> Bool {
    let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    guard application == applicationID else {
      let objects = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
      if application == 0, version == 0, objects == 0 { return true }
      throw StoreError(.notAStore, "\(path): an SQLite database, but not a Ragged store")
    }
    // An index that no store has now, tables without the one that stores of before do not have, no column of labels, or
    // files that do not say how they were read.
    let early = """
      SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'sequence_figures')
        OR EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'sequence')
          AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'dataset_column')
        OR EXISTS (SELECT 1 FROM sqlite_schema
          WHERE name = 'dataset_column' AND instr(sql, 'extent IN (''timestep'', ''sequence'')') > 0)
        OR EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'source' AND type = 'table' AND instr(sql, 'reading') = 0)
      """
    if try version == 2 || version == 1 && Bool.fetchOne(db, sql: early) == true {
      throw StoreError(
        .olderVersion,
        "\(path): a store of a Ragged from before the first release, which is not read any more; "
          + "import its data again into a new store")
    }
    guard version <= StoreSchema.version else {
      throw StoreError(
        .newerVersion,
        "\(path): a store of version \(version), but this program reads up to version \(StoreSchema.version); "
          + "use a newer Ragged")
    }
    guard version >= 1 else {
      throw StoreError(.damaged, "\(path): a store of version \(version), which never existed")
    }
    return false
  }

  /// Checks that every table, index and view is word for word the one that this code makes, and that there are no
  /// triggers or further views: a file from elsewhere cannot put its own code in their place.
  /// - Throws: ``StoreError`` that names the first difference.
  static func checkObjects(_ db: Database, path: String) throws {
    guard let first = try differences(db).first else { return }
    let advice = first.isForeign ? "" : "; it is not a Ragged store, or it was changed by hand"
    throw StoreError(.damaged, "\(path): \(first.fault)\(advice)")
  }

  /// An object of the file that is not as this code makes it.
  struct Difference: Equatable {
    /// `table`, `index`, `view` or `trigger`.
    var type: String
    var name: String
    /// Whether it is of no store.
    var isForeign: Bool
    /// What is wrong with it.
    var fault: String
    /// Its text in this file, and in a store that is as it should be.
    var found, expected: String?
  }

  /// All differences between this file's objects and those of a store, first what is missing or other.
  static func differences(_ db: Database) throws -> [Difference] {
    let reference = try DatabaseQueue()
    let expected = try reference.write { db in
      try db.execute(sql: creation)
      return try objects(db)
    }
    let found = try objects(db)
    let changed = expected.sorted { $0.key < $1.key }.filter { found[$0.key] != $0.value }.map { object, sql in
      let kind = "\(object.type) \"\(object.name)\""
      return Difference(
        type: object.type, name: object.name, isForeign: false,
        fault: found[object] == nil ? "has no \(kind)" : "has a \(kind) other than that of version \(version)",
        found: found[object], expected: sql)
    }
    let foreign = found.sorted { $0.key < $1.key }.filter { object, _ in
      expected[object] == nil && ["trigger", "view"].contains(object.type)
    }.map { object, sql in
      Difference(
        type: object.type, name: object.name, isForeign: true,
        fault: "has a \(object.type) \"\(object.name)\", which no Ragged store has", found: sql, expected: nil)
    }
    return changed + foreign
  }

  private struct Object: Hashable, Comparable {
    var type, name: String

    static func < (first: Object, second: Object) -> Bool { (first.type, first.name) < (second.type, second.name) }
  }

  /// The text of each object.
  private static func objects(_ db: Database) throws -> [Object: String] {
    let rows = try SQLStatement(db, "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    var result: [Object: String] = [:]
    while try rows.step() { result[Object(type: rows.text(0), name: rows.text(1))] = rows.text(2) }
    return result
  }
}
