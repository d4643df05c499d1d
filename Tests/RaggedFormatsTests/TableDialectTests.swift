import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// A table as others write it comes to what the plain one comes to.
@Suite struct TableDialectTests {
  /// The same numbers in two forms: as programs write them, and as the variant does.
  private static func tables(
    _ random: inout SeededRandom, point: String, thousands: String, delimiter: String, blanks: Bool = false
  ) -> (plain: String, other: String) {
    func number(_ cents: Int) -> (String, String) {
      let (sign, value) = (cents < 0 ? "-" : "", cents.magnitude)
      let fraction = value % 100 < 10 ? "0\(value % 100)" : "\(value % 100)"
      var digits = String(value / 100)
      var grouped = ""
      while digits.count > 3 {
        grouped = thousands + digits.suffix(3) + grouped
        digits.removeLast(3)
      }
      return ("\(sign)\(value / 100).\(fraction)", "\(sign)\(digits)\(grouped)\(point)\(fraction)")
    }
    let blank = blanks ? " " : ""
    func quoted(_ cell: String) -> String { cell.contains(delimiter) ? "\"\(cell)\"" : cell }
    var (plain, other) = ("id,t,v,w,label\n", ["id", "t", "v", "w", "label"].joined(separator: "\(delimiter)\(blank)"))
    other += "\n"
    for sequence in 0..<3 {
      let label = ["u", "v"][sequence % 2]
      for t in 0..<4 {
        let cells = [number(t * 150), number(Int(random.next() % 10_000_000) - 5_000_000), number(1_234_567 + t)]
        plain += "s\(sequence),\(cells.map(\.0).joined(separator: ",")),\(label)\n"
        other +=
          (["s\(sequence)"] + cells.map { quoted($0.1) } + [label]).joined(separator: "\(delimiter)\(blank)") + "\n"
      }
    }
    return (plain, other)
  }

  @Test(arguments: [
    (",", "", ";"), (",", ".", ";"), (",", " ", ";"), (",", "'", ";"), (",", "\u{A0}", ";"), (",", "\u{202F}", "\t"),
    (",", "", ","), (",", ".", ","), (".", ",", ","), (".", ",", ";"), (".", "", ";"), (".", "'", ","), (",", "", "|"),
    (".", "\u{2019}", ";"),
  ])
  func marksAreFoundOut(point: String, thousands: String, delimiter: String) throws {
    var random = SeededRandom(seed: 3)
    for blanks in [false, true] {
      let (plain, other) = Self.tables(
        &random, point: point, thousands: thousands, delimiter: delimiter, blanks: blanks && delimiter != "\t")
      let expected = try readText("t.csv", plain)
      #expect(expected.messages == [] && expected.records.count == 3)
      let reading = try readText("t.csv", other)
      #expect(reading.messages == [])
      #expect(reading.records == expected.records && reading.description == expected.description)
      let mark = ["\u{A0}": " ", "\u{202F}": " ", "\u{2019}": "'"][thousands] ?? thousands
      let named = try readText(
        "t.csv", other, options: TableOptions(delimiter: delimiter, decimal: point, thousands: mark))
      #expect(named.records == expected.records)
      if point == "," || !thousands.isEmpty {
        let said = try notes("t.csv", other)
        #expect(said.contains { $0.hasPrefix("numbers are read with a decimal \(point == "," ? "comma" : "point")") })
      }
    }
  }

  /// Lines that are no rows change nothing, wherever the table begins.
  @Test func whatIsNoRowIsLeftOut() throws {
    var random = SeededRandom(seed: 5)
    let (plain, _) = Self.tables(&random, point: ".", thousands: "", delimiter: ",")
    let expected = try readText("t.csv", plain).records
    let units = plain.replacing("label\n", with: "label\n,s,m,[kg],\n")
    let rows = plain.split(separator: "\n").map(String.init)
    let marked = (rows.prefix(4) + ["# paused, and on"] + rows.dropFirst(4)).joined(separator: "\n")
    let cases: [(String, String, [String])] = [
      ("sep=,\n" + plain, "sep", ["its first line names the delimiter: \",\""]),
      (
        "Device X1\nSerial,123\n\n" + plain, "preamble",
        [
          #"the first 3 lines are no part of the table and left out: "Device X1", "Serial,123""#
        ]
      ),
      (units, "units", [#"line 2 holds units, no data, and is left out: ",s,m,[kg]""#]),
      ("#device: X1\n#rate: 50\n" + marked, "comments", ["lines that begin with \"#\" are left out as comments"]),
      (rows.map { $0 + "," }.joined(separator: "\n"), "trailing", []),
      (([rows[0]] + rows.dropFirst().map { $0 + "," }).joined(separator: "\n"), "trailing rows", []),
      (plain.replacing("label\n", with: "label,\n"), "trailing header", []),
      ("#" + plain, "marked header", ["its header begins with \"#\", which is no part of the first name"]),
      (plain.replacing(",", with: ", "), "blanks", []), (plain.replacing("\n", with: "\n\n"), "empty lines", []),
      (
        "Device\n" + units, "preamble and units",
        [
          "the first line is no part of the table and left out: \"Device\"",
          #"line 3 holds units, no data, and is left out: ",s,m,[kg]""#,
        ]
      ),
    ]
    for (text, name, said) in cases {
      let reading = try readText("t.csv", text)
      #expect(reading.messages == [], "\(name)")
      // Where a sequence begins differs.
      #expect(reading.records.map(\.input) == expected.map(\.input), "\(name)")
      #expect(reading.records.map(\.target) == expected.map(\.target) && reading.keys == expected.map(\.key), "\(name)")
      #expect(try notes("t.csv", text) == said, "\(name)")
    }
    let named: [(String, TableOptions)] = [
      (marked, TableOptions(comment: "#")), ("a,b\nc\n" + plain, TableOptions(skippedLines: 2)),
      (plain.replacing("label\n", with: "label\nx,1,y,2,z\n"), TableOptions(unitsRows: 1)),
      (plain.replacing("label\n", with: "label\nx,1\ny,2,z\n"), TableOptions(unitsRows: 2)),
    ]
    for (text, options) in named {
      #expect(try readText("t.csv", text, options: options).records.map(\.input) == expected.map(\.input))
    }
  }

  @Test func aGuessCanBeOverruled() throws {
    let commas = "id;v\na;1,5\na;2,5\n"
    let point = try readText("t.csv", commas, options: TableOptions(decimal: "."))
    #expect(point.records.first?.cells == [.categories(Categories(["1,5", "2,5"]))])
    let text = try readText("t.csv", "id,v,w\na,\"1,5\",1\na,\"2,5\",2\n", options: TableOptions(categories: ["v"]))
    #expect(text.records.first?.cells.contains(.categories(Categories(["1,5", "2,5"]))) == true)
    let units = "id,v\n,m\n,2\n"
    #expect(try readText("t.csv", units).messages.first?.hasPrefix("t.csv:3") == true)
    #expect(
      try readText("t.csv", units, options: TableOptions(unitsRows: 0)).messages.first?.hasPrefix("t.csv:2") == true)
    let hash = "#a\nid,v\nb,1\n"
    #expect(try readText("t.csv", hash, options: TableOptions(skippedLines: 0, comment: "")).records.isEmpty)
    let list = "id,a;b\nx,1;2\n"
    #expect(try readText("t.csv", list).description?.columns.map(\.name) == ["a;b"])
  }

  @Test func whatCanBeReadInTwoWaysIsRefused() throws {
    let alone = try readText("t.csv", "id;v\na;1,234\na;2,345\n")
    #expect(
      alone.messages == [
        #"t.csv:2: column "v" is "1,234", and no other number says whether that is a decimal mark or parts thousands"#
      ])
    #expect(
      alone.errors.first?.remedy
        == .sayNumberMarks([NumberMarks(decimal: ","), NumberMarks(decimal: ".", thousands: ",")]))
    let comma = try readText("t.csv", "id;v\na;1,234\n", options: TableOptions(decimal: ","))
    #expect(comma.records.first?.input == .values([1.234], featureCount: 1))
    let thousands = try readText("t.csv", "id;v\na;1,234\n", options: TableOptions(thousands: ","))
    #expect(thousands.records.first?.input == .values([1234], featureCount: 1))
    // A point elsewhere does not say what this comma is, one in the column does.
    #expect(try readText("t.csv", "id;v;w\na;1,234;0.5\n").errors.count == 1)
    #expect(
      try readText("t.csv", "id;v\na;1,234\na;0.5\n").records.first?.input == .values([1234, 0.5], featureCount: 1))
    let odds = try readText("t.csv", "id;v;w\na;1,5;2\na;1,5;2.5\n")
    #expect(
      odds.messages == [
        #"t.csv:3: column "w" is "2.5", but column "v" is "1,5" in line 2: expected numbers with one decimal mark"#
      ])
  }

  /// A number of another form behind the first rows is an error, never another number.
  @Test func laterNumbersOfAnotherFormAreRefused() throws {
    let rows = (0..<1100).map { "a;\($0),5\n" }.joined()
    let reading = try readText("t.csv", "id;v\n" + rows + "a;1.5\n")
    #expect(
      reading.messages == [#"t.csv:1102: column "v" is "1.5", expected a number with a decimal comma"#])
    #expect(reading.errors.first?.remedy == .sayNumberMarks([NumberMarks(decimal: ".")]))
    let grouped = try readText("t.csv", "id;v\n" + rows + "a;1.500\n")
    #expect(grouped.errors.first?.problem == #"column "v" is "1.500", expected a number with a decimal comma"#)
    let plain = (0..<1100).map { "a,\($0).5\n" }.joined()
    let comma = try readText("t.csv", "id,v\n" + plain + "a,\"1,5\"\n")
    #expect(comma.errors.first?.remedy == .sayNumberMarks([NumberMarks(decimal: ",")]))
    for odd in ["1.2345,5", "12.34,5", ".123,5", "1..234,5", "1,234,5", "1.234.5"] {
      let options = TableOptions(delimiter: ";", decimal: ",", thousands: ".")
      #expect(try readText("t.csv", "id;v\na;1,5\na;\(odd)\n", options: options).errors.count == 1, "\(odd)")
    }
  }

  /// Weights, targets and times too.
  @Test func everyNumberHasTheDecimalComma() throws {
    let reading = try readText(
      "t.csv", "id;time;v;y;w\na;0,5;1,5;2,5;0,25\na;1,25;2;2,5;0,25\n", options: TableOptions(weight: "w"))
    #expect(reading.messages == [])
    let record = try #require(reading.records.first)
    #expect(record.input == .values([1.5, 2], featureCount: 1))
    #expect(record.target == .values([2.5]))
    #expect(record.weight == 0.25)
    #expect(record.cells.contains(.times([500_000, 1_250_000])))
    let falling = try readText("t.csv", "id;time;v\na;1,5;1\na;1,25;2\n")
    #expect(falling.messages == [] && falling.records.first?.cells == [.times([1_250_000, 1_500_000])])
    let missing = try readText("t.csv", "id;v\na;1,5\na;-99,5\n", options: TableOptions(missing: ["-99,50"]))
    #expect(missing.records.first?.input == .values([1.5, .nan], featureCount: 1))
  }

  @Test func blanksAroundCellsAreLeftOut() throws {
    let text = " id , v , label \na, 1, x\na , 2 ,\" x\"\n"
    let reading = try readText("t.csv", text)
    #expect(reading.messages == [#"t.csv:3: column "label" is " x", but "x" in the first row of sequence "a""#])
    let all = try readText("t.csv", "id, v, note\na, 1, \" x \" \na,2, y \na,3,\" y\"\na,4,y\n")
    #expect(all.records.first?.cells == [.categories(Categories([" x ", "y", " y", "y"]))])
    #expect(all.records.first?.input == .values([1, 2, 3, 4], featureCount: 1))
    // In a table of tabs a blank is what it is.
    #expect(try readText("t.tsv", "id\tv\ttag \na\t1\t x\n").records.first?.cells == [.categories(Categories([" x"]))])
    #expect(try readText("t.tsv", "id\tv\ttag \na\t1\t x\n").description?.columns.map(\.name) == ["tag"])
  }

  @Test func aRowThatSumsUpIsNoSequence() throws {
    let table = "id,t,v,label\na,0,1,x\na,1,2,x\n"
    for (footer, problem) in [
      ("\nTotal,2,,\n", #"column "id" is "Total" in a row with empty cells, which seems to sum up the rows above it"#),
      ("Total;;;\n", "the row has 1 cell, expected 4 as in the header"),
      ("Sum: 2 rows\n", "the row has 1 cell, expected 4 as in the header"),
    ] {
      let reading = try readText("t.csv", table + footer)
      #expect(reading.errors.map(\.problem) == [problem])
      #expect(
        reading.errors.allSatisfy { $0.remedy.map { if case .leaveOutRow = $0 { true } else { false } } ?? false })
      #expect(reading.keys == ["a"])
      #expect(try readText("t.csv", table + footer, options: TableOptions(comment: "Total")).keys == ["a"])
    }
    let mean = "id,when,v\na,2020-01-01,1\na,2020-01-02,2\nMean,,1.5\n"
    #expect(try readText("t.csv", mean).keys == ["a"])
    #expect(try readText("t.csv", table + "Total,0,3,y\n").keys == ["a", "Total"])
    #expect(try readText("t.csv", table + "total-1,,,y\n").keys == ["a", "total-1"])
    #expect(try readText("t.csv", table + "Total,2,,\n", options: TableOptions(missing: [""])).keys == ["a", "Total"])
  }

  @Test func aHeaderOfNumbersIsSaid() throws {
    let reading = try readText("t.csv", "1,2,3\n4,5,6\n")
    #expect(reading.errors.count == 1 && reading.errors[0].remedy != nil)
    #expect(
      try notes("t.csv", "1,2,3\n4,5,6\n", TableOptions(id: "1")).first
        == #"the first row is taken for the names of the columns, but holds numbers alone: "1", "2", "3""#)
  }

  @Test func optionsThatMakeNoSenseAreRefused() throws {
    for options in [
      TableOptions(decimal: ";"), TableOptions(thousands: "x"), TableOptions(decimal: ".", thousands: "."),
      TableOptions(skippedLines: -1), TableOptions(hasHeader: false, unitsRows: 1), TableOptions(comment: "\n"),
    ] {
      let reading = try readText("t.csv", "id,v\na,1\n", options: options)
      #expect(reading.errors.first?.failureClass == .usage)
    }
  }

  private func notes(_ name: String, _ text: String, _ options: TableOptions? = nil) throws -> [String] {
    try withFile(name, text.utf8) { path in
      var reader = try FileReader(path, options: options)
      return try reader.takeNotes().map(\.text)
    }
  }
}
