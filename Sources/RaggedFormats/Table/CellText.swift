/// Bytes of text at whose end values are written.
struct CellText {
  private(set) var bytes: [UInt8] = []

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  mutating func append(_ byte: UInt8) { bytes.append(byte) }
  mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }
  mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

  /// A whole number in digits, with zeros before them up to a width.
  mutating func appendInteger(_ number: some FixedWidthInteger, width: Int = 1) {
    if number < 0 { bytes.append(0x2D) }
    let first = bytes.count
    var rest = UInt64(number.magnitude)
    repeat {
      bytes.append(0x30 + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    while bytes.count - first < width { bytes.append(0x30) }
    bytes[first...].reverse()
  }

  /// A number that reads back as itself; NaN as `nan`.
  mutating func appendReal(_ number: some BinaryFloatingPoint & CustomStringConvertible) {
    bytes.append(contentsOf: number.description.utf8)
  }

  /// A text as a cell of CSV: in quotes where it would not be one cell without them.
  mutating func appendCell(_ text: UnsafeBufferPointer<UInt8>) {
    guard text.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return append(text) }
    append(0x22)
    for byte in text {
      if byte == 0x22 { append(0x22) }
      append(byte)
    }
    append(0x22)
  }
}
