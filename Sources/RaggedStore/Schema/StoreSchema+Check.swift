import GRDB

extension StoreSchema {
  /// What a file turned out to be.
  enum Identity: Equatable {
    /// A database without any table.
    case empty
    /// A store of this version.
    case store(version: Int)
  }

  /// Finds out whether the file is a store that this code reads.
  /// - Throws: ``StoreError`` for another application's database and for a newer version.
  static func identity(_ db: Database, path: String) throws -> Identity {
    let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    guard application == applicationID else {
      let objects = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
      if application == 0, version == 0, objects == 0 { return .empty }
      throw StoreError(.notAStore, "\(path): an SQLite database, but not a Ragged store")
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
    return .store(version: version)
  }

  /// Checks that every table, index and view is word for word the one that this code makes, and that there are no
  /// triggers or further views: a file from elsewhere cannot put its own code in their place.
  /// - Throws: ``StoreError`` that names the first difference.
  static func checkObjects(_ db: Database, version: Int, path: String) throws {
    guard let first = try differences(db, version: version).first else { return }
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

  /// All differences between this file's objects and those of the version, first what is missing or other.
  static func differences(_ db: Database, version: Int) throws -> [Difference] {
    let reference = try DatabaseQueue()
    let expected = try reference.write { db in
      try db.execute(sql: statements(version: version))
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
