import GRDB
import RaggedCore

/// Divides the sequences of an import class by class, in the order of their keys' hashes.
///
/// The order lives in a temporary table, so that memory does not grow with the number of sequences.
struct StratifiedSplit {
  let fractions: [SplitFraction]
  let seed: UInt64

  /// Gives every sequence of the dataset from `firstID` on its split.
  /// - Parameter job: told how far it has come, as two stages.
  func assign(_ db: Database, datasetID: Int64, firstID: Int64, job: StoreJob? = nil) throws {
    try job?.begin(SelectionQuery.idRange(db))
    try db.execute(
      sql: """
        CREATE TEMP TABLE IF NOT EXISTS stratum (class INTEGER, hash INTEGER, key TEXT, sequence_id INTEGER);
        DELETE FROM temp.stratum;
        """)
    defer { try? db.execute(sql: "DELETE FROM temp.stratum") }
    let rows = try SQLStatement(
      db, "SELECT id, class, key FROM sequence NOT INDEXED WHERE dataset_id = ? AND id >= ? ORDER BY id")
    rows.bind(datasetID, at: 1)
    rows.bind(firstID, at: 2)
    let insertion = try SQLStatement(db, "INSERT INTO temp.stratum VALUES (?, ?, ?, ?)")
    var counts: [Int64: Int] = [:]
    while try rows.step() {
      let classIndex = rows.isNull(1) ? -1 : rows.int64(1)
      let key = rows.text(2)
      counts[classIndex, default: 0] += 1
      insertion.bind(classIndex, at: 1)
      insertion.bind(Int64(bitPattern: StableHash.of(key, seed: seed)), at: 2)
      insertion.bind(key, at: 3)
      insertion.bind(rows.int64(0), at: 4)
      try insertion.run()
      job?.reach(rows.int64(0))
    }
    job?.begin(0...Int64(counts.values.reduce(0, +)))
    var assigned: Int64 = 0
    let ordered = try SQLStatement(db, "SELECT sequence_id, class FROM temp.stratum ORDER BY class, hash, key")
    let search = try SQLStatement(db, "SELECT \(SequenceRow.columns) FROM sequence WHERE id = ?")
    let update = try SQLStatement(db, "UPDATE sequence SET split = ?, seal = ? WHERE id = ?")
    var (current, rank, cuts) = (Int64.min, 0, [Int]())
    while try ordered.step() {
      assigned += 1
      job?.reach(assigned)
      if ordered.int64(1) != current {
        current = ordered.int64(1)
        rank = 0
        cuts = self.cuts(count: counts[current] ?? 0)
      }
      let split = zip(fractions, cuts).first { rank < $1 }?.0 ?? fractions.last
      search.bind(ordered.int64(0), at: 1)
      guard try search.step() else { continue }
      var row = SequenceRow(search)
      search.reset()
      row.split = split?.name ?? ""
      update.bind(row.split, at: 1)
      update.bind(Int64(row.seal), at: 2)
      update.bind(row.id, at: 3)
      try update.run()
      rank += 1
    }
  }

  /// The rank at which each split ends.
  private func cuts(count: Int) -> [Int] {
    var end = 0.0
    return fractions.map { fraction in
      end += fraction.fraction
      return Int((min(end, 1) * Double(count)).rounded())
    }
  }
}
