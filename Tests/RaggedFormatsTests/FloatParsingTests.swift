import Foundation
import RaggedCore
import Testing

@testable import RaggedFormats

/// A parsed number of `text`.
private func parsed(_ text: String) -> ParsedFloat {
  Array(text.utf8).withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return .invalid }
    return ByteSlice(base: base, count: buffer.count).parsedFloat
  }
}

/// A parsed number of `text` with a delimiter and more digits behind it, as it stands in a row.
private func parsedInRow(_ text: String) -> ParsedFloat {
  Array((text + ",12345678901234567890").utf8).withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return .invalid }
    var position = 0
    let number = DecimalNumber(ByteSlice(base: base, count: buffer.count), at: &position)
    guard let number, position == text.utf8.count else { return .invalid }
    return number.parsedFloat(of: ByteSlice(base: base, count: position))
  }
}

/// The same by the short way, nil where that is not taken. What is behind the row are digits.
private func parsedQuickly(_ text: String) -> ParsedFloat? {
  Array((text + "7777777777777777").utf8).withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return nil }
    var position = 0
    let row = ByteSlice(base: base, count: text.utf8.count)
    // Where digits follow, the number does not end with the row.
    guard let float = row.quickFloat(at: &position, before: 0x2C) else { return nil }
    return .value(float)
  }
    ?? Array((text + ",7777777777777777").utf8).withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      var position = 0
      let row = ByteSlice(base: base, count: text.utf8.count + 1)
      guard let float = row.quickFloat(at: &position, before: 0x2C), position == text.utf8.count else { return nil }
      return .value(float)
    }
}

/// What C makes of it.
private func expected(_ text: String) -> ParsedFloat {
  let value = strtof(text, nil)
  return value.isFinite ? .value(value) : .overflow
}

private func expectSameBits(_ text: String) {
  let wanted = expected(text)
  for found in [parsed(text), parsedInRow(text), parsedQuickly(text) ?? wanted] where !found.hasSameBits(as: wanted) {
    Issue.record("\(text) is \(found), expected \(wanted)")
  }
}

extension ParsedFloat {
  /// Zeros of different signs are equal, and not the same.
  fileprivate func hasSameBits(as other: ParsedFloat) -> Bool {
    if case (.value(let mine), .value(let theirs)) = (self, other) { return mine.bitPattern == theirs.bitPattern }
    return self == other
  }
}

/// Numbers that are tried, nearly: `RAGGED_DECIMALS=5000000 swift test --filter FloatParsing` tries more.
private let decimalCount = ProcessInfo.processInfo.environment["RAGGED_DECIMALS"].flatMap { Int($0) } ?? 200_000

@Suite struct FloatParsingTests {
  @Test func everyFloatReadsBack() {
    var random = SeededRandom(seed: 1)
    for _ in 0..<decimalCount / 10 {
      let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
      guard value.isFinite else { continue }
      for text in ["\(value)", "\(Double(value))"] where !parsed(text).hasSameBits(as: .value(value)) {
        Issue.record("\(text) is \(parsed(text)), expected \(value)")
      }
    }
  }

  /// Up to 40 digits, a point anywhere, and exponents from those of subnormal floats to those of overflowing ones.
  @Test func randomDecimalsAgreeWithC() {
    var random = SeededRandom(seed: 2)
    for _ in 0..<decimalCount / 2 {
      let digits = 1 + Int(random.next() % (random.next() % 8 == 0 ? 40 : 20))
      var text: [UInt8] = random.next() % 2 == 0 ? [0x2D] : []
      let point = Int(random.next() % UInt64(digits + 1))
      for index in 0..<digits {
        if index == point { text.append(0x2E) }
        text.append(0x30 + UInt8(random.next() % 10))
      }
      if random.next() % 2 == 0 { text += "e\(Int(random.next() % 110) - 60)".utf8 }
      expectSameBits(String(decoding: text, as: UTF8.self))
    }
  }

  /// Numbers at and a hair beside the middle between two floats, where rounding twice goes wrong: in full, as C writes
  /// the nearest doubles, cut to few digits, and with digits far behind. One in four is subnormal.
  @Test func middlesBetweenFloatsAgreeWithC() {
    var random = SeededRandom(seed: 3)
    for round in 0..<decimalCount / 15 {
      let bits = UInt32(truncatingIfNeeded: random.next()) & (round % 4 == 0 ? 0x007F_FFFF : 0x7FFF_FFFF)
      let value = Float(bitPattern: bits)
      guard value.isFinite, value.nextUp.isFinite else { continue }
      let middle = (Double(value) + Double(value.nextUp)) / 2
      let text = String(format: "%.140g", middle)
      expectSameBits(text)
      for beside in [middle.nextUp, middle.nextDown] { expectSameBits(String(format: "%.140g", beside)) }
      for digits in [17, 15, 9] { expectSameBits(String(format: "%.\(digits)g", middle)) }
      if text.contains("."), !text.contains("e") { expectSameBits(text + "0000000000000000000000000001") }
    }
  }

  /// Short decimals of the size that files hold: digits before and behind the point in every number.
  @Test func shortDecimalsAgreeWithC() {
    var random = SeededRandom(seed: 4)
    for whole in 0...4 {
      for fraction in 0...18 where whole + fraction > 0 {
        for _ in 0..<decimalCount / 400 {
          let digits = (0..<whole + fraction).map { _ in "\(random.next() % 10)" }
          let point = fraction > 0 ? "." : ""
          expectSameBits("-" + digits[..<whole].joined() + point + digits[whole...].joined())
        }
      }
    }
  }

  @Test(arguments: [
    "0", "-0", "0.0", "1", "+1", ".5", "5.", "-.5", "1e10", "1E-10", "16777217", "16777219", "9007199791611905",
    "3.4028235e38", "3.4028235677973366e38", "3.40282356779733661e38", "1e39", "-1e39", "1.17549435e-38", "1e-45",
    "7.006492321624085e-46", "7.006492321624086e-46", "1e-400", "1e400", "0e999999999999", "18446744073709551616",
    "0.00000000000000000000000000000000000000000000000000000000000000000001e68", "1e999999999999", "1e-999999999999",
    "100000000000000000000000000000000000000000000000000e-50",
  ])
  func examplesAgreeWithC(text: String) { expectSameBits(text) }

  @Test func longDigitsAgreeWithC() {
    expectSameBits("0." + String(repeating: "0", count: 5000) + "1e5001")
    expectSameBits(String(repeating: "9", count: 5000) + "e-4990")
    expectSameBits("1" + String(repeating: "0", count: 5000) + "e-5000")
  }

  @Test(arguments: [
    "", " ", "-", "+", ".", "e5", "1e", "1e+", "1e-", "1..2", "1.2.3", "0x10", "1,5", "1 2", "--1", "1f", "١", "n/a",
    "\0",
  ])
  func whatIsNoNumber(text: String) { #expect(parsed(text) == .invalid) }

  @Test(arguments: ["nan", "NaN", "-NAN", "inf", "+Inf", "-Infinity", "INFINITY"])
  func whatIsNotFinite(text: String) { #expect(parsed(text) == .notFinite) }

  @Test func spacesAroundANumberAreIgnored() { #expect(parsed(" \t-2.5\t ") == .value(-2.5)) }

  @Test func timesCompareExactly() {
    func number(_ text: String) -> DecimalNumber? {
      Array(text.utf8).withUnsafeBufferPointer { buffer in
        var position = 0
        return buffer.baseAddress.flatMap { DecimalNumber(ByteSlice(base: $0, count: buffer.count), at: &position) }
      }
    }
    let rising = [
      "-1e30", "-10", "-9.5", "-0.1", "0", "1e-9", "9.5", "10", "1700000000.123456788", "1700000000.123456789",
      "1700000000000000001", "1700000000000000002", "1e25", "1e30",
    ]
    for i in rising.indices {
      for j in rising.indices {
        guard let a = number(rising[i]), let b = number(rising[j]) else { Issue.record("no number"); continue }
        #expect((a.order(to: b) < 0) == (i < j), "\(rising[i]) \(rising[j])")
      }
    }
  }
}
