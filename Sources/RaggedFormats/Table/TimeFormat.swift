/// How the times of a column are written, as a whole.
struct TimeFormat: Equatable {
  /// What a cell may be.
  enum Form: Equatable {
    /// ISO 8601 or a number.
    case any
    case iso
    /// `31.12.2020 08:30` or `12/31/20 8:30 PM`: whether the day stands first.
    case written(dayFirst: Bool)
    case number
    case pattern(TimePattern)
  }

  var form = Form.any
  /// The unit of numbers.
  var unit = TimeUnit.seconds
  /// The rows by which none of the two orders of a written date was ruled out, in words; nil where the order is known.
  var undecidedIn: String?

  /// The time in a cell; nil where it is none that is written so. `text` has no blanks around it.
  func point(_ text: ByteSlice) -> TimePoint? {
    switch form {
    case .any: TimePoint(text) ?? WrittenTime(text)?.plainTime.map(TimePoint.calendar)
    case .number: text.decimalNumber == nil ? nil : TimePoint(text)
    case .iso, .written, .pattern: calendar(text).map(TimePoint.calendar)
    }
  }

  /// The time in a cell where it is no number.
  @inline(__always)
  func calendar(_ text: ByteSlice) -> CalendarTime? {
    if case .any = form, let time = CalendarTime(text) { return time }
    return otherCalendar(text)
  }

  @inline(never)
  private func otherCalendar(_ text: ByteSlice) -> CalendarTime? {
    switch form {
    case .any: WrittenTime(text)?.plainTime
    case .iso: CalendarTime(text)
    case .written(let dayFirst): WrittenTime(text)?.time(dayFirst: dayFirst)
    case .number: nil
    case .pattern(let pattern): pattern.time(text)
    }
  }

  /// Whether a cell may be a number.
  @inline(__always)
  var takesNumbers: Bool {
    switch form {
    case .any, .number: true
    case .iso, .written, .pattern: false
    }
  }

  /// Whether a cell may be ISO 8601.
  @inline(__always)
  var takesISO: Bool {
    switch form {
    case .any, .iso: true
    case .number, .written, .pattern: false
    }
  }

  /// What is expected of a cell, in words.
  var words: String {
    switch form {
    case .any: "a number or ISO 8601, such as 2020-12-31T08:30:00Z"
    case .iso: "ISO 8601, such as 2020-12-31T08:30:00Z"
    case .written(true): "the day first, such as 31/12/2020 08:30" + doubt
    case .written(false): "the month first, such as 12/31/2020 08:30" + doubt
    case .number: "a number of \(unit.words)"
    case .pattern(let pattern): "a time as \(pattern.text.quotedForMessage) has it"
    }
  }

  private var doubt: String { undecidedIn.map { ", as it was taken by \($0), of which none rules out either" } ?? "" }
}

extension TimeFormat {
  /// The names of formats that are no pattern.
  static let names = ["iso", "day-first", "month-first", "s", "ms", "us", "ns"]

  /// A format by its name, or by a pattern such as `%d.%m.%Y %H:%M`.
  /// - Throws: ``OptionProblem``.
  init(_ text: String) throws {
    switch text {
    case "iso": form = .iso
    case "day-first": form = .written(dayFirst: true)
    case "month-first": form = .written(dayFirst: false)
    case "s": (form, unit) = (.number, .seconds)
    case "ms": (form, unit) = (.number, .milliseconds)
    case "us": (form, unit) = (.number, .microseconds)
    case "ns": (form, unit) = (.number, .nanoseconds)
    default:
      guard text.contains("%") else {
        throw OptionProblem(
          "the format of times is \(text.quotedForMessage), expected one of \(TimeFormat.names.listedForMessage), or a pattern "
            + "such as \"%d.%m.%Y %H:%M\"")
      }
      form = .pattern(try TimePattern(text))
    }
  }
}

/// A time as people write it: `31/12/2020`, `12/31/20`, `31.12.2020 08:30:15`, `2020/12/31 8:30 PM`, `8:30`. A slash, point or dash
/// stands between the parts of a date; a year of two digits is one from 1969 to 2068, as POSIX has it.
struct WrittenTime {
  /// The parts of the date in their order, the year last; nil where a year stands first, or there is no date.
  private var parts: (first: Int64, second: Int64, year: Int64)?
  private var days: Int64?
  private var seconds: Int64 = 0
  private var attoseconds: UInt64 = 0
  private var zone: Int64?

  /// nil for what is not the whole of such a text.
  init?(_ text: ByteSlice) {
    guard text.count >= 4, text.count <= 48, text[0] &- 0x30 <= 9 else { return nil }
    var scan = TimeScan(text)
    let hasDate = takeDate(&scan)
    if !hasDate { scan.position = 0 }
    if scan.isAtEnd { return }
    if hasDate {
      _ = scan.skip(0x2C)
      guard scan.skip(0x20) || scan.skip(0x54) else { return nil }
      while scan.skip(0x20) {}
    }
    guard takeTime(&scan) else { return nil }
    if hasDate { zone = scan.zone() }
    guard scan.isAtEnd else { return nil }
  }

  private mutating func takeDate(_ scan: inout TimeScan) -> Bool {
    guard let first = scan.digits(upTo: 4), let separator = scan.next, [0x2F, 0x2E, 0x2D].contains(separator),
      scan.skip(separator), let second = scan.digits(upTo: 2), scan.skip(separator), let third = scan.digits(upTo: 4)
    else { return false }
    if first.count == 4 {
      guard third.count <= 2, 1...12 ~= second.value,
        1...TimeScan.days(in: second.value, of: first.value) ~= third.value
      else { return false }
      days = TimeScan.days(first.value, second.value, third.value)
      return true
    }
    guard first.count <= 2 else { return false }
    var year = third.value
    if third.count == 2 {
      // "1.2.34" is a version, and "10-20-30" a code.
      guard separator == 0x2F || separator == 0x2E && first.count == 2 && second.count == 2 else { return false }
      year += year < 69 ? 2000 : 1900
    } else if third.count != 4 {
      return false
    }
    parts = (first.value, second.value, year)
    return isDate(dayFirst: true) || isDate(dayFirst: false)
  }

  private mutating func takeTime(_ scan: inout TimeScan) -> Bool {
    guard var hour = scan.digits(upTo: 2)?.value, hour <= 24, scan.skip(0x3A), let minute = scan.number(2, in: 0...59)
    else { return false }
    var second: Int64 = 0
    if scan.skip(0x3A) {
      guard let found = scan.number(2, in: 0...60), let fraction = scan.fraction() else { return false }
      (second, attoseconds) = (found, fraction)
    }
    if let isAfternoon = scan.halfOfDay() {
      guard 1...12 ~= hour else { return false }
      hour = hour % 12 + (isAfternoon ? 12 : 0)
    }
    guard hour < 24 || minute == 0 && second == 0 && attoseconds == 0 else { return false }
    seconds = hour * 3600 + minute * 60 + second
    return true
  }

  /// Whether the order of day and month matters, as a year does not stand first.
  var hasOrder: Bool { parts != nil }

  /// Whether it is a date with the day, or the month, first.
  func isDate(dayFirst: Bool) -> Bool {
    guard let parts else { return false }
    let (day, month) = dayFirst ? (parts.first, parts.second) : (parts.second, parts.first)
    return 1...12 ~= month && day >= 1 && day <= TimeScan.days(in: month, of: parts.year)
  }

  /// The time with the day, or the month, first; nil where that is no date.
  func time(dayFirst: Bool) -> CalendarTime? {
    guard let parts else { return plainTime }
    guard isDate(dayFirst: dayFirst) else { return nil }
    let (day, month) = dayFirst ? (parts.first, parts.second) : (parts.second, parts.first)
    return calendar(TimeScan.days(parts.year, month, day))
  }

  /// The time where the order does not matter.
  var plainTime: CalendarTime? {
    if parts != nil { return nil }
    return days.map(calendar) ?? CalendarTime(form: .clock, seconds: seconds, attoseconds: attoseconds)
  }

  private func calendar(_ days: Int64) -> CalendarTime {
    CalendarTime(
      form: zone == nil ? .local : .zoned, seconds: days * 86_400 + seconds - (zone ?? 0), attoseconds: attoseconds)
  }
}

extension TimeScan {
  /// A number of one digit or more, at most `most`, and how many they are.
  mutating func digits(upTo most: Int) -> (value: Int64, count: Int)? {
    let start = position
    var value: Int64 = 0
    while position - start < most, let digit = next.map({ $0 &- 0x30 }), digit <= 9 {
      value = value * 10 + Int64(digit)
      position += 1
    }
    return position > start ? (value, position - start) : nil
  }

  /// Passes over `AM` or `PM` behind a blank or none; whether it is the second.
  mutating func halfOfDay() -> Bool? {
    let start = position
    while skip(0x20) {}
    if let letter = next.map({ $0 | 0x20 }), letter == 0x61 || letter == 0x70 {
      position += 1
      let hasPoint = skip(0x2E)
      if skip(0x4D) || skip(0x6D), !hasPoint || skip(0x2E) { return letter == 0x70 }
    }
    position = start
    return nil
  }
}
