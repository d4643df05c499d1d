import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// The order of rows within a sequence, and the spellings of the times that make it.
@Suite struct RowOrderTests {
  private struct Instant: Decodable {
    var text: String
    var format: String
    var microseconds: Int64
  }

  private func values(_ text: String, _ options: TableOptions = TableOptions()) throws -> [[Float]] {
    let reading = try readText("s.csv", text, options: options)
    #expect(reading.messages == [])
    return reading.records.map { record in
      if case .values(let values, _) = record.input { values } else { [] }
    }
  }

  /// Against Python's datetime; see `fixtures/reference/python/make_instants.py`.
  @Test func timesAreTheInstantsThatPythonReads() throws {
    let file = inputFixtures.deletingLastPathComponent().appendingPathComponent("reference/python/instants.json")
    let instants = try JSONDecoder().decode([Instant].self, from: Data(contentsOf: file))
    #expect(instants.count == 720)
    for (format, all) in Dictionary(grouping: instants, by: \.format) {
      // Zones, or none, are those of a column as a whole.
      for isZoned in [false, true] {
        let some = all.filter {
          (format.contains("%z") || format == "iso" && $0.text.dropFirst(19).contains { "Z+-".contains($0) }) == isZoned
        }
        guard !some.isEmpty else { continue }
        // The first row of a sequence is read with care, those behind it in passing.
        let rows =
          some.map { "a,\"\($0.text)\",1\n" }.joined()
          + some.map { "a,\($0.text.contains(",") ? "\"\($0.text)\"" : $0.text),1\n" }.joined()
        let reading = try readText(
          "s.csv", "id,when,x\n" + rows,
          options: TableOptions(features: ["x"], time: "when", timeFormat: format, order: ""))
        #expect(reading.messages == [], "\(format)")
        let expected = some.map(\.microseconds)
        #expect(reading.records.first?.cells == [.times(expected + expected)], "\(format)")
      }
    }
  }

  @Test func rowsAreSortedByTheTime() throws {
    let newest = "id,date,x\nA,2020-01-03,3\nA,2020-01-02,2\nA,2020-01-01,1\nB,2020-01-02,5\nB,2020-01-01,4\n"
    #expect(try values(newest, TableOptions(time: "date")) == [[1, 2, 3], [4, 5]])
    #expect(
      try notes("s.csv", newest, options: TableOptions(time: "date"), afterReading: true) == [
        #"the rows of 2 sequences stand newest first throughout, first of the one in line 2: sorted by column "date""#
      ])
    #expect(try values(newest, TableOptions(time: "date", order: "")) == [[3, 2, 1], [5, 4]])
    let mixed = "id,t,x\na,10,1\na,9,2\na,9.5,3\na,9,4\nb,1,5\n"
    #expect(try values(mixed) == [[2, 4, 3, 1], [5]])
    #expect(
      try notes("s.csv", mixed, afterReading: true) == [
        #"the rows of a sequence do not stand in the order of time, first of the one in line 2: sorted by column "t""#,
        #"1 timestep has the time of the one before in column "t", where they were sorted; they keep the order of the rows"#,
      ])
  }

  /// Numbers of any length and dates to the attosecond, as no text orders them.
  @Test func timesAreComparedWithoutRounding() throws {
    #expect(try values("id,t,x\na,100,1\na,20,2\na,3,3\na,-5,4\n") == [[4, 3, 2, 1]])
    let long = ["1700000000000000001", "1700000000000000000", "16.99999999999999999999e17", "99", "1e-30", "0.1e-29"]
    #expect(
      try values("id,t,x\n" + long.enumerated().map { "a,\($1),\($0)\n" }.joined()) == [[4, 5, 3, 2, 1, 0]])
    let fine = "id,t,x\na,2020-01-01T00:00:00.000000000000000002Z,1\na,2020-01-01T01:00:00.000000000000000001+01:00,2\n"
    #expect(try values(fine) == [[2, 1]])
  }

  @Test func anotherColumnMayOrderTheRows() throws {
    let text = "id,time,frame,x\na,1,3,10\na,2,1.5,20\na,3,2,30\n"
    #expect(
      try values(text, TableOptions(features: ["x"], target: [], order: "frame")) == [[20, 30, 10]])
    let reading = try readText("s.csv", text, options: TableOptions(features: ["x"], target: [], order: "frame"))
    #expect(
      reading.records.first?.cells == [.times([2_000_000, 3_000_000, 1_000_000]), .numbers([1.5, 2, 3])])
    #expect(
      try readText("s.csv", text, options: TableOptions(order: "fram")).messages == [
        "s.csv:1: there is no column \"fram\", did you mean \"frame\"? The columns are \"id\", \"time\", \"frame\", \"x\""
      ])
    let bad = try readText(
      "s.csv", "id,time,frame,x\na,1,u,10\n", options: TableOptions(features: ["x"], order: "frame"))
    #expect(bad.errors.first?.remedy == .keepRowOrder)
  }

  @Test(arguments: [
    (["31/12/2020", "01/01/2021"], [0, 1]), (["12/31/20", "01/02/20"], [1, 0]), (["13.1.2021", "2.12.2020"], [1, 0]),
    (["31.12.2020 08:30:15", "31.12.2020 8:29"], [1, 0]), (["12/31/2020 12:05 AM", "12/30/2020 11:59 PM"], [1, 0]),
    (["2020/12/31 08:30", "2020/2/3 9:30"], [1, 0]), (["23:59:58", "00:00:03"], [0, 1]), (["9:05", "8:59"], [1, 0]),
    (["2020-12-31 10:00:00+02:00", "2020-12-31 08:30:00 UTC"], [0, 1]), (["10", "9"], [1, 0]),
    (["31-12-2020", "1-1-2021"], [0, 1]), (["1.5e3", "200"], [1, 0]),
  ]) func aColumnTellsHowItsTimesAreWritten(times: [String], order: [Float]) throws {
    let rows = times.enumerated().map { "a,\($1),\($0)\n" }.joined()
    #expect(try values("id,time,x\n" + rows, TableOptions(features: ["x"])) == [order])
  }

  @Test func datesThatMayBeEitherAreSaidToBe() throws {
    let text = "id,time,x\na,03/04/2020,1\na,01/05/2020,2\n"
    #expect(try values(text) == [[2, 1]])
    #expect(try values(text, TableOptions(timeFormat: "day-first")) == [[1, 2]])
    #expect(
      try notes("s.csv", text) == [
        #"column "time" holds dates of which none in the 2 rows tells day from month: taken for the month first"#
      ])
    #expect(try notes("s.csv", text.replacing("/", with: ".")).first?.hasSuffix("taken for the day first") == true)
    #expect(try notes("s.csv", text, options: TableOptions(timeFormat: "day-first")) == [])
    // A row behind the sample that speaks against it.
    let rows = (0..<1000).map { "s\($0 / 4),0\(1 + $0 % 9)/0\(1 + $0 % 7)/2020,\($0 % 11)\n" }.joined()
    let late = try readText("s.csv", "id,time,x\n" + rows + "z,31/01/2020,1\n")
    #expect(
      late.messages == [
        #"s.csv:1002: column "time" is "31/01/2020", which is no time that is understood: expected the month first, such as "#
          + "12/31/2020 08:30, as it was taken by the first 1,000 rows, of which none rules out either"
      ])
    #expect(late.errors.first?.remedy == .ignoreTimes)
  }

  @Test func datesInNoOneOrderAreNoTimes() throws {
    let text = "id,when,x\na,31/12/2020,1\na,12/31/2020,2\n"
    #expect(try readText("s.csv", text).description?.columns.map(\.kind) == [.category])
    #expect(try readText("s.csv", text, options: TableOptions(time: "when")).errors.count == 1)
    // Versions and codes are none.
    let versions = "id,v,x\na,1.2.34,1\na,1.3.10,2\n"
    #expect(try readText("s.csv", versions).description?.columns.map(\.kind) == [.category])
  }

  @Test func numbersAreOfTheUnitThatTheirSizeTells() throws {
    for (number, unit, words) in [
      ("1700000000", "s", ""), ("1700000000000", "ms", "milliseconds"), ("1700000000000000", "us", "microseconds"),
      ("1700000000000000000", "ns", "nanoseconds"),
    ] {
      let text = "id,time,x\na,\(number),1\nb,\(number),3\n"
      for options in [TableOptions(features: ["x"]), TableOptions(features: ["x"], timeFormat: unit)] {
        let reading = try readText("s.csv", text, options: options)
        #expect(reading.records.map(\.cells) == [[.times([1_700_000_000_000_000])], [.times([1_700_000_000_000_000])]])
      }
      let said = try notes("s.csv", text, options: TableOptions(features: ["x"]))
      #expect(
        said == (words.isEmpty ? [] : [#"column "time" holds numbers that are taken for \#(words) since 1970"#]))
    }
  }

  @Test func timesOfDayCrossMidnight() throws {
    let text = "id,time,x\na,22:00,1\na,23:59:58.5,2\na,00:00:03,3\na,00:00:03,4\na,23:00,5\na,01:30,6\nb,00:10,7\n"
    #expect(try values(text) == [[1, 2, 3, 4, 5, 6], [7]])
    let reading = try readText("s.csv", text)
    guard case .times(let times)? = reading.records.first?.cells.first else { return #expect(Bool(false)) }
    #expect(times.map { $0 / 1_000_000 } == [79200, 86398, 86403, 86403, 169_200, 178_200])
    #expect(
      try notes("s.csv", text, afterReading: true).first
        == "column \"time\" holds times of day that begin again within a sequence, first in line 4: 2 midnights were counted, each a day more"
    )
    // A small fall is no midnight.
    #expect(try values("id,time,x\na,10:00:05,1\na,10:00:03,2\n") == [[2, 1]])
  }

  @Test(arguments: [
    ("%Q", "has \"%Q\", which is not known"), ("%Y %", "ends with a %"), ("%%", "has no field"),
    ("dmy", "expected one of \"iso\", \"day-first\""),
  ]) func formatsThatMakeNoSenseAreRefused(format: String, message: String) throws {
    let reading = try readText("s.csv", "id,time,x\na,1,1\n", options: TableOptions(timeFormat: format))
    #expect(reading.messages.first?.contains(message) == true, "\(reading.messages)")
    #expect(reading.errors.first?.failureClass == .usage)
  }

  @Test func aFormatIsHeldTo() throws {
    let text = "id,time,x\na,2020-01-01,1\na,5,1\n"
    #expect(
      try readText("s.csv", text, options: TableOptions(timeFormat: "iso")).messages == [
        #"s.csv:3: column "time" is "5", which is no time that is understood: expected ISO 8601, such as 2020-12-31T08:30:00Z"#
      ])
    #expect(
      try readText("s.csv", text, options: TableOptions(timeFormat: "ms")).messages == [
        #"s.csv:2: column "time" is "2020-01-01", which is no time that is understood: expected a number of milliseconds"#
      ])
    #expect(
      try readText("s.csv", text, options: TableOptions(timeFormat: "%d %b")).messages.first?.hasSuffix(
        #"expected a time as "%d %b" has it"#) == true)
    let syslog = "id,time,x\na,Feb 29 10:00:01,1\na,jan  3 10:00:02,2\n"
    #expect(try values(syslog, TableOptions(timeFormat: "%b %d %T")) == [[2, 1]])
  }
}
