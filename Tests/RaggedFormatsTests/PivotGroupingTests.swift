import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Measurements of several sequences in any order.
@Suite struct PivotGroupingTests {
  private static let options = TableOptions(pivot: PivotOptions(variable: "what", value: "value"))

  /// Rows of measurements of some sequences, those of each together.
  private static func rows(_ random: inout SeededRandom, sequences: Int, steps: Int) -> [String] {
    var rows: [String] = []
    for sequence in 0..<sequences {
      for step in 0..<steps {
        for name in ["hr", "temp", "spo2"] where random.next() % 3 > 0 {
          rows.append("s\(sequence),\(step),\(name),\(Int(random.next() % 1000)).5")
        }
      }
      rows.append("s\(sequence),0,age,\(40 + sequence)")
    }
    return rows
  }

  private static func text(_ rows: [String]) -> String {
    "id,time,what,value\n" + rows.map { $0 + "\n" }.joined()
  }

  /// The order of rows changes no cell: neither where they are kept in memory nor where they are written to a file on the way.
  @Test(arguments: [48 << 20, 2000]) func theOrderOfRowsChangesNothing(bytes: Int) throws {
    var random = SeededRandom(seed: 11)
    var options = Self.options
    options.statics = ["age"]
    // The same columns in the same order, whatever comes first.
    options.pivot.columns = ["age", "hr", "temp", "spo2"]
    let rows = Self.rows(&random, sequences: 9, steps: 12)
    let expected = try readText("s.csv", Self.text(rows), options: options)
    #expect(expected.messages == [] && expected.records.count == 9)
    options.groupingBytes = bytes
    for _ in 0..<3 {
      var shuffled = rows
      shuffled.shuffle(using: &random)
      let reading = try readText("s.csv", Self.text(shuffled), options: options)
      #expect(reading.messages == [])
      #expect(reading.description == expected.description)
      let byKey = Dictionary(reading.records.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
      #expect(reading.records.count == 9)
      for record in expected.records {
        #expect(byKey[record.key]?.input == record.input && byKey[record.key]?.cells == record.cells)
      }
    }
  }

  @Test func thatTheyAreGroupedIsSaid() throws {
    let text = "id,time,what,value\na,0,hr,1\nb,0,hr,2\na,1,hr,3\n"
    try withFile("s.csv", text.utf8) { path in
      var reader = try FileReader(path, options: Self.options)
      var notes = try reader.takeNotes()
      var keys: [String] = []
      while let record = try reader.next() { keys.append(record.key) }
      notes += try reader.takeNotes()
      #expect(keys == ["a", "b"])
      #expect(
        notes.contains(
          InputNote(
            "the rows of a sequence do not stand together: grouped by \"id\" (2 sequences, 3 rows)",
            remedy: .refuseScatteredRows)), "\(notes)")
    }
    var options = Self.options
    options.grouping = .never
    #expect(try readText("s.csv", text, options: options).keys == ["a", "b", "a"])
    options.grouping = .always
    #expect(try readText("s.csv", text, options: options).keys == ["a", "b"])
  }

  /// A faulty row rejects its sequence, wherever its other rows stand, and tells the line of the file.
  @Test func aFaultyRowAmongOthers() throws {
    let text = "id,time,what,value\na,0,hr,1\nb,0,hr,2\na,1,hr\nb,1,hr,4\nc,0,hr,5\na,2,hr,6\n"
    let reading = try readText("s.csv", text, options: Self.options)
    #expect(reading.keys == ["b", "c"])
    #expect(reading.messages == ["s.csv:4: the row has 3 cells, expected 4 as in the header"])
    #expect(reading.errors.map(\.key) == ["a"])
    let unknown = try readText(
      "s.csv", "id,time,what,value\na,0,hr,1\nb,0,hr,2\na,1,hr,3\n,1,hr,3\n", options: Self.options)
    #expect(unknown.records == [] && unknown.errors.map(\.isFatal) == [true])
    #expect(
      unknown.messages.first?.hasSuffix(
        "; as the rows of a sequence do not stand together, the row may be one of any of them") == true,
      "\(unknown.messages)")
  }
}
