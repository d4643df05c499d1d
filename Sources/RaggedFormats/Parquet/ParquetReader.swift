import RaggedCore
import RaggedParquet

/// Reads Parquet by what its rows are: those of a long table are given to the reader of tables, those that are sequences to the
/// reader of objects, a batch of rows at a time, so that roles, notes and errors are theirs.
struct ParquetReader: FormatReader {
  let input: InputBytes
  private let source: InputSource
  private let options: ParquetFileOptions
  private let feed: ParquetFeed
  private var inner: Inner?
  private var notes: [InputNote] = []
  private var hasNoted = false
  private var isPrepared = false
  private var shared: TableSample?

  private struct Inner {
    // An existential, since it is changed in place.
    var reader: any FormatReader
    let hasRowPerTimestep: Bool

    mutating func with<Result>(_ body: (inout any FormatReader) throws -> Result) rethrows -> Result {
      try body(&reader)
    }
  }

  init(_ source: InputSource, options: ParquetFileOptions) throws {
    guard !source.isStandardInput else {
      throw source.fault("cannot give parquet, which is read at several places at once; name a file", .usage)
    }
    let feed = ParquetFeed()
    input = try InputBytes(source) { try feed.fill($0, $1, source) }
    (self.source, self.options, self.feed) = (source, options, feed)
  }

  /// As much of the file as its rows that were read are of all.
  var bytesRead: Int { Int(feed.share * Double(source.byteCount ?? 0)) }

  var hasRowPerTimestep: Bool? { inner?.hasRowPerTimestep }

  mutating func description() throws -> InputDescription {
    try withReader { reader in try reader.description() }
  }

  mutating func roles() throws -> String {
    try withReader { reader in try reader.roles() }
  }

  mutating func columnNames() throws -> [String] {
    try withReader { reader in try reader.columnNames() }
  }

  mutating func keyName() throws -> String? {
    try withReader { reader in try reader.keyName() }
  }

  mutating func takeNotes() throws -> [InputNote] {
    let found = try withReader { reader in try reader.takeNotes() }
    defer { hasNoted = true }
    return (hasNoted ? [] : notes) + found
  }

  mutating func next() throws -> SequenceRecord? {
    var record = try withReader { reader in try reader.next() }
    if let line = record?.line { record?.line = feed.row(ofLine: line) }
    return record
  }

  private mutating func withReader<Result>(_ body: (inout any FormatReader) throws -> Result) throws -> Result {
    if !isPrepared { try prepare() }
    do {
      guard let result = try inner?.with(body) else { throw source.fault("cannot be opened") }
      return result
    } catch var error as InputError {
      error.line = error.line.map(feed.row)
      throw error
    }
  }

  private mutating func prepare() throws {
    try open()
    isPrepared = true
    do { _ = try inner?.with { try $0.description() } } catch var error as InputError {
      // What is wrong with columns is wrong with no row.
      if error.line == 1 { error.line = nil }
      throw error
    }
  }

  private mutating func open() throws {
    guard inner == nil else { return }
    inner = try opened()
    if let shared { inner?.with { $0.decide(by: shared) } }
  }

  mutating func evidence(rowCount: Int) throws -> TableSample? {
    try open()
    return try inner?.with { try $0.evidence(rowCount: rowCount) }
  }

  mutating func decide(by evidence: TableSample) {
    shared = evidence
    inner?.with { $0.decide(by: evidence) }
  }

  mutating func description(of evidence: TableSample, decidedBy shared: TableSample) throws -> InputDescription {
    try open()
    guard let result = try inner?.with({ try $0.description(of: evidence, decidedBy: shared) }) else {
      throw source.fault("cannot be opened")
    }
    return result
  }

  /// What the reader within found out, without what is an option of that alone.
  mutating func decided() throws -> ReaderSettings {
    var found = try withReader { try $0.decided() }
    // Features that are named would take the other columns out of the input.
    if found[.inputs] != nil { found[.features] = options.table.features }
    return found.filter { options.takes($0.key) }
  }

  mutating func facts() throws -> InputFacts {
    try open()
    var facts = try inner?.with { try $0.facts() } ?? InputFacts()
    let rows = inner?.hasRowPerTimestep == true ? "timesteps" : "sequences"
    facts.traits = [FileTrait("rows", rows)] + facts.traits.filter { !["delimiter", "header"].contains($0.name) }
    return facts
  }

  private mutating func opened() throws -> Inner {
    do {
      let file = try ParquetFile(source.path)
      let names = file.schema.fields.map(\.name)
      if let name = options.table.skipped.first(where: { !names.containsExactly($0) }) {
        throw source.fault(
          "there is no column \(name.quotedForMessage)\(names.alternatives(to: name, called: "columns"))")
      }
      let layout = ParquetLayout(file.schema, skipped: options.table.skipped, labels: options.table.labels)
      notes = layout.leftOut.map { InputNote("\($0) and is not imported") }
      let clocks = file.schema.clocks.filter { !options.table.skipped.containsExactly($0) }
      if !clocks.isEmpty {
        notes.append(
          InputNote(
            "column\(clocks.count == 1 ? "" : "s") \(clocks.listedForMessage) \(clocks.count == 1 ? "has" : "have") times without a "
              + "zone, which are taken for UTC"))
      }
      guard file.rowCount > 0 else { throw source.fault("has no rows") }
      switch layout.rows {
      case .timesteps(let columns):
        guard !columns.isEmpty else {
          throw source.fault("has no column of numbers, texts or times: \(layout.leftOut.joined(separator: "; "))")
        }
        let names = columns.map { $0.column.path.first ?? $0.column.name }
        let areLists = columns.map { $0.column.listDepth > 0 }
        var table = options.typed(
          TypedColumns(
            names: names, kinds: zip(columns, areLists).map { $0.1 ? .category : $0.0.form.kind }))
        table.skipped = table.skipped.filter(names.containsExactly)
        (table.fileKey, table.isFileKeyAsked) = (source.sequenceKey, source.keyFrom != nil)
        table.isJoined = source.isJoined
        let separator = table.takeListSeparator(names, areLists)
        feed.begin(
          file, columns.map(\.column), .rows(ParquetRows(columns.map(\.form), names: names, separator: separator)))
        var reader = TableReader(input, options: table, delimiter: 0x2C)
        reader.direct = feed
        return Inner(reader: reader, hasRowPerTimestep: true)
      case .sequences(let fields):
        var objects = try options.objects()
        objects.skipped = []
        let joined = try takeInput(of: file.schema, fields, &objects)
        if objects.roles.id == nil, !fields.contains(where: { ["id", "key"].contains($0.name) }) {
          notes.append("no column is called \"id\" or \"key\": keys are made of the file's name and the row's number")
        }
        let whole = try takeMetadata(of: file.schema, fields, &objects)
        let writer = ParquetObjects(file.schema, fields, joined: joined, object: whole)
        feed.begin(file, writer.columns, .objects(writer))
        return Inner(reader: JSONReader(input, of: source, options: objects), hasRowPerTimestep: false)
      }
    } catch let error as ParquetError {
      throw source.fault(error)
    } catch let problem as OptionProblem {
      throw source.fault(problem.problem, .usage)
    }
  }

  /// Settles the input of a row per sequence by the features that are asked for.
  /// - Returns: lists that are the features of a timestep together.
  private func takeInput(
    of schema: ParquetSchema, _ fields: [ParquetField], _ objects: inout JSONLinesOptions
  ) throws -> (name: String, fields: [ParquetField])? {
    guard let names = options.table.features else { return nil }
    let found = names.compactMap { name in fields.first { $0.name.isExactly(name) } }
    if found.isEmpty, fields.contains(where: { $0.name == "features" }) {
      objects.featureNames = names
      return nil
    }
    guard found.count == names.count else {
      let missing = names.first { name in !found.contains { $0.name.isExactly(name) } } ?? ""
      throw source.fault(
        "there is no column \(missing.quotedForMessage)\(fields.map(\.name).alternatives(to: missing, called: "columns"))"
      )
    }
    if found.count == 1 {
      objects.input = names[0]
      if schema.isListOfNumbers(found[0]) { objects.featureNames = names }
      return nil
    }
    if let other = found.first(where: { !schema.isListOfNumbers($0) }) {
      throw source.fault(
        "column \(other.name.quotedForMessage) is no list of numbers, expected one as each of several features")
    }
    var name = "features"
    while fields.contains(where: { $0.name == name }) { name += "_" }
    (objects.input, objects.featureNames) = (name, names)
    return (name, found)
  }
}

extension ParquetReader {
  /// Settles which column of a row per sequence holds all metadata: the one that is named, as the text of a JSON object, or
  /// records that are called so.
  /// - Returns: the name of a column of such texts.
  private func takeMetadata(
    of schema: ParquetSchema, _ fields: [ParquetField], _ objects: inout JSONLinesOptions
  ) throws -> String? {
    if let name = options.table.metadataObject {
      guard let field = fields.first(where: { $0.name.isExactly(name) }) else {
        throw source.fault(
          "there is no column \(name.quotedForMessage)\(fields.map(\.name).alternatives(to: name, called: "columns"))")
      }
      guard case .column(let index) = field.content, ParquetCellForm(schema.columns[index]) == .text else {
        throw source.fault("\(schema.words(field)), expected the text of a JSON object")
      }
      objects.metadataField = name
      return name
    }
    let hasRecords = fields.contains { field in
      if case .record = field.content { field.name == "metadata" } else { false }
    }
    if !hasRecords { objects.metadataField = nil }
    return nil
  }
}

extension TableOptions {
  /// Settles what stands between two labels in the text of a table: of lists what no label is likely to hold.
  fileprivate mutating func takeListSeparator(_ names: [String], _ areLists: [Bool]) -> String {
    let hasLists = areLists.contains(true)
    let hasTexts = zip(names, areLists).contains { labels.containsExactly($0) && !$1 }
    if hasLists, !hasTexts, labelSeparator == nil { labelSeparator = "\u{1F}" }
    return labelSeparator ?? TableOptions.defaultLabelSeparator
  }
}

/// The rows of a Parquet file, as text that is made as it is asked for, and where they are rows of a table also without. A class,
/// since reader and bytes share it.
private final class ParquetFeed: DirectRows {
  enum Writer {
    case rows(ParquetRows)
    case objects(ParquetObjects)
  }

  private var batches: ParquetBatches?
  private var writer: Writer?
  private var batch: ParquetBatch?
  /// The row of the batch that comes next.
  private var next = 0
  private var text = CellText()
  private var taken = 0
  private var rows = 0
  private var rowCount = 0
  private var isOneByOne = false
  private var atOnce = RowsAtOnce()

  /// The share of the rows that were read.
  var share: Double { rowCount == 0 ? 0 : Double(rows) / Double(rowCount) }

  func begin(_ file: ParquetFile, _ columns: [ParquetColumn], _ writer: Writer) {
    (batches, self.writer, rowCount) = (file.batches(columns), writer, file.rowCount)
  }

  /// The row that a line is of.
  func row(ofLine line: Int) -> Int {
    if case .rows(let rows) = writer { rows.row(ofLine: line) } else { line }
  }

  func comeOneByOne() { isOneByOne = true }

  func add(to sequence: inout TableSequence, _ plan: PlainRow, line: Int, none: UnsafePointer<UInt8>) -> Int {
    guard isOneByOne, taken == text.bytes.count, let batch, next > 0, case .rows(var table) = writer else { return 0 }
    writer = nil
    defer { writer = .rows(table) }
    var added = 0
    while next < batch.rowCount {
      let tried = min(atOnce.count, batch.rowCount - next)
      let taken = sequence.append(
        next..<next + tried, of: batch, table.forms, plan, line: line + added, none: none)
      atOnce.note(taken, of: tried)
      (next, added) = (next + taken, added + taken)
      if taken < tried { break }
    }
    table.pass(added)
    return added
  }

  func fill(_ target: UnsafeMutablePointer<UInt8>, _ count: Int, _ source: InputSource) throws -> Int {
    while taken == text.bytes.count {
      text.removeAll()
      taken = 0
      guard try writeRows(min(count, 1 << 16), source) else { return 0 }
    }
    let piece = min(count, text.bytes.count - taken)
    text.bytes.withUnsafeBufferPointer { bytes in
      if let base = bytes.baseAddress { target.update(from: base + taken, count: piece) }
    }
    taken += piece
    return piece
  }

  /// Writes one row, or as many as make about so many bytes.
  /// - Returns: false after the last, when the file is closed.
  private func writeRows(_ bytes: Int, _ source: InputSource) throws -> Bool {
    do {
      while batch == nil || next == batch?.rowCount {
        guard let found = try batches?.next() else {
          (batches, batch) = (nil, nil)
          return false
        }
        (batch, next) = (found, 0)
        rows += found.rowCount
      }
      guard let batch, let writer else { return false }
      self.writer = nil
      switch writer {
      case .rows(var table):
        defer { self.writer = .rows(table) }
        repeat {
          try table.write(next, of: batch, to: &text)
          next += 1
        } while !isOneByOne && next < batch.rowCount && text.bytes.count < bytes
      case .objects(var objects):
        defer { self.writer = .objects(objects) }
        repeat {
          try objects.write(next, of: batch, to: &text)
          next += 1
        } while next < batch.rowCount && text.bytes.count < bytes
      }
      return true
    } catch let error as ParquetError {
      throw source.fault(error)
    } catch let problem as OptionProblem {
      throw source.fault(problem.problem)
    }
  }
}

extension InputSource {
  /// What is wrong with a Parquet file, with which its reading ends.
  fileprivate func fault(_ error: ParquetError) -> InputError {
    var place = error.place
    place.file = nil
    return fault(ParquetError(error.kind, error.message, place).description, error.failureClass)
  }
}
