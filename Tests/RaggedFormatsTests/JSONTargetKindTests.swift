import Foundation
import RaggedFormats
import Testing

/// What the target of JSON Lines is taken for where nobody says it.
@Suite struct JSONTargetKindTests {
  private func file(_ targets: [String], lengths: [Int]? = nil) -> String {
    targets.enumerated().map { index, target in
      let steps = Array(repeating: "[1]", count: lengths?[index] ?? 2).joined(separator: ", ")
      return "{\"id\": \"s\(index)\", \"features\": [\(steps)]\(target.isEmpty ? "" : ", \"label\": \(target)")}\n"
    }.joined()
  }

  private func target(_ targets: [String], lengths: [Int]? = nil, options: JSONLinesOptions = JSONLinesOptions()) throws
    -> InputDescription.Target?
  {
    try readText("s.jsonl", file(targets, lengths: lengths), options: options).description?.target
  }

  @Test func manyObjectsTell() throws {
    #expect(try target(["3", "3.5"]) == .valuesPerSequence(["label"]))
    #expect(try target(["3", "4"]) == .classPerSequence(declared: nil))
    #expect(try target(["3", "\"u\"", "1.5"]) == .classPerSequence(declared: nil))
    #expect(try target(["[0, 1]", "[0.5, 1]"]) == .valuesPerTimestep(["label"]))
    #expect(try target(["[0, 1]", "[1, 1]"]) == .classPerTimestep(declared: nil))
    #expect(try target(["[[0, 1], [1, 1]]"]) == .valuesPerTimestep(["label0", "label1"]))
    // The first vector has by chance as many values as its sequence has timesteps.
    #expect(try target(["[0, 1]", "[3, 4]"], lengths: [2, 5]) == .valuesPerSequence(["label0", "label1"]))
    #expect(
      try target(["1.0", "2.0"], options: JSONLinesOptions(classes: ["1.0", "2.0"]))
        == .classPerSequence(declared: ["1.0", "2.0"]))
  }

  @Test func oneFaultyArrayAmongThoseOfTimestepsIsAtFault() throws {
    let reading = try readText("s.jsonl", file(["[0, 1, 1]", "[0, 1]", "[1]"], lengths: [3, 2, 2]))
    #expect(reading.description?.target == .classPerTimestep(declared: nil))
    #expect(reading.messages == [#"s.jsonl:3: field "label" has 1 label, but the sequence has 2 timesteps"#])
  }

  @Test func fieldsMayBeAbsentInTheFirstObject() throws {
    let reading = try readText("s.jsonl", file(["", "\"u\"", "\"v\""]))
    #expect(reading.description?.target == .classPerSequence(declared: nil))
    #expect(reading.keys == ["s1", "s2"])
    #expect(
      reading.messages == [#"s.jsonl:1: there is no field "label", expected a target, or null for a missing one"#])
    let keys = try readText("s.jsonl", "{\"features\": [1]}\n{\"id\": \"b\", \"features\": [1]}\n")
    #expect(keys.keys == ["b"])
    #expect(keys.messages == [#"s.jsonl:1: field "id" is absent or empty, expected the key of the sequence"#])
  }

  @Test func anObjectBehindTheSampleMayNotContradict() throws {
    let reading = try readText("s.jsonl", file((0..<1001).map { $0 < 1000 ? "\($0 % 3)" : "2.5" }))
    #expect(reading.records.count == 1000)
    #expect(reading.messages.count == 1)
    #expect(
      reading.messages.first?.contains(
        "is \"2.5\", expected a class as field \"label\", whole numbers as in the objects before it"
      ) == true)
    #expect(
      reading.errors.first?.remedy
        == .sayTargetKind(
          values: [.valuesPerSequence, .valuesPerTimestep], classes: [.classPerSequence, .classPerTimestep]))
  }

  @Test func aTargetThatNoSequenceBeforeHasIsAtFault() throws {
    let reading = try readText(
      "s.jsonl", file((0..<1001).map { $0 < 1000 ? "" : "1" }).replacing("label", with: "target"))
    #expect(reading.records.count == 1000)
    #expect(reading.messages == [#"s.jsonl:1001: field "target" is a target, but no sequence before has one"#])
  }

  @Test func wholeNumbersWithAPointAreSaidToBeValues() throws {
    #expect(
      try notes("s.jsonl", file(["1.0", "0.0"])) == [
        "field \"label\" holds whole numbers written with a point and is taken for a value"
      ])
    #expect(try notes("s.jsonl", file(["1.0", "0.5"])) == [])
  }
}
