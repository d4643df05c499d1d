/// Turns values as they are stored into what a column gives.
enum Conversion {
  /// The closest float64 to `unscaled` times 10 to the power of `-scale`.
  static func decimal(_ unscaled: Int64, scale: Int) -> Double {
    // Both exact in a float64, so that the one division rounds once.
    if (0...22).contains(scale), unscaled.magnitude <= 1 << 53 { return Double(unscaled) / powers[scale] }
    return Double("\(unscaled)e\(0 &- scale)") ?? .nan
  }

  private static let powers: [Double] = (0...22).map { Double("1e\($0)")! }

  /// The same of a whole number of any length, highest byte first, negative ones as two's complement.
  static func decimal(_ bytes: UnsafeBufferPointer<UInt8>, scale: Int) -> Double {
    guard let first = bytes.first else { return 0 }
    let isNegative = first >= 0x80
    if bytes.count <= 8 {
      return decimal(bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) }, scale: scale)
    }
    let digits = decimalDigits(isNegative ? negated(bytes) : Array(bytes))
    return Double((isNegative ? "-" : "") + digits + "e\(0 &- scale)") ?? .nan
  }

  private static func negated(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var (result, carry) = (bytes.map { ~$0 }, true)
    for i in result.indices.reversed() where carry { (result[i], carry) = result[i].addingReportingOverflow(1) }
    return result
  }

  /// A whole number, highest byte first, in decimal.
  private static func decimalDigits(_ bytes: [UInt8]) -> String {
    var parts: [UInt32] = []  // of 9 digits each, lowest first
    for byte in bytes {
      var carry = UInt64(byte)
      for i in parts.indices {
        carry += UInt64(parts[i]) << 8
        parts[i] = UInt32(carry % 1_000_000_000)
        carry /= 1_000_000_000
      }
      if carry > 0 { parts.append(UInt32(carry)) }
    }
    return parts.reversed().map { part in
      let digits = String(part)
      return String(repeating: "0", count: 9 - digits.count) + digits
    }.joined() + (parts.isEmpty ? "0" : "")
  }

  /// A timestamp of type INT96: nanoseconds of the day in 8 bytes, the Julian day in 4.
  static func int96(_ pointer: UnsafeRawPointer, _ unit: ParquetInt96) throws -> Int64 {
    let nanoseconds = Int64(littleEndian: pointer.loadUnaligned(as: Int64.self))
    // 1970-01-01 is Julian day 2,440,588.
    let day = Int64(Int32(littleEndian: pointer.loadUnaligned(fromByteOffset: 8, as: Int32.self))) - 2_440_588
    // Spark's own arithmetic wraps around in the far future, as it writes and as it reads.
    if unit == .microseconds { return day &* 86_400_000_000 &+ nanoseconds / 1_000 }
    let (days, tooFar) = day.multipliedReportingOverflow(by: 86_400_000_000_000)
    let (time, overflow) = days.addingReportingOverflow(nanoseconds)
    guard !tooFar, !overflow else {
      throw ParquetError(
        .unsupported,
        "an INT96 timestamp lies \(day) days from 1970, which a count of nanoseconds in 64 bits does not reach (read "
          + "INT96 as microseconds instead)")
    }
    return time
  }

  /// The number of a float16 (IEEE 754 binary16), which float32 holds exactly. Swift's own type is not on every Mac.
  static func half(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let (exponent, fraction) = (UInt32(bits >> 10 & 0x1f), UInt32(bits & 0x3ff))
    switch exponent {
    case 0: return Float(bitPattern: (Float(fraction) * 0x1p-24).bitPattern | sign)
    case 0x1f: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
