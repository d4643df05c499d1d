import Foundation
import Ragged

/// Reads bytes as an input file, with several options.
struct FuzzedReader {
  let formats: [FileFormat]
  /// Lines are cut here, since a few bytes of gzip may hold a gigabyte.
  private static let longestLine = 1 << 20

  func run(_ bytes: [UInt8]) throws {
    let scratch = try Scratch()
    let path = try scratch.file("input", bytes)
    // Compressed bytes come to more.
    let mayGrow = bytes.first == 0x1F || formats == [.npz] || formats == [.parquet]
    for format in formats {
      for var options in FuzzedReader.variants(format) {
        options.maximumLineBytes = FuzzedReader.longestLine
        try tolerating { try read(path, format, options, byteCount: mayGrow ? nil : bytes.count) }
      }
    }
  }

  private static func variants(_ format: FileFormat) -> [any FormatOptions] {
    switch format {
    case .text: [TextOptions(), TextOptions(idColumn: 1, textColumn: 2, classColumn: 3, keepsEmptyLines: true)]
    case .ts: [TimeSeriesOptions(), TimeSeriesOptions(classes: ["u"])]
    case .tsv: [TableOptions(missing: ["?"], hasHeader: false)]
    case .csv:
      [
        TableOptions(),
        TableOptions(targetKind: .valuesPerTimestep, metadata: ["note"], missing: ["", "?"], delimiter: ";"),
        TableOptions(targetKind: .classPerTimestep, time: "", valid: "valid", classes: ["u", "walk"]),
        TableOptions(features: ["x"], target: [], tokens: .text(.words)), TableOptions(tokens: .numbers),
        TableOptions(labels: ["note"], labelSeparator: " "),
      ]
    case .jsonl:
      [
        JSONLinesOptions(), JSONLinesOptions(target: []), JSONLinesOptions(targetKind: .valuesPerTimestep),
        JSONLinesOptions(labels: ["note"]),
      ]
    case .npz: [NPZOptions(), NPZOptions(targetKind: .valuesPerTimestep, missing: ["nan"], tokens: .text(.words))]
    case .npy: [NPYOptions(), NPYOptions(tokens: .numbers)]
    case .tfrecord: [TFRecordOptions(), TFRecordOptions(target: [], missing: ["nan"], unit: .words, labels: ["class"])]
    case .parquet:
      [
        ParquetFileOptions(), ParquetFileOptions(features: ["x", "y"], target: [], missing: []),
        ParquetFileOptions(id: "x"),
      ]
    default: [format.defaults]
    }
  }

  /// - Parameter byteCount: bytes that sequences are made of, nil where they may come to more than the file.
  private func read(_ path: String, _ format: FileFormat, _ options: any FormatOptions, byteCount: Int?) throws {
    var reader = try FileReader(path, format: format, options: options)
    let description = try reader.description()
    _ = try reader.roles()
    var count = 0
    while true {
      count += 1
      do {
        guard let record = try reader.next() else { break }
        try check(record, description)
      } catch let error as InputError {
        try law(!error.message.isEmpty, "an error says nothing")
        if error.isFatal { break }
      }
      if let byteCount { try law(count <= byteCount + 1, "\(count) sequences in \(byteCount) bytes") }
    }
  }

  private func check(_ record: SequenceRecord, _ description: InputDescription) throws {
    let length = record.length
    try law(!record.key.isEmpty, "a sequence has no key")
    if case .values(let values, let featureCount) = record.input {
      try law(values.count == length * featureCount, "\(values.count) values for \(length) × \(featureCount)")
      try law(!values.contains(where: \.isInfinite), "a value is infinite")
      if case .features(let names) = description.input {
        try law(names.count == featureCount, "\(featureCount) features, \(names.count) names")
      }
    }
    try law(record.cells.count == description.columns.count, "\(record.cells.count) columns")
    for (cells, column) in zip(record.cells, description.columns) {
      let count =
        switch cells {
        case .numbers(let numbers): numbers.count
        case .categories(let names): names.count
        case .times(let times): times.count
        }
      // How many labels there are is theirs alone.
      if column.extent == .labels { continue }
      try law(count == (column.extent == .timestep ? length : 1), "\(count) cells of \(column.name)")
    }
    if let validity = record.validity { try law(validity.count == length, "validity of another length") }
    switch record.target {
    case .classPerTimestep(let labels):
      try law(labels.count == length, "\(labels.count) labels for \(length) timesteps")
    case .stepValues(let values, let width): try law(values.count == length * width, "targets of another length")
    case .values(let values): try law(!values.contains(where: \.isInfinite), "a target is infinite")
    case .classPerSequence(let label): try law(label.count == 1, "\(label.count) classes for a sequence")
    case .none: break
    }
    if let metadata = record.metadata {
      let object = try? JSONSerialization.jsonObject(with: Data(metadata.utf8))
      try law(object is [String: Any], "metadata are no JSON object: \(metadata)")
    }
  }
}
