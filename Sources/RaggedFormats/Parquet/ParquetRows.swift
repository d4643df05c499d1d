import RaggedCore
import RaggedParquet

/// Writes rows of batches of flat columns and of lists of labels as rows of CSV, for the reader of long tables.
struct ParquetRows {
  let forms: [ParquetCellForm]
  private let names: [String]
  /// What stands between two labels.
  private let separator: [UInt8]
  private var places = RowPlaces()

  init(_ forms: [ParquetCellForm], names: [String], separator: String) {
    (self.forms, self.names, self.separator) = (forms, names, Array(separator.utf8))
  }

  /// Adds a row of a batch, which has a column for each form.
  /// - Throws: ``OptionProblem`` for labels that cannot stand in one cell.
  mutating func write(_ row: Int, of batch: ParquetBatch, to text: inout CellText) throws {
    // What the text begins with is part of it, also where it looks like the mark of an encoding.
    if places.count == 0 { text.append([0xEF, 0xBB, 0xBF]) }
    let start = text.bytes.count
    for place in forms.indices {
      if place > 0 { text.append(0x2C) }
      let column = batch.columns[place]
      guard !column.lists.isEmpty else {
        if column.presence.isPresent(row) { text.append(column, forms[place], row, isCell: true) }
        continue
      }
      if let problem = text.appendLabels(column, forms[place], row, separator) {
        throw OptionProblem("row \(places.count + 1): column \(names[place].quotedForMessage) \(problem)")
      }
    }
    // One column that is null is still a row.
    if text.bytes.count == start { text.append("\"\"") }
    places.add(text.bytes[start...])
    text.append(0x0A)
  }

  /// Passes over rows that were taken without their text.
  mutating func pass(_ count: Int) { places.pass(count) }

  /// The row that a line of the text is of.
  func row(ofLine line: Int) -> Int { places.row(ofLine: line) }
}

extension CellText {
  /// The value of a column in a slot that is there.
  /// - Parameter isCell: whether a text is to be a cell of CSV.
  mutating func append(_ column: ParquetColumnBatch, _ form: ParquetCellForm, _ slot: Int, isCell: Bool = false) {
    switch column.values {
    case .boolean(let values): append(values[slot] ? 0x31 : 0x30)
    case .int32(let values): appendInteger(values[slot], as: form)
    case .int64(let values): appendInteger(values[slot], as: form)
    case .uint64(let values): appendInteger(values[slot], as: form)
    case .float(let values): appendReal(values[slot])
    case .double(let values): appendReal(values[slot])
    case .bytes(let values):
      values.withBytes(slot) { form == .uuid ? appendUUID($0) : isCell ? appendCell($0) : append($0) }
    }
  }

  /// The elements of a list as one cell, a separator between them.
  /// - Returns: why they cannot stand in one; nil where they do.
  fileprivate mutating func appendLabels(
    _ column: ParquetColumnBatch, _ form: ParquetCellForm, _ row: Int, _ separator: [UInt8]
  ) -> String? {
    var cell = CellText()
    let slots = column.lists[0].elements(row)
    for slot in slots {
      if slot > slots.lowerBound { cell.append(separator) }
      let start = cell.bytes.count
      if column.presence.isPresent(slot) { cell.append(column, form, slot) }
      let bytes = cell.bytes[start...]
      if bytes.isEmpty { return "has a label that is empty or null, expected a text each" }
      if bytes.contains(separator) {
        let label = String(decoding: bytes, as: UTF8.self).quotedForMessage
        let between = String(decoding: separator, as: UTF8.self).quotedForMessage
        return "has the label \(label), which holds the separator \(between); choose another one"
      }
    }
    cell.bytes.withUnsafeBufferPointer { appendCell($0) }
    return nil
  }
}
