import RaggedCore

/// What the cells of one of the first rows of a table look like.
struct HeadRow {
  /// Rows that are looked at.
  private static let count = 40

  enum Kind { case empty, missing, number, time, bracketed, text }

  let line: Int
  let kinds: [Kind]
  /// What the row begins with.
  let start: String

  /// The first rows of a text; faults are passed over.
  static func rows(of text: SampledText, _ dialect: TableDialect, _ options: TableOptions) -> [HeadRow] {
    var reader = dialect.rows(of: text.reader(options))
    let missing = options.missing.map { Array($0.utf8) }
    var rows: [HeadRow] = []
    while rows.count < count {
      do {
        guard try reader.next() else { return rows }
      } catch let error as InputError where !error.isFatal {
      } catch {
        return rows
      }
      let kinds = reader.cells.map { cell in
        missing.contains { cell.equals($0) } ? Kind.missing : kind(of: cell)
      }
      let start = reader.cells.prefix(4).map(\.text).joined(separator: String(UnicodeScalar(dialect.delimiter)))
      rows.append(HeadRow(line: reader.line, kinds: kinds, start: String(start.prefix(60))))
    }
    return rows
  }

  private static func kind(of cell: ByteSlice) -> Kind {
    let text = cell.trimmed
    guard let last = text.count > 0 ? text[text.count - 1] : nil else { return .empty }
    if text.isMissingMark { return .missing }
    if NumberShape(text) != nil || text.isNotFinite { return .number }
    if let point = TimePoint(text), case .calendar = point { return .time }
    return text[0] == 0x5B && last == 0x5D || text[0] == 0x28 && last == 0x29 ? .bracketed : .text
  }

  var width: Int { kinds.count }
}

extension TableDialect {
  /// Finds where the table begins, and whether its rows end with a delimiter.
  /// - Returns: the place of its first row among those; nil where there is none.
  mutating func findTable(_ rows: [HeadRow], _ options: TableOptions) -> Int? {
    guard let first = rows.first else { return nil }
    guard options.hasHeader, let width = TableDialect.width(rows.dropFirst().map(\.width)), width > 1 else { return 0 }
    if first.width == width { return options.skippedLines == nil ? findBelowTitle(rows, width) : 0 }
    let full = rows.dropFirst().filter { $0.width == width }
    if first.width == width - 1, full.allSatisfy({ $0.kinds.last == .empty }) {
      trailing = .rows
      return 0
    }
    if first.width == width + 1, first.kinds.last == .empty {
      trailing = .header
      return 0
    }
    guard options.skippedLines == nil, let header = rows.firstIndex(where: { $0.width == width }), header > 0 else {
      return 0
    }
    let behind = rows[(header + 1)...]
    let alike = behind.filter { $0.width == width }
    guard alike.count * 5 >= behind.count * 4, !alike.isEmpty, rows[header].isHeader else { return 0 }
    let hasContrast = (0..<width).contains { column in
      alike.contains { $0.kinds[column] == .number || $0.kinds[column] == .time }
    }
    let lines = rows[header].line - 1
    guard hasContrast else {
      widthRemedy = .skipLines(lines)
      return 0
    }
    let shown = rows[..<header].map(\.start).listedForMessage
    notes.append(
      InputNote(
        "the first \(lines == 1 ? "line is" : "\(lines) lines are") no part of the table and left out: \(shown)",
        remedy: .skipLines(0)))
    skippedLines = lines
    return header
  }

  /// Finds a header below rows that have as many cells, one of which at most is not empty, as a spreadsheet writes a title.
  /// - Returns: the place of the header among the rows.
  private mutating func findBelowTitle(_ rows: [HeadRow], _ width: Int) -> Int {
    let titles = rows.prefix { $0.width == width && $0.kinds.count { $0 != .empty } <= 1 }
    guard width > 2, !titles.isEmpty, rows.count > titles.count + 1,
      titles.contains(where: { $0.kinds.contains(.text) })
    else { return 0 }
    let header = rows[titles.count]
    let behind = rows[(titles.count + 1)...].filter { $0.width == width }
    guard header.width == width, header.kinds.allSatisfy({ $0 == .text || $0 == .bracketed }),
      (0..<width).contains(where: { column in
        behind.contains { $0.kinds[column] == .number || $0.kinds[column] == .time }
      })
    else { return 0 }
    skippedLines = header.line - 1
    let shown = titles.map(\.start).listedForMessage
    notes.append(
      InputNote(
        "the first \(skippedLines == 1 ? "line is" : "\(skippedLines) lines are") no part of the table and left out: \(shown)",
        remedy: .skipLines(0)))
    return titles.count
  }

  /// Finds a row of units below the header: texts where all other rows have numbers, and nothing where they have text.
  mutating func findUnits(_ rows: [HeadRow], _ header: Int, _ options: TableOptions) {
    if let said = options.unitsRows {
      unitsRows = options.hasHeader ? said : 0
      return
    }
    guard options.hasHeader, rows.count > header + 2 else { return }
    let (units, width) = (rows[header + 1], rows[header + 1].width)
    let others = rows[(header + 2)...].filter { $0.width == width }
    guard !others.isEmpty, rows[header].width == width || trailing != .none else { return }
    var texts = 0
    for column in 0..<width {
      let kinds = others.map { $0.kinds[column] }.filter { $0 != .empty && $0 != .missing }
      let isMeasured = !kinds.isEmpty && kinds.allSatisfy { $0 == .number || $0 == .time }
      switch units.kinds[column] {
      case .empty, .missing: break
      case .bracketed: texts += isMeasured ? 1 : 0
      case .text where isMeasured: texts += 1
      case .text where kinds.isEmpty: break
      case .text, .number, .time: return
      }
    }
    guard texts > 0 else { return }
    unitsRows = 1
    notes.append(
      InputNote(
        "line \(units.line) holds units, no data, and is left out: \(units.start.quotedForMessage)",
        remedy: .sayUnitsRows))
  }
}

extension HeadRow {
  /// Whether it may name columns: texts all, the last aside, which may have no name.
  var isHeader: Bool {
    let named = kinds.last == .empty ? kinds.dropLast() : kinds[...]
    return !named.isEmpty && named.allSatisfy { $0 == .text || $0 == .bracketed }
  }
}
