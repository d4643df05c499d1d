/// Writes a Parquet file: rows come in batches of columns, and go out in row groups of bounded size.
///
/// A class, since it moves on. A file without ``finish()`` is none: its metadata are missing.
public final class ParquetWriter {
  private let output: any ParquetOutput
  private let options: ParquetWriterOptions
  private let chunks: [ChunkWriter]
  private var footer: FooterWriter
  private var offset = 4
  private var rowsInGroup = 0
  private var isFinished = false
  /// Why the file is not whole any more.
  private var failure: (any Error)?

  /// Begins a file.
  /// - Throws: ``ParquetError`` of kind ``ParquetError/Kind/usage`` where there are no columns, or two of one name.
  public init(
    _ output: any ParquetOutput, _ columns: [ParquetOutputColumn],
    _ options: ParquetWriterOptions = ParquetWriterOptions()
  ) throws {
    (self.output, self.options) = (output, options)
    guard !columns.isEmpty else {
      throw ParquetError(.usage, "a file of no columns is asked for", ParquetPlace(file: output.name))
    }
    // Names are the same where their bytes are.
    var names: Set<[UInt8]> = []
    for column in columns {
      let place = ParquetPlace(file: output.name, column: column.name)
      guard names.insert(Array(column.name.utf8)).inserted else { throw ParquetError(.usage, "is there twice", place) }
      guard (0...20).contains(column.listDepth) else {
        throw ParquetError(.usage, "has \(column.listDepth) lists around its values, expected 0 to 20", place)
      }
    }
    chunks = columns.map { ChunkWriter($0, options) }
    footer = FooterWriter(columns: columns, options: options)
    try output.write(Array("PAR1".utf8))
  }

  /// Adds rows: values of each column, in the order of the columns.
  /// - Throws: ``ParquetError`` of kind ``ParquetError/Kind/usage`` where they do not fit the columns; nothing of them is
  ///   written then.
  ///   After an error of another kind the file cannot be finished.
  public func write(rows: Int, _ columns: [ParquetOutputValues]) throws {
    if let failure { throw failure }
    guard !isFinished, columns.count == chunks.count, rows >= 0 else {
      throw ParquetError(
        .usage,
        isFinished
          ? "rows come after the end of the file"
          : "\(rows) rows of \(columns.count) columns come, and the file has \(chunks.count)",
        ParquetPlace(file: output.name))
    }
    for (chunk, values) in zip(chunks, columns) {
      try located(ParquetPlace(file: output.name, column: chunk.column.name)) {
        try values.check(chunk.column, rows: rows)
      }
    }
    // About so many rows between looks at the size that columns of lists do not grow far beyond it.
    let slots = columns.reduce(rows) { max($0, $1.values.count) }
    let step = max(1, 8192 * rows / max(1, slots))
    var row = 0
    while row < rows {
      let end = min(rows, row + step, row + max(1, options.rowGroupRows - rowsInGroup))
      try writing { for (chunk, values) in zip(chunks, columns) { try chunk.append(values, rows: row..<end) } }
      rowsInGroup += end - row
      row = end
      let bytes = chunks.reduce(0) { $0 + $1.byteCount }
      if rowsInGroup >= options.rowGroupRows || bytes >= options.rowGroupBytes { try writing(writeGroup) }
    }
  }

  /// Writes what is left, and the metadata.
  public func finish() throws {
    if let failure { throw failure }
    guard !isFinished else { return }
    isFinished = true
    try writing {
      if rowsInGroup > 0 { try writeGroup() }
      let metadata = footer.bytes()
      guard let length = UInt32(exactly: metadata.count) else {
        throw ParquetError(
          .limit, "its metadata have \(metadata.count) bytes, and the format's limit is \(UInt32.max)",
          ParquetPlace(file: output.name))
      }
      try output.write(metadata + littleEndian(length) + Array("PAR1".utf8))
    }
  }

  /// After an error nothing more is written: a file that lacks some of its rows must not look whole.
  private func writing(_ body: () throws -> Void) throws {
    do { try body() } catch {
      failure = error
      throw error
    }
  }

  private func writeGroup() throws {
    var written: [FooterWriter.WrittenChunk] = []
    for writer in chunks {
      var chunk = try writer.finish()
      let (dictionary, data) = (chunk.dictionaryPage.count, chunk.dataPages.count)
      try output.write(chunk.dictionaryPage)
      try output.write(chunk.dataPages)
      // What is on disk need not be in memory.
      (chunk.dictionaryPage, chunk.dataPages) = ([], [])
      written.append(.init(chunk: chunk, offset: offset, dictionaryBytes: dictionary, dataBytes: data))
      offset += dictionary + data
    }
    footer.rowGroups.append((rowsInGroup, written))
    rowsInGroup = 0
  }
}
