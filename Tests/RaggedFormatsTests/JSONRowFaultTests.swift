import RaggedFormats
import Testing

/// Objects that are timesteps, of which some are malformed: what they may belong to is left out, and all else is read.
@Suite struct JSONRowFaultTests {
  private static let objects = [
    #"{"id":"a","v":1}"#, #"{"id":"a","v":2}"#, #"{"id":"b","v":3}"#, #"{"id":"b","v":oops}"#, #"{"id":"b","v":4}"#,
    #"{"id":"c","v":5}"#, #"{"id":"d","v":6}"#,
  ]

  @Test func oneOfManyLines() throws {
    let reading = try readText("a.jsonl", Self.objects.joined(separator: "\n"))
    #expect(reading.keys == ["a", "c", "d"])
    #expect(reading.errors.map(\.key) == ["b"] && reading.errors.map(\.line) == [4])
    #expect(!reading.errors[0].isFatal && reading.messages[0].hasSuffix("; the row may be one of sequence \"b\""))
  }

  @Test func oneElementOfAnArray() throws {
    let reading = try readText("a.json", "[" + Self.objects.joined(separator: ",\n") + "]")
    #expect(reading.keys == ["a", "c", "d"] && reading.errors.map(\.line) == [4], "\(reading.messages)")
  }

  @Test func atTheBeginningAndAtTheEnd() throws {
    let bad = #"{"id":"a","v":}"#
    let good = [#"{"id":"a","v":1}"#, #"{"id":"b","v":3}"#]
    let first = try readText("a.jsonl", ([bad] + good).joined(separator: "\n"))
    // It may be one of the sequence behind it.
    #expect(first.keys == ["b"] && first.errors.allSatisfy { !$0.isFatal }, "\(first.messages)")
    let last = try readText("a.jsonl", (good + [bad]).joined(separator: "\n"))
    #expect(last.keys == ["a"] && last.errors.map(\.line) == [3], "\(last.messages)")
  }

  /// Where the array goes on cannot be told behind a brace that is not closed.
  @Test func whatCannotBeToldEndsTheReading() throws {
    let reading = try readText("a.json", #"[{"id":"a","v":1},{"id":"b","v":[1},{"id":"c","v":3}]"#)
    #expect(reading.errors.last?.isFatal == true && reading.keys.contains("c") == false, "\(reading.messages)")
  }
}
