import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// However a table is written, whatever its rows are: it comes to what the plain one comes to.
@Suite struct LayoutDialectTests {
  /// A table in its plain form, and how it is read.
  private struct Table {
    var name: String
    var text: String
    var options: TableOptions
  }

  private static let tables = [
    Table(
      name: "wide", text: "plant,label,m_0,m_1,m_2\np1,up,1.5,2.25,\np2,down,3.75,,\np3,up,4.5,5.25,6.125\n",
      options: TableOptions(id: "plant", layout: .wide)),
    Table(
      name: "lists", text: "id,values,label\na,0.5 1.5 2.5,up\nb,3.25 2,down\nc,7.5 8.5,up\n",
      options: TableOptions(layout: .lists)),
    Table(
      name: "pivot",
      text: "id,time,what,value\na,0,hr,80.5\na,0,temp,36.5\na,5,hr,82.25\nb,1,temp,37.75\nb,2,hr,90.5\n",
      options: TableOptions(pivot: PivotOptions(variable: "what", value: "value"))),
    Table(
      name: "series", text: "time,x,y\n0,1.5,2.5\n1,2.5,3.25\n2,3.5,4.75\n", options: TableOptions(layout: .series)),
    Table(
      name: "blocks", text: "time,x,y\n0,1.5,2.5\n1,2.5,3.25\n\n0,3.5,4.75\n1,4.5,5.75\n",
      options: TableOptions(layout: .blocks)),
    Table(
      name: "long", text: "id,time,x\na,0,1.5\na,1,2.5\nb,0,3.5\nb,1,4.25\n", options: TableOptions(layout: .long)),
  ]

  /// Records without the line on which they begin.
  private func records(_ reading: Reading) -> [SequenceRecord] {
    reading.records.map { record in
      var record = record
      record.line = 0
      return record
    }
  }

  /// What keys are called after lines differs where lines stand above the table.
  private func check(_ table: Table, _ text: String, _ way: String, _ options: TableOptions? = nil) throws {
    let expected = try readText("t.csv", table.text, options: table.options)
    #expect(expected.messages == [] && !expected.records.isEmpty, "\(table.name)")
    let reading = try readText("t.csv", text, options: options ?? table.options)
    #expect(reading.messages == [], "\(table.name), \(way)")
    #expect(reading.description == expected.description, "\(table.name), \(way)")
    #expect(records(reading) == records(expected), "\(table.name), \(way)")
  }

  private func cells(_ line: Substring) -> [Substring] { line.split(separator: ",", omittingEmptySubsequences: false) }

  private func lines(_ table: Table, _ change: (_ line: Substring, _ number: Int) -> String) -> String {
    table.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .map { $1.isEmpty ? "" : change($1, $0) }.joined(separator: "\n")
  }

  @Test func linesThatAreNoRows() throws {
    for table in Self.tables {
      try check(table, "sep=,\n" + table.text, "sep")
      var skipping = table.options
      skipping.skippedLines = 2
      try check(table, "Device X1\nSerial,123\n" + table.text, "lines to skip", skipping)
      try check(table, "#device: X1\n#rate: 50\n" + table.text, "comments")
      var marked = table.options
      marked.comment = "%"
      let between = lines(table) { line, number in number == 2 ? "% paused\n\(line)" : String(line) }
      try check(table, between, "a comment between rows", marked)
    }
  }

  @Test func unitsBelowTheHeader() throws {
    for table in Self.tables {
      var options = table.options
      options.unitsRows = 1
      let text = lines(table) { line, number in
        number == 0 ? "\(line)\n\(cells(line).map { _ in "[u]" }.joined(separator: ","))" : String(line)
      }
      try check(table, text, "units", options)
    }
  }

  @Test func theDecimalCommaAndMarksBetweenThousands() throws {
    for table in Self.tables {
      let comma = table.text.replacing(",", with: ";").replacing(".", with: ",")
      var options = table.options
      options.decimal = ","
      try check(table, comma, "decimal comma said", options)
      if table.name != "lists" { try check(table, comma, "decimal comma found") }
    }
    let wide = Table(
      name: "wide", text: "plant,m_0,m_1,m_2\np1,1234.5,2.25,\np2,12345.75,,\np3,4.5,5.25,6.125\n",
      options: TableOptions(id: "plant", layout: .wide))
    try check(
      wide, "plant;m_0;m_1;m_2\np1;1.234,5;2,25;\np2;12.345,75;;\np3;4,5;5,25;6,125\n", "thousands",
      TableOptions(id: "plant", decimal: ",", thousands: ".").with(layout: .wide))
    let pivot = Table(
      name: "pivot", text: "id,time,what,value\na,0,hr,1234.5\na,1,hr,12345.25\n",
      options: TableOptions(pivot: PivotOptions(variable: "what", value: "value", ties: .mean)))
    try check(pivot, "id;time;what;value\na;0;hr;1'234.5\na;1;hr;12'345.25\n", "thousands")
    let mean = try readText(
      "t.csv", "id;time;what;value\na;0;hr;1,5\na;0;hr;2,5\na;0;hr;3,5\n", options: pivot.options)
    #expect(mean.messages == [] && mean.records.map(\.input) == [.values([2.5], featureCount: 1)])
  }

  @Test func delimitersBlanksAndQuotes() throws {
    for table in Self.tables {
      for delimiter in [";", "|", "\t"] {
        try check(table, table.text.replacing(",", with: delimiter), "delimiter \(delimiter)")
      }
      let spaced = lines(table) { line, _ in cells(line).joined(separator: ",  ") }
      try check(table, spaced, "blanks behind delimiters")
      let quoted = lines(table) { line, _ in cells(line).map { "\"\($0)\"" }.joined(separator: ", ") }
      try check(table, quoted, "quotes")
      try check(table, lines(table) { line, _ in line + "," }, "trailing delimiters")
      try check(table, lines(table) { line, number in number == 0 ? String(line) : line + "," }, "trailing in rows")
    }
  }

  @Test func encodings() throws {
    for table in Self.tables {
      let text = table.text.replacing("label", with: "größe")
      var options = table.options
      if text != table.text { options.roles.target = ["größe"] }
      let expected = try readText("t.csv", text, options: options)
      let utf16 = try withFile("t.csv", [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }) {
        readAll($0, options: options)
      }
      #expect(utf16.messages == [] && utf16.records == expected.records, "\(table.name)")
      options.encoding = .latin1
      let latin = try withFile("t.csv", text.unicodeScalars.map { UInt8($0.value) }) { readAll($0, options: options) }
      #expect(latin.messages == [] && latin.records == expected.records, "\(table.name)")
    }
  }

  @Test func whatWasLeftOutIsSaid() throws {
    for table in Self.tables {
      let text = "#device: X1\n" + lines(table) { line, _ in cells(line).joined(separator: ", ") }
      try withFile("t.csv", text.utf8) { path in
        var reader = try FileReader(path, options: table.options)
        var notes = try reader.takeNotes().map(\.text)
        while try reader.next() != nil {}
        notes += try reader.takeNotes().map(\.text)
        #expect(notes.contains { $0.hasSuffix("begin with \"#\" are left out as comments") }, "\(table.name) \(notes)")
        #expect(notes.contains("1 line begins with \"#\" and was left out, first line 1"), "\(table.name) \(notes)")
        #expect(notes.contains { $0.hasPrefix("blanks around cells were left out") }, "\(table.name) \(notes)")
        var other = try FileReader(path, options: table.options)
        let traits = try other.facts().traits.map(\.name)
        #expect(traits.contains("delimiter") && traits.contains("encoding") && traits.contains("comments"))
      }
    }
  }

  // MARK: Padding

  @Test(arguments: ["0", "-1", "nan", "-1.0"]) func tailsOfPadding(padding: String) throws {
    let sign = padding == "nan" ? "NaN" : padding
    let text = """
      id,label,a_0,a_1,a_2,b_0,b_1,b_2
      p,up,1,2,\(sign),4,\(sign),\(sign)
      q,down,1,\(sign),3,4,5,6
      r,up,\(sign),\(sign),\(sign),\(sign),\(sign),\(sign)

      """
    let reading = try readText("t.csv", text, options: TableOptions(layout: .wide, padding: padding))
    #expect(reading.messages == [])
    // A timestep is padding where all its features are.
    #expect(reading.records.map(\.length) == [2, 3, 0])
    let value = padding == "nan" ? Float.nan : Float(padding) ?? 0
    #expect(reading.records[0].input == .values([1, 4, 2, value], featureCount: 2))
    #expect(reading.records[1].input == .values([1, 4, value, 5, 3, 6], featureCount: 2))
    let lists = try readText(
      "t.csv", "id;v;w\np;1 2 \(sign);1 2 \(sign)\nq;\(sign) 2;3 4\n",
      options: TableOptions(features: ["v", "w"], layout: .lists, padding: padding))
    #expect(lists.messages == [] && lists.records.map(\.length) == [2, 2])
  }

  @Test func paddingIsOfRowsThatAreSequences() throws {
    let reading = try readText("t.csv", "id,x\na,1\na,0\n", options: TableOptions(padding: "0"))
    #expect(reading.messages == ["t.csv: a value of padding is given, but its rows are timesteps"])
    #expect(reading.errors.map(\.failureClass) == [.usage])
    let said = try readText("t.csv", "id,x\na,1\na,0\n", options: TableOptions(layout: .long, padding: "0"))
    #expect(said.messages == ["t.csv: a value of padding means nothing for the layout long"])
    let word = try readText("t.csv", "id,x\na,1\n", options: TableOptions(layout: .wide, padding: "none"))
    #expect(word.messages == ["t.csv: the padding is \"none\", expected a number or nan"])
  }

  // MARK: Lists without brackets

  @Test(arguments: [",", " ", ";", "|", ", "]) func listsAreFoundOut(separator: String) throws {
    let text = "id,values,label\na,\"0.5\(separator)1.5\(separator)2.5\",up\nb,\"3\(separator)2\",down\n"
    let reading = try readText("s.csv", text)
    #expect(reading.messages == [])
    #expect(
      reading.records.map(\.input) == [.values([0.5, 1.5, 2.5], featureCount: 1), .values([3, 2], featureCount: 1)])
    try withFile("s.csv", text.utf8) { path in
      var reader = try FileReader(path)
      let notes = try reader.takeNotes()
      #expect(notes.contains { $0.text.hasPrefix("every cell of column \"values\" holds numbers side by side") })
    }
  }

  @Test(arguments: [
    "id,v,x\na,1 2,3\na,3 4,4\n", "time,v\n0,1 2\n1,2 3\n2,3 4 5\n", "id,v,x\na,1 2,3\nb,high 4,4\n",
    "id,v,x\na,12,3\nb,3,4\nc,4 5,1\n",
  ]) func whatMayBeSomethingElseIsNoList(text: String) throws {
    try withFile("s.csv", text.utf8) { path in
      var reader = try FileReader(path)
      let notes = (try? reader.takeNotes()) ?? []
      #expect(!notes.contains { $0.text.contains("a row is taken for a sequence") })
    }
  }
}

extension TableOptions {
  fileprivate func with(layout: RowLayout) -> TableOptions {
    var options = self
    options.layout = layout
    return options
  }
}
