import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Tables without a column of ids: a file that is one sequence, and blocks between blank lines.
@Suite struct SeriesTests {
  private static let recorder = """
    "Time (s)","Rotation x (rad/s)","Rotation y (rad/s)"
    1.0E-3,2.5E-1,-1.5E-1
    2.0E-3,5.0E-1,-2.5E-1
    4.0E-3,7.5E-1,-3.5E-1

    """

  @Test func aFileOfOneRecordingIsOneSequence() throws {
    let reading = try readText("walk.csv", Self.recorder, options: TableOptions())
    #expect(reading.messages == [])
    #expect(reading.keys == ["walk"])
    #expect(reading.description?.input == .features(["Rotation x (rad/s)", "Rotation y (rad/s)"]))
    #expect(reading.records[0].input == .values([0.25, -0.15, 0.5, -0.25, 0.75, -0.35], featureCount: 2))
    #expect(reading.records[0].cells == [.times([1000, 2000, 4000])])
    #expect(reading.records[0].line == 2)
  }

  @Test func aTimeHasItsUnitBehindItsName() throws {
    for (name, time) in [("Time (ms)", 2000), ("time [s]", 2_000_000), ("T (C)", nil), ("Timestamp(us)", 2)]
      as [(String, Int64?)]
    {
      let reading = try readText("s.csv", "\(name),v\n2,5\n3,9\n", options: TableOptions(layout: .series))
      if let time {
        #expect(reading.records[0].cells == [.times([time, time / 2 * 3])], "\(name)")
      } else {
        #expect(reading.description?.input == .features([name, "v"]))
      }
    }
  }

  @Test func whatWasTakenForOneIsSaid() throws {
    try withFile("walk.csv", Self.recorder.utf8) { path in
      var reader = try FileReader(path)
      #expect(try reader.roles().hasPrefix("id: none, so that all rows of a file are one sequence; features: "))
      #expect(
        try reader.takeNotes().first == InputNote("no column holds ids: the rows are one sequence", remedy: .nameID))
      var named = try FileReader(path, options: TableOptions(layout: .series))
      #expect(try named.takeNotes() == [])
    }
  }

  /// Rows of one sequence with an id are the sequence without it.
  @Test func anIDThatIsEverywhereTheSameSaysNothing() throws {
    let rows = (0..<2500).map { "\($0),\(($0 * 7) % 11),\($0 % 3 == 0 ? "" : "\($0 % 5)"),\($0 % 2 == 0 ? "u" : "v")" }
    let header = "t,a,b,c"
    let bare = try readText(
      "s.csv", header + "\n" + rows.joined(separator: "\n"), options: TableOptions(layout: .series))
    let named = try readText(
      "x.csv", header + ",id\n" + rows.map { $0 + ",s" }.joined(separator: "\n"), options: TableOptions())
    #expect(bare.messages == [] && named.messages == [])
    #expect(bare.records == named.records)
    #expect(bare.description == named.description)
    let first = try readText(
      "x.csv", "id," + header + "\n" + rows.map { "s," + $0 }.joined(separator: "\n"), options: TableOptions())
    #expect(bare.records == first.records)
  }

  @Test func rowsOfSeveralSequencesAreNotOne() throws {
    let runs = "who,t,v\n" + (0..<30).map { "p\($0 / 10),\($0),\($0 * 3 % 7)\n" }.joined()
    let cases: [(String, String, String?)] = [
      (runs, #"as the 3 values of column "who" come in runs"#, "who"),
      (
        "CaseID,v\n" + (0..<30).map { "\($0 * 5 % 3),\($0 * 3 % 7)\n" }.joined(),
        #"as column "CaseID", which is called as ids are, has 3 different cells in 30 rows"#, "CaseID"
      ),
      (
        "lap,v\n" + (0..<30).map { "\($0 / 5),\($0 * 3 % 7)\n" }.joined(),
        #"the 6 values of column "lap" come in runs"#,
        "lap"
      ),
      (
        "time,v\n" + (0..<30).map { "\($0 % 10),\($0 * 3 % 7)\n" }.joined(),
        #"as the times of column "time" fall back in line 12, from "9" to "0""#, nil
      ),
    ]
    let words = try readText("s.tsv", "Empire\tB\nState\tI\n\nis\tO\ntall\tO\n")
    #expect(words.messages.first?.hasSuffix("as no column holds numbers or times") == true && words.records == [])
    for (text, reason, id) in cases {
      let reading = try readText("s.csv", text)
      #expect(reading.messages.count == 1 && reading.records == [])
      #expect(reading.messages.first?.hasSuffix(reason) == true, "\(reading.messages)")
      #expect(reading.errors.first?.remedy == .sayWhatSequencesAre(id: id))
      let one = try readText("s.csv", text, options: TableOptions(time: "", layout: .series))
      #expect(one.keys == ["s"] && one.records.first?.length == 30)
    }
    // A counter of seconds beside a time that rises throughout.
    let slow = try readText("s.csv", "time,second,v\n" + (0..<30).map { "\($0),\($0 / 10),\($0 * 3 % 7)\n" }.joined())
    #expect(slow.keys == ["s"])
  }

  @Test func aFirstRowOfNumbersNamesNothing() throws {
    let reading = try readText("s.csv", "1,2\n3,4\n")
    #expect(
      reading.messages == [
        #"s.csv:1: no column for the id of a sequence is named, and none is called "id", "key", "sequence", "series", "#
          + #""sequence_id", "series_id", and the first row, which should name the columns, holds numbers alone: "1", "2""#
      ])
    #expect(reading.errors[0].remedy == .sayLayout(isHeaderless: true))
    let rows = try readText("s.csv", "1,2\n3,5\n", options: TableOptions(hasHeader: false, layout: .series))
    #expect(rows.records.map(\.input) == [.values([1, 2, 3, 5], featureCount: 2)])
  }

  @Test func aFaultyRowRejectsTheFile() throws {
    let reading = try readText("s.csv", "a,b\n1,2\n3\n4,5\n", options: TableOptions(layout: .series))
    #expect(reading.records == [])
    #expect(reading.messages == ["s.csv:3: the row has 1 cell, expected 2 as in the header"])
    #expect(reading.errors.first?.key == "s")
  }

  private static let blocks = "1.5 2.5 \n1.75  2.25\n\n3.5\t0.25\n 3.25 0.5\n3 0\n  \n\n9 8\n"

  @Test func blankLinesEndASequence() throws {
    let options = TableOptions(delimiter: " ", hasHeader: false, layout: .blocks)
    let reading = try withFile("vowels.train", Self.blocks.utf8) { readAll($0, format: .csv, options: options) }
    #expect(reading.messages == [])
    #expect(reading.keys == ["vowels:1", "vowels:2", "vowels:3"])
    #expect(reading.records.map(\.line) == [1, 4, 9])
    #expect(
      reading.records.map(\.input) == [
        .values([1.5, 2.5, 1.75, 2.25], featureCount: 2), .values([3.5, 0.25, 3.25, 0.5, 3, 0], featureCount: 2),
        .values([9, 8], featureCount: 2),
      ])
  }

  @Test func blocksBelowAHeader() throws {
    let text = "\nleft,right,hit\n\n1,2,u\n3,4,u\n\n\n5,6,v\n7,8,v\n"
    let reading = try readText("punch.csv", text, options: TableOptions(target: ["hit"], layout: .blocks))
    #expect(reading.messages == [])
    #expect(reading.keys == ["punch:1", "punch:2"])
    #expect(reading.records.map(\.target) == [.label("u"), .label("v")])
    #expect(
      reading.records.map(\.input) == [
        .values([1, 2, 3, 4], featureCount: 2), .values([5, 6, 7, 8], featureCount: 2),
      ])
    try withFile("punch.csv", text.utf8) { path in
      var reader = try FileReader(path, options: TableOptions(target: ["hit"], layout: .blocks))
      #expect(
        try reader.roles() == #"id: file and number of the block; features: "left", "right"; target (class): "hit""#)
    }
  }

  /// Blocks are what rows with the number of their block are.
  @Test(arguments: [",", "\t", " "]) func blocksAreRowsWithTheirNumber(delimiter: String) throws {
    var (blank, long) = ("", "id\(delimiter)a\(delimiter)b\n")
    for block in 1...40 {
      for row in 0..<(block * 7 % 13 + 1) {
        let cells = "\(block * row)\(delimiter)\(row).5"
        blank += cells + "\n"
        long += "x:\(block)\(delimiter)\(cells)\n"
      }
      blank += String(repeating: "\n", count: block % 3 + 1)
    }
    let options = TableOptions(delimiter: delimiter, layout: .blocks)
    let blocks = try readText("x.csv", "a\(delimiter)b\n" + blank, options: options)
    let rows = try readText("x.csv", long, options: TableOptions(delimiter: delimiter))
    #expect(blocks.messages == [] && rows.messages == [])
    #expect(blocks.keys == (1...40).map { "x:\($0)" })
    #expect(blocks.records.map(\.input) == rows.records.map(\.input))
    #expect(blocks.keys == rows.keys)
  }

  @Test func aFaultyBlockIsLeftOutAlone() throws {
    let reading = try readText(
      "x.csv", "a,b\n1,2\n\n3,4\n5\n\n6,oops\n7,8\n\n9,10\n", options: TableOptions(layout: .blocks))
    #expect(reading.keys == ["x:1", "x:4"])
    #expect(reading.errors.map(\.key) == ["x:2", "x:3"])
    #expect(
      reading.messages == [
        "x.csv:5: the row has 1 cell, expected 2 as in the header",
        "x.csv:7: column \"b\" is \"oops\", expected a number",
      ])
  }
}
