import RaggedCore

/// Reads tables with a row per measurement: the variables become columns of a long table, which the reader of long tables
/// reads, so that roles, notes and errors are its own.
struct PivotReader: FormatReader {
  let input: InputBytes
  private let source: InputSource
  private let options: TableOptions
  private var head: TableHead
  private var leftOut = LeftOutLines()
  private var inner: HeldReader?
  /// Why there is none, which stays.
  private var failure: (any Error)?
  private var feed: PivotFeed?
  private var notes: [InputNote] = []
  private var hasNoted = false
  private var isDone = false
  /// The variables of all files that are read together.
  private var agreed: [PivotVariable]?

  init(_ source: InputSource, _ input: InputBytes, options: TableOptions, head: TableHead) {
    (self.source, self.input, self.options, self.head) = (source, input, options, head.droppingTrailing())
  }

  mutating func description() throws -> InputDescription { try withTable { reader in try reader.description() } }

  mutating func facts() throws -> InputFacts {
    let head = head
    var facts = InputFacts()
    // What the columns of the table with a row per timestep hold, those of its variables among them.
    do { facts = try withTable { reader in try reader.facts() } } catch {
      guard inner == nil else { throw error }
      facts.columns = TableSample(head, options: options).facts(nil)
    }
    facts.traits = head.traits(input)
    guard let columns = feed?.columns else { return facts }
    facts.columns += columns.leftOut.map { ColumnFacts($0, .other, role: ColumnFacts.Role.none) }
    if let variables = options.pivot.variable, let value = options.pivot.value {
      facts.traits.append(FileTrait("variables", "named in \(variables.quotedForMessage)", .pivot))
      facts.traits.append(FileTrait("their values", "in \(value.quotedForMessage)", .pivotValue))
    }
    return facts
  }

  mutating func roles() throws -> String {
    let roles = try withTable { reader in try reader.roles() }
    let names = [options.pivot.variable, options.pivot.value].compactMap { $0 }
    return "a row is a measurement, of \(names.listedForMessage); \(roles)"
  }

  mutating func takeNotes() throws -> [InputNote] {
    let found = try withTable { reader in try reader.takeNotes() }
    var notes = hasNoted ? found : notes + found
    hasNoted = true
    guard let feed else { return notes }
    notes += feed.takeGroupingNotes()
    guard isDone else { return notes }
    isDone = false
    notes += leftOut.takeNotes(feed.rows)
    if feed.ties > 0 {
      let what =
        switch options.pivot.ties ?? .step {
        case .step: "begin a further timestep of that time"
        case .last: "replace the one before"
        case .mean, .error: "are taken into its mean"
        }
      notes.append(
        InputNote(
          "\(feed.ties.counted("value")) of a variable that has one at that time already, first in line \(feed.firstTie), \(what)",
          remedy: .sayTies))
    }
    if feed.blankRows > 0 {
      notes.append(
        InputNote("\(feed.blankRows.counted("row has no value and makes", "rows have no value and make")) no timestep"))
    }
    if feed.unknownRows > 0 {
      notes.append(
        InputNote(
          "\(feed.unknownRows.counted("row is", "rows are")) of variables that are no column and left out: "
            + feed.unknown.listedForMessage))
    }
    return notes
  }

  mutating func next() throws -> SequenceRecord? {
    let record = try withTable { reader in try reader.next() }
    isDone = record == nil
    return record
  }

  mutating func variables() throws -> [PivotVariable]? {
    guard options.pivot.columns.isEmpty else { return nil }
    return try found()
  }

  mutating func agree(on variables: [PivotVariable]) { agreed = variables }

  /// The variables of the file, which is read to its end for them.
  private func found() throws -> [PivotVariable] {
    if source.isStandardInput || source.byteCount == nil {
      let (bytes, isAll) = try input.lookAhead(lines: Int.max, limit: TableHead.maximumBytes)
      guard isAll else {
        throw source.fault(
          "cannot be read twice, as finding its variables takes: say which become columns", remedy: .sayPivotColumns)
      }
      return try PivotVariables(of: InputBytes(bytes, named: source.name), head, options: options).all
    }
    let bytes = try InputBytes(source)
    bytes.readAsText(options.encoding)
    return try PivotVariables(of: bytes, head, options: options).all
  }

  private mutating func withTable<Result>(_ body: (inout any FormatReader) throws -> Result) throws -> Result {
    do {
      if inner == nil { inner = HeldReader(reader: try open()) }
      guard let result = try inner?.with(body) else { throw source.fault("cannot be opened") }
      return result
    } catch var error as InputError {
      if let line = error.line, let fault = feed?.fault(ofLine: line) {
        // What the reader of the long table says of the row behind this.
        let mark = "; the row may be one of sequence "
        let end = error.problem.firstRange(of: mark).map { String(error.problem[$0.lowerBound...]) } ?? ""
        (error.problem, error.remedy) = (fault.problem + end, fault.remedy)
      }
      throw error
    }
  }

  private mutating func open() throws -> TableReader {
    if let failure { throw failure }
    do { return try opened() } catch {
      failure = error
      throw error
    }
  }

  private mutating func opened() throws -> TableReader {
    do {
      var variables = try agreed ?? declared() ?? found()
      let skipped = options.skipped.exactNames
      variables.removeAll { skipped.contains(ExactName($0.name)) }
      for name in options.features ?? [] where !variables.contains(where: { $0.name.isExactly(name) }) {
        variables.append(PivotVariable(name: name))
      }
      var rows = head.dialect.rows(of: LineReader(input, maximumLineBytes: options.maximumLineBytes))
      rows.keepsRaw = options.grouping != .never
      guard try rows.next() else { throw source.fault("the file is empty") }
      let columns = try PivotColumns(
        head.dialect.names(rows.cells.map(\.text), options), options: options, file: source.name, line: rows.line)
      if options.hasHeader { try rows.skip(rows: head.dialect.unitsRows) }
      if let name = variables.map(\.name).first(where: { name in
        (columns.kept + [columns.time] + [columns.id].compactMap { $0 }).contains { columns.names[$0].isExactly(name) }
      }) {
        throw source.fault(
          "variable \(name.quotedForMessage) is called as a column is that is kept: name the columns otherwise")
      }
      guard !variables.isEmpty else { throw source.fault("no row names a variable") }
      if !columns.leftOut.isEmpty { notes = [InputNote("not imported: \(columns.leftOut.listedForMessage)")] }
      let feed = PivotFeed(rows, columns, variables, options: options, head: head)
      let bytes = try InputBytes(source) { try feed.fill($0, $1) }
      bytes.origin = { feed.line(of: $0) ?? 0 }
      self.feed = feed
      let table = tableOptions(columns, variables)
      var dialect = TableDialect(usual: 0x2C, options: table)
      dialect.form = head.dialect.form
      head.forgetRows()
      return TableReader(bytes, options: table, delimiter: 0x2C, known: dialect)
    } catch var error as InputError {
      error.isFatal = true
      throw error
    }
  }

  /// The variables that are named, with what the first rows say of each.
  private func declared() throws -> [PivotVariable]? {
    guard !options.pivot.columns.isEmpty else { return nil }
    let known = try PivotVariables(head, options: options, file: source.name).all
    return options.pivot.columns.map { name in
      known.first { $0.name.isExactly(name) } ?? PivotVariable(name: name)
    }
  }

  /// Options of the long table.
  private func tableOptions(_ columns: PivotColumns, _ variables: [PivotVariable]) -> TableOptions {
    var table = options
    (table.pivot, table.skipped, table.hasHeader, table.delimiter) = (PivotOptions(), [], true, nil)
    // A sequence whose rows come back is another timestep by then.
    table.grouping = .never
    (table.layout, table.fileKey) = (columns.id == nil ? .series : .long, source.sequenceKey)
    table.roles.id = columns.id.map { columns.names[$0] }
    table.time = columns.names[columns.time]
    let named = (options.numbers + options.categories + options.times + options.labels).exactNames
    let open = variables.filter { !named.contains(ExactName($0.name)) }
    let features = (options.features ?? []).exactNames
    table.numbers += open.filter { $0.isNumber && !features.contains(ExactName($0.name)) }.map(\.name)
    table.categories += open.filter { !$0.isNumber && !features.contains(ExactName($0.name)) }.map(\.name)
    return table
  }
}

extension InputSource {
  fileprivate func fault(_ problem: String, remedy: InputRemedy) -> InputError {
    var error = fault(problem)
    error.remedy = remedy
    return error
  }
}

/// How a table with a row per measurement becomes one with a row per timestep.
public struct PivotOptions: Sendable, Equatable {
  /// The column that names the variable; nil where a row is no measurement.
  public var variable: String?
  /// The column with its value.
  public var value: String?
  /// The variables that become columns, in this order; empty finds them out by reading the file, or all files that are read
  /// together, once before.
  public var columns: [String]
  /// What becomes of a second value of a variable at one time; by default ``PivotTies/step``.
  public var ties: PivotTies?

  /// How measurements become timesteps; by default they are none.
  public init(variable: String? = nil, value: String? = nil, columns: [String] = [], ties: PivotTies? = nil) {
    (self.variable, self.value, self.columns, self.ties) = (variable, value, columns, ties)
  }
}
