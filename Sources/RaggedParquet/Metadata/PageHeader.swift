/// What stands before each page.
struct PageHeader {
  enum Kind: Equatable {
    /// The values of a dictionary.
    case dictionary
    /// Levels and values, all compressed together.
    case data
    /// Levels, and values compressed on their own.
    case dataV2
    /// Anything else, which is passed over.
    case other
  }

  var kind = Kind.other
  var compressedBytes = 0
  var uncompressedBytes = 0
  var checksum: UInt32?
  var valueCount = 0
  var encoding = 0
  var definitionEncoding = PageEncoding.rle.rawValue
  var repetitionEncoding = PageEncoding.rle.rawValue
  var definitionBytes = 0
  var repetitionBytes = 0
  /// False in a page of the second version whose values are stored as they are.
  var isCompressed = true

  /// - Throws: ``ThriftEnd`` where the header goes on beyond the bytes.
  init(_ reader: inout ThriftReader) throws {
    var (type, described) = (Int?.none, Kind.other)
    try reader.begin()
    while let field = try reader.next() {
      switch field.id {
      case 1: type = try reader.integer(field, "type")
      case 2: uncompressedBytes = try reader.integer(field, "uncompressed_page_size")
      case 3: compressedBytes = try reader.integer(field, "compressed_page_size")
      case 4: checksum = UInt32(truncatingIfNeeded: try reader.integer(field, "crc"))
      case 5:
        described = .data
        try readData(&reader, field)
      case 7:
        described = .dictionary
        try readDictionary(&reader, field)
      case 8:
        described = .dataV2
        try readDataV2(&reader, field)
      default: try reader.skip(field)
      }
    }
    switch type {
    case 0: kind = .data
    case 2: kind = .dictionary
    case 3: kind = .dataV2
    default: kind = .other
    }
    guard kind == .other || kind == described else {
      throw ParquetError.damaged("a page's type is \(kind), but its header describes \(described)")
    }
    for (name, size) in [("compressed", compressedBytes), ("uncompressed", uncompressedBytes)] where size < 0 {
      throw ParquetError.damaged("a page's \(name) size is \(size)")
    }
    guard (0...Int(Int32.max)).contains(valueCount), definitionBytes >= 0, repetitionBytes >= 0 else {
      throw ParquetError.damaged(
        "a page has \(valueCount) values and levels of \(repetitionBytes) and \(definitionBytes) bytes, numbers that "
          + "no page has")
    }
  }

  private mutating func readData(_ reader: inout ThriftReader, _ field: ThriftField) throws {
    try reader.begin(field, "data_page_header")
    while let inner = try reader.next() {
      switch inner.id {
      case 1: valueCount = try reader.integer(inner, "num_values")
      case 2: encoding = try reader.integer(inner, "encoding")
      case 3: definitionEncoding = try reader.integer(inner, "definition_level_encoding")
      case 4: repetitionEncoding = try reader.integer(inner, "repetition_level_encoding")
      default: try reader.skip(inner)
      }
    }
  }

  private mutating func readDictionary(_ reader: inout ThriftReader, _ field: ThriftField) throws {
    try reader.begin(field, "dictionary_page_header")
    while let inner = try reader.next() {
      switch inner.id {
      case 1: valueCount = try reader.integer(inner, "num_values")
      case 2: encoding = try reader.integer(inner, "encoding")
      default: try reader.skip(inner)
      }
    }
  }

  private mutating func readDataV2(_ reader: inout ThriftReader, _ field: ThriftField) throws {
    try reader.begin(field, "data_page_header_v2")
    while let inner = try reader.next() {
      switch inner.id {
      case 1: valueCount = try reader.integer(inner, "num_values")
      case 4: encoding = try reader.integer(inner, "encoding")
      case 5: definitionBytes = try reader.integer(inner, "definition_levels_byte_length")
      case 6: repetitionBytes = try reader.integer(inner, "repetition_levels_byte_length")
      case 7: isCompressed = try reader.boolean(inner, "is_compressed")
      default: try reader.skip(inner)
      }
    }
  }
}
