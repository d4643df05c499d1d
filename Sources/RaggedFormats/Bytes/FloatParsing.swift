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
  /// The nearest float32 of the number that is the whole slice, spaces around it aside.
  var parsedFloat: ParsedFloat {
    let text = trimmed
    var position = 0
    guard let number = DecimalNumber(text, at: &position), position == text.count else {
      return text.isNotFinite ? .notFinite : .invalid
    }
    return number.parsedFloat(of: text)
  }

  /// Whether it is a word for not-a-number or an infinity.
  private var isNotFinite: Bool {
    let hasSign = count > 0 && (base[0] == 0x2B || base[0] == 0x2D)
    let word = hasSign ? slice(1..<count) : self
    return word.equalsIgnoringCase("nan") || word.equalsIgnoringCase("inf") || word.equalsIgnoringCase("infinity")
  }
}

extension DecimalNumber {
  /// The nearest float32; `text` is what the number was read from.
  func parsedFloat(of text: ByteSlice) -> ParsedFloat {
    // The standard library's conversion rounds correctly at any length and knows no locale.
    guard let float = quickFloat ?? Float(text.text) else { return .invalid }
    return float.isFinite ? .value(float) : .overflow
  }
}
