/// A time as it stands in a cell, to be compared without rounding.
enum TimePoint {
  /// A number of at most 19 digits.
  case number(DecimalNumber)
  /// A longer one.
  case long(ExactDecimal)
  /// A date or a time of day.
  case calendar(CalendarTime)

  /// What times have to have in common to be compared.
  enum Form: Equatable {
    case number
    case calendar(CalendarTime.Form)
  }

  /// nil for what is neither a number nor ISO 8601; `text` has no blanks around it. Other spellings are those of a column;
  /// see ``TimeFormat``.
  init?(_ text: ByteSlice) {
    // No number has two dashes there.
    if text.count >= 19, text[4] == 0x2D, text[7] == 0x2D {
      guard let time = CalendarTime(text) else { return nil }
      self = .calendar(time)
    } else if let number = text.decimalNumber {
      self = number.isTruncated ? .long(ExactDecimal(text)) : .number(number)
    } else if let time = CalendarTime(text) {
      self = .calendar(time)
    } else {
      return nil
    }
  }

  var form: Form {
    switch self {
    case .number, .long: .number
    case .calendar(let time): .calendar(time.form)
    }
  }

  /// -1 where this is earlier than the other, 0 where they are the same, 1 where it is later; nil where they are of
  /// different forms.
  func order(to other: TimePoint) -> Int? {
    switch (self, other) {
    case (.number(let mine), .number(let theirs)): mine.order(to: theirs)
    case (.number(let mine), .long(let theirs)): ExactDecimal(mine).order(to: theirs)
    case (.long(let mine), .number(let theirs)): mine.order(to: ExactDecimal(theirs))
    case (.long(let mine), .long(let theirs)): mine.order(to: theirs)
    case (.calendar(let mine), .calendar(let theirs)): mine.order(to: theirs)
    default: nil
    }
  }
}

extension TimePoint {
  /// Microseconds since 1970, or since midnight for a time of day, rounded down; nil beyond what 64 bits hold.
  /// - Parameter unit: that of a number.
  func microseconds(_ unit: TimeUnit) -> Int64? {
    switch self {
    case .number(let number): number.scaled(by: unit.rawValue)
    case .long: nil
    case .calendar(let time): time.microseconds
    }
  }
}

/// The unit of times that are numbers: the power of ten that makes microseconds of it.
enum TimeUnit: Int {
  case seconds = 6
  case milliseconds = 3
  case microseconds = 0
  case nanoseconds = -3

  /// The unit in which times since 1970 reach this number: seconds do so far beyond the year 5000.
  init(largest: Double) {
    self = largest < 1e11 ? .seconds : largest < 1e14 ? .milliseconds : largest < 1e17 ? .microseconds : .nanoseconds
  }

  /// What it is called.
  var words: String {
    switch self {
    case .seconds: "seconds"
    case .milliseconds: "milliseconds"
    case .microseconds: "microseconds"
    case .nanoseconds: "nanoseconds"
    }
  }
}

extension CalendarTime {
  var microseconds: Int64 { seconds * 1_000_000 + Int64(attoseconds / 1_000_000_000_000) }
}

extension DecimalNumber {
  /// The number times a power of ten, without what is behind the point; nil where 64 bits do not hold it.
  @inline(__always)
  func scaled(by power: Int) -> Int64? {
    let shift = exponent &+ power
    var value = significand
    if shift == 6 {
      let (product, overflows) = value.multipliedReportingOverflow(by: 1_000_000)
      if overflows { return nil }
      value = product
    } else if shift != 0 {
      guard let shifted = DecimalNumber.shifted(value, by: shift) else { return nil }
      value = shifted
    }
    guard value < 1 << 62 else { return nil }
    return isNegative ? -Int64(value) : Int64(value)
  }

  @inline(never)
  private static func shifted(_ value: UInt64, by shift: Int) -> UInt64? {
    if value == 0 { return 0 }
    guard abs(shift) < 20 else { return shift < 0 ? 0 : nil }
    let power = (0..<abs(shift)).reduce(UInt64(1)) { power, _ in power * 10 }
    if shift < 0 { return value / power }
    let (product, overflows) = value.multipliedReportingOverflow(by: power)
    return overflows ? nil : product
  }
}

extension Int64 {
  /// Microseconds since 1970 as a time in UTC: ISO 8601, or seconds where the year does not have four digits.
  package var timeText: String {
    let perDay: Int64 = 86_400_000_000
    var (days, rest) = quotientAndRemainder(dividingBy: perDay)
    if rest < 0 { (days, rest) = (days - 1, rest + perDay) }
    func padded(_ number: Int64, _ digits: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
    }
    guard (-719_162..<2_932_897).contains(days) else {
      let micros = padded(Int64(magnitude % 1_000_000), 6)
      return "\(self < 0 ? "-" : "")\(magnitude / 1_000_000).\(micros)"
    }
    // Hinnant, chrono-compatible algorithms: years that begin in March.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let seconds = rest / 1_000_000
    var text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, 2))T"
    text += "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
    if rest % 1_000_000 != 0 { text += "." + padded(rest % 1_000_000, 6) }
    return text + "Z"
  }
}

extension TimePoint.Form {
  /// In words, for messages.
  var words: String {
    switch self {
    case .number: "a number"
    case .calendar(.local): "a date"
    case .calendar(.zoned): "a date with a zone"
    case .calendar(.clock): "a time of day"
    }
  }
}

extension DecimalNumber {
  /// -1, 0 or 1 as it is less than, equal to or more than the other. Exact for numbers that are not truncated.
  @inline(__always)
  func order(to other: DecimalNumber) -> Int {
    if exponent == other.exponent, !isNegative, !other.isNegative {
      return significand == other.significand ? 0 : significand < other.significand ? -1 : 1
    }
    return scaledOrder(to: other)
  }

  @inline(never)
  private func scaledOrder(to other: DecimalNumber) -> Int {
    let (mine, theirs) = (sign, other.sign)
    if mine != theirs || mine == 0 { return mine == theirs ? 0 : mine < theirs ? -1 : 1 }
    let isMore =
      exponent >= other.exponent
      ? DecimalNumber.magnitudeOrder(significand, exponent - other.exponent, other.significand)
      : -DecimalNumber.magnitudeOrder(other.significand, other.exponent - exponent, significand)
    return mine * isMore
  }

  private var sign: Int { significand == 0 ? 0 : isNegative ? -1 : 1 }

  /// How `larger · 10^shift` compares with `smaller`; neither is 0.
  private static func magnitudeOrder(_ larger: UInt64, _ shift: Int, _ smaller: UInt64) -> Int {
    // 10^20 is beyond 64 bits, whatever it is multiplied by.
    guard shift < 20 else { return 1 }
    let power = (0..<shift).reduce(UInt64(1)) { power, _ in power * 10 }
    let product = larger.multipliedFullWidth(by: power)
    if product.high > 0 { return 1 }
    return product.low == smaller ? 0 : product.low < smaller ? -1 : 1
  }
}

/// A decimal number of any length: `0.d₁d₂… · 10^point`.
struct ExactDecimal {
  private var isNegative = false
  /// Without zeros at either end.
  private var digits: [UInt8] = []
  private var point = 0

  /// The number that is the whole text, which must be one.
  init(_ text: ByteSlice) { self.init(UnsafeBufferPointer(start: text.base, count: text.count)) }

  init(_ number: DecimalNumber) {
    self.init(Array("\(number.isNegative ? "-" : "")\(number.significand)e\(number.exponent)".utf8))
  }

  private init(_ text: some Collection<UInt8>) {
    var hasPoint = false
    var rest = text[...]
    while let byte = rest.popFirst() {
      switch byte {
      case 0x2D: isNegative = true
      case 0x2E: hasPoint = true
      case 0x30...0x39:
        if byte == 0x30, digits.isEmpty {
          if hasPoint { point -= 1 }
        } else {
          digits.append(byte)
          if !hasPoint { point += 1 }
        }
      case 0x45, 0x65:
        let exponent = Int(String(decoding: rest, as: UTF8.self)) ?? (rest.first == 0x2D ? Int.min / 4 : Int.max / 4)
        point += max(Int.min / 4, min(Int.max / 4, exponent))
        rest = rest.suffix(0)
      default: break
      }
    }
    while digits.last == 0x30 { digits.removeLast() }
  }

  /// -1, 0 or 1 as it is less than, equal to or more than the other.
  func order(to other: ExactDecimal) -> Int {
    let (mine, theirs) = (sign, other.sign)
    if mine != theirs || mine == 0 { return mine == theirs ? 0 : mine < theirs ? -1 : 1 }
    if point != other.point { return point < other.point ? -mine : mine }
    if digits == other.digits { return 0 }
    return digits.lexicographicallyPrecedes(other.digits) ? -mine : mine
  }

  private var sign: Int { digits.isEmpty ? 0 : isNegative ? -1 : 1 }
}

/// A date or a time of day in ISO 8601, exact to 10^-18 seconds.
///
/// Dates are `2020-12-31` or `2020-12`, alone or with a time behind `T` or a blank: `08:30`, `08:30:00`, `08:30:00.125`, and
/// behind that, if wanted, a zone: `Z`, `+01:00`, `+0100` or `+01`. A time may stand without a date. The forms without
/// separators, `20201231T083000Z`, are understood where date and time stand together.
struct CalendarTime {
  /// What times have to have in common to be compared.
  enum Form {
    /// A date in a zone that is not said.
    case local
    /// A date in a known zone.
    case zoned
    /// A time of day without a date.
    case clock
  }

  let form: Form
  /// Since 1970-01-01T00:00:00 in UTC, or in the zone that is not said; since midnight for a time of day.
  var seconds: Int64
  /// 10^-18 seconds behind the second.
  let attoseconds: UInt64

  /// A time by its parts.
  init(form: Form, seconds: Int64, attoseconds: UInt64) {
    (self.form, self.seconds, self.attoseconds) = (form, seconds, attoseconds)
  }

  /// A date in a zone that is not said.
  init(local seconds: Int64) { (form, self.seconds, attoseconds) = (.local, seconds, 0) }

  /// nil for what is not the whole of such a text.
  init?(_ text: ByteSlice) {
    var scan = TimeScan(text)
    if let whole = scan.wholeSeconds() {
      guard let fraction = scan.isAtEnd ? 0 : scan.fraction() else { return nil }
      let zone = scan.isAtEnd ? nil : scan.zone()
      guard scan.isAtEnd else { return nil }
      (form, seconds, attoseconds) = (zone == nil ? .local : .zoned, whole - (zone ?? 0), fraction)
      return
    }
    let days = scan.date()
    if days == nil { scan.position = 0 }
    if let days, scan.isAtEnd {
      // A number of eight digits is a number.
      guard !scan.isBasic else { return nil }
      (form, seconds, attoseconds) = (.local, days * 86_400, 0)
      return
    }
    if days != nil {
      guard scan.skip(0x54) || scan.skip(0x74) || (!scan.isBasic && scan.skip(0x20)) else { return nil }
    }
    guard let time = scan.time(isBasic: days != nil && scan.isBasic, isElapsed: days == nil) else { return nil }
    let zone = scan.zone()
    guard scan.isAtEnd, days != nil || zone == nil else { return nil }
    form = days == nil ? .clock : zone == nil ? .local : .zoned
    seconds = (days ?? 0) * 86_400 + time.seconds - (zone ?? 0)
    attoseconds = time.attoseconds
  }

  /// -1, 0 or 1 as it is earlier than, the same as or later than the other; nil where they are of different forms.
  func order(to other: CalendarTime) -> Int? {
    guard form == other.form else { return nil }
    let (mine, theirs) = ((seconds, attoseconds), (other.seconds, other.attoseconds))
    return mine == theirs ? 0 : mine < theirs ? -1 : 1
  }
}

/// Walks over the parts of a time.
struct TimeScan {
  var position = 0
  private(set) var isBasic = false
  private let text: ByteSlice

  init(_ text: ByteSlice) { self.text = text }

  /// The byte that comes next; nil at the end.
  var next: UInt8? { position < text.count ? text[position] : nil }

  var isAtEnd: Bool { position == text.count }

  mutating func skip(_ byte: UInt8) -> Bool {
    guard position < text.count, text[position] == byte else { return false }
    position += 1
    return true
  }

  /// A number of exactly this number of digits.
  mutating func number(_ digits: Int) -> Int64? {
    guard position + digits <= text.count else { return nil }
    var value: Int64 = 0
    for index in position..<position + digits {
      guard text[index] &- 0x30 <= 9 else { return nil }
      value = value * 10 + Int64(text[index] - 0x30)
    }
    position += digits
    return value
  }

  mutating func number(_ digits: Int, in range: ClosedRange<Int64>) -> Int64? {
    number(digits).flatMap { range.contains($0) ? $0 : nil }
  }

  /// The days from 1970-01-01 to a date.
  mutating func date() -> Int64? {
    guard let year = number(4) else { return nil }
    let hasDashes = skip(0x2D)
    guard let month = number(2, in: 1...12) else { return nil }
    isBasic = !hasDashes
    var day: Int64 = 1
    if isBasic || skip(0x2D) {
      guard let found = number(2, in: 1...TimeScan.days(in: month, of: year)) else { return nil }
      day = found
    }
    return TimeScan.days(year, month, day)
  }

  /// The days from 1970-01-01 to a date.
  @inline(__always)
  static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    // Years that begin in March put the day that comes and goes at their end (Hinnant, chrono-compatible algorithms).
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// Passes over `2020-12-31T08:30:00`, which most cells begin with, without a branch for a digit.
  /// - Returns: the seconds since 1970; nil, and nothing is passed over, for any other form and for 24 o'clock.
  @inline(__always)
  mutating func wholeSeconds() -> Int64? {
    guard position == 0, text.count >= 19 else { return nil }
    let bytes = text.base
    guard bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[13] == 0x3A, bytes[16] == 0x3A,
      bytes[10] == 0x54 || bytes[10] == 0x20 || bytes[10] == 0x74
    else { return nil }
    var largest: UInt8 = 0
    func number(_ at: Int) -> Int64 {
      let (tens, ones) = (bytes[at] &- 0x30, bytes[at &+ 1] &- 0x30)
      largest = max(largest, tens, ones)
      return Int64(tens) &* 10 &+ Int64(ones)
    }
    let (year, month, day) = (number(0) &* 100 &+ number(2), number(5), number(8))
    let (hour, minute, second) = (number(11), number(14), number(17))
    guard largest <= 9, 1...12 ~= month, day > 0, day <= 28 || day <= TimeScan.days(in: month, of: year), hour < 24,
      minute < 60, second <= 60
    else { return nil }
    position = 19
    return TimeScan.days(year, month, day) &* 86_400 &+ hour &* 3600 &+ minute &* 60 &+ second
  }

  /// The fraction of a second, 0 where there is none; nil where there is a point without one.
  mutating func fraction() -> UInt64? { skip(0x2E) || skip(0x2C) ? attoseconds() : 0 }

  static func days(in month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Hour and minute, and if there are any seconds and their fraction.
  /// - Parameter isElapsed: whether hours may go on beyond a day, as those since an event do: `47:58`.
  mutating func time(isBasic: Bool, isElapsed: Bool) -> (seconds: Int64, attoseconds: UInt64)? {
    guard let hour = number(2, in: 0...(isElapsed ? 99 : 24)), isBasic || skip(0x3A), let minute = number(2, in: 0...59)
    else {
      return nil
    }
    var second: Int64 = 0
    var fraction: UInt64 = 0
    let hasSeconds = isBasic ? position < text.count && text[position] &- 0x30 <= 9 : skip(0x3A)
    if hasSeconds {
      // 60 is a leap second.
      guard let found = number(2, in: 0...60) else { return nil }
      second = found
      guard let found = self.fraction() else { return nil }
      fraction = found
    }
    guard hour < 24 || isElapsed || (minute == 0 && second == 0 && fraction == 0) else { return nil }
    return (hour * 3600 + minute * 60 + second, fraction)
  }

  /// The digits of a fraction; nil for none and for more than 18 that are not 0.
  mutating func attoseconds() -> UInt64? {
    var value: UInt64 = 0
    var digits = 0
    while position < text.count, text[position] &- 0x30 <= 9 {
      let digit = UInt64(text[position] - 0x30)
      if digits < 18 { value = value * 10 + digit } else if digit != 0 { return nil }
      digits += 1
      position += 1
    }
    guard digits > 0 else { return nil }
    for _ in min(digits, 18)..<18 { value *= 10 }
    return value
  }

  /// The seconds by which a zone is ahead of UTC.
  mutating func zone() -> Int64? {
    let start = position
    if skip(0x5A) || skip(0x7A) { return 0 }
    _ = skip(0x20)
    if position > start, text.count == position + 3, text.slice(position..<text.count).equalsIgnoringCase("utc") {
      position = text.count
      return 0
    }
    let isBehind = skip(0x2D)
    guard isBehind || skip(0x2B), let hours = number(2, in: 0...23) else {
      position = start
      return nil
    }
    var minutes: Int64 = 0
    if skip(0x3A) || !isAtEnd {
      guard let found = number(2, in: 0...59) else {
        position = start
        return nil
      }
      minutes = found
    }
    return (isBehind ? -1 : 1) * (hours * 3600 + minutes * 60)
  }
}
