import RaggedCore

extension FileFormat {
  /// Long comma-separated values.
  public static let csv = FileFormat(
    "csv", extensions: ["csv"], hasRowPerTimestep: true, namesFeatures: true, summary: "a row per timestep",
    writtenSummary: """
      a row per timestep: key, number of the timestep, features,
      targets, split and what else there is
      """,
    writer: .sequences { try CSVExport($0, $1, $2) }
  ) { try TableReader($0, options: $1, delimiter: 0x2C) }

  /// Long tab-separated values.
  public static let tsv = FileFormat(
    "tsv", extensions: ["tsv", "tab"], hasRowPerTimestep: true, namesFeatures: true, summary: "a row per timestep"
  ) { try TableReader($0, options: $1, delimiter: 0x09) }
}

/// How a long table is read, CSV or TSV: which columns mean what.
public struct TableOptions: FormatOptions {
  /// The key, by default the column that is called as one of ``idNames``; the target, by default as one of
  /// ``targetNames``; and what else has a column only where it is named. By default several target columns are values,
  /// and one is a class per sequence unless the first thousand rows hold numbers alone, and among them one with a point or an
  /// exponent. A row behind these that speaks against it is an error.
  public var roles: ColumnRoles
  /// The feature columns in order; by default every numeric column per timestep without another role, by the first thousand
  /// rows, but for columns without a name (pandas' row numbers among them), those that count the rows of the file, those that are empty, and
  /// those that never fall and hold numbers which float32 cannot hold.
  public var features: [String]?
  /// The column whose times must not fall from row to row of a sequence: numbers or ISO 8601, compared without rounding. By
  /// default the first of ``timeNames`` that exists; the empty text means that no order is checked.
  public var time: String?
  /// Further columns of times, ISO 8601 or seconds since 1970.
  public var times: [String]
  /// Columns of numbers, whatever they look like. Where no features are named they are features.
  public var numbers: [String]
  /// Columns of text, whatever they look like.
  public var categories: [String]
  /// Columns whose cell is the sequence's list of labels, the same in all its rows, cut at ``labelSeparator``; an empty or
  /// missing cell is a sequence without labels.
  public var labels: [String]
  /// What stands between two labels of a cell; by default ``defaultLabelSeparator``.
  public var labelSeparator: String?
  /// Columns with one cell per sequence, which is the same in all its rows. By default those that are so in every sequence of
  /// the first thousand rows, in two at least of more than one row, and not the same in all.
  public var statics: [String]
  /// Which of the columns beside the features are inputs. By default all are where no features are named, and none where
  /// some are; where this is not nil, features are those alone that are named, be it none.
  public var inputs: [String]?
  /// Columns that are left out; what is named as ``time`` too still orders the rows.
  ///
  /// All columns that have no role, are not empty and do not count the rows are taken, as numbers, times or text, by the
  /// first thousand rows.
  public var skipped: [String]
  /// Columns kept as metadata.
  public var metadata: [String]
  /// The column that holds all metadata of a sequence, a JSON object.
  public var metadataObject: String?
  /// Cells that stand for a missing value beside empty ones, `NA`, `NaN` and `null`. Words are compared as they are written,
  /// numbers by their value: -200 is also -200.0.
  public var missing: [String]
  /// What separates cells: one ASCII character. By default the comma in CSV and the tab in TSV.
  public var delimiter: String?
  /// Whether the first row names the columns; otherwise they are `c1`, `c2`, ….
  public var hasHeader: Bool
  /// Whether the one feature column holds a token per timestep, its text or its number.
  public var tokens: TokenForm?
  /// The longest line that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// What the columns are where a format says it rather than a first row.
  var typed: TypedColumns?
  /// The key of all rows, where no column is the id; nil where there must be one.
  var fileKey: String?

  /// What stands between two labels where nothing else is said.
  public static let defaultLabelSeparator = "|"
  /// Names under which a key is looked for, the case of letters aside.
  public static let idNames = ["id", "key", "sequence", "series", "sequence_id", "series_id"]
  /// Names under which a time is looked for.
  public static let timeNames = ["time", "timestamp", "timestep", "step", "t"]
  /// Names under which a target is looked for; `y` only where no column is called `x`.
  public static let targetNames = ["label", "class", "target", "y"]

  /// Every option at its default.
  public init() { self.init(id: nil) }

  /// Options; what is left out has the default documented at each.
  public init(
    id: String? = nil, features: [String]? = nil, target: [String]? = nil, targetKind: TargetKind? = nil,
    targetValueNames: [String]? = nil, weight: String? = nil, time: String? = nil, valid: String? = nil,
    split: String? = nil, group: String? = nil, metadata: [String] = [], metadataObject: String? = nil,
    missing: [String] = [], delimiter: String? = nil, hasHeader: Bool = true, classes: [String]? = nil,
    tokens: TokenForm? = nil, times: [String] = [], numbers: [String] = [], categories: [String] = [],
    labels: [String] = [], labelSeparator: String? = nil, statics: [String] = [], inputs: [String]? = nil,
    skipped: [String] = [], maximumLineBytes: Int = 1 << 30
  ) {
    roles = ColumnRoles(
      id: id, target: target, targetKind: targetKind, targetValueNames: targetValueNames, weight: weight, valid: valid,
      split: split, group: group, classes: classes)
    (self.features, self.time, self.metadata, self.metadataObject) = (features, time, metadata, metadataObject)
    (self.missing, self.delimiter, self.hasHeader, self.tokens) = (missing, delimiter, hasHeader, tokens)
    (self.times, self.numbers, self.categories) = (times, numbers, categories)
    (self.labels, self.labelSeparator) = (labels, labelSeparator)
    (self.statics, self.inputs, self.skipped) = (statics, inputs, skipped)
    self.maximumLineBytes = maximumLineBytes
  }

  /// The names of the columns.
  /// - Parameter first: the cells of the first row.
  func names(_ first: [String]) -> [String] {
    typed?.names ?? (hasHeader ? first : first.indices.map { "c\($0 + 1)" })
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<TableOptions>] {
    ColumnRoles.fields(\.roles) + OptionField.tokens(\.tokens) + [
      .list(.features, \.features),
      .list(.numbers, \.numbers), .list(.categories, \.categories), .list(.labels, \.labels),
      .text(.labelSeparator, \.labelSeparator), .list(.statics, \.statics), .list(.inputs, \.inputs),
      .list(.skipped, \.skipped),
      // The first orders the rows.
      OptionField(setting: .time) { options in
        options.time.map { [$0] + options.times }
      } set: {
        ($0.time, $0.times) = ($1.first, Array($1.dropFirst()))
      },
      .list(.metadata, \.metadata),
      .text(.metadataObject, \.metadataObject), .list(.missing, \.missing), .text(.delimiter, \.delimiter),
      OptionField(
        setting: .isHeaderless, value: { $0.hasHeader ? nil : [] }, set: { options, _ in options.hasHeader = false }),
    ]
  }

  /// Checks how many columns there are for features, tokens, target and metadata.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws {
    if metadataObject != nil, !metadata.isEmpty {
      throw OptionProblem("metadata are to come from one column as a whole and from columns, expected one of them")
    }
    if features == [] { throw OptionProblem("the list of feature columns is empty") }
    let kept = (features ?? []) + (roles.target ?? []) + times + numbers + categories + labels
    let others = (features ?? []) + (roles.target ?? []) + labels + skipped
    if let name = skipped.first(where: (kept + statics).containsExactly) ?? inputs?.first(where: others.containsExactly)
      ?? statics.first(where: ((features ?? []) + (roles.target ?? []) + times + labels).containsExactly)
    {
      throw OptionProblem("column \(name.quotedForMessage) is given two roles")
    }
    if tokens != nil, let features, features.count > 1 {
      throw OptionProblem("tokens come from one column, \(features.count) are given: \(features.listedForMessage)")
    }
    if let target = roles.target, target.count > 1, roles.targetKind?.isClass == true {
      throw OptionProblem("a class comes from one column, \(target.count) are given: \(target.listedForMessage)")
    }
  }
}

/// The columns of a table as its format has them, with the kind of each: what a text looks like says nothing then, and a
/// word like `NA` is a text.
struct TypedColumns: Sendable, Equatable {
  var names: [String]
  var kinds: [Column.Kind]
}
