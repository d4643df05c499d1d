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
    throw InputError(
      file: file, line: line, problem: "the line ends at byte \(bytes.count), inside the string begun at byte \(start)")
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
    case 0x5B, 0x7B, 0x6E: throw unexpected(expectation)
    default: return bytes.slice(try skipValue()).text
    }
  }

  /// What is said of the first whole number that float32 does not hold; nil without one.
  var roundedNumber: String? {
    guard roundedPosition >= 0 else { return nil }
    let written = word(at: roundedPosition)
    return "holds whole numbers that float32 cannot hold: \(written) in line \(line) is "
      + "\((Float(written) ?? 0).wholeText) there"
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
    let found = word(at: start)
    let isWord = ["nan", "-nan", "infinity", "-infinity", "inf", "-inf"].contains(found.lowercased())
    throw fault(
      start, "(\(place())) is \(found.quotedForMessage), expected a \(isWord ? "finite number" : "number")")
  }
}
