import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Text whose lines hold numbers.
@Suite struct TextNumberTests {
  @Test(arguments: [" ", "\t", ",", ";", "  "]) func linesOfNumbersAreSequences(separator: String) throws {
    let text = "0.5 1.25 -3\n1e-3 2\n\n4 5 6 7\n".replacing(" ", with: separator)
    let reading = try readText("series.txt", text)
    #expect(reading.messages == [])
    #expect(reading.keys == ["series:1", "series:2", "series:4"])
    #expect(reading.description == InputDescription(input: .features(["value"]), target: .none))
    #expect(
      reading.records.map(\.input) == [
        .values([0.5, 1.25, -3], featureCount: 1), .values([0.001, 2], featureCount: 1),
        .values([4, 5, 6, 7], featureCount: 1),
      ])
  }

  @Test func blocksOfLinesAreSequences() throws {
    let reading = try readText("ae.txt", "1.5 2.5 \n1.6 2.4 \n\n3.5 0.5 \n\n")
    #expect(reading.messages == [] && reading.keys == ["ae:1", "ae:2"])
    #expect(
      reading.records.map(\.input) == [
        .values([1.5, 2.5, 1.6, 2.4], featureCount: 2), .values([3.5, 0.5], featureCount: 2),
      ])
  }

  @Test func whatMayBeEitherIsAsked() throws {
    for text in ["0.5 1 2\n3 4 5\n", "0.5 1 2\n", "a b\n1 2.5\n3 4\n"] {
      let reading = try readText("m.txt", text)
      #expect(reading.records == [] && reading.errors.first?.remedy == .sayWhatLinesAre, "\(reading.messages)")
    }
    let whole = try readText("events.txt", "5 5 22\n22 5\n")
    #expect(
      whole.messages == ["events.txt: lines hold whole numbers alone: whether they are values or tokens is not said"])
    let words = try readText("events.txt", "5 5 22\n22 5\n", options: TextOptions(unit: .words))
    #expect(words.records.map(\.input) == [.text(["5", "5", "22"]), .text(["22", "5"])])
    let values = try readText("events.txt", "5 5 22\n22 5\n", options: TextOptions(layout: .wide))
    #expect(values.records.map(\.input) == [.values([5, 5, 22], featureCount: 1), .values([22, 5], featureCount: 1)])
    let lines = try readText("m.txt", "0.5 1 2\n3 4 5\n", options: TextOptions(layout: .series))
    #expect(lines.keys == ["m"] && lines.records[0].input == .values([0.5, 1, 2, 3, 4, 5], featureCount: 3))
    let named = try readText("m.txt", "a b\n1 2.5\n3 4\n", options: TextOptions(layout: .series))
    #expect(named.description?.input == .features(["a", "b"]))
  }

  @Test func classesBesideNumbers() throws {
    let reading = try readText("g.txt", "  1.0e0  0.5 1 \n  -1.0e0  2 3 4.5\n  1.0e0 7 \n")
    #expect(reading.records.map(\.target) == [.label("1.0e0"), .label("-1.0e0"), .label("1.0e0")])
    let named = try readText(
      "g.txt", "walk 0.5 1\nrun 2 3 4.5\n", options: TextOptions(classColumn: 1, layout: .wide))
    #expect(named.messages == [] && named.records.map(\.target) == [.label("walk"), .label("run")])
    let missing = try readText("g.txt", "1 -9 2.5\n3\n4 5\n", options: TextOptions(layout: .wide, missing: ["-9"]))
    #expect(missing.records.first?.input == .values([1, .nan, 2.5], featureCount: 1))
  }

  /// Text is text as before.
  @Test(arguments: ["0110\n101\n", "12\n345\n", "a 1 2\nb 3\n", "1 2 x\n3 4\n", "\n\nword\n"])
  func otherLinesAreText(text: String) throws {
    let reading = try readText("t.txt", text)
    #expect(reading.messages == [] && reading.description?.input == .text(.characters))
  }
}
