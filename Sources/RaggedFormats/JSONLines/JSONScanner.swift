/// Walks over the bytes of one line of JSON (RFC 8259) without building values.
struct JSONScanner {
  /// How deep arrays and objects may be nested.
  static let maximumDepth = 64
  let bytes: ByteSlice
  let file: String
  let line: Int
  /// The next byte to look at.
  var position = 0
  /// Where the first whole number stands that float32 does not hold; -1 without one.
  var roundedPosition = -1

  init(_ bytes: ByteSlice, file: String, line: Int) {
    self.bytes = bytes
    self.file = file
    self.line = line
  }

  /// The next byte that is no white space, 0 at the end of the line.
  @inline(__always)
  mutating func peek() -> UInt8 {
    while position < bytes.count {
      let byte = bytes.base[position]
      if byte > 0x20 || (byte != 0x20 && byte != 0x09 && byte != 0x0D && byte != 0x0A) { return byte }
      position += 1
    }
    return 0
  }

  /// Passes over `byte` if it comes next.
  @inline(__always)
  mutating func skip(_ byte: UInt8) -> Bool {
    guard peek() == byte, position < bytes.count else { return false }
    position += 1
    return true
  }

  /// Passes over `byte`.
  /// - Throws: where something else comes next.
  mutating func expect(_ byte: UInt8, _ expectation: String) throws {
    guard skip(byte) else { throw unexpected(expectation) }
  }

  /// Calls `element` at the start of each element of the array that comes next.
  mutating func eachElement(_ element: (inout JSONScanner) throws -> Void) throws {
    try expect(0x5B, "an array")
    if skip(0x5D) { return }
    repeat { try element(&self) } while skip(0x2C)
    try expect(0x5D, "\",\" or \"]\"")
  }

  /// Passes over a value of any kind, checking that it is well formed, and returns where it stands.
  mutating func skipValue(depth: Int = 0) throws -> Range<Int> {
    let first = peek()
    let start = position
    switch first {
    case 0x7B, 0x5B:
      guard depth < JSONScanner.maximumDepth else {
        throw fault(position, "is nested deeper than \(JSONScanner.maximumDepth) levels")
      }
      if first == 0x5B {
        try eachElement { _ = try $0.skipValue(depth: depth + 1) }
      } else {
        try eachField { scanner, _ in _ = try scanner.skipValue(depth: depth + 1) }
      }
    case 0x22: _ = try skipString()
    case 0x74: try skipWord("true")
    case 0x66: try skipWord("false")
    case 0x6E: try skipWord("null")
    default:
      var end = position
      guard let number = DecimalNumber(bytes, at: &end), number.isStrict else { throw unexpected("a value") }
      position = end
    }
    return start..<position
  }

  /// Calls `field` with the name of each field of the object that comes next, at the start of its value.
  mutating func eachField(_ field: (inout JSONScanner, Range<Int>) throws -> Void) throws {
    try expect(0x7B, "\"{\"")
    if skip(0x7D) { return }
    repeat {
      guard peek() == 0x22 else { throw unexpected("the name of a field in quotes") }
      let name = try skipString()
      try expect(0x3A, "\":\"")
      try field(&self, name)
    } while skip(0x2C)
    try expect(0x7D, "\",\" or \"}\"")
  }

  /// The names of the fields of the object that the whole line is.
  func fieldNames() throws -> [String] {
    var scanner = self
    var names: [String] = []
    guard scanner.peek() == 0x7B else { throw scanner.unexpected("an object, one a line") }
    try scanner.eachField { scanner, name in
      names.append(scanner.string(name))
      _ = try scanner.skipValue()
    }
    return names
  }

  /// Passes over `true`, `false` or `null`.
  mutating func skipWord(_ word: StaticString) throws {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count else { throw unexpected("a value") }
    for index in 0..<word.utf8CodeUnitCount where bytes[position + index] != word.utf8Start[index] {
      throw unexpected("a value")
    }
    position = end
  }

  /// Whether `null` comes next; passes over it.
  mutating func skipNull() throws -> Bool {
    guard peek() == 0x6E else { return false }
    try skipWord("null")
    return true
  }

  /// An error at the next byte: what stands there and what was expected.
  mutating func unexpected(_ expectation: String) -> InputError {
    _ = peek()
    guard position < bytes.count else {
      return InputError(
        file: file, line: line, problem: "the line ends at byte \(bytes.count), expected \(expectation)")
    }
    return fault(position, "is \(word(at: position).quotedForMessage), expected \(expectation)")
  }

  /// An error at a byte.
  func fault(_ position: Int, _ problem: String) -> InputError {
    InputError(file: file, line: line, problem: "byte \(position + 1) \(problem)")
  }

  /// What stands at a byte, up to the next comma, bracket or space: `1e39`, `NaN`, `}`.
  func word(at start: Int) -> String {
    let stops: Set<UInt8> = [0x2C, 0x5B, 0x5D, 0x7B, 0x7D, 0x3A, 0x20, 0x22, 0x09]
    if start < bytes.count, bytes[start] == 0x22 {
      let close = bytes.firstIndex(of: 0x22, from: start + 1) ?? bytes.count
      return bytes.slice(start + 1..<close).text
    }
    var end = start
    while end < min(bytes.count, start + 120), !stops.contains(bytes[end]) { end += 1 }
    if end == start { end = min(start + 1, bytes.count) }
    return bytes.slice(start..<end).text
  }
}
