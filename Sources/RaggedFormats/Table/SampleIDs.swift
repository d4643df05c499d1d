/// What the ids of a table's first rows say of how its rows stand.
struct SampleIDs {
  /// Whether an id came back after rows of another.
  private(set) var comeBack = false
  private var numbers: [[UInt8]: Int] = [:]
  private var current: (id: [UInt8], number: Int)?
  private var given = 0
  /// Rows with an id that are followed by one without.
  private var followed = 0
  private var wasBlank = false
  /// Rows with the id of the row with an id before.
  private var repeated = 0

  /// Whether only first rows of sequences have an id, as pandas writes a table with groups: where more than one id in four has rows
  /// without one below it, that is no oversight.
  var standInFirstRows: Bool {
    repeated == 0 && !comeBack && (followed > 1 || given == 1 && followed == 1) && followed * 4 >= given
  }

  /// Takes the id of the next row.
  /// - Returns: the number of its sequence in the order of their first rows, and whether it is another than the row before's.
  mutating func take(_ cell: ByteSlice) -> (number: Int, isNew: Bool) {
    if cell.trimmed.isEmpty {
      guard let current else { return (0, false) }
      if !wasBlank { followed += 1 }
      wasBlank = true
      return (current.number, false)
    }
    given += 1
    wasBlank = false
    if let current, cell.equals(current.id) {
      repeated += 1
      return (current.number, false)
    }
    let id = cell.array
    let known = numbers[id]
    if known != nil { comeBack = true }
    let number = known ?? numbers.count
    numbers[id] = number
    current = (id, number)
    return (number, true)
  }
}

/// In which order day and month stand in a column of dates such as 31/12/2020.
enum WrittenOrder: Equatable {
  case day, month
  /// Both make dates of all cells; which of them is more usual for what separates the parts.
  case either(dayFirst: Bool)
}

/// Which dates such as 31/12/2020 a column holds.
struct WrittenDates {
  private(set) var count = 0
  private var dayFirst = 0
  private var monthFirst = 0
  private var slashes = 0

  /// Counts a date whose parts may stand in either order.
  mutating func take(_ date: WrittenTime, _ text: ByteSlice) {
    count += 1
    if date.isDate(dayFirst: true) { dayFirst += 1 }
    if date.isDate(dayFirst: false) { monthFirst += 1 }
    if text.firstIndex(of: 0x2F) != nil { slashes += 1 }
  }

  mutating func add(_ other: WrittenDates) {
    count += other.count
    dayFirst += other.dayFirst
    monthFirst += other.monthFirst
    slashes += other.slashes
  }

  /// nil where there is none, or neither order makes dates of all.
  var order: WrittenOrder? {
    guard count > 0 else { return nil }
    if dayFirst == count { return monthFirst == count ? .either(dayFirst: slashes == 0) : .day }
    return monthFirst == count ? .month : nil
  }
}
