import RaggedCore
import RaggedFormats
import Testing

@Suite struct FormatOptionsTests {
  @Test(arguments: FormatRegistry.all)
  func defaultsFitEveryFormat(format: FileFormat) throws {
    try format.defaults.validate(for: format, file: "x")
    #expect(format.defaults.settings == [:])
    #expect(try format.options([:], file: "x").settings == [:])
  }

  @Test func everyProblemIsSaid() {
    let cases: [(FileFormat, any FormatOptions, String)] = [
      (.csv, TableOptions(delimiter: ""), #"the delimiter is "", expected one ASCII character that is no quote"#),
      (.csv, TableOptions(delimiter: "é"), #"the delimiter is "é", expected one ASCII character that is no quote"#),
      (.csv, TableOptions(delimiter: "\""), "the delimiter is \"\"\", expected one ASCII character that is no quote"),
      (.csv, TableOptions(maximumLineBytes: 0), "the longest line may have 0 bytes, expected at least 1"),
      (.csv, TableOptions(classes: ["a", "a"]), #"the class "a" is declared twice"#),
      (.csv, TableOptions(id: "a", features: ["b", "a"]), #"column "a" is given two roles"#),
      (.jsonl, JSONLinesOptions(weight: "a", split: "a"), #"field "a" is given two roles"#),
      (.npz, NPZOptions(input: "a", mask: "a"), #"array "a" is given two roles"#),
      (.tfrecord, TFRecordOptions(features: ["a"], lengths: "a"), #"feature "a" is given two roles"#),
      (.text, TextOptions(idColumn: 2, classColumn: 2), #"column "2" is given two roles"#),
      (
        .csv, TableOptions(id: "a", layout: .blocks),
        #"a block between blank lines is to be a sequence and column "a" to name them, expected one of them"#
      ),
      (
        .csv, TableOptions(pivot: PivotOptions(variable: "a")),
        "the columns of the variable and of its value are named together, expected both"
      ),
      (
        .csv, TableOptions(pivot: PivotOptions(variable: "a", value: "b"), layout: .wide),
        "a row is to be a measurement, but the layout is wide"
      ),
      (
        .csv, TableOptions(channelOrder: .last, layout: .long), "an order of channels means nothing for the layout long"
      ),
      (.csv, TableOptions(padding: "blank"), #"the padding is "blank", expected a number or nan"#),
      (
        .csv, TableOptions(layout: .series, padding: "0"), "a value of padding means nothing for the layout series"
      ),
      (.csv, TableOptions(listSeparator: "ab"), #"the separator of lists is "ab", expected one ASCII character"#),
      (.csv, TableOptions(featureNames: ["a", "a"]), #"feature "a" is named twice"#),
      (
        .text, TextOptions(layout: .pivot),
        "a line of text has no layout pivot, expected wide, series or blocks, or a table"
      ),
      (.text, TextOptions(unit: .words, layout: .wide), "lines are to hold numbers and text, expected one of them"),
      (.csv, TableOptions(features: []), "the list of feature columns is empty"),
      (.tfrecord, TFRecordOptions(features: []), "the list of features is empty"),
      (
        .csv, TableOptions(target: ["a", "b"], targetKind: .classPerSequence),
        #"a class comes from one column, 2 are given: "a", "b""#
      ),
      (
        .csv, TableOptions(features: ["a", "b"], tokens: .numbers),
        #"tokens come from one column, 2 are given: "a", "b""#
      ),
      (
        .csv, TableOptions(metadata: ["a"], metadataObject: "b"),
        "metadata are to come from one column as a whole and from columns, expected one of them"
      ),
      (.csv, TableOptions(target: [], targetKind: .valuesPerSequence), "a kind of target is given, but no target"),
      (.jsonl, JSONLinesOptions(target: ["a", "b"]), #"the target comes from one field, 2 are given: "a", "b""#),
      (.npz, NPZOptions(target: ["a", "b"]), #"the target comes from one array, 2 are given: "a", "b""#),
      (
        .npy, NPYOptions(missing: ["NA"]), #"the missing value is "NA", expected nan or a number, as npy holds numbers"#
      ),
      (
        .tsf, ForecastOptions(featureNames: ["a", "b"]),
        "a series of tsf has one value per timestep, but 2 feature names are given"
      ),
      (.tsf, ForecastOptions(id: "a", skipped: ["a"]), #"attribute "a" is given two roles"#),
      (.arff, ARFFOptions(id: "a", target: ["a"]), #"attribute "a" is given two roles"#),
      (
        .arff, ARFFOptions(target: ["a"], targetValueNames: ["b", "c"]),
        "the target is 1 attribute, but 2 names are given for its values"
      ),
      (.text, TextOptions(classColumn: 0), #"the column is "0", expected its number, counted from 1"#),
    ]
    for (format, options, problem) in cases {
      let error = #expect(throws: InputError.self) { try options.validate(for: format, file: "x") }
      #expect(error?.message == "x: " + problem)
      #expect(error?.failureClass == .usage)
    }
  }

  @Test func settingsThatAFormatHasNoFieldForAreRefused() {
    let cases: [(FileFormat, ReaderSettings, String)] = [
      (.ts, [.unit: ["words"]], "a unit of text means nothing for the format ts"),
      (.csv, [.classFrom: ["folder"]], "a class from the file's path means nothing for the format csv"),
      (.jsonl, [.missing: ["NA"]], "a missing value means nothing for the format jsonl"),
      (.ts, [.id: ["a"]], "an id column means nothing for the format ts"),
      (.ts, [.noTarget: []], "no target means nothing for the format ts"),
      (.tsv, [.mask: ["m"], .lengths: ["n"]], "an array of lengths means nothing for the format tsv"),
      (.npy, [.target: ["y"]], "a target column means nothing for the format npy"),
      (.jsonl, [.features: []], "the list of feature fields is empty"),
      (.npz, [.padding: ["0"], .width: ["2"]], "a width of timesteps means nothing for the format npz"),
      (.tfrecord, [.width: ["0"]], #"a width of timesteps is "0", expected 1 to 1048576"#),
      (.npz, [.features: []], "the features come from one array, 0 are given: "),
      (.npz, [.unit: ["words"], .tokenNumbers: []], "tokens are given as text and as numbers, expected one of them"),
      (.csv, [.noTarget: [], .targetKind: ["class"]], "a kind of target is given, but no target"),
      (
        .csv, [.targetKind: ["c"]],
        #"a kind of target is "c", expected one of "class", "class-per-step", "values", "#
          + #""values-per-step""#
      ),
      (.text, [.target: ["label"]], #"the column is "label", expected its number, counted from 1"#),
      (.text, [.features: ["1", "2"]], "text and class come from one column each"),
      (
        .conll, [.targetKind: ["class"]],
        "the target of tagged tokens is a class per timestep, class-per-step, not class"
      ),
      (.conllu, [.delimiter: [";"]], "a delimiter means nothing for the format conllu"),
      (.tsf, [.target: ["y"]], "a target column means nothing for the format tsf"),
      (.arff, [.missing: ["-1"]], "a missing value means nothing for the format arff"),
      (.text, [.targetKind: ["values"]], "the target of a text is a class, not values"),
    ]
    for (format, settings, problem) in cases {
      let error = #expect(throws: InputError.self) { try format.options(settings, file: "x") }
      #expect(error?.message == "x: " + problem)
      #expect(error?.failureClass == .usage)
    }
  }

  /// One value for each name, as all formats take it together.
  private static func value(_ setting: ReaderSetting, _ format: FileFormat) -> [String] {
    switch setting {
    case .isHeaderless, .tokenNumbers, .emptyLines, .noTarget: []
    case .targetKind where format == .conll || format == .conllu: ["class-per-step"]
    case .targetKind: ["class"]
    case .unit: ["words"]
    case .missing: ["nan"]
    case .delimiter: [";"]
    case .layout: [format == .text ? "wide" : "long"]
    case .channelOrder: ["last"]
    case .listSeparator: ["/"]
    case .pivotTies: ["mean"]
    case .encoding: ["windows-1252"]
    case .decimal: [","]
    case .thousands: ["'"]
    case .skippedLines, .unitsRows: ["2"]
    case .padding: ["0"]
    case .timeFormat: ["iso"]
    case .rowGrouping: ["always"]
    case .blankIDs: ["fill"]
    case .width: ["2"]
    case .id where format == .text: ["1"]
    case .labels where format == .text: ["4"]
    case .features where format == .text: ["2"]
    case .target where format == .text: ["3"]
    default: [setting.rawValue]
    }
  }

  @Test(arguments: FormatRegistry.all)
  func settingsAndOptionsAreTheSame(format: FileFormat) throws {
    for setting in ReaderSetting.allCases where format.takes(setting) {
      let settings = [setting: Self.value(setting, format)]
      let options = try format.options(settings, file: "x")
      // What says what is so in any case sets nothing.
      let isPlain =
        setting == .noTarget && (format == .text || format == .npy)
        || setting == .targetKind && [.text, .conll, .conllu].contains(format)
      #expect(options.settings == (isPlain ? [:] : settings), "\(format) \(setting)")
      // The columns of a measurement are named together.
      if ![.pivot, .pivotValue, .pivotColumns, .pivotTies].contains(setting) {
        try options.validate(for: format, file: "x")
      }
    }
  }

  @Test func optionsOfAnotherFormatAreRefused() throws {
    let error = #expect(throws: InputError.self) { try FileReader("x.csv", options: JSONLinesOptions()) }
    #expect(error?.message == "x.csv: JSONLinesOptions are given for the format csv, expected TableOptions")
    #expect(error?.failureClass == .usage)
  }

  @Test func namesAndEndingsAreEachOnesOwn() {
    let names = FormatRegistry.all.map(\.name)
    #expect(Set(names).count == names.count)
    let endings = FormatRegistry.all.flatMap(\.extensions)
    #expect(Set(endings).count == endings.count)
    for format in FormatRegistry.all {
      #expect(FileFormat(named: format.name) == format)
      #expect(format.isWritten == (format.writtenSummary != nil), "\(format)")
    }
  }

  @Test func formatsFromNames() {
    let names: [(String, FileFormat?)] = [
      ("a.csv", .csv), ("A.CSV.GZ", .csv), ("a.tsv", .tsv), ("a.tab", .tsv), ("a.jsonl", .jsonl),
      ("a.ndjson.gz", .jsonl),
      ("a.ts", .ts), ("dir.csv/a.txt", .text), ("a", nil), ("a.gz", nil), ("a.parquet", .parquet), ("a.feather", nil),
      ("a.conll.gz", .conll), ("a.IOB", .conll), ("a.bio", .conll), ("a.conllu", .conllu), ("a.tsf", .tsf),
      ("a.arff", .arff),
      ("-", nil),
    ]
    for (name, format) in names { #expect(FileFormat(fileName: name) == format, "\(name)") }
  }

  @Test func stems() {
    let stems = [
      ("/x/y/Train.ts.gz", "Train"), ("a.b.csv", "a.b"), ("plain", "plain"), (".hidden", ".hidden"), ("-", "stdin"),
      ("x/", "x"),
    ]
    for (path, stem) in stems { #expect(InputSource(path).stem == stem, "\(path)") }
    #expect(InputSource("-").name == "standard input")
    #expect(InputSource("/absent").byteCount == nil)
  }

  @Test func unknownFormatIsRefused() {
    let error = #expect(throws: InputError.self) { try FileReader("data.feather") }
    #expect(
      error?.message
        == "data.feather: the name does not tell the format, expected one of csv, tsv, jsonl, ts, tsf, arff, conll, conllu, text, npz, npy, tfrecord, parquet, xes to be given"
    )
    #expect(error?.failureClass == .usage)
  }

  @Test func messagesShowControlCharactersAndCutLongText() throws {
    let reading = try readText(
      "x.csv", "id,x\na,\u{1}\t\(String(repeating: "é", count: 60))\n", options: TableOptions(features: ["x"]))
    #expect(
      reading.messages == [
        "x.csv:2: column \"x\" is \"\\u{1}\\t\(String(repeating: "é", count: 38))…\", expected a number"
      ])
  }
}
