import RaggedCore

/// Writes `.ts`, the format of sktime, aeon and the UCR archive: a line a series, dimensions separated by `:`, values by
/// `,`, then the class or the value. A missing value is `?`, and so is every dimension of an invalid timestep.
///
/// The format holds features alone, and a class or one value per sequence.
struct TimeSeriesExport: ExportWriter {
  private let signature: SequenceSignature
  private let sink: ExportSink
  let losses: [String]

  /// Writes the header.
  /// - Throws: ``ExportError`` for data that the format cannot hold.
  init(_ source: some ExportedSequences, _ facts: ExportFacts, _ sink: ExportSink) throws {
    signature = source.signature
    self.sink = sink
    try TimeSeriesExport.check(signature)
    var losses = ["keys (they become file and position)"]
    if facts.onlySplit == nil, source.lengths.count > 0 { losses.append("splits") }
    if facts.weighted > 0 { losses.append("weights") }
    if facts.hasGroups { losses.append("groups") }
    if facts.hasMetadata { losses.append("metadata") }
    if facts.hasValidity { losses.append("which timesteps are invalid (their cells are missing)") }
    if let further = source.furtherColumns.loss { losses.append(further) }
    self.losses = losses
    let misses = try facts.hasValidity || source.hasMissingFeatures()
    try sink.write(TimeSeriesExport.header(source, misses: misses))
  }

  var readerOptions: any FormatOptions {
    var options = TimeSeriesOptions(featureNames: signature.input.names)
    if case .valuesPerSequence(let names) = signature.target { options.targetValueNames = names }
    return options
  }

  private static func check(_ signature: SequenceSignature) throws {
    func refuse(_ what: String) -> ExportError {
      ExportError(.mismatch, "ts cannot hold \(what); use jsonl, csv, npz or tfrecord")
    }
    if signature.input.isTokens { throw refuse("tokens, only features") }
    if signature.input.featureCount == 0 { throw refuse("sequences without features") }
    switch signature.target {
    case .none, .labels, .several: break
    case .classPerTimestep, .valuesPerTimestep: throw refuse("a target per timestep, only one per sequence")
    case .valuesPerSequence(let names) where names.count > 1:
      throw refuse("\(names.count) target values per sequence, only one")
    case .valuesPerSequence: break
    case .classPerSequence(let names):
      for name in names where name.isEmpty || name.contains(where: { $0.isWhitespace || $0 == ":" }) {
        throw refuse("the class \(name.quotedForMessage), only names without white space and colons")
      }
    }
  }

  private static func header(_ source: some ExportedSequences, misses: Bool) -> String {
    let dimensions = source.signature.input.featureCount
    let isEqual = source.lengths.allSatisfy { $0 == source.lengths.first }
    var lines = [
      "@problemName \(source.datasetName.split(whereSeparator: \.isWhitespace).joined(separator: "_"))",
      "@timeStamps false", "@missing \(misses)", "@univariate \(dimensions == 1)",
    ]
    if dimensions > 1 { lines.append("@dimensions \(dimensions)") }
    lines.append("@equalLength \(isEqual)")
    if isEqual, let length = source.lengths.first, length > 0 { lines.append("@seriesLength \(length)") }
    switch source.signature.target {
    case .classPerSequence(let names) where !names.isEmpty:
      lines.append("@classLabel true \(names.joined(separator: " "))")
    case .classPerSequence: lines.append("@classLabel true")
    case .valuesPerSequence: lines.append("@targetLabel true")
    default: lines.append("@classLabel false")
    }
    return lines.joined(separator: "\n") + "\n@data\n"
  }

  func write(_ record: SequenceRecord) throws {
    guard case .values(let values, let dimensions) = record.input else { return }
    let length = record.input.length
    // Other readers of the format find no number there and stop.
    guard length > 0 else {
      throw ExportError(
        .mismatch,
        "ts cannot hold sequence \(record.key.quotedForMessage), which has no timesteps; leave such sequences out "
          + "with a condition, length > 0")
    }
    for dimension in 0..<dimensions {
      if dimension > 0 { try sink.write(":") }
      for t in 0..<length {
        if t > 0 { try sink.write(",") }
        let value = values[t * dimensions + dimension]
        try sink.write(record.validity?[t] == false || value.isNaN ? "?" : value.description)
      }
    }
    if record.target.missingCount(nil) > 0 {
      throw ExportError(
        .mismatch,
        "ts cannot hold sequence \(record.key.quotedForMessage), which has no target; leave such sequences out with a "
          + "condition, or use jsonl, csv, npz or tfrecord")
    }
    switch record.target {
    case .classPerSequence(let label): try sink.write(":" + label[0])
    case .values(let values): try sink.write(":\(values[0])")
    case .none, .classPerTimestep, .stepValues: break
    }
    try sink.write("\n")
  }
}
