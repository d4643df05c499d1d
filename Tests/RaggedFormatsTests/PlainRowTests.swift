import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Rows that are read in one pass come to what they come to cell by cell. Quotes around every cell, which mean nothing,
/// are not plain: the same table with and without them goes both ways.
@Suite struct PlainRowTests {
  private static let header = ["id", "t", "a", "b", "c", "label", "w", "group", "note", "valid"]

  private static let variants: [TableOptions] = [
    TableOptions(features: ["a", "b", "c"]),
    TableOptions(features: ["a", "c"], target: ["b"], targetKind: .valuesPerTimestep, time: "", valid: "valid"),
    TableOptions(features: ["a", "b", "c"], target: ["label"], targetKind: .classPerTimestep, missing: ["NA", ""]),
    TableOptions(features: ["c", "a"], target: ["w"], targetKind: .valuesPerSequence, missing: ["-1"]),
    TableOptions(
      features: ["a", "b"], weight: "w", group: "group", metadata: ["note"], missing: ["NA"], classes: ["u", "v"]),
    TableOptions(features: ["a", "t"], target: ["c"], targetKind: .valuesPerTimestep),
  ]

  private static let odd = [
    "", "NA", "n/a", "+3", ".5", "5.", "1e3", "1e39", "-1e-46", "0.1234567890123456789012", "16777217", "-1",
    "nan",
    "é", "a,b", "\"q", "x\"y", "1;2", "yes", "true", "2024-05-01", "\u{7F}", "-0", "00012", "1.17549435e-38", "--1",
    "-",
  ]

  /// A table of a few sequences, with a strange cell or a row of the wrong size here and there.
  private static func table(_ random: inout SeededRandom) -> [[String]] {
    let strangeness = random.next() % 3 == 0 ? 0 : 8 + random.next() % 60
    var rows = [header]
    for _ in 0..<1 + random.next() % 6 {
      let id = ["a", "s12", "é", "a,b", "\"x", "long identifier"][Int(random.next() % 6)]
      let label = ["u", "v", "u,v"][Int(random.next() % 12) / 5]
      let (weight, note) = (["1", "0.5", ""][Int(random.next() % 3)], ["", "n", "né"][Int(random.next() % 3)])
      for t in 0..<1 + random.next() % 12 {
        func number() -> String { "\(Float(Int(random.next() % 2_000_000) - 1_000_000) / 1024)" }
        var row = [
          id, "\(t)", number(), number(), number(), label, weight, "g", note, random.next() % 4 == 0 ? "0" : "1",
        ]
        if strangeness > 0, random.next() % strangeness == 0 {
          row[Int(random.next() % UInt64(row.count))] = odd[Int(random.next() % UInt64(odd.count))]
        }
        if strangeness > 0, random.next() % (8 * strangeness) == 0 {
          if random.next() % 2 == 0 { row.removeLast() } else { row.append("1") }
        }
        rows.append(row)
      }
    }
    return rows
  }

  private static func text(_ rows: [[String]], quoted: Bool, ending: String, delimiter: String) -> String {
    rows.map { row in
      row.map { cell in
        quoted || cell.contains(delimiter) || delimiter == "," && cell.hasPrefix("\"")
          ? "\"" + cell.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : cell
      }.joined(separator: delimiter) + ending
    }.joined()
  }

  @Test(arguments: variants.indices, [",", "\t"])
  func quotesAroundCellsChangeNothing(variant: Int, delimiter: String) throws {
    var random = SeededRandom(seed: UInt64(variant))
    var options = Self.variants[variant]
    options.delimiter = delimiter
    var (records, faults) = (0, 0)
    for round in 0..<90 {
      let rows = Self.table(&random)
      let ending = round % 3 == 0 ? "\r\n" : "\n"
      let plain = try readText(
        "t.csv", Self.text(rows, quoted: false, ending: ending, delimiter: delimiter), options: options)
      let quoted = try readText(
        "t.csv", Self.text(rows, quoted: true, ending: ending, delimiter: delimiter), options: options)
      #expect(plain.description == quoted.description)
      #expect(plain.records == quoted.records)
      #expect(plain.errors.map(\.problem) == quoted.errors.map(\.problem))
      #expect(plain.errors.map(\.line) == quoted.errors.map(\.line))
      #expect(plain.errors.map(\.key) == quoted.errors.map(\.key))
      records += plain.records.count
      faults += plain.errors.count
    }
    #expect(records > 60 && faults > 8, "\(records) records, \(faults) faults")
  }

  /// Names of every length, days that come again and days that do not, and times in every form.
  @Test func quotesAroundNamesAndDatesChangeNothing() throws {
    var random = SeededRandom(seed: 11)
    func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    var (records, faults) = (0, 0)
    for round in 0..<150 {
      let strangeness = round % 3 == 0 ? 40 : 0
      let names = (0..<1 + below(8)).map { _ in
        String(
          (0..<below(24)).map { _ in Character(["a", "b", "ä", "\u{7F}", "_", "1"][below(strangeness == 0 ? 2 : 6)]) })
      }
      var rows = [["id", "time", "seen", "name", "other", "a"]]
      for sequence in 0..<1 + below(4) {
        for t in 0..<1 + below(10) {
          func date(_ day: Int) -> String {
            let separator = ["T", " "][below(2)]
            let year = strangeness > 0 && below(strangeness) == 0 ? 1899 + below(300) : 2024
            var text = "\(year)-\(two(1 + day / 28))-\(two(1 + day % 28))\(separator)"
            text += "\(two(below(24))):\(two(below(60))):\(two(below(60)))"
            guard strangeness > 0, below(strangeness) == 0 else { return text }
            return [
              text + "Z", text + ".25", text.replacingOccurrences(of: ":", with: "-"), String(text.dropLast()),
              text + "0", "",
              "2024-02-30" + text.dropFirst(10), text.dropLast(2) + "6x", text.dropLast(2) + "61", "2024-02-29",
            ][below(10)]
          }
          let time = "2024-01-\(two(1 + t))" + date(0).dropFirst(10)
          let value = [
            "\(below(100_000_000))", "-0.\(below(1_000_000_000))", "\(below(1000)).\(below(10_000_000))", "1.",
          ][
            below(strangeness == 0 ? 3 : 4)]
          rows.append([
            "s\(sequence)", time, date(below(20)), names[below(names.count)], names[below(names.count)], value,
          ])
        }
      }
      let options = TableOptions(times: ["seen"], numbers: ["a"], categories: ["name", "other"])
      let plain = try readText("t.csv", Self.text(rows, quoted: false, ending: "\n", delimiter: ","), options: options)
      let quoted = try readText("t.csv", Self.text(rows, quoted: true, ending: "\n", delimiter: ","), options: options)
      #expect(plain.records == quoted.records)
      #expect(plain.errors.map(\.problem) == quoted.errors.map(\.problem))
      records += plain.records.count
      faults += plain.errors.count
    }
    #expect(records > 140 && faults > 8, "\(records) records, \(faults) faults")
  }

  /// What needs quotes is not compared with what has none.
  @Test func aCellThatNeedsQuotesIsNotThatTextWithoutThem() throws {
    let comma = try readText("t.csv", "id,a\n\"s,1\",1\ns,1,2\n")
    #expect(comma.messages == ["t.csv:3: the row has 3 cells, expected 2 as in the header"])
    #expect(comma.records.map(\.key) == ["s,1"])
    let quote = try readText("t.csv", "id,a\n\"\"\"s\",1\n\"s,2\n")
    #expect(quote.messages == ["t.csv:3: a quote is opened and not closed"])
    let label = "id,a,label\ns,1,\"u,v\"\ns,1,u,v\n"
    let steps = try readText("t.csv", label, options: TableOptions(targetKind: .classPerTimestep))
    #expect(steps.messages == ["t.csv:3: the row has 4 cells, expected 3 as in the header"])
  }

  @Test func bytesThatAreNotTextAreFoundInAnyRow() throws {
    let good = "id,a,note\ns,1,x\ns,2,x\n"
    for bad in [Array("s,3,".utf8) + [0xFF], Array("s,3,".utf8) + [0], Array("s,3,x".utf8) + [0xFF]] {
      let reading = try withFile("t.csv", Array(good.utf8) + bad + [0x0A]) { readAll($0) }
      #expect(reading.records == [])
      #expect(reading.messages.first?.hasPrefix("t.csv:4: byte \(bad.count) of the line is 0x") == true)
    }
  }

  /// A point that separates cells is no part of a number.
  @Test func aDelimiterOfNumbersIsADelimiter() throws {
    let text = "id.a.b\ns.1.5\ns.2.5\n"
    let reading = try readText("t.csv", text, options: TableOptions(delimiter: "."))
    #expect(reading.records.map(\.input) == [.values([1, 5, 2, 5], featureCount: 2)])
    #expect(try readText("t.csv", text + "s.1.2.3\n", options: TableOptions(delimiter: ".")).errors.count == 1)
  }
}
