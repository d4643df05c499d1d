/// How a time is written, by `strptime`'s letters: `%d.%m.%Y %H:%M`.
///
/// `%Y %y %m %d %j %H %I %M %S %f %p %z %b %B %a %A %s %F %T %R %%`; a blank stands for any number of blanks. Numbers may have fewer
/// digits than usual. Without a year it is 2000.
struct TimePattern: Sendable, Equatable {
  /// As it was given.
  let text: String
  private var parts: [Part] = []

  private enum Part: Equatable {
    case byte(UInt8)
    case blank
    case field(UInt8)
  }

  private static let months: [StaticText] = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
  ].map(StaticText.init)
  private static let days: [StaticText] = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
  ].map(StaticText.init)

  /// - Throws: ``OptionProblem`` for a letter that is not known.
  init(_ text: String) throws {
    self.text = text
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == 0x25 else {
        parts.append(byte == 0x20 || byte == 0x09 ? .blank : .byte(byte))
        continue
      }
      guard let letter = rest.popFirst() else { throw problem("ends with a %") }
      switch letter {
      case 0x25: parts.append(.byte(0x25))
      case 0x46: parts += try TimePattern("%Y-%m-%d").parts
      case 0x54: parts += try TimePattern("%H:%M:%S").parts
      case 0x52: parts += try TimePattern("%H:%M").parts
      case let letter where "YymdjHIMSfpzbBaAs".utf8.contains(letter): parts.append(.field(letter))
      default:
        throw problem("has \("%\(Character(UnicodeScalar(letter)))".quotedForMessage), which is not known")
      }
    }
    guard parts.contains(where: { if case .field = $0 { true } else { false } }) else { throw problem("has no field") }
  }

  private func problem(_ what: String) -> OptionProblem {
    OptionProblem(
      "the format of times, \(text.quotedForMessage), \(what); there are %Y %y %m %d %j %H %I %M %S %f %p %z %b %a %s %F %T %R %%"
    )
  }

  /// What the fields of a text say.
  private struct Found {
    var year: Int64?
    var month: Int64?
    var day: Int64?
    var dayOfYear: Int64?
    var hour: Int64?
    var minute: Int64 = 0
    var second: Int64 = 0
    var attoseconds: UInt64 = 0
    var isAfternoon: Bool?
    var zone: Int64?
    var epoch: Int64?
  }

  /// The time that a text is, the whole of it; nil where it is not written so.
  func time(_ text: ByteSlice) -> CalendarTime? {
    var scan = TimeScan(text)
    var found = Found()
    for part in parts {
      switch part {
      case .byte(let byte): guard scan.skip(byte) else { return nil }
      case .blank: while scan.skip(0x20) || scan.skip(0x09) {}
      case .field(let letter): guard TimePattern.take(letter, &scan, &found) else { return nil }
      }
    }
    return scan.isAtEnd ? TimePattern.time(found) : nil
  }

  private static func take(_ letter: UInt8, _ scan: inout TimeScan, _ found: inout Found) -> Bool {
    func number(_ digits: Int, _ range: ClosedRange<Int64>) -> Int64? {
      scan.digits(upTo: digits).flatMap { range.contains($0.value) ? $0.value : nil }
    }
    func set(_ value: Int64?, _ path: WritableKeyPath<Found, Int64?>) -> Bool {
      found[keyPath: path] = value
      return value != nil
    }
    switch letter {
    case 0x59: return set(scan.number(4), \.year)
    case 0x79: return set(scan.number(2).map { $0 + ($0 < 69 ? 2000 : 1900) }, \.year)
    case 0x6D: return set(number(2, 1...12), \.month)
    case 0x64: return set(number(2, 1...31), \.day)
    case 0x6A: return set(number(3, 1...366), \.dayOfYear)
    case 0x48: return set(number(2, 0...24), \.hour)
    case 0x49:
      if found.isAfternoon == nil { found.isAfternoon = false }
      return set(number(2, 1...12), \.hour)
    case 0x4D:
      guard let minute = number(2, 0...59) else { return false }
      found.minute = minute
    case 0x53:
      guard let second = number(2, 0...60) else { return false }
      found.second = second
    case 0x66:
      guard let fraction = scan.attoseconds() else { return false }
      found.attoseconds = fraction
    case 0x70:
      guard let isAfternoon = scan.halfOfDay() else { return false }
      found.isAfternoon = isAfternoon
    case 0x7A: return set(scan.zone(), \.zone)
    case 0x62, 0x42: return set(name(months, &scan).map { Int64($0) + 1 }, \.month)
    case 0x61, 0x41: return name(days, &scan) != nil
    case 0x73:
      let isNegative = scan.skip(0x2D)
      return set(scan.digits(upTo: 15).map { isNegative ? -$0.value : $0.value }, \.epoch)
    default: return false
    }
    return true
  }

  /// The place of a name, whole or as its first three letters, in letters of any case.
  private static func name(_ names: [StaticText], _ scan: inout TimeScan) -> Int? {
    for (place, name) in names.enumerated() {
      for bytes in [name.bytes, Array(name.bytes.prefix(3))] {
        let start = scan.position
        if bytes.allSatisfy({ scan.skip($0) || scan.skip($0 & 0xDF) }) { return place }
        scan.position = start
      }
    }
    return nil
  }

  private static func time(_ found: Found) -> CalendarTime? {
    if let epoch = found.epoch {
      return CalendarTime(form: .zoned, seconds: epoch, attoseconds: found.attoseconds)
    }
    var hour = found.hour ?? 0
    if let isAfternoon = found.isAfternoon {
      guard hour <= 12 else { return nil }
      hour = hour % 12 + (isAfternoon ? 12 : 0)
    }
    guard hour < 24 || found.minute == 0 && found.second == 0 && found.attoseconds == 0 else { return nil }
    let clock = hour * 3600 + found.minute * 60 + found.second
    let hasDate = found.year != nil || found.month != nil || found.day != nil || found.dayOfYear != nil
    guard hasDate else {
      return CalendarTime(form: .clock, seconds: clock - (found.zone ?? 0), attoseconds: found.attoseconds)
    }
    let year = found.year ?? 2000
    var days: Int64
    if let dayOfYear = found.dayOfYear {
      guard dayOfYear <= 337 + TimeScan.days(in: 2, of: year) else { return nil }
      days = TimeScan.days(year, 1, 1) + dayOfYear - 1
    } else {
      let (month, day) = (found.month ?? 1, found.day ?? 1)
      guard day <= TimeScan.days(in: month, of: year) else { return nil }
      days = TimeScan.days(year, month, day)
    }
    days = days * 86_400 + clock - (found.zone ?? 0)
    return CalendarTime(form: found.zone == nil ? .local : .zoned, seconds: days, attoseconds: found.attoseconds)
  }
}

/// A name in lower-case ASCII.
private struct StaticText {
  let bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }
}
