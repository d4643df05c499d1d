import GRDB
public import RaggedCore
import RaggedFormats

extension SequenceStore {
  /// Adds datasets of another store: all of them, or nothing. A dataset that is there already grows; its keys must be new.
  ///
  /// Keys, splits, groups, weights, metadata and validity come along; classes and tokens go by their names.
  /// - Parameters:
  ///   - other: the store to read from.
  ///   - datasets: their names; nil takes all.
  ///   - monitor: asked before each sequence, told of every few hundred.
  /// - Returns: a report a dataset, in the order of their names.
  /// - Throws: ``StoreError`` for names that are not there and for datasets that do not fit, `InputError` for a sequence
  ///   that does not, `Cancelled`; the store is as it was before then.
  public func merge(
    _ other: SequenceStore, datasets: [String]? = nil, monitor: ProgressMonitor = .none
  ) throws -> [ImportReport] {
    let names = try datasets ?? other.datasets().map(\.name)
    let total = try names.reduce(0) { try $0 + other.datasetInfo($1).sequences }
    var readers = try names.map { try StoredDatasetReader(other, dataset: $0) }
    return try write { db in
      var added = 0
      return try SequenceStore.withKeyCache(db) {
        try readers.indices.map { index in
          let counting = ProgressMonitor(isCancelled: { monitor.isCancelled }) { [before = added] in
            monitor.report(WorkProgress(.merging, before + $0.sequences, of: total, .sequences))
          }
          let session = ImportSession(
            db, dataset: names[index], path: path, options: ImportOptions(), monitor: counting)
          try session.add(&readers[index], named: other.path, reading: other.readings(names[index]).last)
          let report = try session.finish()
          added += report.sequences
          return report
        }
      }
    }
  }
}

/// The sequences of another store's dataset, as a file format.
struct StoredDatasetReader: SequenceReader {
  private let store: SequenceStore
  private let dataset: StoredDataset
  /// What comes before every key.
  private let prefix: String
  private let snapshot: StoreSnapshot
  private let shape: BlobShape
  private let names: RecordNames
  private let cells: StoredCells
  private var waiting: [SequenceRecord] = []
  private var lastID = Int64.min
  private(set) var bytesRead = 0
  /// Sequences read at a time.
  private static let chunk = 64

  init(_ store: SequenceStore, dataset name: String, prefix: String = "") throws {
    (self.store, self.prefix) = (store, prefix)
    snapshot = try StoreSnapshot(store, conditions: false)
    dataset = try snapshot.read { try StoredDataset.fetch($0, named: name, path: store.path) }
    shape = BlobShape(dataset)
    names = RecordNames(dataset.signature)
    cells = StoredCells(dataset)
  }

  func description() -> InputDescription {
    let declared = dataset.hasDeclaredClasses ? dataset.signature.target.names : nil
    return InputDescription(
      input: InputDescription.Input(dataset.signature.input),
      target: InputDescription.Target(dataset.signature.target, declared: declared),
      columns: dataset.columns.map { Column($0.name, $0.kind, per: $0.extent, role: $0.role) },
      classColumn: dataset.classColumn)
  }

  mutating func next() throws -> SequenceRecord? {
    if waiting.isEmpty {
      do {
        waiting = try read().reversed()
      } catch let error as StoreError {
        throw InputError(file: store.path, problem: error.message, isFatal: true, failureClass: error.failureClass)
      }
    }
    return waiting.popLast()
  }

  private mutating func read() throws -> [SequenceRecord] {
    let (last, id) = (lastID, dataset.id)
    let records = try snapshot.read { db in
      let rows = try SQLStatement(
        db,
        """
        SELECT \(SequenceRow.columns), \(SequenceBlobs.columns)
        FROM sequence NOT INDEXED JOIN sequence_data ON sequence_id = id
        WHERE dataset_id = ? AND id > ? ORDER BY id LIMIT \(Self.chunk)
        """, arguments: [id, last])
      return try rows.map { row in
        let blobs = row.blobs(from: SequenceRow.columnCount)
        return (row.int64(0), blobs.input.count, try record(SequenceRow(row), blobs))
      }
    }
    for (id, bytes, _) in records {
      lastID = id
      bytesRead += bytes
    }
    return records.map(\.2)
  }

  private func record(_ row: SequenceRow, _ blobs: SequenceBlobs) throws -> SequenceRecord {
    try shape.check(blobs, length: Int(row.length), id: row.id)
    func damaged(_ problem: String) -> StoreError {
      StoreError(.damaged, "\(store.path): key \"\(row.key)\": \(problem)")
    }
    func coded(_ codes: some Sequence<Int32>, _ names: [String], _ what: String) throws -> Categories {
      guard let wrong = codes.first(where: { !names.indices.contains(Int($0)) }) else {
        return Categories(codes: Array(codes), names: names)
      }
      throw damaged("\(what) is \(wrong), expected 0 to \(names.count - 1)")
    }
    let classCount = dataset.signature.target.names.count
    func classes(_ indices: some Sequence<Int32>) throws -> Categories {
      if let wrong = indices.first(where: { $0 < BatchTargets.unobservedClass || $0 >= classCount }) {
        throw damaged("its class is \(wrong), expected 0 to \(classCount - 1), or -1 where it is missing")
      }
      return names.categories(indices)
    }
    let input: RecordInput =
      switch InputDescription.Input(dataset.signature.input) {
      case .features(let names): .values(blobs.values, featureCount: names.count)
      case .tokens: .tokens(Array(blobs.input.numbers(Int32.self)))
      case .text: .texts(try coded(blobs.input.numbers(Int32.self), names.tokens ?? [], "a token"))
      }
    let target: RecordTarget =
      switch dataset.signature.target {
      case .none, .labels, .several: .none
      case .classPerSequence:
        .classPerSequence(try classes([row.classIndex.map { Int32(clamping: $0) } ?? BatchTargets.unobservedClass]))
      case .classPerTimestep: .classPerTimestep(try classes(blobs.target.numbers(Int32.self)))
      case .valuesPerSequence: .values(Array(blobs.target.numbers(Float.self)))
      case .valuesPerTimestep(let names): .stepValues(Array(blobs.target.numbers(Float.self)), width: names.count)
      }
    return SequenceRecord(
      key: prefix + row.key, input: input, target: target,
      cells: try cells.cells(blobs, row.statics, length: Int(row.length), id: row.id),
      weight: row.weight.map { Float($0) },
      validity: blobs.validity.map { $0.map { $0 != 0 } }, split: row.split, group: row.group, metadata: row.metadata,
      line: Int(row.line), length: Int(row.length))
  }
}
