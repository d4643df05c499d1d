/// Walks over a line of ARFF: words, quoted ones with their escapes, and the signs between them.
struct ARFFText {
  let bytes: ByteSlice
  var position = 0

  init(_ bytes: ByteSlice) { self.bytes = bytes }

  /// A word as it stands in the line, quotes left out.
  struct Word {
    var raw: ByteSlice
    var isQuoted: Bool
    /// Whether a backslash stands in it, which means another character where it is quoted.
    var hasEscapes: Bool

    /// What it says.
    var text: String { isQuoted && hasEscapes ? ARFFText.unescaped(raw) : raw.text }
    /// Whether it is the sign of a missing value.
    var isMissing: Bool { !isQuoted && raw.count == 1 && raw.base[0] == 0x3F }
  }

  /// What is wrong with a line.
  struct Fault: Error { var problem: String }

  mutating func skipBlanks() {
    while position < bytes.count, bytes.base[position] == 0x20 || bytes.base[position] == 0x09 { position += 1 }
  }

  /// Whether nothing but a comment follows.
  mutating func isAtEnd() -> Bool {
    skipBlanks()
    return position >= bytes.count || bytes.base[position] == 0x25
  }

  /// Passes over a sign if it comes next.
  mutating func skip(_ sign: UInt8) -> Bool {
    skipBlanks()
    guard position < bytes.count, bytes.base[position] == sign else { return false }
    position += 1
    return true
  }

  /// The next word: up to one of the signs, or to a blank where these end words.
  mutating func word(until signs: [UInt8], endsAtBlank: Bool) throws -> Word {
    skipBlanks()
    guard position < bytes.count else {
      return Word(raw: bytes.slice(position..<position), isQuoted: false, hasEscapes: false)
    }
    let quote = bytes.base[position]
    if quote == 0x27 || quote == 0x22 { return try quoted(quote) }
    let start = position
    while position < bytes.count {
      let byte = bytes.base[position]
      if signs.contains(byte) || byte == 0x25 || endsAtBlank && (byte == 0x20 || byte == 0x09) { break }
      position += 1
    }
    return Word(raw: bytes.slice(start..<position).trimmed, isQuoted: false, hasEscapes: false)
  }

  private mutating func quoted(_ quote: UInt8) throws -> Word {
    let start = position + 1
    var (index, hasEscapes) = (start, false)
    while index < bytes.count {
      let byte = bytes.base[index]
      if byte == 0x5C {
        hasEscapes = true
        index += 2
        continue
      }
      if byte == quote {
        position = index + 1
        return Word(raw: bytes.slice(start..<index), isQuoted: true, hasEscapes: hasEscapes)
      }
      index += 1
    }
    throw Fault(problem: "a quote is opened at byte \(start) of the line and not closed")
  }

  /// Weka's escapes: `\n`, `\r`, `\t`, `\u001E`, and any other sign for itself.
  static func unescaped(_ raw: ByteSlice) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(raw.count)
    var index = 0
    while index < raw.count {
      guard raw.base[index] == 0x5C, index + 1 < raw.count else {
        result.append(raw.base[index])
        index += 1
        continue
      }
      switch raw.base[index + 1] {
      case 0x6E: result.append(0x0A)
      case 0x72: result.append(0x0D)
      case 0x74: result.append(0x09)
      case 0x75 where index + 6 <= raw.count:
        let digits = raw.slice(index + 2..<index + 6).text
        guard let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init), scalar.value > 0 else {
          result.append(0x75)
          break
        }
        result.append(contentsOf: String(scalar).utf8)
        index += 4
      case let other: result.append(other)
      }
      index += 2
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// A text as a word of a line: in quotes, with escapes, where it holds more than letters, digits and a few signs.
  static func escaped(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      byte >= 0x80 || byte >= 0x30 && byte <= 0x39 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte == 0x5F
        || byte == 0x2E || byte == 0x2D || byte == 0x2B
    }
    if isPlain, !text.isEmpty, !text.contains(where: \.isWhitespace) { return text }
    var result = "'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "'", "\"", "\\", "%":
        result += "\\"
        result.unicodeScalars.append(scalar)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "'"
  }
}
