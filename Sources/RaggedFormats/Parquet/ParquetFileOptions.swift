import RaggedCore

extension FileFormat {
  /// Parquet: a long table, or a row per sequence.
  public static let parquet = FileFormat(
    "parquet", extensions: ["parquet", "pq"], isText: false, hasRowPerTimestep: true, isStreamed: false,
    namesFeatures: true, summary: "a row per timestep, or a row per sequence with lists",
    writtenSummary: """
      a row per timestep as in csv, or a row per sequence whose
      columns are lists
      """,
    writer: .sequences { try ParquetExport($0, $1, $2) }
  ) { try ParquetReader($0, options: $1) }
}

/// How Parquet is read: which columns mean what.
///
/// A file whose columns are flat is a long table, read as ``TableOptions`` say of CSV. One with a column of lists has a row per
/// sequence, read as ``JSONLinesOptions`` say of objects. What is no text, number, truth value, date, time or timestamp has no
/// column of ours and is said to be left out.
///
/// In a row per sequence several feature columns are lists whose elements are the features of a timestep together. Labels are
/// lists; a file whose lists are all named as labels is a long table, and there a text is cut at the separator of labels too. A
/// text is what it is: `NA` is a name.
public struct ParquetFileOptions: TableFormatOptions {
  /// What is asked of a long table, and of a row per sequence where it means something there.
  public var table: TableOptions

  /// Every option at its default.
  public init() { table = TableOptions() }

  /// Options as those of a table.
  public init(_ table: TableOptions) { self.table = table }
}

extension ParquetFileOptions {
  /// The same for a row per sequence, but for the input.
  /// - Throws: ``OptionProblem`` for what has a meaning in a long table alone.
  func objects() throws -> JSONLinesOptions {
    let (known, asked) = (JSONLinesOptions.fields.map(\.setting), settings)
    for setting in ReaderSetting.allCases where asked[setting] != nil && !known.contains(setting) {
      if setting == .metadataObject || setting == .tokenNumbers && table.features == ["tokens"] { continue }
      throw OptionProblem("\(setting.words) means nothing for a Parquet file with a row per sequence")
    }
    let roles = table.roles
    try roles.checkOneTarget("column")
    return JSONLinesOptions(
      id: roles.id, target: roles.target, targetKind: roles.targetKind, targetValueNames: roles.targetValueNames,
      weight: roles.weight, valid: roles.valid, split: roles.split, group: roles.group, metadata: table.metadata,
      classes: roles.classes, unit: table.tokens?.unit,
      times: ([table.time].compactMap { $0 } + table.times).filter { !$0.isEmpty }, numbers: table.numbers,
      categories: table.categories, labels: table.labels, inputs: table.inputs, skipped: table.skipped,
      maximumLineBytes: table.maximumLineBytes)
  }
}
