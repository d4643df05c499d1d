/// Thrift values of the compact protocol, written anew so that no test leans on the product's own writer.
indirect enum Thrift {
  case int(Int)
  case text(String)
  case flag(Bool)
  case list([Thrift])
  /// Fields by their numbers, in order.
  case fields([(Int, Thrift)])

  private var code: UInt8 {
    switch self {
    case .int: 6
    case .text: 8
    case .flag(let value): value ? 1 : 2
    case .list: 9
    case .fields: 12
    }
  }

  var bytes: [UInt8] {
    switch self {
    case .int(let value): Self.varint(UInt64(bitPattern: Int64(value << 1 ^ value >> 63)))
    case .text(let value): Self.varint(UInt64(value.utf8.count)) + Array(value.utf8)
    case .flag: []
    case .list(let values):
      [0xf0 | (values.first?.listCode ?? 12)] + Self.varint(UInt64(values.count)) + values.flatMap(\.bytes)
    case .fields(let fields):
      // The long form of a field's head, which needs no look at the field before.
      fields.flatMap { [$1.code] + Thrift.int($0).bytes + $1.bytes } + [0]
    }
  }

  /// Whole numbers in lists are of 32 bits here.
  private var listCode: UInt8 { code == 6 ? 5 : code }

  private static func varint(_ value: UInt64) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
  }
}

/// A line of a schema.
func line(
  _ name: String, type: Int? = nil, length: Int? = nil, repetition: Int = 0, children: Int? = nil, converted: Int? = nil
) -> Thrift {
  let fields: [(Int, Thrift)?] = [
    type.map { (1, .int($0)) }, length.map { (2, .int($0)) }, (3, .int(repetition)), (4, .text(name)),
    children.map { (5, .int($0)) }, converted.map { (6, .int($0)) },
  ]
  return .fields(fields.compactMap(\.self))
}

/// A file of a schema, with pages and row groups as given.
func parquet(schema: [Thrift], pages: [UInt8] = [], groups: [Thrift] = []) -> [UInt8] {
  let footer = Thrift.fields([(1, .int(1)), (2, .list(schema)), (3, .int(0)), (4, .list(groups))]).bytes
  let length = UInt32(footer.count)
  return Array("PAR1".utf8) + pages + footer + (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
    + Array("PAR1".utf8)
}

/// A row group of one int32 column whose pages begin at byte 4.
func group(rows: Int, bytes: Int, codec: Int = 0, type: Int = 1, values: Int? = nil, extra: [(Int, Thrift)] = [])
  -> Thrift
{
  let metadata = Thrift.fields([
    (1, .int(type)), (3, .list([.text("x")])), (4, .int(codec)), (5, .int(values ?? rows)), (6, .int(bytes)),
    (7, .int(bytes)), (9, .int(4)),
  ])
  return .fields([(1, .list([.fields([(3, metadata)] + extra)])), (3, .int(rows))])
}

/// A data page of the first version.
func page(
  _ body: [UInt8], values: Int, encoding: Int = 0, type: Int = 0, size: Int? = nil, checksum: Int? = nil,
  levels: Int = 3
)
  -> [UInt8]
{
  let data = Thrift.fields([(1, .int(values)), (2, .int(encoding)), (3, .int(levels)), (4, .int(levels))])
  let fields: [(Int, Thrift)?] = [
    (1, .int(type)), (2, .int(size ?? body.count)), (3, .int(body.count)), checksum.map { (4, .int($0)) }, (5, data),
  ]
  return Thrift.fields(fields.compactMap(\.self)).bytes + body
}
