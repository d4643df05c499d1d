/// Walks over the bytes of one line of JSON (RFC 8259) without building values.
///
/// `NaN` and `Infinity`, which Python writes although JSON has not got them, are values: the one as good as `null`, the
/// other a number that is refused where one is read.
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
  /// Whether `NaN` and `Infinity` are no values.
  var isStrict = false

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
    case 0x4E where !isStrict: try skipWord("NaN")
    case 0x49 where !isStrict: try skipWord("Infinity")
    case 0x2D where !isStrict && position + 1 < bytes.count && bytes[position + 1] == 0x49: try skipWord("-Infinity")
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

  /// Whether `null` or `NaN` comes next; passes over it.
  mutating func skipNull() throws -> Bool {
    switch peek() {
    case 0x6E: try skipWord("null")
    case 0x4E where !isStrict: try skipWord("NaN")
    default: return false
    }
    return true
  }

  /// Whether the value that stands there is `null` or `NaN`.
  func isNull(at start: Int) -> Bool { bytes[start] == 0x6E || bytes[start] == 0x4E }

  /// An error at the next byte: what stands there and what was expected.
  mutating func unexpected(_ expectation: String) -> InputError {
    _ = peek()
    guard position < bytes.count else {
      return fault("the line ends at byte \(bytes.count), expected \(expectation)")
    }
    return fault(position, "is \(word(at: position).quotedForMessage), expected \(expectation)")
  }

  func fault(_ position: Int, _ problem: String) -> InputError { fault("byte \(position + 1) \(problem)") }

  /// An error of the line.
  func fault(_ problem: String) -> InputError { InputError(file: file, line: line, problem: problem) }

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

extension JSONScanner {
  /// Passes over the string that comes next and returns where its content stands, quotes left out.
  mutating func skipString() throws -> Range<Int> {
    try expect(0x22, "a string")
    let start = position
    while position < bytes.count {
      let byte = bytes.base[position]
      if byte == 0x22 {
        position += 1
        return start..<position - 1
      }
      if byte < 0x20 { throw fault(position, "is a control character inside a string, expected it escaped") }
      if byte == 0x5C { try checkEscape() } else { position += 1 }
    }
    throw fault("the line ends at byte \(bytes.count), inside the string begun at byte \(start)")
  }

  /// Passes over an escape, both halves of a surrogate pair included.
  private mutating func checkEscape() throws {
    let start = position
    position += 2
    guard position <= bytes.count else { return }
    switch bytes[start + 1] {
    case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: return
    case 0x75:
      guard let unit = hexUnit(at: position) else { throw fault(start, "begins \\u without four hexadecimal digits") }
      guard unit > 0 else { throw fault(start, "begins the escape of NUL, which text may not hold") }
      position += 4
      guard (0xD800...0xDFFF).contains(unit) else { return }
      guard unit < 0xDC00, position + 1 < bytes.count, bytes[position] == 0x5C, bytes[position + 1] == 0x75,
        let low = hexUnit(at: position + 2), (0xDC00...0xDFFF).contains(low)
      else { throw fault(start, "begins half of a surrogate pair") }
      position += 6
    default: throw fault(start, "begins an escape that JSON does not have")
    }
  }

  /// The code unit of four hexadecimal digits.
  private func hexUnit(at start: Int) -> UInt32? {
    guard start + 4 <= bytes.count else { return nil }
    var unit: UInt32 = 0
    for index in start..<start + 4 {
      switch bytes[index] {
      case let digit where digit >= 0x30 && digit <= 0x39: unit = unit << 4 | UInt32(digit - 0x30)
      case let digit where digit | 0x20 >= 0x61 && digit | 0x20 <= 0x66:
        unit = unit << 4 | UInt32((digit | 0x20) - 0x57)
      default: return nil
      }
    }
    return unit
  }

  /// The text of a string whose content, checked before, stands in `range`.
  func string(_ range: Range<Int>) -> String {
    let content = bytes.slice(range)
    guard content.firstIndex(of: 0x5C) != nil else { return content.text }
    var result: [UInt8] = []
    result.reserveCapacity(content.count)
    var index = range.lowerBound
    while index < range.upperBound {
      guard bytes[index] == 0x5C, index + 1 < range.upperBound else {
        result.append(bytes[index])
        index += 1
        continue
      }
      switch bytes[index + 1] {
      case 0x62: result.append(0x08)
      case 0x66: result.append(0x0C)
      case 0x6E: result.append(0x0A)
      case 0x72: result.append(0x0D)
      case 0x74: result.append(0x09)
      case 0x75:
        var scalar = hexUnit(at: index + 2) ?? 0xFFFD
        if (0xD800..<0xDC00).contains(scalar), let low = hexUnit(at: index + 8) {
          scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
          index += 6
        }
        result.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
        index += 4
      case let other: result.append(other)
      }
      index += 2
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The string that comes next.
  mutating func string() throws -> String { string(try skipString()) }

  /// The text of the string, number, `true` or `false` that comes next, numbers as they are written.
  mutating func scalarText(_ expectation: String) throws -> String {
    switch peek() {
    case 0x22: return try string()
    case 0x5B, 0x7B, 0x6E, 0x4E: throw unexpected(expectation)
    default: return bytes.slice(try skipValue()).text
    }
  }

  /// What is said of the first whole number that float32 does not hold; nil without one.
  var roundedNumber: String? {
    roundedPosition < 0 ? nil : ReaderNotes.rounding(of: word(at: roundedPosition), in: nil, line: line)
  }

  /// The number that comes next, as the nearest float32; `place` says whose it is in an error.
  @inline(__always)
  mutating func float(_ place: @autoclosure () -> String) throws -> Float {
    _ = peek()
    let start = position
    var end = start
    if let number = DecimalNumber(bytes, at: &end), number.isStrict {
      position = end
      if number.significand > 1 << 24, number.isInteger, roundedPosition < 0, !number.isHeld { roundedPosition = start }
      if let quick = number.quickFloat { return quick }
      let exact = number.parsedFloat(of: bytes.slice(start..<end))
      if case .value(let value) = exact { return value }
      let written = bytes.slice(start..<end).quoted
      throw fault(start, "(\(place())) is \(written), which overflows float32")
    }
    guard start < bytes.count else { throw unexpected("a number") }
    if bytes[start] == 0x4E, try skipNull() { return .nan }
    let found = word(at: start)
    let isWord = ["nan", "-nan", "infinity", "-infinity", "inf", "-inf"].contains(found.lowercased())
    throw fault(start, "(\(place())) is \(found.quotedForMessage), expected a \(isWord ? "finite number" : "number")")
  }
}

extension ByteSlice {
  /// Whether it is one JSON object and nothing else.
  var isJSONObject: Bool {
    var scanner = JSONScanner(bytes: self, file: "", line: 0)
    scanner.isStrict = true
    guard firstInvalidUTF8 == nil, scanner.peek() == 0x7B, (try? scanner.skipValue()) != nil else { return false }
    return scanner.peek() == 0 && scanner.position >= count
  }
}

extension String {
  /// Whether it is one JSON object and nothing else.
  var isJSONObject: Bool { withByteSlice(\.isJSONObject) ?? false }

  /// As a JSON string, in its quotes.
  var jsonQuoted: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
