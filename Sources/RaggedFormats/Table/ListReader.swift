import RaggedCore

/// Reads tables with a row per sequence and lists in its cells: columns of lists are those of a timestep, all of one length,
/// and the others are the sequence's.
///
/// An empty cell among lists is a list of missing cells. A faulty row is a sequence that is left out.
struct ListReader: LineFormatReader {
  private var rows: RowReader
  private let options: TableOptions
  private let stem: String
  private var plan: Plan?
  /// Why there is none, which stays.
  private var failure: InputError?
  private var hasNoted = false
  private var isDone = false
  private var head: TableHead
  private var leftOut = LeftOutLines()
  /// Padding that is asked to be left out.
  private var trim: PaddingTrim?

  fileprivate struct Plan {
    let columns: ListColumns
    let table: SequenceTable
    var sequence: TableSequence
    let key: RowKey
    /// The cells of a timestep in the table.
    var cells: [ByteSlice]
    /// The items of each column of lists in the row at hand.
    var items: [[ByteSlice]]
    /// Lists of labels as the table has them.
    let texts = CellArena()
  }

  init(_ source: InputSource, _ input: InputBytes, options: TableOptions, head: TableHead) {
    stem = source.keyStem
    self.head = head.droppingTrailing()
    rows = self.head.dialect.rows(of: LineReader(input, maximumLineBytes: options.maximumLineBytes))
    self.options = options
    trim = options.padding.map { PaddingTrim($0, missing: options.missing) }
  }

  var lines: LineReader { rows.lines }
  var hasRowPerTimestep: Bool? { false }

  mutating func description() throws -> InputDescription {
    try prepare().table.layout.description(classes: options.roles.classes)
  }

  mutating func roles() throws -> String {
    let plan = try prepare()
    let lists = plan.columns.steps.map { plan.columns.names[$0] }.listedForMessage
    return "a row is a sequence, with lists in \(lists); \(plan.table.layout.summary)"
  }

  mutating func facts() -> InputFacts {
    var facts = InputFacts()
    // What the first rows are is forgotten once it is decided.
    let head = head
    facts.traits = head.traits(input)
    let plan = try? prepare()
    if !head.isEmpty {
      facts.columns = head.facts(plan?.table.layout, besides: Set(plan?.columns.steps ?? []), options)
    }
    return facts
  }

  mutating func takeNotes() throws -> [InputNote] {
    let plan = try prepare()
    var notes = hasNoted ? [] : plan.table.layout.guesses.notes
    hasNoted = true
    if isDone { notes += leftOut.takeNotes(rows) + (trim?.takeNotes() ?? []) }
    return notes + (self.plan?.sequence.takeNotes() ?? [])
  }

  mutating func next() throws -> SequenceRecord? {
    _ = try prepare()
    guard try rows.next() else {
      isDone = true
      return nil
    }
    guard var plan else { return nil }
    self.plan = nil
    defer { self.plan = plan }
    let (cells, line) = (rows.cells, rows.line)
    let width = plan.columns.names.count
    guard cells.count == width else {
      let end = lines.isTerminated ? "" : "; the file ends in the middle of this row"
      throw lines.fault("the row has \(cells.count.counted("cell")), expected \(width) as in the header\(end)")
    }
    plan.key.take(number: line)
    let id = plan.columns.id.map { cells[$0] } ?? plan.key.cell
    do {
      guard !id.trimmed.isEmpty else {
        throw lines.fault(
          "column \(plan.table.layout.names[plan.table.layout.id ?? 0].quotedForMessage) is empty, expected an id in every row"
        )
      }
      let record = try record(cells, id, &plan, line)
      return trim?.trimmed(record, plan.table.columns) ?? record
    } catch var error as InputError {
      if !id.trimmed.isEmpty { error.key = id.text }
      throw error
    }
  }

  private func record(
    _ cells: [ByteSlice], _ id: ByteSlice, _ plan: inout Plan, _ line: Int
  ) throws -> SequenceRecord {
    let columns = plan.columns
    let length = try columns.cut(cells, into: &plan.items, lines)
    plan.texts.removeAll()
    try columns.takeConstants(cells, &plan.cells, plan.key, plan.texts, lines)
    try plan.sequence.begin(plan.cells, id: id, line: line)
    let first = columns.places.count
    for t in 0..<length {
      for (place, items) in plan.items.enumerated() {
        plan.cells[first + place] = items.isEmpty ? plan.texts.empty : items[t]
      }
      // A timestep of which all is missing, first in its sequence, would be none.
      if t == 0, let column = columns.columnOfNothing(plan.table), plan.cells[first...].allSatisfy(\.isEmpty) {
        plan.cells[column] = plan.texts.nothing
      }
      try plan.sequence.append(plan.cells, line: line)
    }
    return plan.sequence.record()
  }

  private mutating func prepare() throws -> Plan {
    if let plan { return plan }
    if let failure { throw failure }
    let file = rows.lines.file
    do {
      guard !head.isEmpty else {
        guard try rows.next() else { throw input.fault("the file is empty") }
        throw input.fault("no row can be read")
      }
      let columns = try ListColumns(head, options: options, file: file)
      let made = try makePlan(columns, head, file)
      if options.hasHeader {
        guard try rows.next() else { throw input.fault("the file is empty") }
        try rows.skip(rows: head.dialect.unitsRows)
      }
      guard columns.rows > 0 else { throw input.fault("no rows follow the header") }
      plan = made
      head.forgetRows()
      return made
    } catch var error as InputError {
      error.isFatal = true
      failure = error
      throw error
    }
  }

  private func makePlan(_ columns: ListColumns, _ sample: TableHead, _ file: String) throws -> Plan {
    let key = RowKey(stem: stem, areBlocks: false)
    let texts = CellArena()
    // Where no row can be taken, the first says why.
    var fault: InputError?
    let table: SequenceTable
    do {
      table = try SequenceTable(
        columns.columns, given: columns.tableOptions(options), file: file, head: sample
      ) { text in
        text.begin(sequences: columns.rows, isAll: sample.isAll)
        var items = columns.steps.map { _ in [ByteSlice]() }
        var row = columns.places.map { _ in key.cell }
        sample.forEachRow(withHeader: !options.hasHeader) { cells, line in
          key.take(number: line)
          texts.removeAll()
          guard cells.count == columns.names.count else { return }
          // Quotes and escapes are taken away where a cell stands.
          let cells = cells.map { texts.cell([$0], separator: 0) }
          do {
            let length = try columns.cut(cells, into: &items, lines)
            try columns.takeConstants(cells, &row, key, texts, lines)
            text.add(row, length: length) { t in
              items.map { $0.isEmpty ? texts.empty : $0[t] }
            }
          } catch {
            guard fault == nil else { return }
            fault = error as? InputError
            fault?.line = line
          }
        }
      }
    } catch {
      throw fault ?? error
    }
    let count = columns.places.count + columns.steps.count
    return Plan(
      columns: columns, table: table,
      sequence: TableSequence(layout: table.layout, options: table.options, file: file, plan: nil), key: key,
      cells: Array(repeating: key.cell, count: count), items: columns.steps.map { _ in [] })
  }
}

/// Cells that stand nowhere in a file, valid until they are removed.
final class CellArena {
  private var pieces: [UnsafeMutablePointer<UInt8>] = []
  private let word: UnsafeMutablePointer<UInt8>

  init() {
    word = .allocate(capacity: 3)
    for (place, byte) in "NaN".utf8.enumerated() { word[place] = byte }
  }

  deinit {
    removeAll()
    word.deallocate()
  }

  /// A cell that stands for nothing without being empty.
  var nothing: ByteSlice { ByteSlice(base: word, count: 3) }
  /// A cell without a byte.
  var empty: ByteSlice { ByteSlice(base: word, count: 0) }

  func removeAll() {
    for piece in pieces { piece.deallocate() }
    pieces.removeAll(keepingCapacity: true)
  }

  /// A cell with these texts and a byte between them.
  func cell(_ texts: [ByteSlice], separator: UInt8) -> ByteSlice {
    let count = texts.reduce(max(0, texts.count - 1)) { $0 + $1.count }
    let piece = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, count))
    pieces.append(piece)
    var end = 0
    for (place, text) in texts.enumerated() {
      if place > 0 {
        piece[end] = separator
        end += 1
      }
      (piece + end).update(from: text.base, count: text.count)
      end += text.count
    }
    return ByteSlice(base: piece, count: count)
  }
}
