import Foundation
import GRDB
import Ragged

/// Reads bytes as an input file, with several options.
struct FuzzedReader {
  let formats: [FileFormat]
  /// Whether rows are to be something else than timesteps of a sequence with an id.
  var hasOtherLayouts = false
  /// Lines are cut here, since a few bytes of gzip may hold a gigabyte.
  private static let longestLine = 1 << 20

  func run(_ bytes: [UInt8]) throws {
    let scratch = try Scratch()
    let path = try scratch.file("input", bytes)
    // Compressed bytes come to more.
    let mayGrow = bytes.first == 0x1F || formats == [.npz] || formats == [.parquet] || formats == [.sqlite]
    for format in formats {
      for var options in hasOtherLayouts ? FuzzedReader.layouts(format) : FuzzedReader.variants(format) {
        options.maximumLineBytes = FuzzedReader.longestLine
        try tolerating { try read(path, format, options, byteCount: mayGrow ? nil : bytes.count) }
        try tolerating { try inspect(path, format, options) }
      }
    }
  }

  private static func variants(_ format: FileFormat) -> [any FormatOptions] {
    switch format {
    case .text:
      [
        TextOptions(), TextOptions(idColumn: 1, textColumn: 2, classColumn: 3, keepsEmptyLines: true),
        TextOptions(encoding: .utf16le), TextOptions(encoding: .utf16be), TextOptions(encoding: .windows1252),
      ]
    case .ts: [TimeSeriesOptions(), TimeSeriesOptions(classes: ["u"])]
    case .tsf: [ForecastOptions(), ForecastOptions(id: "state", featureNames: ["x"], inputs: [])]
    case .arff: [ARFFOptions(), ARFFOptions(target: []), ARFFOptions(id: "id", target: ["a", "b"])]
    case .conll:
      [
        ConllOptions(), ConllOptions(words: "2", target: ["1"], classes: ["O", "B-PER"], missing: ["_"]),
        ConllOptions(target: [], delimiter: "\t"),
      ]
    case .conllu:
      [ConlluOptions(), ConlluOptions(words: "LEMMA", target: ["HEAD"], inputs: ["UPOS"], skipped: ["DEPS"])]
    case .tsv: [TableOptions(missing: ["?"], hasHeader: false)]
    case .csv:
      [
        TableOptions(),
        TableOptions(targetKind: .valuesPerTimestep, metadata: ["note"], missing: ["", "?"], delimiter: ";"),
        TableOptions(targetKind: .classPerTimestep, time: "", valid: "valid", classes: ["u", "walk"]),
        TableOptions(features: ["x"], target: [], tokens: .text(.words)), TableOptions(tokens: .numbers),
        TableOptions(labels: ["note"], labelSeparator: " "),
        TableOptions(encoding: .windows1252, decimal: ",", thousands: ".", skippedLines: 1, comment: "a", unitsRows: 1),
        TableOptions(delimiter: ";", encoding: .utf16le, decimal: ","),
        TableOptions(encoding: .utf16be, thousands: " "),
        TableOptions(timeFormat: "day-first", grouping: .always, groupingBytes: 64, blankIDs: .fill),
        TableOptions(
          timeFormat: "%d %b %Y %I:%M %p", order: "x", grouping: .always, groupingBytes: 1, blankIDs: .refuse),
      ]
    case .jsonl:
      [
        JSONLinesOptions(), JSONLinesOptions(target: []), JSONLinesOptions(targetKind: .valuesPerTimestep),
        JSONLinesOptions(labels: ["note"]), JSONLinesOptions(channels: ["x", "y"]),
      ]
    case .npz:
      [
        NPZOptions(), NPZOptions(targetKind: .valuesPerTimestep, missing: ["nan"], tokens: .text(.words)),
        NPZOptions(padding: "0"),
      ]
    case .npy: [NPYOptions(), NPYOptions(tokens: .numbers, padding: "-1"), NPYOptions(padding: "nan")]
    case .tfrecord:
      [
        TFRecordOptions(), TFRecordOptions(target: [], missing: ["nan"], tokens: .text(.words), labels: ["class"]),
        TFRecordOptions(width: 2), TFRecordOptions(tokens: .numbers),
      ]
    case .parquet:
      [
        ParquetFileOptions(), ParquetFileOptions(TableOptions(features: ["x", "y"], target: [], missing: [])),
        ParquetFileOptions(TableOptions(id: "x")),
      ]
    case .xes:
      [XESOptions(), XESOptions(TableOptions(time: "")), XESOptions(TableOptions(id: "case:a", target: []))]
    // A damaged file may have rows without end.
    case .sqlite: [SQLiteOptions(), SQLiteOptions(query: "SELECT * FROM t LIMIT 1000")]
    default: [format.defaults]
    }
  }

  private static func layouts(_ format: FileFormat) -> [any FormatOptions] {
    if format == .text {
      return [TextOptions(layout: .wide), TextOptions(layout: .blocks), TextOptions(layout: .series)]
    }
    return [
      TableOptions(), TableOptions(layout: .series), TableOptions(layout: .blocks),
      TableOptions(delimiter: " ", hasHeader: false, layout: .blocks), TableOptions(layout: .wide),
      TableOptions(
        missing: ["?"], hasHeader: false, featureNames: ["p", "q"], channelOrder: .last, layout: .wide),
      TableOptions(hasHeader: false, featureNames: ["p", "q"], channelOrder: .first, layout: .wide),
      TableOptions(layout: .lists), TableOptions(labels: ["note"], listSeparator: "|"),
      TableOptions(features: ["x"], tokens: .text(.words), layout: .lists),
      TableOptions(pivot: PivotOptions(variable: "label", value: "x")),
      TableOptions(
        missing: ["?"], statics: ["u"],
        pivot: PivotOptions(variable: "label", value: "x", columns: ["u", "walk"], ties: .mean)),
    ]
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

  /// Looks at the file before anything is known of it, and at two of them that are decided together.
  private func inspect(_ path: String, _ format: FileFormat, _ options: any FormatOptions) throws {
    func reader() throws -> FileReader { try FileReader(path, format: format, options: options) }
    for readers in [[try reader()], [try reader(), try reader()]] {
      let found = try FileInspection(readers)
      try law(found.files.count == readers.count, "\(found.files.count) of \(readers.count) files")
      for column in found.columns {
        try law(column.missing <= column.cells, "\(column.missing) of \(column.cells) cells are missing")
      }
      for file in found.files {
        try law(file.isWhole || file.fault != nil || file.sequences > 0, "a file was neither read nor at fault")
      }
      try law(found.isWhole || found.estimatedSequences ?? 0 >= 0, "a negative number of sequences")
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
      try law(try FuzzedReader.isJSONObject(metadata), "metadata are no JSON object: \(metadata)")
    }
  }

  /// Foundation judges, and SQLite of what Foundation refuses, since JSON sets no bound to a number and Foundation does.
  private static func isJSONObject(_ text: String) throws -> Bool {
    if (try? JSONSerialization.jsonObject(with: Data(text.utf8))) is [String: Any] { return true }
    return try DatabaseQueue().read { database in
      let isObject = "SELECT CASE WHEN json_valid(?1) THEN json_type(?1) = 'object' END"
      return try Bool.fetchOne(database, sql: isObject, arguments: [text]) ?? false
    }
  }
}
