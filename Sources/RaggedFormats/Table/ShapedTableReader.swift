import RaggedCore

/// A reader that is changed in place, whatever it is of.
struct HeldReader {
  var reader: any FormatReader

  mutating func with<Result>(_ body: (inout any FormatReader) throws -> Result) rethrows -> Result {
    try body(&reader)
  }
}

/// Reads a table by what its rows are, which options say or the first rows: see ``RowLayout``.
struct ShapedTableReader: FormatReader {
  let input: InputBytes
  private let source: InputSource
  private let options: TableOptions
  private let delimiter: UInt8
  private var notes: [InputNote] = []
  private var hasNoted = false
  private var inner: HeldReader?
  /// What the rows of several files hold, by which they are all read.
  private var shared: TableSample?
  private var agreed: [PivotVariable]?

  init(_ source: InputSource, options: TableOptions, delimiter: UInt8) throws {
    self.init(source, try InputBytes(source), options: options, delimiter: delimiter)
  }

  init(_ source: InputSource, _ input: InputBytes, options: TableOptions, delimiter: UInt8) {
    (self.source, self.input, self.options) = (source, input, options)
    input.readAsText(options.encoding)
    self.delimiter = options.delimiter?.utf8.first ?? delimiter
  }

  var hasRowPerTimestep: Bool? { inner?.reader.hasRowPerTimestep }

  mutating func description() throws -> InputDescription { try withReader { reader in try reader.description() } }
  mutating func roles() throws -> String { try withReader { reader in try reader.roles() } }
  mutating func columnNames() throws -> [String] { try withReader { reader in try reader.columnNames() } }
  mutating func keyName() throws -> String? { try withReader { reader in try reader.keyName() } }
  mutating func next() throws -> SequenceRecord? { try withReader { reader in try reader.next() } }
  mutating func variables() throws -> [PivotVariable]? { try withReader { reader in try reader.variables() } }

  mutating func facts() throws -> InputFacts { try withReader { reader in try reader.facts() } }
  mutating func decided() throws -> ReaderSettings { try withReader { reader in try reader.decided() } }

  mutating func evidence(rowCount: Int) throws -> TableSample? {
    try withReader { reader in try reader.evidence(rowCount: rowCount) }
  }

  mutating func decide(by evidence: TableSample) {
    shared = evidence
    inner?.with { reader in reader.decide(by: evidence) }
  }

  mutating func description(of evidence: TableSample, decidedBy shared: TableSample) throws -> InputDescription {
    try withReader { reader in try reader.description(of: evidence, decidedBy: shared) }
  }

  mutating func agree(on variables: [PivotVariable]) {
    agreed = variables
    inner?.with { reader in reader.agree(on: variables) }
  }

  mutating func takeNotes() throws -> [InputNote] {
    let found = try withReader { reader in try reader.takeNotes() }
    defer { hasNoted = true }
    return hasNoted ? found : notes + found
  }

  private mutating func withReader<Result>(_ body: (inout any FormatReader) throws -> Result) throws -> Result {
    if inner == nil {
      var reader = HeldReader(reader: try opened())
      if let shared { reader.with { reader in reader.decide(by: shared) } }
      if let agreed { reader.with { reader in reader.agree(on: agreed) } }
      inner = reader
    }
    guard let result = try inner?.with(body) else { throw source.fault("cannot be opened") }
    return result
  }

  private mutating func opened() throws -> any FormatReader {
    var options = self.options
    options.isJoined = source.isJoined
    var head = try TableHead(of: input, usual: delimiter, options: options)
    let found = FoundLayout(head, options: options)
    notes = found.notes
    if !found.options.hasHeader, found.options != options {
      // Rows of which the first is data say something else, and columns are called otherwise.
      head = try TableHead(of: input, usual: delimiter, options: found.options)
    }
    if found.options.layout == .wide { head = head.besideShortRows() }
    if let layout = found.options.layout, [.wide, .lists, .pivot].contains(layout) {
      notes = head.dialect.allNotes + notes
    }
    switch found.options.layout {
    case .wide: return WideReader(source, input, options: found.options, head: head)
    case .lists: return ListReader(source, input, options: found.options, head: head)
    case .pivot: return PivotReader(source, input, options: found.options, head: head)
    case .long, .series, .blocks, nil:
      guard options.padding == nil else {
        throw source.fault("a value of padding is given, but its rows are timesteps", .usage)
      }
      return TableReader(source, input, options: found.options, head: head)
    }
  }
}
