import RaggedCore

/// The first rows of a table, to find out what a row is before any is read.
struct LayoutSample {
  let names: [String]
  /// The line of the first row.
  let line: Int
  let isAll: Bool
  /// Bytes beyond which rows are no longer looked for.
  private static let maximumBytes = 4 << 20
  private let bytes: [UInt8]
  private let dialect: TableDialect
  private let options: TableOptions

  /// nil where the file begins with no row that can be read.
  init?(of input: InputBytes, dialect: TableDialect, options: TableOptions) throws {
    let (bytes, isEnd) = try input.lookAhead(lines: TableSample.rowCount + 2, limit: LayoutSample.maximumBytes)
    // A line that is longer than all that was looked at is known by its beginning.
    let end = isEnd ? bytes.count : (bytes.lastIndex(of: 0x0A) ?? bytes.count - 1) + 1
    (self.bytes, self.dialect, self.options) = (Array(bytes[..<end]), dialect, options)
    isAll = isEnd
    var rows = LayoutSample.rows(self.bytes, dialect, options)
    guard (try? rows.next()) == true else { return nil }
    names = dialect.names(rows.cells.map(\.text), options)
    line = rows.line
  }

  private static func rows(_ bytes: [UInt8], _ dialect: TableDialect, _ options: TableOptions) -> RowReader {
    dialect.rows(
      of: LineReader(
        InputBytes(bytes, named: "", isDecoded: true),
        maximumLineBytes: max(options.maximumLineBytes, TableSample.maximumBytes),
        capacity: 64 << 10))
  }

  /// Calls `body` with the cells of each row behind the header, those that cannot be read left out.
  func forEachRow(withHeader: Bool = false, _ body: ([ByteSlice], _ line: Int) throws -> Void) rethrows {
    var rows = LayoutSample.rows(bytes, dialect, options)
    var isFirst = options.hasHeader && !withHeader
    for _ in 0..<TableSample.rowCount + 1 {
      do { guard try rows.next() else { return } } catch let error as InputError where !error.isFatal {
        continue
      } catch {
        return
      }
      if !isFirst { try body(rows.cells, rows.line) }
      isFirst = false
    }
  }

  /// Whether all cells of a column are numbers, those aside that are missing.
  var hasColumnOfNumbers: Bool {
    var columns = names.map { _ in (numbers: 0, others: 0) }
    forEachRow { cells, _ in
      for index in cells.indices where index < columns.count && !cells[index].isPadding {
        if cells[index].decimalNumber != nil { columns[index].numbers += 1 } else { columns[index].others += 1 }
      }
    }
    return columns.contains { $0.numbers > 0 && $0.others == 0 }
  }

  /// The rows of each block between blank lines; the header is none.
  var blocks: [Int] {
    var (blocks, isBroken, isFirst) = ([Int](), true, options.hasHeader)
    let lines = LineReader(InputBytes(bytes, named: "", isDecoded: true), maximumLineBytes: Int.max, capacity: 64 << 10)
    while let line = try? lines.next() {
      if line.isBlank(dialect.delimiter) {
        isBroken = true
      } else if isFirst {
        (isFirst, isBroken) = (false, true)
      } else {
        if isBroken { blocks.append(0) }
        isBroken = false
        blocks[blocks.count - 1] += 1
      }
    }
    return blocks
  }
}

/// What the rows of a table say of a layout in which a row is a sequence.
struct WideSample {
  /// What a column's cells are.
  struct Column {
    var cells = 0
    var texts = 0
    var wholes = 0
    private var seen: Set<[UInt8]> = []
    var distinct: Int { seen.count }

    fileprivate mutating func take(_ cell: ByteSlice) {
      if cell.isPadding { return }
      cells += 1
      let text = cell.trimmed
      if let number = text.decimalNumber { if number.isWhole { wholes += 1 } } else { texts += 1 }
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

  /// - Parameter ignored: columns that are none of numbers, whatever they hold.
  init(_ sample: LayoutSample, hasHeader: Bool, ignoring ignored: Set<Int> = []) {
    self.ignored = ignored
    sample.forEachRow(withHeader: !hasHeader) { cells, _ in take(cells) }
  }

  private mutating func take(_ cells: [ByteSlice]) {
    rows += 1
    (fewest, most) = (min(fewest, cells.count), max(most, cells.count))
    if cells.count == 1 { singles += 1 }
    while columns.count < min(cells.count, WideSample.leading) { columns.append(Column()) }
    for index in 0..<min(cells.count, WideSample.leading) { columns[index].take(cells[index]) }
    if cells.last?.isPadding == true { padded += 1 }
    var start = 0
    for index in cells.indices.reversed() where !cells[index].isPadding && !ignored.contains(index) {
      guard let number = cells[index].decimalNumber else {
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
