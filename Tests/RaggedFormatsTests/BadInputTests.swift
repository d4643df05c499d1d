import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// A broken file, what is said of it, and which sequences survive it.
struct BadInput: Sendable, CustomTestStringConvertible {
  var file: String
  var messages: [String]
  var survivors: [String]
  var isFatal = false
  var options: (any FormatOptions)?
  var testDescription: String { file }

  init(
    _ file: String, _ problem: String, survivors: [String] = ["a", "c"], isFatal: Bool = false,
    options: (any FormatOptions)? = nil
  ) {
    self.file = file
    messages = [file + problem]
    self.survivors = isFatal ? [] : survivors
    self.isFatal = isFatal
    self.options = options
  }
}

private let badTables = [
  BadInput("ragged.csv", ":4: the row has 4 cells, expected 5 as in the header"),
  BadInput("ragged-long.csv", ":3: the row has 6 cells, expected 5 as in the header"),
  BadInput(
    "not-a-number.csv", #":3: column "ax" is "n/a", expected a number"#),
  BadInput(
    "infinite.csv", #":3: column "ax" is "-inf", expected a finite number"#),
  BadInput("overflow.csv", #":3: column "ax" is "1e39", which overflows float32"#),
  BadInput(
    "class-changes.csv",
    #":4: column "label" is "v", but "u" in the first row of sequence "b""#),
  BadInput(
    "empty-id.csv",
    #":3: column "id" is empty, expected an id in every row; the row may be one of sequence "a""#, survivors: []
  ).with(
    #"empty-id.csv:3: column "id" is empty, expected an id in every row; the row may be one of sequence "c""#),
  BadInput(
    "rows-after-empty.csv", #":4: the row before says that sequence "b" has no timesteps, but here is one"#),
  BadInput("after-quote.csv", ":3: column 3 goes on after its closing quote, expected the delimiter"),
  BadInput("unterminated-quote.csv", ":3: a quote is opened and not closed", isFatal: true),
  BadInput(
    "truncated-row.csv",
    ":4: the row has 3 cells, expected 5 as in the header; the file ends in the middle of this row",
    survivors: ["a"]),
  BadInput("invalid-utf8.csv", ":3: byte 12 of the line is 0xFF, which is not valid UTF-8"),
  BadInput("nul.csv", ":3: byte 10 of the line is 0x00, which text may not hold"),
  BadInput("empty.csv", ": the file is empty", isFatal: true),
  BadInput("header-only.csv", ": no rows follow the header", isFatal: true),
  BadInput("column-twice.csv", #":1: column "x" stands twice in the header, at 2 and 3"#, isFatal: true),
  BadInput(
    "no-id.csv",
    #":1: no column for the id of a sequence is named, and none is called "id", "key", "sequence", "series", "#
      + #""sequence_id", "series_id"; the columns are "x", "y", "z"; one sequence is not plainly what the file holds, as "#
      + #"the 2 values of column "x" come in runs"#, isFatal: true),
  BadInput(
    "no-id.csv",
    #":1: no column for the id of a sequence is named, and none is called "id", "key", "sequence", "series", "#
      + #""sequence_id", "series_id"; the columns are "x", "y", "z""#, isFatal: true,
    options: TableOptions(layout: .long)),
  BadInput(
    "no-id.csv", #":1: there is no column "zz", did you mean "z"? The columns are "x", "y", "z""#, isFatal: true,
    options: TableOptions(id: "x", features: ["zz"])),
  BadInput(
    "no-id.csv", #":1: there is no column "q"; the columns are "x", "y", "z""#, isFatal: true,
    options: TableOptions(id: "q")),
  BadInput(
    "nan.csv", #":2: column "label" is "u", expected one of the declared classes "v", "w""#, survivors: [],
    options: TableOptions(missing: ["NaN"], classes: ["v", "w"])
  ).with(
    #"nan.csv:3: column "label" is "u", expected one of the declared classes "v", "w""#,
    #"nan.csv:4: column "label" is "u", expected one of the declared classes "v", "w""#),
]

private let badObjects = [
  BadInput("ragged.jsonl", ":2: byte 34 begins timestep 2 of 1 feature, expected 2"),
  BadInput(
    "not-a-number.jsonl", #":2: byte 30 ("features", timestep 1, feature 2) is "x", expected a number"#),
  BadInput("overflow.jsonl", #":2: byte 30 ("features", timestep 1, feature 2) is "-1e39", which overflows float32"#),
  BadInput("no-target.jsonl", #":2: there is no field "target", expected a target, or null for a missing one"#),
  BadInput("no-id.jsonl", #":2: field "id" is absent or empty, expected the key of the sequence"#),
  BadInput("field-twice.jsonl", #":2: byte 13 begins field "id" a second time"#),
  BadInput("escape.jsonl", ":2: byte 9 begins half of a surrogate pair"),
  BadInput("not-an-object.jsonl", #":2: byte 1 is "[", expected an object, one a line"#),
  BadInput("leading-zero.jsonl", #":2: byte 27 ("features", timestep 1, feature 1) is "01", expected a number"#),
  BadInput("deep.jsonl", ":2: byte 89 is nested deeper than 64 levels"),
  BadInput("wrong-length.jsonl", ":2: the validity has 2 values, but the sequence has 1 timestep"),
  BadInput("truncated.jsonl", #":2: the line ends at byte 35, expected "," or "]""#, survivors: ["a"]),
  BadInput("invalid-utf8.jsonl", ":2: byte 9 of the line is 0xFF, which is not valid UTF-8"),
  BadInput("empty.jsonl", ": the file is empty", isFatal: true),
  BadInput(
    "ragged.jsonl",
    #":1: there is no field "features2", did you mean "features"? The fields are "id", "features", "target""#,
    isFatal: true, options: JSONLinesOptions(input: "features2")),
]

private let badSeries = [
  ("dimensions.ts", ":9: the series has 3 dimensions and a label, but the header says @dimensions 2"),
  ("no-label.ts", ":9: the series has 1 dimension and a label, but the header says @dimensions 2"),
  ("lengths.ts", ":9: dimension 2 has 1 value, but dimension 1 has 2"),
  (
    "unequal.ts",
    ":10: the series has 1 timestep, but the header says @equalLength true and the first series has 2"
  ),
  ("series-length.ts", ":11: the series has 1 timestep, but the header says @seriesLength 2"),
  ("class.ts", #":9: the class is "U", expected one of the declared classes "u", "v""#),
  ("missing.ts", #":9: timestep 2 of dimension 1 is "?", but the header says @missing false"#),
  ("not-a-number.ts", #":9: timestep 2 of dimension 1 is "x", expected a number or ?"#),
  ("overflow.ts", #":9: timestep 2 of dimension 1 is "1e39", which overflows float32"#),
  ("univariate.ts", ":5: the series has 2 dimensions and a label, but the header says @univariate true"),
  ("times-differ.ts", #":5: timestep 1 of dimension 2 has the time "2", but dimension 1 has "1" there"#),
  ("target.ts", #":5: the target is "x", expected a number"#),
  ("invalid-utf8.ts", ":5: byte 5 of the line is 0xFF, which is not valid UTF-8"),
].map { file, problem in BadInput(file, problem, survivors: [1, 3].map { "\(file.dropLast(3))/\($0)" }) }

private let badHeaders = [
  BadInput("contradiction.ts", ":4: the header says @univariate true and @dimensions 3", isFatal: true),
  BadInput("header-only.ts", ":3: no series follow @data", isFatal: true),
  BadInput("no-data.ts", ": there is no @data line", isFatal: true),
  BadInput(
    "before-data.ts", #":2: "1,2,3:u" stands before @data, expected a tag such as @classLabel"#, isFatal: true),
  BadInput(
    "truncated.ts",
    #":5: the line has no ":" and so no label, but the header says that there is one; "#
      + "the file ends in the middle of this line, or without a newline", survivors: ["truncated/1"]),
]

private let badTexts = [
  BadInput(
    "invalid-utf8.txt", ":2: byte 2 of the line is 0xFF, which is not valid UTF-8",
    survivors: ["invalid-utf8:1", "invalid-utf8:3"]),
  BadInput("empty.txt", ": the file is empty", isFatal: true),
  BadInput(
    "no-column.txt", ":2: the line has 1 column, expected column 2", survivors: ["no-column:1", "no-column:3"],
    options: TextOptions(classColumn: 1)),
  BadInput(
    "no-column.txt", #":3: column 1 is "y", expected one of the declared classes "x""#, survivors: ["no-column:1"],
    options: TextOptions(classColumn: 1, classes: ["x"])
  ).with(before: #"no-column.txt:2: column 1 is "two", expected one of the declared classes "x""#),
]

private let badArchives = [
  BadInput("corrupt.csv.gz", ": is corrupt: gzip data cannot be decompressed: incorrect data check", isFatal: true),
  BadInput("not-gzip.csv.gz", ": is named .gz, but its data do not begin as gzip", isFatal: true),
  BadInput("trailing.csv.gz", ": is corrupt: other data follow the end of the gzip data", isFatal: true),
]

extension BadInput {
  func with(_ more: String...) -> BadInput {
    var copy = self
    copy.messages += more
    return copy
  }

  func with(before: String) -> BadInput {
    var copy = self
    copy.messages.insert(before, at: 0)
    return copy
  }
}

@Suite struct BadInputTests {
  @Test(arguments: badTables + badObjects + badSeries + badHeaders + badTexts + badArchives)
  func saysWhatIsWrongAndGoesOn(input: BadInput) {
    let reading = readFixture("bad/" + input.file, options: input.options)
    #expect(reading.messages == input.messages)
    #expect(reading.keys == input.survivors)
    #expect(reading.errors.last?.isFatal == input.isFatal)
    #expect(reading.errors.allSatisfy { $0.failureClass == .badData })
  }

  @Test func truncatedArchiveEndsFatally() {
    let reading = readFixture("bad/truncated.csv.gz")
    #expect(reading.messages.count == 1)
    #expect(reading.messages[0].hasPrefix("truncated.csv.gz: is cut short: the gzip data end in the middle, after "))
    #expect(reading.errors[0].isFatal)
  }

  @Test(arguments: [
    ("bad/duplicate-key.csv", ["a", "b", "a", "c"]), ("bad/comes-back.csv", ["a", "b", "a", "c"]),
    ("bad/duplicate-key.jsonl", ["a", "a", "c"]),
  ])
  func keysThatComeBackAreYieldedAgain(file: String, keys: [String]) {
    let reading = readFixture(file, options: file.hasSuffix("csv") ? TableOptions(grouping: .never) : nil)
    #expect(reading.keys == keys)
    #expect(reading.errors.isEmpty)
  }

  @Test func errorsNameTheSequence() {
    #expect(readFixture("bad/not-a-number.csv").errors.map(\.key) == ["b"])
    #expect(readFixture("bad/ragged.csv").errors.map(\.key) == ["b"])
    #expect(readFixture("bad/invalid-utf8.csv").errors.map(\.key) == ["b"])
    #expect(readFixture("bad/dimensions.ts").errors.map(\.key) == ["dimensions/2"])
    #expect(readFixture("bad/wrong-length.jsonl").errors.map(\.key) == ["b"])
  }

  @Test func missingFile() {
    let reading = readFixture("bad/absent.csv")
    #expect(reading.messages == ["absent.csv: no such file"])
    #expect(reading.errors.map(\.failureClass) == [.noInput])
  }

  @Test func folder() {
    let reading = readFixture("bad", format: .csv)
    #expect(reading.messages == ["bad: is a directory, expected a file"])
    #expect(reading.errors.map(\.failureClass) == [.noInput])
  }

  @Test(.enabled(if: getuid() != 0, "the superuser may read everything"))
  func noPermission() throws {
    try withFile("locked.csv", "id,x\na,1\n".utf8) { path in
      try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
      let reading = readAll(path)
      #expect(reading.messages == ["locked.csv: no permission to read it"])
      #expect(reading.errors.map(\.failureClass) == [.noInput])
    }
  }

  @Test func fatalErrorsStay() throws {
    var reader = try FileReader(inputFixtures.appendingPathComponent("bad/unterminated-quote.csv").path)
    for _ in 0..<3 { #expect(throws: InputError.self) { try reader.next() } }
  }

  @Test func faultBeforeTheFirstGoodRowWaitsForItsTurn() throws {
    let reading = try readText("x.csv", "id,x\na,1,2\na,1\nb,2\n")
    #expect(reading.messages == ["x.csv:2: the row has 3 cells, expected 2 as in the header"])
    #expect(reading.keys == ["b"])
  }
}
