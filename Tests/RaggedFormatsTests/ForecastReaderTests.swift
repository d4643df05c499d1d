import Foundation
import RaggedCore
import RaggedFormats
import Testing

@Suite struct ForecastReaderTests {
  private static let text = """
    # A few tills
    @relation tills
    @attribute series_name string
    @attribute start_timestamp date
    @attribute state string
    @attribute area numeric
    @frequency daily
    @horizon 7
    @missing true
    @equallength false
    @data
    T1:1990-01-01 00-00-00:NSW:12.5:1,2.5,?,-4e2
    T2:2001-12-31 23-59-30:Víctoria:?:0.1
    # between
    T3:?:::7, 8

    """

  @Test func attributesAndValues() throws {
    let reading = try readText("tills.tsf", Self.text)
    #expect(reading.messages == [])
    let state = Column(
      "state", .category, per: .sequence, role: .input, vocabulary: Vocabulary(unit: .words, tokens: []))
    #expect(
      reading.description
        == InputDescription(
          input: .features(["value"]), target: .none,
          columns: [
            Column("start_timestamp", .time, per: .sequence, role: .other), state,
            Column("area", .number, per: .sequence),
          ]))
    let metadata = #"{"frequency":"daily","horizon":7}"#
    #expect(
      reading.records == [
        SequenceRecord(
          key: "T1", input: .values([1, 2.5, .nan, -400], featureCount: 1),
          cells: [.times([631_152_000_000_000]), .categories(Categories(["NSW"])), .numbers([12.5])],
          metadata: metadata, line: 12),
        SequenceRecord(
          key: "T2", input: .values([0.1], featureCount: 1),
          cells: [.times([1_009_843_170_000_000]), .categories(Categories(["Víctoria"])), .numbers([.nan])],
          metadata: metadata, line: 13),
        SequenceRecord(
          key: "T3", input: .values([7, 8], featureCount: 1),
          cells: [.times([ColumnPlanes.missingTime]), .categories(Categories([""])), .numbers([.nan])],
          metadata: metadata, line: 15),
      ])
  }

  @Test func rolesAreSaid() throws {
    try withFile("tills.tsf", Self.text.utf8) { path in
      var reader = try FileReader(path)
      #expect(
        try reader.roles()
          == #"id: "series_name"; features: the values, as "value"; numbers per sequence: "area"; categories per sequence: "#
          + #""state"; times per sequence: "start_timestamp"; metadata: {"frequency":"daily","horizon":7}"#)
    }
  }

  @Test func optionsChooseAttributes() throws {
    let options = ForecastOptions(id: "state", featureNames: ["sales"], inputs: [], skipped: ["area", "series_name"])
    let reading = try readText("t.tsf", Self.text.replacing(":::7", with: ":ACT::7"), options: options)
    #expect(reading.description?.input == .features(["sales"]))
    #expect(reading.description?.columns.map(\.role) == [.other])
    #expect(reading.keys == ["NSW", "Víctoria", "ACT"])
    let nameless = try readText("u.tsf", "@data\n1,2\n:3\n")
    #expect(nameless.keys == ["u/1"])
    #expect(nameless.messages == [#"u.tsf:3: the line has more parts between ":" than 0 attributes and the values"#])
  }

  @Test(arguments: [
    ("@attribute a\n@data\n1\n", "x.tsf:1: @attribute has 1 word, expected a name and string, numeric or date"),
    ("@attribute a int\n@data\n1\n", #"x.tsf:1: attribute "a" is "int", expected string, numeric or date"#),
    ("@attribute a date\n@attribute a date\n@data\n1\n", #"x.tsf:2: attribute "a" stands twice"#),
    ("@horizon soon\n@data\n1\n", #"x.tsf:1: @horizon is "soon", expected a number above 0"#),
    ("@missing\n@data\n1\n", "x.tsf:1: @missing is without a value, expected true or false"),
    ("1,2\n@data\n1\n", #"x.tsf:1: "1,2" stands before @data, expected a tag such as @attribute"#),
    ("@relation x\n", "x.tsf: there is no @data line"),
    ("", "x.tsf: the file is empty"),
    (
      "@attribute value string\n@data\na:1\n",
      #"x.tsf: the values and an attribute are both called "value", expected another feature name"#
    ),
  ])
  func faultyHeaders(text: String, message: String) throws {
    let reading = try readText("x.tsf", text)
    #expect(reading.messages == [message])
    #expect(reading.errors.allSatisfy { $0.isFatal })
  }

  @Test(arguments: [
    ("a:1,,2", "timestep 2 is empty, expected a number or ?"), ("a:1 2", #"timestep 1 goes on, expected ",""#),
    ("a:x", #"timestep 1 is "x", expected a number or ?"#),
    ("a:1,1e39", #"timestep 2 is "1e39", which overflows float32"#),
    ("a:?", #"timestep 1 is "?", but the header says @missing false"#),
    (":1", #"attribute "series_name" is empty, expected an id"#),
    ("a", #"the line has 0 attributes, expected 1, each with ":" behind it"#),
    ("a:b:1", #"the line has more parts between ":" than 1 attribute and the values"#),
    ("a:1,2", "the series has 2 timesteps, but the header says @equallength true and the first series has 1"),
  ])
  func faultySeries(line: String, problem: String) throws {
    let header = "@attribute series_name string\n@missing false\n@equallength true\n@data\nfirst:3\n"
    let reading = try readText("x.tsf", header + line + "\nlast:4\n")
    #expect(reading.messages == ["x.tsf:6: \(problem)"])
    #expect(reading.keys == ["first", "last"])
  }

  @Test func timesAreInstants() throws {
    func time(_ text: String) throws -> Reading {
      try readText("x.tsf", "@attribute at date\n@data\n\(text):1\n")
    }
    for text in ["2020-12-31 08-30-00", "2020-12-31", "2020-12-31T08"] {
      let reading = try time(text)
      if text.hasSuffix("08") {
        #expect(
          reading.messages == [
            #"x.tsf:3: attribute "at" is "2020-12-31T08", expected a time such as 2020-12-31 08-30-00"#
          ])
      } else {
        let expected: Int64 = text.count == 10 ? 1_609_372_800_000_000 : 1_609_403_400_000_000
        #expect(reading.records.map(\.cells) == [[.times([expected])]])
      }
    }
  }
}
