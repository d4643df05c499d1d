import RaggedCore

/// Why a table without a column of ids may hold several sequences, by its first rows: it is one otherwise.
struct SeriesDoubt {
  /// In words.
  let reason: String
  /// The column that may hold the ids.
  let column: String?

  /// nil where nothing speaks against one sequence.
  /// - Parameter layout: what the header says.
  init?(_ head: TableHead, layout: TableLayout) {
    let known = Set(layout.target + [layout.time].compactMap { $0 })
    var columns = layout.names.map { _ in SeriesColumn() }
    var times = SeriesTimes()
    var count = 0
    head.forEachRow { cells, line in
      guard cells.count == columns.count else { return }
      for index in columns.indices where !known.contains(index) { columns[index].take(cells[index]) }
      if let time = layout.time { times.take(cells[time], line: line) }
      count += 1
    }
    guard let doubt = SeriesDoubt(columns, times, layout: layout, known: known, rows: count) else { return nil }
    self = doubt
  }

  private init?(_ columns: [SeriesColumn], _ times: SeriesTimes, layout: TableLayout, known: Set<Int>, rows: Int) {
    func quoted(_ index: Int) -> String { layout.names[index].quotedForMessage }
    for (index, column) in columns.enumerated()
    where !known.contains(index) && column.isNamedByHand(layout.names[index]) {
      guard column.distinct > 1, column.distinct < rows else { continue }
      self.init(
        reason:
          "column \(quoted(index)), which is called as ids are, has \(column.distinct) different cells in \(rows) rows",
        column: layout.names[index])
      return
    }
    for (index, column) in columns.enumerated() where !known.contains(index) {
      guard column.comesInRuns(of: rows), column.isText || layout.time == nil || !times.risesThroughout else {
        continue
      }
      self.init(
        reason: "the \(column.distinct) values of column \(quoted(index)) come in runs", column: layout.names[index])
      return
    }
    if let fall = times.fall, let time = layout.time, times.rises > 0 {
      self.init(
        reason: "the times of column \(quoted(time)) fall back in line \(fall.line), from "
          + "\(fall.before.quotedForMessage) to \(fall.after.quotedForMessage)", column: nil)
      return
    }
    guard rows > 0, layout.time == nil, !columns.contains(where: { $0.hasNumber && !$0.isText }) else { return nil }
    self.init(reason: "no column holds numbers or times", column: nil)
  }

  private init(reason: String, column: String?) { (self.reason, self.column) = (reason, column) }
}

/// How the cells of a column follow each other.
private struct SeriesColumn {
  private(set) var distinct = 0
  private(set) var isText = false
  private(set) var hasNumber = false
  private var runs = 0
  private var isWhole = true
  private var hasReturned = false
  private var seen: Set<[UInt8]> = []
  private var last: [UInt8]?

  mutating func take(_ cell: ByteSlice) {
    let text = cell.trimmed
    if text.isEmpty || text.isMissingWord {
      isWhole = false
      return
    }
    if let number = text.decimalNumber {
      hasNumber = true
      if !number.isInteger { isWhole = false }
    } else {
      isText = true
    }
    if let last, text.equals(last) { return }
    let value = text.array
    last = value
    runs += 1
    if seen.insert(value).inserted { distinct += 1 } else { hasReturned = true }
  }

  /// Whether each value, of two at least, stands in one piece of two rows or more on average.
  func comesInRuns(of rows: Int) -> Bool { isWhole && !hasReturned && runs > 1 && runs * 2 <= rows }

  /// Whether the name is one that people give to ids.
  func isNamedByHand(_ name: String) -> Bool {
    let lower = name.lowercased()
    if name.hasSuffix("ID") || name.hasSuffix("Id") || ["_id", " id", "-id", ".id"].contains(where: lower.hasSuffix) {
      return true
    }
    return [
      "subject", "patient", "session", "recording", "trial", "case", "user", "customer", "series", "sequence", "stay",
    ].contains {
      lower == $0 || lower == $0 + "s" || lower == $0 + "name" || lower == $0 + "_no" || lower == $0 + "_nr"
    }
  }
}

/// How the times of rows follow each other.
private struct SeriesTimes {
  private(set) var rises = 0
  private(set) var fall: (before: String, after: String, line: Int)?
  private var before: (point: TimePoint, text: String)?

  var risesThroughout: Bool { fall == nil && rises > 0 }

  mutating func take(_ cell: ByteSlice, line: Int) {
    let text = cell.trimmed
    guard let point = TimePoint(text) else { return }
    if let before, let order = point.order(to: before.point) {
      if order > 0 { rises += 1 }
      if order < 0, fall == nil { fall = (before.text, text.text, line) }
    }
    before = (point, text.text)
  }
}
