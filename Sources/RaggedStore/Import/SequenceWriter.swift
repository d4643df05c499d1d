import GRDB

/// The statements that put sequences into the tables, compiled once an import.
struct SequenceWriter {
  /// Where a key is already.
  struct Place {
    var id: Int64
    var sourceID: Int64
    var source: String
    var line: Int
    var length: Int
    var cell: FigureCell
  }

  private let datasetID: Int64
  private let insertion: SQLStatement
  private let dataInsertion: SQLStatement
  private let search: SQLStatement
  private let deletion: SQLStatement
  private let db: Database

  init(_ db: Database, datasetID: Int64) throws {
    self.db = db
    self.datasetID = datasetID
    insertion = try SQLStatement(
      db,
      """
      INSERT INTO sequence (dataset_id, key, split, length, class, checksum, source_id, line, weight, "group", metadata)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    dataInsertion = try SQLStatement(
      db, "INSERT INTO sequence_data (sequence_id, input, target, validity) VALUES (?, ?, ?, ?)")
    search = try SQLStatement(
      db,
      """
      SELECT sequence.id, source_id, name, line, length, split, class FROM sequence JOIN source ON source.id = source_id
      WHERE sequence.dataset_id = ? AND key = ?
      """)
    deletion = try SQLStatement(db, "DELETE FROM sequence WHERE id = ?")
  }

  /// Stores one sequence.
  /// - Returns: false where the key is there already; nothing is stored then.
  /// - Throws: ``RecordFault`` for metadata that is no JSON object.
  func insert(
    _ record: SequenceRecord, _ encoded: EncodedSequence, _ blobs: SequenceBlobs, split: String, sourceID: Int64
  ) throws -> Bool {
    insertion.bind(datasetID, at: 1)
    insertion.bind(record.key, at: 2)
    insertion.bind(split, at: 3)
    insertion.bind(encoded.length, at: 4)
    if let index = encoded.classIndex { insertion.bind(Int64(index), at: 5) } else { insertion.bindNull(at: 5) }
    insertion.bind(Int64(blobs.checksum), at: 6)
    insertion.bind(sourceID, at: 7)
    insertion.bind(max(0, record.line), at: 8)
    if let weight = record.weight { insertion.bind(Double(weight), at: 9) } else { insertion.bindNull(at: 9) }
    insertion.bind(record.group, at: 10)
    insertion.bind(record.metadata, at: 11)
    do {
      try insertion.run()
    } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
      return false
    } catch let error as DatabaseError where error.message?.contains("metadata_is_an_object") == true {
      throw RecordFault("the metadata is not a JSON object: \(record.metadata?.prefix(40) ?? "")")
    }
    dataInsertion.bind(db.lastInsertedRowID, at: 1)
    dataInsertion.bind(uncopied: blobs.input, at: 2)
    if case .none = encoded.target {
      dataInsertion.bindNull(at: 3)
    } else {
      dataInsertion.bind(uncopied: blobs.target, at: 3)
    }
    if let validity = blobs.validity {
      dataInsertion.bind(uncopied: validity, at: 4)
    } else {
      dataInsertion.bindNull(at: 4)
    }
    try dataInsertion.run()
    return true
  }

  /// Where a key is, nil where it is new.
  func find(_ key: String) throws -> Place? {
    search.bind(datasetID, at: 1)
    search.bind(key, at: 2)
    defer { search.reset() }
    guard try search.step() else { return nil }
    return Place(
      id: search.int64(0), sourceID: search.int64(1), source: search.text(2), line: Int(search.int64(3)),
      length: Int(search.int64(4)),
      cell: FigureCell(
        split: search.text(5), classIndex: search.isNull(6) ? -1 : Int32(clamping: search.int64(6))))
  }

  /// Takes a sequence out again.
  func delete(_ id: Int64) throws {
    deletion.bind(id, at: 1)
    try deletion.run()
  }
}
