import RaggedCore

/// Whole numbers of a table that float32 does not hold, by column.
struct RoundedNumbers {
  private var firsts: [(text: String, line: Int)?]

  init(_ columns: Int) { firsts = Array(repeating: nil, count: columns) }

  /// Whether the column has had one.
  func has(_ column: Int) -> Bool { firsts[column] != nil }

  /// Remembers the first of a column.
  @inline(__always)
  mutating func look(at cell: ByteSlice, _ column: Int, _ line: Int) {
    // A shorter one is below 2^24.
    if cell.count >= 8, firsts[column] == nil { lookClosely(at: cell, column, line) }
  }

  private mutating func lookClosely(at cell: ByteSlice, _ column: Int, _ line: Int) {
    var position = 0
    let text = cell.trimmed
    guard let number = DecimalNumber(text, at: &position), number.isInteger, !number.isHeld else { return }
    firsts[column] = (text.text, line)
  }

  /// The columns that have one, but for those that were said to.
  func notes(_ names: [String], but known: Set<Int>) -> [(column: Int, note: String)] {
    firsts.indices.compactMap { column in
      guard let first = firsts[column], !known.contains(column) else { return nil }
      let float = Float(first.text) ?? 0
      return (
        column,
        "column \(names[column].quotedForMessage) holds whole numbers that float32 cannot hold: \(first.text) in line "
          + "\(first.line) is \(float.wholeText) there"
      )
    }
  }
}

extension Float {
  /// A whole number in digits.
  var wholeText: String { UInt64(exactly: magnitude).map { (self < 0 ? "-" : "") + "\($0)" } ?? "\(self)" }
}

extension TableSequence {
  /// A column that was left out because it was empty holds no number.
  func checkBlank(_ cell: ByteSlice, _ column: Int, _ line: Int) throws {
    guard !cell.isEmpty, cell.parsedFloat != .invalid else { return }
    throw cells.fault(
      line,
      "column \(cells.name(column)) is \(cell.quoted), but was left out because it is empty in \(layout.guesses.extent)",
      .nameFeatures)
  }

  /// A column that was left out because it counts the rows of the file does not begin again with a sequence.
  mutating func checkCounters(_ row: [ByteSlice], _ line: Int) throws {
    let columns = layout.guesses.counters
    guard !columns.isEmpty else { return }
    guard let counterStarts else {
      counterStarts = columns.map { row[$0].array }
      return
    }
    for (column, start) in zip(columns, counterStarts) where row[column].equals(start) {
      throw cells.fault(
        line,
        "column \(cells.name(column)) is \(row[column].quoted) again, but was left out because it counts the rows of the file in "
          + "\(layout.guesses.extent)", .nameFeatures)
    }
  }

  /// What is worth knowing of the sequences so far.
  mutating func takeNotes() -> [InputNote] {
    var notes: [InputNote] = []
    for (column, note) in rounded.notes(layout.names, but: noted.union(layout.guesses.rounded)) {
      noted.insert(column)
      notes.append(InputNote(note))
    }
    if order.ties > 0, !hasNotedTies, let time = layout.time {
      hasNotedTies = true
      notes.append(
        InputNote(
          "\(order.ties.counted("timestep has", "timesteps have")) the time of the one before in column \(cells.name(time)), first in "
            + "line \(order.firstTie); they keep the order of the rows"))
    }
    return notes
  }
}
