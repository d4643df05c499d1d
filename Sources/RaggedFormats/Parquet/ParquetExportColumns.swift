import RaggedCore
import RaggedParquet

/// The columns of a Parquet file that is written, and how it is read again.
struct ParquetExportColumns {
  /// What a column holds.
  enum Content: Equatable {
    case key, split, weight, group, metadata
    /// The number of the timestep, and whether it counts.
    case place, valid
    case feature(Int), tokens
    /// The class; the value of the target at a place; all values together.
    case label, value(Int), values
    /// The cells of a further column.
    case cells(Int, Column.Extent)

    /// What codes stand for, where they are the same throughout.
    func names(_ names: RecordNames) -> [String]? {
      switch self {
      case .tokens: names.tokens
      case .label: names.classes
      case .cells(let place, _): names.columns[place]
      default: nil
      }
    }
  }

  let layout: SequenceExport.Layout?
  let all: [(column: ParquetOutputColumn, content: Content)]
  let readerOptions: ParquetFileOptions
  /// What the file does not hold, in words.
  let losses: [String]
  private let further: [Column]

  /// - Throws: ``ExportError`` for data that the layout cannot hold.
  init(_ source: some ExportedSequences, _ facts: ExportFacts) throws {
    layout = facts.layout
    further = source.furtherColumns
    guard layout == .sequences else {
      try Self.checkTable(source, facts)
      let columns = try CSVColumns(source, facts, hasLists: true)
      all = Self.columns(source.signature, columns)
      readerOptions = ParquetFileOptions(columns.readerOptions)
      losses = columns.losses
      return
    }
    let rows = try RowPerSequence(source, facts)
    all = rows.columns
    readerOptions = ParquetFileOptions(rows.options)
    losses = further.roleLosses
  }

  /// Refuses a sequence that a long table cannot hold.
  func check(_ record: SequenceRecord) throws {
    guard layout != .sequences else { return }
    if record.key.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
      throw Self.refusal("key \(record.key.quotedForMessage) is blank, which a long table cannot hold for an id")
    }
    for (place, column) in further.enumerated() where column.extent == .labels {
      guard case .categories(let texts) = record.cells[place], texts.contains(where: \.isEmpty) else { continue }
      throw Self.refusal(
        "sequence \(record.key.quotedForMessage) has an unknown label in column \(column.name.quotedForMessage), which a "
          + "long table cannot hold")
    }
  }

  private static func refusal(_ problem: String) -> ExportError {
    ExportError(.mismatch, "\(problem); use a row per sequence, jsonl or tfrecord")
  }

  private static func checkTable(_ source: some ExportedSequences, _ facts: ExportFacts) throws {
    if let key = facts.emptyGroup {
      throw refusal(
        "the group of sequence \(key.quotedForMessage) is the empty text, which a long table cannot tell from no group")
    }
    if source.signature.target.isClass, source.signature.target.names.contains("") {
      throw refusal("a class has the empty text for its name, which a long table cannot hold")
    }
    if let vocabulary = source.signature.input.tokens?.vocabulary, vocabulary.tokens.contains("") {
      throw refusal("a token is the empty text, which a long table cannot hold")
    }
    // A label that holds what the reader puts between them would come back as two.
    let labels = source.furtherColumns.filter { $0.extent == .labels }.flatMap { $0.vocabulary?.tokens ?? [] }
    if let label = labels.first(where: { $0.contains("\u{1F}") }) {
      throw refusal("the label \(label.quotedForMessage) holds a control character, which a long table cannot hold")
    }
  }

  /// The columns of a long table, in the order of CSV's.
  private static func columns(
    _ signature: SequenceSignature, _ names: CSVColumns
  ) -> [(column: ParquetOutputColumn, content: Content)] {
    var all: [(ParquetOutputColumn, Content)] = []
    func add(_ name: String?, _ type: ParquetOutputType, _ content: Content) {
      if let name { all.append((ParquetOutputColumn(name, type), content)) }
    }
    func addTargets() {
      for (place, name) in names.targets.enumerated() {
        add(name, signature.target.isClass ? .string : .float, signature.target.isClass ? .label : .value(place))
      }
    }
    add(names.id, .string, .key)
    add(names.time, .int64, .place)
    add(names.valid, .boolean, .valid)
    for (place, name) in names.features.enumerated() {
      add(
        name, signature.input.isTokens ? signature.hasVocabulary ? .string : .int32 : .float,
        signature.input.isTokens ? .tokens : .feature(place))
    }
    if signature.target.isPerTimestep { addTargets() }
    for (place, column) in names.further.enumerated() {
      all.append(
        (
          ParquetOutputColumn(column.name, column.parquetType, listDepth: column.extent == .labels ? 1 : 0),
          .cells(place, column.extent)
        ))
    }
    if !signature.target.isPerTimestep { addTargets() }
    add(names.weight, .float, .weight)
    add(names.split, .string, .split)
    add(names.group, .string, .group)
    add(names.metadata, .string, .metadata)
    return all
  }
}

/// The columns of a row per sequence.
private struct RowPerSequence {
  private(set) var columns: [(column: ParquetOutputColumn, content: ParquetExportColumns.Content)] = []
  private(set) var options = TableOptions(target: [])
  private var taken: Set<ExactName>

  /// - Throws: ``ExportError`` for a column that has the name of the input.
  init(_ source: some ExportedSequences, _ facts: ExportFacts) throws {
    let (signature, further) = (source.signature, source.furtherColumns)
    let features = signature.input.isTokens ? [] : signature.input.names
    taken = (features + further.map(\.name)).exactNames
    let input = signature.input.isTokens ? signature.hasVocabulary ? "text" : "tokens" : nil
    // A reader of objects takes these for the input, whatever else there is.
    let reserved = input.map { [$0] } ?? (features.isEmpty ? ["features", "tokens", "text"] : [])
    if let name = further.map(\.name).first(where: reserved.containsExactly) {
      throw ExportError(
        .mismatch,
        "column \(name.quotedForMessage) has a name that a row per sequence has for its input; use a row per timestep, csv, "
          + "npz or tfrecord")
    }
    if let input { taken.insert(ExactName(input)) }
    // The target keeps its name where it can, and what is ours gives way.
    let target = Self.targetName(source).map { free($0) }
    options.roles.id = add("id", .string, .key)
    // Where another column has the name that is looked for, one of our own has to stand beside it.
    func isWanted(_ name: String, _ hasOne: Bool) -> Bool { hasOne || taken.contains(ExactName(name)) }
    if isWanted("valid", facts.hasValidity) { options.roles.valid = add("valid", .boolean, .valid, listDepth: 1) }
    for (place, name) in features.enumerated() {
      columns.append((ParquetOutputColumn(name, .float, listDepth: 1), .feature(place)))
    }
    if let input {
      let type: ParquetOutputType = signature.hasVocabulary ? .string : .int32
      columns.append((ParquetOutputColumn(input, type, listDepth: 1), .tokens))
      options.tokens = signature.input.tokens?.vocabulary.map { .text($0.unit) } ?? .numbers
    }
    if let named = input.map({ [$0] }) ?? (features.isEmpty ? nil : features) { options.features = named }
    for (place, column) in further.enumerated() {
      let depth = column.extent == .sequence ? 0 : 1
      columns.append(
        (ParquetOutputColumn(column.name, column.parquetType, listDepth: depth), .cells(place, column.extent)))
    }
    if let target { addTarget(signature.target, called: target) }
    if isWanted("weight", facts.weighted > 0) { options.roles.weight = add("weight", .float, .weight) }
    options.roles.split = add("split", .string, .split)
    if isWanted("group", facts.hasGroups) { options.roles.group = add("group", .string, .group) }
    if facts.hasMetadata { options.metadataObject = add("metadata", .string, .metadata) }
    takeKinds(further)
  }

  /// A name that no column has, this one or one like it.
  private mutating func free(_ name: String) -> String {
    var name = name
    while !taken.insert(ExactName(name)).inserted { name += "_" }
    return name
  }

  /// Adds a column of our own.
  /// - Returns: what it is called.
  private mutating func add(
    _ name: String, _ type: ParquetOutputType, _ content: ParquetExportColumns.Content, listDepth: Int = 0
  ) -> String {
    let name = free(name)
    columns.append((ParquetOutputColumn(name, type, listDepth: listDepth), content))
    return name
  }

  /// What the column of the target would be called: one column, as the target of an object is one field.
  private static func targetName(_ source: some ExportedSequences) -> String? {
    let target = source.signature.target
    if target == .none { return nil }
    return target.isClass ? source.classColumn : target.names.count == 1 ? target.names[0] : "target"
  }

  private mutating func addTarget(_ target: TargetSignature, called name: String) {
    let depth = target.isPerTimestep ? 1 : 0
    let (type, content, lists): (ParquetOutputType, ParquetExportColumns.Content, Int) =
      if target.isClass {
        (.string, .label, depth)
      } else if target.names.count == 1 {
        (.float, .value(0), depth)
      } else {
        (.float, .values, depth + 1)
      }
    columns.append((ParquetOutputColumn(name, type, listDepth: lists), content))
    options.roles.target = [name]
    options.roles.targetKind = TargetKind(target)
    if !target.isClass { options.roles.targetValueNames = target.names }
  }

  private mutating func takeKinds(_ further: [Column]) {
    func names(_ kind: Column.Kind) -> [String] {
      further.filter { $0.kind == kind && $0.extent != .labels }.map(\.name)
    }
    (options.numbers, options.categories) = (names(.number), names(.category))
    (options.time, options.times) = (names(.time).first, Array(names(.time).dropFirst()))
    options.labels = further.filter { $0.extent == .labels }.map(\.name)
    let choosable = further.filter { $0.extent != .labels }
    let inputs = choosable.filter { $0.role == .input }.map(\.name)
    // Without the input's name all others are inputs, and with it none.
    let isUsual = options.features == nil ? inputs.count == choosable.count : inputs.isEmpty
    options.inputs = isUsual ? nil : inputs
  }
}

extension Column {
  /// What the cells of the column are in a file.
  fileprivate var parquetType: ParquetOutputType {
    switch kind {
    case .number: .float
    case .category: .string
    case .time: .timestamp(.microseconds, utc: true)
    }
  }
}
