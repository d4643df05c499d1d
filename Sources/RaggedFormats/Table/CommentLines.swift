import RaggedCore

/// Which of the lines that begin with a mark are comments rather than rows.
///
/// Where that is said, all of them are. Where it was found out, only a line that cannot be a row is one: it has fewer cells than rows
/// have, and no quote that goes on behind it. A line in quotes that began above is none in any case.
struct CommentLines: Sendable, Equatable {
  /// What they begin with, blanks aside.
  let mark: [UInt8]
  /// The number of cells that a row has at least, of which a comment has fewer; nil where it is said what comments are.
  private(set) var width: Int?
  /// The same of the lines before the table.
  private(set) var leadingWidth: Int
  /// Whether some stand before the table.
  private let hasLeading: Bool

  /// Those that are said.
  init(_ mark: [UInt8]) { (self.mark, width, leadingWidth, hasLeading) = (mark, nil, .max, false) }

  /// Those that were found.
  init(_ mark: [UInt8], width: Int, leadingWidth: Int, hasLeading: Bool) {
    (self.mark, self.width, self.leadingWidth, self.hasLeading) = (mark, width, leadingWidth, hasLeading)
  }

  /// The same beside rows that may end early: a line behind the first of them may be one.
  /// - Returns: nil where none stands before the table.
  func besideShortRows(hasHeader: Bool) -> CommentLines? {
    guard !isSaid else { return self }
    guard hasLeading else { return nil }
    var comments = self
    comments.width = 1
    if !hasHeader { comments.leadingWidth = min(leadingWidth, 2) }
    return comments
  }

  /// Whether only lines before the table are comments.
  var areLeading: Bool { width.map { $0 < 2 } ?? false }

  /// What is said before the lines are read; nothing where comments are as was asked.
  var note: InputNote? {
    guard !isSaid else { return nil }
    let place = areLeading ? " before the table" : ""
    return InputNote("lines\(place) that begin with \(words) are left out as comments", remedy: .sayComment)
  }

  /// The mark in quotes.
  var words: String { String(decoding: mark, as: UTF8.self).quotedForMessage }

  /// The error of a line that may be a row or a comment.
  /// - Parameter other: the line of one that is a comment.
  func doubt(file: String, line: Int, other: Int) -> InputError {
    var error = InputError(
      file: file, line: line,
      problem:
        "the row begins with \(words), as line \(other) does, which seems to be a comment: whether lines that begin so are "
        + "rows is not said", isFatal: true)
    error.remedy = .sayWhetherComments(String(decoding: mark, as: UTF8.self))
    return error
  }

  /// What a faulty row begins with, where comments often do.
  static func mark(of cell: ByteSlice) -> String? {
    ["#", "%", "//", "!", "**", "--"].first { mark in cell.begins(with: Array(mark.utf8), 0x2C) }
  }

  /// Whether it is said which they are.
  var isSaid: Bool { width == nil }

  /// Whether a line begins with the mark.
  @inline(__always)
  func begins(_ line: ByteSlice, _ delimiter: UInt8) -> Bool {
    guard line.count > 0 else { return false }
    let first = line.base[0]
    return (first == mark[0] || first == 0x20 || first == 0x09) && line.begins(with: mark, delimiter)
  }
}

extension ByteSlice {
  /// Whether a line begins with a mark; blanks before it are passed over, but for those that end a cell.
  func begins(with mark: [UInt8], _ delimiter: UInt8) -> Bool {
    var start = 0
    while start < count, base[start] == 0x20 || base[start] == 0x09 && delimiter != 0x09 { start += 1 }
    return count - start >= mark.count && slice(start..<start + mark.count).equals(mark)
  }

  /// The number of cells of a line by itself; nil where a quote is open at its end.
  func cellCount(_ delimiter: UInt8, trims: Bool) -> Int? {
    if delimiter == 0x20 {
      return UnsafeBufferPointer(start: base, count: count).split { $0 == 0x20 || $0 == 0x09 }.count
    }
    var (cells, state) = (1, QuoteState.atStart)
    for index in 0..<count {
      if delimiter == 0x09 {
        cells += base[index] == delimiter ? 1 : 0
      } else {
        state.advance(over: base[index], delimiter: delimiter, trims)
        if state == .atStart { cells += 1 }
      }
    }
    return state == .quoted ? nil : cells
  }
}

/// A row that stands among the first lines of a table, before anything but its delimiters is known.
struct SampledRow {
  /// Its lines, of which the first may begin with a mark.
  private(set) var lines: [Int]
  let isMarked: Bool
  private(set) var width = 1
  /// Whether a quote is open at the end of the text, so that more lines may belong to it.
  private var isOpen = false

  /// Whether it could be a comment beside rows of so many cells.
  func isComment(besideRowsOf width: Int) -> Bool { mayBeComment && self.width < width }

  /// Whether it could be a comment.
  var mayBeComment: Bool { isMarked && lines.count == 1 && !isOpen }

  /// Cuts a text into rows.
  /// - Parameters:
  ///   - lines: those that are looked at, none of them blank.
  ///   - mark: what comments would begin with; nil where there are none.
  ///   - delimiters: any of which ends a cell. Quotes are heeded where one of them is no blank.
  static func rows(of text: SampledText, _ lines: [Int], mark: [UInt8]?, _ delimiters: [UInt8]) -> [SampledRow] {
    guard let delimiter = delimiters.first else { return [] }
    let hasQuotes = delimiters.contains { $0 != 0x09 && $0 != 0x20 }
    var rows: [SampledRow] = []
    var state = QuoteState.atStart
    for index in lines {
      let line = text.line(index)
      if state == .quoted, let last = rows.indices.last {
        rows[last].lines.append(index)
      } else {
        state = .atStart
        let isMarked =
          mark.flatMap { mark in Array(line).withUnsafeSlice { $0.begins(with: mark, delimiter) } } ?? false
        rows.append(SampledRow(lines: [index], isMarked: isMarked))
      }
      let last = rows.count - 1
      guard hasQuotes else {
        rows[last].width =
          delimiter == 0x20
          ? line.split { $0 == 0x20 || $0 == 0x09 }.count : line.count { delimiters.contains($0) } + 1
        continue
      }
      for byte in line {
        state.advance(over: delimiters.contains(byte) ? delimiter : byte, delimiter: delimiter, true)
        if state == .atStart { rows[last].width += 1 }
      }
    }
    if state == .quoted, let last = rows.indices.last { rows[last].isOpen = true }
    return rows
  }
}

extension TableDialect {
  /// Finds out whether lines that begin with `#` are comments, and whether the header begins so.
  /// - Throws: ``InputError``, fatal, where such a line is before the table and others may be rows.
  mutating func findComments(_ text: SampledText, _ lines: [Int], _ options: TableOptions, file: String) throws {
    let mark: [UInt8] = [0x23]
    let rows = SampledRow.rows(of: text, lines, mark: mark, [delimiter])
    let plain = rows.filter { !$0.isMarked }
    guard rows.contains(where: \.isMarked), let width = TableDialect.width(plain.map(\.width)) else { return }
    func isNumeric(_ row: SampledRow) -> Bool { self.isNumeric(text.line(row.lines[0])) }
    let leading = rows.prefix(while: \.isMarked)
    let isFollowedByNumbers = plain.first.map(isNumeric) ?? false
    // What stands before the names of columns is no row, however wide it is, where it cannot name them itself.
    let others = plain.dropFirst()
    let isNamed =
      options.hasHeader && !isFollowedByNumbers
      && (width == 1
        ? !others.isEmpty && others.allSatisfy(isNumeric)
        : others.contains(where: isNumeric) && leading.allSatisfy { $0.width != width || isNumeric($0) })
    let leadingWidth = isNamed ? Int.max : width
    var full = leading.filter { !$0.isComment(besideRowsOf: leadingWidth) }
    if options.hasHeader, let last = leading.last, last.width == width, full.count == 1, full[0].lines == last.lines {
      full = []
      if width > 1, !isNumeric(last), isFollowedByNumbers {
        hasMarkedHeader = !TableDialect.names(of: options).contains { $0.hasPrefix("#") }
        if hasMarkedHeader { notes.append("its header begins with \"#\", which is no part of the first name") }
      }
    }
    full += rows.dropFirst(leading.count).filter { $0.isMarked && !$0.isComment(besideRowsOf: width) }
    let first = leading.first { $0.isComment(besideRowsOf: leadingWidth) }
    if let row = full.first {
      // Rows begin so, and a shorter one among them is at fault.
      guard let first else { return }
      throw CommentLines(mark).doubt(file: file, line: text.number(row.lines[0]), other: text.number(first.lines[0]))
    }
    guard first != nil || rows.contains(where: { $0.isComment(besideRowsOf: width) }) else { return }
    comments = CommentLines(mark, width: width, leadingWidth: leadingWidth, hasLeading: first != nil)
  }

  /// Whether one of the cells of a line is a number.
  private func isNumeric(_ line: ArraySlice<UInt8>) -> Bool {
    line.split(separator: delimiter).contains { cell in
      Array(cell).withUnsafeSlice { NumberShape($0).map { _ in true } } ?? false
    }
  }
}
