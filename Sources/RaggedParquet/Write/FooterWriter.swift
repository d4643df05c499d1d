/// Writes a file's metadata.
struct FooterWriter {
  /// A column chunk that has been written.
  struct WrittenChunk {
    let chunk: ChunkWriter.Chunk
    let offset: Int
    let dictionaryBytes: Int
    let dataBytes: Int
  }

  let columns: [ParquetOutputColumn]
  let options: ParquetWriterOptions
  var rowGroups: [(rows: Int, chunks: [WrittenChunk])] = []

  func bytes() -> [UInt8] {
    var writer = ThriftWriter()
    writer.structure { writer in
      writer.int32(1, 2)
      let lines = columns.flatMap(Self.lines)
      let root: Line = { [count = columns.count] in
        $0.string(4, "schema")
        $0.int32(5, count)
      }
      writer.structs(2, [root] + lines) { $1(&$0) }
      writer.int64(3, rowGroups.reduce(0) { $0 + $1.rows })
      writer.structs(4, rowGroups) { group($1, &$0) }
      if !options.notes.isEmpty {
        writer.structs(5, options.notes) {
          $0.string(1, $1.key)
          if let value = $1.value { $0.string(2, value) }
        }
      }
      writer.string(6, options.createdBy)
      // Without the order of a column its bounds mean nothing.
      writer.structs(7, columns) { order, _ in order.structure(1) { _ in } }
    }
    return writer.bytes
  }

  private func group(_ group: (rows: Int, chunks: [WrittenChunk]), _ writer: inout ThriftWriter) {
    writer.structs(1, Array(zip(columns, group.chunks))) { writer, pair in
      writer.int64(2, 0)
      writer.structure(3) { metadata(pair.0, pair.1, &$0) }
    }
    writer.int64(2, group.chunks.reduce(0) { $0 + $1.chunk.uncompressedBytes })
    writer.int64(3, group.rows)
  }

  private func metadata(_ column: ParquetOutputColumn, _ written: WrittenChunk, _ writer: inout ThriftWriter) {
    let chunk = written.chunk
    writer.int32(1, column.type.physicalType.rawValue)
    writer.int32s(2, chunk.encodings.sorted())
    writer.strings(3, column.path)
    writer.int32(4, options.compression.codec.rawValue)
    writer.int64(5, chunk.valueCount)
    writer.int64(6, chunk.uncompressedBytes)
    writer.int64(7, written.dictionaryBytes + written.dataBytes)
    writer.int64(9, written.offset + written.dictionaryBytes)
    if written.dictionaryBytes > 0 { writer.int64(11, written.offset) }
    writer.structure(12) {
      $0.int64(3, chunk.nullCount)
      if let bounds = chunk.bounds {
        $0.binary(5, bounds.maximum)
        $0.binary(6, bounds.minimum)
      }
    }
  }

  private typealias Line = (inout ThriftWriter) -> Void

  /// The schema's lines of a column: groups of lists, and the values.
  private static func lines(_ column: ParquetOutputColumn) -> [Line] {
    let repetition = (column.isOptional ? ParquetRepetition.optional : .required).rawValue
    var lines: [Line] = []
    for depth in 0..<column.listDepth {
      let name = depth == 0 ? column.name : "element"
      lines.append {
        $0.int32(3, repetition)
        $0.string(4, name)
        $0.int32(5, 1)
        $0.int32(6, 3)
        $0.structure(10) { $0.structure(3) { _ in } }
      }
      lines.append {
        $0.int32(3, ParquetRepetition.repeated.rawValue)
        $0.string(4, "list")
        $0.int32(5, 1)
      }
    }
    lines.append {
      $0.int32(1, column.type.physicalType.rawValue)
      $0.int32(3, repetition)
      $0.string(4, column.listDepth == 0 ? column.name : "element")
      annotate(column.type, &$0)
    }
    return lines
  }

  /// What the values stand for, for readers of before 2018 too.
  private static func annotate(_ type: ParquetOutputType, _ writer: inout ThriftWriter) {
    switch type {
    case .string:
      writer.int32(6, 0)
      writer.structure(10) { $0.structure(1) { _ in } }
    case .date:
      writer.int32(6, 6)
      writer.structure(10) { $0.structure(6) { _ in } }
    case .uint64:
      writer.int32(6, 14)
      writer.structure(10) {
        $0.structure(10) {
          $0.int8(1, 64)
          $0.boolean(2, false)
        }
      }
    case .timestamp(let unit, let utc):
      if utc, unit != .nanoseconds { writer.int32(6, unit == .milliseconds ? 9 : 10) }
      writer.structure(10) {
        $0.structure(8) {
          $0.boolean(1, utc)
          $0.structure(2) { $0.structure(unit == .milliseconds ? 1 : unit == .microseconds ? 2 : 3) { _ in } }
        }
      }
    case .boolean, .int32, .int64, .float, .double, .bytes: break
    }
  }
}
