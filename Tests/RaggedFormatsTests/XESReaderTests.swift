import Foundation
import RaggedCore
import RaggedFormats
import Testing

private let logs = inputFixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("shared/data/event-logs")

/// An event log in XES gives what the same log gives as a table.
@Suite struct XESReaderTests {
  /// Attributes of every type, of traces and events, in any order; and all that has no column.
  static let log = """
    <?xml version="1.0" encoding="UTF-8"?>
    <log xes.version="1.0" xmlns="http://www.xes-standard.org/">
      <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
      <global scope="event"><string key="concept:name" value="none"/></global>
      <classifier name="Activity" keys="concept:name"/>
      <string key="creator" value="hand"/>
      <trace>
        <string key="concept:name" value="case &#233; &amp; &quot;1&quot;, 2"/>
        <float key="amount" value="12.5"/>
        <event>
          <string key="concept:name" value="open"/>
          <date key="time:timestamp" value="2020-03-01T09:00:00.250+01:00"/>
          <int key="pages" value="3"/>
          <boolean key="urgent" value="true"/>
        </event>
        <event>
          <int key="pages" value="2"/>
          <date key="time:timestamp" value="2020-03-01T08:00:01Z"/>
          <string key="concept:name" value=" &lt;NA&gt; "/>
          <id key="ticket" value="9c1b"><string key="origin" value="desk"/></id>
          <list key="parts"><string key="part" value="a"/></list>
        </event>
        <string key="channel" value="post"/>
      </trace>
      <trace>
        <string key="channel" value="web"/>
        <string key="concept:name" value="empty"/>
      </trace>
      <trace>
        <string key="concept:name" value="third"/>
        <event><string key="concept:name" value="open"/><boolean key="urgent" value="false"/></event>
      </trace>
    </log>

    """

  @Test func attributesOfEveryTypeAreColumns() throws {
    let reading = try readText(
      "t.xes", Self.log, options: XESOptions(TableOptions(time: "", times: ["time:timestamp"])))
    #expect(reading.messages == [])
    #expect(reading.keys == ["case é & \"1\", 2", "empty", "third"])
    #expect(reading.records.map(\.length) == [2, 0, 1])
    let columns = try #require(reading.description).columns
    #expect(reading.description?.input.featureNames == ["pages", "urgent"])
    #expect(
      columns.map { "\($0.name) \($0.kind) \($0.extent)" } == [
        "concept:name category timestep", "time:timestamp time timestep", "ticket category timestep",
        "case:amount number sequence", "case:channel category sequence",
      ])
    let first = try #require(reading.records.first)
    #expect(first.input == .values([3, 1, 2, .nan], featureCount: 2))
    #expect(first.cells[0] == .categories(Categories(["open", " <NA> "])))
    #expect(first.cells[1] == .times([1_583_049_600_250_000, 1_583_049_601_000_000]))
    #expect(first.cells[2] == .categories(Categories(["", "9c1b"])))
    #expect(first.cells[3] == .numbers([12.5]))
    #expect(first.cells[4] == .categories(Categories(["post"])))
    #expect(reading.records[2].cells[1] == .times([ColumnPlanes.missingTime]))
    #expect(reading.records.map(\.line) == [10, 25, 31])
  }

  @Test func whatHasNoColumnIsSaid() throws {
    try withFile("t.xes", Self.log.utf8) { path in
      var reader = try FileReader(path, options: XESOptions(TableOptions(time: "")))
      let notes = try reader.takeNotes().map(\.text)
      #expect(
        notes.prefix(4) == [
          #"lists of attributes ("parts") are not imported"#,
          #"attributes of attributes (of "ticket") are not imported"#,
          #"attributes of the log itself ("creator") are not imported"#,
          "1 classifier not imported",
        ])
      #expect(try reader.roles().hasPrefix(#"id: "case:concept:name"; features: "pages", "urgent""#))
    }
  }

  /// The way that attributes stand within their trace is none of the data's.
  @Test func theOrderOfAttributesDoesNotMatter() throws {
    let moved = Self.log.replacingOccurrences(
      of: "    <string key=\"channel\" value=\"post\"/>\n  </trace>", with: "  </trace>"
    ).replacingOccurrences(
      of: "    <float key=\"amount\"", with: "    <string key=\"channel\" value=\"post\"/>\n    <float key=\"amount\"")
    #expect(moved != Self.log)
    let options = XESOptions(TableOptions(time: ""))
    let (first, second) = try (
      readText("t.xes", Self.log, options: options), readText("t.xes", moved, options: options)
    )
    #expect(second.messages == [])
    #expect(second.keys == first.keys)
    #expect(second.records.map(\.input) == first.records.map(\.input))
    let places = try #require(first.description).columns.map { column in
      second.description?.columns.firstIndex { $0.name == column.name } ?? 0
    }
    #expect(
      zip(first.records, second.records).allSatisfy { mine, theirs in mine.cells == places.map { theirs.cells[$0] } })
  }

  /// What was written compressed or in another encoding is the same log.
  @Test func encodingsAreThoseOfTheDeclaration() throws {
    let latin = Self.log.replacingOccurrences(of: "UTF-8", with: "ISO-8859-1").replacingOccurrences(
      of: "value=\"web\"", with: "value=\"größe\"")
    let data = try #require(latin.data(using: .isoLatin1))
    let reading = try withFile("t.xes", data) { readAll($0, options: XESOptions(TableOptions(time: ""))) }
    #expect(reading.messages == [])
    #expect(reading.records[1].cells.last == .categories(Categories(["größe"])))
  }

  @Test func tracesWithoutNamesAreNumbered() throws {
    let log =
      "<log><trace><event><int key=\"x\" value=\"1\"/></event></trace><trace><event><int key=\"x\" value=\"2\"/></event></trace></log>"
    let reading = try readText("t.xes", log)
    #expect(reading.messages == [])
    #expect(reading.keys == ["t:1", "t:2"])
  }

  static let faults: [(String, String)] = [
    ("", "t.xes: the file is empty"),
    ("<log></log>", "t.xes: is a log without traces"),
    ("<html><body/></html>", "t.xes:1: begins with <html>, expected <log>"),
    ("id,x\na,1\n", "t.xes: is no XML"),
    (
      "<log>\n<trace>\n<event>\n</trace>\n</log>",
      "t.xes:4: is no whole XML: Opening and ending tag mismatch: event line 3 and trace"
    ),
    ("<log>\n<trace>\n<event>\n", "t.xes:3: ends before its elements do"),
    (
      "<!DOCTYPE log [<!ENTITY a \"b\">]>\n<log><trace><string key=\"concept:name\" value=\"&a;\"/></trace></log>",
      "t.xes:1: declares a document type, which is not read: expected elements alone"
    ),
    (
      "<log><trace>\n<event><int key=\"x\"/></event></trace></log>", "t.xes:2: attribute \"x\" has no value"
    ),
    (
      "<log><trace>\n<event><int key=\"x\" value=\"1\"/>\n<int key=\"x\" value=\"1\"/></event></trace></log>",
      "t.xes:3: attribute \"x\" comes a second time"
    ),
    (
      "<log><trace><event><boolean key=\"x\" value=\"maybe\"/></event></trace></log>",
      "t.xes:1: attribute \"x\" is \"maybe\", expected true or false"
    ),
    (
      "<log>\n<trace>\n<event>\n<int key=\"x\" value=\"one\"/></event></trace></log>",
      "t.xes:4: attribute \"x\" is \"one\", expected a number"
    ),
    (
      "<log><trace><string key=\"concept:name\" value=\"a\"/></trace>\n<trace><string key=\"concept:name\" value=\"a\"/></trace></log>",
      "t.xes:2: a second trace is called \"a\", expected a \"concept:name\" of its own for each"
    ),
  ]

  @Test(arguments: faults) func whatIsWrongIsSaidWithItsPlace(text: String, message: String) throws {
    let reading = try readText("t.xes", text)
    #expect(reading.messages.first?.hasPrefix(message) == true, "\(reading.messages)")
    #expect(reading.errors.allSatisfy { $0.failureClass == .badData })
  }

  @Test func aFileThatIsNotThereIsNoInput() {
    let reading = readAll("/nowhere/t.xes")
    #expect(reading.messages == ["t.xes: no such file"])
    #expect(reading.errors.first?.failureClass == .noInput)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: logs.path), "the real data are not here"))
  func aLogIsThatOfItsTable() throws {
    let costs = ["Costs"]
    let log = readAll(
      logs.appendingPathComponent("running-example.xes").path, options: XESOptions(TableOptions(numbers: costs)))
    let table = readAll(
      logs.appendingPathComponent("running-example.csv").path,
      options: TableOptions(id: "case:concept:name", time: "time:timestamp", numbers: costs))
    #expect(log.messages == [])
    #expect(log.records.count == 6 && log.keys.sorted() == table.keys.sorted())
    let names = try #require(log.description).columns.map(\.name)
    let others = try #require(table.description).columns.map(\.name)
    for record in log.records {
      let other = try #require(table.records.first { $0.key == record.key })
      #expect(record.input == other.input)
      for (place, name) in names.enumerated() {
        guard let column = others.firstIndex(of: name) else {
          // One text in all of the table: a column that says nothing.
          #expect(name == "case:creator")
          continue
        }
        // A cell per timestep or one per sequence, by what was seen of each.
        guard record.cells[place] != other.cells[column] else { continue }
        #expect(name == "case:creator", "\(record.key) \(name)")
      }
    }
  }

  /// Counted by Python's ElementTree.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: logs.path), "the real data are not here"))
  func aLogOfHundredTracesHasItsCounts() throws {
    let log = readAll(logs.appendingPathComponent("roadtraffic100traces.xes").path)
    #expect(log.messages == [])
    #expect(log.records.count == 100)
    #expect(log.records.reduce(0) { $0 + $1.length } == 390)
    let columns = try #require(log.description).columns
    let activity = try #require(columns.firstIndex { $0.name == "concept:name" })
    let payments = log.records.reduce(0) { count, record in
      guard case .categories(let names) = record.cells[activity] else { return count }
      return count + names.count { $0 == "Payment" }
    }
    #expect(payments == 58)
  }
}
