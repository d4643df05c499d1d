import Foundation
import RaggedFormats
import Testing

@Suite struct TimeSeriesReaderTests {
  @Test func multivariateOfUnequalLengths() {
    let reading = readFixture("vowels.ts")
    #expect(reading.messages == [])
    #expect(
      reading.description
        == InputDescription(input: .features(["f0", "f1"]), target: .classPerSequence(declared: ["Anna", "bert"])))
    #expect(
      reading.records == [
        SequenceRecord(
          key: "vowels/1", input: .values([1, 4, 2, 5, 3, 6], featureCount: 2), target: .label("Anna"), line: 11),
        SequenceRecord(
          key: "vowels/2", input: .values([7, 8, .nan, .nan], featureCount: 2), target: .label("bert"),
          line: 12),
        SequenceRecord(key: "vowels/3", input: .values([], featureCount: 2), target: .label("bert"), line: 13),
        SequenceRecord(
          key: "vowels/4", input: .values([1.5, 3, 2, 4], featureCount: 2), target: .label("Anna"), line: 15),
      ])
  }

  @Test func timestampsAreKept() {
    let reading = readFixture("timestamps.ts")
    #expect(
      reading.records == [
        SequenceRecord(
          key: "timestamps/1", input: .values([1, 3, 2, .nan], featureCount: 2), target: .label("up"),
          metadata: #"{"timestamps":["2024-01-01 00:00:00","2024-01-01 00:10:00"]}"#, line: 6)
      ])
  }

  @Test func realTargets() {
    let reading = readFixture("regression.ts")
    #expect(reading.description?.target == .valuesPerSequence(["target"]))
    #expect(reading.records.map(\.target) == [.values([0.25]), .values([-7])])
    #expect(reading.records.map(\.input) == [.values([1, 2, 3], featureCount: 1), .values([4], featureCount: 1)])
  }

  @Test func dimensionsAreCountedWhereTheHeaderIsSilent() throws {
    let unlabelled = try readText("u.ts", "@data\n1,2:3,4:5,6\n")
    #expect(unlabelled.records.map(\.input) == [.values([1, 3, 5, 2, 4, 6], featureCount: 3)])
    #expect(unlabelled.records.map(\.target) == [.none])
    let labelled = try readText("u.ts", "@CLASSLABEL TRUE aB\n@DATA\n1,2:3,4:aB\n")
    #expect(labelled.records.map(\.target) == [.label("aB")])
  }

  @Test func namesOfDimensions() throws {
    let options = TimeSeriesOptions(featureNames: ["x", "y"])
    #expect(try readText("n.ts", "@data\n1:2\n", options: options).description?.input == .features(["x", "y"]))
    #expect(
      try readText("n.ts", "@data\n1\n", options: options).messages == [
        "n.ts:1: the series have 1 dimension, but 2 feature names are given"
      ])
  }

  @Test(arguments: [
    ("@univariate maybe\n@data\n1\n", #"n.ts:1: @univariate is "maybe", expected true or false"#),
    ("@dimensions\n@data\n1\n", "n.ts:1: @dimensions is without a value, expected a number above 0"),
    ("@dimensions 0\n@data\n1\n", #"n.ts:1: @dimensions is "0", expected a number above 0"#),
    ("@dimensions 4294967295\n@data\n1\n", "n.ts:1: @dimensions is 4294967295, expected at most 1048576"),
    ("@classLabel true a b a\n@data\n1:a\n", #"n.ts:1: @classLabel names the class "a" twice"#),
    (
      "@classLabel true a\n@targetLabel true\n@data\n1:a\n",
      "n.ts:2: the header has more than one true @classLabel or @targetLabel"
    ),
  ])
  func faultyHeaders(text: String, message: String) throws {
    let reading = try readText("n.ts", text)
    #expect(reading.messages == [message])
    #expect(reading.errors.allSatisfy { $0.isFatal })
  }

  @Test(arguments: [
    ("1,,2", #"timestep 2 of dimension 1 is empty, expected a number or ?"#),
    ("1,2,", #"timestep 3 of dimension 1 is empty, expected a number or ?"#),
    ("1 2", #"timestep 1 of dimension 1 goes on, expected "," or ":""#),
    ("inf", #"timestep 1 of dimension 1 is "inf", expected a number or ?"#),
  ])
  func faultyValues(line: String, problem: String) throws {
    #expect(try readText("n.ts", "@univariate true\n@data\n\(line)\n3\n").messages == ["n.ts:3: \(problem)"])
  }

  @Test(arguments: [
    ("1,2", #"timestep 1 of dimension 1 has no time, but the header says @timeStamps true"#),
    ("(1,2", #"timestep 1 of dimension 1 is not closed, expected ")""#),
    ("(1,2)(2,3)", #"timestep 1 of dimension 1 goes on, expected "," or ":""#),
    ("(1)", #"timestep 1 of dimension 1 has no time, but the header says @timeStamps true"#),
  ])
  func faultyTimes(line: String, problem: String) throws {
    #expect(
      try readText("n.ts", "@univariate true\n@timeStamps true\n@data\n\(line)\n").messages.map { $0.prefix(200) }
        == ["n.ts:4: \(problem)"])
  }

  static let vowels = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("shared/data/japanese-vowels")

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: vowels.path), "the real data are not here"),
    arguments: [("JapaneseVowels_TRAIN", 270, 26), ("JapaneseVowels_TEST", 370, 29)])
  func japaneseVowels(stem: String, count: Int, longest: Int) {
    let reading = readAll(Self.vowels.appendingPathComponent(stem + ".ts").path)
    #expect(reading.messages == [])
    #expect(reading.records.count == count)
    #expect(reading.records.map(\.input.length).min() == 7)
    #expect(reading.records.map(\.input.length).max() == longest)
    #expect(reading.keys.first == "\(stem)/1")
    #expect(Set(reading.records.map { "\($0.target)" }).count == 9)
  }

  /// aeon's files are commented with `#`, those that came from ARFF with `%`.
  @Test func linesThatBeginWithASignAreComments() throws {
    let text = "% a\n#b\n@classLabel true u v\n  %c\n@data\n% d\n1,2:u\n%1,2:u\n # e\n3:v\n"
    let reading = try readText("s.ts", text)
    #expect(reading.messages == [])
    #expect(reading.keys == ["s/1", "s/2"])
    #expect(reading.records.map(\.line) == [7, 10])
  }
}
