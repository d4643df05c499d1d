import RaggedCore

/// Reads tables with a row per sequence, a cell for each of its numbers: UCR's archive, M4, numbers in lines.
///
/// Cells at the end of a row that are empty or `NaN` are padding; before a number they are missing. Rows may end early.
/// A faulty row is a sequence that is left out.
struct WideReader: LineFormatReader {
  private var rows: RowReader
  private let options: TableOptions
  private let stem: String
  private var plan: Plan?
  /// Why there is none, which stays.
  private var failure: InputError?
  private var hasRow = false
  private var hasNoted = false
  private var padding = (rows: 0, cells: 0)
  private var trim: PaddingTrim
  private var isDone = false
  private var head: TableHead
  private var leftOut = LeftOutLines()

  fileprivate struct Plan {
    let columns: WideColumns
    let table: SequenceTable
    var sequence: TableSequence
    /// The file's column of each constant of the table; nil for the key that is made.
    let places: [Int?]
    let isPlain: Bool
    let key: RowKey
    /// The cells of a timestep in the table.
    var cells: [ByteSlice] = []
    /// The cells that a row has at least.
    let fewest: Int
  }

  init(_ source: InputSource, _ input: InputBytes, options: TableOptions, head: TableHead) {
    stem = source.keyStem
    self.head = head.droppingTrailing()
    rows = self.head.dialect.rows(of: LineReader(input, maximumLineBytes: options.maximumLineBytes))
    self.options = options
    trim = PaddingTrim(options.padding, missing: options.missing)
  }

  var lines: LineReader { rows.lines }
  var hasRowPerTimestep: Bool? { false }

  mutating func description() throws -> InputDescription {
    try prepare().table.layout.description(classes: options.roles.classes)
  }

  mutating func roles() throws -> String { "a row is a sequence; \(try prepare().table.layout.summary)" }

  mutating func facts() -> InputFacts {
    var facts = InputFacts()
    // What the first rows are is forgotten once it is decided.
    let head = head
    facts.traits = head.traits(input)
    let plan = try? prepare()
    if !head.isEmpty { facts.columns = head.facts(plan?.table.layout, besides: plan?.columns.steps ?? [], options) }
    return facts
  }

  mutating func takeNotes() throws -> [InputNote] {
    let plan = try prepare()
    var notes = hasNoted ? [] : plan.columns.notes + plan.table.layout.guesses.notes
    if isDone { notes += leftOut.takeNotes(rows) }
    hasNoted = true
    notes += self.plan?.sequence.takeNotes() ?? []
    if isDone, padding.rows > 0 {
      notes.append(
        InputNote(
          "\(padding.rows.counted("row ends", "rows end")) in cells without a number, which are taken for padding: "
            + "\(padding.cells.counted("cell")) left out"))
      padding = (0, 0)
    }
    if isDone { notes += trim.takeNotes() }
    return notes
  }

  mutating func next() throws -> SequenceRecord? {
    _ = try prepare()
    if !hasRow {
      guard try rows.next() else {
        isDone = true
        return nil
      }
    }
    hasRow = false
    return try record()
  }

  private mutating func record() throws -> SequenceRecord? {
    // Taken out, so that the sequence is changed in place.
    guard var plan else { return nil }
    self.plan = nil
    defer { self.plan = plan }
    let (cells, line) = (rows.cells, rows.line)
    guard cells.count >= plan.fewest, !options.hasHeader || cells.count <= plan.columns.names.count else {
      let expected =
        cells.count < plan.fewest ? "at least \(plan.fewest)" : "at most \(plan.columns.names.count) as in the header"
      throw lines.fault("the row has \(cells.count.counted("cell")), expected \(expected)")
    }
    if cells.count == 1, plan.columns.names.count > 1, cells[0].count > 0, cells[0][0] == 0x23, options.comment == nil {
      var error = lines.fault("the row is one cell that begins with \"#\": whether it is a comment is not said")
      error.remedy = .sayWhetherComments("#")
      throw error
    }
    plan.key.take(number: line)
    for (index, place) in plan.places.enumerated() {
      plan.cells[index] = place.map { $0 < cells.count ? cells[$0] : plan.empty } ?? plan.key.cell
    }
    let column = plan.table.layout.id ?? 0
    let id = plan.cells[column]
    do {
      guard !id.trimmed.isEmpty else {
        throw lines.fault(
          "column \(plan.table.layout.names[column].quotedForMessage) is empty, expected an id in every row")
      }
      try plan.sequence.begin(plan.cells, id: id, line: line)
      try append(cells, &plan, line)
      return trim.trimmed(plan.sequence.record(), plan.table.columns)
    } catch var error as InputError {
      if !id.trimmed.isEmpty { error.key = id.text }
      throw error
    }
  }

  private mutating func append(_ cells: [ByteSlice], _ plan: inout Plan, _ line: Int) throws {
    let steps = plan.table.constantCount
    let width = plan.columns.channels.count
    switch plan.columns.values {
    case .from(let start):
      var end = cells.count
      while end > start, cells[end - 1].isPadding { end -= 1 }
      notePadding(cells.count - end)
      if end <= start { return try finish(0, &plan, line) }
      // All of a timestep stand together; what is left of the last is padding.
      let length = (end - start + width - 1) / width
      guard start + length * width <= cells.count else {
        throw lines.fault(
          "the row has \((cells.count - start).counted("number")), expected as many for each of \(width) channels")
      }
      if plan.isPlain {
        try appendNumbers(cells[start..<start + length * width], &plan, line)
        return
      }
      for t in 0..<length {
        for channel in 0..<width { plan.cells[steps + channel] = cells[start + t * width + channel] }
        try plan.sequence.append(plan.cells, line: line)
      }
    case .columns(let columns):
      var (length, left) = (0, 0)
      for channel in columns {
        var end = channel.count
        while end > 0, channel[end - 1] >= cells.count || cells[channel[end - 1]].isPadding { end -= 1 }
        length = max(length, end)
      }
      for channel in columns { left += channel[length...].count { $0 < cells.count } }
      notePadding(left)
      for t in 0..<length {
        for (channel, places) in columns.enumerated() {
          let place = places[t]
          plan.cells[steps + channel] = place < cells.count ? cells[place] : plan.empty
          if plan.isPlain { try appendNumber(plan.cells[steps + channel], place, &plan, line) }
        }
        if !plan.isPlain { try plan.sequence.append(plan.cells, line: line) }
      }
      if plan.isPlain { try finish(length, &plan, line) }
    }
  }

  private mutating func notePadding(_ count: Int) {
    if count > 0 { padding = (padding.rows + 1, padding.cells + count) }
  }

  /// Adds the numbers of a row that has nothing else in its timesteps.
  private func appendNumbers(_ cells: ArraySlice<ByteSlice>, _ plan: inout Plan, _ line: Int) throws {
    plan.sequence.values.reserveCapacity(cells.count)
    // A number that is written in the usual way is found without a look at the whole cell.
    let hasMissing = plan.hasMissingNumbers || !plan.sequence.cells.form.isPlain
    for index in cells.indices {
      let cell = cells[index]
      var position = 0
      if !hasMissing, let value = cell.quickFloat(at: &position, before: rows.delimiter), position == cell.count {
        plan.sequence.values.append(value)
      } else {
        try appendNumber(cell, index, &plan, line)
      }
    }
    try finish(cells.count / plan.columns.channels.count, &plan, line)
  }

  private func appendNumber(_ cell: ByteSlice, _ column: Int, _ plan: inout Plan, _ line: Int) throws {
    let place = plan.table.constantCount + (plan.columns.channel(column) ?? 0)
    let parsed = plan.sequence.cells.form.float(cell)
    if plan.sequence.cells.isMissing(cell) || cell.trimmed.isMissingWord {
      plan.sequence.values.append(.nan)
    } else if case .value(let value) = parsed {
      plan.sequence.rounded.look(at: cell, place, line)
      plan.sequence.values.append(value)
    } else {
      let name = plan.columns.names.indices.contains(column) ? plan.columns.names[column] : "c\(column + 1)"
      throw plan.sequence.cells.numberFault(
        cell, named: name, line, plan.sequence.cells.missingRemedy(cell))
    }
  }

  private func finish(_ length: Int, _ plan: inout Plan, _ line: Int) throws {
    plan.sequence.length = length
    for column in plan.table.layout.guesses.blanks { try plan.sequence.checkBlank(plan.cells[column], column, line) }
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
      let made = try makePlan(WideColumns(head, options: options, file: file), head, file)
      if options.hasHeader {
        guard try rows.next() else { throw input.fault("the file is empty") }
        try rows.skip(rows: head.dialect.unitsRows)
        guard try rows.next() else { throw input.fault("no rows follow the header") }
        hasRow = true
      }
      plan = made
      head.forgetRows()
      return made
    } catch var error as InputError {
      error.isFatal = true
      failure = error
      throw error
    }
  }

  private func makePlan(_ columns: WideColumns, _ sample: TableHead, _ file: String) throws -> Plan {
    let idPlaces: [Int?] = columns.id == nil ? [nil] : []
    let all = Set(columns.constants + columns.target + [columns.id].compactMap { $0 })
    let places = idPlaces + columns.names.indices.filter { all.contains($0) }.map { $0 }
    let names = places.map { $0.map { columns.names[$0] } ?? SequenceTable.madeKey }
    let key = RowKey(stem: stem, areBlocks: false)
    let table = try SequenceTable(
      SequenceTable.Columns(
        constants: names, steps: columns.channels, id: columns.id.map { columns.names[$0] } ?? SequenceTable.madeKey,
        target: columns.target.map { columns.names[$0] }, targetKind: columns.isClass ? .classPerSequence : nil,
        numbers: columns.channels),
      given: tableOptions(columns), file: file, head: sample
    ) { text in
      text.begin(sequences: columns.rows, isAll: sample.isAll)
      sample.forEachRow(withHeader: !options.hasHeader) { cells, line in
        let constants = places.map { place -> ByteSlice in
          guard let place else {
            key.take(number: line)
            return key.cell
          }
          return place < cells.count ? cells[place] : ByteSlice(base: key.cell.base, count: 0)
        }
        let steps = columns.cells(cells, empty: ByteSlice(base: key.cell.base, count: 0))
        text.add(constants, length: steps.count) { steps[$0] }
      }
    }
    let steps = names.count..<names.count + columns.channels.count
    var plan = Plan(
      columns: columns, table: table,
      sequence: TableSequence(layout: table.layout, options: table.options, file: file, plan: nil), places: places,
      isPlain: table.isPlain(steps), key: key, fewest: (places.compactMap { $0 }.max() ?? -1) + 1)
    plan.cells = Array(repeating: plan.empty, count: steps.upperBound)
    return plan
  }

  /// Options of which those for the columns of numbers are settled.
  private func tableOptions(_ columns: WideColumns) -> TableOptions {
    var options = options
    if options.features != nil || options.tokens != nil { options.features = columns.channels }
    options.skipped = []
    return options
  }
}

extension WideReader.Plan {
  /// A cell without a byte.
  fileprivate var empty: ByteSlice { ByteSlice(base: key.cell.base, count: 0) }
  /// Whether a number may stand for a missing value.
  fileprivate var hasMissingNumbers: Bool { !table.options.missing.isEmpty }
}

extension WideColumns {
  /// The columns of numbers.
  fileprivate var steps: Set<Int> {
    switch values {
    case .from(let start): Set(names.indices.dropFirst(start))
    case .columns(let columns): Set(columns.joined())
    }
  }

  /// The channel of a column of numbers.
  fileprivate func channel(_ column: Int) -> Int? {
    switch values {
    case .from(let start): channels.isEmpty ? nil : (column - start) % channels.count
    case .columns(let columns): columns.firstIndex { $0.contains(column) }
    }
  }

  /// The cells of each timestep of a row that the first rows are judged by: those of the last whose numbers are whole.
  fileprivate func cells(_ cells: [ByteSlice], empty: ByteSlice) -> [[ByteSlice]] {
    switch values {
    case .from(let start):
      guard cells.count > start else { return [] }
      return stride(from: start, to: cells.count, by: channels.count).map { first in
        (0..<channels.count).map { first + $0 < cells.count ? cells[first + $0] : empty }
      }
    case .columns(let columns):
      return (0..<(columns.first?.count ?? 0)).map { t in
        columns.map { $0[t] < cells.count ? cells[$0[t]] : empty }
      }
    }
  }
}
