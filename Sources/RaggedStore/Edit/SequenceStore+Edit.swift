import GRDB
import Logging
import RaggedCore
import RaggedFormats

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
      try job(.deleting, stages: [2, 3]) { job in
        // By hand, for a cascade would look every row up in turn.
        let selected = "SELECT id FROM sequence NOT INDEXED WHERE dataset_id = ?1 AND id BETWEEN ?2 AND ?3"
        for sql in [
          "DELETE FROM sequence_data WHERE sequence_id IN (\(selected))",
          "DELETE FROM sequence NOT INDEXED WHERE dataset_id = ?1 AND id BETWEEN ?2 AND ?3",
        ] {
          let range = try SelectionQuery.idRange(db)
          job.begin(range)
          for part in range.parts {
            try db.execute(sql: sql, arguments: [found.id, part.lowerBound, part.upperBound])
            job.reach(part.upperBound)
          }
        }
      }
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
      try job(.deleting, stages: selection.condition == nil ? [1, 3, 4] : [1, 1, 3, 4]) { job in
        let query = try SelectionQuery(db, selection, store: self, evaluator: nil, job: job)
        var ids: [Int64] = []
        try query.forEachRow(db, columns: "length", job: job) { ids.append($0.int64(0)) }
        try delete(db, ids, of: query.dataset, job)
        return ids.count
      }
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
      return try job(.deleting, stages: [3, 4]) { job in
        let ids = try SQLStatement(
          db,
          """
          SELECT id FROM sequence NOT INDEXED
          WHERE dataset_id = ? AND source_id IN (SELECT source_id FROM unfinished_import) ORDER BY id
          """, arguments: [found.id]
        ).map { $0.int64(0) }
        try delete(db, ids, of: found, job)
        return ids.count
      }
    }
  }

  /// Deletes sequences, in two stages of a job.
  private func delete(_ db: Database, _ ids: [Int64], of dataset: StoredDataset, _ job: StoreJob) throws {
    let deletions = try ["DELETE FROM sequence_data WHERE sequence_id = ?", "DELETE FROM sequence WHERE id = ?"].map {
      try SQLStatement(db, $0)
    }
    job.begin(0...Int64(ids.count))
    for (index, id) in ids.enumerated() {
      for deletion in deletions {
        deletion.bind(id, at: 1)
        try deletion.run()
      }
      job.reach(Int64(index))
    }
    // An import of which nothing is left has not begun.
    try db.execute(
      sql: """
        DELETE FROM unfinished_import WHERE source_id IN (SELECT id FROM source WHERE dataset_id = ?1)
          AND source_id NOT IN (SELECT source_id FROM sequence NOT INDEXED WHERE dataset_id = ?1)
        """, arguments: [dataset.id])
    if !ids.isEmpty { try keepFiguresAnew(db, of: dataset, job) }
  }

  /// Gives a dataset another name. Runs keep the name under which they were trained.
  /// - Throws: ``StoreError`` where there is no such dataset, where the new name is taken or empty.
  public func rename(dataset: String, to name: String) throws {
    try write { db in
      let found = try StoredDataset.fetch(db, named: dataset, path: path)
      guard !name.isEmpty else { throw StoreError(.invalidOption, "a dataset needs a name") }
      guard try name.isExactly(dataset) || StoredDataset.find(db, named: name, path: path) == nil else {
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
    return try write { db in
      let found = try StoredDataset.fetch(db, named: dataset, path: path)
      if case .hashed(let fractions, let seed, by: .keyWithinClass) = assignment {
        guard case .classPerSequence = found.signature.target else {
          throw StoreError(
            .invalidOption,
            "a stratified split needs a class per sequence; the target of dataset \"\(dataset)\" is "
              + found.signature.target.kindSummary)
        }
        try job(.splitting, stages: [2, 3, 6, 1]) { job in
          let split = StratifiedSplit(fractions: fractions, seed: seed)
          try split.assign(db, datasetID: found.id, firstID: .min, job: job)
          try keepFiguresAnew(db, of: found, job)
        }
      } else {
        try job(.splitting, stages: [6, 1]) { job in
          try assign(db, found, assignment, job)
          try keepFiguresAnew(db, of: found, job)
        }
      }
      // Within the transaction: what fails takes the division back, and nothing is left to fail after it.
      return try info(db, dataset).splits
    }
  }

  private func assign(_ db: Database, _ dataset: StoredDataset, _ assignment: SplitAssignment, _ job: StoreJob) throws {
    job.begin(try SelectionQuery.idRange(db))
    let rows = try SQLStatement(
      db, "SELECT \(SequenceRow.columns) FROM sequence NOT INDEXED WHERE dataset_id = ? ORDER BY id",
      arguments: [dataset.id])
    let update = try SQLStatement(db, "UPDATE sequence SET split = ?, seal = ? WHERE id = ?")
    while try rows.step() {
      var row = SequenceRow(rows)
      row.split = assignment.split(of: SequenceRecord(head: row.key, group: row.group))
      update.bind(row.split, at: 1)
      update.bind(Int64(row.seal), at: 2)
      update.bind(row.id, at: 3)
      try update.run()
      job.reach(row.id)
    }
  }

  /// Makes the figures of a dataset from its data. O(timesteps).
  private func keepFiguresAnew(_ db: Database, of dataset: StoredDataset, _ job: StoreJob) throws {
    var figures = KeptFigures(dataset)
    try figures.makeAnew(db, dataset, job: job)
  }
}

extension SequenceStore {
  /// What ``compact()`` came to.
  public struct Compaction: Sendable, Equatable {
    /// Bytes of the store before and after.
    public var before, after: Int
    /// Whether the file has that size already. Where another connection still reads the store as it was, the file shrinks
    /// when it is opened for writing after that.
    public var isDone: Bool
  }

  /// Writes the file anew without the room that deleted sequences left, and empties the write-ahead log: all or nothing.
  /// Needs twice as much free room as the file takes: for a copy, and for the log through which the copy comes back. Another
  /// writer is waited for. Readers of snapshots go on, and are not waited for.
  /// - Throws: ``StoreError`` where the file cannot be written or another process writes to it.
  @discardableResult
  public func compact() throws -> Compaction {
    guard mode != .readOnly else { throw StoreError(.readOnly, "\(path): is open for reading only") }
    return try translatingErrors {
      try database.writeWithoutTransaction { db in
        try checkPlace(db)
        let before = try db.fileBytes()
        // So that the log takes no more room than the copy.
        _ = try emptyLog(db)
        try job(.compacting, stages: [2, 3]) { try vacuum(db, $0) }
        StoreLog.logger.debug("\(path): written anew")
        return Compaction(before: before, after: try db.fileBytes(), isDone: try emptyLog(db))
      }
    }
  }

  /// SQLite writes each page to a copy, from there through the log, and from the log to its place. Only the copy is told of
  /// and can be ended: about two fifths of the time. The rest is one call without a question.
  private func vacuum(_ db: Database, _ job: StoreJob) throws {
    // Each row of the tables of sequences and of their keys' index takes five instructions, however long it is.
    let interval: Int32 = 10
    job.begin(0...Int64(15 * (try Int.fetchOne(db, sql: "SELECT count(*) FROM sequence") ?? 0)))
    var done: Int64 = 0
    let copying = CancellationHook { [monitor] in
      done += Int64(interval)
      job.reach(done)
      return monitor.isCancelled
    }
    copying.install(on: db, every: interval)
    defer { hook.install(on: db) }
    try withExtendedLifetime(copying) { try db.execute(sql: "VACUUM") }
  }

  /// Moves what the write-ahead log holds to its place, and makes the log empty. That keeps other writers out, who may hold
  /// the snapshot for which it would have to wait: so it does not wait.
  /// - Returns: false where a reader or another writer was in the way.
  private func emptyLog(_ db: Database) throws -> Bool {
    patience.seconds = 0
    defer { patience.seconds = busyTimeout }
    return try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
  }
}
