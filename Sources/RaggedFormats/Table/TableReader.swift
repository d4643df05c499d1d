import RaggedCore

/// Reads long CSV and TSV: a row per timestep, the rows of a sequence one after the other.
///
/// A row whose id is given while its features, time and targets of the timestep are all empty stands for a sequence
/// without timesteps. Class, values, weight, split, group and metadata of a sequence must be the same in all its rows.
///
/// A faulty row rejects its whole sequence. One whose id is unknown may belong to the sequence before it or to the one
/// behind it, and rejects both.
///
/// Where the sample shows that the rows of a sequence do not stand together, or options say so, they are grouped: see
/// ``RowGrouper``. Else an id that comes back after its rows ended is yielded as one more record with the same key.
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
  private let usualDelimiter: UInt8
  private var dialect: TableDialect
  private var hasEnded = false
  private var leftOut = LeftOutLines()
  /// What the table begins with, until its layout is known.
  private var head: TableHead?
  /// How the table is written, where that is known before it is looked at.
  private var known: TableDialect?
  /// The id of the rows where no column holds it.
  private var key = RowKey(stem: "", areBlocks: false)
  /// What the rows of several files hold, by which they are all read.
  private var shared: TableSample?
  private var sample: TableSample?
  /// Why the table has no layout, which stays.
  private var failure: InputError?
  /// Whether the rows have to be grouped before the first sequence, and whether they were.
  private var hasToGroup = false
  private var isGrouped = false
  private var groupingNotes: [InputNote] = []
  /// What gives rows without their text too, where the format can.
  var direct: (any DirectRows)?
  let input: InputBytes

  init(_ source: InputSource, _ bytes: InputBytes, options: TableOptions, head: TableHead) {
    var options = options
    (options.fileKey, options.isFileKeyAsked) = (source.sequenceKey, source.keyFrom != nil)
    options.isJoined = source.isJoined
    self.init(bytes, options: options, delimiter: head.dialect.delimiter)
    self.head = head
  }

  /// - Parameter known: how the table is written, where that need not be found out.
  init(_ bytes: InputBytes, options: TableOptions, delimiter: UInt8, known: TableDialect? = nil) {
    usualDelimiter = delimiter
    self.known = known
    dialect = known ?? TableDialect(usual: delimiter, options: options)
    rows = dialect.rows(
      of: LineReader(bytes, maximumLineBytes: options.maximumLineBytes, encoding: options.encoding))
    self.options = options
    input = bytes
  }

  /// The id in the row at hand.
  private func id(_ layout: TableLayout) -> ByteSlice { layout.id.map { rows.cells[$0] } ?? key.cell }

  var lines: LineReader { rows.lines }

  mutating func description() throws -> InputDescription {
    try prepared().description(classes: options.roles.classes)
  }

  mutating func roles() throws -> String { try prepared().summary }

  mutating func columnNames() throws -> [String] { try prepared().names }

  mutating func keyName() throws -> String? {
    let layout = try prepared()
    return layout.id.map { layout.names[$0] }
  }

  /// What a user should know of the columns before rows are read, and of the rows read so far.
  mutating func takeNotes() throws -> [InputNote] {
    var notes = hasNoted ? [] : try prepared().guesses.notes
    if !hasNoted { notes = dialect.allNotes + notes }
    hasNoted = true
    if hasEnded { notes += leftOut.takeNotes(rows) }
    defer { groupingNotes = [] }
    return notes + groupingNotes + (sequence?.takeNotes() ?? [])
  }

  mutating func next() throws -> SequenceRecord? {
    let layout = try prepared()
    if !waiting.isEmpty { throw waiting.removeFirst() }
    if hasToGroup { try groupRows(layout) }
    while true {
      if !hasRow {
        do {
          if isOpen, let plan { try appendPlainRows(plan) }
          hasRow = try readRow(layout)
        } catch let error as InputError {
          if isBelowID(layout), isOpen || rejected != nil, !error.isFatal {
            try rejectOpen(error)
            continue
          }
          if let record = try take(error, id: knownID(layout)) { return record }
          continue
        }
        guard hasRow else {
          hasEnded = true
          return finished()
        }
      }
      let id = id(layout)
      let isBlank = layout.id != nil && id.trimmed.isEmpty
      if let column = layout.id, isBlank, !(layout.fillsIDs && (isOpen || rejected != nil)) {
        hasRow = false
        _ = try take(emptyID(id, layout.names[column]), id: nil)
        continue
      }
      if let rejected {
        if isBlank || id.equals(rejected) {
          (hasRow, doubt) = (false, nil)
          continue
        }
        self.rejected = nil
      }
      if isOpen, !isBlank, sequence?.holds(id) == false { return finished() }
      hasRow = false
      if let fault = doubt {
        (rejected, doubt) = (id.array, nil)
        throw fault.ofRow(of: id.text)
      }
      do {
        if !isOpen {
          try checkFooter(id, layout)
          if sequence == nil {
            sequence = TableSequence(layout: layout, options: options, file: rows.lines.file, plan: plan)
          }
          isOpen = true
          try sequence?.begin(rows.cells, id: id, line: rows.line)
        }
        try sequence?.append(rows.cells, line: rows.line)
      } catch var error as InputError {
        isOpen = false
        guard !isGrouped || !rows.isStretched else { throw error.ofAnySequence }
        rejected = isBlank ? sequence?.keyBytes : id.array
        doubt = rows.isStretched ? error : nil
        error.key = isBlank ? sequence?.key : id.text
        throw error
      }
    }
  }

  /// Adds the rows that come next to the sequence at hand, up to one that has to be looked at closely.
  private mutating func appendPlainRows(_ plan: PlainRow) throws {
    takeDirectRows(plan)
    while let row = try rows.nextLine() {
      // A blank line may stand between two sequences.
      guard !row.isEmpty, sequence?.appendPlain(row, plan, line: rows.lines.line) == true else {
        return rows.putBack(row)
      }
      takeDirectRows(plan)
    }
  }

  /// Adds the rows that come next without their text, where the format can.
  private mutating func takeDirectRows(_ plan: PlainRow) {
    guard let direct, lines.isDrained else { return }
    let lines = lines
    let count = sequence?.append(direct, plan, line: lines.lastLine, none: lines.noBytes) ?? 0
    if count > 0 { lines.pass(count) }
  }

  private mutating func finished() -> SequenceRecord? {
    guard isOpen else { return nil }
    isOpen = false
    return sequence?.record()
  }

  /// The id of a faulty row, nil where it is unknown: where cells are missing or too many, those before the id may be.
  private func knownID(_ layout: TableLayout) -> ByteSlice? {
    // A line below the table is no row of a sequence.
    if rows.cells.count < layout.names.count, let first = rows.cells.first, first.isFooterWord { return first }
    guard let column = layout.id else { return key.cell }
    guard rows.cells.count > column, rows.faultyCell != column else { return nil }
    guard rows.cells.count == layout.names.count || column == 0 && rows.cells.count > 1 else { return nil }
    let id = rows.cells[column]
    return id.trimmed.isEmpty || id.firstInvalidUTF8 != nil ? nil : id
  }

  /// Whether a faulty row has no id, and belongs to the one above.
  private func isBelowID(_ layout: TableLayout) -> Bool {
    guard layout.fillsIDs, let column = layout.id, rows.cells.count > column, rows.faultyCell != column,
      !rows.isStretched
    else { return false }
    guard rows.cells.count == layout.names.count || column == 0 && rows.cells.count > 1 else { return false }
    return rows.cells[column].trimmed.isEmpty
  }

  /// Rejects the sequence at hand, if it is not rejected already.
  private mutating func rejectOpen(_ error: InputError) throws {
    guard isOpen, let sequence else { return }
    isOpen = false
    rejected = sequence.keyBytes
    var error = error
    error.key = sequence.key
    throw error
  }

  private func emptyID(_ cell: ByteSlice, _ column: String) -> InputError {
    let shown = cell.isEmpty ? "empty" : cell.quoted
    return lines.fault("column \(column.quotedForMessage) is \(shown), expected an id in every row")
  }

  /// Answers a faulty row: what came before it is whole, unless the row may be part of that.
  private mutating func take(_ error: InputError, id: ByteSlice?) throws -> SequenceRecord? {
    guard !error.isFatal else { throw error }
    guard !isGrouped || id != nil && !rows.isStretched else { throw error.ofAnySequence }
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
    guard rows.cells.count == layout.names.count else { throw widthFault(layout.names.count) }
    return true
  }

  /// The error of a row that has another number of cells than there are columns.
  private func widthFault(_ expected: Int) -> InputError {
    let end = lines.isTerminated ? "" : "; the file ends in the middle of this row"
    var error = lines.fault(
      "the row has \(rows.cells.count.counted("cell")), expected \(expected) as in the header\(end)")
    error.remedy =
      rows.cells.first.flatMap { cell -> InputRemedy? in
        if let mark = CommentLines.mark(of: cell), dialect.comments?.isSaid != true { return .takeAsComments(mark) }
        return cell.isFooterWord ? .leaveOutRow(cell.text) : nil
      } ?? dialect.widthRemedy
    return error
  }

  /// What the first rows hold, which stay to be read.
  private mutating func ownSample(rowCount: Int = TableSample.rowCount) throws -> TableSample {
    if let sample { return sample }
    let found = TableSample(try beginning(), options: options, rowCount: rowCount)
    sample = found
    return found
  }

  /// What the table begins with, which stays to be read.
  private mutating func beginning() throws -> TableHead {
    if let head { return head }
    let found = try TableHead(of: rows.lines.source, usual: usualDelimiter, options: options, known: known)
    head = found
    return found
  }

  private mutating func prepared() throws -> TableLayout {
    if let layout { return layout }
    if let failure { throw failure }
    let file = rows.lines.file
    do {
      let head = try beginning()
      dialect = head.dialect
      rows = dialect.rows(of: rows.lines)
      rows.keepsRaw = options.grouping != .never
      let own = shared == nil ? try ownSample() : nil
      guard try rows.next() else { throw input.fault("the file is empty") }
      let line = rows.line
      let names = dialect.names(rows.cells.map(\.text), options)
      rows.cellCount = names.count
      noteNumbers(rows.cells)
      let sample = shared?.ordered(as: names) ?? own ?? TableSample()
      let resolver = TableLayoutResolver(names: names, options: options, file: file, line: line)
      let header = try resolver.headerLayout(sample)
      if header.id == nil {
        try checkSeries(header, resolver, head, sample)
        key = RowKey(stem: options.fileKey ?? input.stem, areBlocks: options.layout == .blocks)
        rows.begin(key, hasRow: !options.hasHeader)
      }
      if options.hasHeader {
        try rows.skip(rows: dialect.unitsRows)
        try readFirstRow(header)
      }
      var layout = try resolver.completed(header, sample: sample)
      layout.guesses.form = dialect.form
      hasRow = true
      if !options.hasHeader, rows.cells.count != names.count {
        // Rows of a format that names its columns may be at fault from the first on.
        hasRow = false
        if let fault = unknown(widthFault(names.count), among: nil) { waiting.append(fault) }
      }
      self.layout = layout
      self.head = nil
      // Where no column is the id there is one sequence.
      hasToGroup =
        layout.id != nil && (options.grouping == .always || options.grouping == .auto && sample.ids.comeBack)
      rows.keepsRaw = hasToGroup
      plan = PlainRow(layout, options: options, dialect: dialect)
      if plan == nil || hasToGroup { direct = nil } else { direct?.comeOneByOne() }
      return layout
    } catch var error as InputError {
      error.isFatal = true
      if error.remedy == nil, dialect.hasNumberedHeader { error.remedy = .sayHeaderless }
      failure = error
      throw error
    }
  }

  /// Refuses to take a file for one sequence where its rows may be of several.
  /// - Parameters:
  ///   - head: the first rows.
  ///   - sample: what their columns hold.
  private func checkSeries(
    _ header: TableLayout, _ resolver: TableLayoutResolver, _ head: TableHead, _ sample: TableSample
  ) throws {
    if options.layout?.hasNoID == true || options.isFileKeyAsked { return }
    if options.layout == .long {
      throw resolver.fault("\(resolver.noID); the columns are \(header.names.listedForMessage)")
    }
    if options.hasHeader, header.names.allSatisfy({ Double($0) != nil }) {
      var error = resolver.fault(
        "\(resolver.noID), and the first row, which should name the columns, holds numbers alone: "
          + header.names.listedForMessage)
      error.remedy = .sayLayout(isHeaderless: true)
      throw error
    }
    let doubt = SeriesDoubt(head, layout: header)
    let likely = (doubt == nil ? sample.namedID : sample.likelyID).map { header.names[$0] }
    guard doubt != nil || likely != nil else { return }
    let reason = doubt?.reason ?? "the cells of column \((likely ?? "").quotedForMessage) may be ids"
    var error = resolver.fault(
      "\(resolver.noID); the columns are \(header.names.listedForMessage); one sequence is not plainly what the file holds, as \(reason)"
    )
    error.remedy = .sayWhatSequencesAre(id: doubt?.column ?? likely)
    throw error
  }

  /// Says where the header looks like a row of data.
  private mutating func noteNumbers(_ first: [ByteSlice]) {
    guard options.hasHeader, options.typed == nil, first.count > 1, first.allSatisfy({ NumberShape($0) != nil }) else {
      return
    }
    dialect.hasNumberedHeader = true
    dialect.notes.append(
      InputNote(
        "the first row is taken for the names of the columns, but holds numbers alone: "
          + first.prefix(6).map(\.text).listedForMessage, remedy: .sayHeaderless))
  }

  /// A row that sums up those above is no sequence: it is called so, and lacks what a sequence has.
  private func checkFooter(_ id: ByteSlice, _ layout: TableLayout) throws {
    guard id.isFooterWord, options.typed == nil, !options.missing.contains("") else { return }
    let numbers = layout.features + layout.steps(.number)
    let lacksTarget = !layout.target.isEmpty && layout.target.allSatisfy { rows.cells[$0].trimmed.isEmpty }
    let lacksNumbers = !numbers.isEmpty && numbers.allSatisfy { rows.cells[$0].trimmed.isEmpty }
    let times = layout.steps(.time)
    let lacksTimes = !times.isEmpty && times.allSatisfy { rows.cells[$0].trimmed.isEmpty }
    guard let column = layout.id, lacksTarget || lacksNumbers || lacksTimes else { return }
    var error = lines.fault(
      "column \(layout.names[column].quotedForMessage) is \(id.quoted) in a row with empty cells, which seems to sum "
        + "up the rows above it")
    error.remedy = .leaveOutRow(id.text)
    throw error
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

extension TableReader {
  mutating func evidence(rowCount: Int) throws -> TableSample? { try ownSample(rowCount: rowCount) }

  mutating func decide(by evidence: TableSample) { shared = evidence }

  /// How the table is written, and what its columns hold.
  mutating func facts() throws -> InputFacts {
    let sample = try ownSample()
    var facts = InputFacts()
    if options.typed == nil { facts.traits = try beginning().traits(input) }
    let layout = try? prepared()
    if let order = sample.order {
      let time = layout?.time.map { sample.columns[$0] }
      facts.order = RowOrder(
        rows: sample.rows, sequences: order.sequences, runs: order.runs, rises: time?.rises ?? 0,
        falls: time?.falls ?? 0, ties: time?.ties ?? 0, time: layout?.time.map { layout?.names[$0] ?? "" })
    }
    facts.columns = sample.facts(layout)
    return facts
  }

  mutating func decided() throws -> ReaderSettings { try prepared().settings(options) }

  /// What a file says of its sequences whose rows are those of a sample.
  func description(of evidence: TableSample, decidedBy shared: TableSample) throws -> InputDescription {
    let resolver = TableLayoutResolver(names: evidence.names, options: options, file: rows.lines.file, line: 1)
    let sample = shared.ordered(as: evidence.names)
    return try resolver.completed(resolver.headerLayout(sample), sample: sample)
      .description(classes: options.roles.classes)
  }

  /// The timestep that a row holds, whatever rows came before it; nil for a row of nothing.
  /// - Parameters:
  ///   - row: the row as a file has it, without its line ending. Where the layout is not settled yet, it is so by the rows that the reader
  ///     was given first.
  ///   - number: its line, for messages.
  /// - Throws: ``InputError`` of the row.
  mutating func follow(_ row: [UInt8], line number: Int) throws -> SequenceRecord? {
    _ = try prepared()
    let bytes = InputBytes(row + [0x0A], named: rows.lines.file, isDecoded: true)
    bytes.origin = { _ in number }
    rows = rows.reading(
      LineReader(bytes, maximumLineBytes: options.maximumLineBytes, capacity: row.count + 16))
    (hasRow, isOpen, isGrouped, hasToGroup, rejected, doubt, waiting) = (false, false, false, false, nil, nil, [])
    return try next()
  }

  /// The place of the column that orders the rows among those of the description that are neither input nor target.
  mutating func orderColumn() throws -> Int? {
    let layout = try prepared()
    return layout.further.firstIndex { $0.index == layout.order }
  }

  /// Reads all rows and goes on with those of each sequence together.
  private mutating func groupRows(_ layout: TableLayout) throws {
    hasToGroup = false
    guard let column = layout.id else { return }
    var grouper = RowGrouper(file: rows.lines.file, bufferBytes: options.groupingBytes)
    if let doubt { throw doubt.ofAnySequence }
    rejected = nil
    while true {
      if grouper.rowCount & 0xFFF == 0, input.isUnwanted { return hasRow = false }
      do {
        if !hasRow, let (row, id) = try rows.nextPlain(column) {
          try grouper.add(row, id: id, line: rows.line)
          continue
        }
        if !hasRow { hasRow = try readRow(layout) }
        guard hasRow else { break }
        hasRow = false
        let id = rows.cells[column]
        let isBlank = id.trimmed.isEmpty
        guard !isBlank || layout.fillsIDs && grouper.hasRows else { throw emptyID(id, layout.names[column]) }
        let line = rows.line
        try rows.withRaw { try grouper.add($0, id: isBlank ? nil : id, line: line) }
      } catch let error as InputError {
        hasRow = false
        guard !error.isFatal else { throw error }
        // Its sequence is rejected when it is read again.
        let id = knownID(layout)
        guard id != nil || isBelowID(layout) && grouper.hasRows, !rows.isStretched else { throw error.ofAnySequence }
        let line = rows.line
        try rows.withRaw { try grouper.add($0, id: id, line: line) }
      }
    }
    let (sequences, count) = (grouper.sequenceCount, grouper.rowCount)
    if grouper.isScattered {
      groupingNotes.append(
        InputNote(
          "the rows of a sequence do not stand together: grouped by \(layout.names[column].quotedForMessage) "
            + "(\(sequences.counted("sequence")), \(count.counted("row")))", remedy: .refuseScatteredRows))
    }
    let grouped = try grouper.finish()
    let bytes = InputBytes(named: rows.lines.file) { try grouped.fill($0, $1) }
    rows.keepsRaw = false
    rows = rows.reading(LineReader(bytes, maximumLineBytes: options.maximumLineBytes, numbers: grouped.lines))
    isGrouped = true
  }
}

extension InputError {
  /// The error of a row that may belong to any of the sequences, so that none of them is known to be whole.
  var ofAnySequence: InputError {
    var error = self
    error.problem += "; as the rows of a sequence do not stand together, the row may be one of any of them"
    error.isFatal = true
    return error
  }

  /// The error for the sequence `key`, of which the faulty row may be one.
  fileprivate func ofRow(of key: String) -> InputError {
    var error = self
    error.problem += "; the row may be one of sequence \(key.quotedForMessage)"
    error.key = key
    return error
  }
}
