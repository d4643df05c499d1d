extension ByteSlice {
  /// Whether it is a number in a way of writing that is not read as one: `0x1F`, `1_000`, `45%`, `$3`, `3 €`, `20.5 °C`. It must not
  /// have blanks around it.
  var isOddNumber: Bool {
    guard count >= 2 else { return false }
    let body = base[0] == 0x2B || base[0] == 0x2D ? slice(1..<count) : self
    return body.isHexadecimal || body.hasMarkedThousands || hasCurrency || hasUnit
  }

  /// Whether it says true or false.
  var isTruthWord: Bool { equalsIgnoringCase("true") || equalsIgnoringCase("false") }

  /// `0x1F`.
  private var isHexadecimal: Bool {
    guard count > 2, base[0] == 0x30, base[1] | 0x20 == 0x78 else { return false }
    return (2..<count).allSatisfy { base[$0] &- 0x30 <= 9 || (base[$0] | 0x20) &- 0x61 <= 5 }
  }

  /// `1_000`: digits, and an underscore before each three of them.
  private var hasMarkedThousands: Bool {
    guard let first = firstIndex(of: 0x5F), 1...3 ~= first, (count - first) % 4 == 0 else { return false }
    return (0..<count).allSatisfy { place in
      place >= first && (place - first) % 4 == 0 ? base[place] == 0x5F : base[place] &- 0x30 <= 9
    }
  }

  /// A number with the sign of a currency before or behind it.
  private var hasCurrency: Bool {
    for sign in ByteSlice.currencies where count > sign.count {
      if slice(0..<sign.count).equals(sign), slice(sign.count..<count).decimalNumber != nil { return true }
      if slice(count - sign.count..<count).equals(sign), slice(0..<count - sign.count).decimalNumber != nil {
        return true
      }
    }
    return false
  }

  private static let currencies = ["$", "€", "£", "¥"].map { Array($0.utf8) }

  /// A number with `%` behind it, or one with a fraction and a unit of a few letters behind a blank.
  private var hasUnit: Bool {
    var position = 0
    guard let number = DecimalNumber(self, at: &position), position < count else { return false }
    let rest = slice(position..<count)
    let unit = rest.trimmed
    if unit.count == 1, unit[0] == 0x25 { return true }
    guard !number.isInteger, rest.count == unit.count + 1, unit.count <= 8 else { return false }
    // Neither a second number nor a sentence.
    return (0..<unit.count).allSatisfy { unit[$0] &- 0x30 > 9 && unit[$0] != 0x20 && unit[$0] != 0x2C }
  }
}
