import GRDB
import Logging

/// The tables of a store and how older files are brought up to date.
///
/// Every table and column is described in the article "The schema of a store".
enum StoreSchema {
  /// "RGGD" in the SQLite header: the file is Ragged's.
  static let applicationID = 0x5247_4744
  /// The version that this code writes, and the highest that it reads; `PRAGMA user_version`.
  static let version = 2
  /// Bytes a page of a new file. Sequences of a kilobyte leave 2 % of such a page empty, where they leave 8 % of a
  /// page of 8192.
  static let pageSize = 32_768

  /// Every object of a store.
  private static let objects = [
    datasetTables, unfinishedTable, sequenceTable, dataTable, figureTables, lengthCountTable, quarantineTable,
    runTables,
    sequencesView,
  ].joined(separator: "\n")

  /// The statements that make a store of this version.
  static func statements(version: Int) -> String {
    """
    \(version == 1 ? version1 : objects)
    PRAGMA application_id = \(applicationID);
    PRAGMA user_version = \(version);
    """
  }

  /// Makes the tables of an empty file, or brings those of an older version up to date, in one transaction.
  /// - Throws: ``StoreError`` for a file whose tables are not those of its version; it is left as it was then.
  static func bringUpToDate(_ pool: DatabasePool, path: String, _ watch: StoreWatch) throws {
    try pool.writeWithoutTransaction { db in
      guard try identity(db, path: path) != .store(version: version) else { return }
      // Where a table is replaced, the rows that refer to it stay.
      try db.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON")
      defer { try? db.execute(sql: "PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON") }
      try db.inTransaction(.immediate) {
        // Another process may have been faster.
        switch try identity(db, path: path) {
        case .empty:
          try db.execute(sql: statements(version: version))
          StoreLog.logger.debug("\(path): pages of \(pageSize) bytes")
        case .store(version: 1):
          try checkObjects(db, version: 1, path: path)
          let job = StoreJob(.upgrading, stages: [3, 1], watch.progress)
          defer { job.end() }
          try upgradeVersion1(db, job)
          StoreLog.logger.notice("\(path): brought up to date, from version 1 to \(version)")
        case .store: break
        }
        return .commit
      }
    }
  }
}
