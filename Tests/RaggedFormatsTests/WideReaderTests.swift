import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Tables with a row per sequence, a cell for each of its numbers.
@Suite struct WideReaderTests {
  private func values(_ reading: Reading) -> [[Float]] {
    reading.records.map { if case .values(let values, _) = $0.input { values } else { [] } }
  }

  private func notes(_ name: String, _ text: String, _ options: TableOptions = TableOptions()) throws -> [String] {
    try withFile(name, text.utf8) { path in
      var reader = try FileReader(path, options: options)
      var notes = try reader.takeNotes().map(\.text)
      while try reader.next() != nil {}
      notes += try reader.takeNotes().map(\.text)
      return notes
    }
  }

  /// As the archive of UCR has them: a class, then numbers, shorter ones filled up.
  private static let archive = "2\t0.25\t-1.5\tNaN\tNaN\n1\t3\tNaN\t4.5\tNaN\n2\t1e-2\t2\t3\t4\n1\tNaN\tNaN\tNaN\tNaN\n"

  @Test func aClassAndNumbersThatEndInNaN() throws {
    let reading = try readText("Toy_TRAIN.tsv", Self.archive)
    #expect(reading.messages == [])
    #expect(reading.keys == ["Toy_TRAIN:1", "Toy_TRAIN:2", "Toy_TRAIN:3", "Toy_TRAIN:4"])
    #expect(
      reading.description
        == InputDescription(input: .features(["value"]), target: .classPerSequence(declared: nil), classColumn: "c1"))
    #expect(reading.records.map(\.target) == [.label("2"), .label("1"), .label("2"), .label("1")])
    #expect(reading.records.map(\.length) == [2, 3, 4, 0])
    #expect(reading.records[1].input == .values([3, .nan, 4.5], featureCount: 1))
    #expect(
      try notes("Toy_TRAIN.tsv", Self.archive).dropLast() == [
        "rows hold numbers side by side and end at different places, so that a row is taken for a sequence",
        "the first row holds numbers and is taken for data: the columns have no names",
        "column \"c1\" holds 2 whole numbers, others fractions, and is taken for the class",
        "3 rows end in cells without a number, which are taken for padding: 7 cells left out",
      ])
    let plain = try readText("t.tsv", Self.archive, options: TableOptions(target: []))
    #expect(values(plain)[0] == [2, 0.25, -1.5] && plain.description?.target == InputDescription.Target.none)
  }

  @Test func aForecastersTable() throws {
    let text = """
      "V1","V2","V3","V4","V5"
      "H1","605.5","586","",""
      "H2","1","","3","4"
      "H3","7","8","9",""

      """
    let reading = try readText("hourly.csv", text)
    #expect(reading.messages == [] && reading.keys == ["H1", "H2", "H3"])
    #expect(
      reading.records.map(\.input) == [
        .values([605.5, 586], featureCount: 1), .values([1, .nan, 3, 4], featureCount: 1),
        .values([7, 8, 9], featureCount: 1),
      ])
    #expect(try notes("hourly.csv", text).contains("column \"V1\" is another in each row and is taken for the id"))
    let named = try readText("hourly.csv", text, options: TableOptions(id: "V1", featureNames: ["load"], layout: .wide))
    #expect(named.description?.input == .features(["load"]) && named.records.map(\.key) == reading.keys)
    #expect(try notes("hourly.csv", text, TableOptions(id: "V1", layout: .wide)).count == 2)
  }

  @Test func columnsOfTheSequenceBesideTheNumbers() throws {
    let text = """
      plant,site,label,part,m_0,m_1,m_2
      p1,north,up,train,1,2,
      p2,south,down,test,3,,
      p3,north,up,train,4,5,6

      """
    let options = TableOptions(id: "plant", split: "part", layout: .wide)
    let reading = try readText("s.csv", text, options: options)
    #expect(reading.messages == [])
    #expect(reading.keys == ["p1", "p2", "p3"])
    #expect(reading.records.map(\.target) == [.label("up"), .label("down"), .label("up")])
    #expect(reading.records.map(\.split) == ["train", "test", "train"])
    #expect(reading.description?.columns.map(\.name) == ["site"])
    #expect(reading.description?.columns.map(\.extent) == [.sequence])
    #expect(reading.records.map(\.cells) == ["north", "south", "north"].map { [.categories(Categories([$0]))] })
    #expect(values(reading) == [[1, 2], [3], [4, 5, 6]])
    let targets = try readText(
      "s.csv", "y1,y2,v1,v2,v3\n0.5,1,7,8,9\n1.5,2,7,8,\n", options: TableOptions(target: ["y1", "y2"], layout: .wide))
    #expect(targets.records.map(\.target) == [.values([0.5, 1]), .values([1.5, 2])])
    #expect(values(targets) == [[7, 8, 9], [7, 8]])
  }

  /// The same numbers in three orders.
  @Test func severalChannels() throws {
    let expected: [RecordInput] = [
      .values([1, 4, 2, 5, 3, 6], featureCount: 2), .values([7, 9, 8, .nan], featureCount: 2),
    ]
    let named = try readText(
      "s.csv", "x_0,x_1,x_2,y_0,y_1,y_2\n1,2,3,4,5,6\n7,8,,9,,\n", options: TableOptions(layout: .wide))
    #expect(named.messages == [] && named.records.map(\.input) == expected)
    #expect(named.description?.input == .features(["x", "y"]))
    var options = TableOptions(hasHeader: false, featureNames: ["x", "y"], channelOrder: .first, layout: .wide)
    let first = try readText("s.csv", "1,2,3,4,5,6\n7,8,,9,,\n", options: options)
    #expect(first.messages == [] && first.records.map(\.input) == expected)
    options.channelOrder = .last
    let last = try readText("s.csv", "1,4,2,5,3,6\n7,9,8\n", options: options)
    #expect(last.messages == ["s.csv:2: the row has 3 numbers, expected as many for each of 2 channels"])
    let padded = try readText("s.csv", "1,4,2,5,3,6\n7,9,8,,,\n", options: options)
    #expect(padded.messages == [] && padded.records.map(\.input) == expected)
    options.channelOrder = nil
    let open = try readText("s.csv", "1,4,2,5,3,6\n7,9,8,,,\n", options: options)
    #expect(open.errors.first?.remedy == .sayChannels && open.records == [])
  }

  /// A wide table is the long one of the same numbers.
  @Test func aWideTableIsALongOne() throws {
    var (wide, long) = ("key,kind," + (0..<40).map { "v\($0)" }.joined(separator: ",") + "\n", "key,kind,value\n")
    for row in 0..<50 {
      let cells = (0..<(row * 7 % 40 + 1)).map { t in
        (row + t) % 11 == 3 && t < row * 7 % 40 ? "" : "\(Double(row * t % 97) / 8)"
      }
      wide +=
        "s\(row),k\(row % 3)," + (cells + Array(repeating: "", count: 40 - cells.count)).joined(separator: ",") + "\n"
      for cell in cells { long += "s\(row),k\(row % 3),\(cell.isEmpty ? "NaN" : cell)\n" }
    }
    let rows = try readText("w.csv", wide)
    let steps = try readText("l.csv", long, options: TableOptions(statics: ["kind"]))
    #expect(rows.messages == [] && steps.messages == [])
    #expect(rows.description == steps.description)
    #expect(rows.records.map(\.input) == steps.records.map(\.input))
    #expect(rows.records.map(\.cells) == steps.records.map(\.cells))
    #expect(rows.keys == steps.keys)
    #expect(try readText("w.csv", wide, options: TableOptions(layout: .wide)).records == rows.records)
  }

  @Test func wordsForMissingValues() throws {
    let text = "id,v1,v2,v3,v4\na,-9,2,-9,\nb,1,2,3,4\n"
    let reading = try readText("s.csv", text, options: TableOptions(missing: ["-9"], layout: .wide))
    #expect(reading.messages == [])
    #expect(reading.records[0].input == .values([.nan, 2, .nan], featureCount: 1))
  }

  @Test func aFaultyRowIsLeftOutAlone() throws {
    let text = "id,v1,v2,v3\na,1,2,\nb,1,oops,3\nc,1,2,3,4\nd\n,1,2,3\ne,7,8,1e39\nf,5,,\n"
    let reading = try readText("s.csv", text, options: TableOptions(layout: .wide))
    #expect(reading.keys == ["a", "d", "f"])
    #expect(
      reading.messages == [
        "s.csv:3: column \"v2\" is \"oops\", expected a number",
        "s.csv:4: the row has 5 cells, expected at most 4 as in the header",
        "s.csv:6: column \"id\" is empty, expected an id in every row",
        "s.csv:7: column \"v3\" is \"1e39\", which overflows float32",
      ])
    #expect(reading.errors.map(\.key) == ["b", nil, nil, "e"])
    let dashes = try readText("s.csv", "id,v1,v2\na,1,n/a\nb,2,3\n", options: TableOptions(layout: .wide))
    #expect(dashes.errors.first?.remedy == .acceptMissing(["n/a"]))
  }

  @Test func whatCannotBeIsSaid() throws {
    let cases: [(String, TableOptions, String)] = [
      ("", TableOptions(layout: .wide), "s.csv: the file is empty"),
      ("a,v1,v2\n", TableOptions(layout: .wide), "s.csv: no rows follow the header"),
      (
        "id,v1,v2\na,1,2\n", TableOptions(time: "v1", layout: .wide),
        "s.csv:1: column \"v1\" is to be one of a timestep, but a row is taken for a sequence"
      ),
      (
        "id,value,v1,v2\na,u,1,2\n", TableOptions(layout: .wide),
        "s.csv:1: feature \"value\" is called as a column of the sequence is: name it otherwise"
      ),
      (
        "id,x_0,x_1,y_0,y_1\na,1,2,3,4\n", TableOptions(featureNames: ["p"], layout: .wide),
        "s.csv:1: the feature names are \"p\", but the columns are numbered as those of 2 channels: \"x\", \"y\""
      ),
      (
        "1,2,3\n", TableOptions(hasHeader: false, featureNames: ["p", "q"], channelOrder: .first, layout: .wide),
        "s.csv:1: 2 channels are to share 3 columns of numbers, which cannot be divided evenly"
      ),
    ]
    for (text, options, message) in cases {
      let reading = try readText("s.csv", text, options: options)
      #expect(reading.messages == [message] && reading.records == [])
    }
  }

  /// What is not plainly a sequence a row is read as before.
  @Test func rowsOfOneLengthAreTimesteps() throws {
    let long = try readText("s.csv", "id,f0,f1,f2\na,1,2,3\na,4,5,\nb,6,7,8\n")
    #expect(long.description?.input == .features(["f0", "f1", "f2"]))
    let single = try readText("s.csv", "id,f0,f1,f2\na,1,2,3\nb,4,5,6\n")
    #expect(single.description?.input == .features(["f0", "f1", "f2"]))
    let timed = try readText("s.csv", "id,t,f0,f1,f2\na,0,1,2,3\nb,0,4,5,\n")
    #expect(timed.description?.input == .features(["f0", "f1", "f2"]))
  }

  static let hourly = TimeSeriesReaderTests.vowels.deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("forecasting/M4-Hourly-train.csv")

  @Test(.enabled(if: FileManager.default.fileExists(atPath: hourly.path), "the real data are not here"))
  func hourlySeries() {
    let reading = readAll(Self.hourly.path)
    #expect(reading.messages == [])
    #expect(reading.records.count == 414)
    #expect(Set(reading.records.map(\.length)) == [700, 960])
    #expect(reading.keys.prefix(2) == ["H1", "H2"])
    #expect(reading.records[0].input == .values(values(reading)[0], featureCount: 1))
    #expect(values(reading)[0].prefix(3) == [605, 586, 586])
  }
}
