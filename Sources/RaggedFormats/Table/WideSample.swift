import RaggedCore

/// What the rows of a table say of a layout in which a row is a sequence.
struct WideSample {
  /// What a column's cells are.
  struct Column {
    var cells = 0
    var texts = 0
    var wholes = 0
    private var seen: Set<[UInt8]> = []
    var distinct: Int { seen.count }

    fileprivate mutating func take(_ cell: ByteSlice, _ form: NumberForm) {
      if cell.isPadding { return }
      cells += 1
      let text = cell.trimmed
      if let number = form.number(text) { if number.isWhole { wholes += 1 } } else { texts += 1 }
      if seen.count < TableSample.rowCount { seen.insert(text.array) }
    }

    /// Whether every row has another cell.
    func isDistinct(of rows: Int) -> Bool { cells == rows && distinct == rows }
  }

  private(set) var rows = 0
  /// The first columns, of which one may be no number of the sequence.
  private(set) var columns: [Column] = []
  /// Cells of the shortest and of the longest row.
  private(set) var fewest = Int.max
  private(set) var most = 0
  /// The column from which on all cells are numbers or missing, in half of the rows at least.
  var numbersFrom: Int { starts.isEmpty ? 0 : starts.sorted()[starts.count / 2] }
  private var starts: [Int] = []
  /// Rows that end in cells without a number.
  private(set) var padded = 0
  /// Numbers behind the first column that are not whole.
  private(set) var fractions = 0
  /// Rows whose first cell is all they have.
  private(set) var singles = 0
  private static let leading = 8
  private let ignored: Set<Int>
  private let form: NumberForm

  /// - Parameter ignored: columns that are none of numbers, whatever they hold.
  init(_ head: TableHead, hasHeader: Bool, ignoring ignored: Set<Int> = []) {
    (self.ignored, form) = (ignored, head.dialect.form)
    head.forEachRow(withHeader: !hasHeader) { cells, _ in take(cells) }
  }

  private mutating func take(_ cells: [ByteSlice]) {
    rows += 1
    (fewest, most) = (min(fewest, cells.count), max(most, cells.count))
    if cells.count == 1 { singles += 1 }
    while columns.count < min(cells.count, WideSample.leading) { columns.append(Column()) }
    for index in 0..<min(cells.count, WideSample.leading) { columns[index].take(cells[index], form) }
    if cells.last?.isPadding == true { padded += 1 }
    var start = 0
    for index in cells.indices.reversed() where !cells[index].isPadding && !ignored.contains(index) {
      guard let number = form.number(cells[index]) else {
        start = index + 1
        break
      }
      if index > 0, !number.isWhole { fractions += 1 }
    }
    starts.append(start)
  }
}

extension ByteSlice {
  /// Whether a cell may be one behind the end of a sequence: empty, `NaN`, `NA` or `null`.
  @inline(__always)
  var isPadding: Bool {
    if count == 0 { return true }
    // Most cells are numbers.
    if base[0] &- 0x30 < 10 || base[count - 1] &- 0x30 < 10 { return false }
    return trimmed.isMissingWord
  }
}
