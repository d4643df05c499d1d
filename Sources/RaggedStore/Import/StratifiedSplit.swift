import GRDB
import RaggedCore

/// Divides the sequences of an import class by class, in the order of their keys' hashes.
///
/// The order lives in a temporary table, so that memory does not grow with the number of sequences.
struct StratifiedSplit {
  let fractions: [SplitFraction]
  let seed: UInt64

  /// Gives every sequence of the dataset from `firstID` on its split.
  /// - Parameter job: told how far it has come, as three stages.
  func assign(_ db: Database, datasetID: Int64, firstID: Int64, job: StoreJob? = nil) throws {
    try job?.begin(SelectionQuery.idRange(db))
    try db.execute(
      sql: """
        CREATE TEMP TABLE IF NOT EXISTS stratum (class INTEGER, hash INTEGER, key TEXT);
        DELETE FROM temp.stratum;
        """)
    defer { try? db.execute(sql: "DELETE FROM temp.stratum") }
    let rows = try SQLStatement(
      db, "SELECT \(SequenceRow.columns) FROM sequence NOT INDEXED WHERE dataset_id = ? AND id >= ? ORDER BY id")
    rows.bind(datasetID, at: 1)
    rows.bind(firstID, at: 2)
    let insertion = try SQLStatement(db, "INSERT INTO temp.stratum VALUES (?, ?, ?)")
    var counts: [Int64: Int] = [:]
    while try rows.step() {
      let place = place(of: SequenceRow(rows))
      counts[place.classIndex, default: 0] += 1
      insertion.bind(place.classIndex, at: 1)
      insertion.bind(place.hash, at: 2)
      insertion.bind(place.key, at: 3)
      try insertion.run()
      job?.reach(rows.int64(0))
    }
    let ends = try ends(db, counts, job)
    try job?.begin(SelectionQuery.idRange(db))
    rows.reset()
    let update = try SQLStatement(db, "UPDATE sequence SET split = ?, seal = ? WHERE id = ?")
    while try rows.step() {
      var row = SequenceRow(rows)
      let place = place(of: row)
      let index = ends[place.classIndex]?.firstIndex { end in end.map { place < $0 } ?? true }
      row.split = (index.map { fractions[$0] } ?? fractions.last)?.name ?? ""
      update.bind(row.split, at: 1)
      update.bind(Int64(row.seal), at: 2)
      update.bind(row.id, at: 3)
      try update.run()
      job?.reach(row.id)
    }
  }

  /// Where a sequence stands in the order of its class: by hash, and by key where two hashes are the same.
  private struct Place: Comparable {
    var classIndex: Int64
    var hash: Int64
    var key: String

    static func < (left: Place, right: Place) -> Bool {
      // Keys as SQLite orders them.
      left.hash == right.hash ? left.key.utf8.lexicographicallyPrecedes(right.key.utf8) : left.hash < right.hash
    }
  }

  private func place(of row: SequenceRow) -> Place {
    Place(
      classIndex: row.classIndex ?? -1, hash: Int64(bitPattern: StableHash.of(row.key, seed: seed)), key: row.key)
  }

  /// For each class and split the first sequence behind the split, nil where the split goes to the end.
  private func ends(_ db: Database, _ counts: [Int64: Int], _ job: StoreJob?) throws -> [Int64: [Place?]] {
    job?.begin(0...Int64(counts.values.reduce(0, +)))
    let ordered = try SQLStatement(db, "SELECT class, hash, key FROM temp.stratum ORDER BY class, hash, key")
    var ends: [Int64: [Place?]] = [:]
    var (current, rank, visited, cuts) = (Int64.min, 0, Int64(0), [Int]())
    while try ordered.step() {
      if ordered.int64(0) != current {
        current = ordered.int64(0)
        rank = 0
        cuts = self.cuts(count: counts[current] ?? 0)
        ends[current] = Array(repeating: nil, count: cuts.count)
      }
      for (index, cut) in cuts.enumerated() where cut == rank {
        ends[current]?[index] = Place(classIndex: current, hash: ordered.int64(1), key: ordered.text(2))
      }
      rank += 1
      visited += 1
      job?.reach(visited)
    }
    return ends
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
