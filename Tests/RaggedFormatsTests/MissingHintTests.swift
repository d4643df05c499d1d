import RaggedFormats
import Testing

/// When a message names `--missing`, and what it says then.
@Suite struct MissingHintTests {
  @Test(arguments: [
    ("", "''"), ("NA", "NA"), ("NaN", "NaN"), ("null", "null"), ("-", "-"), ("?", "'?'"), ("n/a", "n/a"),
    ("#N/A", "'#N/A'"),
    (" ", "'\" \"'"), (" NA", "'\" NA\"'"),
  ]) func isGivenForWhatLooksMissing(cell: String, word: String) throws {
    let reading = try readText("s.csv", "id,v,w\na,1,5\na,\(cell),6\nb,2,7\n")
    #expect(reading.messages.first?.hasSuffix(" (use --missing \(word) to accept it)") == true, "\(reading.messages)")
    #expect(
      try readText("s.csv", "id,v,w\na,1,5\na,\(cell),6\n", options: TableOptions(missing: [cell])).messages == [])
  }

  @Test(arguments: ["1,5", "oops", "-inf", "inf", "1.2.3", "12:30", "0x1F", "45%"])
  func isNotGivenForOtherCells(cell: String) throws {
    let reading = try readText("s.csv", "id,v,w\na,1,5\na,\"\(cell)\",6\nb,2,7\n")
    #expect(
      reading.messages.count == 1 && reading.messages.first?.contains("--missing") == false, "\(reading.messages)")
  }

  @Test func keepsWordsThatAreAcceptedAlready() throws {
    let reading = try readText("s.csv", "id,v\na,1\na,NA\na,?\n", options: TableOptions(missing: ["NA"]))
    #expect(reading.messages.first?.hasSuffix("(use --missing 'NA,?' to accept it)") == true, "\(reading.messages)")
    let empty = try readText("s.csv", "id,v\na,1\na,NA\na,\n", options: TableOptions(missing: [""]))
    #expect(empty.messages.first?.hasSuffix("(use --missing '\"\",NA' to accept it)") == true, "\(empty.messages)")
  }

  @Test func isNotGivenWhereNoTimestepWouldBeValid() throws {
    let options = TableOptions(features: ["v", "w"])
    #expect(
      try readText("s.csv", "id,v,w\na,1,\na,2,\n", options: options).messages == [
        #"s.csv:2: column "w" is empty, expected a number"#
      ])
    #expect(
      try readText("s.csv", "id,v,w\na,1,NA\na,NA,2\n", options: options).messages.first
        == #"s.csv:2: column "w" is "NA", expected a number"#)
  }

  @Test func aTrailingDelimiterIsNoFeature() throws {
    let reading = try readText("s.csv", "id,t,v,label,\na,0,1,x,\na,1,2,x,\nb,0,3,y,\nb,1,5,y,\n")
    #expect(reading.messages == [])
    #expect(reading.description?.input == .features(["v"]))
    #expect(reading.records.map(\.validity) == [nil, nil])
    #expect(
      try notes("s.csv", "id,v,w\na,1,\na,2,\n") == [
        "column \"w\" is empty in the 2 rows, so it is no feature unless --features names it"
      ])
  }
}
