import RaggedCore
import RaggedParquet

/// How the values of a Parquet column stand as text, for a reader of tables or objects.
enum ParquetCellForm: Equatable {
  case boolean, integer, real, text, uuid, date
  case time(ParquetTimeUnit)
  case timestamp(ParquetTimeUnit, utc: Bool)

  /// nil for bytes that are no text.
  init?(_ column: ParquetColumn) {
    switch (column.kind, column.logicalType) {
    case (_, .date): self = .date
    case (_, .time(let unit, _)): self = .time(unit)
    case (_, .timestamp(let unit, let utc)): self = .timestamp(unit, utc: utc)
    case (.boolean, _): self = .boolean
    case (.int32, _), (.int64, _), (.uint64, _): self = .integer
    case (.float, _), (.double, _): self = .real
    case (.bytes, .uuid) where column.typeLength == 16: self = .uuid
    case (.bytes, .string), (.bytes, .enumeration), (.bytes, .json): self = .text
    // Writers of before 2014 have no word for text.
    case (.bytes, nil) where column.physicalType == .byteArray: self = .text
    case (.bytes, _): return nil
    }
  }

  /// What a cell is.
  var kind: Column.Kind {
    switch self {
    case .boolean, .integer, .real: .number
    case .text, .uuid: .category
    case .date, .time, .timestamp: .time
    }
  }

  /// Whether its texts are characters of a number alone, which need no quotes.
  var isNumber: Bool { kind == .number }
}

extension CellText {
  /// `2020-12-31`, from days since 1970; the days as a number of seconds where the year does not have four digits.
  mutating func appendDate(_ days: Int64) {
    guard (-719_162..<2_932_897).contains(days) else {
      let (seconds, overflows) = days.multipliedReportingOverflow(by: 86_400)
      return appendInteger(overflows ? days : seconds)
    }
    // Hinnant, chrono-compatible algorithms: years that begin in March.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    appendInteger(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), width: 4)
    append(0x2D)
    appendInteger(month, width: 2)
    append(0x2D)
    appendInteger(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, width: 2)
  }

  /// `08:30:00.25`, from a count of parts of a second since midnight.
  mutating func appendClock(_ count: Int64, _ unit: ParquetTimeUnit) {
    guard count >= 0 else { return appendInteger(count) }
    let (seconds, part) = count.quotientAndRemainder(dividingBy: unit.perSecond)
    appendInteger(seconds / 3600, width: 2)
    append(0x3A)
    appendInteger(seconds / 60 % 60, width: 2)
    append(0x3A)
    appendInteger(seconds % 60, width: 2)
    appendFraction(part, unit)
  }

  /// What is behind the point of a number of seconds, if anything is.
  private mutating func appendFraction(_ part: Int64, _ unit: ParquetTimeUnit) {
    guard part > 0 else { return }
    append(0x2E)
    appendInteger(part, width: unit == .milliseconds ? 3 : unit == .microseconds ? 6 : 9)
  }

  /// `2020-12-31T08:30:00Z`, from a count of parts of a second since 1970.
  mutating func appendTimestamp(_ count: Int64, _ unit: ParquetTimeUnit, utc: Bool) {
    let perDay = unit.perSecond * 86_400
    var (days, rest) = count.quotientAndRemainder(dividingBy: perDay)
    if rest < 0 { (days, rest) = (days - 1, rest + perDay) }
    guard (-719_162..<2_932_897).contains(days) else {
      // As a number of seconds.
      let (seconds, part) = count.magnitude.quotientAndRemainder(dividingBy: UInt64(unit.perSecond))
      if count < 0 { append(0x2D) }
      appendInteger(seconds)
      return appendFraction(Int64(part), unit)
    }
    appendDate(days)
    append(0x54)
    appendClock(rest, unit)
    if utc { append(0x5A) }
  }

  /// `123e4567-e89b-12d3-a456-426614174000`.
  mutating func appendUUID(_ value: UnsafeBufferPointer<UInt8>) {
    for (place, byte) in value.enumerated() {
      if [4, 6, 8, 10].contains(place) { append(0x2D) }
      for digit in [byte >> 4, byte & 15] { append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
    }
  }

  /// A whole number as the column means it.
  mutating func appendInteger(_ number: some FixedWidthInteger, as form: ParquetCellForm) {
    switch form {
    case .date: appendDate(Int64(truncatingIfNeeded: number))
    case .time(let unit): appendClock(Int64(truncatingIfNeeded: number), unit)
    case .timestamp(let unit, let utc): appendTimestamp(Int64(truncatingIfNeeded: number), unit, utc: utc)
    case .boolean, .integer, .real, .text, .uuid: appendInteger(number)
    }
  }

  /// A text as a JSON string.
  mutating func appendString(_ text: some Collection<UInt8>) {
    append(0x22)
    for byte in text {
      switch byte {
      case 0x22, 0x5C:
        append(0x5C)
        append(byte)
      case 0..<0x20:
        append("\\u00")
        for digit in [byte >> 4, byte & 15] { append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
      default: append(byte)
      }
    }
    append(0x22)
  }
}
