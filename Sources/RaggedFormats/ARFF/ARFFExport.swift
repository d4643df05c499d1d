import RaggedCore

/// Writes `.arff` as the UEA and UCR archive has it, for Weka, scipy, sktime and aeon: one feature flat, several in a
/// relational attribute. Series are padded with `?` to the longest; a missing value is `?`, and so is every value of an
/// invalid timestep.
///
/// The format holds features alone, and a class or values per sequence.
struct ARFFExport: ExportWriter {
  private let signature: SequenceSignature
  private let sink: ExportSink
  private let width: Int
  private let classes: [String]
  private let targets: [String]
  private let ownLosses: [String]
  private var shortened = 0

  /// Writes the header.
  /// - Throws: ``ExportError`` for data that the format cannot hold.
  init(_ source: some ExportedSequences, _ facts: ExportFacts, _ sink: ExportSink) throws {
    signature = source.signature
    self.sink = sink
    func refuse(_ what: String) -> ExportError {
      ExportError(.mismatch, "arff cannot hold \(what); use jsonl, csv, npz or tfrecord")
    }
    if signature.input.isTokens { throw refuse("tokens, only features") }
    if signature.input.featureCount == 0 { throw refuse("sequences without features") }
    switch signature.target {
    case .classPerTimestep, .valuesPerTimestep: throw refuse("a target per timestep, only one per sequence")
    case .classPerSequence(let names):
      if names.contains("") { throw refuse("a class whose name is the empty text") }
      if names.isEmpty { throw refuse("a target of no class at all") }
      (targets, classes) = ([source.classColumn], names)
    case .valuesPerSequence(let names): (targets, classes) = (names, [])
    case .none, .labels, .several: (targets, classes) = ([], [])
    }
    if let name = targets.first(where: { $0.isEmpty }) { throw refuse("a target called \(name.quotedForMessage)") }
    width = max(1, Int(source.lengths.max() ?? 0))
    var losses = ["keys (they become file and position)"]
    if facts.onlySplit == nil, source.lengths.count > 0 { losses.append("splits") }
    if facts.weighted > 0 { losses.append("weights") }
    if facts.hasGroups { losses.append("groups") }
    if facts.hasMetadata { losses.append("metadata") }
    if facts.hasValidity { losses.append("which timesteps are invalid (their cells are missing)") }
    if let further = source.furtherColumns.loss { losses.append(further) }
    ownLosses = losses
    try writeHeader(source)
  }

  private func writeHeader(_ source: some ExportedSequences) throws {
    try sink.write("@relation \(ARFFText.escaped(source.datasetName))\n\n")
    let isRelational = signature.input.featureCount > 1
    // Names that a target has not.
    var (step, relation) = ("att", "series")
    while targets.contains(where: { $0.hasPrefix(step) }) { step += "_" }
    while targets.contains(where: { $0.isExactly(relation) }) { relation += "_" }
    if isRelational { try sink.write("@attribute \(relation) relational\n") }
    for t in 1...width { try sink.write("@attribute \(step)\(t) numeric\n") }
    if isRelational { try sink.write("@end \(relation)\n") }
    if signature.target.isClass {
      let names = classes.map(ARFFText.escaped).joined(separator: ",")
      try sink.write("@attribute \(ARFFText.escaped(targets[0])) {\(names)}\n")
    } else {
      for target in targets { try sink.write("@attribute \(ARFFText.escaped(target)) numeric\n") }
    }
    try sink.write("\n@data\n")
  }

  var losses: [String] {
    guard shortened > 0 else { return ownLosses }
    return ownLosses + [
      "the last timesteps of \(shortened.counted("sequence")), of which all is missing (they become padding)"
    ]
  }

  var readerOptions: any FormatOptions {
    ARFFOptions(target: targets.isEmpty ? [] : targets, featureNames: signature.input.names)
  }

  mutating func write(_ record: SequenceRecord) throws {
    guard case .values(let values, let dimensions) = record.input else { return }
    let length = record.length
    func isKnown(_ t: Int, _ dimension: Int) -> Bool {
      record.validity?[t] != false && !values[t * dimensions + dimension].isNaN
    }
    if length > 0, !(0..<dimensions).contains(where: { isKnown(length - 1, $0) }) { shortened += 1 }
    if dimensions > 1 { try sink.write("'") }
    for dimension in 0..<dimensions {
      if dimension > 0 { try sink.write("\\n") }
      for t in 0..<width {
        if t > 0 { try sink.write(",") }
        try sink.write(t < length && isKnown(t, dimension) ? values[t * dimensions + dimension].description : "?")
      }
    }
    if dimensions > 1 { try sink.write("'") }
    switch record.target {
    case .classPerSequence(let label): try sink.write("," + (label[0].isEmpty ? "?" : ARFFText.escaped(label[0])))
    case .values(let values):
      for value in values { try sink.write("," + (value.isNaN ? "?" : value.description)) }
    case .none, .classPerTimestep, .stepValues: break
    }
    try sink.write("\n")
  }
}
