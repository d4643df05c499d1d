import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// A row whose sequence cannot be told may be one of the sequence before it or of the one behind it.
@Suite struct DoubtfulRowTests {
  private func read(_ text: String, _ options: TableOptions = TableOptions()) throws -> Reading {
    try readText("t.csv", text, options: options)
  }

  @Test func aRowWithoutIDLeavesOutBothNeighbours() throws {
    let reading = try read("id,x\na,1\na,2\n,3\nb,4\nb,5\nc,6\n")
    #expect(reading.keys == ["c"])
    #expect(reading.errors.map(\.key) == ["a", "b"])
    #expect(
      reading.messages == [
        #"t.csv:4: column "id" is empty, expected an id in every row; the row may be one of sequence "a""#,
        #"t.csv:4: column "id" is empty, expected an id in every row; the row may be one of sequence "b""#,
      ])
  }

  @Test func betweenRowsOfOneSequenceItLeavesOutThatOneAlone() throws {
    let reading = try read("id,x\na,1\n ,3\na,2\nb,4\nc,6\n")
    #expect(reading.keys == ["b", "c"])
    #expect(reading.errors.map(\.key) == ["a"])
  }

  /// As pandas writes a table with groups: the id stands in the first row of each alone.
  @Test func idsInFirstRowsAloneLeaveNothing() throws {
    let text = "sentence,word,tag\ns1,Buses,O\n,to,O\n,Lima,B\ns2,Trains,O\n,stop,O\ns3,Go,O\n"
    let reading = try read(
      text,
      TableOptions(
        id: "sentence", features: ["word"], target: ["tag"], targetKind: .classPerTimestep, tokens: .text(.words),
        blankIDs: .refuse))
    #expect(reading.keys == [])
    #expect(reading.errors.map(\.key) == ["s1", "s2", "s3"])
    #expect(reading.errors.map(\.line) == [3, 4, 6])
  }

  @Test func atTheBeginningItIsNamedByItself() throws {
    let reading = try read("id,x\n,1\n,1\na,2\nb,3\n")
    #expect(reading.keys == ["b"])
    #expect(reading.errors.map(\.key) == [nil, "a"])
    let short = try read("x,id\n7\na\n1,a\n2,b\n", TableOptions(id: "id"))
    #expect(short.keys == ["b"])
    #expect(short.errors.map(\.key) == [nil, "a"])
    #expect(short.errors.map(\.line) == [2, 3])
  }

  /// With a cell too few or too many, what stands where the id is expected may be another cell.
  @Test func anIDBehindTheGapIsNotTrusted() throws {
    let reading = try read("x,id,y\n1,a,1\n2,a\n3,b,1\n4,c,1\n", TableOptions(id: "id", features: ["x"]))
    #expect(reading.keys == ["c"])
    #expect(reading.errors.map(\.key) == ["a", "b"])
    let first = try read("id,x,y\na,1,1\nb,2\nb,2,2\nc,4,1\n", TableOptions(id: "id", features: ["x"], target: []))
    #expect(first.keys == ["a", "c"])
    #expect(first.errors.map(\.key) == ["b"])
  }

  @Test func aFileThatEndsWithinAnIDMayEndAnySequence() throws {
    let reading = try read("id,x\nseq1,1\nseq2,2\nse")
    #expect(reading.keys == ["seq1"])
    #expect(reading.errors.map(\.key) == ["seq2"])
  }

  /// The quote of row 2 is closed by that of row 4: rows of `a` and `b` are gone with it.
  @Test func aQuoteThatSwallowsRowsLeavesOutTheSequenceBehindIt() throws {
    let reading = try read(
      "id,x,word\na,1,\"y\na,2,z\nb,3,\"z\nb,4,z\nc,5,z\n", TableOptions(features: ["x"], target: []))
    #expect(reading.keys == ["c"])
    #expect(reading.errors.map(\.key) == ["a", "b"])
    let number = try read("id,x\na,0\na,\"1\na,2\nb,3\"\nb,4\nc,5\n")
    #expect(number.keys == ["c"])
    #expect(number.errors.map(\.key) == ["a", "b"])
    // A cell of several lines that is sound swallows nothing.
    #expect(try read("id,x,note\na,1,\"u\nv\"\nb,2,w\n", TableOptions(features: ["x"])).keys == ["a", "b"])
  }

  @Test func anIDThatIsNoTextIsNotTrusted() throws {
    let bytes = Array("id,x\na,1\n".utf8) + [0xFF] + Array(",2\nb,3\nc,4\n".utf8)
    let reading = try withFile("t.csv", bytes) { readAll($0) }
    #expect(reading.keys == ["c"])
    #expect(reading.errors.map(\.key) == ["a", "b"])
    let cell = Array("id,x\na,1\nb,2".utf8) + [0xFF] + Array("\nb,3\nc,4\n".utf8)
    #expect(try withFile("t.csv", cell) { readAll($0) }.keys == ["a", "c"])
  }
}
