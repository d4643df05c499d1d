extension ByteSlice {
  /// Passes over a number as most are written, `-12.345678` or `7`: at most seven digits on either side of the point, with
  /// the delimiter or the end behind it.
  ///
  /// Sixteen bytes behind the slice must be readable, whatever they are; ``LineReader`` keeps them.
  /// - Parameter point: what stands before the fraction.
  /// - Returns: the nearest float32; nil, and nothing is passed over, for any other text, which ``DecimalNumber`` may read.
  @inline(__always)
  func quickFloat(at position: inout Int, before delimiter: UInt8, point: UInt8 = 0x2E) -> Float? {
    var index = position
    let isNegative = base[index] == 0x2D
    if isNegative { index &+= 1 }
    let word = digits(at: index)
    let whole = ByteSlice.digitCount(word)
    guard whole &- 1 < 7 else { return nil }
    var significand = ByteSlice.number(word, digits: whole)
    index &+= Int(truncatingIfNeeded: whole)
    var power = 1.0
    if base[index] == point {
      let word = digits(at: index &+ 1)
      let count = ByteSlice.digitCount(word)
      guard count &- 1 < 7 else { return nil }
      let scale = ByteSlice.scales[Int(truncatingIfNeeded: count)]
      significand = significand &* scale.ten &+ ByteSlice.number(word, digits: count)
      power = scale.inverse
      index &+= 1 &+ Int(truncatingIfNeeded: count)
    }
    guard index < count ? base[index] == delimiter : index == count else { return nil }
    // As in `DecimalNumber.quickFloat`: too close to the middle between two floats, a double does not say which is nearest.
    let double = Double(Int64(truncatingIfNeeded: significand)) * power
    let low = Int64(truncatingIfNeeded: double.bitPattern & 0x1FFF_FFFF) &- 0x1000_0000
    guard low > 8 || low < -8 else { return nil }
    position = index
    let float = Float(double)
    return isNegative ? -float : float
  }

  /// Eight bytes, in which digits are 0 to 9.
  @inline(__always)
  private func digits(at index: Int) -> UInt64 {
    UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self).littleEndian ^ 0x3030_3030_3030_3030
  }

  /// How many digits there are at the beginning.
  @inline(__always)
  private static func digitCount(_ word: UInt64) -> UInt64 {
    // Adding 0x76 sets a byte's high bit where it is more than 9; a carry out of such a byte can only disturb those behind
    // it, which are not looked at.
    let stops = ((word &+ 0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080
    return UInt64(truncatingIfNeeded: stops.trailingZeroBitCount &>> 3)
  }

  /// The number that the first digits are, one at least.
  @inline(__always)
  private static func number(_ word: UInt64, digits count: UInt64) -> UInt64 {
    // The digits move to the end, zeros come before them; then pairs, fours and all eight are put together.
    var digits = word &<< (64 &- 8 &* count)
    digits = (digits &* 2561) &>> 8 & 0x00FF_00FF_00FF_00FF
    digits = (digits &* 6_553_601) &>> 16 & 0x0000_FFFF_0000_FFFF
    return (digits &* 42_949_672_960_001) &>> 32
  }

  /// 10^n, and the double nearest to 10^-n.
  private static let scales: [(ten: UInt64, inverse: Double)] = [
    (1, 1), (10, 1e-1), (100, 1e-2), (1000, 1e-3), (10_000, 1e-4), (100_000, 1e-5), (1_000_000, 1e-6),
    (10_000_000, 1e-7),
  ]

  /// The place of the first delimiter at or behind a position, or the end. Sixteen bytes behind the slice must be readable.
  @inline(__always)
  func end(from position: Int, before delimiter: UInt8) -> Int {
    let pattern = UInt64(delimiter) &* 0x0101_0101_0101_0101
    var index = position
    while index < count {
      let word = UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self).littleEndian ^ pattern
      let found = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
      if found != 0 { return min(index &+ found.trailingZeroBitCount &>> 3, count) }
      index &+= 8
    }
    return count
  }

  /// Passes over a cell's ASCII bytes other than NUL, and quotes that begin a cell. Sixteen bytes behind the slice must be
  /// readable.
  @inline(__always)
  func passText(_ position: inout Int, before delimiter: UInt8) -> Bool {
    if position < count, base[position] == 0x22 { return false }
    let end = end(from: position, before: delimiter)
    var index = position
    while index < end {
      // What is behind the cell becomes ones.
      var word = UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self).littleEndian
      let rest = end &- index
      if rest < 8 {
        let behind = UInt64.max &<< UInt64(truncatingIfNeeded: 8 &* rest)
        word = word & ~behind | behind & 0x0101_0101_0101_0101
      }
      guard (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 == 0 else { return false }
      index &+= 8
    }
    position = end
    return true
  }
}
