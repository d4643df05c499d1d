public import ArgumentParser
public import Ragged

struct ReaderArguments: ParsableArguments {
  @Option(
    name: .long, help: "\(FormatRegistry.all.map(\.name).choiceText). Default: what the file's name says.")
  var format: FileFormat?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The column or field with the sequence's key. Default: \(TableOptions.idNames.joined(separator: ", ")).",
      discussion: "Text: the number of a column, from 1. Where lines have no key it is made of file and line."))
  var id: String?

  @Option(
    name: .customLong("features"),
    help: ArgumentHelp(
      "The feature columns, separated by commas. Default: every other numeric column per timestep.",
      discussion: """
        Columns without a name, columns that count the rows of the file and empty columns are features only where they are \
        named: "" names one without a name. \
        A name that holds a comma, and in any list a word that begins with a quote, stands in double quotes. JSON Lines: \
        the one field with features, tokens or text. Text: the number of the text's column. npz: the one array. \
        tfrecord: the feature lists. Parquet with a row per sequence: the columns of lists that stand side by side.
        """))
  var featuresValues: [String] = []

  @Option(
    name: .customLong("feature-names"),
    help: "Names of the features where the file has none (JSON Lines, .ts, arrays). Default: f0, f1, ….")
  var featureNamesValues: [String] = []

  @Option(
    name: .customLong("target"),
    help: ArgumentHelp(
      "The target columns, or none. Default: \(TableOptions.targetNames.joined(separator: ", ")).",
      discussion: "Text: the number of the column with the class."))
  var targetValues: [String] = []

  @Option(
    name: .long,
    help: "What the target is: \(TargetKind.allCases.map(\.rawValue).joined(separator: ", ")).")
  var targetKind: TargetKind?

  @Option(
    name: .customLong("target-names"), help: "Names of the target's values where they are not those of their columns.")
  var targetNamesValues: [String] = []

  @Option(name: .long, help: "The column or field with the sample weight.")
  var weight: String?

  @Option(
    name: .customLong("time"),
    help: ArgumentHelp(
      "The column whose times must not fall within a sequence, or none, and other columns of times. Default: "
        + "\(TableOptions.timeNames.joined(separator: ", ")).",
      discussion:
        "Times are numbers (seconds since 1970) or ISO 8601: 2020-12-31, 2020-12-31T08:30:00Z, 08:30. With none the rows "
        + "of a sequence are taken as they stand."))
  var timeValues: [String] = []

  @Option(
    name: .customLong("number"),
    help: ArgumentHelp(
      "Columns of numbers, separated by commas.",
      discussion: """
        Every column without another role is taken: as numbers, as text (a category each) or as times, by the first \
        thousand rows, and as one of the sequence where it is the same in all rows of each. What was taken for what is \
        said, and --number, --category, --time, --labels, --static and --skip overrule it.
        """))
  var numberValues: [String] = []

  @Option(name: .customLong("category"), help: "Columns of text, a category each, separated by commas.")
  var categoryValues: [String] = []

  @Option(
    name: .customLong("labels"),
    help: ArgumentHelp(
      "Columns with a list of labels per sequence, separated by commas.",
      discussion: """
        csv, tsv: a cell such as sil|a|b, the same in all rows of the sequence; an empty or missing one is no label. \
        JSON Lines: a list of text or numbers; lists of text of another length than their sequence are taken for labels \
        without this; so too in Parquet. Text: the number of a column, whose cell is cut at the separator. npz: an array with the labels end to end, and one of its name and _offsets. tfrecord: a context \
        feature.
        """))
  var labelsValues: [String] = []

  @Option(
    name: .customLong("labels-separator"),
    help: "csv, tsv, parquet: what stands between two labels of a cell. Default: |.")
  var labelsSeparator: String?

  @Option(
    name: .customLong("static"), help: "Columns that have one cell per sequence, separated by commas.")
  var staticValues: [String] = []

  @Option(
    name: .customLong("input-columns"),
    help: ArgumentHelp(
      "Which columns beside the features are inputs, or none.",
      discussion: """
        Default: all, where no features are named, and none where they are. With it features are those alone that \
        --features names. "ragged train" can choose others in any case.
        """))
  var inputColumnValues: [String] = []

  @Option(name: .customLong("skip"), help: "Columns that are left out, separated by commas.")
  var skipValues: [String] = []

  @Option(name: .long, help: "The column or field that says whether a timestep is valid.")
  var valid: String?

  @Option(name: .long, help: "The column or field that names the split.")
  var splitColumn: String?

  @Option(name: .long, help: "The column or field that names the group.")
  var groupColumn: String?

  @Option(name: .customLong("metadata"), help: "Columns or fields kept as metadata, separated by commas.")
  var metadataValues: [String] = []

  @Option(name: .long, help: "The column that holds all metadata of a sequence, a JSON object.")
  var metadataObject: String?

  @Option(
    name: .customLong("missing"),
    help: """
      Cells that mean a missing value beside empty ones, NA, NaN and null, separated by commas. Numbers by their value: \
      -200 is also -200.0. Arrays and tfrecord: numbers.
      """)
  var missingValues: [String] = []

  @Option(name: .long, help: "What separates cells: one character, or tab.")
  var delimiter: String?

  @Flag(name: .long, help: "The first row of a table is data; columns are c1, c2, ….")
  var noHeader = false

  @Option(
    name: .customLong("classes"), help: "The classes there may be, separated by commas, in the order of their numbers.")
  var classesValues: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How text is cut into tokens: characters or words; numbers for tokens that are numbers.",
      discussion: """
        csv, tsv: the one feature column holds a token per timestep, its text or its number. npz, npy: whole numbers are \
        tokens rather than features.
        """))
  var tokens: TokenKind?

  @Option(
    name: .long,
    help:
      "npz: the array of lengths. Default: lengths. tfrecord: the feature that must be the number of timesteps, or none."
  )
  var lengths: String?

  @Option(name: .long, help: "npz: the array of the mask, true for real timesteps. Default: mask.")
  var mask: String?

  @Option(name: .long, help: "npz: the array of offsets of sequences laid end to end. Default: offsets.")
  var offsets: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What keys are made of: the file's path below the folder that all files have in common, or its name.",
      discussion: """
        The key of a file's one sequence is walk/rec01, and that of sequence 7 of several walk/rec01:7. Where keys are \
        made of the file in any case, as those of lines of text and of tables without an id column, it is by path: \
        without this, a table without an id column is a sequence where several files are given.
        """))
  var keyFrom: FileFacts.KeyOrigin?

  @Option(
    name: .long,
    help: "The class of all sequences of a file: folder, the name of the folder it lies in, or filename, its own.")
  var classFrom: FileFacts.ClassOrigin?

  @Option(
    name: .long,
    help: """
      The split of all sequences of a file: folder, one on its path that is called train, validation, val, valid, dev or \
      test, or else the nearest.
      """)
  var splitFrom: FileFacts.SplitOrigin?

  @Flag(name: .long, help: "Text: an empty line is a sequence without timesteps, rather than passed over.")
  var keepEmptyLines = false

  enum TokenKind: String, ExpressibleByArgument, CaseIterable {
    case characters, words, numbers
  }

  // Every value of an option that is given several times counts.
  var time: String? { timeValues.joinedList }
  var features: String? { featuresValues.joinedList }
  var featureNames: String? { featureNamesValues.joinedList }
  var target: String? { targetValues.joinedList }
  var targetNames: String? { targetNamesValues.joinedList }
  var metadata: String? { metadataValues.joinedList }
  var missing: String? { missingValues.joinedList }
  var classes: String? { classesValues.joinedList }

  /// What is asked of the reader of a file of any format.
  var settings: ReaderSettings {
    var settings: ReaderSettings = [:]
    func text(_ setting: ReaderSetting, _ value: String?) { settings[setting] = value.map { [$0] } }
    func flag(_ setting: ReaderSetting, _ isSet: Bool) { settings[setting] = isSet ? [] : nil }
    func list(_ setting: ReaderSetting, _ value: String?) { settings[setting] = value.map { _ in value.list } }
    text(.id, id)
    list(.features, features)
    list(.featureNames, featureNames)
    let hasNoTarget = target == "none" || target != nil && target.list.isEmpty
    list(.target, hasNoTarget ? nil : target)
    flag(.noTarget, hasNoTarget)
    text(.targetKind, targetKind?.rawValue)
    list(.targetValueNames, targetNames)
    text(.weight, weight)
    settings[.time] = time == "none" || time == "" ? [""] : time.map { _ in time.list }
    list(.numbers, numberValues.joinedList)
    list(.categories, categoryValues.joinedList)
    list(.labels, labelsValues.joinedList)
    text(.labelSeparator, labelsSeparator)
    list(.statics, staticValues.joinedList)
    let inputColumns = inputColumnValues.joinedList
    settings[.inputs] = inputColumns == "none" ? [] : inputColumns.map { _ in inputColumns.list }
    list(.skipped, skipValues.joinedList)
    text(.valid, valid)
    text(.split, splitColumn)
    text(.group, groupColumn)
    list(.metadata, metadata.list.isEmpty ? nil : metadata)
    text(.metadataObject, metadataObject)
    settings[.missing] = missing == "" ? [""] : missing.list.isEmpty ? nil : missing.list
    text(.delimiter, delimiter == "tab" ? "\t" : delimiter)
    flag(.isHeaderless, noHeader)
    list(.classes, classes)
    text(.unit, tokens.flatMap { Vocabulary.Unit(rawValue: $0.rawValue)?.rawValue })
    flag(.tokenNumbers, tokens == .numbers)
    text(.lengths, lengths)
    text(.mask, mask)
    text(.offsets, offsets)
    text(.keyFrom, keyFrom?.rawValue)
    text(.classFrom, classFrom?.rawValue)
    text(.splitFrom, splitFrom?.rawValue)
    flag(.emptyLines, keepEmptyLines)
    return settings
  }

  /// What is asked of the reader of a file for a model: what the command line leaves open is taken from what the model was
  /// trained on, and no target is read.
  func settings(of path: String, for input: InputSignature) -> ReaderSettings {
    var settings = settings
    guard let format = format ?? InputSource(path).format else { return settings }
    func fill(_ setting: ReaderSetting, _ value: [String]) {
      if settings[setting] == nil, format.takes(setting) { settings[setting] = value }
    }
    if input.isFeatures, !input.names.contains(where: \.isDerived) {
      if format.hasRowPerTimestep {
        fill(.features, input.names)
      } else if !format.namesFeatures {
        fill(.featureNames, input.names)
      }
    } else if let vocabulary = input.tokens?.vocabulary, format.isText, !format.hasRowPerTimestep {
      fill(.unit, [vocabulary.unit.rawValue])
    }
    if settings[.target] == nil { fill(.noTarget, []) }
    return settings
  }
}

extension String {
  /// Whether it may name a number that was derived from a time: `when:delta`, `when:hour:sin`.
  fileprivate var isDerived: Bool {
    TimeDerivation.allCases.contains { $0.names(of: "").contains(where: hasSuffix) }
  }
}

extension [FileFormat] {
  /// The formats by name with what they hold, neighbours that hold the same on one line; to stand in a help text.
  func helpList(_ summary: (FileFormat) -> String?) -> String {
    var rows: [(names: String, summary: String)] = []
    for format in self {
      guard let summary = summary(format) else { continue }
      if let last = rows.last, last.summary == summary {
        rows[rows.count - 1].names += ", \(format)"
      } else {
        rows.append((format.name, summary))
      }
    }
    let width = rows.map(\.names.count).max() ?? 0
    return rows.map { names, summary in
      let padding = String(repeating: " ", count: width - names.count)
      let lines = summary.split(separator: "\n").joined(separator: "\n" + String(repeating: " ", count: width + 4))
      return "  \(names)\(padding)  \(lines)"
    }.joined(separator: "\n")
  }
}

extension FileReader {
  /// Shows what the reader has to say by now.
  mutating func showNotes() throws {
    let notes = try takeNotes()
    if !Console.isQuiet { for note in notes { Console.error("\(source.name): \(note.advice)") } }
  }
}

extension FileFormat: ExpressibleByArgument {
  /// The format of this name.
  public init?(argument: String) { self.init(named: argument) }
  /// The names.
  public static var allValueStrings: [String] { FormatRegistry.all.map(\.name) }
}

extension FileFacts.KeyOrigin: ExpressibleByArgument {}
extension FileFacts.ClassOrigin: ExpressibleByArgument {}
extension FileFacts.SplitOrigin: ExpressibleByArgument {}
extension TargetKind: ExpressibleByArgument {}
extension Vocabulary.Unit: ExpressibleByArgument {}
