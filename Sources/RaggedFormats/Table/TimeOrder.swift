import RaggedCore

/// The order of a sequence's rows by the times of a column, compared without rounding: numbers, dates or times of day, a column as a
/// whole. Rows of the same time keep their order.
struct TimeOrder {
  /// A fall by more than this from one time of day to the next, in seconds, is a midnight.
  private static let midnightFall: Int64 = 6 * 3600
  /// How the times are written.
  let format: TimeFormat
  /// What happened in the sequences that were finished.
  private(set) var course = Course()
  /// The same of the sequence at hand.
  private var waiting = Course()
  private var days: Int64 = 0
  private var form: TimePoint.Form?
  private var formText = ""
  private var last: TimePoint?
  /// The time before, where it is a number of at most 19 digits.
  private var lastNumber: DecimalNumber?
  private var keys: [TimeKey] = []  // [T]
  /// The times of more than 19 digits, by their timesteps.
  private var longTimes: [Int: ExactDecimal] = [:]
  private let cells: TableCells
  /// What helps where a time cannot be read.
  private let remedy: InputRemedy

  /// What there is to say of the order of rows.
  struct Course {
    /// Timesteps that have the time of the one before, and the line of the first where that is known.
    var ties = 0
    var firstTie: Int?
    /// Steps from a row to the next at which the time becomes later, and earlier.
    var rises = 0
    var falls = 0
    /// Sequences whose rows were sorted, and the line on which the first of them begins.
    var sorted = 0
    var firstSorted = 0
    /// Midnights between two times of day, and the line behind the first.
    var midnights = 0
    var firstMidnight = 0
    /// Times of 24 hours and more, and the line of the first.
    var elapsed = 0
    var firstElapsed = 0
  }

  init(cells: TableCells, format: TimeFormat, remedy: InputRemedy) {
    (self.cells, self.format, self.remedy) = (cells, format, remedy)
  }

  /// Forgets the sequence before, which was finished or given up.
  mutating func restart() {
    last = nil
    lastNumber = nil
    waiting = Course()
    days = 0
    keys.removeAll(keepingCapacity: keys.count < 1 << 14)
    longTimes = [:]
  }

  /// Ends a sequence that is whole.
  /// - Parameter line: where it begins.
  /// - Returns: the timestep to stand at each place, `[T]`; nil where they stand in their order.
  mutating func finish(line: Int) -> [Int]? {
    defer { waiting = Course() }
    var places: [Int]?
    if waiting.falls > 0 {
      let sorted = sortedPlaces()
      waiting.ties = zip(sorted, sorted.dropFirst()).count { order(keys, $0, $1) == 0 }
      waiting.firstTie = nil
      (waiting.sorted, waiting.firstSorted) = (1, line)
      places = sorted
    }
    if course.ties == 0 { course.firstTie = waiting.firstTie }
    if course.sorted == 0 { course.firstSorted = waiting.firstSorted }
    if course.midnights == 0 { course.firstMidnight = waiting.firstMidnight }
    if course.elapsed == 0 { course.firstElapsed = waiting.firstElapsed }
    course.elapsed += waiting.elapsed
    course.ties += waiting.ties
    course.rises += waiting.rises
    course.falls += waiting.falls
    course.sorted += waiting.sorted
    course.midnights += waiting.midnights
    return places
  }

  private func sortedPlaces() -> [Int] {
    Array(keys.indices).sorted { left, right in
      let order = order(keys, left, right)
      return order == 0 ? left < right : order < 0
    }
  }

  private func order(_ keys: [TimeKey], _ left: Int, _ right: Int) -> Int {
    guard form == .number else { return keys[left].calendarOrder(to: keys[right]) }
    if longTimes.isEmpty { return keys[left].number.order(to: keys[right].number) }
    func exact(_ place: Int) -> ExactDecimal { longTimes[place] ?? ExactDecimal(keys[place].number) }
    return exact(left).order(to: exact(right))
  }

  /// Takes the time of the next timestep, and returns it; a time of day behind a midnight is more than a day.
  /// - Throws: ``InputError`` where it is no time, or of another form than those before.
  @discardableResult
  mutating func advance(_ cell: ByteSlice, _ column: Int, _ line: Int) throws -> TimePoint {
    let text = cell.trimmed
    func fault(_ problem: String) -> InputError {
      cells.fault(line, "column \(cells.name(column)) is \(text.isEmpty ? "empty" : text.quoted)\(problem)", remedy)
    }
    if text.isEmpty { throw fault(", expected a time") }
    guard var point = cells.point(text, format) else {
      throw fault(", which is no time that is understood: expected \(format.words)")
    }
    if let form, form != point.form {
      throw fault(
        ", \(point.form.words), but \(formText.quotedForMessage) before it is \(form.words): "
          + "expected times of one form")
    }
    if form == nil { (form, formText) = (point.form, text.text) }
    if case .calendar(var time) = point, time.form == .clock {
      if time.seconds >= 86_400 {
        if waiting.elapsed == 0 { waiting.firstElapsed = line }
        waiting.elapsed += 1
      }
      time.seconds += days * 86_400
      if case .calendar(let before)? = last, before.seconds - time.seconds > TimeOrder.midnightFall {
        if waiting.midnights == 0 { waiting.firstMidnight = line }
        waiting.midnights += 1
        days += 1
        time.seconds += 86_400
      }
      point = .calendar(time)
    }
    if let before = lastNumber.map(TimePoint.number) ?? last, let order = point.order(to: before) { count(order, line) }
    switch point {
    case .number(let number):
      lastNumber = number
      keys.append(TimeKey(number))
    case .long(let long):
      (last, lastNumber) = (point, nil)
      longTimes[keys.count] = long
      keys.append(TimeKey(DecimalNumber(significand: 0, exponent: 0, isNegative: false)))
    case .calendar(let time):
      (last, lastNumber) = (point, nil)
      keys.append(TimeKey(time))
    }
    return point
  }

  /// Takes a date, where that takes no closer look.
  @inline(__always)
  mutating func accepts(_ time: CalendarTime, line: Int) -> Bool {
    guard case .calendar(let known)? = form, known == time.form, known != .clock, case .calendar(let before)? = last,
      let order = time.order(to: before)
    else { return false }
    count(order, line)
    last = .calendar(time)
    keys.append(TimeKey(time))
    return true
  }

  @inline(__always)
  private mutating func count(_ order: Int, _ line: Int) {
    if order > 0 {
      waiting.rises &+= 1
    } else if order < 0 {
      waiting.falls &+= 1
    } else {
      if waiting.ties == 0 { waiting.firstTie = line }
      waiting.ties &+= 1
    }
  }

  /// How a number compares with the time before: 1 where it is later, or the first; nil where that takes a closer look.
  @inline(__always)
  func order(of number: DecimalNumber) -> Int? {
    guard form == .number, !number.isTruncated else { return nil }
    guard let lastNumber else { return last == nil ? 1 : nil }
    return number.order(to: lastNumber)
  }

  /// Takes a number.
  /// - Parameter order: how it compares with the time before.
  @inline(__always)
  mutating func take(_ number: DecimalNumber, order: Int, line: Int) {
    if !keys.isEmpty { count(order, line) }
    lastNumber = number
    keys.append(TimeKey(number))
  }
}

/// A time in 16 bytes, one of a column's form: a number of at most 19 digits, or a date.
private struct TimeKey {
  private let high: UInt64
  private let low: UInt64

  @inline(__always)
  init(_ number: DecimalNumber) {
    high = number.significand
    low = UInt64(bitPattern: Int64(number.exponent)) << 1 | (number.isNegative ? 1 : 0)
  }

  @inline(__always)
  init(_ time: CalendarTime) { (high, low) = (UInt64(bitPattern: time.seconds), time.attoseconds) }

  @inline(__always)
  var number: DecimalNumber {
    DecimalNumber(
      significand: high, exponent: Int(Int64(bitPattern: low) >> 1), isNegative: low & 1 == 1)
  }

  @inline(__always)
  func calendarOrder(to other: TimeKey) -> Int {
    let (mine, theirs) = (Int64(bitPattern: high), Int64(bitPattern: other.high))
    if mine != theirs { return mine < theirs ? -1 : 1 }
    return low == other.low ? 0 : low < other.low ? -1 : 1
  }
}

extension DecimalNumber {
  /// A number by its parts.
  @inline(__always)
  fileprivate init(significand: UInt64, exponent: Int, isNegative: Bool) {
    (self.significand, self.exponent, self.isNegative) = (significand, exponent, isNegative)
  }
}

extension TimeOrder.Course {
  /// What there is to say, each once.
  /// - Parameters:
  ///   - column: the column's name as messages have it.
  ///   - known: what was said; takes what is said now.
  func notes(_ column: String, known: inout TimeOrder.Said) -> [InputNote] {
    var notes: [InputNote] = []
    if sorted > 0, !known.sorted {
      known.sorted = true
      let subject = sorted == 1 ? "a sequence" : "\(sorted.grouped) sequences"
      let course = rises == 0 ? "stand newest first throughout" : "do not stand in the order of time"
      notes.append(
        InputNote(
          "the rows of \(subject) \(course), first of the one in line \(firstSorted): sorted by column \(column)",
          remedy: .keepRowOrder))
    }
    if midnights > 0, !known.midnights {
      known.midnights = true
      notes.append(
        InputNote(
          "column \(column) holds times of day that begin again within a sequence, first in line \(firstMidnight): "
            + "\(midnights.counted("midnight")) \(midnights == 1 ? "was" : "were") counted, each a day more",
          remedy: .keepRowOrder))
    }
    if elapsed > 0, !known.elapsed {
      known.elapsed = true
      notes.append(
        InputNote(
          "column \(column) has hours beyond 24, first in line \(firstElapsed), and is taken for the time that has passed rather "
            + "than for a time of day"))
    }
    if ties > 0, !known.ties {
      known.ties = true
      let place = firstTie.map { "first in line \($0)" } ?? "where they were sorted"
      notes.append(
        InputNote(
          "\(ties.counted("timestep has", "timesteps have")) the time of the one before in column \(column), \(place); they keep "
            + "the order of the rows"))
    }
    return notes
  }
}

extension TimeOrder {
  /// What of the order was said.
  struct Said {
    var sorted = false
    var midnights = false
    var elapsed = false
    var ties = false
  }
}
