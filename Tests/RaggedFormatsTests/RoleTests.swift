import Foundation
import RaggedFormats
import Testing

/// Which column of a table is taken for what where nobody says it.
@Suite struct RoleTests {
  /// The roles of a table, in words.
  private func roles(_ text: String, options: TableOptions = TableOptions()) throws -> String {
    try withFile("s.csv", text.utf8) { path in
      var reader = try FileReader(path, options: options)
      return try reader.roles()
    }
  }

  /// A table of `sequences` sequences of five rows each, with a column in front whose cells are `cells`.
  private func table(_ name: String, _ cells: (Int) -> String, sequences: Int = 3) -> String {
    let rows = (0..<5 * sequences).map {
      "\(cells($0)),s\($0 / 5),\($0 % 5),\(($0 * 7) % 11),\($0 / 5 % 2 == 0 ? "u" : "v")\n"
    }
    return "\(name),id,t,v,label\n" + rows.joined()
  }

  @Test(arguments: ["", "Unnamed: 0", "Unnamed: 0.1", "Unnamed: 0_level_0"])
  func aColumnWithoutANameIsNoFeature(name: String) throws {
    for cells in [{ "\($0)" }, { "\(100 - $0)" }] as [(Int) -> String] {
      let text = table(name, cells)
      #expect(try readText("s.csv", text).description?.input == .features(["v"]))
      #expect(try notes("s.csv", text).first?.contains("has no name") == true)
      let named = try readText("s.csv", text, options: TableOptions(features: [name, "v"]))
      #expect(named.description?.input == .features([name, "v"]) && named.errors.isEmpty)
    }
  }

  @Test(arguments: [0, 1, 5000]) func aColumnThatCountsTheRowsIsNoFeature(start: Int) throws {
    let text = table("index", { "\($0 + start)" })
    #expect(try roles(text).hasPrefix("id: \"id\"; features: \"v\"; target (class): \"label\"; time: \"t\""))
    #expect(
      try notes("s.csv", text) == [
        "column \"index\" counts the rows of the file, so it is no feature"
      ])
    #expect(try readText("s.csv", text).records.first?.input == .values([0, 7, 3, 10, 6], featureCount: 1))
    let missed = table("index", { "\($0 + start + ($0 > 9 ? 1 : 0))" })
    #expect(try readText("s.csv", missed).description?.input == .features(["index", "v"]))
    #expect(
      try readText("s.csv", "id,n\n" + (0..<12).map { "s\($0 / 4),\($0 + start)\n" }.joined()).messages == [
        "s.csv:1: no column is left that holds numbers; the columns are \"id\", \"n\""
      ])
  }

  @Test func aCounterThatBeginsAgainWasNone() throws {
    let rows = (0..<1200).map { "a,\($0),\(($0 * 7) % 11)\n" } + (0..<3).map { "b,\($0),5\n" }
    let text = "id,n,v\n" + rows.joined()
    let reading = try readText("s.csv", text)
    #expect(reading.keys == ["a"])
    #expect(
      reading.messages == [
        "s.csv:1202: column \"n\" is \"0\" again, but was left out because it counts the rows of the file in the first 1,000 "
          + "rows"
      ])
    #expect(reading.errors.first?.remedy == .nameFeatures)
    #expect(try readText("s.csv", text, options: TableOptions(features: ["n", "v"])).errors.isEmpty)
  }

  @Test func yIsACoordinateBesideX() throws {
    #expect(
      try roles("run,t,x,y,z\na,0,1,2,3\na,1,4,5,6\n", options: TableOptions(id: "run")).contains(
        "features: \"x\", \"y\", \"z\"; time"))
    #expect(try roles("id,t,X,Y\na,0,0.5,0.1\na,1,0.6,0.2\n") == #"id: "id"; features: "X", "Y"; time: "t""#)
    #expect(try roles("id,x,y,label\na,1,2,u\na,2,5,u\n") == #"id: "id"; features: "x", "y"; target (class): "label""#)
    #expect(try roles("id,v,y\na,1,2\na,2,2\n") == #"id: "id"; features: "v"; target (class): "y""#)
    #expect(
      try roles("id,x,y\na,1,2\na,2,2\n", options: TableOptions(target: ["y"]))
        == #"id: "id"; features: "x"; target (class): "y""#)
  }

  @Test func tIsNoTimeBesideOneWithAName() throws {
    #expect(
      try roles("id,Time,T,RH,label\na,00:00,13.6,48,x\na,01:00,13.3,47,x\n")
        == #"id: "id"; features: "T", "RH"; target (class): "label"; time: "Time""#)
    #expect(try roles("id,T,t,v\na,13,0,1\na,12,1,1\n") == #"id: "id"; features: "T", "v"; time: "t""#)
    #expect(try roles("id,T,v\na,1,1\na,2,1\n") == #"id: "id"; features: "v"; time: "T""#)
  }

  @Test func aTargetIsToldByManyRows() throws {
    func target(_ cells: [String], options: TableOptions = TableOptions()) throws -> InputDescription.Target? {
      let rows = cells.enumerated().map { "s\($0),\(($0 * 7) % 5),\($1)\n" }
      return try readText("s.csv", "id,v,label\n" + rows.joined(), options: options).description?.target
    }
    #expect(try target(["3", "3.5", "2"]) == .valuesPerSequence(["label"]))
    #expect(try target(["3", "1e-2"]) == .valuesPerSequence(["label"]))
    #expect(try target(["3", "1", "10"]) == .classPerSequence(declared: nil))
    #expect(try target(["1.5", "walk"]) == .classPerSequence(declared: nil))
    #expect(try target(["NA", "US", "null", "nan"]) == .classPerSequence(declared: nil))
    #expect(
      try target(["1.0", "0.0"], options: TableOptions(classes: ["1.0", "0.0"]))
        == .classPerSequence(declared: ["1.0", "0.0"]))
    #expect(try target((0..<999).map { "\($0 % 3)" } + ["0.5"]) == .valuesPerSequence(["label"]))
  }

  @Test func aRowBehindTheSampleMayNotContradict() throws {
    func reading(_ cell: (Int) -> String) throws -> Reading {
      try readText("s.csv", "id,v,label\n" + (0..<1002).map { "s\($0),\(($0 * 7) % 5),\(cell($0))\n" }.joined())
    }
    let classes = try reading { $0 < 1000 ? "\($0 % 3)" : "2.5" }
    #expect(classes.records.count == 1000)
    #expect(
      classes.messages.first
        == "s.csv:1002: column \"label\" is \"2.5\", but in the first 1,000 rows it was taken for a class, whole numbers all"
    )
    #expect(
      classes.errors.first?.remedy == .sayTargetKind(values: [.valuesPerSequence], classes: [.classPerSequence]))
    let values = try reading { $0 < 1000 ? "\($0).5" : "walk" }
    #expect(
      values.messages.first
        == "s.csv:1002: column \"label\" is \"walk\", expected a number")
    #expect(values.errors.first?.remedy == .sayTargetKind(values: [], classes: [.classPerSequence]))
    let blank = try readText(
      "s.csv",
      "id,w,v\n" + (0..<1003).map { "s\($0),\($0 == 1001 ? "5" : $0 == 1002 ? "note" : ""),\($0 % 5)\n" }.joined())
    #expect(blank.description?.input == .features(["v"]))
    #expect(
      blank.messages == [
        "s.csv:1003: column \"w\" is \"5\", but was left out because it is empty in the first 1,000 rows",
        "s.csv:1004: column \"w\" is \"note\", but was left out because it is empty in the first 1,000 rows",
      ])
  }

  @Test func wholeNumbersWithAPointAreSaidToBeValues() throws {
    let text = "id,v,label\na,1,1.0\na,2,1.0\nb,3,0.0\nc,4,2.0\n"
    #expect(
      try notes("s.csv", text) == [
        "column \"label\" holds whole numbers written with a point and is taken for a value"
      ])
    let classes = try readText("s.csv", text, options: TableOptions(targetKind: .classPerSequence))
    #expect(classes.records.map(\.target) == [.label("1.0"), .label("0.0"), .label("2.0")])
    #expect(try notes("s.csv", text.replacing("0.0", with: "0.5")) == [])
  }

  @Test func columnsOfTextAmongNumbersAreNoFeatures() throws {
    let text = "id,v,mixed,code,none\n" + (0..<9).map { "a,\($0 * $0),\($0 == 0 ? "3" : "u\($0)"),c,NA\n" }.joined()
    #expect(try roles(text) == #"id: "id"; features: "v"; categories: "mixed", "code"; not imported: "none""#)
    #expect(
      try notes("s.csv", text) == [
        "column \"none\" holds no number in the 9 rows, so it is no feature",
        "column \"mixed\" holds 1 number and 8 texts in the 9 rows, so it is taken for text",
      ])
    // Text in the first row alone does not hide a column, and is at fault.
    #expect(
      try readText("s.csv", "id,v,w\na,1,oops\na,1,2\na,2,3\n").messages == [
        #"s.csv:2: column "w" is "oops", expected a number"#
      ])
  }

  /// numpy.float32(16777217) is 16777216.
  @Test func numbersThatFloat32CannotHold() throws {
    func text(_ cells: [String]) -> String {
      "id,ts,v\n" + cells.enumerated().map { "\($0 < 2 ? "a" : "b"),\($1),\($0 * $0)\n" }.joined()
    }
    let rising = ["1700000001123", "1700000001223", "1700000001100", "1700000001323"]
    #expect(try roles(text(rising)) == #"id: "id"; features: "v"; time: "ts""#)
    #expect(
      try notes("s.csv", text(rising)) == [
        "column \"ts\" never falls and holds \"1700000001123\", which float32 cannot hold, so it is taken for the time",
        "column \"ts\" holds numbers that are taken for milliseconds since 1970",
      ])
    #expect(
      try roles(text(rising), options: TableOptions(time: "")) == #"id: "id"; features: "v"; times: "ts""#)
    let seconds = rising.map { "\($0.prefix(10)).\($0.suffix(3))" }
    #expect(try roles(text(seconds)) == #"id: "id"; features: "v"; time: "ts""#)
    let mixed = text(["16777217", "1", "5", "16777219"])
    #expect(
      try notes("s.csv", mixed) == [
        "column \"ts\" holds \"16777217\", which float32 cannot hold: as a feature it is rounded"
      ])
    #expect(try readText("s.csv", mixed).records.first?.input == .values([16_777_216, 0, 1, 1], featureCount: 2))
    #expect(try notes("s.csv", text(["16777216", "1", "5", "33554432"])) == [])
    #expect(try notes("s.csv", text(["1e20", "6.02e23", "5", "0.1234567891234"])) == [])
  }
}
