import RaggedCore
import RaggedFormats
import Testing

/// Numbers that are written in a way that is not read do not become names in silence.
@Suite struct OddNumberTests {
  private func read(_ text: String, _ options: TableOptions = TableOptions()) throws -> Reading {
    try withFile("t.csv", text.utf8) { readAll($0, options: options) }
  }

  private func table(_ cells: [String], with other: String? = nil) -> String {
    "id,v\(other == nil ? "" : ",w"),label\n"
      + cells.map { "a,\($0)\(other.map { ",\($0)" } ?? ""),x\n" }.joined()
  }

  @Test(arguments: [
    ["0x1F", "1_000"], ["45%", "$3"], ["12 %", "7%"], ["-3€", "4 \u{20AC}"], ["20.5 °C", "21.25 °C"], ["0XFF", ""],
    ["£1.50", "NA"], ["12_345_678", "1_000"], ["-0x10", "0x11"],
  ])
  func numbersWrittenOtherwiseAreRefused(cells: [String]) throws {
    for other in [nil, "2.5"] {
      let reading = try read(table(cells, with: other))
      let message = try #require(reading.messages.first, "\(cells)")
      #expect(message.hasPrefix("t.csv:1: column \"v\" holds \"\(cells[0])\" and no text in the 2 rows"), "\(message)")
      #expect(reading.errors.first?.remedy == .takeAsText("v"))
      #expect(reading.records.isEmpty)
    }
    // As text they are what they are.
    let named = try read(table(cells), TableOptions(categories: ["v"]))
    #expect(named.messages == [] && named.records.count == 1)
    let skipped = try read(table(cells, with: "2.5"), TableOptions(skipped: ["v"]))
    #expect(skipped.messages == [] && skipped.description?.input.featureNames == ["w"])
  }

  @Test(arguments: [
    ["0x1F", "door"], ["1_2", "3_4"], ["5 rooms", "6 rooms"], ["B%", "45%"], ["1.5 of 2", "2.5 of 3"], ["$", "%"],
    ["0xyz", "0x"], ["1__000", "_100"], ["3rd", "4th"],
  ])
  func textsAreTexts(cells: [String]) throws {
    let reading = try read(table(cells))
    #expect(reading.messages == [], "\(cells)")
    #expect(reading.description?.columns.map(\.name) == ["v"])
  }

  /// Truth values beside numbers are names; as the whole input it is asked.
  @Test func truthValuesAloneAreAskedFor() throws {
    let alone = try read(table(["TRUE", "FALSE"]))
    #expect(
      alone.messages == [
        "t.csv:1: column \"v\" holds \"TRUE\" and no other column a number: whether true and false are to be text is not said"
      ])
    #expect(alone.errors.first?.remedy == .takeAsText("v"))
    let beside = try read(table(["true", "False"], with: "2.5"))
    #expect(beside.messages == [] && beside.description?.columns.map(\.name) == ["v"])
    let named = try read(table(["TRUE", "FALSE"]), TableOptions(categories: ["v"]))
    #expect(named.messages == [])
  }

  /// Lines of numbers are known for what they are, whatever the file is called.
  @Test(arguments: ["ae.train", "Adiac_TRAIN", "punch.dat"])
  func linesOfNumbersNeedNoEnding(name: String) throws {
    try withFile(name, "1.5 2.5\n1.6 2.4\n\n3.1 0.2\n3.2 0.1\n3.3 0.0\n\n9 9\n".utf8) { path in
      let reading = readAll(path)
      #expect(reading.messages == [] && reading.records.map(\.length) == [2, 3, 1])
      var reader = try FileReader(path)
      #expect(
        try reader.takeNotes().first
          == InputNote(
            "its name does not tell the format, and its lines hold numbers, so that it is read as text",
            remedy: .sayFormat))
      #expect(reader.isFormatGivenInReading)
    }
    for text in ["word\n1.5 2.5\nword\n", "", "7\n8\n"] {
      let reading = try withFile(name, text.utf8) { readAll($0) }
      #expect(reading.messages.first?.contains("the name does not tell the format") == true)
    }
  }
}

extension FileReader {
  /// Whether who reads another file in this way is told its format.
  fileprivate var isFormatGivenInReading: Bool {
    var reader = self
    return (try? reader.reading())?.isFormatGiven == true
  }
}
