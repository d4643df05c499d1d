/// Rows of a delimited table, cut into cells; empty lines are passed over.
///
/// RFC 4180 quoting, line endings inside quotes: a quote counts where it is the first character of a cell; elsewhere it is
/// a character like any other. Where tabs separate the cells, a row is a line, and a cell is quoted only where it begins
/// and ends with a quote and those between are doubled: tables of text hold quotes as they come. Where it is the blank, any
/// number of blanks and tabs is one delimiter, those at a line's ends are none, and there are no quotes.
///
/// Blanks around cells can be left out, also before and behind quotes; those within quotes stay.
struct RowReader {
  /// The longest row that quotes may stretch over several lines, in bytes: what a quote that is never closed may cost.
  static let maximumQuotedBytes = 16 << 20
  /// The cells of the row last read, valid until the next call.
  private(set) var cells: [ByteSlice] = []
  /// The line on which the row last read begins.
  var line: Int { lines.line }
  /// The cell of the row last read that goes on after its closing quote.
  private(set) var faultyCell: Int?
  private(set) var lines: LineReader
  let delimiter: UInt8
  /// The number of cells that a row should have, once it is known.
  var cellCount: Int?
  /// Whether quotes stand where a program put them, so that none swallows a row.
  var hasSureQuotes = false
  /// The id of rows that have none.
  private var key: RowKey?
  /// Whether blanks around cells are left out.
  var trims = false
  /// Which lines are no rows, the number of those that were left out, and the first of them.
  var comments: CommentLines?
  private(set) var commentLines = 0
  private(set) var firstComment = 0
  /// Whether a row was read, and whether one behind the first began as comments do.
  private var hasBegun = false
  private var hasMarkedRow = false
  /// Lines that are left out before the first row.
  var skippedLines = 0
  /// The line of the first text that lost blanks.
  private(set) var trimmedLine: Int?
  /// Whether what stands behind the last delimiter of a row is left out where it is nothing.
  var dropsTrailing = false
  private var returned: ByteSlice?
  /// Whether the row last read can be had as it stands in the file; see ``withRaw(_:)``.
  var keepsRaw = false
  private var raw: ByteSlice?
  /// The row last read, where its bytes were moved.
  private var rawBytes: [UInt8] = []

  init(lines: LineReader, delimiter: UInt8) {
    self.lines = lines
    self.delimiter = delimiter
  }

  /// Lets rows that have no id be those of this one, which follows the blank lines between them.
  /// - Parameter hasRow: whether the row last read is one of them.
  mutating func begin(_ key: RowKey, hasRow: Bool) {
    self.key = key
    if hasRow { key.beginRow() }
  }

  /// Whether quotes stretch the row last read over several lines.
  var isStretched: Bool { !hasSureQuotes && lines.isStretched }

  /// Reads the next row; false after the last.
  ///
  /// Where a row is faulty, ``cells`` holds what of it is known, so that its sequence can be found.
  /// - Throws: ``InputError``, fatal where a quote is never closed.
  mutating func next() throws -> Bool {
    while true {
      guard let row = try nextLine() else { return false }
      faultyCell = nil
      if row.isEmpty || (delimiter == 0x20 || key?.areBlocks == true) && row.isBlank(delimiter) {
        key?.end()
        continue
      }
      key?.beginRow()
      raw = row
      if delimiter == 0x20 {
        splitBlanks(row)
        if let fault = lines.textFault(row) { throw fault }
      } else if row.firstIndex(of: 0x22) == nil {
        split(row)
        if let fault = lines.textFault(row) { throw fault }
      } else if delimiter == 0x09 {
        try splitTabs(row)
      } else {
        try splitQuoted(row)
      }
      if dropsTrailing, cells.count > 1, cells.last?.isEmpty == true { cells.removeLast() }
      return true
    }
  }

  /// The next line as it stands, for a caller that may take it for a row, or else gives it back.
  mutating func nextLine() throws -> ByteSlice? {
    if let returned {
      self.returned = nil
      return returned
    }
    var line: ByteSlice?
    defer { if line == nil { cells.removeAll(keepingCapacity: true) } }
    if skippedLines > 0 { try passSkippedLines() }
    line = try lines.next()
    if let comments { try passComments(&line, comments) }
    return line
  }

  /// Reads a row that is taken as it stands: without quotes, of as many cells as there are columns, with no blank to leave out.
  /// - Returns: nil at the end, and for any other row, which ``next()`` reads then.
  mutating func nextPlain(_ column: Int) throws -> (row: ByteSlice, cell: ByteSlice)? {
    guard let cellCount, key == nil, !dropsTrailing, delimiter != 0x20, let row = try nextLine() else { return nil }
    guard row.count > 0, row.firstIndex(of: 0x22) == nil, let cell = row.cell(column, of: cellCount, delimiter),
      !cell.trimmed.isEmpty, !trims || !row.hasBlankEnds(delimiter), row.firstInvalidUTF8 == nil
    else {
      returned = row
      return nil
    }
    return (row, cell)
  }

  private mutating func passSkippedLines() throws {
    while skippedLines > 0, try lines.next() != nil { skippedLines -= 1 }
    skippedLines = 0
  }

  private mutating func passComments(_ line: inout ByteSlice?, _ comments: CommentLines) throws {
    while let found = line, comments.begins(found, delimiter) {
      guard try isComment(found, comments) else { break }
      if commentLines == 0 { firstComment = self.line }
      commentLines += 1
      line = try lines.next()
    }
    if line?.isEmpty == false { hasBegun = true }
  }

  /// Whether a line that begins as comments do is one.
  /// - Throws: a fatal error where it may be a row, as others were left out.
  private mutating func isComment(_ found: ByteSlice, _ comments: CommentLines) throws -> Bool {
    guard let width = comments.width else { return true }
    if let count = found.cellCount(delimiter, trims: trims), count < (hasBegun ? width : comments.leadingWidth) {
      return !hasMarkedRow
    }
    // A header may begin so.
    guard hasBegun else { return false }
    hasMarkedRow = true
    guard commentLines == 0 else { throw comments.doubt(file: lines.file, line: line, other: firstComment) }
    return false
  }

  /// Passes over rows, faulty ones too.
  /// - Throws: a fault with which the reading ends.
  mutating func skip(rows count: Int) throws {
    for _ in 0..<count {
      do {
        guard try next() else { return }
      } catch let error as InputError where !error.isFatal {
      }
    }
  }

  /// Lends the row last read as it stands in the file, quotes and all; where ``keepsRaw`` is set.
  func withRaw<Result>(_ body: (ByteSlice) throws -> Result) rethrows -> Result {
    if let raw { return try body(raw) }
    return try rawBytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return try body(ByteSlice(base: lines.noBytes, count: 0)) }
      return try body(ByteSlice(base: base, count: bytes.count))
    }
  }

  /// Keeps a row before its bytes are moved.
  private mutating func keepRaw(_ row: ByteSlice) {
    raw = nil
    if keepsRaw { rawBytes = row.array }
  }

  /// A reader of other lines that reads them in the same way.
  func reading(_ lines: LineReader) -> RowReader {
    var reader = self
    (reader.lines, reader.returned, reader.raw) = (lines, nil, nil)
    reader.cells = []
    reader.skippedLines = 0
    return reader
  }

  /// Gives back the line that ``nextLine()`` returned last, to be the next row.
  mutating func putBack(_ line: ByteSlice) { returned = line }

  /// Cuts a row without quotes into cells, in place of those of the row before: rows mostly have as many.
  private mutating func split(_ row: ByteSlice) {
    let base = row.base
    var start = 0
    var filled = 0
    cells.withUnsafeMutableBufferPointer { cells in
      guard !cells.isEmpty else { return }
      for index in 0..<row.count where base[index] == delimiter {
        cells[filled] = ByteSlice(base: base + start, count: index - start)
        start = index + 1
        filled += 1
        if filled == cells.count { return }
      }
      cells[filled] = ByteSlice(base: base + start, count: row.count - start)
      start = row.count + 1
      filled += 1
    }
    cells.removeLast(cells.count - filled)
    while start <= row.count {
      let end = row.firstIndex(of: delimiter, from: start) ?? row.count
      cells.append(ByteSlice(base: base + start, count: end - start))
      start = end + 1
    }
    if trims { trimCells() }
  }

  private mutating func trimCells() {
    for index in cells.indices where cells[index].hasBlankEnd { cells[index] = trimmed(cells[index]) }
  }

  private mutating func trimmed(_ cell: ByteSlice) -> ByteSlice {
    let text = cell.trimmed
    if trimmedLine == nil, text.count > 0, NumberShape(text) == nil { trimmedLine = line }
    return text
  }

  /// Cuts a row at its runs of blanks and tabs; those at its ends separate nothing.
  private mutating func splitBlanks(_ row: ByteSlice) {
    cells.removeAll(keepingCapacity: true)
    var index = 0
    while index < row.count {
      while index < row.count, row.base[index] == 0x20 || row.base[index] == 0x09 { index += 1 }
      let start = index
      while index < row.count, row.base[index] != 0x20, row.base[index] != 0x09 { index += 1 }
      if index > start { cells.append(ByteSlice(base: row.base + start, count: index - start)) }
    }
  }

  /// Cuts a row at its tabs. Where that gives a wrong number of cells, tabs between quotes may belong to a cell.
  private mutating func splitTabs(_ row: ByteSlice) throws {
    split(row)
    if let cellCount, cells.count != cellCount, let found = cellsAroundTabs(row), found.count == cellCount {
      cells = found
    }
    // Before bytes are moved.
    let invalid = lines.textFault(row)
    keepRaw(row)
    for index in cells.indices where isQuoted(cells[index]) { cells[index] = withoutQuotes(cells[index]) }
    if let invalid { throw invalid }
  }

  /// The cells of a row in which those that stand in quotes may hold tabs; nil where none does.
  private func cellsAroundTabs(_ row: ByteSlice) -> [ByteSlice]? {
    var found: [ByteSlice] = []
    var hasTab = false
    var start = 0
    while start <= row.count {
      let tab = row.firstIndex(of: delimiter, from: start) ?? row.count
      let end = closedEnd(row, from: start) ?? tab
      hasTab = hasTab || end > tab
      found.append(row.slice(start..<end))
      start = end + 1
    }
    return hasTab ? found : nil
  }

  /// The end of the cell that begins at `start` with a quote, where its first quote that is not doubled ends a cell.
  private func closedEnd(_ row: ByteSlice, from start: Int) -> Int? {
    guard start < row.count, row[start] == 0x22 else { return nil }
    var index = start + 1
    while let quote = row.firstIndex(of: 0x22, from: index) {
      guard quote + 1 < row.count, row[quote + 1] != delimiter else { return quote + 1 }
      guard row[quote + 1] == 0x22 else { return nil }
      index = quote + 2
    }
    return nil
  }

  /// Whether a cell begins and ends with a quote, and those between are doubled.
  private func isQuoted(_ cell: ByteSlice) -> Bool {
    guard cell.count >= 2, cell[0] == 0x22, cell[cell.count - 1] == 0x22 else { return false }
    var index = 1
    while let quote = cell.firstIndex(of: 0x22, from: index), quote < cell.count - 1 {
      guard quote + 1 < cell.count - 1, cell[quote + 1] == 0x22 else { return false }
      index = quote + 2
    }
    return true
  }

  /// What a quoted cell holds, written where it stands.
  private func withoutQuotes(_ cell: ByteSlice) -> ByteSlice {
    let bytes = UnsafeMutablePointer(mutating: cell.base)
    var (written, index) = (1, 1)
    while index < cell.count - 1 {
      bytes[written] = bytes[index]
      index += bytes[index] == 0x22 ? 2 : 1
      written += 1
    }
    return cell.slice(1..<written)
  }

  private mutating func splitQuoted(_ first: ByteSlice) throws {
    cells.removeAll(keepingCapacity: true)
    var row = first
    var state = QuoteState.atStart
    var position = 0
    var (lineHere, openingLine) = (line, line)
    let isMarked = first.begins(with: [0x23], delimiter)
    while true {
      while position < row.count {
        if state == .atStart { openingLine = lineHere }
        if row[position] == 0x0A { lineHere += 1 }
        state.advance(over: row[position], delimiter: delimiter, trims)
        position += 1
      }
      guard state == .quoted else { break }
      let isTooLong = row.count > RowReader.maximumQuotedBytes
      guard !isTooLong, let longer = try lines.extended() else {
        let reach = isTooLong ? " within \(RowReader.maximumQuotedBytes) bytes" : ""
        var error = InputError(
          file: lines.file, line: openingLine, problem: "a quote is opened and not closed\(reach)", isFatal: true)
        if isMarked { error.remedy = .takeAsComments("#") }
        throw error
      }
      row = longer
    }
    let invalid = lines.textFault(row)
    keepRaw(row)
    faultyCell = unquote(row)
    if let invalid { throw invalid }
    if let faultyCell {
      throw lines.fault("column \(faultyCell + 1) goes on after its closing quote, expected the delimiter")
    }
  }

  /// Cuts a row into cells and takes their quotes away where they stand, in the line reader's own buffer, which is
  /// mutable memory that nobody else reads. Returns the place of a cell that goes on after its closing quote.
  private mutating func unquote(_ row: ByteSlice) -> Int? {
    let bytes = UnsafeMutablePointer(mutating: row.base)
    var state = QuoteState.atStart
    var fault: Int?
    var start = 0
    var written = 0
    var isQuoted = false
    func cell() -> ByteSlice {
      let cell = ByteSlice(base: row.base + start, count: written - start)
      return trims && !isQuoted && cell.hasBlankEnd ? trimmed(cell) : cell
    }
    for index in 0..<row.count {
      let byte = bytes[index]
      let before = state
      state.advance(over: byte, delimiter: delimiter, trims)
      switch (before, state) {
      case (.atStart, .quoted), (.leading, .quoted): isQuoted = true
      case (.quoted, .closed), (_, .leading), (_, .trailing): break
      case (_, .atStart):
        let whole = cell()
        cells.append(whole)
        (start, written, isQuoted) = (index + 1, index + 1, false)
      default:
        if before == .closed || before == .trailing, state == .plain { fault = fault ?? cells.count }
        bytes[written] = byte
        written += 1
      }
    }
    let last = cell()
    cells.append(last)
    return fault
  }
}

extension ByteSlice {
  /// A cell, of the row's so many; nil where there are more or fewer. Sixteen bytes behind the row must be readable.
  fileprivate func cell(_ column: Int, of cellCount: Int, _ delimiter: UInt8) -> ByteSlice? {
    var (place, start) = (0, 0)
    var found: ByteSlice?
    while true {
      let end = end(from: start, before: delimiter)
      if place == column { found = ByteSlice(base: base + start, count: end &- start) }
      place &+= 1
      if end >= count { return place == cellCount ? found : nil }
      start = end &+ 1
    }
  }

  /// Whether a cell begins or ends with a blank.
  fileprivate func hasBlankEnds(_ delimiter: UInt8) -> Bool {
    for blank: UInt8 in [0x20, 0x09] {
      var place = 0
      while let found = firstIndex(of: blank, from: place) {
        if found == 0 || found == count - 1 || base[found - 1] == delimiter || base[found + 1] == delimiter {
          return true
        }
        place = found + 1
      }
    }
    return false
  }
}

/// Where in a cell a byte of a row stands.
enum QuoteState {
  case atStart, plain, quoted, closed
  /// Blanks before a cell, and behind a closing quote.
  case leading, trailing

  @inline(__always)
  mutating func advance(over byte: UInt8, delimiter: UInt8, _ passesBlanks: Bool) {
    let isBlank = passesBlanks && (byte == 0x20 || byte == 0x09)
    switch self {
    case .atStart, .leading:
      self = byte == 0x22 ? .quoted : byte == delimiter ? .atStart : isBlank ? .leading : .plain
    case .plain: self = byte == delimiter ? .atStart : .plain
    case .quoted: self = byte == 0x22 ? .closed : .quoted
    case .closed: self = byte == 0x22 ? .quoted : byte == delimiter ? .atStart : isBlank ? .trailing : .plain
    case .trailing: self = byte == delimiter ? .atStart : isBlank ? .trailing : .plain
    }
  }
}
