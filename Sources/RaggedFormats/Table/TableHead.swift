import RaggedCore

/// The first rows of a table, cut into cells once: what the table's dialect, its layout, its columns and their roles are
/// found by. The rows stay to be read.
struct TableHead {
  /// Bytes beyond which rows are no longer looked for.
  static let maximumBytes = 16 << 20
  /// How the table is written.
  private(set) var dialect: TableDialect
  /// The names of the columns, those of the header or those that stand for it.
  private(set) var names: [String] = []
  /// The line of the first row.
  private(set) var line = 1
  /// Whether these are all rows of the file.
  private(set) var isAll = false
  private let hasHeader: Bool
  /// The texts of all cells, one after the other.
  private var bytes: [UInt8] = []
  private var ends: [UInt32] = []  // of the cells in the bytes
  private var rows: [Row] = []

  private struct Row {
    /// The end of its cells.
    var end: Int
    var line: Int
    /// The rows between two blank lines have one number.
    var block: Int
  }

  /// Looks at what a table begins with, finds out how it is written, and cuts its first rows.
  /// - Parameters:
  ///   - usual: the delimiter where nothing says another.
  ///   - known: how it is written, where that is known.
  /// - Throws: ``InputError``, always fatal, where the file cannot be read, or its numbers in two ways.
  init(of input: InputBytes, usual: UInt8, options: TableOptions, known: TableDialect? = nil) throws {
    dialect = known ?? TableDialect(usual: usual, options: options)
    hasHeader = options.hasHeader
    let isOpen = known == nil && !dialect.hasSureQuotes
    if isOpen { dialect.skippedLines = options.skippedLines ?? 0 }
    var wanted = TableSample.rowCount + 2 + min(dialect.skippedLines, 1 << 20) + min(dialect.unitsRows, 1 << 20)
    var isFound = !isOpen
    while true {
      let (found, isEnd) = try input.lookAhead(lines: wanted, limit: TableHead.maximumBytes)
      if !isFound {
        isFound = true
        try dialect.find(
          SampledText(found, isEnd: isEnd, skipping: dialect.skippedLines), usual: usual, options, file: input.file)
      }
      cut(found, isEnd: isEnd, options)
      if rows.count > TableSample.rowCount || isEnd || found.count >= TableHead.maximumBytes { break }
      // Rows with line endings in quotes take more lines.
      wanted *= 2
    }
    if isOpen { try dialect.findNumbers(self, file: input.file, options) }
  }

  /// Whether there is no row that can be read.
  var isEmpty: Bool { rows.isEmpty }

  private mutating func cut(_ found: [UInt8], isEnd: Bool, _ options: TableOptions) {
    (bytes, ends, rows, names, isAll) = ([], [], [], [], false)
    // A line that is longer than all that was looked at is known by its beginning.
    let end = isEnd ? found.count : (found.lastIndex(of: 0x0A) ?? found.count - 1) + 1
    var reader = dialect.rows(
      of: LineReader(
        InputBytes(Array(found[..<end]), named: "", isDecoded: true),
        maximumLineBytes: max(options.maximumLineBytes, TableHead.maximumBytes), capacity: 64 << 10))
    let key = RowKey(stem: "", areBlocks: true)
    reader.begin(key, hasRow: false)
    guard (try? reader.next()) == true else { return }
    names = dialect.names(reader.cells.map(\.text), options)
    line = reader.line
    reader.cellCount = names.count
    append(reader, key)
    guard (try? reader.skip(rows: dialect.unitsRows)) != nil else { return }
    while true {
      do {
        guard try reader.next() else {
          isAll = isEnd
          return
        }
      } catch let error as InputError where !error.isFatal {
        continue
      } catch {
        return
      }
      // Whether the file goes on behind the rows that were wanted.
      if rows.count > TableSample.rowCount { return }
      append(reader, key)
    }
  }

  /// Whether a byte of a cell is one of these.
  func hasByte(_ isOne: (UInt8) -> Bool) -> Bool { bytes.contains(where: isOne) }

  private mutating func append(_ reader: RowReader, _ key: RowKey) {
    for cell in reader.cells {
      bytes.append(contentsOf: UnsafeBufferPointer(start: cell.base, count: cell.count))
      ends.append(UInt32(bytes.count))
    }
    rows.append(Row(end: ends.count, line: reader.line, block: key.block))
  }

  /// Calls `body` with the cells of each row behind the header; those that cannot be read are left out.
  /// - Parameter withHeader: whether the first row is one of them.
  func forEachRow(withHeader: Bool = false, _ body: ([ByteSlice], _ line: Int) throws -> Void) rethrows {
    try forEach(withHeader: withHeader) { cells, row in try body(cells, row.line) }
  }

  /// The same with the number of the block between blank lines that the row is of.
  func forEachRowOfBlocks(withHeader: Bool, _ body: ([ByteSlice], _ line: Int, _ block: Int) -> Void) {
    forEach(withHeader: withHeader) { cells, row in body(cells, row.line, row.block) }
  }

  private func forEach(withHeader: Bool, _ body: ([ByteSlice], Row) throws -> Void) rethrows {
    let dropsLast = dialect.trailing == .dropped
    try bytes.withUnsafeBufferPointer { buffer in
      // An address for cells of no bytes, where there are no others.
      let none = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
      defer { none.deallocate() }
      let base = buffer.baseAddress ?? UnsafePointer(none)
      var cells: [ByteSlice] = []
      var (cell, start) = (0, 0)
      for (place, row) in rows.enumerated() {
        cells.removeAll(keepingCapacity: true)
        while cell < row.end {
          cells.append(ByteSlice(base: base + start, count: Int(ends[cell]) - start))
          (start, cell) = (Int(ends[cell]), cell + 1)
        }
        if dropsLast, cells.count > 1, cells.last?.isEmpty == true { cells.removeLast() }
        if place > 0 || !hasHeader || withHeader { try body(cells, row) }
      }
    }
  }

  /// Gives the rows back, once what they say is known: readers of many files live until the last is read.
  mutating func forgetRows() { (bytes, ends, rows) = ([], [], []) }

  /// The same for a reader that leaves out what stands behind the last delimiter of rows which end with one.
  func droppingTrailing() -> TableHead {
    guard dialect.trailing == .rows else { return self }
    var head = self
    head.dialect.trailing = .dropped
    if hasHeader, head.names.last == "" { head.names.removeLast() }
    return head
  }

  /// The same for a reader whose rows may end early.
  func besideShortRows() -> TableHead {
    var head = self
    head.dialect.comments = dialect.comments?.besideShortRows(hasHeader: hasHeader)
    return head
  }

  /// Whether all cells of a column are numbers, those aside that are missing.
  var hasColumnOfNumbers: Bool {
    var columns = names.map { _ in (numbers: 0, others: 0) }
    forEachRow { cells, _ in
      for index in cells.indices where index < columns.count && !cells[index].isPadding {
        if dialect.form.number(cells[index]) != nil { columns[index].numbers += 1 } else { columns[index].others += 1 }
      }
    }
    return columns.contains { $0.numbers > 0 && $0.others == 0 }
  }

  /// The number of rows of each block between blank lines; the header is none.
  var blocks: [Int] {
    var (blocks, last) = ([Int](), 0)
    forEachRowOfBlocks(withHeader: false) { _, _, block in
      if block != last { blocks.append(0) }
      last = block
      blocks[blocks.count - 1] += 1
    }
    return blocks
  }
}

/// What of a table's lines was left out and is said once they are read.
struct LeftOutLines {
  private var hasNoted = (comments: false, blanks: false)

  /// What is worth knowing and was not yet said.
  mutating func takeNotes(_ rows: RowReader) -> [InputNote] {
    var notes: [InputNote] = []
    if rows.commentLines > 0, !hasNoted.comments {
      hasNoted.comments = true
      let isFound = rows.comments?.isSaid == false
      notes.append(
        InputNote(
          "\(rows.commentLines.counted("line begins", "lines begin")) with \(rows.comments?.words ?? "") and "
            + "\(rows.commentLines == 1 ? "was" : "were") left out, first line \(rows.firstComment)",
          remedy: isFound ? .sayComment : nil))
    }
    if let line = rows.trimmedLine, !hasNoted.blanks {
      hasNoted.blanks = true
      notes.append(InputNote("blanks around cells were left out, first in line \(line); within quotes they stay"))
    }
    return notes
  }
}

extension UInt8 {
  /// A delimiter as a trait of a file shows it.
  var delimiterWord: String { self == 0x09 ? "tab" : self == 0x20 ? "blanks" : String(UnicodeScalar(self)) }
}

extension TableHead {
  /// How the table is written, which options said or the first rows.
  func traits(_ input: InputBytes) -> [FileTrait] {
    let form = dialect.form
    var traits = [
      FileTrait("delimiter", dialect.delimiter.delimiterWord, .delimiter),
      FileTrait("header", hasHeader ? "the first row" : "none", .isHeaderless),
      FileTrait("encoding", input.textForm.encoding.rawValue, .encoding),
      FileTrait("decimal mark", String(UnicodeScalar(form.point)), .decimal),
    ]
    if let mark = form.thousands {
      traits.append(FileTrait("thousands mark", String(UnicodeScalar(mark)).quotedForMessage, .thousands))
    }
    if let comments = dialect.comments {
      let words = comments.words
      let shown =
        comments.areLeading
        ? "lines before the table that begin with \(words)"
        : "lines that begin with \(words)" + (comments.isSaid ? "" : " and have fewer cells")
      traits.append(FileTrait("comments", shown, .comment))
    }
    if dialect.skippedLines > 0 {
      traits.append(FileTrait("lines before the table", "\(dialect.skippedLines)", .skippedLines))
    }
    if dialect.unitsRows > 0 { traits.append(FileTrait("rows of units", "\(dialect.unitsRows)", .unitsRows)) }
    return traits
  }
}
