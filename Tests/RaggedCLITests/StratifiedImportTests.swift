import Foundation
import Testing

/// A stratified split divides the sequences of one import; of a second one that is said.
@Suite struct StratifiedImportTests {
  private static let shares = ["--split", "0.8,0.2", "--stratify"]

  @Test func aSecondImportSaysThatItDividesOtherwise() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings(0..<23))
    try work.write("b.csv", Sample.readings(23..<40))
    let first = try work.ragged(["import", "s.sqlite", "a.csv"] + Self.shares)
    #expect(first.status == 0 && !first.errors.contains("keep their split"))
    let second = try work.ragged(["import", "s.sqlite", "b.csv"] + Self.shares)
    #expect(second.status == 0)
    #expect(second.errors.contains("dataset \"data\": 23 sequences of before keep their split"))
    #expect(second.errors.contains("\"ragged split\" with --stratify divides all anew"))
    let help = try work.good("import", "--help").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(help.contains("two imports are divided otherwise"))
  }

  @Test func dividingAnewIsDividingAtOnce() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings(0..<23))
    try work.write("b.csv", Sample.readings(23..<40))
    for file in ["a.csv", "b.csv"] {
      #expect(try work.ragged(["import", "s.sqlite", file, "--quiet"] + Self.shares).errors == "")
    }
    #expect(try work.ragged(["import", "whole.sqlite", "a.csv", "b.csv"] + Self.shares).status == 0)
    #expect(try work.ragged(["split", "s.sqlite"] + Self.shares).status == 0)
    let parts = try ["s.sqlite", "whole.sqlite"].map {
      try work.good("export", $0, "-", "--to", "csv", "--split", "test", "--quiet").output
    }
    #expect(parts[0] == parts[1] && !parts[0].isEmpty)
  }
}
