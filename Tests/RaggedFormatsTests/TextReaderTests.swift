import Foundation
import RaggedCore
import RaggedFormats
import Testing

@Suite struct TextReaderTests {
  @Test func linesAsCharacters() {
    let reading = readFixture("French.txt", facts: FileFacts(classFrom: .fileName))
    #expect(
      reading.description == InputDescription(input: .text(.characters), target: .classPerSequence(declared: nil)))
    #expect(reading.keys == ["French:1", "French:2", "French:3", "French:5"])
    #expect(reading.records.allSatisfy { $0.target == .label("French") })
    #expect(reading.records[1].input == .text(["N", "a", "ï", "v", "e"]))
    #expect(reading.records[2].input == .text(["e\u{301}"]))
    #expect(reading.records[3].input.length == 10)
  }

  @Test func linesAsWords() {
    let reading = readFixture("French.txt", options: TextOptions(unit: .words))
    #expect(reading.description == InputDescription(input: .text(.words), target: .none))
    #expect(reading.records[3].input == .text(["de", "la", "Tour"]))
  }

  @Test func emptyLinesMayBeSequences() {
    let reading = readFixture("French.txt", options: TextOptions(keepsEmptyLines: true))
    #expect(reading.keys == (1...5).map { "French:\($0)" })
    #expect(reading.records[3].input == .text([]))
  }

  @Test func classFromAColumn() {
    let reading = readFixture("labelled.txt", options: TextOptions(classColumn: 1, unit: .words))
    #expect(reading.records.map(\.target) == [.label("x"), .label("y")])
    #expect(reading.records.map(\.input) == [.text(["le", "chat"]), .text(["the", "cat", "sat"])])
  }

  @Test func columnsAndDelimiter() throws {
    let options = TextOptions(idColumn: 3, textColumn: 1, classColumn: 2, delimiter: ";", unit: .words)
    let reading = try readText("c.txt", "ab c;x;k1\n", options: options)
    #expect(reading.records == [SequenceRecord(key: "k1", input: .text(["ab", "c"]), target: .label("x"), line: 1)])
  }

  @Test func classOfTheFileOutsideTheDeclaredSet() {
    let reading = readFixture("French.txt", options: TextOptions(classes: ["Dutch"]), facts: FileFacts(classFrom: .fileName))
    #expect(
      reading.messages == [
        #"French.txt: the class from the file's name is "French", expected one of the declared classes "Dutch""#
      ])
  }

  static let names = TimeSeriesReaderTests.vowels.deletingLastPathComponent().appendingPathComponent("names")

  @Test(.enabled(if: FileManager.default.fileExists(atPath: names.path), "the real data are not here"))
  func surnames() throws {
    var count = 0
    var keys: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(atPath: Self.names.path) {
      let reading = readAll(
        Self.names.appendingPathComponent(file).path, facts: FileFacts(classFrom: .fileName))
      #expect(reading.messages == [])
      count += reading.records.count
      keys.formUnion(reading.keys)
    }
    #expect(count == 20_050)
    #expect(keys.count == count)
  }
}
