import RaggedCore
import RaggedParquet

/// Writes batches of flat columns and of lists of labels as rows of CSV, for the reader of long tables.
struct ParquetRows {
  private let forms: [ParquetCellForm]
  private let names: [String]
  /// What stands between two labels.
  private let separator: [UInt8]
  /// The cells of a column after one another, and where each ends.
  private var cells: [ColumnText]
  private var places = RowPlaces()

  init(_ forms: [ParquetCellForm], names: [String], separator: String) {
    (self.forms, self.names, self.separator) = (forms, names, Array(separator.utf8))
    cells = forms.map { _ in ColumnText() }
  }

  /// Adds the rows of a batch, which has a column for each form.
  /// - Throws: ``OptionProblem`` for labels that cannot stand in one cell.
  mutating func write(_ batch: ParquetBatch, to text: inout CellText) throws {
    // What the text begins with is part of it, also where it looks like the mark of an encoding.
    if places.count == 0 { text.append([0xEF, 0xBB, 0xBF]) }
    for place in forms.indices {
      guard !batch.columns[place].lists.isEmpty else {
        cells[place].write(batch.columns[place], forms[place])
        continue
      }
      if let (index, problem) = cells[place].writeLists(batch.columns[place], forms[place], separator) {
        throw OptionProblem("row \(places.count + index + 1): column \(names[place].quotedForMessage) \(problem)")
      }
    }
    for index in 0..<batch.rowCount {
      let start = text.bytes.count
      for place in forms.indices {
        if place > 0 { text.append(0x2C) }
        let first = index == 0 ? 0 : cells[place].ends[index - 1]
        text.append(cells[place].text.bytes[first..<cells[place].ends[index]])
      }
      // One column that is null is still a row.
      if text.bytes.count == start { text.append("\"\"") }
      places.add(text.bytes[start...])
      text.append(0x0A)
    }
  }

  /// The row that a line of the text is of.
  func row(ofLine line: Int) -> Int { places.row(ofLine: line) }
}

/// The cells of a column in a batch of rows, one after another.
private struct ColumnText {
  private(set) var text = CellText()
  /// Where each ends.
  private(set) var ends: [Int] = []

  mutating func removeAll() {
    text.removeAll()
    ends.removeAll(keepingCapacity: true)
  }

  /// What stands in a place.
  func cell(_ place: Int) -> ArraySlice<UInt8> { text.bytes[(place == 0 ? 0 : ends[place - 1])..<ends[place]] }

  /// Adds a text, in quotes where it needs them.
  mutating func append(_ cell: [UInt8]) {
    cell.withUnsafeBufferPointer { text.appendCell($0) }
    ends.append(text.bytes.count)
  }

  /// Takes the values of a column in place of those before.
  /// - Parameter isQuoted: whether texts are to be cells of CSV.
  mutating func write(_ batch: ParquetColumnBatch, _ form: ParquetCellForm, isQuoted: Bool = true) {
    removeAll()
    let (presence, count) = (batch.presence, batch.values.count)
    func each(_ body: (inout CellText, Int) -> Void) {
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
      each { text, slot in values.withBytes(slot) { isQuoted ? text.appendCell($0) : text.append($0) } }
    }
  }
}

extension ColumnText {
  /// The same of a column of lists: the elements of each with a separator between them.
  /// - Returns: the first row whose list cannot stand in one cell, and why.
  fileprivate mutating func writeLists(
    _ batch: ParquetColumnBatch, _ form: ParquetCellForm, _ separator: [UInt8]
  ) -> (row: Int, problem: String)? {
    var elements = ColumnText()
    elements.write(batch, form, isQuoted: false)
    removeAll()
    for row in 0..<batch.rowCount {
      var cell: [UInt8] = []
      let slots = batch.lists[0].elements(row)
      for slot in slots {
        let bytes = elements.cell(slot)
        if bytes.isEmpty { return (row, "has a label that is empty or null, expected a text each") }
        if bytes.contains(separator) {
          let label = String(decoding: bytes, as: UTF8.self).quotedForMessage
          let between = String(decoding: separator, as: UTF8.self).quotedForMessage
          return (row, "has the label \(label), which holds the separator \(between); choose another one")
        }
        if slot > slots.lowerBound { cell += separator }
        cell += bytes
      }
      append(cell)
    }
    return nil
  }
}
