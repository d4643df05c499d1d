import RaggedCore

/// What the first thousand rows of a table say of its columns, so that no role is guessed from one row.
struct TableSample {
  /// The number of rows that are looked at, if there are that many.
  static let rowCount = 1000
  /// Bytes beyond which rows are no longer looked for.
  private static let maximumBytes = 16 << 20
  /// Rows from which on a column that counts them does not do so by chance.
  private static let fewestCounted = 10

  struct Column {
    /// Cells that are numbers, and of these those written with a point or an exponent.
    var numbers = 0
    var reals = 0
    /// Cells that are empty, and all that stand for a missing value, these among them.
    var empty = 0
    var missing = 0
    /// Cells that are anything else, and one of them.
    var texts = 0
    /// Numbers with a point whose value is whole, such as 1.0.
    var wholeReals = 0
    /// The first number that float32 would move by one or more.
    var unheld: String?
    /// Whether each number is that of the row before and one more.
    var counts = true
    /// Cells that are numbers or ISO 8601, and of these those that are no numbers.
    var times = 0
    var dates = 0
    /// The largest number, and whether one has more than 19 digits.
    var largest = 0.0
    var hasLongNumber = false
    /// Whether the cell changes within a sequence, and from one sequence to the next.
    var changesWithin = false
    var changesBetween = false
    fileprivate var cell: [UInt8] = []
    fileprivate var hasRow = false
    /// Steps within a sequence at which the time becomes later, and earlier.
    var rises = 0
    var falls = 0
    fileprivate var before: TimePoint?
    fileprivate var count: UInt64?
  }

  private(set) var columns: [Column] = []
  private(set) var rows = 0
  /// Sequences of more than one row.
  private var longSequences = 0
  private var rowsOfSequence = 0
  /// Whether these are all rows of the file.
  private(set) var isAll = false

  /// Looks at the rows that `input` begins with, which stay to be read.
  /// - Throws: ``InputError`` where the file cannot be read; rows that are at fault are passed over.
  init(of input: InputBytes, delimiter: UInt8, options: TableOptions) throws {
    var wanted = TableSample.rowCount + 2
    while true {
      let (bytes, isEnd) = try input.lookAhead(lines: wanted, limit: TableSample.maximumBytes)
      (columns, rows, longSequences, rowsOfSequence, isAll) = ([], 0, 0, 0, false)
      read(bytes, isEnd: isEnd, delimiter: delimiter, options: options)
      if rows == TableSample.rowCount || isEnd || bytes.count >= TableSample.maximumBytes { return }
      // Rows with line endings in quotes take more lines.
      wanted *= 2
    }
  }

  /// Reads rows up to a fault that ends the reading, which is for the reader of the table to report.
  private mutating func read(_ bytes: [UInt8], isEnd: Bool, delimiter: UInt8, options: TableOptions) {
    let whole = isEnd ? bytes[...] : bytes[..<((bytes.lastIndex(of: 0x0A) ?? -1) + 1)]
    var reader = RowReader(
      lines: LineReader(
        InputBytes(Array(whole), named: ""), maximumLineBytes: options.maximumLineBytes, capacity: 64 << 10),
      delimiter: delimiter)
    guard (try? reader.next()) == true else { return }
    let first = reader.cells.map(\.text)
    let names = options.names(first)
    let resolver = TableLayoutResolver(names: names, options: options, file: "", line: 0)
    guard let header = try? resolver.headerLayout() else { return }
    let cells = TableCells(names: names, options: options, file: "")
    columns = names.map { _ in Column() }
    var id: [UInt8]?
    var hasRow = !options.hasHeader
    while rows < TableSample.rowCount {
      do {
        if !hasRow {
          guard try reader.next() else {
            isAll = isEnd
            return
          }
        }
        hasRow = false
      } catch let error as InputError where !error.isFatal {
        continue
      } catch {
        return
      }
      guard reader.cells.count == columns.count else { continue }
      let isNew = id.map { known in header.id.map { !reader.cells[$0].equals(known) } ?? false } ?? true
      if isNew { id = header.id.map { reader.cells[$0].array } ?? [] }
      for index in columns.indices { columns[index].take(reader.cells[index], isNewSequence: isNew, cells) }
      rowsOfSequence = isNew ? 1 : rowsOfSequence + 1
      if rowsOfSequence == 2 { longSequences += 1 }
      rows += 1
    }
  }

  /// Makes it a sample of `count` columns, where it could not be read.
  mutating func fit(_ count: Int) {
    if columns.count != count { (columns, rows) = (Array(repeating: Column(), count: count), 0) }
  }

  /// Whether a column counts the rows of the file.
  func countsRows(_ column: Int) -> Bool {
    rows >= TableSample.fewestCounted && columns[column].counts && columns[column].numbers == rows
  }

  /// Whether a column holds nothing at all.
  func isEmpty(_ column: Int) -> Bool { rows > 0 && columns[column].empty == rows }

  /// Whether a column is the same in all rows of each sequence, and not in all sequences.
  func isPerSequence(_ column: Int) -> Bool {
    longSequences > 1 && !columns[column].changesWithin && columns[column].changesBetween
  }

  /// How many rows were looked at: `the 12 rows`, `the first 1,000 rows`.
  var extent: String { (isAll ? "the " : "the first ") + (rows == 1 ? "row" : "\(rows.grouped) rows") }
}

extension TableSample.Column {
  fileprivate mutating func take(_ cell: ByteSlice, isNewSequence: Bool, _ cells: TableCells) {
    if !cell.equals(self.cell) {
      // The first row of all changes nothing.
      if !isNewSequence { changesWithin = true } else if hasRow { changesBetween = true }
      self.cell = cell.array
    }
    hasRow = true
    let text = cell.trimmed
    let number = text.decimalNumber
    let point: TimePoint? = if let number, !number.isTruncated { .number(number) } else { TimePoint(text) }
    if let point {
      times += 1
      if number == nil, case .calendar = point { dates += 1 }
      note(point, isNewSequence)
    } else {
      before = nil
    }
    guard let number else {
      counts = false
      if text.isEmpty { empty += 1 }
      if text.isMissingMark || cells.isMissing(cell) {
        missing += 1
      } else if text.parsedFloat == .notFinite {
        numbers += 1
      } else {
        texts += 1
      }
      return
    }
    if cells.isMissing(cell) {
      counts = false
      missing += 1
      return
    }
    numbers += 1
    if number.isTruncated { hasLongNumber = true }
    largest = max(largest, number.magnitude)
    if !number.isInteger {
      reals += 1
      if number.isWhole { wholeReals += 1 }
    }
    if unheld == nil, !number.isHeld { unheld = text.text }
    if number.natural == nil || count.map({ number.significand != $0 &+ 1 }) ?? false { counts = false }
    count = number.significand
  }

  private mutating func note(_ point: TimePoint, _ isNewSequence: Bool) {
    if !isNewSequence, let before, let order = point.order(to: before) {
      if order > 0 { rises += 1 }
      if order < 0 { falls += 1 }
    }
    before = point
  }
}

extension DecimalNumber {
  /// Whether its value is a whole number, however it is written.
  var isWhole: Bool {
    if exponent >= 0 || significand == 0 { return true }
    guard !isTruncated, exponent > -20 else { return false }
    return significand % (0..<(-exponent)).reduce(UInt64(1)) { power, _ in power * 10 } == 0
  }

  /// About how large it is.
  fileprivate var magnitude: Double {
    var result = Double(significand)
    for _ in 0..<min(400, abs(exponent)) { result *= exponent < 0 ? 0.1 : 10 }
    return result
  }

  /// Whether float32 holds it, or is less than one away from it: false for whole numbers, and for numbers with a point
  /// beyond them, that come out as others. What is written with an exponent is meant to be rounded.
  @inline(__always)
  var isHeld: Bool { significand <= 1 << 24 || isHeldAsLong }

  @inline(never)
  private var isHeldAsLong: Bool {
    // A positive exponent is that of an "e", or of digits beyond the 19 that are kept.
    if exponent > 0 { return !isInteger }
    guard exponent > -20 else { return true }
    let whole = significand / (0..<(-exponent)).reduce(UInt64(1)) { power, _ in power * 10 }
    return whole <= 1 << 24 || UInt64(exactly: Float(whole)) == whole
  }
}

extension ByteSlice {
  /// Whether the cell looks as if a value were missing: empty, or a word or sign that stands for it.
  var isMissingMark: Bool {
    let text = trimmed
    switch text.count {
    case 0: return true
    case 1: return text[0] == 0x2D || text[0] == 0x3F  // - ?
    case 2...4:
      return text.equalsIgnoringCase("na") || text.equalsIgnoringCase("n/a") || text.equalsIgnoringCase("nan")
        || text.equalsIgnoringCase("nil") || text.equalsIgnoringCase("null") || text.equalsIgnoringCase("none")
        || text.equalsIgnoringCase("-nan") || text.equalsIgnoringCase("#n/a")
    default: return false
    }
  }
}
