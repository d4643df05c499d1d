import RaggedCore

/// Writes JSON Lines: an object per sequence. Fields that say nothing of a sequence are left out. The unknown token of a
/// vocabulary is `null`.
///
/// Numbers are the shortest decimals that read as the same float32.
struct JSONLinesExport: ExportWriter {
  private let signature: SequenceSignature
  private let sink: ExportSink
  private let classes: [String]
  private let tokens: [String]
  private let further: [Column]
  /// The field of the target.
  private let target: String
  private let names: [[String]]
  let losses: [String]
  private let classColumn: String

  /// The names of its own fields, beside that of the target.
  private static let fields = ["id", "split", "weight", "group", "metadata", "valid", "features", "tokens", "text"]

  /// - Throws: ``ExportError`` for a further column that has the name of another field.
  init(_ source: some ExportedSequences, _ sink: ExportSink) throws {
    signature = source.signature
    further = source.furtherColumns
    let own = source.classColumn
    let isFree = !Self.fields.contains(own) && !further.contains { $0.name.isExactly(own) }
    classColumn = own
    target = signature.target.isClass && own != SequenceSignature.classColumn && isFree ? own : "target"
    let hasOtherName = signature.target.isClass && own != SequenceSignature.classColumn && own != target
    losses =
      further.roleLosses + (hasOtherName ? ["that the column of classes is called \(own.quotedForMessage)"] : [])
    self.sink = sink
    let names = RecordNames(signature, further)
    self.names = names.columns.map { ["null"] + $0.dropFirst().map(\.jsonQuoted) }
    tokens = names.tokens.map { ["null"] + $0.dropFirst().map(\.jsonQuoted) } ?? []
    classes = names.classes.dropLast().map(\.jsonQuoted) + ["null"]
    let taken = Self.fields + [target]
    guard let name = further.map(\.name).first(where: taken.containsExactly) else { return }
    throw ExportError(
      .mismatch, "column \(name.quotedForMessage) has the name of another field of jsonl; use csv, npz or tfrecord")
  }

  private var field: String { signature.hasVocabulary ? "text" : signature.input.isTokens ? "tokens" : "features" }

  var readerOptions: any FormatOptions {
    // Without the input's name all others are inputs, and with it none.
    let choosable = further.filter { $0.extent != .labels }
    let inputs = choosable.filter { $0.role == .input }.map(\.name)
    let areAll = inputs.count == choosable.count
    let isByConvention = target == "target" && classColumn == SequenceSignature.classColumn
    var options = JSONLinesOptions(
      id: "id", input: hasInput && !(areAll && !choosable.isEmpty) ? field : nil,
      target: signature.target == .none ? [] : signature.target.isClass && isByConvention ? nil : [target],
      targetKind: TargetKind(signature.target), times: names(.time), numbers: names(.number),
      categories: names(.category), labels: further.filter { $0.extent == .labels }.map(\.name),
      inputs: areAll || inputs.isEmpty && hasInput ? nil : inputs)
    if !signature.input.isTokens, hasInput { options.featureNames = signature.input.names }
    if let vocabulary = signature.input.tokens?.vocabulary { options.unit = vocabulary.unit }
    if !signature.target.isClass, signature.target != .none { options.roles.targetValueNames = signature.target.names }
    return options
  }

  private func names(_ kind: Column.Kind) -> [String] {
    further.filter { $0.kind == kind && $0.extent != .labels }.map(\.name)
  }

  private var hasInput: Bool { signature.input.isTokens || signature.input.featureCount > 0 }

  func write(_ record: SequenceRecord) throws {
    try sink.write("{\"id\":\(record.key.jsonQuoted)")
    if let split = record.split { try sink.write(",\"split\":\(split.jsonQuoted)") }
    if let weight = record.weight { try sink.write(",\"weight\":\(weight)") }
    if let group = record.group { try sink.write(",\"group\":\(group.jsonQuoted)") }
    if let metadata = record.metadata { try sink.write(",\"metadata\":\(metadata.onOneLine)") }
    try writeTarget(record.target)
    if let validity = record.validity { try write("valid", validity) { $0 ? "true" : "false" } }
    for (place, column) in further.enumerated() {
      try sink.write(",\(column.name.jsonQuoted):")
      try write(record.cells[place], names[place], isList: column.extent != .sequence || column.kind == .time)
    }
    switch record.input {
    case .values(_, 0): break
    case .values(let values, let width): try write(field, values, width: width)
    case .tokens(let numbers): try write(field, numbers) { String($0) }
    case .texts(let texts): try write(field, texts.codes) { tokens[Int($0)] }
    }
    try sink.write("}\n")
  }

  private func writeTarget(_ cells: RecordTarget) throws {
    switch cells {
    case .none: break
    case .classPerSequence(let label): try sink.write(",\(target.jsonQuoted):\(classes[Int(label.codes[0])])")
    case .classPerTimestep(let labels): try write(target, labels.codes) { classes[Int($0)] }
    case .values(let values): try write("target", values) { $0.isNaN ? "null" : $0.description }
    case .stepValues(let values, let width): try write("target", values, width: width)
    }
  }

  private func write(_ cells: RecordCells, _ names: [String], isList: Bool) throws {
    let texts: [String] =
      switch cells {
      case .numbers(let numbers): numbers.map { $0.isNaN ? "null" : $0.description }
      case .categories(let categories): categories.codes.map { names[Int($0)] }
      case .times(let times): times.map { $0 == ColumnPlanes.missingTime ? "null" : "\"\($0.timeText)\"" }
      }
    try sink.write(isList ? "[\(texts.joined(separator: ","))]" : texts[0])
  }

  private func write<Element>(_ field: String, _ elements: [Element], _ text: (Element) -> String) throws {
    try sink.write(",\(field.jsonQuoted):[")
    for (index, element) in elements.enumerated() {
      if index > 0 { try sink.write(",") }
      try sink.write(text(element))
    }
    try sink.write("]")
  }

  /// An array of timesteps, each an array of `width` numbers.
  private func write(_ field: String, _ values: [Float], width: Int) throws {
    try sink.write(",\"\(field)\":[")
    for (index, value) in values.enumerated() {
      let place = index % width
      try sink.write(place > 0 ? "," : index > 0 ? "],[" : "[")
      try sink.write(value.isNaN ? "null" : value.description)
    }
    try sink.write(values.isEmpty ? "]" : "]]")
  }
}

extension String {
  /// JSON without line endings: where JSON has them outside of strings, they are white space.
  fileprivate var onOneLine: String {
    guard utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return self }
    return String(decoding: utf8.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self)
  }
}
