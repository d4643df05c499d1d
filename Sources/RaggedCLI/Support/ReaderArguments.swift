public import ArgumentParser
import Foundation
public import Ragged

struct ReaderArguments: ParsableArguments {
  @Option(
    name: .long,
    help: """
      \(FormatRegistry.allWithDatabases.map(\.name).choiceText). Default: what the file's name says, and text for lines of \
      numbers in a file whose name says nothing.
      """)
  var format: FileFormat?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "sqlite: the SELECT whose rows are read, one per timestep.",
      discussion: """
        Without it a message says which tables there are. The database is opened for reading alone. Columns are numbers or text \
        as SQLite has their values; ids, times, targets and the rest are those of the query's columns as of a table's.
        """))
  var query: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The column or field with the sequence's key. Default: \(TableOptions.idNames.joined(separator: ", ")).",
      discussion: """
        A table without one is one sequence, whose key is the file's name. Text: the number of a column, from 1. Where \
        lines have no key it is made of file and line.
        """))
  var id: String?

  @Option(
    name: .customLong("features"),
    help: ArgumentHelp(
      "The feature columns, separated by commas. Default: every other numeric column per timestep.",
      discussion: """
        Columns without a name, columns that count the rows of the file and empty columns are features only where they are \
        named: "" names one without a name. \
        A name that holds a comma, and in any list a word that begins with a quote, stands in double quotes. JSON Lines: \
        the field that holds features, tokens or text, or a field of numbers for each feature. npz: the array. \
        tfrecord: the feature lists. Parquet with a row per sequence: the columns of lists that stand side by side.
        """))
  var featuresValues: [String] = []

  @Option(
    name: .customLong("feature-names"),
    help: """
      Names of the features where the file has none (JSON Lines, .ts, .tsf, .arff, arrays, wide tables). Default: f0, f1, …; of a wide \
      table and of .tsf value.
      """)
  var featureNamesValues: [String] = []

  @Option(
    name: .customLong("target"),
    help: ArgumentHelp(
      "The target columns, or none. Default: \(TableOptions.targetNames.joined(separator: ", ")).",
      discussion: """
        Text: the number of the column with the class. conll: so too, or c4; by default the last. conllu: by default UPOS. \
        arff: the last attribute where it is nominal.
        """))
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
      "The column of times that orders the rows of a sequence, or none, and other columns of times. Default: "
        + "\(TableOptions.timeNames.joined(separator: ", ")).",
      discussion: """
        Times are ISO 8601 (2020-12-31, 2020-12-31T08:30:00Z, 08:30), numbers since 1970 whose size tells seconds from milliseconds, \
        microseconds and nanoseconds, or dates such as 31/12/2020 8:30 PM, of which the first thousand rows tell whether the day or \
        the month stands first. Rows of one time stay in the order of the file, and a time of day that falls by more than six \
        hours is one of the next day. With none the rows of a sequence are taken as they stand.
        """))
  var timeValues: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "csv, tsv, parquet: how times are written: \(TableOptions.timeFormatNames.joined(separator: ", ")), or a pattern.",
      discussion: "A pattern is that of strptime: \"%d.%m.%Y %H:%M\". It holds for all columns of times."))
  var timeFormat: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "csv, tsv, parquet: the column that orders the rows of a sequence, numbers or times, or none. Default: that of --time.",
      discussion: "With none they stay in the order of the file."))
  var order: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "csv, tsv, parquet: whether rows of one id that do not stand together are grouped: auto, always or never.",
      discussion: """
        auto groups them where the first thousand rows show it, or where it is found later in a file that can be read again: \
        sequences stand in the order of their first rows. Standard input is grouped later only with always, and so is an \
        import that is --resumable. Large files take room in TMPDIR or /var/tmp. never refuses them.
        """))
  var groupRows: RowGrouping?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "csv, tsv, parquet: what a row without an id is: auto, fill for one of the sequence above, or refuse.",
      discussion: "auto fills where the first thousand rows have an id in the first row of each sequence alone."))
  var blankIds: BlankIDs?

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
        JSON Lines: a list of text or numbers; \
        lists of text of another length than their sequence are taken for labels without this; so too in Parquet. Text: \
        the number of a column, whose cell is cut at the separator. npz: an array with the labels end to end, and one of \
        its name and _offsets. tfrecord: a context \
        feature.
        """))
  var labelsValues: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A table with a row for each sequence, joined by key: its columns become columns per sequence.",
      discussion: """
        csv, tsv, parquet, or jsonl with an object a row. The target may be one of its columns (--target); where the \
        sequences have none, it is the one that is called as a target is, or the only one. Keys without a partner on \
        either side are listed. Its columns are no input unless --input-columns names them. It is held in memory: up to \
        \(JoinedTable.maximumRows.grouped) rows, \(JoinedTable.maximumCells.grouped) cells.
        """, valueName: "file"), completion: .file())
  var join: String?

  @Option(
    name: .long,
    help:
      "The column of the joined table with the keys. Default: as the sequences' id column, a usual name, or the first."
  )
  var joinKey: String?

  @Option(
    name: .customLong("join-columns"),
    help: "The columns of the joined table that are wanted, separated by commas. Default: all.")
  var joinColumnValues: [String] = []

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

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What a row of a table is: \(RowLayout.allCases.map(\.rawValue).choiceText).",
      discussion: """
        long: a timestep; rows of a sequence have its id. series: a timestep; the file is one sequence, as it is by \
        default where no column holds ids. wide: a sequence, a cell for each of its numbers; shorter ones end earlier, or \
        in cells that are empty or NaN. lists: a sequence, with lists in its cells, such as [0.5, 1.5]. blocks: a \
        timestep; a blank line ends the sequence. pivot: a measurement, see --pivot. Default: what the first rows leave \
        no doubt of, which is said. Text, whose lines hold numbers: wide, series or blocks.
        """))
  var layout: RowLayout?

  @Option(
    name: .long,
    help: """
      Wide, several features: which numbers stand together, all of a channel (first: x x x y y y) or all of a timestep \
      (last: x y x y x y). Not needed where columns are called x_0, x_1, …, y_0, y_1, ….
      """)
  var channels: ChannelOrder?

  @Option(name: .long, help: "What stands between two items of a list that is not in brackets: one character.")
  var listSeparator: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A row is a measurement: the column that names its variable. Variables become columns.",
      discussion: """
        Rows of one id and time are a timestep, and what was not measured then is missing. --static names variables that \
        the sequence has once, --skip others that are left out.
        """))
  var pivot: String?

  @Option(name: .long, help: "The column with the value of a measurement.")
  var value: String?

  @Option(
    name: .customLong("pivot-columns"),
    help: "The variables that become columns. Default: all, for which the files are read once before.")
  var pivotColumnValues: [String] = []

  @Option(
    name: .long,
    help: """
      What becomes of a second value of a variable at one time: step, a further timestep of that time; last, it replaces \
      the first; mean; error. Default: step.
      """)
  var pivotTies: PivotTies?

  @Option(
    name: .long,
    help: """
      What separates cells: one character, or tab; a blank stands for any number of them. Default: tsv and text: the tab; \
      csv: the comma, or what a first line such as sep=; or else the first rows say.
      """)
  var delimiter: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The encoding of a text file: \(TextEncoding.allCases.map(\.rawValue).joined(separator: ", ")).",
      discussion: """
        Default: UTF-8, or what a byte order mark says, zero bytes (UTF-16), or bytes that are not UTF-8 (Windows-1252, \
        which holds Latin-1). What was found is said.
        """))
  var encoding: TextEncoding?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "csv, tsv: the decimal mark of numbers: . or a comma.",
      discussion: """
        Default: what the first thousand rows say, which is said where it is not the point. A number that can be read in \
        two ways, such as 1,234 alone, is refused.
        """))
  var decimal: String?

  @Option(
    name: .long, help: "csv, tsv: what stands between thousands: . , ' or a space, or none. Default: as --decimal.")
  var thousands: String?

  @Option(
    name: .long,
    help: "csv, tsv: lines before the table that are left out. Default: those above header and numbers that are no row."
  )
  var skipLines: Int?

  @Option(
    name: .long,
    help: "csv, tsv: what a line begins with that is no row, or none. Default: # where such a line cannot be a row.")
  var comment: String?

  @Option(
    name: .long,
    help: "csv, tsv: rows behind the header that are left out. Default: 1 where it holds units above numbers, else 0.")
  var unitsRows: Int?

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
        csv, tsv: the one feature column holds a token per timestep, its text or its number. npz, npy, tfrecord: whole \
        numbers are tokens rather than features.
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

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Timesteps at the end of which all is this value are padding: a number or nan.",
      discussion: """
        npz, npy: where neither lengths, a mask nor offsets say where sequences end. csv, tsv: where a row is a sequence (--layout \
        wide or lists); empty cells and NaN at its end are padding in any case.
        """))
  var padding: String?

  @Option(
    name: .long,
    help: "tfrecord: how many numbers of a flat Example's list are a timestep.")
  var width: Int?

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

  func validate() throws {
    let files = labelValues.files
    if files.count + (join == nil ? 0 : 1) > 1 {
      let all = (files + [join].compactMap { $0 }).joined(separator: ", ")
      throw ValidationError("one table can be joined, and there are several: \(all)")
    }
    if files.isEmpty, join == nil, joinKey != nil || !joinColumnValues.isEmpty {
      throw ValidationError("--join-key and --join-columns go with --join")
    }
    try Limits.check("--width", width, 1...1 << 20)
    if thousands == "" { throw ValidationError("--thousands is empty, expected a mark, or none") }
    try Limits.check("--skip-lines", skipLines, Limits.countOrNone)
    try Limits.check("--units-rows", unitsRows, Limits.countOrNone)
  }

  /// The values of `--labels`: those that are tables with the labels, and those that are columns.
  private var labelValues: (files: [String], columns: [String]) {
    let values = labelsValues.joinedList.list
    let files = values.filter { value in
      let format = FileFormat(fileName: value)
      var isFolder: ObjCBool = false
      return (format?.hasRowPerTimestep == true || format == .jsonl || format == .text)
        && FileManager.default.fileExists(atPath: value, isDirectory: &isFolder) && !isFolder.boolValue
    }
    return (files, values.filter { !files.contains($0) })
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
    text(.query, query)
    text(.id, id)
    text(.layout, layout?.rawValue)
    text(.channelOrder, channels?.rawValue)
    text(.listSeparator, listSeparator == "tab" ? "\t" : listSeparator)
    text(.pivot, pivot)
    text(.pivotValue, value)
    list(.pivotColumns, pivotColumnValues.joinedList)
    text(.pivotTies, pivotTies?.rawValue)
    list(.features, features)
    list(.featureNames, featureNames)
    let hasNoTarget = target == "none" || target != nil && target.list.isEmpty
    list(.target, hasNoTarget ? nil : target)
    flag(.noTarget, hasNoTarget)
    text(.targetKind, targetKind?.rawValue)
    list(.targetValueNames, targetNames)
    text(.weight, weight)
    settings[.time] = time == "none" || time == "" ? [""] : time.map { _ in time.list }
    text(.timeFormat, timeFormat)
    text(.order, order == "none" ? "" : order)
    text(.rowGrouping, groupRows?.rawValue)
    text(.blankIDs, blankIds?.rawValue)
    list(.numbers, numberValues.joinedList)
    list(.categories, categoryValues.joinedList)
    let labels = labelValues
    settings[.labels] = labels.columns.isEmpty ? nil : labels.columns
    text(.join, join ?? labels.files.first)
    text(.joinKey, joinKey)
    list(.joinColumns, joinColumnValues.joinedList)
    text(.padding, padding)
    text(.width, width.map(String.init))
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
    text(.encoding, encoding?.rawValue)
    text(.decimal, decimal)
    text(.thousands, thousands == "none" ? "" : thousands)
    text(.skippedLines, skipLines.map(String.init))
    text(.comment, comment == "none" ? "" : comment)
    text(.unitsRows, unitsRows.map(String.init))
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

  /// Readers of files of any format.
  /// - Parameter settings: what is asked of each.
  func readers(of paths: [String], _ settings: (String) throws -> ReaderSettings) throws -> [FileReader] {
    try FileReader.readers(
      of: paths, format: format, among: FormatRegistry.allWithDatabases, settings: settings)
  }

  /// Readers of files for a model: what the command line leaves open is as it was for the data that the model was trained
  /// on. What is taken from there is said.
  func readers(of paths: [String], for model: TrainedModel, _ purpose: FileReading.Purpose) throws -> [FileReader] {
    let readings = Dictionary(
      paths.map { path in
        let reading = model.reading(
          of: path, format: format, among: FormatRegistry.allWithDatabases, asked: settings, for: purpose)
        return (path, reading)
      }, uniquingKeysWith: { first, _ in first })
    var said: [(words: String, files: [String])] = []
    for path in paths {
      guard let words = readings[path]?.rememberedWords, !words.isEmpty else { continue }
      if let place = said.firstIndex(where: { $0.words == words }) {
        said[place].files.append(path)
      } else {
        said.append((words, [path]))
      }
    }
    if !Console.isQuiet {
      for (words, files) in said {
        let name = files.count == 1 ? InputSource(files[0]).name : "\(files.count) files"
        Console.error("\(name): read as the training data was, with \(words)")
      }
      for path in paths {
        guard let lacking = readings[path]?.lacking, !lacking.isEmpty else { continue }
        Console.error(
          "\(InputSource(path).name): has no such column as the training data was read with: "
            + lacking.optionWords.map(\.shellWord).joined(separator: " "))
      }
    }
    return try FileReader.readers(
      of: paths, formats: { readings[$0]?.format }, among: FormatRegistry.allWithDatabases
    ) { readings[$0]?.settings ?? [:] }
  }
}

extension TrainedModel.Reading {
  /// What is asked of the file as it was of the training data, as options of the command.
  var rememberedWords: String {
    let words = remembersFormat ? ReaderSettings.words("format", format?.name ?? "") : []
    return (words + remembered.optionWords).map(\.shellWord).joined(separator: " ")
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

extension FileReader {
  /// Shows what the reader has to say by now and no file before it has said.
  mutating func showNotes(_ common: inout CommonNotes) throws {
    let notes = try common.take(from: &self)
    if !Console.isQuiet { for note in notes { Console.error("\(source.name): \(note.advice)") } }
  }
}

extension FileFormat: ExpressibleByArgument {
  /// The format of this name.
  public init?(argument: String) { self.init(named: argument, among: FormatRegistry.allWithDatabases) }
  /// The names.
  public static var allValueStrings: [String] { FormatRegistry.allWithDatabases.map(\.name) }
}

extension FileFacts.KeyOrigin: ExpressibleByArgument {}
extension FileFacts.ClassOrigin: ExpressibleByArgument {}
extension FileFacts.SplitOrigin: ExpressibleByArgument {}
extension TargetKind: ExpressibleByArgument {}
extension RowLayout: ExpressibleByArgument {}
extension ChannelOrder: ExpressibleByArgument {}
extension PivotTies: ExpressibleByArgument {}
extension RowGrouping: ExpressibleByArgument {}
extension BlankIDs: ExpressibleByArgument {}
extension Vocabulary.Unit: ExpressibleByArgument {}
extension TextEncoding: ExpressibleByArgument {}
