import RaggedFormats
import Testing

/// When a fault has the remedy of accepting the cell as missing.
@Suite struct MissingHintTests {
  @Test(arguments: ["-", "?", "n/a", "#N/A", "none"])
  func isGivenForWhatLooksMissing(cell: String) throws {
    let reading = try readText("s.csv", "id,v,w\na,1,5\na,\(cell),6\nb,2,7\n")
    #expect(reading.errors.first?.remedy == .acceptMissing([cell]))
    #expect(
      try readText("s.csv", "id,v,w\na,1,5\na,\(cell),6\n", options: TableOptions(missing: [cell])).messages == [])
  }

  /// An empty cell and a word for a missing value are missing without a word.
  @Test(arguments: ["", "NA", "NaN", "null", " ", " NA", "nan", "NULL", "-nan"])
  func isNotNeededForWhatIsMissing(cell: String) throws {
    let reading = try readText("s.csv", "id,v,w\na,1,5\na,\(cell),6\na,2,7\n")
    #expect(reading.messages == [])
    #expect(reading.records.map(\.input) == [.values([1, 5, .nan, 6, 2, 7], featureCount: 2)])
    #expect(reading.records.map(\.validity) == [nil])
  }

  @Test(arguments: ["oops", "-inf", "inf", "1.2.3", "12:30", "0x1F", "45%"])
  func isNotGivenForOtherCells(cell: String) throws {
    let reading = try readText("s.csv", "id,v,w\na,1,5\na,\"\(cell)\",6\nb,2,7\n")
    #expect(reading.errors.count == 1)
    #expect(reading.errors.first?.remedy == (cell.hasSuffix("inf") ? nil : .takeAsText("v")))
    let named = try readText(
      "s.csv", "id,v,w\na,1,5\na,\"\(cell)\",6\nb,2,7\n", options: TableOptions(features: ["v", "w"]))
    #expect(named.errors.count == 1 && named.errors.first?.remedy == nil)
  }

  @Test func keepsWordsThatAreAcceptedAlready() throws {
    let reading = try readText("s.csv", "id,v\na,1\na,-\na,?\n", options: TableOptions(missing: ["-"]))
    #expect(reading.errors.first?.remedy == .acceptMissing(["-", "?"]))
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
