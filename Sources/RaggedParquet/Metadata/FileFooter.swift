/// The metadata at a file's end, as they stand there.
struct FileFooter {
  var elements: [SchemaElement] = []
  var rowGroups: [ParquetRowGroup] = []
  var notes: [ParquetNote] = []
  var createdBy: String?
  /// Where the metadata begin, which is where pages end.
  let offset: Int

  /// - Throws: ``ParquetError`` where the file is none of Parquet's, or its metadata make no sense.
  init(_ input: some ParquetInput, _ limits: ParquetLimits) throws {
    let size = input.size
    guard size >= 12 else {
      throw ParquetError(.notParquet, "has \(size) bytes, and the smallest Parquet file has 12")
    }
    let (head, tail) = (PageBytes(), PageBytes())
    try input.read(at: 0, into: head.resize(4))
    try input.read(at: size - 8, into: tail.resize(8))
    let magics = [Self.text(head.bytes[...]), Self.text(tail.bytes[4...])]
    if magics[1] == "PARE" {
      throw ParquetError(.unsupported, "its footer is encrypted (\"PARE\" at its end), which is not supported")
    }
    guard magics == ["PAR1", "PAR1"] else {
      throw ParquetError(
        .notParquet, "begins with \"\(magics[0])\" and ends with \"\(magics[1])\", and a Parquet file with \"PAR1\"")
    }
    var cursor = ByteCursor(tail)
    let length = Int(try cursor.little32("the metadata's length"))
    guard length <= size - 12 else {
      throw ParquetError.damaged("its metadata have \(length) bytes, and the file has \(size)")
    }
    guard length <= limits.footerBytes else {
      throw ParquetError.limit("its metadata have \(length) bytes, and the limit is \(limits.footerBytes)")
    }
    offset = size - 8 - length
    let bytes = PageBytes()
    try input.read(at: offset, into: bytes.resize(length))
    var reader = ThriftReader(ByteCursor(bytes))
    do {
      try read(&reader)
    } catch is ThriftEnd {
      throw ParquetError(
        .damaged, "its metadata of \(length) bytes end in the middle of a value", ParquetPlace(offset: offset))
    } catch let error as ParquetError {
      throw error.within(ParquetPlace(offset: offset))
    }
    withExtendedLifetime(bytes) {}
  }

  private mutating func read(_ reader: inout ThriftReader) throws {
    try reader.begin()
    while let field = try reader.next() {
      switch field.id {
      case 2: elements = try reader.structs(field, "schema", SchemaElement.init)
      case 4: rowGroups = try reader.structs(field, "row_groups", ParquetRowGroup.init)
      case 5: notes = try reader.structs(field, "key_value_metadata", ParquetNote.init)
      case 6: createdBy = try reader.string(field, "created_by")
      default: try reader.skip(field)
      }
    }
  }

  private static func text(_ bytes: Slice<UnsafeMutableRawBufferPointer>) -> String {
    bytes.map { (0x20..<0x7f).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
  }
}
