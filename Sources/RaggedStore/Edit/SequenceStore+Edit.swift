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
      let count = try SelectionQuery(db, SequenceSelection(dataset: dataset), store: self, evaluator: nil)
        .countOfRows(db)
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
      let query = try SelectionQuery(db, selection, store: self, evaluator: nil)
      var ids: [Int64] = []
      try query.forEachRow(db, columns: "length") { ids.append($0.int64(0)) }
      try delete(db, ids, of: query.dataset)
      return ids.count
    }
  }

  /// Deletes what resumable imports that ended early stored in a dataset, so that their files can be imported from the
  /// start. Sequences that such an import replaced do not come back. O(sequences of the dataset).
  /// - Returns: how many were deleted.
  /// - Throws: ``StoreError`` where there is no such dataset or the file cannot be written; nothing is deleted then.
  @discardableResult
  public func deleteUnfinished(dataset: String) throws -> Int {
    try write { db in
      let found = try StoredDataset.fetch(db, named: dataset, path: path)
      let ids = try SQLStatement(
        db,
        """
        SELECT id FROM sequence NOT INDEXED
        WHERE dataset_id = ? AND source_id IN (SELECT source_id FROM unfinished_import) ORDER BY id
        """, arguments: [found.id]
      ).map { $0.int64(0) }
      try delete(db, ids, of: found)
      return ids.count
    }
  }

  private func delete(_ db: Database, _ ids: [Int64], of dataset: StoredDataset) throws {
    let deletions = try ["DELETE FROM sequence_data WHERE sequence_id = ?", "DELETE FROM sequence WHERE id = ?"].map {
      try SQLStatement(db, $0)
    }
    for id in ids {
      for deletion in deletions {
        deletion.bind(id, at: 1)
        try deletion.run()
      }
    }
    // An import of which nothing is left has not begun.
    try db.execute(
      sql: """
        DELETE FROM unfinished_import WHERE source_id IN (SELECT id FROM source WHERE dataset_id = ?1)
          AND source_id NOT IN (SELECT source_id FROM sequence NOT INDEXED WHERE dataset_id = ?1)
        """, arguments: [dataset.id])
    if !ids.isEmpty { try keepFiguresAnew(db, of: dataset) }
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
  /// - Parameters:
  ///   - dataset: its name.
  ///   - assignment: a split for all, or shares by a hash of the key or group; ``SplitAssignment/fromRecord(default:)``
  ///     has no record to look at.
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

  /// What ``compact()`` came to.
  public struct Compaction: Sendable, Equatable {
    /// Bytes of the store before and after.
    public var before, after: Int
    /// Whether the file has that size already. Where another connection still reads the store as it was, the file shrinks
    /// when it is opened for writing after that.
    public var isDone: Bool
  }

  /// Writes the file anew without the room that deleted sequences left, and empties the write-ahead log: all or nothing.
  /// Needs twice as much free room as the file takes: for a copy, and for the log through which the copy comes back. Readers
  /// of snapshots go on; they are waited for as a writer is.
  /// - Throws: ``StoreError`` where the file cannot be written or another process writes to it.
  @discardableResult
  public func compact() throws -> Compaction {
    guard mode != .readOnly else { throw StoreError(.readOnly, "\(path): is open for reading only") }
    return try translatingErrors {
      func size(_ db: Database) throws -> Int {
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        return try pages * (Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
      }
      return try database.writeWithoutTransaction { db in
        let before = try size(db)
        try db.execute(sql: "VACUUM")
        StoreLog.logger.debug("\(path): written anew")
        // Its first column says whether a reader or another writer was in the way.
        let isBusy = try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") ?? 0
        return Compaction(before: before, after: try size(db), isDone: isBusy == 0)
      }
    }
  }
}
