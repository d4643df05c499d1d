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
  init?(_ bytes: ByteSlice, at position: inout Int) {
    let limit = bytes.count
    let base = bytes.base
    var index = position
    if index < limit, base[index] == 0x2D || base[index] == 0x2B {
      isNegative = base[index] == 0x2D
      isStrict = isNegative
      index += 1
    }
    let whole = index
    var value: UInt64 = 0
    while index < limit {
      let digit = base[index] &- 0x30
      if digit > 9 { break }
      value = value &* 10 &+ UInt64(digit)
      index += 1
    }
    var digitCount = index - whole
    if digitCount == 0 || (digitCount > 1 && base[whole] == 0x30) { isStrict = false }
    if index < limit, base[index] == 0x2E {
      isInteger = false
      index += 1
      let fraction = index
      while index < limit {
        let digit = base[index] &- 0x30
        if digit > 9 { break }
        value = value &* 10 &+ UInt64(digit)
        index += 1
      }
      if index == fraction { isStrict = false }
      digitCount += index - fraction
      exponent = fraction - index
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

  /// Digits with a point, more of them than fit in 64 bits: keeps the first 19 that count.
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
