import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Tables with a row per sequence and lists in their cells.
@Suite struct ListReaderTests {
  private static let events = """
    BlockId,Events,Label
    blk_1,"[E7, E3, E7]",Normal
    blk_2,"[E9]",Anomaly
    blk_3,[],Normal

    """

  @Test func wordsBecomeTokens() throws {
    let options = TableOptions(id: "BlockId", features: ["Events"], target: ["Label"], tokens: .text(.words))
    let reading = try readText("s.csv", Self.events, options: options)
    #expect(reading.messages == [])
    #expect(reading.keys == ["blk_1", "blk_2", "blk_3"])
    #expect(reading.description?.input == .text(.words))
    #expect(reading.records.map(\.input) == [.text(["E7", "E3", "E7"]), .text(["E9"]), .text([])])
    #expect(reading.records.map(\.target) == [.label("Normal"), .label("Anomaly"), .label("Normal")])
  }

  @Test func whatWasTakenForWhatIsSaid() throws {
    try withFile("s.csv", Self.events.utf8) { path in
      var reader = try FileReader(path, options: TableOptions(id: "BlockId"))
      #expect(
        try reader.roles()
          == #"a row is a sequence, with lists in "Events"; id: "BlockId"; target (class): "Label"; categories: "Events""#
      )
      #expect(
        try reader.takeNotes().first
          == InputNote(
            "cells hold lists, so that a row is taken for a sequence", remedy: .sayLayout(isHeaderless: false)))
    }
  }

  /// As JSON, Python, numpy and pandas write lists.
  @Test(arguments: [
    #""[0.5, 1.5, -2e-1]""#, "\"[0.5 1.5\n -0.2]\"", #""(0.5, 1.5, -0.2)""#, #""(0.5, 1.5, -0.2,)""#,
    #""[np.float64(0.5), np.float64(1.5), np.float64(-0.2)]""#, #""['0.5', '1.5', '-0.2']""#,
    #""[""0.5"",""1.5"",""-0.2""]""#, #""  [ 0.5 ,1.5 , -.2 ] ""#,
  ])
  func numbers(cell: String) throws {
    let alone = try readText("s.csv", "id,v,label\na,\(cell),up\nb,\(cell),down\n")
    #expect(alone.messages == [], "\(cell)")
    #expect(alone.description?.input == .features(["v"]))
    #expect(
      alone.records.map(\.input) == Array(repeating: .values([0.5, 1.5, -0.2], featureCount: 1), count: 2), "\(cell)")
  }

  @Test func severalListsStandSideBySide() throws {
    let text = """
      id;hr;state;when;site;label
      a;[60, None, 62.5];['sit', "it's", null];["2020-01-01", "2020-01-02", "2020-01-03"];x;up
      b;[nan];['sit'];["2020-02-01"];y;down
      c;;[];[];x;up

      """
    let reading = try readText("s.csv", text, options: TableOptions(delimiter: ";"))
    #expect(reading.messages == [])
    #expect(reading.description?.input == .features(["hr"]))
    #expect(reading.records.map(\.length) == [3, 1, 0])
    #expect(reading.description?.columns.map(\.name) == ["site", "state", "when"])
    #expect(reading.records[0].input == .values([60, .nan, 62.5], featureCount: 1))
    #expect(reading.records[1].input == .values([.nan], featureCount: 1))
    #expect(reading.records[0].cells[0] == .categories(Categories(["x"])))
    #expect(reading.records[0].cells[1] == .categories(Categories(["sit", "it's", ""])))
    if case .times(let times) = reading.records[0].cells[2] { #expect(times[1] - times[0] == 86_400_000_000) }
  }

  @Test func targetsOfATimestep() throws {
    let text = "id,word,tag\n1,\"['Buses', 'to', 'Lima']\",\"['O', 'O', 'B-geo']\"\n2,\"['Go']\",\"['O']\"\n"
    let options = TableOptions(features: ["word"], target: ["tag"], tokens: .text(.words))
    let reading = try readText("s.csv", text, options: options)
    #expect(reading.messages == [])
    #expect(reading.records.map(\.target) == [.labels(["O", "O", "B-geo"]), .labels(["O"])])
    #expect(reading.records.map(\.input) == [.text(["Buses", "to", "Lima"]), .text(["Go"])])
    let values = try readText(
      "s.csv", "id,x,y\n1,\"[1, 2]\",\"[0.5, 1]\"\n2,[3],[4]\n", options: TableOptions(target: ["y"]))
    #expect(values.records.map(\.target) == [.stepValues([0.5, 1], width: 1), .stepValues([4], width: 1)])
  }

  @Test func labelsHaveALengthOfTheirOwn() throws {
    let text = "id,frames,phones\na,\"[0.5, 1, 2]\",\"['h', 'a|b']\"\nb,\"[1]\",\"[]\"\n"
    let reading = try readText("s.csv", text, options: TableOptions(labels: ["phones"]))
    #expect(reading.messages == [])
    #expect(reading.records.map(\.cells) == [[.categories(Categories(["h", "a|b"]))], [.categories(Categories([]))]])
    let bars = try readText(
      "s.csv", "id,frames,phones\na,\"[0.5, 1, 2]\",h|i\nb,\"[1]\",\n", options: TableOptions(labels: ["phones"]))
    #expect(bars.records.map(\.cells) == [[.categories(Categories(["h", "i"]))], [.categories(Categories([]))]])
    let open = try readText("s.csv", text)
    #expect(
      open.messages.first
        == #"s.csv:2: the lists of a row differ in length: column "frames" has 3 items, "phones" has 2"#)
    #expect(open.errors.first?.remedy == .takeAsLabels(["phones"]))
  }

  @Test(arguments: [",", " ", ";", "|"]) func numbersWithoutBrackets(separator: String) throws {
    let text = "id,values,label\na,\"0.5\(separator)1.5\(separator)2.5\",up\nb,\"3\(separator)2\",down\n"
    let reading = try readText("s.csv", text, options: TableOptions(layout: .lists))
    #expect(reading.messages == [])
    #expect(
      reading.records.map(\.input) == [.values([0.5, 1.5, 2.5], featureCount: 1), .values([3, 2], featureCount: 1)])
    #expect(reading.records.map(\.target) == [.label("up"), .label("down")])
    let given = try readText("s.csv", text, options: TableOptions(listSeparator: separator))
    #expect(given.records == reading.records)
    try withFile("s.csv", text.utf8) { path in
      var reader = try FileReader(path, options: TableOptions(features: ["values"], tokens: .text(.words)))
      #expect(try reader.takeNotes().contains { $0.remedy == .layOut(.lists) })
    }
  }

  @Test func escapesStandForWhatTheyMean() throws {
    let text = #"id;v"# + "\n" + #"a;["a\"b", "c\\d", "\u00e9\ud83d\ude00", 'x\ty', "\q", "New York"]"# + "\n"
    let options = TableOptions(features: ["v"], delimiter: ";", tokens: .text(.words))
    let reading = try readText("s.csv", text, options: options)
    #expect(reading.messages == [])
    #expect(reading.records.map(\.input) == [.text(["a\"b", "c\\d", "é😀", "x\ty", "\\q", "New York"])])
  }

  @Test func aFaultyRowIsLeftOutAlone() throws {
    let text = """
      id;v
      a;[1, 2]
      b;[1, [2]]
      c;[1 2
      d;["1, 2]
      e;["1" 2]
      f;[1, oops]
      g;["\\ud800"]
      a;[5]

      """
    let reading = try readText("s.csv", text, options: TableOptions(delimiter: ";", numbers: ["v"], layout: .lists))
    #expect(reading.keys == ["a", "a"])
    #expect(reading.errors.map(\.key) == ["b", "c", "d", "e", "f", "g"])
    #expect(
      reading.messages == [
        #"s.csv:3: column "v" is "[1, [2]]", which holds a list within a list, expected one number or word for each timestep"#,
        #"s.csv:4: column "v" is "[1 2", expected a list in brackets, such as [0.5, 1.5], as in the other rows"#,
        #"s.csv:5: column "v" is "["1, 2]", in which a quote is opened and not closed"#,
        #"s.csv:6: column "v" is "["1" 2]", in which a comma is missing between two items"#,
        #"s.csv:7: column "v" is "oops", expected a number"#,
        #"s.csv:8: column "v" is "["\ud800"]", in which \u is not followed by four hexadecimal digits of a character"#,
      ])
  }

  @Test func aTableWithoutListsIsNone() throws {
    let reading = try readText("s.csv", "id,v\na,x\n", options: TableOptions(layout: .lists))
    #expect(reading.messages == [#"s.csv:1: no column holds lists in the first rows; the columns are "id", "v""#])
    // One cell of several in brackets is text.
    let text = try readText("s.csv", "id,v,w\na,[1],2\na,x,3\n")
    #expect(text.description?.input == .features(["w"]))
  }
}
