import RaggedCore

/// Reads long CSV and TSV: a row per timestep, the rows of a sequence one after the other.
///
/// A row whose id is given while its features, time and targets of the timestep are all empty stands for a sequence
/// without timesteps. Class, values, weight, split, group and metadata of a sequence must be the same in all its rows.
///
/// A faulty row rejects its whole sequence. One whose id is unknown may belong to the sequence before it or to the one
/// behind it, and rejects both. An id that comes back after its rows ended is yielded as one more record with the same key.
struct TableReader: LineFormatReader {
  private var rows: RowReader
  private let options: TableOptions
  private var sequence: TableSequence?
  private var layout: TableLayout?
  private var plan: PlainRow?
  private var hasRow = false
  private var isOpen = false
  private var rejected: [UInt8]?
  /// The fault of a row that may belong to the sequence of the row behind it.
  private var doubt: InputError?
  private var waiting: [InputError] = []
  private var hasNoted = false
  /// The key of all rows where no column is the id.
  private let fileKey: KeptBytes

  init(_ source: InputSource, options: TableOptions, delimiter: UInt8) throws {
    var options = options
    options.fileKey = source.sequenceKey
    self.init(try InputBytes(source), options: options, delimiter: delimiter)
  }

  init(_ bytes: InputBytes, options: TableOptions, delimiter: UInt8) {
    let lines = LineReader(bytes, maximumLineBytes: options.maximumLineBytes)
    let delimiter = options.delimiter?.utf8.first ?? delimiter
    rows = RowReader(lines: lines, delimiter: delimiter)
    rows.hasSureQuotes = options.typed != nil
    self.options = options
    fileKey = KeptBytes(options.fileKey ?? "")
  }

  /// The id in the row at hand.
  private func id(_ layout: TableLayout) -> ByteSlice { layout.id.map { rows.cells[$0] } ?? fileKey.slice }

  var lines: LineReader { rows.lines }

  mutating func description() throws -> InputDescription {
    try prepared().description(classes: options.roles.classes)
  }

  mutating func roles() throws -> String { try prepared().summary }

  /// What a user should know of the columns before rows are read, and of the rows read so far.
  mutating func takeNotes() throws -> [InputNote] {
    var notes = hasNoted ? [] : try prepared().guesses.notes
    hasNoted = true
    notes += sequence?.takeNotes() ?? []
    return notes
  }

  mutating func next() throws -> SequenceRecord? {
    let layout = try prepared()
    if !waiting.isEmpty { throw waiting.removeFirst() }
    while true {
      if !hasRow {
        do {
          if isOpen, let plan { try appendPlainRows(plan) }
          hasRow = try readRow(layout)
        } catch let error as InputError {
          if let record = try take(error, id: knownID(layout)) { return record }
          continue
        }
        guard hasRow else { return finished() }
      }
      let id = id(layout)
      if let column = layout.id, id.trimmed.isEmpty {
        hasRow = false
        _ = try take(emptyID(id, layout.names[column]), id: nil)
        continue
      }
      if let rejected {
        if id.equals(rejected) {
          (hasRow, doubt) = (false, nil)
          continue
        }
        self.rejected = nil
      }
      if isOpen, sequence?.holds(id) == false { return finished() }
      hasRow = false
      if let fault = doubt {
        (rejected, doubt) = (id.array, nil)
        throw fault.ofRow(of: id.text)
      }
      do {
        if !isOpen {
          if sequence == nil {
            sequence = TableSequence(layout: layout, options: options, file: rows.lines.file, plan: plan)
          }
          isOpen = true
          try sequence?.begin(rows.cells, id: id, line: rows.line)
        }
        try sequence?.append(rows.cells, line: rows.line)
      } catch var error as InputError {
        isOpen = false
        rejected = id.array
        doubt = rows.isStretched ? error : nil
        error.key = id.text
        throw error
      }
    }
  }

  /// Adds the rows that come next to the sequence at hand, up to one that has to be looked at closely.
  private mutating func appendPlainRows(_ plan: PlainRow) throws {
    while let row = try rows.nextLine() {
      guard sequence?.appendPlain(row, plan, line: rows.lines.line) == true else { return rows.putBack(row) }
    }
  }

  private mutating func finished() -> SequenceRecord? {
    guard isOpen else { return nil }
    isOpen = false
    return sequence?.record()
  }

  /// The id of a faulty row, nil where it is unknown: where cells are missing or too many, those before the id may be.
  private func knownID(_ layout: TableLayout) -> ByteSlice? {
    guard let column = layout.id else { return fileKey.slice }
    guard rows.cells.count > column, rows.faultyCell != column else { return nil }
    guard rows.cells.count == layout.names.count || column == 0 && rows.cells.count > 1 else { return nil }
    let id = rows.cells[column]
    return id.trimmed.isEmpty || id.firstInvalidUTF8 != nil ? nil : id
  }

  private func emptyID(_ cell: ByteSlice, _ column: String) -> InputError {
    let shown = cell.isEmpty ? "empty" : cell.quoted
    return lines.fault("column \(column.quotedForMessage) is \(shown), expected an id in every row")
  }

  /// Answers a faulty row: what came before it is whole, unless the row may be part of that.
  private mutating func take(_ error: InputError, id: ByteSlice?) throws -> SequenceRecord? {
    guard !error.isFatal else { throw error }
    guard let id else {
      if let named = unknown(error, among: isOpen ? sequence : nil) { throw named }
      return nil
    }
    // A quote that was meant to be a character may have swallowed rows of the sequence behind it.
    doubt = rows.isStretched ? error : nil
    if let rejected, id.equals(rejected) { return nil }
    var named = error
    named.key = id.text
    let complete = sequence?.holds(id) == false ? finished() : nil
    rejected = id.array
    isOpen = false
    guard let complete else { throw named }
    waiting.append(named)
    return complete
  }

  /// Notes a faulty row whose id is unknown.
  /// - Returns: the error that says so, nil where the row may belong to a sequence that is rejected already.
  private mutating func unknown(_ error: InputError, among open: TableSequence?) -> InputError? {
    defer { doubt = error }
    guard let open else { return rejected == nil && doubt == nil ? error : nil }
    rejected = open.keyBytes
    isOpen = false
    return error.ofRow(of: open.key)
  }

  /// Reads a row with as many cells as there are columns.
  private mutating func readRow(_ layout: TableLayout) throws -> Bool {
    guard try rows.next() else { return false }
    guard rows.cells.count == layout.names.count else {
      let end = lines.isTerminated ? "" : "; the file ends in the middle of this row"
      throw lines.fault(
        "the row has \(rows.cells.count.counted("cell")), expected \(layout.names.count) as in the header\(end)")
    }
    return true
  }

  private mutating func prepared() throws -> TableLayout {
    if let layout { return layout }
    let file = rows.lines.file
    do {
      let sample = try TableSample(of: rows.lines.source, delimiter: rows.delimiter, options: options)
      guard try rows.next() else { throw input.fault("the file is empty") }
      let line = rows.line
      let first = rows.cells.map(\.text)
      let names = options.names(first)
      rows.cellCount = names.count
      let resolver = TableLayoutResolver(names: names, options: options, file: file, line: line)
      let header = try resolver.headerLayout()
      if options.hasHeader { try readFirstRow(header) }
      let layout = try resolver.completed(header, sample: sample)
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
        guard try readRow(header) else { throw waiting.first ?? input.fault("no rows follow the header") }
        return
      } catch var error as InputError {
        guard !error.isFatal, !rows.cells.isEmpty, waiting.count < 1000 else { throw error }
        guard let id = knownID(header) else {
          if let named = unknown(error, among: nil) { waiting.append(named) }
          continue
        }
        doubt = rows.isStretched ? error : nil
        if let rejected, id.equals(rejected) { continue }
        error.key = id.text
        rejected = id.array
        waiting.append(error)
      }
    }
  }
}

extension InputError {
  /// The error for the sequence `key`, of which the faulty row may be one.
  fileprivate func ofRow(of key: String) -> InputError {
    var error = self
    error.problem += "; the row may be one of sequence \(key.quotedForMessage)"
    error.key = key
    return error
  }
}
