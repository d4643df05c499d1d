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
  @inline(__always)
  init?(_ bytes: ByteSlice, at position: inout Int) {
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
    if index < limit, base[index] == 0x2E {
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

  /// Appends the digits at `index`, which moves behind them, to `value`, eight at a time where so many bytes are left.
  @inline(__always)
  private static func takeDigits(
    _ base: UnsafePointer<UInt8>, _ index: inout Int, _ limit: Int, into value: inout UInt64
  ) {
    while index &+ 8 <= limit {
      // Digits become 0 to 9. Adding 0x76 sets a byte's high bit where it is more; a carry out of such a byte can only
      // disturb those behind it, which are not looked at.
      let word =
        UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self).littleEndian ^ 0x3030_3030_3030_3030
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
