/// Checks that the times of a sequence rise: as numbers where they are numbers, else as text (ISO 8601 dates rise so).
struct TimeOrder {
  private var last: [UInt8] = []
  private var lastNumber: DecimalNumber?
  private var hasLast = false
  private let cells: TableCells

  init(cells: TableCells) { self.cells = cells }

  /// Forgets the sequence before.
  mutating func restart() { hasLast = false }

  /// Takes the time of the next timestep.
  /// - Throws: ``InputError`` where it is not later than the one before.
  mutating func advance(_ cell: ByteSlice, _ column: Int, _ line: Int) throws {
    let text = cell.trimmed
    if text.isEmpty { throw cells.fault(line, "column \(cells.name(column)) is empty, expected a time") }
    var position = 0
    var number = DecimalNumber(text, at: &position)
    if position != text.count { number = nil }
    if hasLast {
      let isLater =
        switch (lastNumber, number) {
        case (let before?, let now?): before.isLess(than: now)
        case (nil, nil): last.lexicographicallyPrecedes(UnsafeBufferPointer(start: text.base, count: text.count))
        default: false
        }
      if !isLater {
        let before = lastText.quotedForMessage
        throw cells.fault(
          line, "column \(cells.name(column)) is \(text.quoted) after \(before), expected times that rise")
      }
    }
    take(number, text)
  }

  /// Whether a number is later than the time before, which is a number too if there is one.
  @inline(__always)
  func rises(to number: DecimalNumber) -> Bool {
    guard hasLast else { return true }
    return lastNumber?.isLess(than: number) ?? false
  }

  /// Remembers a time that has been found to rise: as a number if it is one, and as it is written.
  @inline(__always)
  mutating func take(_ number: DecimalNumber?, _ text: ByteSlice) {
    hasLast = true
    lastNumber = number
    // A whole number can be written again from its value.
    if let number, number.isInteger, !number.isTruncated, number.exponent == 0 { return }
    last.removeAll(keepingCapacity: true)
    last.append(contentsOf: UnsafeBufferPointer(start: text.base, count: text.count))
  }
}

extension TimeOrder {
  private var lastText: String {
    guard let lastNumber, lastNumber.isInteger, !lastNumber.isTruncated, lastNumber.exponent == 0 else {
      return String(decoding: last, as: UTF8.self)
    }
    return "\(lastNumber.isNegative ? "-" : "")\(lastNumber.significand)"
  }
}

extension DecimalNumber {
  /// Whether it is the smaller of two; exact up to 19 digits where the numbers are of like size, else as doubles.
  func isLess(than other: DecimalNumber) -> Bool {
    if !isNegative, !other.isNegative, !isTruncated, !other.isTruncated, exponent == other.exponent {
      return significand < other.significand
    }
    if let mine = scaled(to: min(exponent, other.exponent)),
      let theirs = other.scaled(to: min(exponent, other.exponent))
    {
      switch (isNegative, other.isNegative) {
      case (false, false): return mine < theirs
      case (true, true): return mine > theirs
      case (true, false): return mine > 0 || theirs > 0
      case (false, true): return false
      }
    }
    return approximation < other.approximation
  }

  private func scaled(to smaller: Int) -> UInt64? {
    var result = significand
    guard !isTruncated, exponent - smaller <= 18 else { return nil }
    for _ in 0..<(exponent - smaller) {
      let (product, overflows) = result.multipliedReportingOverflow(by: 10)
      if overflows { return nil }
      result = product
    }
    return result
  }

  private var approximation: Double { Double("\(isNegative ? "-" : "")\(significand)e\(exponent)") ?? 0 }
}
