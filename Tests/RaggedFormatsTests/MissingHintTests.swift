import RaggedFormats
import Testing

/// When a fault has the remedy of accepting the cell as missing.
@Suite struct MissingHintTests {
  @Test(arguments: ["", "NA", "NaN", "null", "-", "?", "n/a", "#N/A", " ", " NA"])
  func isGivenForWhatLooksMissing(cell: String) throws {
    let reading = try readText("s.csv", "id,v,w\na,1,5\na,\(cell),6\nb,2,7\n")
    #expect(reading.errors.first?.remedy == .acceptMissing([cell]))
    #expect(
      try readText("s.csv", "id,v,w\na,1,5\na,\(cell),6\n", options: TableOptions(missing: [cell])).messages == [])
  }

  @Test(arguments: ["1,5", "oops", "-inf", "inf", "1.2.3", "12:30", "0x1F", "45%"])
  func isNotGivenForOtherCells(cell: String) throws {
    let reading = try readText("s.csv", "id,v,w\na,1,5\na,\"\(cell)\",6\nb,2,7\n")
    #expect(reading.errors.count == 1 && reading.errors.first?.remedy == nil)
  }

  @Test func keepsWordsThatAreAcceptedAlready() throws {
    let reading = try readText("s.csv", "id,v\na,1\na,NA\na,?\n", options: TableOptions(missing: ["NA"]))
    #expect(reading.errors.first?.remedy == .acceptMissing(["NA", "?"]))
    let empty = try readText("s.csv", "id,v\na,1\na,NA\na,\n", options: TableOptions(missing: [""]))
    #expect(empty.errors.first?.remedy == .acceptMissing(["", "NA"]))
  }

  @Test func isNotGivenWhereNoTimestepWouldBeValid() throws {
    let options = TableOptions(features: ["v", "w"])
    for text in ["id,v,w\na,1,\na,2,\n", "id,v,w\na,1,NA\na,NA,2\n"] {
      let error = try #require(readText("s.csv", text, options: options).errors.first)
      #expect(error.message.hasSuffix("expected a number") && error.remedy == nil)
    }
  }

  @Test func aTrailingDelimiterIsNoFeature() throws {
    let reading = try readText("s.csv", "id,t,v,label,\na,0,1,x,\na,1,2,x,\nb,0,3,y,\nb,1,5,y,\n")
    #expect(reading.messages == [])
    #expect(reading.description?.input == .features(["v"]))
    #expect(reading.records.map(\.validity) == [nil, nil])
    #expect(
      try notes("s.csv", "id,v,w\na,1,\na,2,\n") == [
        "column \"w\" is empty in the 2 rows, so it is no feature"
      ])
  }
}
