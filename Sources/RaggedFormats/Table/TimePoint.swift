/// A time as it stands in a cell, to be compared without rounding.
enum TimePoint {
  /// A number of at most 19 digits.
  case number(DecimalNumber)
  /// A longer one.
  case long(ExactDecimal)
  /// A date or a time of day.
  case calendar(CalendarTime)

  /// What times have to have in common to be compared.
  enum Form: Equatable {
    case number
    case calendar(CalendarTime.Form)
  }

  /// nil for what is neither a number nor ISO 8601; `text` has no blanks around it.
  init?(_ text: ByteSlice) {
    var position = 0
    if let number = DecimalNumber(text, at: &position), position == text.count {
      self = number.isTruncated ? .long(ExactDecimal(text)) : .number(number)
    } else if let time = CalendarTime(text) {
      self = .calendar(time)
    } else {
      return nil
    }
  }

  var form: Form {
    switch self {
    case .number, .long: .number
    case .calendar(let time): .calendar(time.form)
    }
  }

  /// -1 where this is earlier than the other, 0 where they are the same, 1 where it is later; nil where they are of
  /// different forms.
  func order(to other: TimePoint) -> Int? {
    switch (self, other) {
    case (.number(let mine), .number(let theirs)): mine.order(to: theirs)
    case (.number(let mine), .long(let theirs)): ExactDecimal(mine).order(to: theirs)
    case (.long(let mine), .number(let theirs)): mine.order(to: ExactDecimal(theirs))
    case (.long(let mine), .long(let theirs)): mine.order(to: theirs)
    case (.calendar(let mine), .calendar(let theirs)): mine.order(to: theirs)
    default: nil
    }
  }
}

extension TimePoint.Form {
  /// In words, for messages.
  var words: String {
    switch self {
    case .number: "a number"
    case .calendar(.local): "a date"
    case .calendar(.zoned): "a date with a zone"
    case .calendar(.clock): "a time of day"
    }
  }
}

extension DecimalNumber {
  /// -1, 0 or 1 as it is less than, equal to or more than the other. Exact for numbers that are not truncated.
  @inline(__always)
  func order(to other: DecimalNumber) -> Int {
    if exponent == other.exponent, !isNegative, !other.isNegative {
      return significand == other.significand ? 0 : significand < other.significand ? -1 : 1
    }
    return scaledOrder(to: other)
  }

  @inline(never)
  private func scaledOrder(to other: DecimalNumber) -> Int {
    let (mine, theirs) = (sign, other.sign)
    if mine != theirs || mine == 0 { return mine == theirs ? 0 : mine < theirs ? -1 : 1 }
    let isMore =
      exponent >= other.exponent
      ? DecimalNumber.magnitudeOrder(significand, exponent - other.exponent, other.significand)
      : -DecimalNumber.magnitudeOrder(other.significand, other.exponent - exponent, significand)
    return mine * isMore
  }

  private var sign: Int { significand == 0 ? 0 : isNegative ? -1 : 1 }

  /// How `larger · 10^shift` compares with `smaller`; neither is 0.
  private static func magnitudeOrder(_ larger: UInt64, _ shift: Int, _ smaller: UInt64) -> Int {
    // 10^20 is beyond 64 bits, whatever it is multiplied by.
    guard shift < 20 else { return 1 }
    let power = (0..<shift).reduce(UInt64(1)) { power, _ in power * 10 }
    let product = larger.multipliedFullWidth(by: power)
    if product.high > 0 { return 1 }
    return product.low == smaller ? 0 : product.low < smaller ? -1 : 1
  }
}

/// A decimal number of any length: `0.d₁d₂… · 10^point`.
struct ExactDecimal {
  private var isNegative = false
  /// Without zeros at either end.
  private var digits: [UInt8] = []
  private var point = 0

  /// The number that is the whole text, which must be one.
  init(_ text: ByteSlice) { self.init(UnsafeBufferPointer(start: text.base, count: text.count)) }

  init(_ number: DecimalNumber) {
    self.init(Array("\(number.isNegative ? "-" : "")\(number.significand)e\(number.exponent)".utf8))
  }

  private init(_ text: some Collection<UInt8>) {
    var hasPoint = false
    var rest = text[...]
    while let byte = rest.popFirst() {
      switch byte {
      case 0x2D: isNegative = true
      case 0x2E: hasPoint = true
      case 0x30...0x39:
        if byte == 0x30, digits.isEmpty {
          if hasPoint { point -= 1 }
        } else {
          digits.append(byte)
          if !hasPoint { point += 1 }
        }
      case 0x45, 0x65:
        let exponent = Int(String(decoding: rest, as: UTF8.self)) ?? (rest.first == 0x2D ? Int.min / 4 : Int.max / 4)
        point += max(Int.min / 4, min(Int.max / 4, exponent))
        rest = rest.suffix(0)
      default: break
      }
    }
    while digits.last == 0x30 { digits.removeLast() }
  }

  /// -1, 0 or 1 as it is less than, equal to or more than the other.
  func order(to other: ExactDecimal) -> Int {
    let (mine, theirs) = (sign, other.sign)
    if mine != theirs || mine == 0 { return mine == theirs ? 0 : mine < theirs ? -1 : 1 }
    if point != other.point { return point < other.point ? -mine : mine }
    if digits == other.digits { return 0 }
    return digits.lexicographicallyPrecedes(other.digits) ? -mine : mine
  }

  private var sign: Int { digits.isEmpty ? 0 : isNegative ? -1 : 1 }
}
