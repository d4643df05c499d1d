import RaggedCore
import RaggedFormats
import Testing

/// A target that a file does not have is missing, and takes nothing else with it.
@Suite struct MissingTargetTests {
  private struct Case {
    var file: String
    var text: String
    var options: any FormatOptions
    var target: [RecordTarget]
    var note: String
  }

  private static let table = "id,x,y,z\na,1,2,0.5\na,2,,1\na,3,4,NA\nb,1,5,0\n"
  private static let sequences = "id,x,y,z\na,1,u,1\na,2,u,1\nb,3,,nan\nb,4,,nan\nc,5,v,2\n"
  private static let oneStep = "1 of 4 timesteps has no target: it has no loss and is not judged"
  private static let oneSequence = "1 of 3 sequences has no target: it has no loss and is not judged"

  private static let cases = [
    Case(
      file: "s.csv", text: table, options: TableOptions(target: ["y"], targetKind: .classPerTimestep),
      target: [.labels(["2", "", "4"]), .labels(["5"])], note: oneStep),
    Case(
      file: "s.csv", text: table, options: TableOptions(target: ["y"], targetKind: .valuesPerTimestep),
      target: [.stepValues([2, .nan, 4], width: 1), .stepValues([5], width: 1)], note: oneStep),
    Case(
      file: "s.csv", text: table, options: TableOptions(target: ["y", "z"], targetKind: .valuesPerTimestep),
      target: [.stepValues([2, 0.5, .nan, 1, 4, .nan], width: 2), .stepValues([5, 0], width: 2)],
      note: "2 of 4 timesteps have no target: they have no loss and are not judged"),
    Case(
      file: "s.csv", text: sequences, options: TableOptions(target: ["y"]),
      target: [.label("u"), .label(""), .label("v")], note: oneSequence),
    Case(
      file: "s.csv", text: sequences, options: TableOptions(target: ["z"], targetKind: .valuesPerSequence),
      target: [.values([1]), .values([.nan]), .values([2])], note: oneSequence),
    Case(
      file: "s.csv", text: sequences.replacing(",u,", with: ",?,"),
      options: TableOptions(target: ["y"], missing: ["?"]), target: [.label(""), .label(""), .label("v")],
      note: "2 of 3 sequences have no target: they have no loss and are not judged"),
    Case(
      file: "s.jsonl",
      text: """
        {"id":"a","features":[1,2,3],"target":["u",null,"v"]}
        {"id":"b","features":[1],"target":null}
        {"id":"c","features":[1],"target":["v"]}

        """, options: JSONLinesOptions(),
      target: [.labels(["u", "", "v"]), .labels([""]), .labels(["v"])],
      note: "2 of 5 timesteps have no target: they have no loss and are not judged"),
    Case(
      file: "s.jsonl",
      text: """
        {"id":"a","features":[1,2,3],"target":[null,[1,null],[2.5,3]]}
        {"id":"b","features":[1],"target":null}

        """, options: JSONLinesOptions(targetKind: .valuesPerTimestep),
      target: [.stepValues([.nan, .nan, 1, .nan, 2.5, 3], width: 2), .stepValues([.nan, .nan], width: 2)],
      note: "3 of 4 timesteps have no target: they have no loss and are not judged"),
    Case(
      file: "s.jsonl",
      text: """
        {"id":"a","features":[1],"target":"u"}
        {"id":"b","features":[1],"target":null}
        {"id":"c","features":[1],"target":"v"}

        """, options: JSONLinesOptions(), target: [.label("u"), .label(""), .label("v")], note: oneSequence),
    Case(
      file: "s.jsonl",
      text: """
        {"id":"a","features":[1],"target":[0.5,null]}
        {"id":"b","features":[1],"target":[0.5,2]}
        {"id":"c","features":[1],"target":[0.25,1]}

        """, options: JSONLinesOptions(targetKind: .valuesPerSequence),
      target: [.values([0.5, .nan]), .values([0.5, 2]), .values([0.25, 1])], note: oneSequence),
  ]

  @Test(arguments: cases.indices) func itIsMissingAndTheTimestepStaysValid(_ index: Int) throws {
    let problem = Self.cases[index]
    try withFile(problem.file, problem.text.utf8) { path in
      var reader = try FileReader(path, options: problem.options)
      var records: [SequenceRecord] = []
      while let record = try reader.next() { records.append(record) }
      #expect(records.map(\.target) == problem.target)
      #expect(records.allSatisfy { $0.validity == nil })
      #expect(try reader.takeNotes().map(\.text).last == problem.note)
      #expect(try reader.takeNotes().isEmpty)
    }
  }

  /// What an explicit column says stays so, and a target that is missing there is nothing to speak of.
  @Test func anInvalidTimestepStaysInvalid() throws {
    let text = "id,x,y,ok\na,1,u,1\na,1,,0\na,2,,1\n"
    try withFile("s.csv", text.utf8) { path in
      var reader = try FileReader(
        path, options: TableOptions(target: ["y"], targetKind: .classPerTimestep, valid: "ok"))
      let record = try #require(try reader.next())
      #expect(record.target == .labels(["u", "", ""]) && record.validity == [true, false, true])
      #expect(try reader.next() == nil)
      #expect(
        try reader.takeNotes().map(\.text).last == "1 of 3 timesteps has no target: it has no loss and is not judged")
    }
  }

  /// A class may have such a name; a value may not.
  @Test func aClassMayBeCalledNA() throws {
    let reading = try readText("s.csv", "id,x,label\na,1,NA\nb,1,null\n")
    #expect(reading.records.map(\.target) == [.label("NA"), .label("null")])
    let told = try readText("s.csv", "id,x,label\na,1,NA\nb,1,null\n", options: TableOptions(missing: ["NA"]))
    #expect(told.records.map(\.target) == [.label(""), .label("null")])
  }

  @Test(arguments: [
    ("s.csv", "id,x,y\na,1,inf\n", #"s.csv:2: column "y" is "inf", expected a finite number"#),
    ("s.csv", "id,x,y\na,1,n/a\n", #"s.csv:2: column "y" is "n/a", expected a number"#),
  ]) func whatIsNoNumberIsRefused(file: String, text: String, message: String) throws {
    for kind in [TargetKind.valuesPerSequence, .valuesPerTimestep] {
      let reading = try readText(file, text, options: TableOptions(target: ["y"], targetKind: kind))
      #expect(reading.messages == [message])
    }
  }

  @Test func anAbsentFieldIsNoNull() throws {
    let text = "{\"id\":\"a\",\"features\":[1],\"target\":\"u\"}\n{\"id\":\"b\",\"features\":[1]}\n"
    #expect(
      try readText("s.jsonl", text).messages == [
        #"s.jsonl:2: there is no field "target", expected a target, or null for a missing one"#
      ])
  }
}
