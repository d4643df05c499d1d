package import RaggedCore

extension FileFormat {
  /// Long comma-separated values.
  public static let csv = FileFormat(
    "csv", extensions: ["csv"], hasRowPerTimestep: true, namesFeatures: true, summary: "a row per timestep",
    writtenSummary: """
      a row per timestep: key, number of the timestep, features,
      targets, split and what else there is
      """,
    writer: .sequences { try CSVExport($0, $1, $2) }
  ) { try ShapedTableReader($0, options: $1, delimiter: 0x2C) }

  /// Long tab-separated values.
  public static let tsv = FileFormat(
    "tsv", extensions: ["tsv", "tab"], hasRowPerTimestep: true, namesFeatures: true, summary: "a row per timestep"
  ) { try ShapedTableReader($0, options: $1, delimiter: 0x09) }
}

/// How a long table is read, CSV or TSV: which columns mean what.
public struct TableOptions: FormatOptions {
  /// The key, by default the column that is called as one of ``idNames``. Where there is none all rows are one sequence of the
  /// file's name, unless the first thousand may be of several; the target, by default as one of
  /// ``targetNames``; and what else has a column only where it is named. By default several target columns are values,
  /// and one is a class per sequence unless the first thousand rows hold numbers alone, and among them one with a point or an
  /// exponent. A row behind these that speaks against it is an error.
  public var roles: ColumnRoles
  /// The feature columns in order; by default every numeric column per timestep without another role, by the first thousand
  /// rows, but for columns without a name (pandas' row numbers among them), those that count the rows of the file, those that are empty, and
  /// those that never fall and hold numbers which float32 cannot hold.
  public var features: [String]?
  /// The column by whose times the rows of a sequence are ordered unless ``order`` says otherwise: compared without rounding, rows
  /// of the same time as they stand. By default the first of ``timeNames`` that exists, or exists with a unit behind it (`Time (s)`); the empty
  /// text means that there is none.
  public var time: String?
  /// Further columns of times.
  public var times: [String]
  /// How times are written, in all their columns: `iso`, `day-first`, `month-first`, `s`, `ms`, `us` or `ns`, or a pattern of
  /// `strptime`, such as `%d.%m.%Y %H:%M`. By default ISO 8601, numbers whose size tells their unit, or dates such as 31/12/2020 whose
  /// order the first thousand rows tell.
  public var timeFormat: String?
  /// The column by which the rows of a sequence are ordered, stably, numbers or times; by default ``time``. The empty text keeps
  /// the order of the file.
  public var order: String?
  /// What becomes of rows of a sequence that do not stand together.
  public var grouping = RowGrouping.auto
  /// Bytes of rows that are kept in memory where rows are grouped; what is beyond goes to a temporary file. By default 48 MiB.
  public var groupingBytes: Int
  /// What becomes of a row without an id.
  public var blankIDs = BlankIDs.auto
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
  /// What a row is, and what a sequence; by default ``RowLayout/long``, or ``RowLayout/series`` where no column holds ids.
  public var layout: RowLayout?
  /// Names of features where a row is a sequence, or where columns have none. By default one feature, `value`, or what columns
  /// are called before their numbers where several are numbered side by side: `x_0`, `x_1`, `y_0`, `y_1`.
  public var featureNames: [String]?
  /// How the numbers of several features follow each other where a row is a sequence and columns do not tell.
  public var channelOrder: ChannelOrder?
  /// What stands between two items of a list that is not in brackets: one ASCII character.
  public var listSeparator: String?
  /// The number, or `nan`, of which timesteps at the end of a row are made that are padding, where a row is a sequence; cells at
  /// the end without a number are so in any case.
  public var padding: String?
  /// How a row that is a measurement becomes part of a timestep.
  public var pivot: PivotOptions
  /// Whether the first row names the columns; otherwise they are `c1`, `c2`, ….
  public var hasHeader: Bool
  /// Whether the one feature column holds a token per timestep, its text or its number.
  public var tokens: TokenForm?
  /// The encoding of the file; by default what a byte order mark, zero bytes or bytes that are not UTF-8 say.
  public var encoding: TextEncoding?
  /// What stands before the fraction of a number: `.` or `,`. By default what the numbers of the first thousand rows say.
  public var decimal: String?
  /// What stands between thousands: `.`, `,`, a space or an apostrophe, and nothing where it is empty. By default what the
  /// numbers of the first thousand rows say.
  public var thousands: String?
  /// Lines before the table that are left out. By default those that have another number of cells than the rows of numbers
  /// and the header right above these.
  public var skippedLines: Int?
  /// What a line begins with that is no row; the empty text where there are none. By default `#`, of lines that have fewer cells
  /// than rows have.
  public var comment: String?
  /// Rows behind the header that are left out. By default one, where it holds texts above numbers, such as units.
  public var unitsRows: Int?
  /// The longest line that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// What the columns are where a format says it rather than a first row.
  var typed: TypedColumns?
  /// The key of all rows, where no column is the id; nil leaves it to the name of the file.
  var fileKey: String?
  /// Whether that is asked for, rather than what is left where no column is called as an id.
  var isFileKeyAsked = false
  /// Whether each row is of one sequence that stands elsewhere: the first column is the id where none is called as one, and
  /// there need not be numbers.
  var isJoined = false
  /// Whether each row is a timestep by itself, also where all of it is empty: nobody knows of the rows to come.
  var isFollowed = false

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
    skipped: [String] = [], featureNames: [String]? = nil, channelOrder: ChannelOrder? = nil,
    listSeparator: String? = nil, pivot: PivotOptions = PivotOptions(), layout: RowLayout? = nil,
    encoding: TextEncoding? = nil, decimal: String? = nil, thousands: String? = nil, skippedLines: Int? = nil,
    comment: String? = nil, unitsRows: Int? = nil, timeFormat: String? = nil, order: String? = nil,
    grouping: RowGrouping = .auto, groupingBytes: Int = 48 << 20, blankIDs: BlankIDs = .auto, padding: String? = nil,
    maximumLineBytes: Int = 1 << 30
  ) {
    roles = ColumnRoles(
      id: id, target: target, targetKind: targetKind, targetValueNames: targetValueNames, weight: weight, valid: valid,
      split: split, group: group, classes: classes)
    (self.features, self.time, self.metadata, self.metadataObject) = (features, time, metadata, metadataObject)
    (self.missing, self.delimiter, self.hasHeader, self.tokens) = (missing, delimiter, hasHeader, tokens)
    (self.times, self.numbers, self.categories) = (times, numbers, categories)
    (self.labels, self.labelSeparator) = (labels, labelSeparator)
    (self.statics, self.inputs, self.skipped) = (statics, inputs, skipped)
    (self.layout, self.featureNames, self.channelOrder) = (layout, featureNames, channelOrder)
    (self.listSeparator, self.pivot) = (listSeparator, pivot)
    (self.encoding, self.decimal, self.thousands) = (encoding, decimal, thousands)
    (self.skippedLines, self.comment, self.unitsRows) = (skippedLines, comment, unitsRows)
    (self.timeFormat, self.order, self.grouping, self.blankIDs) = (timeFormat, order, grouping, blankIDs)
    (self.groupingBytes, self.padding) = (groupingBytes, padding)
    self.maximumLineBytes = maximumLineBytes
  }

  /// The names of the columns.
  /// - Parameter first: the cells of the first row.
  func names(_ first: [String]) -> [String] {
    if let typed { return typed.names }
    if hasHeader { return first }
    if let featureNames, layout?.hasNoID == true, featureNames.count == first.count { return featureNames }
    return first.indices.map { "c\($0 + 1)" }
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<TableOptions>] {
    ColumnRoles.fields(\.roles) + OptionField.tokens(\.tokens) + [
      .list(.features, \.features),
      .list(.numbers, \.numbers), .list(.categories, \.categories), .list(.labels, \.labels),
      .text(.labelSeparator, \.labelSeparator), .list(.statics, \.statics), .list(.inputs, \.inputs),
      .list(.skipped, \.skipped), .choice(.layout, \.layout),
      .list(.featureNames, \.featureNames), .choice(.channelOrder, \.channelOrder),
      .text(.listSeparator, \.listSeparator), .text(.padding, \.padding), .text(.pivot, \.pivot.variable),
      .text(.pivotValue, \.pivot.value),
      .list(.pivotColumns, \.pivot.columns), .choice(.pivotTies, \.pivot.ties),
      // The first orders the rows.
      OptionField(setting: .time) { options in
        options.time.map { [$0] + options.times }
      } set: {
        ($0.time, $0.times) = ($1.first, Array($1.dropFirst()))
      },
      .list(.metadata, \.metadata),
      .text(.metadataObject, \.metadataObject), .list(.missing, \.missing), .text(.delimiter, \.delimiter),
      .choice(.encoding, \.encoding), .text(.decimal, \.decimal), .text(.thousands, \.thousands),
      .count(.skippedLines, \.skippedLines), .text(.comment, \.comment), .count(.unitsRows, \.unitsRows),
      OptionField(
        setting: .isHeaderless, value: { $0.hasHeader ? nil : [] }, set: { options, _ in options.hasHeader = false }),
    ] + OptionField.rowOrder(timeFormat: \.timeFormat, order: \.order, grouping: \.grouping, blankIDs: \.blankIDs)
  }

  /// Checks how many columns there are for features, tokens, target and metadata.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws {
    if metadataObject != nil, !metadata.isEmpty {
      throw OptionProblem("metadata are to come from one column as a whole and from columns, expected one of them")
    }
    if let layout, layout.hasNoID, let id = roles.id {
      throw OptionProblem(
        "\(layout.words) is to be a sequence and column \(id.quotedForMessage) to name them, expected one of them")
    }
    try checkLayout()
    if let decimal, ![".", ","].contains(decimal) {
      throw OptionProblem("the decimal mark is \(decimal.quotedForMessage), expected \".\" or \",\"")
    }
    if let thousands, !["", ".", ",", " ", "'"].contains(thousands) || thousands == (decimal ?? "none") {
      let others = decimal.map { " and not the decimal mark, which is \($0.quotedForMessage)" } ?? ""
      throw OptionProblem(
        "the mark between thousands is \(thousands.quotedForMessage), expected \".\", \",\", \"'\" or a space\(others)")
    }
    if let comment, comment.contains(where: \.isNewline) {
      throw OptionProblem("the mark of comments is \(comment.quotedForMessage), expected text without a line ending")
    }
    if !hasHeader, unitsRows ?? 0 > 0 {
      throw OptionProblem("rows behind the header are to be left out, but there is no header")
    }
    if let count = [skippedLines, unitsRows].compactMap({ $0 }).first(where: { $0 < 0 }) {
      throw OptionProblem("\(count) lines are to be left out, expected 0 or more")
    }
    if features == [] { throw OptionProblem("the list of feature columns is empty") }
    if let timeFormat { _ = try TimeFormat(timeFormat) }
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

extension TableOptions {
  /// Checks that a layout and what only one has go together.
  fileprivate func checkLayout() throws {
    if pivot != PivotOptions() {
      if let layout, layout != .pivot {
        throw OptionProblem("a row is to be a measurement, but the layout is \(layout.rawValue)")
      }
      guard pivot.variable != nil, pivot.value != nil else {
        throw OptionProblem("the columns of the variable and of its value are named together, expected both")
      }
    }
    try PaddingTrim.check(padding)
    if padding != nil, let layout, layout != .wide, layout != .lists {
      throw OptionProblem("a value of padding means nothing for the layout \(layout.rawValue)")
    }
    if channelOrder != nil, let layout, layout != .wide {
      throw OptionProblem("an order of channels means nothing for the layout \(layout.rawValue)")
    }
    if featureNames == [] { throw OptionProblem("the list of feature names is empty") }
    if let twice = featureNames?.firstRepeated {
      throw OptionProblem("feature \(twice.quotedForMessage) is named twice")
    }
    guard let listSeparator else { return }
    guard listSeparator.utf8.count == 1, let byte = listSeparator.utf8.first, byte < 0x80, ![0x0A, 0x0D].contains(byte)
    else {
      throw OptionProblem(
        "the separator of lists is \(listSeparator.quotedForMessage), expected one ASCII character")
    }
    if let layout, layout != .lists {
      throw OptionProblem("a separator of lists means nothing for the layout \(layout.rawValue)")
    }
  }
}

/// The columns of a table as its format has them, with the kind of each: what a text looks like says nothing then, and a
/// word like `NA` is a text.
package struct TypedColumns: Sendable, Equatable {
  package var names: [String]
  package var kinds: [Column.Kind]

  /// As many kinds as names.
  package init(names: [String], kinds: [Column.Kind]) { (self.names, self.kinds) = (names, kinds) }
}
