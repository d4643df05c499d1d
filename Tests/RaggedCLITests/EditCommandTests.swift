import Foundation
import Testing

/// `ragged delete`, `rename`, `split`, `merge` and `compact`.
@Suite struct EditCommandTests {
  private static func store() throws -> Workspace {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv", "--quiet")
    return work
  }

  @Test func sequencesAndDatasetsAreDeleted() throws {
    let work = try Self.store()
    try work.bad(64, "say which", "delete", "s.sqlite")
    try work.bad(64, "say which", "delete", "s.sqlite", "--all", "--where", "length > 3")
    try work.bad(64, "condition \"nothing > 3\"", "delete", "s.sqlite", "--where", "nothing > 3")
    #expect(try work.good("delete", "s.sqlite", "--where", "length > 1000").output == "deleted 0 sequences\n")
    let output = try work.good("delete", "s.sqlite", "--all").output
    #expect(output == "deleted 40 sequences and dataset \"data\"\n")
    try work.good("check", "s.sqlite")
    try work.bad(64, "has no dataset yet", "delete", "s.sqlite", "--all")
    #expect(try work.good("compact", "s.sqlite").output.contains("bytes before"))
  }

  @Test func aDatasetIsRenamedAndDividedAnew() throws {
    let work = try Self.store()
    try work.bad(64, "Missing expected argument '--to", "rename", "s.sqlite")
    #expect(try work.good("rename", "s.sqlite", "--to", "trips").output == "dataset \"data\" is \"trips\" now\n")
    try work.bad(64, "--split is missing", "split", "s.sqlite")
    try work.bad(64, "expected a name, or two or three", "split", "s.sqlite", "--split", "0.3")
    let output = try work.good("split", "s.sqlite", "--split", "0.5,0.5", "--seed", "3").output
    #expect(output.hasPrefix("test: ") && output.contains(", train: "))
    #expect(try work.good("split", "s.sqlite", "--split", "all").output == "all: 40\n")
    try work.good("check", "s.sqlite")
  }

  @Test func storesAreMerged() throws {
    let work = try Self.store()
    try work.good("rename", "s.sqlite", "--to", "trips")
    #expect(try work.good("merge", "all.sqlite", "s.sqlite").output.hasPrefix("s.sqlite: trips: stored 40 sequences"))
    try work.good("check", "all.sqlite")
    try work.bad(65, "already in dataset \"trips\"", "merge", "all.sqlite", "s.sqlite")
    try work.bad(66, "there is no such file", "merge", "new.sqlite", "nothing.sqlite")
    try work.bad(64, "no dataset \"x\"", "merge", "new.sqlite", "s.sqlite", "-d", "x")
    #expect(!FileManager.default.fileExists(atPath: work.url.appending(path: "new.sqlite").path))
  }
}
