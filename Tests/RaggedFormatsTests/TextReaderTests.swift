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

  /// Words with their sounds, as for a task whose target has a length of its own.
  @Test func labelsFromAColumn() throws {
    let options = TextOptions(labelColumns: [2], labelSeparator: " ")
    let reading = try readText("w.txt", "adda\ta tː a\naf\t\n", options: options)
    let column = Column(
      "c2", .category, per: .labels, role: .other, vocabulary: Vocabulary(unit: .words, tokens: []))
    #expect(reading.description?.columns == [column])
    #expect(reading.records.map(\.input) == [.text(["a", "d", "d", "a"]), .text(["a", "f"])])
    #expect(
      reading.records.map(\.cells) == [[.categories(Categories(["a", "tː", "a"]))], [.categories(Categories([]))]])
    let roles = try withFile("w.txt", "adda\ta tː a\n".utf8) { path in
      var reader = try FileReader(path, options: options)
      return try reader.roles()
    }
    #expect(roles == "id: file and line; text: column 1, as characters; labels: column 2, cut at \" \"")
  }

  @Test func aListWithoutALabelIsAnError() throws {
    let options = TextOptions(labelColumns: [2])
    let reading = try readText("w.txt", "a\tx|y\nb\tx||y\nc\n", options: options)
    #expect(
      reading.messages == [
        "w.txt:2: column 2 is \"x||y\", which has an empty label: expected one on each side of every \"|\"",
        "w.txt:3: the line has 1 column, expected column 2",
      ])
    #expect(reading.keys == ["w:1"])
  }

  @Test func columnsAndDelimiter() throws {
    let options = TextOptions(idColumn: 3, textColumn: 1, classColumn: 2, delimiter: ";", unit: .words)
    let reading = try readText("c.txt", "ab c;x;k1\n", options: options)
    #expect(reading.records == [SequenceRecord(key: "k1", input: .text(["ab", "c"]), target: .label("x"), line: 1)])
  }

  @Test func classOfTheFileOutsideTheDeclaredSet() {
    let reading = readFixture(
      "French.txt", options: TextOptions(classes: ["Dutch"]), facts: FileFacts(classFrom: .fileName))
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
