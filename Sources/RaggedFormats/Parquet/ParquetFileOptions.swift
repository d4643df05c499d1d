import RaggedCore

extension FileFormat {
  /// Parquet: a long table, or a row per sequence.
  public static let parquet = FileFormat(
    "parquet", extensions: ["parquet", "pq"], isText: false, hasRowPerTimestep: true, isStreamed: false,
    namesFeatures: true, summary: "a row per timestep, or a row per sequence with lists"
  ) { try ParquetReader($0, options: $1) }
}

/// How Parquet is read: which columns mean what.
///
/// A file whose columns are flat is a long table, read as ``TableOptions`` say of CSV. One with a column of lists has a row per
/// sequence, read as ``JSONLinesOptions`` say of objects. What is no text, number, truth value, date, time or timestamp has no
/// column of ours and is said to be left out.
public struct ParquetFileOptions: FormatOptions {
  /// The key and the target, found as in CSV or in JSON Lines; and what else has a column only where it is named.
  public var roles: ColumnRoles
  /// Columns of numbers that are input. In a row per sequence several columns of lists are the features of one timestep
  /// together.
  public var features: [String]?
  /// The column of times that orders the rows of a long table; empty means none.
  public var time: String?
  /// Further columns of times.
  public var times: [String]
  /// Columns of numbers, whatever their type.
  public var numbers: [String]
  /// Columns of text, whatever their type.
  public var categories: [String]
  /// Columns of labels: lists, or in a long table texts that are cut at ``labelSeparator``.
  public var labels: [String]
  /// What stands between two labels of a text in a long table.
  public var labelSeparator: String?
  /// Columns of a long table with one cell per sequence.
  public var statics: [String]
  /// Columns that are left out. Where all columns of lists are, the file is a long table.
  public var skipped: [String]
  /// Columns kept as metadata.
  public var metadata: [String]
  /// The column of a long table that holds all metadata of a sequence, a JSON object.
  public var metadataObject: String?
  /// Cells of a long table that stand for a missing value beside null and NaN. A text is what it is: `NA` is a name.
  public var missing: [String]
  /// Whether the one feature column holds a token per timestep, its text or its number.
  public var tokens: TokenForm?
  /// The longest row that is read, in bytes of its text. By default 1 GiB.
  public var maximumLineBytes: Int

  /// Every option at its default.
  public init() { self.init(id: nil) }

  /// Options; what is left out has the default documented at each.
  public init(
    id: String? = nil, features: [String]? = nil, target: [String]? = nil, targetKind: TargetKind? = nil,
    targetValueNames: [String]? = nil, weight: String? = nil, time: String? = nil, valid: String? = nil,
    split: String? = nil, group: String? = nil, metadata: [String] = [], metadataObject: String? = nil,
    missing: [String] = [], classes: [String]? = nil, tokens: TokenForm? = nil, times: [String] = [],
    numbers: [String] = [], categories: [String] = [], labels: [String] = [], labelSeparator: String? = nil,
    statics: [String] = [], skipped: [String] = [], maximumLineBytes: Int = 1 << 30
  ) {
    roles = ColumnRoles(
      id: id, target: target, targetKind: targetKind, targetValueNames: targetValueNames, weight: weight, valid: valid,
      split: split, group: group, classes: classes)
    (self.features, self.time, self.metadata, self.metadataObject) = (features, time, metadata, metadataObject)
    (self.missing, self.tokens, self.times, self.numbers) = (missing, tokens, times, numbers)
    (self.categories, self.labels, self.labelSeparator) = (categories, labels, labelSeparator)
    (self.statics, self.skipped, self.maximumLineBytes) = (statics, skipped, maximumLineBytes)
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<ParquetFileOptions>] {
    ColumnRoles.fields(\.roles) + OptionField.tokens(\.tokens) + [
      .list(.features, \.features), .list(.numbers, \.numbers), .list(.categories, \.categories),
      .list(.labels, \.labels), .text(.labelSeparator, \.labelSeparator), .list(.statics, \.statics),
      .list(.skipped, \.skipped),
      // The first orders the rows.
      OptionField(setting: .time) { options in
        options.time.map { [$0] + options.times }
      } set: {
        ($0.time, $0.times) = ($1.first, Array($1.dropFirst()))
      },
      .list(.metadata, \.metadata), .text(.metadataObject, \.metadataObject), .list(.missing, \.missing),
    ]
  }

  /// Checks what is asked of a table.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws { try table.check(format) }
}

extension ParquetFileOptions {
  /// The same for a long table.
  var table: TableOptions {
    TableOptions(
      id: roles.id, features: features, target: roles.target, targetKind: roles.targetKind,
      targetValueNames: roles.targetValueNames, weight: roles.weight, time: time, valid: roles.valid,
      split: roles.split,
      group: roles.group, metadata: metadata, metadataObject: metadataObject, missing: missing, hasHeader: false,
      classes: roles.classes, tokens: tokens, times: times, numbers: numbers, categories: categories, labels: labels,
      labelSeparator: labelSeparator, statics: statics, skipped: skipped, maximumLineBytes: maximumLineBytes)
  }

  /// The same for a row per sequence, but for the input.
  /// - Throws: ``OptionProblem`` for what has a meaning in a long table alone.
  func objects() throws -> JSONLinesOptions {
    let set = settings
    for setting in [ReaderSetting.statics, .metadataObject, .missing, .labelSeparator, .tokenNumbers]
    where set[setting] != nil {
      throw OptionProblem("\(setting.words) means nothing for a Parquet file with a row per sequence")
    }
    try roles.checkOneTarget("column")
    let times = ([time].compactMap { $0 } + times).filter { !$0.isEmpty }
    return JSONLinesOptions(
      id: roles.id, target: roles.target, targetKind: roles.targetKind, targetValueNames: roles.targetValueNames,
      weight: roles.weight, valid: roles.valid, split: roles.split, group: roles.group, metadata: metadata,
      classes: roles.classes, unit: tokens?.unit, times: times, numbers: numbers, categories: categories,
      labels: labels,
      skipped: skipped, maximumLineBytes: maximumLineBytes)
  }
}
