/// Walks over the fields of a protocol buffer's message where they lie, without making values of them
/// (protobuf.dev/programming-guides/encoding).
struct WireReader {
  /// A field's content.
  enum Content {
    case number(UInt64)
    case fixed32(UInt32)
    /// Where the bytes are.
    case bytes(Range<Int>)
  }

  private let bytes: UnsafeRawBufferPointer
  private var position: Int
  private let end: Int

  /// A message that lies at `range`, which must be inside.
  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// What is wrong with a message.
  struct Fault: Error {
    var position: Int
  }

  /// Whether all has been read.
  var isAtEnd: Bool { position >= end }

  /// The next field; nil after the last.
  /// - Throws: ``Fault`` where the bytes are no message.
  mutating func next() throws -> (field: UInt64, content: Content)? {
    guard position < end else { return nil }
    let tag = try varint()
    let field = tag >> 3
    guard field > 0 else { throw Fault(position: position) }
    switch tag & 7 {
    case 0: return (field, .number(try varint()))
    case 1:
      guard position <= end - 8 else { throw Fault(position: position) }
      position += 8
      return (field, .bytes(position - 8..<position))
    case 2:
      let length = try varint()
      guard length <= UInt64(end - position) else { throw Fault(position: position) }
      defer { position += Int(length) }
      return (field, .bytes(position..<position + Int(length)))
    case 5: return (field, .fixed32(try fixed32()))
    default: throw Fault(position: position)
    }
  }

  /// The next four bytes.
  mutating func fixed32() throws -> UInt32 {
    guard position <= end - 4 else { throw Fault(position: position) }
    defer { position += 4 }
    return bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian
  }

  /// The next number of variable length.
  mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw Fault(position: position)
  }
}
