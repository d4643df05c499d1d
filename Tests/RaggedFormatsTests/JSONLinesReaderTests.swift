import Foundation
import RaggedCore
import RaggedFormats
import Testing

@Suite struct JSONLinesReaderTests {
  @Test func objects() {
    let reading = readFixture("sequences.jsonl")
    #expect(reading.messages == [])
    #expect(
      reading.description
        == InputDescription(
          input: .features(["f0", "f1"]), target: .classPerSequence(declared: nil)))
    #expect(
      reading.records == [
        SequenceRecord(
          key: "a", input: .values([0.5, -1, 1.5, 2e-3], featureCount: 2), target: .label("walk"), weight: 2,
          split: "train", group: "anna", metadata: #"{"room": "n\u00f6rdlich", "deep": [1, {"x": null}]}"#, line: 1),
        SequenceRecord(key: "b", input: .values([], featureCount: 2), target: .label("run"), line: 2),
        SequenceRecord(
          key: "17", input: .values([1, 2, .nan, .nan, 3, .nan], featureCount: 2), target: .label("3"),
          validity: [true, true, true], line: 4),
      ])
  }

  @Test func tokens() {
    let reading = readFixture("tokens.jsonl")
    #expect(
      reading.description
        == InputDescription(
          input: .tokens, target: .classPerTimestep(declared: nil)))
    #expect(
      reading.records == [
        SequenceRecord(
          key: "tokens:1", input: .tokens([5, 0, 2_147_483_647]), target: .labels(["0", "1", "0"]), line: 1),
        SequenceRecord(key: "tokens:2", input: .tokens([]), target: .labels([]), line: 2),
      ])
  }

  @Test func text() {
    let reading = readFixture("text.jsonl")
    #expect(reading.description?.input == .text(.characters))
    #expect(reading.records.map(\.input) == [.text(["n", "a", "ï", "v", "e", " ", "😀"]), .text([])])
    #expect(reading.keys == ["one", "two"])
    let words = readFixture("text.jsonl", options: JSONLinesOptions(unit: .words))
    #expect(words.records.map(\.input) == [.text(["naïve", "😀"]), .text([])])
  }

  @Test func textTokens() throws {
    let reading = try readText("w.jsonl", #"{"tokens": ["the", "cat\n"]}"# + "\n")
    #expect(reading.description?.input == .text(.words))
    #expect(reading.records.map(\.input) == [.text(["the", "cat\n"])])
  }

  @Test func valuesEachTimestep() {
    let reading = readFixture("forecast.jsonl")
    #expect(
      reading.description
        == InputDescription(input: .features(["f0"]), target: .valuesPerTimestep(["target0", "target1"])))
    #expect(reading.records.map(\.target) == [.stepValues([1, 0.5, 2, 1.5], width: 2), .stepValues([], width: 2)])
  }

  @Test func otherNames() throws {
    let line = #"{"ax": [[1, 2]], "no": "k", "y": [1, 2], "site": "north", "n": 3}"# + "\n"
    let options = JSONLinesOptions(
      id: "no", input: "ax", featureNames: ["u", "v"], target: ["y"], group: "site", metadata: ["n"])
    let reading = try readText("o.jsonl", line, options: options)
    #expect(reading.messages == [])
    #expect(
      reading.description == InputDescription(input: .features(["u", "v"]), target: .valuesPerSequence(["y0", "y1"])))
    #expect(
      reading.records == [
        SequenceRecord(
          key: "k", input: .values([1, 2], featureCount: 2), target: .values([1, 2]), group: "north",
          metadata: #"{"n":3}"#, line: 1)
      ])
  }

  @Test func targetKindDecides() throws {
    let line = #"{"features": [1, 2], "target": [0, 1]}"# + "\n"
    #expect(try readText("o.jsonl", line).records.map(\.target) == [.labels(["0", "1"])])
    for (kind, target) in [
      (TargetKind.valuesPerTimestep, RecordTarget.stepValues([0, 1], width: 1)),
      (.valuesPerSequence, .values([0, 1])),
    ] {
      #expect(
        try readText("o.jsonl", line, options: JSONLinesOptions(targetKind: kind)).records.map(\.target) == [target])
    }
  }

  @Test func emptySequencesFirst() throws {
    let text = """
      {"features": [], "target": "a"}
      {"features": [[1, 2, 3]], "target": "b"}

      """
    let reading = try readText("e.jsonl", text)
    #expect(reading.description?.input == .features(["f0", "f1", "f2"]))
    #expect(reading.records.map(\.input) == [.values([], featureCount: 3), .values([1, 2, 3], featureCount: 3)])
    let alone = try readText("e.jsonl", "{\"features\": []}\n")
    #expect(
      alone.messages == [
        "e.jsonl: no sequence has a timestep, so nothing says how many features there are; name them"
      ])
    let named = try readText("e.jsonl", "{\"features\": []}\n", options: JSONLinesOptions(featureNames: ["x"]))
    #expect(named.records.map(\.input) == [.values([], featureCount: 1)])
  }

  @Test func stringsAreDecoded() throws {
    let line = #"{"id": "\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00é", "features": [1]}"# + "\n"
    #expect(try readText("s.jsonl", line).keys == ["\"\\/\u{8}\u{c}\n\r\tAé😀é"])
  }

  @Test(arguments: [
    (#"{"features": [1] "id": 1}"#, #"byte 18 is "id", expected "," or "}""#),
    (#"{"features": [1]} x"#, #"byte 19 is "x", expected the end of the line"#),
    (#"{"features": [1,]}"#, #"byte 17 is "]", expected a value"#),
    (#"{"features": [1., 2]}"#, #"byte 15 is "1.", expected a value"#),
    (#"{"features": [+1]}"#, #"byte 15 is "+1", expected a value"#),
    (#"{"features": {"a": 1}}"#, #"byte 14 is "{", expected an array or a string as field "features""#),
    (#"{"features": [[]]}"#, "byte 15 begins timestep 1, which has no features"),
    (#"{"features": [1, [2]]}"#, ""),
    (#"{"features": [1, "x"]}"#, "byte 18 begins timestep 2, which is text, but those before it are 1 number"),
    (#"{"features": [1], "id": tru}"#, #"byte 25 is "tru", expected a value"#),
    (#"{"features": [1], "id": "\x"}"#, "byte 26 begins an escape that JSON does not have"),
    (#"{"features": [1], "id": "\u0000"}"#, "byte 26 begins the escape of NUL, which text may not hold"),
    (#"{"features": [1], "id": "\u12g4"}"#, "byte 26 begins \\u without four hexadecimal digits"),
    ("{\"features\": [1], \"id\": \"\t\"}", "byte 26 is a control character inside a string, expected it escaped"),
    (#"{"features": [1], "id": "abc"#, "the line ends at byte 28, inside the string begun at byte 25"),
    (#"{features: [1]}"#, #"byte 2 is "features", expected the name of a field in quotes"#),
    (
      #"{"features": [null]}"#,
      #"byte 15 is "null", expected a timestep; how many features a missing one has is not known yet"#
    ),
  ])
  func faultsNameByteAndExpectation(line: String, problem: String) throws {
    let reading = try readText("f.jsonl", line + "\n")
    #expect(reading.messages == (problem.isEmpty ? [] : ["f.jsonl:1: \(problem)"]))
  }

  @Test(arguments: ["-1", "1.5", "2147483648", "1e2", "true"])
  func tokensAreIndices(token: String) throws {
    let reading = try readText("t.jsonl", "{\"tokens\": [0, \(token)]}\n")
    #expect(
      reading.messages == [
        "t.jsonl:1: byte 16 (\"tokens\", timestep 2) is \"\(token)\", expected an index from 0 to 2147483647"
      ])
  }

  @Test func classesOutsideTheDeclaredSet() throws {
    let text = """
      {"features": [1], "target": 3}
      {"features": [1], "target": "b"}
      {"features": [1], "target": {}}

      """
    let reading = try readText("c.jsonl", text, options: JSONLinesOptions(target: ["target"], classes: ["3"]))
    #expect(reading.keys == ["c:1"])
    #expect(
      reading.messages == [
        #"c.jsonl:2: field "target" is "b", expected one of the declared classes "3""#,
        #"c.jsonl:3: byte 29 is "{", expected a class as field "target""#,
      ])
  }

  @Test func laterObjectsMustBeLikeTheFirst() throws {
    let text = """
      {"features": [[1, 2]]}
      {"features": [[1]]}
      {"features": [1, 2]}
      {"features": "text"}
      {"tokens": [1]}
      {"features": [[1, 2]], "weight": -1}
      {"features": [[1, 2]], "metadata": 3}
      {"features": [[1, 2]]}

      """
    let reading = try readText("l.jsonl", text)
    #expect(reading.keys == ["l:1", "l:8"])
    #expect(
      reading.messages == [
        #"l.jsonl:2: a timestep of field "features" is 1 number, expected 2 numbers"#,
        #"l.jsonl:3: a timestep of field "features" is 1 number, expected 2 numbers"#,
        #"l.jsonl:4: a timestep of field "features" is text, expected 2 numbers"#,
        #"l.jsonl:5: there is no field "features""#,
        "l.jsonl:6: the weight is -1.0, expected one that is not negative",
        #"l.jsonl:7: byte 36 is "3", expected an object as field "metadata""#,
      ])
  }

  @Test func rolesAreToldInWords() throws {
    var reader = try FileReader(inputFixtures.appendingPathComponent("forecast.jsonl").path)
    #expect(
      try reader.roles() == #"id: file and line; input: "features"; target (values-per-step): "target""#)
  }
}
