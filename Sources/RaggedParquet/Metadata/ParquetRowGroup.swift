/// What the metadata say about the values of a column in a row group; nil where they say nothing.
public struct ParquetStatistics: Sendable, Equatable {
  /// How many values are null.
  public var nullCount: Int?
  /// The smallest value as it is stored in a page, or a bound below it.
  public var minimum: [UInt8]?
  /// The largest value as it is stored in a page, or a bound above it.
  public var maximum: [UInt8]?

  init() {}

  init(_ reader: inout ThriftReader) throws {
    while let field = try reader.next() {
      switch field.id {
      case 3: nullCount = try reader.integer(field, "null_count")
      case 5: maximum = try reader.bytes(field, "max_value")
      case 6: minimum = try reader.bytes(field, "min_value")
      default: try reader.skip(field)
      }
    }
  }
}

/// The pages of one column in one row group.
public struct ParquetColumnChunk: Sendable {
  /// The column's path as this chunk has it.
  public internal(set) var path: [String] = []
  /// How its pages are compressed; nil for a codec that this reader does not know by name.
  public internal(set) var codec: ParquetCodec?
  /// Values, null ones and empty lists counted.
  public internal(set) var valueCount = 0
  /// Bytes of its pages as stored.
  public internal(set) var compressedBytes = 0
  /// Bytes of its pages as decompressed.
  public internal(set) var uncompressedBytes = 0
  /// What is known of its values.
  public internal(set) var statistics = ParquetStatistics()
  /// Notes that the writer left.
  public internal(set) var notes: [ParquetNote] = []

  var physicalType: ParquetPhysicalType?
  var codecCode = 0
  var dataOffset = 0
  var dictionaryOffset: Int?
  /// A file beside this one that holds the pages.
  var otherFile: String?
  var isEncrypted = false
  var hasMetadata = false

  init(_ reader: inout ThriftReader) throws {
    while let field = try reader.next() {
      switch field.id {
      case 1: otherFile = try reader.string(field, "file_path")
      case 3:
        try reader.begin(field, "meta_data")
        hasMetadata = true
        try readMetadata(&reader)
      case 8, 9:
        isEncrypted = true
        try reader.skip(field)
      default: try reader.skip(field)
      }
    }
  }

  private mutating func readMetadata(_ reader: inout ThriftReader) throws {
    while let field = try reader.next() {
      switch field.id {
      case 1: physicalType = ParquetPhysicalType(rawValue: try reader.integer(field, "type"))
      case 3: path = try reader.strings(field, "path_in_schema")
      case 4:
        codecCode = try reader.integer(field, "codec")
        codec = ParquetCodec(rawValue: codecCode)
      case 5: valueCount = try reader.integer(field, "num_values")
      case 6: uncompressedBytes = try reader.integer(field, "total_uncompressed_size")
      case 7: compressedBytes = try reader.integer(field, "total_compressed_size")
      case 8: notes = try reader.structs(field, "key_value_metadata", ParquetNote.init)
      case 9: dataOffset = try reader.integer(field, "data_page_offset")
      case 11: dictionaryOffset = try reader.integer(field, "dictionary_page_offset")
      case 12:
        try reader.begin(field, "statistics")
        statistics = try ParquetStatistics(&reader)
      default: try reader.skip(field)
      }
    }
  }
}

/// A part of a file's rows, a chunk for each column.
public struct ParquetRowGroup: Sendable {
  /// How many rows it has.
  public internal(set) var rowCount = 0
  /// The pages of each column, in the order of ``ParquetSchema/columns``.
  public internal(set) var chunks: [ParquetColumnChunk] = []

  init(_ reader: inout ThriftReader) throws {
    while let field = try reader.next() {
      switch field.id {
      case 1: chunks = try reader.structs(field, "columns", ParquetColumnChunk.init)
      case 3: rowCount = try reader.integer(field, "num_rows")
      default: try reader.skip(field)
      }
    }
  }
}

/// A note that a writer left in a file or a column: a key, and mostly a value.
public struct ParquetNote: Sendable, Equatable {
  /// The note's name, such as `pandas`.
  public var key = ""
  /// What it says.
  public var value: String?

  /// A note of a key and a value.
  public init(key: String, value: String?) { (self.key, self.value) = (key, value) }

  init(_ reader: inout ThriftReader) throws {
    while let field = try reader.next() {
      switch field.id {
      case 1: key = try reader.string(field, "key")
      case 2: value = try reader.string(field, "value")
      default: try reader.skip(field)
      }
    }
  }
}
