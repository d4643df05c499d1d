import Foundation
import RaggedCore
import RaggedFormats
import Testing

private let readings = [
  SequenceRecord(
    key: "a", input: .values([0.5, -1, 1.5, 2e-3], featureCount: 2), target: .label("walk"), line: 2),
  SequenceRecord(key: "b", input: .values([-0.25, 7], featureCount: 2), target: .label("run"), line: 4),
  SequenceRecord(
    key: "c", input: .values([1, 2, 3, 4, 5, 6], featureCount: 2), target: .label("walk"), line: 5),
]

@Suite struct TableReaderTests {
  @Test(arguments: [
    "readings.csv", "readings.tsv", "readings-crlf-bom.csv", "readings-no-newline.csv", "readings.csv.gz",
    "readings-two-members.csv.gz",
  ])
  func everyDressOfATableReadsTheSame(file: String) {
    let reading = readFixture(file)
    #expect(reading.records.map(\.bare) == readings)
    #expect(reading.records[0].cells == [.times([0, 1_000_000])])
    #expect(reading.errors.isEmpty)
    #expect(
      reading.description
        == InputDescription(
          input: .features(["ax", "ay"]), target: .classPerSequence(declared: nil), columns: [Column("t", .time)],
          classColumn: "label"))
  }

  @Test func anyColumnOrderReadsTheSame() {
    let reading = readFixture("readings-other-order.csv", options: TableOptions(features: ["ax", "ay"]))
    #expect(reading.records.map(\.bare) == readings)
    #expect(reading.description?.columns.map(\.name).sorted() == ["note", "t"])
  }

  @Test func gzipIsKnownByItsBytesAndMayBePadded() throws {
    let archive = try Data(contentsOf: inputFixtures.appendingPathComponent("readings.csv.gz"))
    #expect(try withFile("plain.csv", archive) { readAll($0) }.records.map(\.bare) == readings)
    #expect(try withFile("padded.csv.gz", archive + [0, 0, 0]) { readAll($0) }.records.map(\.bare) == readings)
  }

  @Test func timesNeedNotBeChecked() throws {
    let text = "id,t,x\na,2,1\na,1,2\n"
    #expect(try readText("s.csv", text).records.map(\.input) == [.values([2, 1], featureCount: 1)])
    let reading = try readText("s.csv", text, options: TableOptions(time: ""))
    #expect(reading.records.map(\.input) == [.values([2, 1, 1, 2], featureCount: 2)])
  }

  @Test func semicolons() {
    #expect(
      readFixture("readings-semicolon.csv", options: TableOptions(delimiter: ";")).records.map(\.bare) == readings)
  }

  @Test func quotes() {
    let reading = readFixture("quoted.csv")
    #expect(reading.errors.isEmpty)
    #expect(reading.description?.input == .features(["x \"in\" mm"]))
    #expect(
      reading.records == [
        SequenceRecord(
          key: "a, the first", input: .values([1, 2], featureCount: 1), target: .label("up\r\nand down"), line: 2),
        SequenceRecord(key: "b \"two\"", input: .values([3], featureCount: 1), target: .label("plain"), line: 6),
      ])
  }

  @Test func everyRole() throws {
    let options = TableOptions(
      target: ["label"], targetKind: .classPerTimestep, weight: "w", valid: "ok", split: "part", group: "who",
      metadata: ["room"], missing: ["NA"])
    let reading = readFixture("all-columns.csv", options: options)
    #expect(reading.messages == [])
    #expect(reading.description?.input == .features(["x", "y"]))
    #expect(reading.description?.target == .classPerTimestep(declared: nil))
    #expect(
      reading.records.map(\.bare) == [
        SequenceRecord(
          key: "a", input: .values([1, 2, .nan, 4, 5, 6], featureCount: 2), target: .labels(["s", "p", "s"]),
          weight: 0.5,
          validity: [true, true, false], split: "train", group: "anna", metadata: #"{"room":"north \"1\""}"#, line: 2),
        SequenceRecord(
          key: "b", input: .values([7, 8], featureCount: 2), target: .labels(["p"]), weight: 2, split: "test",
          group: "bert", metadata: #"{"room":"south"}"#, line: 5),
      ])
  }

  @Test func rolesAreToldInWords() throws {
    var reader = try FileReader(inputFixtures.appendingPathComponent("readings-other-order.csv").path)
    #expect(
      try reader.roles()
        == #"id: "id"; features: "ay", "ax"; target (class): "label"; time: "t"; categories per sequence: "note""#)
  }

  @Test func rowWithoutCellsIsAnEmptySequence() {
    let reading = readFixture("empty-sequence.csv")
    #expect(reading.keys == ["a", "b", "c"])
    #expect(reading.records[1].input == .values([], featureCount: 1))
    #expect(reading.records[1].target == .label("v"))
  }

  @Test func realTargetsAreToldFromClasses() throws {
    let values = readFixture("values.csv")
    #expect(values.description?.target == .valuesPerSequence(["y"]))
    #expect(values.records.map(\.target) == [.values([0.5]), .values([-1.25])])
    let text = "id,x,y,z\na,1,0,1\na,2,1,0.5\n"
    let steps = try readText("s.csv", text, options: TableOptions(target: ["y", "z"], targetKind: .valuesPerTimestep))
    #expect(steps.description?.target == .valuesPerTimestep(["y", "z"]))
    #expect(steps.records.map(\.target) == [.stepValues([0, 1, 1, 0.5], width: 2)])
    #expect(try readText("s.csv", "id,v,y\na,1,3\n").records.map(\.target) == [.label("3")])
    #expect(
      try readText("s.csv", "id,v,y\na,1,3\n", options: TableOptions(target: [])).records.map(\.target) == [.none])
  }

  @Test func aMissingStepTargetLeavesTheTimestepValid() throws {
    let reading = try readText(
      "s.csv", "id,v,y\na,1,2\na,1,?\n", options: TableOptions(targetKind: .valuesPerTimestep, missing: ["?"]))
    #expect(reading.records.map(\.target) == [.stepValues([2, .nan], width: 1)])
    #expect(reading.records.map(\.validity) == [nil])
  }

  @Test func aTimestepThatIsNotValidNeedsNoClass() throws {
    let options = TableOptions(target: ["y"], targetKind: .classPerTimestep, valid: "ok")
    let reading = try readText("s.csv", "id,x,y,ok\na,1,u,1\na,1,,0\na,2,u,1\nb,3,,0\nc,1,,1\n", options: options)
    #expect(reading.records.map(\.target) == [.labels(["u", "", "u"]), .labels([""]), .labels([""])])
    #expect(reading.records.map(\.validity) == [[true, false, true], [false], nil])
    #expect(reading.messages == [])
  }

  @Test func columnOfMissingMarksIsNotPassedOver() throws {
    let reading = try readText("s.csv", "id,x,y2\na,1,n/a\na,1,2\n")
    #expect(reading.description?.input == .features(["x", "y2"]))
    #expect(reading.messages == [#"s.csv:2: column "y2" is "n/a", expected a number"#])
    #expect(reading.errors.first?.remedy == .acceptMissing(["n/a"]))
  }

  @Test func tableWithoutHeader() throws {
    let reading = try readText("s.csv", "a,1,2\na,3,4\n", options: TableOptions(id: "c1", hasHeader: false))
    #expect(reading.description?.input == .features(["c2", "c3"]))
    #expect(reading.records.map(\.input) == [.values([1, 2, 3, 4], featureCount: 2)])
    #expect(reading.records.map(\.line) == [1])
  }

  @Test func datesOrderTheRows() throws {
    let rising = "id,time,x\na,2024-01-31,1\na,2024-02-01,2\nb,2023-01-01,3\n"
    #expect(try readText("s.csv", rising).keys == ["a", "b"])
    let falling = "id,time,x\na,2024-01-31,1\na,2024-02-01,2\na,2024-01-31,3\n"
    #expect(try readText("s.csv", falling).records.map(\.input) == [.values([1, 3, 2], featureCount: 1)])
  }

  @Test func emptyLinesArePassedOver() throws {
    #expect(
      try readText("s.csv", "\n\nid,x\n\na,1\n\r\na,2\n\n").records.map(\.input) == [.values([1, 2], featureCount: 1)])
  }

  @Test func goodSequenceBeforeAFaultyRowIsWhole() throws {
    let reading = try readText("s.csv", "id,x\na,1\na,2\nb,1,2\nb,3\nc,4\n")
    #expect(reading.records.map(\.input) == [.values([1, 2], featureCount: 1), .values([4], featureCount: 1)])
    #expect(reading.errors.map(\.key) == ["b"])
  }

  @Test func weightsAndTruths() throws {
    let options = TableOptions(weight: "w", valid: "ok")
    #expect(
      try readText("s.csv", "id,x,w,ok\na,1,-1,1\nb,1,1,maybe\nc,1,,True\n", options: options).messages == [
        #"s.csv:2: column "w" is "-1", expected a weight that is not negative"#,
        #"s.csv:3: column "ok" is "maybe", expected true, false, 1, 0, yes or no"#,
      ])
  }
}
