import RaggedCore
import RaggedFormats
import Testing

/// What many files say is said once.
@Suite struct CommonNotesTests {
  @Test func theFirstIsSaidAtOnceAndOthersAreCounted() {
    var common = CommonNotes(of: 4)
    #expect(common.add(["3 rows have no value", "odd"], of: "a.csv") == ["3 rows have no value", "odd"])
    #expect(common.add(["12,345 rows have no value"], of: "b.csv") == [])
    #expect(common.add(["1 rows have no value", "even"], of: "c.csv") == ["even"])
    #expect(common.add([InputNote("odd", remedy: .nameID)], of: "d.csv") == [])
    #expect(
      common.finish() == [
        "so in 2 more files, such as c.csv: 1 rows have no value", InputNote("d.csv: odd", remedy: .nameID),
      ])
    #expect(common.finish() == [])
  }

  @Test func oneFileSaysAll() {
    var common = CommonNotes(of: 1)
    let notes: [InputNote] = ["a 1", "a 2"]
    #expect(common.add(notes, of: "a.csv") == notes && common.finish() == [])
  }

  /// Notes that differ in a name in each of many files are not many lines.
  @Test func namesThatDifferAreNotManyLines() {
    var common = CommonNotes(of: 1000)
    let said = (0..<1000).reduce(0) {
      $0 + common.add([InputNote("column \"\(Self.name($1))\" is odd")], of: "f\($1)").count
    }
    #expect(said <= 9)
    let rest = common.finish().map(\.text)
    #expect(rest.count == 1 && rest[0].contains("so in 991 more files, such as f999: column "), "\(rest)")
  }

  private static func name(_ number: Int) -> String {
    String(String(number).map { Character(UnicodeScalar(UInt8(0x61 + ($0.wholeNumberValue ?? 0)))) })
  }

  /// What is missing in all files is what is missing in each.
  @Test func missingCellsAreThoseOfAllFiles() throws {
    try withFile("a.csv", "id,x,y\na,1,\na,,3\n".utf8) { first in
      try withFile("b.csv", "id,x,y\nb,1,2\nb,2,3\n".utf8) { second in
        try withFile("c.csv", "id,x,y\nc,,2\nc,2,3\n".utf8) { third in
          var readers = try FileReader.readers(of: [first, second, third]) { _ in [:] }
          var common = CommonNotes(of: 3)
          for index in readers.indices {
            while try readers[index].next() != nil {}
            #expect(try common.take(from: &readers[index]) == [])
          }
          #expect(common.finish() == ["in 2 files: missing cells: 2 of 6 in \"x\", 1 of 6 in \"y\""])
        }
      }
    }
  }
}
