import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// The ways in which objects stand in JSON, and timesteps in objects.
@Suite struct JSONShapeTests {
  private static let lines = """
    {"id":"a","features":[[1,2],[3,4]],"target":"x"}
    {"id":"b","features":[[5,6]],"target":"y"}

    """

  private func objects(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  /// A law: an array of objects, and objects over several lines, are what the same objects on a line each are.
  @Test func arrayAndObjectsAreAsLines() throws {
    let lines = try readText("a.jsonl", Self.lines)
    #expect(lines.messages == [])
    #expect(lines.records.count == 2)
    let all = objects(Self.lines)
    let joined = all.joined(separator: ",")
    let spread = all.map { $0.replacingOccurrences(of: ",", with: ",\n ") }
    let spreadBySet = all.map { $0.replacingOccurrences(of: ",\"", with: ",\r\n\"") }
    let texts: [String] = [
      "[\(joined)]", " [\n  \(all.joined(separator: " ,\n  "))\n]\n", "\u{FEFF}[\(joined)]", spread.joined(),
      spreadBySet.joined(separator: "\r\n"),
    ]
    for text in texts {
      for name in ["a.json", "a.jsonl"] {
        let reading = try readText(name, text)
        #expect(reading.messages == [], "\(text)")
        #expect(reading.description == lines.description, "\(text)")
        #expect(
          reading.records.map(\.key) == ["a", "b"] && reading.records.map(\.input) == lines.records.map(\.input)
            && reading.records.map(\.target) == lines.records.map(\.target), "\(text)")
      }
    }
    #expect(try readText("a.json", Self.lines).records == lines.records)
  }

  @Test func placesAreLinesOfTheFile() throws {
    let text = """
      [
        {"id": "a",
         "features": [1]},

        {"id": "b", "features": [2]},
        {"id": "c",
         "features": ["x", 3]}
      ]
      """
    let reading = try readText("a.json", text)
    #expect(reading.records.map(\.line) == [2, 5])
    #expect(reading.messages.count == 1)
    #expect(reading.messages[0].hasPrefix("a.json:6: byte"))
    let noKey = try readText("a.json", #"[{"features":[1]},"# + "\n" + #"{"features":[2]}]"#)
    #expect(noKey.keys == ["a:1", "a:2"])
  }

  @Test func anArrayThatIsBrokenIsSaid() throws {
    let one = #"{"id":"a","features":[1]}"#
    let cases = [
      ("[\(one)", "a.json:1: the file ends where \",\" or \"]\" behind element 1 is expected"),
      ("[\(one),\n", "a.json:2: the file ends where an object as element 2 of the array is expected"),
      ("[\(one),\n5]", #"a.json:2: there is "5", expected an object as element 2 of the array"#),
      ("[\(one)\n\(one)]", #"a.json:2: there is "{"id":"a"", expected "," or "]" behind element 1"#),
      ("[\(one)]\nx", #"a.json:2: there is "x", expected the end of the file behind the array"#),
      (#"[{"id":"a","#, "a.json:1: the file ends inside the object that begins on line 1"),
    ]
    for (text, message) in cases {
      let found = try readText("a.json", text).messages
      #expect(found.count == 1 && found[0] == message, "\(text): \(found)")
    }
    #expect(try readText("a.json", "[]").messages.count == 1)
    #expect(try readText("a.json", "[[1,2],[3]]").messages[0].contains("expected an object as element 1"))
  }

  /// Channels of an object, records and lists of their own are the same sequences.
  @Test func channelsAndRecordsAreColumns() throws {
    let texts = [
      #"{"id":"a","label":"x","hr":[60,61,62],"acc":[0.5,0.25,2]}"# + "\n"
        + #"{"id":"b","label":"y","hr":[70],"acc":[0.75]}"#,
      #"{"id":"a","label":"x","features":{"hr":[60,61,62],"acc":[0.5,0.25,2]}}"# + "\n"
        + #"{"id":"b","label":"y","features":{"hr":[70],"acc":[0.75]}}"#,
      #"{"id":"a","label":"x","signals":{"hr":[60,61,62],"acc":[0.5,0.25,2]}}"# + "\n"
        + #"{"id":"b","signals":{"hr":[70],"acc":[0.75]},"label":"y"}"#,
      #"{"id":"a","label":"x","samples":[{"hr":60,"acc":0.5},{"acc":0.25,"hr":61},{"hr":62,"acc":2}]}"# + "\n"
        + #"{"id":"b","label":"y","samples":[{"hr":70,"acc":0.75}]}"#,
    ]
    let first = try readText("a.jsonl", texts[0])
    #expect(first.messages == [])
    #expect(first.description?.columns.map(\.name) == ["hr", "acc"])
    #expect(
      first.records.map(\.cells) == [
        [.numbers([60, 61, 62]), .numbers([0.5, 0.25, 2])], [.numbers([70]), .numbers([0.75])],
      ])
    for text in texts.dropFirst() {
      let reading = try readText("a.jsonl", text)
      #expect(reading.messages == [], "\(text)")
      #expect(reading.description == first.description, "\(text)")
      #expect(reading.records == first.records, "\(text)")
      let array = try readText("a.json", "[" + text.split(separator: "\n").joined(separator: ",\n") + "]")
      #expect(array.records.map(\.cells) == first.records.map(\.cells), "\(text)")
    }
  }

  @Test func featuresAreChosenAmongChannels() throws {
    let text = #"{"id":"a","s":{"hr":[60,61],"acc":[0.5,0.25],"hum":[1,2]},"label":"x"}"# + "\n"
    let reading = try readText("a.jsonl", text, options: JSONLinesOptions(channels: ["acc", "hr"]))
    #expect(reading.description?.columns.map(\.name) == ["acc", "hr", "hum"])
    #expect(reading.description?.columns.map(\.role) == [.input, .input, .other])
    let settings = try FileFormat.jsonl.options([.features: ["acc", "hr"]], file: "x")
    #expect(settings as? JSONLinesOptions == JSONLinesOptions(channels: ["acc", "hr"]))
    let unknown = try readText("a.jsonl", text, options: JSONLinesOptions(channels: ["acc", "heart"]))
    #expect(unknown.messages.first?.contains(#"there is no field "heart""#) == true)
  }

  @Test func recordsMayLackFieldsAndHaveTimes() throws {
    let text =
      #"{"id":"a","samples":[{"t":0,"hr":60},{"t":1,"acc":0.5,"label":"u"},null],"label":"x"}"# + "\n"
      + #"{"id":"b","samples":[],"label":"y"}"# + "\n"
    let reading = try readText("a.jsonl", text)
    #expect(reading.messages == [])
    #expect(reading.description?.columns.map(\.name) == ["t", "hr", "acc", "samples.label"])
    #expect(reading.description?.columns.map(\.kind) == [.time, .number, .number, .category])
    #expect(
      reading.records[0].cells == [
        .times([0, 1_000_000, ColumnPlanes.missingTime]), .numbers([60, .nan, .nan]), .numbers([.nan, 0.5, .nan]),
        .categories(Categories(["", "u", ""])),
      ])
    #expect(reading.records.map(\.length) == [3, 0])
    #expect(reading.records.map(\.target) == [.label("x"), .label("y")])
    let mixed = try readText(
      "a.jsonl",
      text.replacingOccurrences(of: "[]", with: #"[{"t":0},5]"#).split(separator: "\n").joined(separator: "\n"))
    // No list of records throughout, so that its columns are none.
    #expect(!mixed.messages.isEmpty || mixed.records.count < 2 || mixed.description?.columns.isEmpty == true)
  }

  /// An object a timestep: what the same rows are as CSV.
  @Test func objectsThatAreTimestepsAreRowsOfATable() throws {
    let csv = "id,t,hr,state,label\na,0,60,up,x\na,1,61.5,\"down, \"\"far\"\"\",x\nb,0,70,,y\n"
    let json = """
      {"id":"a","t":0,"hr":60,"state":"up","label":"x"}
      {"id":"a","t":1,"hr":61.5,"state":"down, \\"far\\"","label":"x"}
      {"id":"b","t":0,"label":"y","state":null,"hr":70}

      """
    let table = try readText("a.csv", csv)
    let reading = try readText("a.jsonl", json)
    #expect(reading.messages == [])
    #expect(reading.description == table.description)
    #expect(reading.records.map(\.key) == table.records.map(\.key))
    #expect(reading.records.map(\.input) == table.records.map(\.input))
    #expect(reading.records.map(\.cells) == table.records.map(\.cells))
    #expect(reading.records.map(\.target) == table.records.map(\.target))
    #expect(reading.records.map(\.line) == [1, 3])
    let array = try readText("a.json", "[" + json.split(separator: "\n").joined(separator: ",\n") + "]")
    #expect(array.records == reading.records)
    try withFile("a.jsonl", json.utf8) { path in
      var reader = try FileReader(path)
      _ = try reader.description()
      #expect(reader.hasRowPerTimestep)
    }
  }

  @Test func whatRowsDoNotHoldIsSaid() throws {
    let good = (0..<1000).map { "{\"id\":\"a\",\"v\":\($0 * 7 % 5)}\n" }.joined()
    try withFile("a.jsonl", (good + "{\"id\":\"a\",\"v\":1,\"w\":2}\n").utf8) { path in
      var reader = try FileReader(path)
      #expect(try reader.next()?.length == 1001)
      _ = try reader.next()
      #expect(
        try reader.takeNotes().map(\.text).last
          == #"field "w", first on line 1,001, is not imported, as none of the first 1,000 objects has it"#)
    }
    let nested = try readText("a.jsonl", good + "{\"id\":\"a\",\"v\":[1]}\n")
    #expect(
      nested.messages == [
        #"a.jsonl:1001: byte 15 is "[", expected a single value as field "v", as in the objects before it; the row may be one of sequence "a""#
      ])
    #expect(!nested.errors[0].isFatal && nested.records == [])
  }

  @Test func notANumberIsMissingAndInfinityIsRefused() throws {
    let text = #"{"id":"a","features":[[1,NaN],[3,4]],"target":"x"}"# + "\n"
    let reading = try readText("a.jsonl", text)
    #expect(reading.messages == [])
    #expect(reading.records.map(\.input) == [.values([1, .nan, 3, 4], featureCount: 2)])
    #expect(
      try readText("a.jsonl", #"{"id":"a","features":[1,NaN,3]}"#).records.map(\.input) == [
        .values([1, .nan, 3], featureCount: 1)
      ])
    #expect(
      try readText("a.jsonl", #"{"id":"a","features":[[1,Infinity],[3,4]]}"#).messages
        == [#"a.jsonl:1: byte 26 ("features", timestep 1, feature 2) is "Infinity", expected a finite number"#])
    #expect(
      try readText("a.jsonl", #"{"id":"a","features":[-Infinity]}"#).messages[0].hasSuffix("expected a finite number"))
    let columns = try readText(
      "a.jsonl", #"{"id":"a","hr":[60,NaN],"age":NaN,"n":[1,2]}"# + "\n" + #"{"id":"b","hr":[60],"age":3,"n":[1]}"#)
    #expect(columns.records[0].cells == [.numbers([60, .nan]), .numbers([.nan]), .numbers([1, 2])])
    let rows = try readText("a.jsonl", #"{"id":"a","hr":NaN}"# + "\n" + #"{"id":"a","hr":2}"#)
    #expect(rows.records.map(\.input) == [.values([.nan, 2], featureCount: 1)])
    // Metadata are JSON for others to read.
    #expect(
      try readText("a.jsonl", #"{"id":"a","features":[1],"metadata":{"x":NaN}}"#).messages == [
        "a.jsonl:1: field \"metadata\" holds NaN or Infinity, which JSON has not"
      ])
    #expect(try readText("a.jsonl", #"{"id":"a","features":[1],"metadata":{"x":"NaN"}}"#).messages == [])
    #expect(try readText("a.jsonl", #"{"id":"a","features":[1,Nan]}"#).messages.count == 1)
  }

  @Test func textIsStillASequence() throws {
    let text = try readText("a.jsonl", #"{"id":"1","text":"hello you","label":"x"}"# + "\n")
    #expect(text.description?.input == .text(.characters))
    #expect(text.records.map(\.length) == [9])
  }

  /// Lists of lists are timesteps, whatever their field is called, where there is no other.
  @Test func theOnlyListOfListsIsTheInput() throws {
    let text =
      #"{"id":"a","trace":[[1,2],[3,null]],"age":3,"label":"p"}"# + "\n" + #"{"id":"b","trace":[],"age":4,"label":"q"}"#
    let found = try readText("a.jsonl", text)
    #expect(found.messages == [])
    #expect(found.records.map(\.input) == [.values([1, 2, 3, .nan], featureCount: 2), .values([], featureCount: 2)])
    let named = try readText("a.jsonl", text.replacing("trace", with: "features"))
    #expect(found.description == named.description)
    #expect(found.records.map(\.cells) == named.records.map(\.cells))
    let two = #"{"id":"a","u":[[1,2]],"v":[[3]]}"#
    #expect(
      try readText("a.jsonl", two).messages == [
        #"a.jsonl:1: there is no field "features", "tokens" or "text"; the fields are "id", "u", "v""#
      ])
  }
}
