import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Tables with a row per measurement.
@Suite struct PivotReaderTests {
  private static let options = TableOptions(pivot: PivotOptions(variable: "what", value: "value"))

  private func options(_ change: (inout TableOptions) -> Void) -> TableOptions {
    var options = Self.options
    change(&options)
    return options
  }

  private func notes(_ text: String, _ options: TableOptions) throws -> [InputNote] {
    try withFile("s.csv", text.utf8) { path in
      var reader = try FileReader(path, options: options)
      var notes = try reader.takeNotes()
      while try reader.next() != nil {}
      notes += try reader.takeNotes()
      return notes
    }
  }

  private static let stays = """
    id,time,what,value,unit
    a,0,age,70,y
    a,0,hr,80,bpm
    a,0,temp,36.5,C
    a,5,hr,82,bpm
    a,7,temp,,C
    a,7,spo2,97,%
    b,1,spo2,99,%
    b,1,age,51,y

    """

  @Test func variablesBecomeColumns() throws {
    let reading = try readText("s.csv", Self.stays, options: options { $0.statics = ["age"] })
    #expect(reading.messages == [])
    #expect(reading.keys == ["a", "b"])
    #expect(reading.description?.input == .features(["hr", "temp", "spo2"]))
    #expect(reading.description?.columns.map(\.name) == ["time", "age"])
    #expect(
      reading.records.map(\.input) == [
        .values([80, 36.5, .nan, 82, .nan, .nan, .nan, .nan, 97], featureCount: 3),
        .values([.nan, .nan, 99], featureCount: 3),
      ])
    #expect(reading.records.map { $0.cells[1] } == [.numbers([70]), .numbers([51])])
    #expect(reading.records[0].cells[0] == .times([0, 5_000_000, 7_000_000]))
    #expect(reading.records.map(\.line) == [3, 8])
    let moving = try readText("s.csv", Self.stays, options: Self.options)
    #expect(moving.description?.input == .features(["age", "hr", "temp", "spo2"]))
    #expect(moving.records.map(\.length) == [3, 1])
  }

  @Test func whatWasTakenForWhatIsSaid() throws {
    try withFile("s.csv", Self.stays.utf8) { path in
      var reader = try FileReader(path, options: Self.options)
      #expect(
        try reader.roles()
          == #"a row is a measurement, of "what", "value"; id: "id"; features: "age", "hr", "temp", "spo2"; time: "time""#
      )
      #expect(try reader.takeNotes().first?.text == #"not imported: "unit""#)
      var plain = try FileReader(path, options: TableOptions(statics: []))
      #expect(try plain.takeNotes().allSatisfy { $0.remedy != .sayPivot })
    }
    let hinted = Self.stays.replacing("what", with: "parameter")
    try withFile("s.csv", hinted.utf8) { path in
      var reader = try FileReader(path)
      #expect(try reader.takeNotes().contains { $0.remedy == .pivot(variable: "parameter", value: "value") })
    }
  }

  /// Measurements in any order within their time are the same timestep, and the table is the one that a person would make.
  @Test func aPivotedTableIsTheTable() throws {
    let names = ["p", "q", "r", "s"]
    var (long, wide) = ("id,time,what,value\n", "id,time," + names.joined(separator: ",") + "\n")
    for (sequence, t) in (0..<300).map({ ($0 / 25, $0 % 25) }) {
      let cells = names.indices.map { v in
        (sequence + t * 3 + v * 5) % 4 == 0 && v != t % 4 ? nil : "\((t * 31 + v * 17) % 101).25"
      }
      wide += "s\(sequence),\(t)," + cells.map { $0 ?? "" }.joined(separator: ",") + "\n"
      for v in names.indices.sorted(by: { ($0 * 7 + t) % 5 < ($1 * 7 + t) % 5 }) {
        if let cell = cells[v] { long += "s\(sequence),\(t),\(names[v]),\(cell)\n" }
      }
    }
    let options = options { $0.pivot.columns = names }
    let pivoted = try readText("s.csv", long, options: options)
    let table = try readText("s.csv", wide, options: TableOptions(numbers: names))
    #expect(pivoted.messages == [] && table.messages == [])
    #expect(pivoted.description == table.description)
    #expect(pivoted.records.map(\.input) == table.records.map(\.input))
    #expect(pivoted.records.map(\.cells) == table.records.map(\.cells))
    let found = try readText("s.csv", long, options: Self.options)
    #expect(found.records.map(\.length) == table.records.map(\.length))
  }

  @Test(arguments: [PivotTies?.none] + PivotTies.allCases.map { $0 }) func secondValuesOfATime(ties: PivotTies?) throws
  {
    let text = "id,time,what,value\na,0,hr,80\na,0,hr,82\na,0,temp,37\na,0,hr,90\na,1,hr,70\nb,0,hr,60\n"
    let options = options { $0.pivot.ties = ties }
    let reading = try readText("s.csv", text, options: options)
    switch ties {
    case nil, .step:
      #expect(
        reading.records.first?.input == .values([80, 37, 82, .nan, 90, .nan, 70, .nan], featureCount: 2))
    case .last: #expect(reading.records.first?.input == .values([90, 37, 70, .nan], featureCount: 2))
    case .mean: #expect(reading.records.first?.input == .values([84, 37, 70, .nan], featureCount: 2))
    case .error:
      #expect(reading.keys == ["b"])
      #expect(
        reading.messages == [#"s.csv:3: variable "hr" is "82", but "80" before it at the same time "0""#])
      #expect(reading.errors.first?.key == "a")
      return
    }
    #expect(
      try notes(text, options).contains {
        $0.text.hasPrefix("2 values of a variable that has one at that time already, first in line 3, ")
          && $0.remedy == .sayTies
      })
  }

  @Test func aFileOfOneStayAndItsClock() throws {
    let text = "Time,what,value\n00:00,Stay,132\n00:00,Age,54\n00:07,GCS,15\n00:07,HR,73\n00:37,HR,-1\n13:37,HR,77\n"
    let options = options {
      ($0.statics, $0.skipped, $0.missing) = (["Age"], ["Stay"], ["-1"])
    }
    let reading = try readText("132.txt", text, options: nil)
    #expect(reading.records.count > 0)
    let stay = try withFile("132.txt", text.utf8) { readAll($0, format: .csv, options: options) }
    #expect(stay.messages == [])
    #expect(stay.keys == ["132"])
    #expect(stay.records.map(\.input) == [.values([15, 73, .nan, 77], featureCount: 2)])
    #expect(stay.records[0].cells[1] == .numbers([54]))
  }

  @Test func aSequenceOfWhichNothingWasMeasuredHasNoTimesteps() throws {
    let text = "id,time,what,value\na,0,age,70\nb,0,age,60\nb,1,hr,80\nc,2,hr,\n"
    let reading = try readText("s.csv", text, options: options { $0.statics = ["age"] })
    #expect(reading.messages == [])
    #expect(reading.keys == ["a", "b", "c"] && reading.records.map(\.length) == [0, 1, 0])
    #expect(reading.records.map { $0.cells[1] } == [.numbers([70]), .numbers([60]), .numbers([.nan])])
    #expect(try notes(text, options { $0.statics = ["age"] }).contains("1 row has no value and makes no timestep"))
    let alone = try readText("9.csv", "time,what,value\n0,age,70\n0,hr,\n", options: options { $0.statics = ["age"] })
    #expect(alone.messages == [] && alone.keys == ["9"] && alone.records[0].length == 0)
  }

  @Test func variablesOfText() throws {
    let text = "id,time,what,value\na,0,mode,auto\na,1,mode,off\na,1,rpm,900\nb,0,rpm,n/a\n"
    let reading = try readText("s.csv", text, options: Self.options)
    #expect(reading.description?.input == .features(["rpm"]))
    #expect(reading.description?.columns.map(\.name) == ["time", "mode"])
    #expect(reading.keys == ["a"])
    #expect(reading.messages == ["s.csv:5: column \"rpm\" is \"n/a\", expected a number"])
  }

  @Test func filesThatAreReadTogetherHaveTheSameColumns() throws {
    try withFile("a.csv", "time,what,value\n0,hr,80\n1,temp,37\n".utf8) { first in
      try withFile("b.csv", "time,what,value\n0,spo2,99\n1,hr,70\n".utf8) { second in
        var readers = try [first, second].map { try FileReader($0, options: Self.options) }
        _ = try FileReader.decideTogether(&readers)
        for index in readers.indices {
          #expect(try readers[index].description().input == .features(["hr", "temp", "spo2"]))
        }
        #expect(try readers[1].next()?.input == .values([.nan, .nan, 99, 70, .nan, .nan], featureCount: 3))
        let source = try RecordSource([first, second].map { try FileReader($0, options: Self.options) })
        #expect(source.signature.input.names == ["hr", "temp", "spo2"])
      }
    }
  }

  @Test func namedVariablesAndOthers() throws {
    let options = options { $0.pivot.columns = ["spo2", "pulse", "hr"] }
    let reading = try readText("s.csv", Self.stays, options: options)
    #expect(reading.messages == [])
    #expect(reading.description?.input == .features(["spo2", "pulse", "hr"]))
    #expect(reading.records[0].input == .values([.nan, .nan, 80, .nan, .nan, 82, 97, .nan, .nan], featureCount: 3))
    #expect(
      try notes(Self.stays, options).contains(
        "4 rows are of variables that are no column and left out: \"age\", \"temp\""))
    #expect(try notes(Self.stays, self.options { $0.skipped = ["age"] }).allSatisfy { !$0.text.contains("left out") })
  }

  @Test func aFaultyRowRejectsItsSequence() throws {
    let text = """
      id,time,what,value
      a,0,hr,80
      b,0,hr,81
      b,1,,5
      b,2,hr,82
      c,0,hr,83
      c,1,hr,oops
      d,0,hr
      e,0,hr,84
      f,0,hr,85

      """
    let reading = try readText("s.csv", text, options: options { $0.numbers = ["hr"] })
    #expect(reading.keys == ["a", "f"])
    #expect(
      reading.messages == [
        "s.csv:4: column \"what\" is empty, expected the name of a variable",
        "s.csv:7: column \"hr\" is \"oops\", expected a number",
        "s.csv:8: the row has 3 cells, expected 4 as in the header; the row may be one of sequence \"e\"",
      ])
    let changed = try readText(
      "s.csv", "id,time,what,value\na,0,age,70\na,0,hr,80\na,1,age,71\nb,0,hr,1\n",
      options: options { $0.statics = ["age"] })
    #expect(changed.keys == ["b"])
    #expect(
      changed.messages == ["s.csv:4: column \"age\" is \"71\", but \"70\" in the first row of sequence \"a\""])
  }

  @Test func whatCannotBeIsSaid() throws {
    let cases: [(String, TableOptions, String)] = [
      ("", Self.options, "s.csv: the file is empty"),
      ("id,time,what,value\n", Self.options, "s.csv: no row names a variable"),
      (
        "id,when,what,value\na,0,hr,1\n", Self.options,
        "s.csv:1: no column for the time of a measurement is named, and none is called \"time\", \"timestamp\", \"timestep\", "
          + "\"step\", \"t\"; the columns are \"id\", \"when\", \"what\", \"value\""
      ),
      (
        "id,time,what,value\na,0,time,1\n", Self.options,
        "s.csv: variable \"time\" is called as a column is that is kept: name the columns otherwise"
      ),
      (
        "id,time,name,value\na,0,hr,1\n", Self.options,
        "s.csv:1: there is no column \"what\"; the columns are \"id\", \"time\", \"name\", \"value\""
      ),
    ]
    for (text, options, message) in cases {
      let reading = try readText("s.csv", text, options: options)
      #expect(reading.messages == [message] && reading.records == [])
    }
  }
}
