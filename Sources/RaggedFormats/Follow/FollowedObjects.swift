import RaggedCore

/// How the objects of JSON Lines are followed, by the first of them.
struct FollowedObjects {
  /// The names of the first object's fields.
  private(set) var names: [String] = []
  /// Whether each object is a timestep.
  private(set) var hasRowPerTimestep = true
  private let format: FileFormat
  /// The kinds of the fields of the first object, where it says them.
  private var numbers: Set<ExactName> = []

  init(_ first: FollowedHead.Line, _ source: InputSource, _ format: FileFormat, _ settings: ReaderSettings) throws {
    self.format = format
    guard let options = try format.options(settings, file: source.name) as? JSONLinesOptions else { return }
    if let fault = first.fault { throw fault }
    do {
      let found = try Self.scanning(first, source) { scanner in
        var (scanner, found) = (scanner, [(name: String, isNumber: Bool)]())
        guard scanner.peek() == 0x7B else { throw scanner.unexpected("an object, one a line") }
        try scanner.eachField { scanner, range in
          let byte = scanner.peek()
          found.append((scanner.string(range), byte == 0x2D || (0x30...0x39).contains(byte)))
          _ = try scanner.skipValue()
        }
        return found
      }
      names = found.map(\.name)
      numbers = Set(found.filter(\.isNumber).map { ExactName($0.name) })
    } catch var error as InputError {
      error.isFatal = false
      throw error
    }
    hasRowPerTimestep = try Self.sample(first, source, options).hasRowPerTimestep
  }

  private static func sample(
    _ first: FollowedHead.Line, _ source: InputSource, _ options: JSONLinesOptions
  ) throws -> JSONSample {
    try JSONSample(of: InputBytes(first.bytes + [0x0A], named: source.name, isDecoded: true), options)
  }

  fileprivate static func scanning<Result>(
    _ line: FollowedHead.Line, _ source: InputSource, _ body: (JSONScanner) throws -> Result
  ) throws -> Result {
    try line.bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        throw InputError(file: source.name, line: line.number, problem: "the line is empty")
      }
      return try body(
        JSONScanner(bytes: ByteSlice(base: base, count: buffer.count), file: source.name, line: line.number))
    }
  }

  /// What reads the objects.
  /// - Throws: ``InputError``, with the line of the first object where that is at fault.
  func parser(
    _ source: InputSource, settings: ReaderSettings, first: FollowedHead.Line
  ) throws -> any LineParser {
    guard var options = try format.options(settings, file: source.name) as? JSONLinesOptions else {
      throw source.fault("no objects can be read with these options", .usage)
    }
    (options.encoding, options.maximumLineBytes) = (nil, FollowedLines.longestLine)
    let sample = try Self.sample(first, source, options)
    guard case .rows(let rows)? = sample.writer else {
      guard !hasRowPerTimestep else {
        // The line is no object that is like the first.
        throw InputError(
          file: source.name, line: first.number, problem: "the line is no object of single values, as a timestep is")
      }
      let timed = [options.numbers, options.categories, options.times, options.skipped, options.channels].flatMap { $0 }
      options.times += sample.times.filter { !timed.containsExactly($0) }
      var flattening: JSONFlattening?
      if case .columns(let found)? = sample.writer { flattening = found }
      return try FollowedPieces(source, options: options, flattening: flattening, first: first)
    }
    // Fields that are not named are not looked at, so that any of them may be absent, or something else later.
    var table = try source.namingOptions { try options.table }
    let skipped = table.skipped.exactNames
    table.skipped = []
    let wanted = [table.roles.id, table.time, table.order, table.roles.valid].compactMap(\.self).filter { !$0.isEmpty }
    let named =
      wanted + (table.features ?? []) + table.numbers + table.categories + table.times + table.statics
      + (table.inputs ?? [])
    var columns = rows.columns.names.filter { !skipped.contains(ExactName($0)) }
    for name in named where !columns.containsExactly(name) { columns.append(name) }
    let (known, texts) = (((table.features ?? []) + table.numbers).exactNames, table.categories.exactNames)
    let kinds = columns.map { name -> Column.Kind in
      let name = ExactName(name)
      if texts.contains(name) { return .category }
      return known.contains(name) || numbers.contains(name) ? .number : .category
    }
    table.typed = TypedColumns(names: columns, kinds: kinds)
    let writer = JSONRows(TypedColumns(names: columns, kinds: kinds))
    var row: [UInt8] = []
    _ = try Self.scanning(first, source) { try writer.write($0, to: &row) }
    let bytes = InputBytes(row + [0x0A], named: source.name, isDecoded: true)
    bytes.origin = { _ in first.number }
    var settled = FollowedHead.settled(table)
    settled.unitsRows = nil
    return FollowedRows(
      writer: writer, source: source,
      table: FollowedTable(reader: TableReader(bytes, options: settled, delimiter: 0x2C)))
  }
}

/// Objects of which each is a timestep, by the reader of tables.
private struct FollowedRows: LineParser {
  let writer: JSONRows
  let source: InputSource
  var table: FollowedTable
  private var row: [UInt8] = []

  init(writer: JSONRows, source: InputSource, table: FollowedTable) {
    (self.writer, self.source, self.table) = (writer, source, table)
  }

  mutating func description() throws -> InputDescription { try table.description() }
  mutating func roles() throws -> String { try table.roles() }
  mutating func orderColumn() throws -> Int? { try table.orderColumn() }
  mutating func takeNotes() throws -> [InputNote] { try table.takeNotes() }

  mutating func record(of line: [UInt8], line number: Int) throws -> SequenceRecord? {
    row.removeAll(keepingCapacity: true)
    let held = FollowedHead.Line(bytes: line, number: number)
    _ = try FollowedObjects.scanning(held, source) { try writer.write($0, to: &row) }
    return try table.record(of: row, line: number)
  }
}

/// Objects of which each is a piece of a sequence, by the reader of JSON Lines.
private struct FollowedPieces: LineParser {
  private let source: InputSource
  private let flattening: JSONFlattening?
  private var reader: JSONLinesReader

  init(
    _ source: InputSource, options: JSONLinesOptions, flattening: JSONFlattening?, first: FollowedHead.Line
  ) throws {
    (self.source, self.flattening) = (source, flattening)
    let text = try Self.text(first, source, flattening)
    let bytes = InputBytes(text + [0x0A], named: source.name, isDecoded: true)
    bytes.origin = { _ in first.number }
    reader = JSONLinesReader(bytes, stem: source.keyStem, options: options)
  }

  private static func text(
    _ line: FollowedHead.Line, _ source: InputSource, _ flattening: JSONFlattening?
  ) throws -> [UInt8] {
    guard let flattening else { return line.bytes }
    var text: [UInt8] = []
    try FollowedObjects.scanning(line, source) { try flattening.write($0, to: &text) }
    return text
  }

  mutating func description() throws -> InputDescription { try reader.description() }
  mutating func roles() throws -> String { try reader.roles() }
  mutating func orderColumn() throws -> Int? { nil }
  mutating func takeNotes() throws -> [InputNote] { try reader.takeNotes() }

  mutating func record(of line: [UInt8], line number: Int) throws -> SequenceRecord? {
    let held = FollowedHead.Line(bytes: line, number: number)
    return try reader.follow(try Self.text(held, source, flattening), line: number)
  }
}
