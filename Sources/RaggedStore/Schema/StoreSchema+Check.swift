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
  static func checkObjects(_ db: Database, path: String) throws {
    let reference = try DatabaseQueue()
    try migrator.migrate(reference)
    let expected = try reference.read(objects)
    let found = try objects(db)
    for (name, sql) in expected.sorted(by: { $0.key < $1.key }) where found[name] != sql {
      let fault = found[name] == nil ? "has no \(name)" : "has a \(name) other than that of version \(version)"
      throw StoreError(.damaged, "\(path): \(fault); it is not a Ragged store, or it was changed by hand")
    }
    let foreign = found.keys.filter { expected[$0] == nil && ($0.hasPrefix("trigger") || $0.hasPrefix("view")) }
    if let name = foreign.sorted().first {
      throw StoreError(.damaged, "\(path): has a \(name), which no Ragged store has")
    }
  }

  /// The text of each object by `table "dataset"`.
  private static func objects(_ db: Database) throws -> [String: String] {
    let rows = try Row.fetchAll(db, sql: "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    var result: [String: String] = [:]
    for row in rows {
      guard let type = String.fromDatabaseValue(row[0]), let name = String.fromDatabaseValue(row[1]),
        let sql = String.fromDatabaseValue(row[2])
      else { continue }
      result["\(type) \"\(name)\""] = sql
    }
    return result
  }
}
