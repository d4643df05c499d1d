/// How the numbers of a table are written: what stands before the fraction, and what parts thousands.
struct NumberForm: Sendable, Equatable {
  /// What stands before the fraction: the point or the comma.
  var point: UInt8 = 0x2E
  /// What may stand between groups of three digits; nil where nothing may. A space stands for those that do not break too,
  /// an apostrophe for the typographic one.
  var thousands: UInt8?

  /// Whether numbers are written as programs write them.
  var isPlain: Bool { point == 0x2E && thousands == nil }

  /// The number that is the whole cell, blanks around it aside; nil where it is none that is written so.
  func number(_ cell: ByteSlice) -> DecimalNumber? {
    if isPlain { return cell.decimalNumber }
    let text = cell.trimmed
    var position = 0
    if let number = DecimalNumber(text, at: &position, point: point), position == text.count { return number }
    return withoutMarks(text)?.withUnsafeSlice { digits in
      var position = 0
      guard let number = DecimalNumber(digits, at: &position, point: point), position == digits.count else {
        return nil
      }
      return number
    }
  }

  /// The nearest float32 of the number that is the whole cell.
  func float(_ cell: ByteSlice) -> ParsedFloat {
    if isPlain { return cell.parsedFloat }
    let text = cell.trimmed
    var position = 0
    if let number = DecimalNumber(text, at: &position, point: point), position == text.count {
      return number.parsedFloat(of: text, point: point)
    }
    if text.isNotFinite { return .notFinite }
    let marked: ParsedFloat? = withoutMarks(text)?.withUnsafeSlice { digits in
      var position = 0
      guard let number = DecimalNumber(digits, at: &position, point: point), position == digits.count else {
        return nil
      }
      return number.parsedFloat(of: digits, point: point)
    }
    return marked ?? .invalid
  }

  /// The time in a cell that has no blanks around it; nil where there is none that is understood, or a number that is not
  /// written so.
  func time(_ text: ByteSlice) -> TimePoint? {
    if isPlain { return TimePoint(text) }
    if let number = number(text), !number.isTruncated { return .number(number) }
    guard case .calendar(let time)? = TimePoint(text) else { return nil }
    return .calendar(time)
  }

  /// The digits of a number without the marks between its thousands; nil where there are none, or they do not stand
  /// before each group of three.
  private func withoutMarks(_ text: ByteSlice) -> [UInt8]? {
    guard let thousands, text.count <= 64 else { return nil }
    var result: [UInt8] = []
    var (index, digits, marks) = (0, 0, 0)
    if index < text.count, text[index] == 0x2B || text[index] == 0x2D {
      result.append(text[index])
      index += 1
    }
    while index < text.count {
      let byte = text[index]
      if byte &- 0x30 <= 9 {
        digits += 1
        result.append(byte)
        index += 1
        continue
      }
      let width = NumberForm.width(of: thousands, text, at: index)
      guard width > 0 else { break }
      guard marks == 0 ? (1...3).contains(digits) : digits == 3 else { return nil }
      (marks, digits) = (marks + 1, 0)
      index += width
    }
    guard marks > 0, digits == 3 else { return nil }
    return result + text.slice(index..<text.count).array
  }

  /// Bytes of the mark that stands at a place, 0 where none does.
  static func width(of mark: UInt8, _ text: ByteSlice, at index: Int) -> Int {
    if text[index] == mark { return 1 }
    func has(_ bytes: [UInt8]) -> Bool {
      index + bytes.count <= text.count && text.slice(index..<index + bytes.count).equals(bytes)
    }
    switch mark {
    // No-break space; narrow no-break space and thin space.
    case 0x20: return has([0xC2, 0xA0]) ? 2 : has([0xE2, 0x80, 0xAF]) || has([0xE2, 0x80, 0x89]) ? 3 : 0
    // Right single quotation mark.
    case 0x27: return has([0xE2, 0x80, 0x99]) ? 3 : 0
    default: return 0
    }
  }

  /// How a number is written, in words: `with a decimal comma`.
  var words: String {
    let decimal = point == 0x2C ? "with a decimal comma" : "with a decimal point"
    guard let thousands else { return decimal }
    return "\(decimal) and \(String(UnicodeScalar(thousands)).quotedForMessage) between thousands"
  }
}

extension [UInt8] {
  /// Lends the bytes; nil where there are none.
  func withUnsafeSlice<Result>(_ body: (ByteSlice) -> Result?) -> Result? {
    withUnsafeBufferPointer { buffer in
      buffer.baseAddress.flatMap { body(ByteSlice(base: $0, count: buffer.count)) }
    }
  }
}
