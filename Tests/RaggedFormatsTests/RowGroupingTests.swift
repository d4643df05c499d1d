import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Rows in any order come to what they come to where those of each sequence stand together, in the order of time.
@Suite struct RowGroupingTests {
  private static let header = "id,when,a,b,word,moment,label,value,weight,group,valid,lists\n"
  private static let variants: [TableOptions] = [
    TableOptions(
      features: ["a", "b"], target: ["label"], targetKind: .classPerTimestep, weight: "weight", time: "when",
      valid: "valid", group: "group", numbers: ["moment"], categories: ["word"], labels: ["lists"]),
    TableOptions(
      target: ["value", "b"], targetKind: .valuesPerTimestep, time: "when", metadata: ["group"], times: ["moment"],
      numbers: ["a"], labels: ["lists"], inputs: ["a", "word"]),
    TableOptions(
      features: ["word"], target: ["weight"], targetKind: .valuesPerSequence, time: "when", missing: ["w3"],
      tokens: .text(.words), numbers: ["b", "moment"]),
    TableOptions(features: ["a"], target: [], time: "when", numbers: ["b", "moment"], skipped: ["when"]),
  ]

  /// Rows of some sequences, each of which has other times; those of a sequence in their order.
  private static func rows(_ random: inout SeededRandom, sequences: Int) -> [String] {
    (0..<sequences).flatMap { s in
      (0..<1 + random.below(12)).map { t in
        let when = "2024-0\(1 + t / 5)-1\(t % 5)T08:\(10 + s % 50):00.\(t)Z"
        let cells = [
          s % 3 == 0 ? "\"s, \(s)\"" : "s\(s)", when, random.below(9) == 0 ? "" : "\(Float(random.below(999)) / 8)",
          "\(random.below(100_000_000))", random.below(5) == 0 ? "\"a\nb\"" : "w\(random.below(7))",
          random.below(6) == 0 ? "NA" : "\(1_600_000_000 + random.below(1000)).5",
          random.below(8) == 0 ? "" : "c\(random.below(4))", "-\(random.below(50))e-1", s % 2 == 0 ? "0.5" : "2",
          "g\(s / 2)", random.below(4) == 0 ? "0" : "1", s % 4 == 0 ? "" : "x|y\(s % 5)",
        ]
        return cells.joined(separator: ",") + "\n"
      }
    }
  }

  private static func records(_ text: String, _ options: TableOptions) throws -> [String: SequenceRecord] {
    let reading = try readText("t.csv", text, options: options)
    #expect(reading.messages == [])
    return Dictionary(
      uniqueKeysWithValues: reading.records.map { record in
        var record = record
        record.line = 0
        return (record.key, record)
      })
  }

  @Test func permutedRowsGiveTheSameRecords() throws {
    var random = SeededRandom(seed: 16)
    for round in 0..<24 {
      let rows = Self.rows(&random, sequences: 1 + random.below(9))
      var permuted = rows
      for place in permuted.indices.reversed() where place > 0 { permuted.swapAt(place, random.below(place + 1)) }
      var options = Self.variants[round % 4]
      let expected = try Self.records(Self.header + rows.joined(), options)
      // In memory, and in temporary files of a few rows each.
      for bytes in [48 << 20, 300, 2000] {
        options.groupingBytes = bytes
        #expect(
          try Self.records(Self.header + permuted.joined(), options) == expected, "round \(round), \(bytes) bytes")
      }
      options.grouping = .always
      #expect(try Self.records(Self.header + rows.joined(), options) == expected)
    }
  }

  @Test func sequencesStandInTheOrderOfTheirFirstRowsAndRowsInThatOfTheFile() throws {
    let text = "id,x\nb,1\na,2\nc,3\na,4\nb,5\nb,6\nc,7\n"
    for bytes in [1, 100, 1 << 20] {
      let reading = try readText("t.csv", text, options: TableOptions(target: [], groupingBytes: bytes))
      #expect(reading.keys == ["b", "a", "c"] && reading.messages == [])
      #expect(reading.records.map(\.line) == [2, 3, 4])
      #expect(
        reading.records.map(\.input) == [
          .values([1, 5, 6], featureCount: 1), .values([2, 4], featureCount: 1), .values([3, 7], featureCount: 1),
        ])
    }
    #expect(
      try notes("t.csv", text, afterReading: true) == [
        #"the rows of a sequence do not stand together: grouped by "id" (3 sequences, 7 rows)"#
      ])
    #expect(
      try notes("t.csv", "id,x\na,1\na,2\nb,3\n", options: TableOptions(grouping: .always), afterReading: true) == [])
  }

  @Test func rowsThatAreRefusedComeInPieces() throws {
    let reading = try readText("t.csv", "id,x\nb,1\na,2\nb,3\n", options: TableOptions(grouping: .never))
    #expect(reading.keys == ["b", "a", "b"])
  }

  @Test func errorsNameTheLinesOfTheFile() throws {
    let text = "id,x,note\nb,1,\"u\nv\"\na,2,w\n\nb,oops,w\nc,4,\"p\nq\"\na,6,w\nc,7\nd,8,w\n"
    for bytes in [1, 1 << 20] {
      let options = TableOptions(features: ["x"], target: [], groupingBytes: bytes)
      let reading = try readText("t.csv", text, options: options)
      #expect(reading.keys == ["a", "d"] && reading.errors.map(\.key) == ["b", "c"])
      #expect(reading.errors.map(\.line) == [6, 10])
      #expect(reading.records.map(\.line) == [4, 11])
    }
  }

  /// What stands in a row whose id is unknown may belong to any sequence: none is known to be whole.
  @Test(arguments: ["a,1\nb,2\n,3\na,4\n", "a,1\nb,2\na,4\n7\n", "a,1\n\"b,2\na,4\n\"\nb,3\n", ",1\nb,2\na,3\nb,4\n"])
  func aRowOfNoKnownSequenceEndsTheReading(rows: String) throws {
    let reading = try readText("t.csv", "id,x\n" + rows + "a,5\nb,6\na,7\n", options: TableOptions(features: ["x"]))
    #expect(reading.keys == [] && reading.errors.last?.isFatal == true, "\(reading.messages)")
    #expect(
      reading.messages.last?.hasSuffix(
        "; as the rows of a sequence do not stand together, the row may be one of any of them") == true,
      "\(reading.messages)")
  }

  @Test func rolesAreThoseOfTheGroupedRows() throws {
    let text = "id,age,x,n\n" + (0..<60).map { "s\($0 % 5),\(20 + $0 % 5),\($0 * $0),\($0)\n" }.joined()
    let reading = try readText("t.csv", text)
    #expect(reading.description?.columns.map(\.name) == ["age"])
    #expect(reading.description?.columns.first?.extent == .sequence)
    #expect(reading.description?.input.featureNames == ["x"])
    #expect(reading.keys.count == 5)
  }

  @Test func rowsWithoutAnIDBelongToTheOneAbove() throws {
    let text = "sentence,word,tag\ns1,Buses,O\n,to,O\n,Lima,B\ns2,Trains,O\n ,stop,O\ns3,Go,O\n"
    var options = TableOptions(
      id: "sentence", features: ["word"], target: ["tag"], targetKind: .classPerTimestep, tokens: .text(.words))
    let reading = try readText("t.csv", text, options: options)
    #expect(reading.messages == [] && reading.keys == ["s1", "s2", "s3"])
    #expect(reading.records.first?.input == .text(["Buses", "to", "Lima"]))
    #expect(reading.records.map(\.length) == [3, 2, 1])
    #expect(
      try notes("t.csv", text, options: options) == [
        #"column "sentence" has an id in the first row of a sequence alone in the 6 rows: rows without one belong to the id above"#
      ])
    // Ids that are there again, and rows to be grouped.
    let more = try readText(
      "t.csv", text + ",on,O\ns1,again,O\n,and,O\n",
      options: {
        var options = options
        (options.blankIDs, options.grouping, options.groupingBytes) = (.fill, .always, 60)
        return options
      }())
    #expect(more.messages == [] && more.records.map(\.length) == [5, 2, 2])
    // A bad row leaves out the whole sequence.
    options.tokens = nil
    options.features = ["v"]
    let bad = try readText(
      "t.csv", "sentence,v,tag\ns1,1,O\n,2,O\n,oops,B\n,3,O\ns2,4,O\n,5,O\n", options: options)
    #expect(bad.keys == ["s2"] && bad.errors.map(\.key) == ["s1"] && bad.errors.map(\.line) == [4])
    let short = try readText(
      "t.csv", "sentence,v,tag\ns1,1,O\n,2\n,3,O\ns2,4,O\n,5,O\n", options: options)
    #expect(short.keys == ["s2"] && short.errors.map(\.key) == ["s1"])
    options.blankIDs = .refuse
    #expect(try readText("t.csv", "sentence,v,tag\ns1,1,O\n,2,O\ns2,4,O\n,5,O\n", options: options).keys == [])
    // The first row has none above it.
    options.blankIDs = .fill
    #expect(
      try readText("t.csv", "sentence,v,tag\n,1,O\ns1,4,O\n", options: options).messages.first
        == #"t.csv:2: column "sentence" is empty, expected an id in every row"#)
  }
}
