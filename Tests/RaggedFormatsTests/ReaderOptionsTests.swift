import RaggedCore
import RaggedFormats
import Testing

@Suite struct ReaderOptionsTests {
  @Test(arguments: InputFormat.allCases)
  func defaultsFitEveryFormat(format: InputFormat) throws {
    try ReaderOptions().validate(for: format, file: "x")
  }

  @Test func everyProblemIsSaid() {
    let cases: [(InputFormat, ReaderOptions, String)] = [
      (.csv, ReaderOptions(delimiter: ""), #"the delimiter is "", expected one ASCII character that is no quote"#),
      (.csv, ReaderOptions(delimiter: "é"), #"the delimiter is "é", expected one ASCII character that is no quote"#),
      (.csv, ReaderOptions(delimiter: "\""), "the delimiter is \"\"\", expected one ASCII character that is no quote"),
      (.csv, ReaderOptions(maximumLineBytes: 0), "the longest line may have 0 bytes, expected at least 1"),
      (.csv, ReaderOptions(classes: ["a", "a"]), #"the class "a" is declared twice"#),
      (.csv, ReaderOptions(id: "a", features: ["b", "a"]), #"column "a" is given two roles"#),
      (.jsonl, ReaderOptions(weight: "a", split: "a"), #"field "a" is given two roles"#),
      (.csv, ReaderOptions(features: []), "the list of feature columns is empty"),
      (
        .csv, ReaderOptions(target: ["a", "b"], targetKind: .classPerSequence),
        #"a class comes from one column, 2 are given: "a", "b""#
      ),
      (.csv, ReaderOptions(target: [], targetKind: .valuesPerSequence), "a kind of target is given, but no target"),
      (.ts, ReaderOptions(unit: .words), "a unit of text means nothing for the format ts"),
      (.csv, ReaderOptions(isClassFromFileName: true), "a class from the file's name means nothing for the format csv"),
      (.jsonl, ReaderOptions(features: ["a", "b"]), #"the features come from one field, 2 are given: "a", "b""#),
      (.jsonl, ReaderOptions(target: ["a", "b"]), #"the target comes from one field, 2 are given: "a", "b""#),
      (.jsonl, ReaderOptions(missing: ["NA"]), "a missing value means nothing for the format jsonl"),
      (.ts, ReaderOptions(id: "a"), "an id column means nothing for the format ts"),
      (.text, ReaderOptions(target: ["label"]), #"the column is "label", expected its number, counted from 1"#),
      (.text, ReaderOptions(features: ["1", "2"]), "text and class come from one column each"),
      (.text, ReaderOptions(targetKind: .valuesPerSequence), "the target of a text is a class, not values"),
      (
        .text, ReaderOptions(target: ["1"], isClassFromFileName: true),
        "the class is to come from the file's name and from a column, expected one of them"
      ),
    ]
    for (format, options, problem) in cases {
      let error = #expect(throws: InputError.self) { try options.validate(for: format, file: "x") }
      #expect(error?.message == "x: " + problem)
      #expect(error?.failureClass == .usage)
    }
  }

  @Test func formatsFromNames() {
    let names: [(String, InputFormat?)] = [
      ("a.csv", .csv), ("A.CSV.GZ", .csv), ("a.tsv", .tsv), ("a.tab", .tsv), ("a.jsonl", .jsonl),
      ("a.ndjson.gz", .jsonl),
      ("a.ts", .ts), ("dir.csv/a.txt", .text), ("a", nil), ("a.gz", nil), ("a.parquet", nil), ("-", nil),
    ]
    for (name, format) in names { #expect(InputFormat(fileName: name) == format, "\(name)") }
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
    let error = #expect(throws: InputError.self) { try FileReader("data.parquet") }
    #expect(
      error?.message
        == "data.parquet: the name does not tell the format, expected one of csv, tsv, jsonl, ts, text, npz, npy, tfrecord to be given"
    )
    #expect(error?.failureClass == .usage)
  }

  @Test func messagesShowControlCharactersAndCutLongText() throws {
    let reading = try readText(
      "x.csv", "id,x\na,\u{1}\t\(String(repeating: "é", count: 60))\n", options: ReaderOptions(features: ["x"]))
    #expect(
      reading.messages == [
        "x.csv:2: column \"x\" is \"\\u{1}\\t\(String(repeating: "é", count: 38))…\", expected a number"
      ])
  }
}
