import RaggedFormats
import Testing

/// Rows above a table that a spreadsheet fills up with empty cells are no part of it.
@Suite struct TitleRowTests {
  private func read(_ text: String, _ options: TableOptions = TableOptions()) throws -> Reading {
    try withFile("t.csv", text.utf8) { readAll($0, options: options) }
  }

  @Test(arguments: [
    "Report,,,\n,,,\nid,t,v,label\na,0,1,x\na,1,2,x\n", "Report,,,\nid,t,v,label\na,0,1,x\na,1,2,x\n",
    ",,Report,\n\n,Room 7,,\nid,t,v,label\n,s,degC,\na,0,1,x\na,1,2,x\n",
  ])
  func titlesAreLeftOutAndSaid(text: String) throws {
    let reading = try read(text)
    #expect(reading.messages == [] && reading.keys == ["a"])
    #expect(reading.records.first?.input == .values([1, 2], featureCount: 1))
    let notes = try withFile("t.csv", text.utf8) { path in
      var reader = try FileReader(path)
      return try reader.takeNotes()
    }
    #expect(notes.contains { $0.text.hasSuffix("part of the table and left out: \(shown(text))") })
    #expect(notes.contains { $0.remedy == .skipLines(0) })
    let kept = try read(text, TableOptions(skippedLines: 0))
    #expect(!kept.messages.isEmpty)
  }

  private func shown(_ text: String) -> String {
    text.split(separator: "\n").prefix { !$0.hasPrefix("id") }.map { "\"\($0)\"" }.joined(separator: ", ")
  }

  /// A header with one name, and a row of one cell, are a header and a row.
  @Test(arguments: [
    ("id,,\na,1,2\na,2,3\n", 2), ("id,v,label\na,,\nb,1,x\n", 1), ("id,v,label\na,1,x\n", 1), ("id,v\na,1\n", 1),
  ])
  func rowsAreRows(text: String, steps: Int) throws {
    let reading = try read(text)
    #expect(reading.messages == [] || reading.messages[0].contains("no column"), "\(reading.messages)")
    #expect(reading.records.map(\.length).reduce(0, +) == steps || reading.records.isEmpty)
  }

  /// A row of another width that begins as comments do is at fault, with the option that leaves it out.
  @Test(arguments: ["%", "//", "!"])
  func otherMarksAreNamed(mark: String) throws {
    let text = "id,v,label\na,1,x\n\(mark) paused\na,2,x\n"
    let reading = try read(text)
    #expect(reading.errors.first?.remedy == .takeAsComments(mark) && reading.records == [])
    let said = try read(text, TableOptions(comment: mark))
    #expect(said.messages == [] && said.records.map(\.length) == [2])
  }

  /// A letter is no time where it falls beside a column of dates.
  @Test func aLetterBesideDatesIsNoTime() throws {
    let falling = "id,Date,t,h,label\na,2020-01-01,20.5,1,x\na,2020-01-02,20.1,2,x\n"
    let reading = try read(falling)
    #expect(reading.messages == [] && reading.description?.input.featureNames == ["t", "h"])
    #expect(reading.records.first?.input == .values([20.5, 1, 20.1, 2], featureCount: 2))
    let timed = try read(falling, TableOptions(time: "t"))
    #expect(timed.description?.input.featureNames == ["h"])
    // Seconds within a day that is the same in all rows.
    let seconds = try read("id,Date,t,v,label\na,2020-01-01,0.5,1,x\na,2020-01-01,0.75,2,x\n")
    #expect(seconds.description?.input.featureNames == ["v"])
  }
}
