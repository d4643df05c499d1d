/// A line of the schema as it stands in the metadata: a group, whose `childCount` elements follow, or a column.
struct SchemaElement {
  var name = ""
  var type: ParquetPhysicalType?
  var typeLength = 0
  var repetition = ParquetRepetition.required
  var childCount: Int?
  var logical: ParquetLogicalType?
  /// The outdated annotation of a group inside a map, which no logical type says.
  var isMapKeyValue = false

  init(_ reader: inout ThriftReader) throws {
    var (converted, scale, precision) = (Int?.none, 0, 0)
    while let field = try reader.next() {
      switch field.id {
      case 1:
        let code = try reader.integer(field, "type")
        type = ParquetPhysicalType(rawValue: code)
        if type == nil { throw ParquetError.damaged("the schema has a physical type \(code), and they end at 7") }
      case 2: typeLength = try reader.integer(field, "type_length")
      case 3:
        let code = try reader.integer(field, "repetition_type")
        guard let known = ParquetRepetition(rawValue: code) else {
          throw ParquetError.damaged("the schema has a repetition type \(code), expected 0, 1 or 2")
        }
        repetition = known
      case 4: name = try reader.string(field, "name")
      case 5: childCount = try reader.integer(field, "num_children")
      case 6: converted = try reader.integer(field, "converted_type")
      case 7: scale = try reader.integer(field, "scale")
      case 8: precision = try reader.integer(field, "precision")
      case 10:
        try reader.begin(field, "logicalType")
        logical = try ParquetLogicalType.read(&reader)
      default: try reader.skip(field)
      }
    }
    isMapKeyValue = converted == 2
    if logical == nil, let converted {
      logical = ParquetLogicalType(converted: converted, precision: precision, scale: scale)
    }
  }
}
