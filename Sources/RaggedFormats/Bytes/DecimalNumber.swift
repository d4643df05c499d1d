/// What the text of a number came to.
enum ParsedFloat: Equatable {
  /// The nearest float32.
  case value(Float)
  /// A number, beyond the largest float32.
  case overflow
  /// The word for not-a-number or for an infinity.
  case notFinite
  /// No number.
  case invalid
}

/// A decimal number as it is written: `significand · 10^exponent`.
struct DecimalNumber {
  /// The first 19 significant digits.
  var significand: UInt64 = 0
  /// The power of ten.
  var exponent = 0
  /// Whether a minus stands before it.
  var isNegative = false
  /// Whether digits other than 0 come after the 19 that are kept.
  var isTruncated = false
  /// Whether it is written as JSON demands: no plus, no leading zeros, digits on both sides of the point.
  var isStrict = true
  /// Whether it has neither point nor exponent.
  var isInteger = true

  /// Reads a number at `position`, which moves behind it; nil, and `position` anywhere, where none begins there.
  /// - Parameter point: what stands before the fraction.
  @inline(__always)
  init?(_ bytes: ByteSlice, at position: inout Int, point: UInt8 = 0x2E) {
    let limit = bytes.count
    let base = bytes.base
    var index = position
    if index < limit, base[index] == 0x2D || base[index] == 0x2B {
      isNegative = base[index] == 0x2D
      isStrict = isNegative
      index &+= 1
    }
    let whole = index
    var value: UInt64 = 0
    while index < limit {
      let digit = base[index] &- 0x30
      if digit > 9 { break }
      value = value &* 10 &+ UInt64(digit)
      index &+= 1
    }
    var digitCount = index &- whole
    if digitCount == 0 || (digitCount > 1 && base[whole] == 0x30) { isStrict = false }
    if index < limit, base[index] == point {
      isInteger = false
      index &+= 1
      let fraction = index
      DecimalNumber.takeDigits(base, &index, limit, into: &value)
      if index == fraction { isStrict = false }
      digitCount &+= index &- fraction
      exponent = fraction &- index
    }
    guard digitCount > 0 else { return nil }
    significand = value
    if digitCount > 19 { rescan(bytes.slice(whole..<index)) }
    if index < limit, base[index] | 0x20 == 0x65 {
      guard let written = DecimalNumber.exponent(bytes, at: &index) else { return nil }
      exponent += written
      isInteger = false
    }
    position = index
  }

  /// Appends the digits at `index`, which moves behind them, to `value`, eight at a time while there are eight bytes left.
  @inline(__always)
  private static func takeDigits(
    _ base: UnsafePointer<UInt8>, _ index: inout Int, _ limit: Int, into value: inout UInt64
  ) {
    while index &+ 8 <= limit {
      // Digits become 0 to 9. Adding 0x76 sets a byte's high bit where it is more; a carry out of such a byte can only
      // disturb those behind it, which are not looked at.
      let word = UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self).littleEndian ^ 0x3030_3030_3030_3030
      let stops = ((word &+ 0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080
      let count = stops.trailingZeroBitCount >> 3
      if count == 0 { return }
      // The digits move to the end, zeros come before them; then pairs, fours and all eight are put together.
      var digits = word &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count)
      digits = (digits &* 2561) &>> 8 & 0x00FF_00FF_00FF_00FF
      digits = (digits &* 6_553_601) &>> 16 & 0x0000_FFFF_0000_FFFF
      digits = (digits &* 42_949_672_960_001) &>> 32
      value = value &* DecimalNumber.tens[count] &+ digits
      index &+= count
      if count < 8 { return }
    }
    while index < limit {
      let digit = base[index] &- 0x30
      if digit > 9 { break }
      value = value &* 10 &+ UInt64(digit)
      index &+= 1
    }
  }

  /// 10^0 … 10^8.
  private static let tens: [UInt64] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000]

  /// Digits with a point, more of them than fit in 64 bits: keeps the first 19 that count.
  @inline(never)
  private mutating func rescan(_ digits: ByteSlice) {
    var kept = 0
    var isFraction = false
    significand = 0
    exponent = 0
    for index in 0..<digits.count {
      let digit = digits[index] &- 0x30
      if digit > 9 {
        isFraction = true
      } else if kept < 19 {
        if digit > 0 || kept > 0 { kept += 1 }
        significand = significand &* 10 &+ UInt64(digit)
        if isFraction { exponent -= 1 }
      } else {
        if digit > 0 { isTruncated = true }
        if !isFraction { exponent += 1 }
      }
    }
  }

  /// Reads `e-12` at `index`, which moves behind it. Exponents beyond 10^8 stay there: no float is that large or small.
  @inline(never)
  private static func exponent(_ bytes: ByteSlice, at index: inout Int) -> Int? {
    index += 1
    guard index < bytes.count else { return nil }
    let sign = bytes[index]
    if sign == 0x2B || sign == 0x2D { index += 1 }
    let first = index
    var value = 0
    while index < bytes.count {
      let digit = bytes[index] &- 0x30
      if digit > 9 { break }
      value = min(value * 10 + Int(digit), 100_000_000)
      index += 1
    }
    guard index > first else { return nil }
    return sign == 0x2D ? -value : value
  }
}

/// 10^-60 … 10^60, each the nearest double.
private let powersOfTen: [Double] = [
  1e-60, 1e-59, 1e-58, 1e-57, 1e-56, 1e-55, 1e-54, 1e-53, 1e-52, 1e-51, 1e-50, 1e-49, 1e-48, 1e-47, 1e-46, 1e-45,
  1e-44, 1e-43, 1e-42, 1e-41, 1e-40, 1e-39, 1e-38, 1e-37, 1e-36, 1e-35, 1e-34, 1e-33, 1e-32, 1e-31, 1e-30, 1e-29,
  1e-28, 1e-27, 1e-26, 1e-25, 1e-24, 1e-23, 1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17, 1e-16, 1e-15, 1e-14, 1e-13,
  1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26,
  1e27, 1e28, 1e29, 1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38, 1e39, 1e40, 1e41, 1e42, 1e43, 1e44, 1e45,
  1e46, 1e47, 1e48, 1e49, 1e50, 1e51, 1e52, 1e53, 1e54, 1e55, 1e56, 1e57, 1e58, 1e59, 1e60,
]

extension DecimalNumber {
  /// The nearest float32 by way of a double, nil where the double is too close to the middle between two
  /// floats to say, and where the number is beyond the floats.
  ///
  /// Significand, power and product are each rounded once, so the double is within 3 units in its last place of the
  /// number. The middles between floats are doubles whose 29 low bits are 1 followed by zeros: 8 units or more away from
  /// one, every number that the double may stand for rounds to the same float. Below the normal floats the bits lie
  /// elsewhere.
  @inline(__always)
  var quickFloat: Float? {
    if significand == 0 { return isNegative ? -0.0 : 0 }
    guard exponent >= -60, exponent <= 60 else { return nil }
    let double = Double(significand) * powersOfTen[exponent + 60]
    guard double >= 0x1p-126 else { return nil }
    let low = Int64(double.bitPattern & 0x1FFF_FFFF) - 0x1000_0000
    guard low > 8 || low < -8 else { return nil }
    let float = Float(double)
    guard float.isFinite else { return nil }
    return isNegative ? -float : float
  }
}

extension ByteSlice {
  /// The number that is the whole slice, spaces around it aside; nil where it is none.
  var decimalNumber: DecimalNumber? {
    let text = trimmed
    var position = 0
    guard let number = DecimalNumber(text, at: &position), position == text.count else { return nil }
    return number
  }

  /// The nearest float32 of the number that is the whole slice, spaces around it aside.
  var parsedFloat: ParsedFloat {
    let text = trimmed
    guard let number = text.decimalNumber else { return text.isNotFinite ? .notFinite : .invalid }
    return number.parsedFloat(of: text)
  }

  fileprivate func text(withPointFor mark: UInt8) -> String {
    mark == 0x2E ? text : String(decoding: array.map { $0 == mark ? 0x2E : $0 }, as: UTF8.self)
  }

  /// Whether it is a word for not-a-number or an infinity.
  var isNotFinite: Bool {
    let hasSign = count > 0 && (base[0] == 0x2B || base[0] == 0x2D)
    let word = hasSign ? slice(1..<count) : self
    return word.equalsIgnoringCase("nan") || word.equalsIgnoringCase("inf") || word.equalsIgnoringCase("infinity")
  }
}

extension DecimalNumber {
  /// Its value where it is written as a whole number that is not negative, in at most 19 digits; nil otherwise.
  var natural: UInt64? { isInteger && !isNegative && exponent == 0 && !isTruncated ? significand : nil }

  /// The nearest float32; `text` is what the number was read from, with this before its fraction.
  func parsedFloat(of text: ByteSlice, point: UInt8 = 0x2E) -> ParsedFloat {
    // The standard library's conversion rounds correctly at any length and knows no locale.
    guard let float = quickFloat ?? Float(text.text(withPointFor: point)) else { return .invalid }
    return float.isFinite ? .value(float) : .overflow
  }
}
