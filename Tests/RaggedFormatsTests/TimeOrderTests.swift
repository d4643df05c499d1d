import Foundation
import RaggedFormats
import Testing

/// The order of times within a sequence.
@Suite struct TimeOrderTests {
  private struct Pair: Decodable {
    var a: String
    var b: String
    var order: Int
  }

  /// What reading rows with these times comes to: features that tell the order, or a fault.
  private func read(_ times: String..., options: TableOptions = TableOptions()) throws -> Reading {
    let rows = times.enumerated().map { "a,\"\($1)\",\($0 * $0 + 3)\n" }
    return try readText("s.csv", "id,time,x\n" + rows.joined(), options: options)
  }

  /// Against Python's decimals and dates; see `fixtures/reference/python/make_times.py`.
  @Test func pairsAreOrderedAsPythonOrdersThem() throws {
    let file = inputFixtures.deletingLastPathComponent().appendingPathComponent("reference/python/times.json")
    let pairs = try JSONDecoder().decode([Pair].self, from: Data(contentsOf: file))
    #expect(pairs.count == 600)
    for pair in pairs {
      let (forwards, backwards) = (try read(pair.a, pair.b), try read(pair.b, pair.a))
      #expect(forwards.messages + backwards.messages == [], "\(pair)")
      #expect(forwards.records.first?.input == .values(pair.order <= 0 ? [3, 4] : [4, 3], featureCount: 1), "\(pair)")
      #expect(
        backwards.records.first?.input == .values(pair.order >= 0 ? [3, 4] : [4, 3], featureCount: 1), "\(pair)")
    }
  }

  /// The pass over rows that differ in their numbers alone orders them as well.
  @Test func manyRowsAreOrderedAsTwoAre() throws {
    let rising = [
      "0.01", "0.02", "0.09", "0.1", "0.10", "0.5", "1", "1.5", "1700000000000000000", "1700000000000000001",
    ]
    let rows = rising.enumerated().map { "a,\($1),\($0 * $0)\n" }
    let reading = try readText("s.csv", "id,t,x\n" + rows.joined())
    #expect(reading.messages == [] && reading.records.count == 1)
    for (index, time, place) in [(3, "0.019", 1), (9, "1699999999999999999", 8), (5, "-1", 0)] {
      var changed = rows
      let moved = changed.remove(at: index).replacing(rising[index] + ",", with: time + ",", maxReplacements: 1)
      let file = changed[..<index] + [moved] + changed[index...]
      changed.insert(moved, at: place)
      let (found, sorted) = try (
        readText("s.csv", "id,t,x\n" + file.joined()), readText("s.csv", "id,t,x\n" + changed.joined())
      )
      #expect(found.messages == [] && found.records.map(\.input) == sorted.records.map(\.input), "\(time)")
    }
  }

  @Test(arguments: [
    "2020-12-31", "2020-12", "2020-12-31T08:30", "2020-12-31 08:30:00", "2020-12-31T08:30:00.125Z",
    "2020-12-31T08:30:00,5+01:00", "2020-12-31 08:30:00-0530", "2020-12-31T08:30+01", "20201231T083000Z", "08:30",
    "08:30:00.5", "24:00", "2016-12-31T23:59:60Z", "2020-02-29", "2020-12-31 08:30:00 +0100", "1e3", "-5", "+7.25",
    "2020-12-31 08:30:00 UTC", "31.12.2020", "12/31/2020", "31-12-2020", "8:30", "12:00 PM", "2020/12/31",
  ]) func isATime(text: String) throws {
    #expect(try read(text, text).messages == [])
  }

  @Test(arguments: [
    "2020-13-01", "2020-02-30", "2021-02-29", "2020-12-31T25:00", "13:00 PM", "31.12.20.1", "1.2.34", "32/1/2020",
    "monday", "2020-12-31T08:30:61", "2020-12-31Z", "08:30Z", "2020-W01", "10-20-30", "12/31/2020 25:00",
    "2020-12-31T08:30:00.1234567890123456789",
  ]) func isNoTime(text: String) throws {
    let reading = try read(text)
    let problem = "column \"time\" is \"\(text)\", which is no time that is understood: expected a number or ISO 8601, "
    #expect(
      reading.messages == [
        "s.csv:2: \(problem)such as 2020-12-31T08:30:00Z"
      ])
    #expect(reading.errors.first?.remedy == .ignoreTimes)
    #expect(try read(text, options: TableOptions(time: "")).messages == [])
  }

  @Test(arguments: [
    ("5", "2020-01-01", "a date", "a number"), ("2020-01-01", "2020-01-02T00:00Z", "a date with a zone", "a date"),
    ("08:30", "2020-01-01", "a date", "a time of day"), ("2020-01-01", "5", "a number", "a date"),
  ]) func aColumnIsOfOneForm(first: String, second: String, found: String, before: String) throws {
    #expect(
      try read(first, second).messages == [
        "s.csv:3: column \"time\" is \"\(second)\", \(found), but \"\(first)\" before it is \(before): expected times of "
          + "one form"
      ])
    // Other sequences are of the same column.
    let reading = try readText("s.csv", "id,time,x\na,\(first),1\nb,\(second),7\n")
    #expect(reading.keys == ["a"] && reading.errors.count == 1)
  }

  @Test func tiesKeepTheOrderOfRowsAndAreCounted() throws {
    let text = "id,time,x\na,1,4\na,1,2\na,1.0,9\na,2,1\nb,1,3\nc,5,1\nc,5,u\nd,7,1\nd,7,1\n"
    try withFile("s.csv", text.utf8) { path in
      var reader = try FileReader(path)
      #expect(try reader.takeNotes() == [])
      var records: [SequenceRecord] = []
      var faults = 0
      while true {
        do {
          guard let record = try reader.next() else { break }
          records.append(record)
        } catch { faults += 1 }
      }
      #expect(records.map(\.key) == ["a", "b", "d"] && faults == 1)
      #expect(records.first?.input == .values([4, 2, 9, 1], featureCount: 1))
      #expect(
        try reader.takeNotes() == [
          "3 timesteps have the time of the one before in column \"time\", first in line 3; they keep the order of the rows"
        ])
      #expect(try reader.takeNotes() == [])
    }
  }

  @Test func timesThatFallThroughoutAreSaidToDoSo() throws {
    let newest = "id,date,x\nA,2020-01-03,3\nA,2020-01-02,2\nA,2020-01-01,1\nB,2020-01-02,5\nB,2020-01-01,4\n"
    #expect(
      try notes("s.csv", newest) == [
        "column \"date\" holds times, which fall throughout the 5 rows, and no order is checked by it"
      ])
  }
}

/// What a reader says before the first sequence.
func notes(
  _ name: String, _ text: String, options: (any FormatOptions)? = nil, afterReading: Bool = false
) throws -> [String] {
  try withFile(name, text.utf8) { path in
    var reader = try FileReader(path, options: options)
    if afterReading {
      _ = try reader.takeNotes()
      while try reader.next() != nil {}
    }
    return try reader.takeNotes().map(\.text)
  }
}
