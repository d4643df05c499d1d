public import RaggedCore

extension FileFormat {
  /// Plain text.
  public static let text = FileFormat(
    "text", extensions: ["txt", "text"], summary: "a line per sequence: text, or numbers"
  ) {
    try ShapedTextReader($0, options: $1)
  }
}

/// How text is read, a line per sequence. Without a column the whole line is the text.
///
/// Where all lines hold numbers, two in one of them at least, and nothing is said of columns or of how text is cut, the
/// numbers are those of a table: see ``layout``.
public struct TextOptions: FormatOptions {
  /// The column of the key, counted from 1; by default the key is made of file and line.
  public var idColumn: Int?
  /// The column of the text, counted from 1; by default the first without another role.
  public var textColumn: Int?
  /// The column of the class, counted from 1.
  public var classColumn: Int?
  /// Columns that hold a list of labels of the sequence, counted from 1, cut at ``labelSeparator``; an empty one is a sequence
  /// without labels. They are called by their numbers, `c2`.
  public var labelColumns: [Int]
  /// What stands between two labels; by default ``TableOptions/defaultLabelSeparator``.
  public var labelSeparator: String?
  /// The classes that a label may be; nil takes them as they come.
  public var classes: [String]?
  /// What separates columns: one ASCII character; by default the tab.
  public var delimiter: String?
  /// How text is cut into tokens; by default into characters.
  public var unit: Vocabulary.Unit?
  /// Whether an empty line, or one of blanks alone that is cut into words, is a sequence without timesteps; by default it is
  /// passed over.
  public var keepsEmptyLines: Bool
  /// What a line of numbers is: a sequence (``RowLayout/wide``), or a timestep of the file's one sequence or of that of a
  /// block. By default lines of different lengths are sequences, and blocks between blank lines too; what may be either is
  /// an error that asks.
  public var layout: RowLayout?
  /// Names of the features, where lines hold numbers; by default `value` where a line is a sequence, otherwise `c1`, `c2`, ….
  public var featureNames: [String]?
  /// How the numbers of several features follow each other where a line is a sequence.
  public var channelOrder: ChannelOrder?
  /// Cells of a line of numbers that stand for a missing value beside `NaN` and `NA`.
  public var missing: [String]
  /// Whether no column is the target, not even whole numbers that come again before fractions.
  public var hasNoTarget: Bool
  /// The encoding of the file; by default what a byte order mark, zero bytes or bytes that are not UTF-8 say.
  public var encoding: TextEncoding?
  /// The longest line that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// Every option at its default.
  public init() { self.init(idColumn: nil) }

  /// Options; what is left out has the default documented at each.
  public init(
    idColumn: Int? = nil, textColumn: Int? = nil, classColumn: Int? = nil, classes: [String]? = nil,
    labelColumns: [Int] = [], labelSeparator: String? = nil, delimiter: String? = nil, unit: Vocabulary.Unit? = nil,
    keepsEmptyLines: Bool = false, layout: RowLayout? = nil, featureNames: [String]? = nil,
    channelOrder: ChannelOrder? = nil, missing: [String] = [], hasNoTarget: Bool = false,
    encoding: TextEncoding? = nil, maximumLineBytes: Int = 1 << 30
  ) {
    (self.idColumn, self.textColumn, self.classColumn) = (idColumn, textColumn, classColumn)
    (self.labelColumns, self.labelSeparator) = (labelColumns, labelSeparator)
    (self.classes, self.delimiter) = (classes, delimiter)
    (self.layout, self.featureNames, self.channelOrder) = (layout, featureNames, channelOrder)
    (self.missing, self.hasNoTarget) = (missing, hasNoTarget)
    (self.unit, self.keepsEmptyLines, self.maximumLineBytes) = (unit, keepsEmptyLines, maximumLineBytes)
    self.encoding = encoding
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<TextOptions>] {
    [
      column(.id, \.idColumn), column(.features, \.textColumn), column(.target, \.classColumn),
      .list(.classes, \.classes), .text(.delimiter, \.delimiter),
      OptionField(
        setting: .labels, value: { $0.labelColumns.isEmpty ? nil : $0.labelColumns.map(String.init) },
        set: { $0.labelColumns = try $1.map(columnNumber) }),
      .text(.labelSeparator, \.labelSeparator), .choice(.unit, \.unit), .flag(.emptyLines, \.keepsEmptyLines),
      .choice(.layout, \.layout), .list(.featureNames, \.featureNames), .choice(.channelOrder, \.channelOrder),
      .list(.missing, \.missing),
      .choice(.encoding, \.encoding),
      // A text has no target unless one is named, and that is a class.
      OptionField(
        setting: .noTarget, value: { _ in nil },
        set: { options, _ in
          (options.classColumn, options.hasNoTarget) = (nil, true)
        }),
      OptionField(setting: .targetKind, value: { _ in nil }) { _, kind in
        guard kind == [TargetKind.classPerSequence.rawValue] else {
          throw OptionProblem("the target of a text is a class, not \(kind.joined(separator: ", "))")
        }
      },
    ]
  }

  private static func columnNumber(_ column: String) throws -> Int {
    guard let number = Int(column), number > 0 else {
      throw OptionProblem("the column is \(column.quotedForMessage), expected its number, counted from 1")
    }
    return number
  }

  private static func column(
    _ setting: ReaderSetting, _ path: WritableKeyPath<TextOptions, Int?>
  ) -> OptionField<TextOptions> {
    OptionField(setting: setting) {
      $0[keyPath: path].map { [String($0)] }
    } set: { options, columns in
      let numbers = try columns.map(columnNumber)
      guard numbers.count <= 1 else { throw OptionProblem("text and class come from one column each") }
      options[keyPath: path] = numbers.first
    }
  }

  /// Checks that columns are counted from 1.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws {
    if let column = ([idColumn, textColumn, classColumn].compactMap { $0 } + labelColumns).first(where: { $0 < 1 }) {
      throw OptionProblem("the column is \"\(column)\", expected its number, counted from 1")
    }
    if let layout, ![.wide, .series, .blocks].contains(layout) {
      throw OptionProblem(
        "a line of text has no layout \(layout.rawValue), expected wide, series or blocks, or a table")
    }
    if layout != nil, unit != nil || textColumn != nil || keepsEmptyLines || !labelColumns.isEmpty {
      throw OptionProblem("lines are to hold numbers and text, expected one of them")
    }
    if let twice = featureNames?.firstRepeated {
      throw OptionProblem("feature \(twice.quotedForMessage) is named twice")
    }
  }
}
