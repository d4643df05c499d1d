import RaggedCore

/// The columns of a table with a row per measurement.
struct PivotColumns {
  let names: [String]
  /// nil where the file is one sequence.
  let id: Int?
  let time: Int
  let variable: Int
  let value: Int
  /// Further columns that have a role, whose cells go along.
  let kept: [Int]
  /// Those that have none.
  let leftOut: [String]

  /// Finds the columns by what options name.
  init(_ names: [String], options: TableOptions, file: String, line: Int) throws {
    let resolver = TableLayoutResolver(names: names, options: options, file: file, line: line)
    let variable = try options.pivot.variable.map { try resolver.column($0) }
    let value = try options.pivot.value.map { try resolver.column($0) }
    guard let variable, let value
    else {
      throw resolver.fault(
        "a row is to be a measurement, but which column names the variable and which holds its value is not said; the columns "
          + "are \(names.listedForMessage)", .sayPivot)
    }
    func isOpen(_ index: Int) -> Bool { index != variable && index != value }
    let id =
      try options.roles.id.map { try resolver.column($0) } ?? names.place(of: TableOptions.idNames, where: isOpen)
    let time =
      try options.time.map { try resolver.column($0) } ?? names.place(of: TableOptions.timeNames, where: isOpen)
    guard let time else {
      throw resolver.fault(
        "no column for the time of a measurement is named, and none is called \(TableOptions.timeNames.listedForMessage); "
          + "the columns are \(names.listedForMessage)")
    }
    let roles = options.roles
    let named =
      [roles.weight, roles.valid, roles.split, roles.group, options.metadataObject].compactMap { $0 }
      + (roles.target ?? [])
      + options.metadata + options.labels + options.statics + options.numbers + options.categories + options.times
      + (options.features ?? [])
    let known = named.exactNames
    kept = names.indices.filter {
      ![id, time, variable, value].contains($0)
        && (known.contains(ExactName(names[$0]))
          || roles.target == nil && TableOptions.targetNames.contains(names[$0].lowercased()))
    }
    let used = Set(kept + [time, variable, value] + [id].compactMap { $0 })
    let skipped = options.skipped.exactNames
    leftOut = names.indices.filter {
      !used.contains($0) && !names[$0].isEmpty && !skipped.contains(ExactName(names[$0]))
    }.map { names[$0] }
    (self.names, self.id, self.time, self.variable, self.value) = (names, id, time, variable, value)
  }

  /// Reads cells as the table has them written.
  static func cells(
    _ columns: PivotColumns, _ dialect: TableDialect, _ options: TableOptions, _ file: String
  ) -> TableCells {
    var guesses = TableGuesses()
    guesses.form = dialect.form
    return TableCells(names: columns.names, options: options, file: file, guesses: guesses)
  }
}

/// A variable that is measured.
struct PivotVariable: Equatable {
  var name: String
  /// Whether all its values are numbers or missing.
  var isNumber = true
}

/// The variables of a file in the order in which they come.
struct PivotVariables {
  private(set) var all: [PivotVariable] = []
  private var places: [[UInt8]: Int] = [:]

  /// Reads a file to its end; faulty rows are for who reads it after.
  init(of input: InputBytes, _ head: TableHead, options: TableOptions) throws {
    let dialect = head.dialect
    var rows = dialect.rows(of: LineReader(input, maximumLineBytes: options.maximumLineBytes))
    guard try rows.next() else { return }
    let columns = try PivotColumns(
      dialect.names(rows.cells.map(\.text), options), options: options, file: input.file, line: rows.line)
    let cells = PivotColumns.cells(columns, dialect, options, input.file)
    if options.hasHeader { try rows.skip(rows: dialect.unitsRows) }
    var isFirst = options.hasHeader
    while true {
      do {
        if isFirst { guard try rows.next() else { return } }
        isFirst = true
        guard rows.cells.count == columns.names.count else { continue }
        take(rows.cells[columns.variable], rows.cells[columns.value], cells)
      } catch let error as InputError where !error.isFatal { continue }
    }
  }

  /// The variables of the first rows.
  init(_ head: TableHead, options: TableOptions, file: String) throws {
    let columns = try PivotColumns(head.names, options: options, file: file, line: head.line)
    let cells = PivotColumns.cells(columns, head.dialect, options, file)
    head.forEachRow { row, _ in
      if row.count == columns.names.count { take(row[columns.variable], row[columns.value], cells) }
    }
  }

  private mutating func take(_ name: ByteSlice, _ value: ByteSlice, _ cells: TableCells) {
    let bytes = name.trimmed.array
    if bytes.isEmpty { return }
    let place = places[bytes] ?? all.count
    if place == all.count {
      places[bytes] = place
      all.append(PivotVariable(name: name.trimmed.text))
    }
    guard all[place].isNumber, !value.isMissingMark, cells.form.float(value) == .invalid, !cells.isMissing(value) else {
      return
    }
    all[place].isNumber = false
  }
}

/// Makes the text of a long table of a table with a row per measurement: a row for each time of a sequence, a column for each
/// variable. A class, since reader and bytes share it.
///
/// Holds one sequence. What is at fault in a row becomes a row at fault, so that the reader of the long table rejects what it
/// may belong to; ``fault(ofLine:)`` has the words.
///
/// A sequence that comes back after its rows ended is one more for the reader of the long table.
final class PivotFeed {
  /// The rows of the file.
  private(set) var rows: RowReader
  private let options: TableOptions
  let columns: PivotColumns
  private let cells: TableCells
  /// The slot of each variable, in the order of the long table: those of the sequence before those of a timestep.
  private let slots: [[UInt8]: Int]
  private let names: [String]
  private let staticCount: Int
  private let skipped: Set<[UInt8]>
  private var text: [UInt8] = []
  private var taken = 0
  private var isAtEnd = false
  private var hasRow: Bool
  /// Whether the rows have to be grouped before the first sequence.
  private var hasToGroup: Bool
  private var isGrouped = false
  private var groupingNotes: [InputNote] = []

  /// The sequence at hand.
  private var id: [UInt8]?
  private var steps: [Step] = []
  private var places: [[UInt8]: [Int]] = [:]
  private var statics: [[UInt8]?]
  private var clashes: [(slot: Int, value: [UInt8], line: Int)] = []
  private var firstLine = 0
  private var kept: [[UInt8]] = []

  /// Lines of the long table that were made, the line of the file that each stands for, and faults by that.
  private var made = 1
  private var origins: [Int] = []
  private var forgotten = 2
  private var faults: [Int: InputError] = [:]

  /// Second values of a variable at one time, and the first.
  private(set) var ties = 0
  private(set) var firstTie = 0
  /// Rows without a value, which make no timestep.
  private(set) var blankRows = 0
  /// Rows of variables that are no column.
  private(set) var unknownRows = 0
  private(set) var unknown: [String] = []

  private struct Step {
    var line: Int
    var time: [UInt8]
    var kept: [[UInt8]]
    var values: [[UInt8]?]
    /// How many values each mean is of.
    var counts: [Int]
    var isFaulty = false
  }

  /// - Parameters:
  ///   - rows: at the header, or at the first row where there is none.
  ///   - variables: those that become columns.
  ///   - head: how the table is written, and whether rows of an id come back.
  init(
    _ rows: RowReader, _ columns: PivotColumns, _ variables: [PivotVariable], options: TableOptions, head: TableHead
  ) {
    (self.rows, self.columns, self.options) = (rows, columns, options)
    cells = PivotColumns.cells(columns, head.dialect, options, rows.lines.file)
    switch options.grouping {
    case .always: hasToGroup = columns.id != nil
    case .auto: hasToGroup = columns.id.map { head.comesBack($0) } ?? false
    case .never: hasToGroup = false
    }
    let fixed = options.statics.exactNames
    let ofSequence = variables.map(\.name).filter { fixed.contains(ExactName($0)) }
    names = ofSequence + variables.map(\.name).filter { !fixed.contains(ExactName($0)) }
    staticCount = ofSequence.count
    slots = Dictionary(names.enumerated().map { (Array($1.utf8), $0) }, uniquingKeysWith: { first, _ in first })
    skipped = Set(options.skipped.map { Array($0.utf8) })
    statics = Array(repeating: nil, count: ofSequence.count)
    hasRow = !options.hasHeader
    let header =
      ([columns.id, columns.time].compactMap { $0 } + columns.kept).map { columns.names[$0] } + names
    for (place, name) in header.enumerated() { append(Array(name.utf8), place) }
    text.append(0x0A)
  }

  /// Fills at most as many bytes as are asked for; 0 means the end.
  func fill(_ target: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int {
    while taken == text.count {
      text.removeAll(keepingCapacity: true)
      taken = 0
      if isAtEnd {
        text = []
        return 0
      }
      try readSequence()
    }
    let piece = min(count, text.count - taken)
    text.withUnsafeBufferPointer { bytes in
      if let base = bytes.baseAddress { target.update(from: base + taken, count: piece) }
    }
    taken += piece
    return piece
  }

  /// The line of the file that a line of the long table stands for; nil where that is forgotten.
  func line(of made: Int) -> Int? {
    if made == 1 { return 1 }
    let place = made - forgotten
    return origins.indices.contains(place) ? origins[place] : nil
  }

  /// What is at fault in a row of the file, by its line.
  func fault(ofLine line: Int) -> InputError? { faults[line] }

  /// Reads up to the first row of the next sequence, and writes the one before.
  private func readSequence() throws {
    if hasToGroup { try groupRows() }
    while true {
      do {
        if !hasRow {
          guard try rows.next() else {
            isAtEnd = true
            return flush()
          }
        }
        hasRow = false
        guard rows.cells.count == columns.names.count else {
          let end = rows.lines.isTerminated ? "" : "; the file ends in the middle of this row"
          throw rows.lines.fault(
            "the row has \(rows.cells.count.counted("cell")), expected \(columns.names.count) as in the header\(end)")
        }
      } catch let error as InputError where !error.isFatal {
        guard !isGrouped || knownID != nil else { throw error.ofAnySequence }
        let known = isGrouped ? knownID?.array : nil
        flush()
        return writeFault(error, id: known)
      }
      let row = rows.cells
      let isNew = columns.id.map { column in id.map { !row[column].equals($0) } ?? true } ?? (id == nil)
      if isNew, id != nil {
        flush()
        hasRow = true
        return
      }
      if isNew { begin(row) }
      if let error = take(row) {
        let id = id
        flush()
        return writeFault(error, id: id)
      }
    }
  }

  /// What is said of the grouping, once.
  func takeGroupingNotes() -> [InputNote] {
    defer { groupingNotes = [] }
    return groupingNotes
  }

  /// The id of the row at hand where it is sure, whatever else is at fault in it.
  private var knownID: ByteSlice? {
    guard let column = columns.id, rows.cells.count > column, rows.faultyCell != column, !rows.isStretched,
      rows.cells.count == columns.names.count || column == 0 && rows.cells.count > 1
    else { return nil }
    let id = rows.cells[column]
    return id.trimmed.isEmpty || id.firstInvalidUTF8 != nil ? nil : id
  }

  /// Reads all rows and goes on with those of each sequence together.
  private func groupRows() throws {
    hasToGroup = false
    guard let column = columns.id else { return }
    var grouper = RowGrouper(file: rows.lines.file, bufferBytes: options.groupingBytes)
    while true {
      if grouper.rowCount & 0xFFF == 0, rows.lines.source.isUnwanted { break }
      do {
        if !hasRow { guard try rows.next() else { break } }
        hasRow = false
        guard let id = knownID else {
          throw rows.lines.fault(
            "column \(cells.name(column)) is not known in this row, expected an id in every row")
        }
        try rows.withRaw { try grouper.add($0, id: id, line: rows.line) }
      } catch let error as InputError {
        hasRow = false
        guard !error.isFatal else { throw error }
        // Its sequence is rejected when it is read again.
        guard let id = knownID else { throw error.ofAnySequence }
        try rows.withRaw { try grouper.add($0, id: id, line: rows.line) }
      }
    }
    if grouper.isScattered {
      groupingNotes = [
        InputNote(
          "the rows of a sequence do not stand together: grouped by \(cells.name(column)) "
            + "(\(grouper.sequenceCount.counted("sequence")), \(grouper.rowCount.counted("row")))",
          remedy: .refuseScatteredRows)
      ]
    }
    let grouped = try grouper.finish()
    let bytes = InputBytes(named: rows.lines.file) { try grouped.fill($0, $1) }
    rows.keepsRaw = false
    rows = rows.reading(LineReader(bytes, maximumLineBytes: options.maximumLineBytes, numbers: grouped.lines))
    isGrouped = true
  }

  private func begin(_ row: [ByteSlice]) {
    id = columns.id.map { row[$0].array } ?? []
    firstLine = rows.line
    kept = columns.kept.map { row[$0].array }
  }

  /// Takes a measurement into the sequence at hand.
  /// - Returns: what is at fault in the row.
  private func take(_ row: [ByteSlice]) -> InputError? {
    let name = row[columns.variable].trimmed.array
    let value = row[columns.value]
    guard !name.isEmpty else {
      return rows.lines.fault("column \(cells.name(columns.variable)) is empty, expected the name of a variable")
    }
    guard let slot = slots[name] else {
      guard !skipped.contains(name) else { return nil }
      unknownRows += 1
      if unknown.count < 20 {
        let text = String(decoding: name, as: UTF8.self)
        if !unknown.contains(text) { unknown.append(text) }
      }
      return nil
    }
    if value.trimmed.isMissingWord || cells.isMissing(value) {
      blankRows += 1
      return nil
    }
    if slot < staticCount {
      if let known = statics[slot] {
        guard !value.equals(known) else { return nil }
        if options.pivot.ties == .last {
          noteTie()
          statics[slot] = value.array
        } else {
          clashes.append((slot, value.array, rows.line))
        }
      } else {
        statics[slot] = value.array
      }
      return nil
    }
    let time = row[columns.time].trimmed.array
    let further = columns.kept.map { row[$0].array }
    let place = slot - staticCount
    var candidates = places[time] ?? []
    if let found = candidates.first(where: { steps[$0].kept == further && steps[$0].values[place] == nil }) {
      put(value, place, found)
      return nil
    }
    if let found = candidates.last(where: { steps[$0].kept == further }) {
      switch options.pivot.ties ?? .step {
      case .step: noteTie()
      case .last:
        noteTie()
        put(value, place, found)
        return nil
      case .mean:
        noteTie()
        return putMean(value, place, found)
      case .error:
        let known = String(decoding: steps[found].values[place] ?? [], as: UTF8.self).quotedForMessage
        return rows.lines.fault(
          "variable \(String(decoding: name, as: UTF8.self).quotedForMessage) is \(value.quoted), but \(known) before it at the "
            + "same time \(row[columns.time].quoted)", .sayTies)
      }
    }
    candidates.append(steps.count)
    places[time] = candidates
    steps.append(
      Step(
        line: rows.line, time: time, kept: further, values: Array(repeating: nil, count: names.count - staticCount),
        counts: options.pivot.ties == .mean ? Array(repeating: 1, count: names.count - staticCount) : []))
    put(value, place, steps.count - 1)
    return nil
  }

  private func noteTie() {
    if ties == 0 { firstTie = rows.line }
    ties += 1
  }

  private func put(_ value: ByteSlice, _ place: Int, _ step: Int) {
    steps[step].values[place] = value.array
    // The line of a value that will be refused is the one to be named.
    if !steps[step].isFaulty, cells.form.number(value) == nil {
      (steps[step].line, steps[step].isFaulty) = (rows.line, true)
    }
  }

  /// Takes a value into the mean of those before.
  private func putMean(_ value: ByteSlice, _ place: Int, _ step: Int) -> InputError? {
    let known = steps[step].values[place].map { String(decoding: $0, as: UTF8.self) } ?? ""
    guard let mean = cells.form.double(known), let next = cells.form.double(value.text), next.isFinite else {
      return rows.lines.fault("\(value.quoted) and \(known.quotedForMessage) have no mean, expected numbers", .sayTies)
    }
    let count = Double(steps[step].counts[place])
    steps[step].counts[place] += 1
    steps[step].values[place] = cells.form.bytes(mean + (next - mean) / (count + 1))
    return nil
  }

  /// Writes the sequence at hand.
  private func flush() {
    guard let id else { return }
    for step in steps { write(id, step.time, step.kept, statics, step.values, line: step.line) }
    let nothing: [[UInt8]?] = Array(repeating: nil, count: names.count - staticCount)
    // A sequence of which nothing was measured has no timesteps.
    if steps.isEmpty { write(id, [], kept, statics, nothing, line: firstLine) }
    for clash in clashes where !steps.isEmpty {
      var others = statics
      others[clash.slot] = clash.value
      let last = steps[steps.count - 1]
      write(id, last.time, last.kept, others, last.values, line: clash.line)
    }
    (self.id, steps, clashes) = (nil, [], [])
    places.removeAll(keepingCapacity: true)
    for slot in statics.indices { statics[slot] = nil }
  }

  private func write(
    _ id: [UInt8], _ time: [UInt8], _ kept: [[UInt8]], _ statics: [[UInt8]?], _ values: [[UInt8]?], line: Int
  ) {
    var place = 0
    if columns.id != nil {
      append(id, place)
      place += 1
    }
    append(time, place)
    for cell in kept + statics.map({ $0 ?? [] }) + values.map({ $0 ?? [] }) {
      place += 1
      append(cell, place)
    }
    endRow(line)
  }

  /// Writes a row that is refused, of this sequence where it is known.
  private func writeFault(_ error: InputError, id: [UInt8]?) {
    if let id, columns.id != nil {
      append(id, 0)
      // Fewer cells than there are columns, which are an id, a time and a variable at least.
      append([], 1)
    } else {
      append(Array("-".utf8), 0)
    }
    if let line = error.line, faults.count < 1 << 16 { faults[line] = error }
    endRow(error.line ?? 0)
  }

  private func endRow(_ line: Int) {
    text.append(0x0A)
    made += 1
    // Lines are for messages: no more are kept than those are likely to name.
    if origins.count == 1 << 20 {
      origins.removeFirst(1 << 19)
      forgotten += 1 << 19
    }
    origins.append(line)
  }

  private func append(_ cell: [UInt8], _ place: Int) {
    if place > 0 { text.append(0x2C) }
    let needsQuotes = cell.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
    guard needsQuotes else { return text.append(contentsOf: cell) }
    text.append(0x22)
    for byte in cell {
      // A line ending within a cell is a blank: the lines of the table are counted.
      text.append(byte == 0x0A || byte == 0x0D ? 0x20 : byte)
      if byte == 0x22 { text.append(0x22) }
    }
    text.append(0x22)
  }
}

extension TableHead {
  /// Whether a cell of a column comes back after others.
  fileprivate func comesBack(_ column: Int) -> Bool {
    var ids = SampleIDs()
    forEachRow { row, _ in
      if row.count == names.count { _ = ids.take(row[column]) }
    }
    return ids.comeBack
  }
}

extension NumberForm {
  /// The number in a text; nil where there is none.
  fileprivate func double(_ text: String) -> Double? {
    let digits = text.filter { !$0.isWhitespace }
    if isPlain { return Double(digits) }
    let mark = thousands.map { Character(UnicodeScalar($0)) }
    return Double(
      String(digits.filter { $0 != mark && $0 != "\u{2019}" }.map { $0 == Character(UnicodeScalar(point)) ? "." : $0 }))
  }

  /// A number as the table has them written.
  fileprivate func bytes(_ number: Double) -> [UInt8] { "\(number)".utf8.map { $0 == 0x2E ? point : $0 } }
}

extension LineReader {
  /// An error of the line last returned, with what helps.
  fileprivate func fault(_ problem: String, _ remedy: InputRemedy) -> InputError {
    InputError(file: file, line: line, problem: problem, remedy: remedy)
  }
}
