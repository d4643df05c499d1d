/// The pages of a column in a row group while they are made. A class, since its buffers grow in place.
final class ChunkWriter {
  /// A column chunk that is ready to be written.
  struct Chunk {
    var dictionaryPage: [UInt8] = []
    var dataPages: [UInt8] = []
    var valueCount = 0
    var uncompressedBytes = 0
    var nullCount = 0
    var bounds: (minimum: [UInt8], maximum: [UInt8])?
    var encodings: Set<Int> = []
  }

  let column: ParquetOutputColumn
  private let options: ParquetWriterOptions
  private let compressor: Compressor
  private var levels: LevelMaker
  private var values: ValueEncoder
  private var chunk = Chunk()

  init(_ column: ParquetOutputColumn, _ options: ParquetWriterOptions) {
    (self.column, self.options, compressor) = (column, options, Compressor(options.compression))
    levels = LevelMaker(column)
    values = ValueEncoder(column, dictionaryBytes: options.dictionaryBytes)
  }

  /// Bytes in memory, about.
  var byteCount: Int { chunk.dataPages.count + pageSize + values.dictionarySize }
  private var pageSize: Int { values.byteCount + levels.count / 4 }

  /// Adds some rows of values that have been checked.
  func append(_ data: ParquetOutputValues, rows: Range<Int>) throws {
    var row = rows.lowerBound
    while row < rows.upperBound {
      // About so many values at once that a page does not grow far beyond its size.
      let first = slot(data, row)
      var end = column.listDepth == 0 ? min(row + 4096, rows.upperBound) : row + 1
      while end < rows.upperBound, slot(data, end + 1) - first <= 4096 { end += 1 }
      let nulls = levels.count
      levels.append(data, rows: row..<end)
      values.append(data, slots: first..<slot(data, end))
      // Lists that are null or empty have a level and no value: a count of nulls has them too.
      values.statistics.addNulls(levels.count - nulls - (slot(data, end) - first))
      row = end
      if pageSize >= options.pageBytes { try closePage() }
    }
  }

  /// The chunk of all rows added; the next one begins.
  func finish() throws -> Chunk {
    if levels.count > 0 { try closePage() }
    if let dictionary = values.dictionary, dictionary.count > 0 {
      chunk.encodings.insert(PageEncoding.plain.rawValue)
      chunk.dictionaryPage = try page(dictionary.plain(), type: 2) { header in
        header.structure(7) {
          $0.int32(1, dictionary.count)
          $0.int32(2, PageEncoding.plain.rawValue)
        }
      }
    }
    chunk.nullCount = values.statistics.nullCount
    chunk.bounds = values.statistics.bounds(column.type)
    defer {
      chunk = Chunk()
      values = ValueEncoder(column, dictionaryBytes: options.dictionaryBytes)
    }
    return chunk
  }

  /// Where the values of a row begin among all.
  private func slot(_ data: ParquetOutputValues, _ row: Int) -> Int {
    data.lists.reduce(row) { $1.offsets[$0] }
  }

  private func closePage() throws {
    let count = levels.count
    let (repetition, definition) = levels.finish()
    let (encoded, encoding) = values.finishPage()
    var body: [UInt8] = []
    appendLevels(repetition, maximum: column.listDepth, to: &body)
    appendLevels(definition, maximum: column.maximumDefinition, to: &body)
    body += encoded
    chunk.valueCount += count
    chunk.encodings.formUnion([encoding.rawValue, PageEncoding.rle.rawValue])
    chunk.dataPages += try page(body, type: 0) { header in
      header.structure(5) {
        $0.int32(1, count)
        $0.int32(2, encoding.rawValue)
        $0.int32(3, PageEncoding.rle.rawValue)
        $0.int32(4, PageEncoding.rle.rawValue)
      }
    }
  }

  private func appendLevels(_ levels: [UInt8], maximum: Int, to body: inout [UInt8]) {
    guard maximum > 0 else { return }
    let runs = HybridEncoder.encode(levels, width: LevelDecoder.width(maximum))
    body += littleEndian(UInt32(runs.count)) + runs
  }

  /// A page with its header, of which `fields` writes what is of the page's kind.
  private func page(_ body: [UInt8], type: Int, _ fields: (inout ThriftWriter) -> Void) throws -> [UInt8] {
    let stored = try compressor.compress(body)
    guard max(body.count, stored.count) <= Int(Int32.max) else {
      throw ParquetError(
        .limit, "a page has \(body.count) bytes, and the format's limit is \(Int32.max)",
        ParquetPlace(column: column.name))
    }
    var header = ThriftWriter()
    header.structure {
      $0.int32(1, type)
      $0.int32(2, body.count)
      $0.int32(3, stored.count)
      $0.int32(4, Int(Int32(bitPattern: Compressor.checksum(stored))))
      fields(&$0)
    }
    chunk.uncompressedBytes += header.bytes.count + body.count
    return header.bytes + stored
  }
}
