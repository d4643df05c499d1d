import GRDB

extension StoreSchema {
  /// Turns the tables of version 1 into those of version 2: every sequence gets its seal, and the index of figures
  /// gives way to counts.
  static func upgradeVersion1(_ db: Database, _ job: StoreJob? = nil) throws {
    try job?.begin(SelectionQuery.idRange(db))
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS grdb_migrations;
        DROP VIEW sequences;
        DROP INDEX sequence_figures;
        ALTER TABLE sequence RENAME TO sequence_of_version_1;
        \(sequenceTable)
        \(lengthCountTable)
        \(quarantineTable)
        \(unfinishedTable)
        """)
    let rows = try SQLStatement(db, "SELECT \(SequenceRow.columns) FROM sequence_of_version_1 ORDER BY id")
    let insertion = try SQLStatement(db, SequenceRow.insertion)
    while try rows.step() {
      SequenceRow(rows).bind(to: insertion)
      try insertion.run()
      job?.reach(rows.int64(0))
    }
    rows.reset()
    job?.begin(0...1)
    try db.execute(
      sql: """
        DROP TABLE sequence_of_version_1;
        \(sequencesView)
        INSERT INTO length_count
          SELECT dataset_id, split, coalesce(class, -1), length, count(*) FROM sequence GROUP BY 1, 2, 3, 4;
        PRAGMA user_version = 2;
        """)
  }
}
