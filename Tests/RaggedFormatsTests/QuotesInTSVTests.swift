import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Where tabs separate cells, a row is a line, and a quote is a character unless a cell begins and ends with one.
@Suite struct QuotesInTSVTests {
  private static let options = TableOptions(features: ["word"], tokens: .text(.words))

  private func words(_ text: String, _ name: String = "t.tsv", delimiter: String? = nil) throws -> [[String]] {
    var options = Self.options
    options.delimiter = delimiter
    let reading = try readText(name, text, options: options)
    #expect(reading.messages == [])
    return reading.records.map { if case .texts(let words) = $0.input { Array(words) } else { [] } }
  }

  @Test func aLoneQuoteIsAToken() throws {
    let text = "id\tword\tn\na\t\"\t1\na\tHi\t2\nb\t\"\t3\nb\t'\t4\nc\t\"\t5\n"
    let expected = [["\"", "Hi"], ["\"", "'"], ["\""]]
    #expect(try words(text) == expected)
    #expect(try words(text.replacing("\n", with: "\r\n")) == expected)
    // By the delimiter, whatever the file is called.
    #expect(try words(text, "t.csv", delimiter: "\t") == expected)
    let semicolons = text.replacing("\t", with: ";").replacing("\"", with: "'")
    #expect(try words(semicolons, "t.tsv", delimiter: ";") == expected.map { $0.map { $0 == "\"" ? "'" : $0 } })
  }

  @Test(arguments: [
    ("\"", "\""), ("\"\"\"\"", "\""), ("\"a\"", "a"), ("\"a", "\"a"), ("a\"", "a\""), ("\"a\"b\"", "\"a\"b\""),
    ("\"a\"\"b\"", "a\"b"), ("\"\"\"", "\"\"\""), ("\"a\"b", "\"a\"b"), ("\"\"a\"\"", "\"\"a\"\""), ("5\"", "5\""),
    ("\"x\ty\"", "x\ty"), ("\"x\"\"\t\"\"y\"", "x\"\t\"y"), ("\"é\"\"é\"", "é\"é"),
  ])
  func aCellIsQuotedWhereItBeginsAndEndsWithAQuote(_ cell: (written: String, read: String)) throws {
    #expect(try words("id\tword\tn\na\t\(cell.written)\t1\na\tx\t2\n") == [[cell.read, "x"]])
    #expect(try words("id\tn\tword\na\t1\t\(cell.written)\na\t2\tx\n") == [[cell.read, "x"]])
  }

  /// Two lone quotes are two cells where that gives a row its columns.
  @Test func quotesAroundTabsAreCellsWhereTheNumberIsRight() throws {
    #expect(try words("id\tword\tn\na\t\"\t\"\n") == [["\""]])
    let odd = try readText("t.tsv", "id\tword\tn\na\t\"x\ty\t1\nb\tu\t1\n", options: Self.options)
    #expect(odd.messages == ["t.tsv:2: the row has 4 cells, expected 3 as in the header"])
    #expect(odd.keys == ["b"])
  }

  @Test func labelsAndIDsMayBeQuotes() throws {
    let options = TableOptions(features: ["x"], target: ["y"], targetKind: .classPerTimestep)
    let reading = try readText(
      "t.tsv", "id\tx\ty\n\"\t1\t\"\n\"\t2\t\"\n\"\t3\tu\n\"b\"\t4\t\"\"\"\"\n", options: options)
    #expect(reading.messages == [])
    #expect(reading.keys == ["\"", "b"])
    #expect(reading.records.map(\.target) == [.labels(["\"", "\"", "u"]), .labels(["\""])])
  }

  @Test func bytesThatAreNoTextAreFoundAmongQuotes() throws {
    let bytes = Array("id\tword\na\t\"x\"\nb\t\"".utf8) + [0xFF] + Array("\"\nc\t\"z\"\n".utf8)
    let reading = try withFile("t.tsv", bytes) { readAll($0, options: Self.options) }
    #expect(reading.messages == ["t.tsv:3: byte 4 of the line is 0xFF, which is not valid UTF-8"])
    #expect(reading.keys == ["a", "c"])
  }

  /// In CSV a quote that is not closed is told with the line on which it was opened.
  @Test func anOpenQuoteOfCSVIsNamedWhereItOpens() throws {
    let reading = try readText("t.csv", "id,x,note\na,1,\"u\nv\"\nb,2,\"u\nv\",\"w\nc,3,x\nd,4,y\n")
    #expect(reading.messages == ["t.csv:5: a quote is opened and not closed"])
    #expect(reading.errors.last?.isFatal == true)
  }
}
