/// Writes Thrift's compact protocol. Fields of a struct are written in the order of their numbers.
struct ThriftWriter {
  private(set) var bytes: [UInt8] = []
  private var open: [Int] = []

  /// A whole struct that stands alone.
  mutating func structure(_ fields: (inout ThriftWriter) -> Void) {
    open.append(0)
    fields(&self)
    bytes.append(0)
    open.removeLast()
  }

  /// A struct as a field.
  mutating func structure(_ id: Int, _ fields: (inout ThriftWriter) -> Void) {
    head(id, .structure)
    structure(fields)
  }

  mutating func int32(_ id: Int, _ value: Int) {
    head(id, .int32)
    zigzag(Int64(value))
  }

  mutating func int64(_ id: Int, _ value: Int) {
    head(id, .int64)
    zigzag(Int64(value))
  }

  mutating func int8(_ id: Int, _ value: Int8) {
    head(id, .byte)
    bytes.append(UInt8(bitPattern: value))
  }

  mutating func boolean(_ id: Int, _ value: Bool) { head(id, value ? .yes : .no) }

  mutating func binary(_ id: Int, _ value: some Collection<UInt8>) {
    head(id, .binary)
    binary(value)
  }

  mutating func string(_ id: Int, _ value: String) { binary(id, value.utf8) }

  /// A list of structs.
  mutating func structs<Element>(
    _ id: Int, _ elements: [Element], _ fields: (inout ThriftWriter, Element) -> Void
  ) {
    listHead(id, .structure, elements.count)
    for element in elements { structure { fields(&$0, element) } }
  }

  mutating func int32s(_ id: Int, _ values: [Int]) {
    listHead(id, .int32, values.count)
    for value in values { zigzag(Int64(value)) }
  }

  mutating func strings(_ id: Int, _ values: [String]) {
    listHead(id, .binary, values.count)
    for value in values { binary(value.utf8) }
  }

  private mutating func head(_ id: Int, _ type: ThriftType) {
    let delta = id - open[open.count - 1]
    open[open.count - 1] = id
    if (1...15).contains(delta) {
      bytes.append(UInt8(delta) << 4 | type.rawValue)
    } else {
      bytes.append(type.rawValue)
      zigzag(Int64(id))
    }
  }

  private mutating func listHead(_ id: Int, _ type: ThriftType, _ count: Int) {
    head(id, .list)
    if count < 15 {
      bytes.append(UInt8(count) << 4 | type.rawValue)
    } else {
      bytes.append(0xf0 | type.rawValue)
      bytes.appendVarint(UInt64(count))
    }
  }

  private mutating func binary(_ value: some Collection<UInt8>) {
    bytes.appendVarint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  private mutating func zigzag(_ value: Int64) {
    bytes.appendVarint(UInt64(bitPattern: value << 1 ^ value >> 63))
  }
}

extension [UInt8] {
  /// An unsigned number in groups of 7 bits, lowest first (ULEB128).
  mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }
}
