/// Reads long CSV and TSV: a row a timestep, the rows of a sequence one after the other.
///
/// A row whose id is given while its features, time and targets of the timestep are all empty stands for a sequence
/// without timesteps. Class, values, weight, split, group and metadata of a sequence must be the same in all its rows.
///
/// A faulty row rejects its whole sequence; a row too short to have an id rejects the sequence that is being read. An id
/// that comes back after its rows ended is yielded as one more record with the same key.
struct TableReader: LineFormatReader {
  private var rows: RowReader
  private let options: ReaderOptions
  private var sequence: TableSequence?
  private var layout: TableLayout?
  private var plan: PlainRow?
  private var hasRow = false
  private var isOpen = false
  private var rejected: [UInt8]?
  private var waiting: [InputError] = []

  /// A reader of a table.
  /// - Throws: ``InputError`` where the options make no sense or the source cannot be opened.
  init(_ source: InputSource, format: InputFormat, options: ReaderOptions) throws {
    try options.validate(for: format, file: source.name)
    let lines = LineReader(try InputBytes(source), maximumLineBytes: options.maximumLineBytes)
    let delimiter = options.delimiter?.utf8.first ?? (format == .tsv ? 0x09 : 0x2C)
    rows = RowReader(lines: lines, delimiter: delimiter)
    self.options = options
  }

  var lines: LineReader { rows.lines }

  /// What the header and the first row say.
  mutating func description() throws -> InputDescription {
    try prepared().description(classes: options.classes)
  }

  /// Which column has which role, in words.
  /// - Throws: ``InputError``, always fatal.
  mutating func roles() throws -> String { try prepared().summary }

  /// The next sequence, nil after the last.
  mutating func next() throws -> SequenceRecord? {
    let layout = try prepared()
    if !waiting.isEmpty { throw waiting.removeFirst() }
    while true {
      if !hasRow {
        do {
          if isOpen, let plan { try appendPlainRows(plan) }
          hasRow = try readRow(layout)
        } catch let error as InputError {
          if let record = try take(error, layout) { return record }
          continue
        }
        guard hasRow else { return finished() }
      }
      let id = rows.cells[layout.id]
      if let rejected {
        if id.equals(rejected) {
          hasRow = false
          continue
        }
        self.rejected = nil
      }
      if isOpen, sequence?.holds(id) == false { return finished() }
      hasRow = false
      do {
        if !isOpen {
          if sequence == nil {
            sequence = TableSequence(layout: layout, options: options, file: rows.lines.file, plan: plan)
          }
          isOpen = true
          try sequence?.begin(rows.cells, line: rows.line)
        }
        try sequence?.append(rows.cells, line: rows.line)
      } catch var error as InputError {
        isOpen = false
        rejected = id.array
        error.key = id.text
        throw error
      }
    }
  }

  /// Adds the rows that come next to the sequence at hand, up to one that has to be looked at closely.
  private mutating func appendPlainRows(_ plan: PlainRow) throws {
    while let row = try rows.nextLine() {
      guard sequence?.appendPlain(row, plan) == true else { return rows.putBack(row) }
    }
  }

  private mutating func finished() -> SequenceRecord? {
    guard isOpen else { return nil }
    isOpen = false
    return sequence?.record()
  }

  /// Answers a faulty row: what came before it is whole, unless it may be part of that.
  private mutating func take(_ error: InputError, _ layout: TableLayout) throws -> SequenceRecord? {
    guard !error.isFatal else { throw error }
    let id = rows.cells.count > layout.id ? rows.cells[layout.id] : nil
    if let rejected, id?.equals(rejected) ?? true { return nil }
    var named = error
    named.key = id?.text ?? (isOpen ? sequence?.key : nil)
    let complete = id.flatMap { id in sequence?.holds(id) == false ? finished() : nil }
    rejected = id?.array ?? (isOpen ? sequence?.key.utf8.map { $0 } : nil)
    isOpen = false
    guard let complete else { throw named }
    waiting.append(named)
    return complete
  }

  /// Reads a row with as many cells as there are columns.
  private mutating func readRow(_ layout: TableLayout) throws -> Bool {
    guard try rows.next() else { return false }
    guard rows.cells.count == layout.names.count else {
      let end = rows.lines.isTerminated ? "" : "; the file ends in the middle of this row"
      throw InputError(
        file: rows.lines.file, line: rows.line,
        problem:
          "the row has \(rows.cells.count.counted("cell")), expected \(layout.names.count) as in the header\(end)")
    }
    return true
  }

  private mutating func prepared() throws -> TableLayout {
    if let layout { return layout }
    let file = rows.lines.file
    do {
      guard try rows.next() else { throw InputError(file: file, problem: "the file is empty", isFatal: true) }
      let line = rows.line
      let first = rows.cells.map(\.text)
      let names = options.hasHeader ? first : first.indices.map { "c\($0 + 1)" }
      let resolver = TableLayoutResolver(names: names, options: options, file: file, line: line)
      let header = try resolver.headerLayout()
      if options.hasHeader { try readFirstRow(header) }
      let layout = try resolver.completed(header, row: rows.cells)
      hasRow = true
      self.layout = layout
      plan = PlainRow(layout, options: options, delimiter: rows.delimiter)
      return layout
    } catch var error as InputError {
      error.isFatal = true
      throw error
    }
  }

  /// Reads the first row that is whole; faults before it wait for their turn.
  private mutating func readFirstRow(_ header: TableLayout) throws {
    while true {
      do {
        guard try readRow(header) else {
          throw waiting.first
            ?? InputError(file: rows.lines.file, problem: "no rows follow the header", isFatal: true)
        }
        return
      } catch var error as InputError {
        let id = rows.cells.count > header.id ? rows.cells[header.id] : nil
        guard !error.isFatal, !rows.cells.isEmpty, waiting.count < 1000 else { throw error }
        if let rejected, id?.equals(rejected) ?? true { continue }
        error.key = id?.text
        rejected = id?.array
        waiting.append(error)
      }
    }
  }
}
