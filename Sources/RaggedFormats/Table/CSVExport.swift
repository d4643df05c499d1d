import RaggedCore

/// Writes long CSV (RFC 4180): a header, then a row per timestep with the key of its sequence and the number of the timestep
/// from 0. What belongs to a sequence stands in each of its rows. A sequence without timesteps is one row whose cells of a
/// timestep are empty. So is a missing cell. The labels of a sequence stand in one cell, with a separator between them that is
/// part of none.
///
/// Times are ISO 8601 in UTC. Numbers are the shortest decimals that read as the same float32.
struct CSVExport: ExportWriter {
  private let signature: SequenceSignature
  private let columns: CSVColumns
  private let sink: ExportSink
  /// The cells of tokens and of classes, by code.
  private let tokens: [String]
  private let classes: [String]
  /// The cells of further categories, by column and code.
  private let names: [[String]]
  private var row = ""
  let losses: [String]

  /// Writes the header.
  /// - Throws: ``ExportError`` for data that CSV cannot hold.
  init(_ source: some ExportedSequences, _ facts: ExportFacts, _ sink: ExportSink) throws {
    let signature = source.signature
    try facts.checkGroups(.csv)
    if signature.target.isClass, signature.target.names.contains("") {
      throw ExportError(.mismatch, "a class has the empty text for its name, which csv cannot hold; use jsonl or npz")
    }
    if let vocabulary = signature.input.tokens?.vocabulary, vocabulary.tokens.contains("") {
      throw ExportError(.mismatch, "a token is the empty text, which csv cannot hold; use jsonl or tfrecord")
    }
    for column in source.furtherColumns {
      let name = column.vocabulary?.tokens.first { $0.withByteSlice(\.isMissingWord) ?? true }
      guard let name else { continue }
      throw ExportError(
        .mismatch,
        "column \(column.name.quotedForMessage) holds the text \(name.quotedForMessage), which csv has for a missing cell; "
          + "use jsonl or npz")
    }
    self.signature = signature
    self.sink = sink
    columns = try CSVColumns(source, facts)
    losses = columns.losses
    let names = RecordNames(signature, source.furtherColumns)
    self.names = names.columns.map { $0.map(\.csvCell) }
    // The unknown token is an empty cell.
    tokens = names.tokens.map { [""] + $0.dropFirst().map(\.csvCell) } ?? []
    classes = names.classes.map(\.csvCell)
    try sink.write(columns.all.map(\.csvCell).joined(separator: ",") + "\n")
  }

  var readerOptions: any FormatOptions { columns.readerOptions }

  mutating func write(_ record: SequenceRecord) throws {
    let (key, length) = (record.key, record.length)
    if key.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
      throw ExportError(
        .mismatch, "key \(key.quotedForMessage) is blank, which csv cannot hold for an id; use jsonl, npz or tfrecord")
    }
    let (start, end) = ends(record)
    let statics = try columns.further.indices.map { place -> String? in
      switch columns.further[place].extent {
      case .timestep: nil
      case .sequence: cell(record.cells[place], 0, place)
      case .labels: try labels(record.cells[place], place, of: key)
      }
    }
    if length == 0 {
      let stepColumns = 1 + (columns.valid == nil ? 0 : 1) + columns.features.count
      let targets = signature.target.isPerTimestep ? columns.targets.count : 0
      let further = statics.map { "," + ($0 ?? "") }.joined()
      return try sink.write(start + String(repeating: ",", count: stepColumns + targets) + further + end)
    }
    for t in 0..<length {
      row.removeAll(keepingCapacity: true)
      row += start
      row += ","
      row += String(t)
      if columns.valid != nil { row += record.validity?[t] == false ? ",0" : ",1" }
      appendInput(record.input, t)
      appendTarget(record.target, t)
      for (place, known) in statics.enumerated() { row += "," + (known ?? cell(record.cells[place], t, place)) }
      row += end
      try sink.write(row)
    }
  }

  /// What stands before and behind the cells of a timestep in every row.
  private func ends(_ record: SequenceRecord) -> (start: String, end: String) {
    var end = ""
    switch record.target {
    case .classPerSequence(let label): end += "," + classes[Int(label.codes[0])]
    case .values(let values): for value in values { end += "," + value.csvCell }
    case .none, .classPerTimestep, .stepValues: break
    }
    if columns.weight != nil { end += "," + (record.weight?.description ?? "") }
    end += "," + (record.split ?? "").csvCell
    if columns.group != nil { end += "," + (record.group ?? "").csvCell }
    if columns.metadata != nil { end += "," + (record.metadata ?? "").csvCell }
    return (record.key.csvCell, end + "\n")
  }

  private func cell(_ cells: RecordCells, _ row: Int, _ place: Int) -> String {
    switch cells {
    case .numbers(let numbers): numbers[row].csvCell
    case .categories(let texts): names[place][Int(texts.codes[row])]
    case .times(let times): times[row] == ColumnPlanes.missingTime ? "" : times[row].timeText
    }
  }

  /// The labels of a sequence as one cell.
  private func labels(_ cells: RecordCells, _ place: Int, of key: String) throws -> String {
    guard case .categories(let texts) = cells else { return "" }
    guard !texts.contains(where: \.isEmpty) else {
      throw ExportError(
        .mismatch,
        "sequence \(key.quotedForMessage) has an unknown label in column \(columns.further[place].name.quotedForMessage), "
          + "which csv cannot hold; use jsonl, npz or tfrecord")
    }
    return texts.joined(separator: columns.labelSeparator).csvCell
  }

  private mutating func appendInput(_ input: RecordInput, _ t: Int) {
    switch input {
    case .values(let values, let width):
      for value in values[t * width..<(t + 1) * width] {
        row += ","
        row += value.csvCell
      }
    case .tokens(let numbers): row += "," + String(numbers[t])
    case .texts(let texts):
      row += ","
      row += tokens[Int(texts.codes[t])]
    }
  }

  private mutating func appendTarget(_ target: RecordTarget, _ t: Int) {
    switch target {
    case .none, .classPerSequence, .values: break
    case .classPerTimestep(let labels):
      row += ","
      row += classes[Int(labels.codes[t])]
    case .stepValues(let values, let width):
      for value in values[t * width..<(t + 1) * width] { row += "," + value.csvCell }
    }
  }
}

/// The columns of a table that is written. Features keep their names, the others get names that are free.
struct CSVColumns {
  var id = "id"
  var time = "t"
  var valid: String?
  var features: [String]
  var targets: [String] = []
  var weight: String?
  var split = "split"
  var group: String?
  var metadata: String?
  let further: [Column]
  /// What stands between two labels.
  let labelSeparator: String
  private var classColumn: String?
  private let signature: SequenceSignature

  /// Separators of labels, of which the first is taken that no label holds.
  private static let separators = [TableOptions.defaultLabelSeparator, ";", "/", "~", "^", "||"]

  /// - Parameter hasLists: whether labels are a list of their own, which needs no separator.
  /// - Throws: ``ExportError`` where labels hold all separators.
  init(_ source: some ExportedSequences, _ facts: ExportFacts, hasLists: Bool = false) throws {
    signature = source.signature
    further = source.furtherColumns
    let labels = hasLists ? [] : further.filter { $0.extent == .labels }.flatMap { $0.vocabulary?.tokens ?? [] }
    guard let separator = Self.separators.first(where: { text in !labels.contains { $0.contains(text) } }) else {
      throw ExportError(
        .mismatch,
        "the labels hold all of \(Self.separators.listedForMessage), of which csv needs one between them; use jsonl, npz or "
          + "tfrecord")
    }
    labelSeparator = separator
    features = signature.input.isTokens ? [] : signature.input.names
    var taken = (features + further.map(\.name)).exactNames
    func free(_ name: String) -> String {
      var name = name
      while !taken.insert(ExactName(name)).inserted { name += "_" }
      return name
    }
    if signature.input.isTokens { features = [free("token")] }
    switch signature.target {
    case .none, .labels, .several: break
    case .classPerSequence, .classPerTimestep:
      classColumn = source.classColumn
      targets = [free(source.classColumn)]
    case .valuesPerSequence(let names), .valuesPerTimestep(let names): targets = names.map(free)
    }
    id = free("id")
    time = free("t")
    if facts.hasValidity { valid = free("valid") }
    if facts.weighted > 0 { weight = free("weight") }
    split = free("split")
    if facts.hasGroups { group = free("group") }
    if facts.hasMetadata { metadata = free("metadata") }
  }

  /// All of them in order: those of a timestep, then those of the sequence.
  var all: [String] {
    let stepTargets = signature.target.isPerTimestep ? targets : []
    let sequenceTargets = signature.target.isPerTimestep ? [] : targets
    return [id, time] + [valid].compactMap { $0 } + features + stepTargets + further.map(\.name) + sequenceTargets
      + [weight].compactMap { $0 } + [split] + [group, metadata].compactMap { $0 }
  }

  var readerOptions: TableOptions {
    var tokens: TokenForm?
    if let column = signature.input.tokens { tokens = column.vocabulary.map { .text($0.unit) } ?? .numbers }
    let hasOtherNames = !signature.target.isClass && targets != signature.target.names
    func names(_ kind: Column.Kind) -> [String] {
      further.filter { $0.kind == kind && $0.extent != .labels }.map(\.name)
    }
    let hasSeparator = labelSeparator != TableOptions.defaultLabelSeparator
    let inputs = further.filter { $0.role == .input }.map(\.name)
    return TableOptions(
      id: id, features: isOpen || features.isEmpty ? nil : features, target: targets,
      targetKind: TargetKind(signature.target),
      targetValueNames: hasOtherNames ? signature.target.names : nil, weight: weight, time: time, valid: valid,
      split: split, group: group, metadataObject: metadata, tokens: tokens, times: names(.time),
      numbers: (isOpen ? features : []) + names(.number), categories: names(.category),
      labels: further.filter { $0.extent == .labels }.map(\.name), labelSeparator: hasSeparator ? labelSeparator : nil,
      statics: further.filter { $0.extent == .sequence }.map(\.name),
      inputs: isOpen || inputs.isEmpty && !features.isEmpty ? nil : inputs, skipped: [time])
  }

  /// Whether no features are named, so that all further columns are inputs; numbers of timesteps would be features then.
  private var isOpen: Bool {
    let choosable = further.filter { $0.extent != .labels }
    return !signature.input.isTokens && !choosable.isEmpty && choosable.allSatisfy { $0.role == .input }
      && !choosable.contains { $0.kind == .number && $0.extent == .timestep }
  }

  /// What the table does not hold, in words.
  var losses: [String] {
    guard let classColumn, let name = targets.first, !name.isExactly(classColumn) else { return further.roleLosses }
    return further.roleLosses + ["that the column of classes is called \(classColumn.quotedForMessage)"]
  }
}

extension Float {
  /// As a cell of CSV: empty where it is missing.
  fileprivate var csvCell: String { isNaN ? "" : description }
}

extension String {
  /// As a cell of CSV: in quotes where it holds a comma, a quote or a line ending, or has blanks at its ends.
  package var csvCell: String {
    guard utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) || hasBlankEnd else {
      return self
    }
    return "\"" + replacing("\"", with: "\"\"") + "\""
  }

  private var hasBlankEnd: Bool { [utf8.first, utf8.last].contains { [0x20, 0x09].contains($0 ?? 0) } }
}
