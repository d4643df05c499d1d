import RaggedCore

/// The long table that a table with a row per sequence stands for: the columns of the sequence, which are the same in all
/// its timesteps, and behind them those of a timestep. Roles, kinds and notes are those of such a table, and its sequences
/// are put together by what reads one.
struct SequenceTable {
  let layout: TableLayout
  let options: TableOptions
  /// The number of columns of the sequence.
  let constantCount: Int
  /// The further columns of its records.
  var columns: [Column] { layout.further.map(\.column) }

  /// What the column of the key is called where the file has none.
  static let madeKey = "file and line"

  /// The columns of the long table.
  struct Columns {
    var constants: [String]
    var steps: [String]
    var id: String
    var target: [String]
    var targetKind: TargetKind?
    /// The column of a timestep that orders them.
    var time: String?
    /// Columns of a timestep that hold numbers, whatever they look like.
    var numbers: [String] = []
  }

  /// Completes roles and kinds by the first rows.
  /// - Parameters:
  ///   - sample: adds the first rows to a sample.
  ///   - head: what the table begins with.
  init(
    _ columns: Columns, given: TableOptions, file: String, head: TableHead,
    sample: (inout SequenceSample) throws -> Void
  ) throws {
    options = SequenceTable.options(columns, given)
    constantCount = columns.constants.count
    let names = columns.constants + columns.steps
    var text = SequenceSample(names)
    try sample(&text)
    var dialect = TableDialect(usual: 0x2C, options: options)
    dialect.form = head.dialect.form
    let rows = try TableHead(
      of: InputBytes(text.bytes, named: file, isDecoded: true), usual: 0x2C,
      options: SequenceTable.samplingOptions(options), known: dialect)
    var found = TableSample(rows, options: options)
    found.word = "timestep"
    found.isAll = text.isAll
    let resolver = TableLayoutResolver(names: names, options: options, file: file, line: head.line)
    var layout = try resolver.completed(try resolver.headerLayout(), sample: found)
    layout.guesses.form = dialect.form
    self.layout = layout
  }

  private static func options(_ columns: Columns, _ given: TableOptions) -> TableOptions {
    var options = given
    (options.layout, options.hasHeader, options.delimiter) = (.long, true, nil)
    options.roles.id = columns.id
    options.roles.target = columns.target
    if !columns.target.isEmpty, options.roles.targetKind == nil { options.roles.targetKind = columns.targetKind }
    options.time = columns.time ?? ""
    let roles = options.roles
    var taken = columns.target + options.labels + options.skipped + options.metadata + options.times
    taken += [columns.id, roles.weight, roles.split, roles.group, options.metadataObject].compactMap { $0 }
    let known = (taken + options.statics).exactNames
    options.statics += columns.constants.filter { !known.contains(ExactName($0)) }
    let named = (taken + options.categories + options.numbers).exactNames
    if options.tokens == nil { options.numbers += columns.numbers.filter { !named.contains(ExactName($0)) } }
    return options
  }

  private static func samplingOptions(_ options: TableOptions) -> TableOptions {
    var options = options
    options.maximumLineBytes = 1 << 30
    return options
  }

  /// Whether a timestep is one number of each of these columns and nothing else.
  func isPlain(_ steps: Range<Int>) -> Bool {
    layout.tokens == nil && layout.time == nil && layout.valid == nil && layout.features == Array(steps)
      && layout.targetKind?.isPerTimestep != true && !layout.further.contains { $0.column.extent == .timestep }
  }
}

/// The first rows of a table with a row per sequence, as rows of the long table that it stands for.
struct SequenceSample {
  private(set) var bytes: [UInt8] = []
  private(set) var isAll = true
  private var rows = 0
  /// Timesteps of one sequence that are looked at: of many sequences a few each.
  private var stepsPerRow = 0

  fileprivate init(_ names: [String]) {
    for (place, name) in names.enumerated() {
      if name.isEmpty { append(nil, place) } else { _ = name.withByteSlice { append($0, place) } }
    }
    bytes.append(0x0A)
  }

  /// Says how many sequences there are to look at, before the first is added.
  mutating func begin(sequences: Int, isAll: Bool) {
    stepsPerRow = max(2, TableSample.rowCount / max(1, sequences))
    self.isAll = isAll
  }

  /// Adds a sequence.
  /// - Parameter step: the cells of a timestep.
  mutating func add(_ constants: [ByteSlice], length: Int, step: (Int) -> [ByteSlice]) {
    if length > stepsPerRow { isAll = false }
    for t in 0..<min(length, stepsPerRow) where rows < TableSample.rowCount {
      for (place, cell) in (constants + step(t)).enumerated() { append(cell, place) }
      bytes.append(0x0A)
      rows += 1
    }
  }

  private mutating func append(_ cell: ByteSlice?, _ place: Int) {
    if place > 0 { bytes.append(0x2C) }
    guard let cell else { return }
    let needsQuotes = (0..<cell.count).contains { [0x22, 0x2C, 0x0A, 0x0D].contains(cell.base[$0]) }
    if needsQuotes { bytes.append(0x22) }
    for index in 0..<cell.count {
      bytes.append(cell.base[index])
      if cell.base[index] == 0x22 { bytes.append(0x22) }
    }
    if needsQuotes { bytes.append(0x22) }
  }
}
