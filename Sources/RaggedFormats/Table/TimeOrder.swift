import RaggedCore

/// Checks that the times of a sequence do not fall: numbers or ISO 8601, a column as a whole, compared without rounding.
///
/// Timesteps of the same time keep the order of their rows, and are counted.
struct TimeOrder {
  /// Timesteps, of sequences that were finished, that have the time of the one before.
  private(set) var ties = 0
  /// The line of the first of them.
  private(set) var firstTie = 0
  private var waitingTies = 0
  private var waitingFirst = 0
  private var form: TimePoint.Form?
  private var formText = ""
  private var last: TimePoint?
  /// The time before, where it is a number of at most 19 digits.
  private var lastNumber: DecimalNumber?
  private var lastBytes: [UInt8] = []
  private let cells: TableCells
  /// The rows in which all times fall, in words.
  private let falling: String?

  init(cells: TableCells, falling: String?) {
    self.cells = cells
    self.falling = falling
  }

  /// Forgets the sequence before, which was finished or given up.
  mutating func restart() {
    last = nil
    lastNumber = nil
    (waitingTies, waitingFirst) = (0, 0)
  }

  /// Counts the ties of a sequence that is whole.
  mutating func finish() {
    if waitingTies > 0, ties == 0 { firstTie = waitingFirst }
    ties += waitingTies
    (waitingTies, waitingFirst) = (0, 0)
  }

  /// Takes the time of the next timestep, and returns it.
  /// - Throws: ``InputError`` where it is no time, of another form than those before, or earlier than the one before.
  @discardableResult
  mutating func advance(_ cell: ByteSlice, _ column: Int, _ line: Int) throws -> TimePoint {
    let text = cell.trimmed
    func fault(_ problem: String, fallingIn rows: String? = nil) -> InputError {
      cells.fault(
        line, "column \(cells.name(column)) is \(text.isEmpty ? "empty" : text.quoted)\(problem)",
        .ignoreTimes(fallingIn: rows))
    }
    if text.isEmpty { throw fault(", expected a time") }
    guard let point = TimePoint(text) else {
      throw fault(", which is no time that is understood: expected a number or ISO 8601, such as 2020-12-31T08:30:00Z")
    }
    if let form, form != point.form {
      throw fault(
        ", \(point.form.words), but \(formText.quotedForMessage) before it is \(form.words): "
          + "expected times of one form")
    }
    if let before = lastNumber.map(TimePoint.number) ?? last, let order = point.order(to: before) {
      if order < 0 {
        throw fault(" after \(lastText.quotedForMessage), expected times that do not fall", fallingIn: falling)
      }
      if order == 0 { countTie(line) }
    }
    if form == nil { (form, formText) = (point.form, text.text) }
    if case .number(let number) = point {
      take(number, text)
    } else {
      (last, lastNumber) = (point, nil)
      keep(text)
    }
    return point
  }

  /// Takes a date, where it is later than the one before or the same.
  @inline(__always)
  mutating func accepts(_ time: CalendarTime, _ text: ByteSlice, line: Int) -> Bool {
    guard case .calendar(let known)? = form, known == time.form, case .calendar(let before)? = last,
      let order = time.order(to: before), order >= 0
    else { return false }
    if order == 0 { countTie(line) }
    last = .calendar(time)
    keep(text)
    return true
  }

  private mutating func countTie(_ line: Int) {
    if waitingTies == 0 { waitingFirst = line }
    waitingTies += 1
  }

  /// How a number compares with the time before: 1 where it is later or the first; nil where that takes a closer look.
  @inline(__always)
  func order(of number: DecimalNumber) -> Int? {
    guard form == .number, !number.isTruncated else { return nil }
    guard let lastNumber else { return last == nil ? 1 : nil }
    let order = number.order(to: lastNumber)
    return order < 0 ? nil : order
  }

  /// Remembers a number that has been found not to fall, and as it is written.
  @inline(__always)
  mutating func take(_ number: DecimalNumber, _ text: ByteSlice, isTieOn line: Int? = nil) {
    if let line { countTie(line) }
    lastNumber = number
    // A whole number can be written again from its value.
    if number.isInteger, number.exponent == 0 { return }
    keep(text)
  }

  private mutating func keep(_ text: ByteSlice) {
    lastBytes.removeAll(keepingCapacity: true)
    lastBytes.append(contentsOf: UnsafeBufferPointer(start: text.base, count: text.count))
  }

  private var lastText: String {
    guard let lastNumber, lastNumber.isInteger, lastNumber.exponent == 0 else {
      return String(decoding: lastBytes, as: UTF8.self)
    }
    return "\(lastNumber.isNegative ? "-" : "")\(lastNumber.significand)"
  }
}
