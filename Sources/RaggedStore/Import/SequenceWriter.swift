import GRDB
import RaggedCore
import RaggedFormats

/// A sequence on its way into the tables, without its blobs. An object, since what lends the blobs would copy a value for
/// each of them.
final class SequenceEntry {
  let record: SequenceRecord
  let length: Int
  let classIndex: Int32?
  let split: String
  let sourceID: Int64
  /// The text of the columns per sequence, and their cells.
  let statics: String?
  let cells: StaticCells
  /// Classes that there are by now.
  let classCount: Int

  init(
    _ record: SequenceRecord, length: Int, classIndex: Int32?, split: String, sourceID: Int64, statics: String?,
    cells: StaticCells, classCount: Int
  ) {
    (self.record, self.length, self.classIndex, self.split) = (record, length, classIndex, split)
    (self.sourceID, self.statics, self.cells, self.classCount) = (sourceID, statics, cells, classCount)
  }
}

/// The statements that put sequences into the tables, compiled once an import.
struct SequenceWriter {
  struct Place {
    var id: Int64
    var sourceID: Int64
    var source: String
    var line: Int
    var length: Int
    var cell: FigureCell
  }

  private let datasetID: Int64
  /// Whether the target has a blob.
  private let hasTarget: Bool
  private let insertion: SQLStatement
  private let dataInsertion: SQLStatement
  private let search: SQLStatement
  private let deletion: SQLStatement
  /// The id of the next sequence.
  private(set) var nextID: Int64

  /// Statements whose first sequence gets the id `firstID`.
  init(_ db: Database, _ dataset: StoredDataset, firstID: Int64) throws {
    datasetID = dataset.id
    hasTarget = dataset.signature.target.hasBlob
    nextID = firstID
    insertion = try SQLStatement(db, SequenceRow.insertion)
    dataInsertion = try SQLStatement(
      db, "INSERT INTO sequence_data (sequence_id, \(SequenceBlobs.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
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
  /// - Throws: `RecordFault` for metadata that is no JSON object.
  mutating func insert(_ entry: SequenceEntry, _ blobs: SequenceBlobs) throws -> Bool {
    let record = entry.record
    let row = SequenceRow(
      id: nextID, datasetID: datasetID, key: record.key, split: entry.split, length: Int64(entry.length),
      classIndex: entry.classIndex.map(Int64.init), checksum: Int64(blobs.checksum), sourceID: entry.sourceID,
      line: Int64(max(0, record.line)), weight: record.weight.map(Double.init), group: record.group,
      metadata: record.metadata, statics: entry.statics)
    row.bind(to: insertion)
    do {
      try insertion.run()
    } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
      return false
    } catch let error as DatabaseError where error.message?.contains("metadata_is_an_object") == true {
      throw RecordFault("the metadata is not a JSON object: \(record.metadata?.prefix(40) ?? "")")
    }
    dataInsertion.bind(nextID, at: 1)
    nextID += 1
    dataInsertion.bind(uncopied: blobs, hasTarget: hasTarget, from: 2)
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
