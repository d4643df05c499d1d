import GRDB
import RaggedCore

/// Makes anew what follows from the rest of a store, and moves the rest of what is wrong out of the way. It runs inside
/// the caller's transaction, without foreign keys and CHECK constraints.
struct StoreRepair {
  /// Tables that can be made anew: those whose rows follow from the data, and that of what earlier repairs moved.
  static let derivedTables = Set(KeptFigures.tables + ["quarantine"])

  private let db: Database
  /// What was done, a sentence each.
  private(set) var actions: [String] = []

  init(_ db: Database) { self.db = db }

  mutating func run(_ found: StoreInspection) throws {
    try repairObjects(found.differences)
    // Rows are found by indexes. Where one cannot be built, because two damaged keys are the same, that is over when
    // they are gone.
    try? db.execute(sql: "REINDEX")
    try moveDamaged(found.damaged)
    try moveOrphans()
    try replaceSources()
    try db.execute(sql: "REINDEX")
    if found.report.problems.contains(where: { $0.kind == .file }) { actions.append("built all indexes anew") }
    try keepFigures(found)
  }

  private mutating func repairObjects(_ differences: [StoreSchema.Difference]) throws {
    func drop(_ difference: StoreSchema.Difference) throws {
      let name = difference.name.replacing("\"", with: "\"\"")
      try db.execute(sql: "DROP \(difference.type.uppercased()) \"\(name)\"")
    }
    let foreign = differences.filter(\.isForeign)
    for difference in foreign { try drop(difference) }
    // What an earlier repair moved is not thrown away, whatever the table looks like.
    for difference in differences
    where !difference.isForeign && (difference.found == nil || difference.name != "quarantine") {
      if difference.found != nil { try drop(difference) }
      try db.execute(sql: difference.expected ?? "")
      actions.append("made \(difference.type) \"\(difference.name)\" anew")
    }
    for difference in foreign {
      try quarantine(
        "a \(difference.type) \"\(difference.name)\", which no Ragged store has: \(difference.found ?? "")")
      actions.append("removed \(difference.type) \"\(difference.name)\"; its text is in \"quarantine\"")
    }
  }

  private func quarantine(_ reason: String) throws {
    try db.execute(sql: "INSERT INTO quarantine (reason) VALUES (?)", arguments: [reason])
  }

  private mutating func moveDamaged(_ damaged: [Int64: String]) throws {
    let columns = SequenceRow.columns.replacing("id, ", with: "", maxReplacements: 1) + ", seal"
    let row = try SQLStatement(
      db,
      """
      INSERT INTO quarantine (reason, sequence_id, dataset, \(columns))
      SELECT ?1, id, (SELECT name FROM dataset WHERE dataset.id = dataset_id), \(columns) FROM sequence WHERE id = ?2
      """)
    let data = try SQLStatement(
      db,
      """
      UPDATE quarantine SET (\(SequenceBlobs.columns)) =
        (SELECT \(SequenceBlobs.columns) FROM sequence_data WHERE sequence_data.sequence_id = ?1)
      WHERE id = ?2
      """)
    let deletions = try ["DELETE FROM sequence WHERE id = ?", "DELETE FROM sequence_data WHERE sequence_id = ?"].map {
      try SQLStatement(db, $0)
    }
    for (id, reason) in damaged.sorted(by: { $0.key < $1.key }) {
      row.bind(reason, at: 1)
      row.bind(id, at: 2)
      try row.run()
      data.bind(id, at: 1)
      data.bind(db.lastInsertedRowID, at: 2)
      try data.run()
      for deletion in deletions {
        deletion.bind(id, at: 1)
        try deletion.run()
      }
    }
    if !damaged.isEmpty {
      actions.append("moved \(damaged.count.counted("damaged sequence")) to \"quarantine\"")
    }
  }

  private mutating func moveOrphans() throws {
    let orphans = "FROM sequence_data WHERE sequence_id NOT IN (SELECT id FROM sequence NOT INDEXED)"
    try db.execute(
      sql: """
        INSERT INTO quarantine (reason, sequence_id, \(SequenceBlobs.columns))
        SELECT 'it has no row in sequence', sequence_id, \(SequenceBlobs.columns) \(orphans);
        DELETE \(orphans)
        """)
    let count = db.changesCount
    if count > 0 { actions.append("moved data without a sequence to \"quarantine\": \(count)") }
  }

  /// Where the row of a file is gone, its sequences are still good.
  private mutating func replaceSources() throws {
    try db.execute(
      sql: """
        INSERT INTO source (id, dataset_id, name) SELECT source_id, min(dataset_id), 'lost' FROM sequence
        WHERE source_id NOT IN (SELECT id FROM source) GROUP BY source_id
        """)
    let count = db.changesCount
    if count > 0 { actions.append("gave the name \"lost\" to files that are not in \"source\": \(count)") }
  }

  private mutating func keepFigures(_ found: StoreInspection) throws {
    // The figures of a dataset that contradicts itself stay: there is nothing to make them from.
    let kept = found.names.keys.filter { found.datasets[$0] == nil }.map(String.init).joined(separator: ", ")
    for table in KeptFigures.tables {
      try db.execute(sql: "DELETE FROM \(table) WHERE dataset_id NOT IN (\(kept))")
    }
    for (id, dataset) in found.datasets.sorted(by: { $0.key < $1.key }) {
      var figures = found.figures[id]
      try figures?.keep(db, dataset, firstID: Int64.min)
    }
    actions.append("made the kept figures anew")
  }
}
