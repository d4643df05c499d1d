import RaggedCore

/// A sequence that is being put together from the rows of a long table.
struct TableSequence {
  private(set) var key = ""
  private(set) var keyBytes: [UInt8] = []
  private var line = 0
  var values: [Float] = []  // [T, F]
  private var tokens: [Int32] = []  // [T]
  private var text: [String] = []  // [T]
  var validity: [Bool]?  // [T], nil while all are valid
  var labels = Categories([])  // [T]
  var stepValues: [Float] = []  // [T, width]
  /// Cells of further columns, of each kind in the order of the layout's.
  var numberCells: [[Float]]  // [columns][T]
  var codeCells: [[Int32]]  // [columns][T]
  var timeCells: [[Int64]]  // [columns][T]
  var nameCodes: [NameCodes]
  private var sequenceTarget = RecordTarget.none
  private var staticCells: [Int: RecordCells] = [:]
  private var weight: Float?
  private(set) var constantCells: [[UInt8]] = []
  var order: TimeOrder
  /// Numbers that float32 does not hold.
  var rounded: RoundedNumbers
  /// The cells of the columns that were taken for the number of the row, in the first row of the first sequence.
  var counterStarts: [[UInt8]]?
  /// Columns whose rounding was noted, and what of the order was.
  var noted: Set<Int> = []
  var saidOfOrder = TimeOrder.Said()
  var length = 0
  private(set) var isEmptyRow = false
  /// Labels that came before, so that each is made a text once; no more than a search through them is worth. Their codes
  /// are their places, behind that of the empty one.
  private(set) var knownLabels: [(text: KnownText, isPlain: Bool)] = []
  private var labelNames = [""]
  /// Whether id and constant cells stand in a row as they are kept here.
  private(set) var isPlain = false
  /// These, where it is so.
  private(set) var plainKey = KnownText([])
  private(set) var plainConstants: [KnownText] = []
  /// The day of the date before, of each column of times, and of the time that orders the rows.
  var days: [DayOfDate]
  var orderDay = DayOfDate()

  let layout: TableLayout
  let numberColumns: [Int]
  let codeColumns: [Int]
  let timeColumns: [Int]
  let timeFormats: [TimeFormat]  // of the times
  /// The place of the time that orders the rows among the times; nil where it is not kept.
  let orderPlace: Int?
  private let constants: [Int]
  /// Where each column stands among the constants.
  private let constantPlaces: [Int: Int]
  let cells: TableCells
  private let plan: PlainRow?
  /// Whether a row that is empty is a timestep of which all is missing.
  private let takesEmptyRows: Bool

  init(layout: TableLayout, options: TableOptions, file: String, plan: PlainRow?) {
    self.layout = layout
    (self.plan, takesEmptyRows) = (plan, options.isFollowed)
    let (numbers, codes, times) = (layout.steps(.number), layout.steps(.category), layout.steps(.time))
    (numberColumns, codeColumns, timeColumns) = (numbers, codes, times)
    timeFormats = times.map { layout.timeFormats[$0] ?? TimeFormat() }
    orderPlace = layout.order.flatMap { order in times.firstIndex(of: order) }
    numberCells = numbers.map { _ in [] }
    codeCells = codes.map { _ in [] }
    timeCells = times.map { _ in [] }
    nameCodes = codes.map { _ in NameCodes() }
    days = times.map { _ in DayOfDate() }
    constants = layout.constants
    constantPlaces = Dictionary(zip(constants, constants.indices), uniquingKeysWith: { first, _ in first })
    cells = TableCells(names: layout.names, options: options, file: file, guesses: layout.guesses)
    order = TimeOrder(
      cells: cells, format: layout.order.flatMap { layout.timeFormats[$0] } ?? TimeFormat(),
      remedy: layout.order == layout.time ? .ignoreTimes : .keepRowOrder)
    rounded = RoundedNumbers(layout.names.count, layout.guesses.form)
  }

  func holds(_ id: ByteSlice) -> Bool { id.equals(keyBytes) }

  /// Starts over with the id and the constant cells of a sequence's first row.
  mutating func begin(_ row: [ByteSlice], id: ByteSlice, line: Int) throws {
    key = id.text
    keyBytes = id.array
    self.line = line
    // The record took the buffers; the next sequence is likely to need as much, long ones aside.
    let capacity = min(values.count, 1 << 14)
    values = []
    values.reserveCapacity(capacity)
    tokens = []
    text = []
    validity = nil
    labels = Categories(names: labelNames)
    stepValues = []
    let rows = min(length, 1 << 14)
    for place in numberCells.indices {
      numberCells[place] = []
      numberCells[place].reserveCapacity(rows)
    }
    for place in timeCells.indices {
      timeCells[place] = []
      timeCells[place].reserveCapacity(rows)
    }
    for place in codeCells.indices {
      codeCells[place] = []
      codeCells[place].reserveCapacity(rows)
      nameCodes[place].beginSequence()
    }
    length = 0
    isEmptyRow = false
    order.restart()
    constantCells = constants.map { row[$0].array }
    isPlain = plan.map { plan in plan.isPlain(keyBytes) && constantCells.allSatisfy(plan.isPlain) } ?? false
    if isPlain { (plainKey, plainConstants) = (KnownText(keyBytes), constantCells.map(KnownText.init)) }
    try checkCounters(row, line)
    switch layout.targetKind {
    case .classPerSequence:
      let cell = row[layout.target[0]]
      sequenceTarget = .label(cells.isMissingClass(cell) ? "" : try cells.label(row, layout.target[0], line))
    case .valuesPerSequence:
      sequenceTarget = .values(try layout.target.map { try targetValue(row, $0, line) })
    default: sequenceTarget = .none
    }
    weight = try layout.weight.flatMap { try cells.weight(row, $0, line) }
    try layout.metadataObject.map { try cells.checkObject(row, $0, line) }
    try readStatics(row, line)
  }

  mutating func append(_ row: [ByteSlice], line: Int) throws {
    for (position, column) in constants.enumerated() where !row[column].equals(constantCells[position]) {
      throw changed(row, column, from: constantCells[position], line)
    }
    if length == 0, !isEmptyRow, !takesEmptyRows, isEmpty(row) {
      isEmptyRow = true
      return
    }
    if isEmptyRow {
      guard layout.order == nil, layout.valid == nil else {
        throw cells.fault(
          line, "the row before says that sequence \(key.quotedForMessage) has no timesteps, but here is one")
      }
      isEmptyRow = false
      // It was a timestep of which all is missing.
      try appendTimestep(Array(repeating: ByteSlice(base: row[0].base, count: 0), count: row.count), self.line)
    }
    try appendTimestep(row, line)
  }

  private mutating func appendTimestep(_ row: [ByteSlice], _ line: Int) throws {
    for column in layout.guesses.blanks { try checkBlank(row[column], column, line) }
    if let column = layout.order {
      let point = try order.advance(row[column], column, line)
      if let orderPlace {
        timeCells[orderPlace].append(try cells.microseconds(point, order.format.unit, row[column], column, line))
      }
    }
    try appendCells(row, line)
    let counts = try layout.valid.map { try cells.truth(row, $0, line) } ?? true
    switch layout.tokens {
    case nil: break
    case .numbers: tokens.append(try cells.token(row, layout.features[0], line))
    case .text:
      let cell = row[layout.features[0]]
      text.append(cell.isEmpty ? Vocabulary.unknownText : cell.text)
    }
    for column in layout.tokens == nil ? layout.features : [] {
      if let value = try cells.numberUnlessMissing(row, column, line) {
        rounded.look(at: row[column], column, line)
        values.append(value)
      } else {
        values.append(.nan)
      }
    }
    switch layout.targetKind {
    case .classPerTimestep: try appendLabel(row, line)
    case .valuesPerTimestep:
      for column in layout.target {
        let value = try cells.numberUnlessMissing(row, column, line)
        if value != nil { rounded.look(at: row[column], column, line) }
        stepValues.append(value ?? .nan)
      }
    default: break
    }
    if !counts, validity == nil { validity = Array(repeating: true, count: length) }
    validity?.append(counts)
    length += 1
  }

  private mutating func appendCells(_ row: [ByteSlice], _ line: Int) throws {
    for (place, column) in numberColumns.enumerated() {
      let value = try cells.numberUnlessMissing(row, column, line)
      if value != nil { rounded.look(at: row[column], column, line) }
      numberCells[place].append(value ?? .nan)
    }
    for (place, column) in codeColumns.enumerated() {
      codeCells[place].append(nameCodes[place].code(row[column], isMissing: cells.isMissingText))
    }
    for (place, column) in timeColumns.enumerated() where place != orderPlace {
      timeCells[place].append(try cells.time(row, column, line, timeFormats[place]))
    }
  }

  /// The cells of further columns. Those of the sequence were read in its first row.
  private var furtherCells: [RecordCells] {
    var places = (number: 0, code: 0, time: 0)
    return layout.further.map { index, column in
      switch (column.kind, column.extent) {
      case (.number, .timestep):
        places.number += 1
        return .numbers(numberCells[places.number - 1])
      case (.category, .timestep):
        places.code += 1
        return .categories(Categories(codes: codeCells[places.code - 1], names: nameCodes[places.code - 1].names))
      case (.time, _):
        places.time += 1
        return .times(timeCells[places.time - 1])
      case (_, .sequence): return staticCells[index] ?? .numbers([.nan])
      case (_, .labels): return staticCells[index] ?? .categories(Categories([]))
      }
    }
  }

  /// Reads the cells of further columns that are the sequence's.
  private mutating func readStatics(_ row: [ByteSlice], _ line: Int) throws {
    for (index, column) in layout.further where column.extent != .timestep {
      if column.extent == .labels {
        staticCells[index] = .categories(Categories(try cells.labels(row, index, line)))
      } else if column.kind == .number {
        staticCells[index] = .numbers([try cells.numberUnlessMissing(row, index, line) ?? .nan])
        rounded.look(at: row[index], index, line)
      } else {
        staticCells[index] = .categories(Categories([cells.isMissingText(row[index]) ? "" : row[index].text]))
      }
    }
  }

  /// The finished record.
  mutating func record() -> SequenceRecord {
    if let places = order.finish(line: line) { permute(places) }
    let target: RecordTarget =
      switch layout.targetKind {
      case .classPerTimestep: .classPerTimestep(labels)
      case .valuesPerTimestep: .stepValues(stepValues, width: layout.target.count)
      default: sequenceTarget
      }
    let input: RecordInput =
      switch layout.tokens {
      case nil: .values(values, featureCount: layout.features.count)
      case .numbers: .tokens(tokens)
      case .text: .text(text)
      }
    return SequenceRecord(
      key: key, input: input, target: target, cells: furtherCells, weight: weight, validity: validity,
      split: constantText(layout.split), group: constantText(layout.group), metadata: metadata,
      line: line, length: length)
  }

  /// Brings the timesteps, all that there is of each, into another order.
  private mutating func permute(_ places: [Int]) {
    func permuted<Cell>(_ cells: [Cell], width: Int = 1) -> [Cell] {
      guard cells.count == places.count * width else { return cells }
      if width == 1 { return places.map { cells[$0] } }
      var moved: [Cell] = []
      moved.reserveCapacity(cells.count)
      for place in places { moved.append(contentsOf: cells[place * width..<(place + 1) * width]) }
      return moved
    }
    if layout.tokens == nil { values = permuted(values, width: layout.features.count) }
    tokens = permuted(tokens)
    text = permuted(text)
    validity = validity.map { permuted($0) }
    labels = Categories(codes: permuted(labels.codes), names: labels.names)
    stepValues = permuted(stepValues, width: layout.target.count)
    for place in numberCells.indices { numberCells[place] = permuted(numberCells[place]) }
    for place in codeCells.indices { codeCells[place] = permuted(codeCells[place]) }
    for place in timeCells.indices { timeCells[place] = permuted(timeCells[place]) }
  }

  private mutating func targetValue(_ row: [ByteSlice], _ column: Int, _ line: Int) throws -> Float {
    guard let value = try cells.targetValue(row, column, line) else { return .nan }
    rounded.look(at: row[column], column, line)
    return value
  }

  private var metadata: String? {
    guard !layout.metadata.isEmpty else { return constantText(layout.metadataObject) }
    let fields = layout.metadata.map { "\(layout.names[$0].jsonQuoted):\((constantText($0) ?? "").jsonQuoted)" }
    return "{\(fields.joined(separator: ","))}"
  }

  /// The text of a constant column, nil where it is empty.
  private func constantText(_ column: Int?) -> String? {
    guard let column, let position = constantPlaces[column], !constantCells[position].isEmpty else {
      return nil
    }
    return String(decoding: constantCells[position], as: UTF8.self)
  }

  /// Adds the class in a row, which may be missing.
  private mutating func appendLabel(_ row: [ByteSlice], _ line: Int) throws {
    let cell = row[layout.target[0]]
    if cells.isMissingClass(cell) { return labels.append(code: 0) }
    if let known = knownLabels.firstIndex(where: { cell.equals($0.text.bytes) }) {
      return labels.append(code: Int32(known + 1))
    }
    let label = try cells.label(row, layout.target[0], line)
    labels.append(naming: label)
    guard knownLabels.count < 16 else { return }
    knownLabels.append((KnownText(cell.array), plan?.isPlain(cell.array) ?? false))
    labelNames.append(label)
  }

  private func isEmpty(_ row: [ByteSlice]) -> Bool {
    let first = layout.features.first ?? codeColumns.first ?? numberColumns.first ?? timeColumns.first
    guard let first, row[first].isEmpty, !cells.isMissing(row[first]) else { return false }
    let perTimestep = layout.targetKind == .classPerTimestep || layout.targetKind == .valuesPerTimestep
    let columns =
      layout.features + numberColumns + codeColumns + timeColumns
      + [layout.time, layout.order, layout.valid].compactMap { $0 }
      + (perTimestep ? layout.target : [])
    return columns.allSatisfy { row[$0].isEmpty }
  }

  private func changed(_ row: [ByteSlice], _ column: Int, from first: [UInt8], _ line: Int) -> InputError {
    let before = String(decoding: first, as: UTF8.self).quotedForMessage
    let perTimestep: TargetKind =
      layout.targetKind == .valuesPerSequence ? .valuesPerTimestep : .classPerTimestep
    var remedy: InputRemedy? = layout.target.contains(column) ? .letTargetChange(perTimestep) : nil
    if let further = layout.further.first(where: { $0.index == column })?.column, further.extent != .labels {
      remedy = .letColumnChange(further.name, further.kind)
    }
    return cells.fault(
      line,
      "column \(cells.name(column)) is \(row[column].quoted), but \(before) in the first row of sequence "
        + "\(key.quotedForMessage)", remedy)
  }
}

/// Whole numbers of a table that float32 does not hold, by column.
struct RoundedNumbers {
  private var firsts: [(text: String, line: Int)?]

  private let form: NumberForm

  init(_ columns: Int, _ form: NumberForm) {
    firsts = Array(repeating: nil, count: columns)
    self.form = form
  }

  /// Whether the column has had one.
  func has(_ column: Int) -> Bool { firsts[column] != nil }

  /// Remembers the first of a column.
  @inline(__always)
  mutating func look(at cell: ByteSlice, _ column: Int, _ line: Int) {
    // A shorter one is below 2^24.
    if cell.count >= 8, firsts[column] == nil { lookClosely(at: cell, column, line) }
  }

  private mutating func lookClosely(at cell: ByteSlice, _ column: Int, _ line: Int) {
    guard let number = form.number(cell), number.isInteger, !number.isHeld else { return }
    firsts[column] = (cell.trimmed.text, line)
  }

  /// The columns that have one, but for those that were said to.
  func notes(_ names: [String], but known: Set<Int>) -> [(column: Int, note: String)] {
    firsts.indices.compactMap { column in
      guard let first = firsts[column], !known.contains(column) else { return nil }
      let holder = "column \(names[column].quotedForMessage)"
      return (column, ReaderNotes.rounding(of: first.text, in: holder, line: first.line))
    }
  }
}

extension TableSequence {
  /// A column that was left out because it was empty stays so.
  func checkBlank(_ cell: ByteSlice, _ column: Int, _ line: Int) throws {
    guard !cell.isEmpty, !cell.trimmed.isMissingWord, !cells.isMissing(cell) else { return }
    throw cells.fault(
      line,
      "column \(cells.name(column)) is \(cell.quoted), but was left out because it is empty in \(layout.guesses.extent)",
      .sayColumnKind(layout.names[column], cells.form.float(cell) == .invalid ? .category : .number))
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
    guard let column = layout.order else { return notes }
    return notes + order.course.notes(cells.name(column), known: &saidOfOrder)
  }
}
