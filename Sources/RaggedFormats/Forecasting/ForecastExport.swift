import RaggedCore

/// Writes `.tsf`, the Monash forecasting archive's format: a line a series with its key, the columns per sequence and
/// its values. A missing value is `?`, and so is the value of an invalid timestep.
///
/// The format holds one feature and no target; what is to be forecast is chosen when one trains.
struct ForecastExport: ExportWriter {
  private let sink: ExportSink
  private let feature: String
  private let key: String
  private let columns: [(place: Int, column: Column)]
  let losses: [String]

  /// Writes the header.
  /// - Throws: ``ExportError`` for data that the format cannot hold.
  init(_ source: some ExportedSequences, _ facts: ExportFacts, _ sink: ExportSink) throws {
    let signature = source.signature
    self.sink = sink
    guard !signature.input.isTokens, signature.input.names.count == 1 else {
      throw Self.refusal(
        signature.input.isTokens ? "tokens, only one feature" : "\(signature.input.names.count) features, only one")
    }
    guard signature.target == .none else {
      throw Self.refusal("a target; what is to be forecast is chosen in training")
    }
    feature = signature.input.names[0]
    let all = source.furtherColumns
    let kept = all.indices.filter { Self.canHold(all[$0]) }
    columns = kept.map { ($0, all[$0]) }
    var key = ForecastReader.keyName
    while columns.contains(where: { $0.column.name.lowercased() == key }) { key += "_" }
    self.key = key
    var losses: [String] = []
    if facts.onlySplit == nil, source.lengths.count > 0 { losses.append("splits") }
    if facts.weighted > 0 { losses.append("weights") }
    if facts.hasGroups { losses.append("groups") }
    if facts.hasValidity { losses.append("which timesteps are invalid (their values are missing)") }
    if let loss = all.indices.filter({ !kept.contains($0) }).map({ all[$0] }).loss { losses.append(loss) }
    losses += kept.map { all[$0] }.roleLosses
    let said = try SaidOfAll(source)
    if let loss = said.loss { losses.append(loss) }
    self.losses = losses
    let name = source.datasetName.split(whereSeparator: \.isWhitespace).joined(separator: "_")
    var header = ["@relation \(name.isEmpty ? "dataset" : name)", "@attribute \(key) string"]
    for (_, column) in columns {
      let type =
        switch column.kind {
        case .number: "numeric"
        case .category: "string"
        case .time: "date"
        }
      header.append("@attribute \(column.name) \(type)")
    }
    if let frequency = said.frequency { header.append("@frequency \(frequency)") }
    if let horizon = said.horizon { header.append("@horizon \(horizon)") }
    let misses = try facts.hasValidity || source.hasMissingFeatures()
    let isEqual = source.lengths.allSatisfy { $0 == source.lengths.first }
    header += ["@missing \(misses)", "@equallength \(isEqual)", "@data"]
    try sink.write(header.joined(separator: "\n") + "\n")
  }

  private static func refusal(_ what: String) -> ExportError {
    ExportError(.mismatch, "tsf cannot hold \(what); use jsonl, csv, npz or tfrecord")
  }

  /// Whether a column is one of the sequence whose name and texts can stand in a line.
  private static func canHold(_ column: Column) -> Bool {
    guard column.extent == .sequence, !column.name.isEmpty, !column.name.contains(where: \.isWhitespace) else {
      return false
    }
    return (column.vocabulary?.tokens ?? []).allSatisfy { $0.isOneLine && !$0.contains(":") }
  }

  var readerOptions: any FormatOptions {
    let inputs = columns.filter { $0.column.role == .input }.map(\.column.name)
    let isUsual = columns.allSatisfy { ($0.column.role == .input) == ($0.column.kind != .time) }
    return ForecastOptions(
      id: key == ForecastReader.keyName ? nil : key,
      featureNames: feature == ForecastReader.valueName ? nil : [feature],
      inputs: isUsual ? nil : inputs)
  }

  func write(_ record: SequenceRecord) throws {
    guard case .values(let values, _) = record.input else { return }
    let name = record.key.quotedForMessage
    guard !values.isEmpty else {
      throw ExportError(
        .mismatch,
        "tsf cannot hold sequence \(name), which has no timesteps; leave such sequences out with a condition, length > 0"
      )
    }
    guard record.key.isOneLine, !record.key.contains(":"), !record.key.isBlankAtAnEnd, !record.key.isEmpty,
      record.key.utf8.first != 0x23, record.key.utf8.first != 0x40
    else { throw Self.refusal("the key \(name)") }
    try sink.write(record.key)
    for (place, column) in columns { try sink.write(":" + cell(record.cells[place], column, of: name)) }
    for (t, value) in values.enumerated() {
      try sink.write(t == 0 ? ":" : ",")
      try sink.write(record.validity?[t] == false || value.isNaN ? "?" : value.description)
    }
    try sink.write("\n")
  }

  private func cell(_ cells: RecordCells, _ column: Column, of name: String) throws -> String {
    switch cells {
    case .numbers(let numbers): return numbers[0].isNaN ? "?" : numbers[0].description
    case .categories(let texts): return texts[0]
    case .times(let times):
      guard let time = times.first, time != ColumnPlanes.missingTime else { return "?" }
      let text = time.timeText
      guard text.utf8.count == 20, text.utf8.last == 0x5A else {
        throw Self.refusal(
          "the time \(text) of sequence \(name) in column \(column.name.quotedForMessage), only whole seconds and years "
            + "of four digits")
      }
      return String(text.dropLast()).replacing("T", with: " ").replacing(":", with: "-")
    }
  }
}

/// Frequency and horizon where the metadata of all sequences are these, as the reader makes them of a header.
private struct SaidOfAll {
  private(set) var frequency: String?
  private(set) var horizon: Int?
  /// What is not kept of the metadata, in words.
  private(set) var loss: String?

  init(_ source: some ExportedSequences) throws {
    var (first, isFirst, differ, hasAny) = (String?.none, true, false, false)
    try source.forEachHead { head in
      if isFirst { first = head.metadata } else if head.metadata != first { differ = true }
      if head.metadata != nil { hasAny = true }
      isFirst = false
    }
    guard hasAny else { return }
    guard !differ, let first else {
      loss = "metadata"
      return
    }
    first.withByteSlice { bytes in
      var scanner = JSONScanner(bytes: bytes, file: "", line: 0)
      try? scanner.eachField { scanner, name in
        let name = scanner.string(name)
        guard name == "frequency" || name == "horizon" else {
          _ = try scanner.skipValue()
          return
        }
        let text = try scanner.scalarText("text or a number")
        if name == "frequency", !text.isEmpty, !text.contains(where: \.isWhitespace) { frequency = text }
        if name == "horizon" { horizon = Int(text).flatMap { $0 > 0 ? $0 : nil } }
      }
    }
    if ForecastHeader.metadata(frequency, horizon) != first {
      loss = frequency == nil && horizon == nil ? "metadata" : "metadata beside frequency and horizon"
    }
  }
}
