import RaggedCore

/// How a table is written: what its options say, and else what its first rows do.
struct TableDialect: Sendable {
  /// What separates cells.
  var delimiter: UInt8
  /// Whether blanks around a cell that is not quoted are left out.
  var trims = false
  /// Lines before the table, which are left out.
  var skippedLines = 0
  /// Which lines are no rows, nil where all are.
  var comments: CommentLines?
  /// Rows behind the header that are left out.
  var unitsRows = 0
  /// Which rows alone end with a delimiter, behind which there is nothing.
  var trailing = Trailing.none
  /// Whether the header begins with a mark that is no part of its first name.
  var hasMarkedHeader = false
  /// Whether the header holds numbers alone.
  var hasNumberedHeader = false
  /// How numbers are written.
  var form = NumberForm()
  /// Whether quotes stand where a program put them.
  var hasSureQuotes = false
  /// What was found out, but for comments.
  var notes: [InputNote] = []
  /// What may help where rows have another number of cells than the header.
  var widthRemedy: InputRemedy?

  enum Trailing: Sendable {
    case none, header, rows
    /// The rows, whose last cell is left out where it is empty.
    case dropped
  }

  /// What was said, with a usual delimiter.
  init(usual: UInt8, options: TableOptions) {
    delimiter = options.delimiter?.utf8.first ?? usual
    hasSureQuotes = options.typed != nil
  }

  /// Finds out what the first lines say, but for how numbers are written: that takes rows.
  /// - Throws: ``InputError``, fatal, where lines may be comments or rows.
  mutating func find(_ text: SampledText, usual: UInt8, _ options: TableOptions, file: String) throws {
    try findDelimiter(text, usual: usual, options, file: file)
    // A blank may be a token.
    let isTokenKept = options.tokens == .text(.characters)
    trims = delimiter != 0x09 && delimiter != 0x20 && !isTokenKept
    let head = HeadRow.rows(of: text, self, options)
    if let header = findTable(head, options) { findUnits(head, header, options) }
  }

  /// The rows of a text, from the first of the table on.
  func rows(of lines: LineReader) -> RowReader {
    var rows = RowReader(lines: lines, delimiter: delimiter)
    (rows.trims, rows.comments, rows.skippedLines, rows.hasSureQuotes) = (trims, comments, skippedLines, hasSureQuotes)
    rows.dropsTrailing = trailing == .dropped
    return rows
  }

  /// What was found out, to be said before rows are read.
  var allNotes: [InputNote] { notes + (comments?.note.map { [$0] } ?? []) }

  /// The names of the columns.
  /// - Parameter first: the cells of the first row.
  func names(_ first: [String], _ options: TableOptions) -> [String] {
    var names = options.names(first)
    guard options.hasHeader, options.typed == nil else { return names }
    if hasMarkedHeader, let name = names.first { names[0] = String(name.drop { $0 == "#" || $0 == " " }) }
    if delimiter == 0x09 { names = names.map(\.withoutBlanksAround) }
    switch trailing {
    case .none, .dropped: break
    case .header: _ = names.popLast()
    case .rows: names.append("")
    }
    return names
  }
}

extension String {
  fileprivate var withoutBlanksAround: String {
    guard first == " " || last == " " else { return self }
    var rest = self[...]
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}

/// The lines that a table begins with.
struct SampledText {
  /// Lines that are looked at one by one.
  private static let lineCount = 64
  /// Bytes beyond which few of them are.
  private static let byteCount = 1 << 18
  /// Whole lines.
  let bytes: [UInt8]
  /// Where the first of the lines stand, without their endings: none of those that are skipped.
  private(set) var lines: [Range<Int>] = []
  /// The end of these.
  private(set) var headEnd = 0
  private let skippedLines: Int

  init(_ bytes: [UInt8], isEnd: Bool, skipping: Int) {
    skippedLines = skipping
    self.bytes = isEnd ? bytes : Array(bytes[..<((bytes.lastIndex(of: 0x0A) ?? -1) + 1)])
    var start = self.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var count = 0
    while start < self.bytes.count, lines.count < (start < SampledText.byteCount ? SampledText.lineCount : 4) {
      let end = self.bytes[start...].firstIndex(of: 0x0A) ?? self.bytes.count
      count += 1
      let hasReturn = end > start && self.bytes[end - 1] == 0x0D
      if count > skipping { lines.append(start..<end - (hasReturn ? 1 : 0)) }
      start = min(end + 1, self.bytes.count)
      headEnd = start
    }
  }

  func line(_ index: Int) -> ArraySlice<UInt8> { bytes[lines[index]] }

  /// The number of a line in its file, from 1.
  func number(_ index: Int) -> Int { skippedLines + index + 1 }

  /// A reader of the first of these lines.
  func reader(_ options: TableOptions) -> LineReader {
    LineReader(
      InputBytes(Array(bytes[..<headEnd]), named: "", isDecoded: true),
      maximumLineBytes: options.maximumLineBytes, capacity: 64 << 10)
  }
}
