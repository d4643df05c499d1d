import GRDB
import RaggedCore

extension SequenceStore {
  /// Deletes a dataset with all that belongs to it. Runs that were trained on it stay, with its name.
  /// - Returns: how many sequences it had.
  /// - Throws: ``StoreError`` where there is no such dataset or the file cannot be written; nothing is deleted then.
  @discardableResult
  public func delete(dataset: String) throws -> Int {
    try write { db in
      let found = try StoredDataset.fetch(db, named: dataset, path: path)
      let count = try SelectionQuery(db, SequenceSelection(dataset: dataset), store: self).countOfRows(db)
      // By hand, for a cascade would look every row up in turn.
      try db.execute(
        sql: """
          DELETE FROM sequence_data WHERE sequence_id IN (SELECT id FROM sequence NOT INDEXED WHERE dataset_id = ?1);
          """, arguments: [found.id])
      try db.execute(sql: "DELETE FROM sequence WHERE dataset_id = ?", arguments: [found.id])
      try db.execute(sql: "DELETE FROM dataset WHERE id = ?", arguments: [found.id])
      return count
    }
  }

  /// Deletes some sequences of a dataset; its classes and vocabulary stay as they are. O(sequences of the dataset).
  /// - Returns: how many were deleted.
  /// - Throws: ``StoreError`` as a selection does, or where the file cannot be written; nothing is deleted then.
  @discardableResult
  public func deleteSequences(_ selection: SequenceSelection) throws -> Int {
    try write { db in
      let query = try SelectionQuery(db, selection, store: self)
      var ids: [Int64] = []
      try query.forEachRow(db, columns: "length") { ids.append($0.int64(0)) }
      let deletions = try ["DELETE FROM sequence_data WHERE sequence_id = ?", "DELETE FROM sequence WHERE id = ?"].map {
        try SQLStatement(db, $0)
      }
      for id in ids {
        for deletion in deletions {
          deletion.bind(id, at: 1)
          try deletion.run()
        }
      }
      if !ids.isEmpty { try keepFiguresAnew(db, of: query.dataset) }
      return ids.count
    }
  }

  /// Gives a dataset another name. Runs keep the name under which they were trained.
  /// - Throws: ``StoreError`` where there is no such dataset, where the new name is taken or empty.
  public func rename(dataset: String, to name: String) throws {
    try write { db in
      let found = try StoredDataset.fetch(db, named: dataset, path: path)
      guard !name.isEmpty else { throw StoreError(.invalidOption, "a dataset needs a name") }
      guard try name == dataset || StoredDataset.find(db, named: name, path: path) == nil else {
        throw StoreError(.mismatch, "\(path): there is a dataset \"\(name)\" already")
      }
      try db.execute(sql: "UPDATE dataset SET name = ? WHERE id = ?", arguments: [name, found.id])
    }
  }

  /// Divides all sequences of a dataset into splits anew.
  /// - Parameter assignment: a split for all, or shares by a hash of the key or group; ``SplitAssignment/fromRecord(default:)``
  ///   has no record to look at.
  /// - Returns: how many sequences each split has now, in the order of their names.
  /// - Throws: ``StoreError`` for an assignment without a meaning and where the file cannot be written; nothing is changed then.
  @discardableResult
  public func resplit(dataset: String, _ assignment: SplitAssignment) throws -> [DatasetInfo.Split] {
    try assignment.validate()
    if case .fromRecord = assignment {
      throw StoreError(.invalidOption, "sequences that are stored have no record to take their split from")
    }
    try write { db in
      let found = try StoredDataset.fetch(db, named: dataset, path: path)
      if case .hashed(let fractions, let seed, by: .keyWithinClass) = assignment {
        guard case .classPerSequence = found.signature.target else {
          throw StoreError(
            .invalidOption,
            "a stratified split needs a class a sequence; the target of dataset \"\(dataset)\" is "
              + found.signature.target.kindSummary)
        }
        try StratifiedSplit(fractions: fractions, seed: seed).assign(db, datasetID: found.id, firstID: .min)
      } else {
        try assign(db, found, assignment)
      }
      try keepFiguresAnew(db, of: found)
    }
    return try datasetInfo(dataset).splits
  }

  private func assign(_ db: Database, _ dataset: StoredDataset, _ assignment: SplitAssignment) throws {
    let rows = try SQLStatement(
      db, "SELECT \(SequenceRow.columns) FROM sequence NOT INDEXED WHERE dataset_id = ? ORDER BY id")
    rows.bind(dataset.id, at: 1)
    let update = try SQLStatement(db, "UPDATE sequence SET split = ?, seal = ? WHERE id = ?")
    while try rows.step() {
      var row = SequenceRow(rows)
      row.split = assignment.split(of: SequenceRecord(key: row.key, input: .tokens([]), group: row.group))
      update.bind(row.split, at: 1)
      update.bind(Int64(row.seal), at: 2)
      update.bind(row.id, at: 3)
      try update.run()
    }
  }

  /// Makes the figures of a dataset from its data. O(timesteps).
  private func keepFiguresAnew(_ db: Database, of dataset: StoredDataset) throws {
    var figures = KeptFigures(shape: BlobShape(dataset.signature), datasetID: dataset.id)
    try figures.makeAnew(db, classCount: dataset.signature.target.names.count)
  }

  /// Writes the file anew without the room that deleted sequences left, and empties the write-ahead log: all or nothing.
  /// Needs as much free room beside it as the file takes.
  /// - Returns: bytes of the file before and after.
  /// - Throws: ``StoreError`` where the file cannot be written or another process holds it.
  @discardableResult
  public func compact() throws -> (before: Int, after: Int) {
    guard mode != .readOnly else { throw StoreError(.readOnly, "\(path): is open for reading only") }
    return try translatingErrors {
      func size(_ db: Database) throws -> Int {
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        return try pages * (Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
      }
      return try database.writeWithoutTransaction { db in
        let before = try size(db)
        try db.execute(sql: "VACUUM")
        try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        StoreLog.logger.debug("\(path): written anew")
        return (before, try size(db))
      }
    }
  }
}
