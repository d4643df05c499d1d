import RaggedParquet

/// Writes batches of flat columns as rows of CSV, for the reader of long tables.
struct ParquetRows {
  private let forms: [ParquetCellForm]
  /// The cells of a column after one another, and where each ends.
  private var cells: [ColumnText]
  private var row = 0
  /// Rows whose texts have line endings, and how many these are; the line of a row is later by all before it.
  private var stretched: [(row: Int, before: Int)] = []
  private var lineEndings = 0
  private var forgotten = 0

  init(_ forms: [ParquetCellForm]) {
    self.forms = forms
    cells = forms.map { _ in ColumnText() }
  }

  /// Adds the rows of a batch, which has a column for each form.
  mutating func write(_ batch: ParquetBatch, to text: inout ParquetText) {
    for place in forms.indices {
      cells[place].write(batch.columns[place], forms[place])
    }
    for index in 0..<batch.rowCount {
      row += 1
      let start = text.bytes.count
      for place in forms.indices {
        if place > 0 { text.append(0x2C) }
        let first = index == 0 ? 0 : cells[place].ends[index - 1]
        text.append(cells[place].text.bytes[first..<cells[place].ends[index]])
      }
      // One column that is null is still a row.
      if text.bytes.count == start { text.append("\"\"") }
      noteLineEndings(text.bytes[start...])
      text.append(0x0A)
    }
  }

  private mutating func noteLineEndings(_ bytes: ArraySlice<UInt8>) {
    guard bytes.contains(0x0A) else { return }
    // Places are for messages: no more of them are kept than those are likely to name.
    if stretched.count == 1 << 16 {
      forgotten = stretched[(1 << 15) - 1].before
      stretched.removeFirst(1 << 15)
    }
    lineEndings += bytes.count { $0 == 0x0A }
    stretched.append((row, lineEndings))
  }

  /// The row that a line of the text is of.
  func row(ofLine line: Int) -> Int {
    // A row's last line is its number and all line endings in texts up to it.
    var (low, high) = (0, stretched.count)
    while low < high {
      let middle = (low + high) / 2
      if stretched[middle].row + stretched[middle].before < line { low = middle + 1 } else { high = middle }
    }
    let before = low == 0 ? forgotten : stretched[low - 1].before
    return low < stretched.count ? min(line - before, stretched[low].row) : line - before
  }

}

/// The cells of a column in a batch of rows, one after another.
private struct ColumnText {
  private(set) var text = ParquetText()
  /// Where each ends.
  private(set) var ends: [Int] = []

  mutating func write(_ batch: ParquetColumnBatch, _ form: ParquetCellForm) {
    text.removeAll()
    ends.removeAll(keepingCapacity: true)
    let (presence, count) = (batch.presence, batch.rowCount)
    func each(_ body: (inout ParquetText, Int) -> Void) {
      for slot in 0..<count {
        if presence.isPresent(slot) { body(&text, slot) }
        ends.append(text.bytes.count)
      }
    }
    switch batch.values {
    case .boolean(let values): each { $0.append(values[$1] ? 0x31 : 0x30) }
    case .int32(let values): each { $0.appendInteger(values[$1], as: form) }
    case .int64(let values): each { $0.appendInteger(values[$1], as: form) }
    case .uint64(let values): each { $0.appendInteger(values[$1], as: form) }
    case .float(let values): each { $0.appendReal(values[$1]) }
    case .double(let values): each { $0.appendReal(values[$1]) }
    case .bytes(let values):
      if form == .uuid { return each { text, slot in values.withBytes(slot) { text.appendUUID($0) } } }
      each { text, slot in values.withBytes(slot) { text.appendCell($0) } }
    }
  }
}
