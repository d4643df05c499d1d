public import RaggedCore
public import RaggedFormats

extension SequenceStore {
  /// Writes the selected sequences for other tools, or for another store. See `SequenceExport`.
  /// - Parameters:
  ///   - selection: the part of a dataset to write.
  ///   - export: the format and its options.
  ///   - destination: a file, replaced whole where it is there, or a function that takes text as it comes.
  ///   - monitor: asked before each sequence, told of every few hundred.
  /// - Throws: ``StoreError`` for names that do not exist, `ExportError` for data that the format cannot hold,
  ///   `WriterError` for a file that cannot be written, `Cancelled`. No file appears then.
  public func export(
    _ selection: SequenceSelection, as export: SequenceExport, to destination: SequenceExport.Destination,
    monitor: ProgressMonitor = .none
  ) throws -> ExportReport {
    try export.write(storedSource(selection), to: destination, monitor: monitor)
  }
}

extension StoreSource: ExportedSequences {
  package var furtherColumns: [RaggedCore.Column] { dataset.columns }
  package var classColumn: String { dataset.classColumn }
}

extension StoreSource {
  /// Bytes of sequences that are read at a time.
  private static let groupBytes = 1 << 20

  /// Calls `body` with one record after the other. Memory is that of the longest, or of a MiB of short ones.
  package func forEachRecord(_ body: (SequenceRecord) throws -> Void) throws {
    let (names, cells) = (RecordNames(signature), StoredCells(dataset))
    var start = 0
    while start < count {
      let group = group(from: start)
      let batch = try gather(Array(group))
      for (b, head) in try heads(group).enumerated() {
        var record = head
        record.take(b, of: batch, names)
        if !dataset.columns.isEmpty { record.cells = try self.cells(group.lowerBound + b, cells) }
        try body(record)
      }
      start = group.upperBound
    }
  }

  /// Calls `body` with one record after the other, without timesteps, target and validity, of which none is read.
  package func forEachHead(_ body: (SequenceRecord) throws -> Void) throws {
    var start = 0
    while start < count {
      let end = min(count, start + 256)
      for head in try heads(start..<end) { try body(head) }
      start = end
    }
  }

  /// Positions whose sequences fit into the bytes of a group, one at least.
  private func group(from start: Int) -> Range<Int> {
    var (end, bytes) = (start, 0)
    while end < count, end - start < 1024 {
      bytes += Int(lengths[end]) * shape.stepBytes + 64
      if end > start, bytes > StoreSource.groupBytes { break }
      end += 1
    }
    return start..<end
  }

  /// The cells of a sequence's further columns.
  private func cells(_ position: Int, _ cells: StoredCells) throws -> [RecordCells] {
    try snapshot.read { db in
      let row = try SQLStatement(
        cachedOn: db,
        "SELECT statics, \(SequenceBlobs.columns) FROM sequence JOIN sequence_data ON sequence_id = id WHERE id = ?")
      defer { row.reset() }
      row.bind(ids[position], at: 1)
      guard try row.step() else { throw gone(position) }
      let (blobs, length) = (row.blobs(from: 1), Int(lengths[position]))
      try shape.check(blobs, length: length, id: ids[position])
      return try cells.cells(blobs, row.isNull(0) ? nil : row.text(0), length: length, id: ids[position])
    }
  }

  private func heads(_ positions: Range<Int>) throws -> [SequenceRecord] {
    try rows(positions, columns: "key, split, weight, \"group\", metadata") { row in
      SequenceRecord(
        head: row.text(0), split: row.text(1), weight: row.isNull(2) ? nil : Float(row.double(2)),
        group: row.textUnlessNull(3), metadata: row.textUnlessNull(4))
    }
  }

  /// Whether any of the sequences has an invalid timestep. Reads the heads of the rows and no blob.
  package func hasInvalidTimesteps() throws -> Bool {
    try snapshot.read { db in
      let statement = try SQLStatement(
        cachedOn: db, "SELECT validity IS NOT NULL FROM sequence_data WHERE sequence_id = ?")
      for position in 0..<count {
        defer { statement.reset() }
        statement.bind(ids[position], at: 1)
        guard try statement.step() else { throw gone(position) }
        if statement.int64(0) != 0 { return true }
      }
      return false
    }
  }
}
