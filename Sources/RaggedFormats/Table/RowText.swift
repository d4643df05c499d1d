import RaggedCore

/// Rows of cells as the text of a table, made piece by piece for the reader of tables.
package struct RowText {
  private(set) var text = CellText()
  private(set) var places = RowPlaces()
  private var start = 0
  private var hasCell = false
  private var hasBegun = false

  /// No rows.
  package init() {}

  /// Adds a cell without a value.
  package mutating func addNull() { beginCell() }

  /// Adds a whole number.
  package mutating func add(_ number: Int64) {
    beginCell()
    text.appendInteger(number)
  }

  /// Adds a number that reads back as itself.
  package mutating func add(_ number: Double) {
    beginCell()
    text.appendReal(number)
  }

  /// Adds a text.
  package mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
    beginCell()
    text.appendCell(bytes)
  }

  /// Bytes of text.
  package var byteCount: Int { text.bytes.count }

  /// Ends the row of the cells added since the last one.
  package mutating func endRow() {
    // One column without a value is still a row.
    if text.bytes.count == start { text.append("\"\"") }
    places.add(text.bytes[start...])
    text.append(0x0A)
    start = text.bytes.count
    hasCell = false
  }

  private mutating func beginCell() {
    if hasCell { text.append(0x2C) }
    hasCell = true
    guard !hasBegun else { return }
    hasBegun = true
    // What the text begins with is part of it, also where it looks like the mark of an encoding.
    text.append([0xEF, 0xBB, 0xBF])
    start = text.bytes.count
  }

  /// Forgets the text of the rows, not their places.
  mutating func removeAll() {
    text.removeAll()
    start = 0
  }
}

/// Which row of a table a line of its text is of, where texts may have line endings.
struct RowPlaces {
  private(set) var count = 0
  /// Rows whose texts have line endings, and how many these are; the line of a row is later by all before it.
  private var stretched: [(row: Int, before: Int)] = []
  private var lineEndings = 0
  private var forgotten = 0

  /// Adds a row.
  mutating func add(_ bytes: ArraySlice<UInt8>) {
    count += 1
    guard bytes.contains(0x0A) else { return }
    // Places are for messages: no more of them are kept than those are likely to name.
    if stretched.count == 1 << 16 {
      forgotten = stretched[(1 << 15) - 1].before
      stretched.removeFirst(1 << 15)
    }
    lineEndings += bytes.count { $0 == 0x0A }
    stretched.append((count, lineEndings))
  }

  /// Passes over rows, each of which is a line.
  mutating func pass(_ rows: Int) { count += rows }

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
