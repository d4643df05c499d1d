import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Which columns a table has beside its input and target, and what their cells are.
@Suite struct TableColumnTests {
  static let log = """
    id,when,activity,amount,channel,age,label
    a,2024-01-01T08:00:00Z,open,1.5,web,30,won
    a,2024-01-01T09:30:00.25+01:00,check,,web,30,won
    a,2024-01-02,open,NA,web,30,won
    b,2024-01-03 00:00:00Z,open,2,"shop, old",41,lost
    b,2024-01-04T00:00:00Z,,3,"shop, old",41,lost

    """

  /// The second and third line with one form of time.
  static let text = log.replacing("09:30:00.25+01:00", with: "08:30:00.25Z").replacing(
    "02,open", with: "02T00:00:00Z,open")

  private func roles(_ text: String, _ options: TableOptions = TableOptions()) throws -> String {
    try withFile("s.csv", text.utf8) { path in
      var reader = try FileReader(path, options: options)
      return try reader.roles()
    }
  }

  @Test func everyColumnIsTakenAsWhatItIs() throws {
    let options = TableOptions(time: "when")
    #expect(
      try roles(Self.text, options)
        == #"id: "id"; features: "amount"; target (class): "label"; time: "when"; categories: "activity"; "#
        + #"numbers per sequence: "age"; categories per sequence: "channel""#)
    let reading = try readText("s.csv", Self.text, options: options)
    #expect(reading.messages == [])
    #expect(
      reading.description?.columns.map { "\($0.name) \($0.summary) \($0.role)" } == [
        "when a time per timestep input", "activity a category per timestep input",
        "channel a category per sequence input",
        "age a number per sequence input",
      ])
    #expect(reading.description?.classColumn == "label")
    let records = reading.records.map(Contents.init)
    #expect(
      records.map(\.cells) == [
        [
          ["1704096000000000", "1704097800250000", "1704153600000000"], ["=open", "=check", "=open"], ["=web"],
          ["\(Float(30).bitPattern)"],
        ],
        [
          ["1704240000000000", "1704326400000000"], ["=open", "missing"], ["=shop, old"], ["\(Float(41).bitPattern)"],
        ],
      ])
    #expect(
      records.map(\.input) == [
        ["\(Float(1.5).bitPattern)", "missing", "missing"], [2, 3].map { "\(Float($0).bitPattern)" },
      ])
    #expect(records.map(\.validity) == [nil, nil])
  }

  @Test func namedFeaturesLeaveTheOthersOut() throws {
    let reading = try readText("s.csv", Self.text, options: TableOptions(features: ["amount"], time: "when"))
    #expect(reading.description?.columns.allSatisfy { $0.role == .other } == true)
    #expect(reading.description?.input == .features(["amount"]))
  }

  @Test func anEventLogNeedsNoNumber() throws {
    let text = "id,activity,resource\na,open,x\na,check,y\nb,,\nc,open,\nc,close,x\n"
    #expect(try roles(text) == #"id: "id"; categories: "activity", "resource""#)
    let reading = try readText("s.csv", text)
    #expect(reading.messages == [])
    #expect(reading.description?.input == .features([]))
    #expect(reading.records.map(\.length) == [2, 0, 2])
    #expect(
      reading.records.map { Contents($0).cells } == [
        [["=open", "=check"], ["=x", "=y"]], [[], []], [["=open", "=close"], ["missing", "=x"]],
      ])
  }

  /// A first row without any cell stands for no timestep only where no other row follows.
  @Test func aFirstTimestepMayBeMissingAltogether() throws {
    let reading = try readText("s.csv", "id,x,y\na,,\na,1,2\nb,,\nc,3,4\n")
    #expect(reading.records.map(\.length) == [2, 0, 1])
    #expect(Contents(reading.records[0]).input.prefix(2) == ["missing", "missing"])
  }

  @Test func optionsOverruleTheGuess() throws {
    let text = "id,zip,when,note,x\n" + "a,100,90,1,5\na,100,150,2,6\nb,200,90,3,7\nb,200,91,4,7\n"
    #expect(
      try roles(text)
        == #"id: "id"; features: "when", "note", "x"; numbers per sequence: "zip""#)
    let options = TableOptions(times: ["when"], categories: ["zip"], statics: ["zip"], skipped: ["note"])
    #expect(
      try roles(text, options)
        == #"id: "id"; features: "x"; times: "when"; categories per sequence: "zip"; not imported: "note""#)
    let reading = try readText("s.csv", text, options: options)
    #expect(
      reading.records.map { Contents($0).cells } == [
        [["=100"], ["90000000", "150000000"]], [["=200"], ["90000000", "91000000"]],
      ])
    #expect(
      try roles(text, TableOptions(numbers: ["zip"], skipped: ["when", "note", "x"]))
        == #"id: "id"; features: "zip"; not imported: "when", "note", "x""#)
  }

  /// Per sequence is what is the same in each of two sequences of more than one row, and not the same in all.
  @Test(arguments: [
    ("a,1\na,1\nb,2\nb,2\n", true), ("a,1\na,1\nb,2\n", false), ("a,1\na,1\nb,1\nb,1\n", false),
    ("a,1\na,2\nb,2\nb,2\n", false),
  ])
  func aColumnIsPerSequenceWhereTheSampleShowsIt(rows: String, isStatic: Bool) throws {
    let lines = rows.split(separator: "\n").enumerated().map { "\($1),\($0 * $0 + 3),x\($0)\n" }.joined()
    let columns = try readText("s.csv", "id,c,v,d\n" + lines).description?.columns
    #expect(columns?.contains { $0.name == "c" && $0.extent == .sequence } == isStatic)
  }

  @Test func whatWouldLeaveNoInputStaysWithTheTimesteps() throws {
    let text = "id,t,c,k\na,0,1,u\na,1,1,u\nb,0,2,v\nb,1,2,v\n"
    #expect(try roles(text) == #"id: "id"; features: "c"; time: "t"; categories: "k""#)
  }

  @Test func numericTimesAreReadInTheirUnit() throws {
    for (scale, unit) in [("", 6), ("000", 3), ("000000", 0), ("000000000", -3)] {
      let text = "id,t,x\na,1700000000\(scale),1\na,1700000001\(scale),2\n"
      let cells = try readText("s.csv", text).records.first.map { Contents($0).cells }
      #expect(cells == [["1700000000000000", "1700000001000000"]], "\(unit)")
    }
    #expect(
      try readText("s.csv", "id,t,x\na,-1.5,1\na,0.0000019,2\n").records.first.map { Contents($0).cells }
        == [["-1500000", "1"]])
  }

  /// Behind the thousand rows that decide what a column is.
  @Test(arguments: [
    ("zzz", "500", "a", "2024-01-01", #"column "n" is "zzz", expected a number"#, InputRemedy.takeAsText("n")),
    (
      "1", "9", "a", "2024-01-01", #"column "s" is "9", but "500" in the first row of sequence "500""#,
      .letColumnChange("s", .number)
    ),
    (
      "1", "500", "a", "soon",
      #"column "d" is "soon", which is no time that is understood: expected a number or ISO 8601, such as "#
        + "2020-12-31T08:30:00Z", .takeAsText("d")
    ),
  ])
  func whatComesLaterMayNotContradict(
    number: String, fixed: String, text: String, date: String, problem: String, remedy: InputRemedy
  ) throws {
    var rows = (0..<1001).map { "\($0 / 2),\($0 % 7),\($0 / 2),t\($0 % 3),2024-01-0\(1 + $0 % 9)\n" }.joined()
    rows += "500,\(number),\(fixed),\(text),\(date)\n"
    let reading = try readText("s.csv", "id,n,s,c,d\n" + rows)
    #expect(reading.messages == ["s.csv:1003: \(problem)"])
    #expect(reading.errors.first?.remedy == remedy)
    #expect(reading.records.count == 500)
  }

  /// The quick way and the careful one read the same, whatever the cells hold.
  @Test func bothWaysOfReadingAgree() throws {
    var random = SeededRandom(seed: 4)
    let cells: [[String]] = [
      ["1", "-2.5", "", "NA", "nan", "3e-2", "0.1"],
      ["open", "close, late", "", "é", "NA", "a\"b", "x", " y ", "null"],
      ["2024-01-01T00:00:00Z", "", "2024-02-01T10:00:00.5Z"], ["web", "shop"],
    ]
    for _ in 0..<30 {
      var (plain, quoted) = ("id,n,c,d,s,t\n", "id,n,c,d,s,t\n")
      for key in ["a", "b", "c"] {
        let fixed = cells[3][random.below(2)]
        for t in 0..<1 + random.below(5) {
          let row = cells[0..<3].map { $0[random.below($0.count)] }
          plain += ([key] + row.map(\.csvCell) + [fixed, "\(t)"]).joined(separator: ",") + "\n"
          let all = [key] + row + [fixed, "\(t)"]
          quoted += all.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",") + "\n"
        }
      }
      let options = TableOptions(time: "t", times: ["d"], numbers: ["n"], categories: ["c", "s"], statics: ["s"])
      let readings = try [plain, quoted].map { try readText("s.csv", $0, options: options) }
      #expect(readings[0].messages == [] && readings[1].messages == [])
      #expect(readings[0].records.map(Contents.init) == readings[1].records.map(Contents.init))
    }
  }

  @Test func columnsOfManyNames() throws {
    let rows = (0..<4000).map { "k\($0 / 3),n\($0 % 1700),\($0)\n" }.joined()
    let reading = try readText("s.csv", "id,c,x\n" + rows, options: TableOptions(numbers: ["x"]))
    let names = reading.records.flatMap { Contents($0).cells[0] }
    #expect(names == (0..<4000).map { "=n\($0 % 1700)" })
  }

  @Test func missingCellsAreCounted() throws {
    #expect(
      try notes("s.csv", Self.text, options: TableOptions(time: "when"), afterReading: true) == [
        #"missing cells: 2 of 5 in "amount", 1 of 5 in "activity""#
      ])
    let targets = "id,x,y\na,1,2\na,2,\na,3,4\n"
    for kind in [TargetKind.classPerTimestep, .valuesPerTimestep] {
      let options = TableOptions(target: ["y"], targetKind: kind, missing: [""])
      #expect(try readText("s.csv", targets, options: options).records.first?.validity == nil)
      #expect(
        try notes("s.csv", targets, options: options, afterReading: true) == [
          "1 of 3 timesteps has no target: it has no loss and is not judged"
        ])
    }
  }

  @Test func infinityIsNoMissingCell() throws {
    #expect(
      try readText("s.csv", "id,x\na,1\na,inf\n").messages == [
        #"s.csv:3: column "x" is "inf", expected a finite number"#
      ])
  }

  @Test(arguments: [
    (TableOptions(numbers: ["nope"]), #"s.csv:1: there is no column "nope""#),
    (TableOptions(features: ["x"], statics: ["x"]), #"s.csv: column "x" is given two roles"#),
    (TableOptions(numbers: ["x"], categories: ["x"]), #"s.csv: column "x" is given two roles"#),
    (TableOptions(categories: ["x"], skipped: ["x"]), #"s.csv: column "x" is given two roles"#),
  ])
  func optionsThatMakeNoSense(options: TableOptions, message: String) throws {
    let found = try readText("s.csv", "id,x,c\na,1,u\n", options: options).messages
    #expect(found.count == 1 && found[0].hasPrefix(message))
  }
}
