import Foundation
import RaggedCore
import Testing

/// `kill -9` at random moments: what is left is sound, and the job goes on to the same end.
///
/// `RAGGED_KILLS` says how many kills of each kind there are.
@Suite(.serialized) struct CrashTests {
  @Test func aKilledImportLeavesAllOrNothing() throws {
    let work = try Workspace()
    try work.write("base.csv", Sample.readings(0..<40))
    try work.write("more.csv", Sample.readings(40..<4000))
    try work.good("import", "base.sqlite", "base.csv", "--quiet")
    let before = try work.good("stats", "base.sqlite", "--json").output
    try work.restore("s.sqlite", from: "base.sqlite")
    let seconds = try Kills.seconds { try work.good("import", "s.sqlite", "more.csv", "--quiet") }
    let after = try work.good("stats", "s.sqlite", "--json").output
    var kills = Kills(15, seed: 1)
    for _ in 0..<kills.count {
      try work.restore("s.sqlite", from: "base.sqlite")
      try kills.kill(work, ["import", "s.sqlite", "more.csv", "--quiet"], within: 1.1 * seconds)
      try work.good("check", "s.sqlite")
      let found = try work.good("stats", "s.sqlite", "--json").output
      #expect(found == before || found == after)
      guard kills.oneIn(4) else { continue }
      try work.good("import", "s.sqlite", "more.csv", "--quiet", "--if-exists", "skip")
      #expect(try work.good("stats", "s.sqlite", "--json").output == after)
    }
  }

  @Test func aKilledImportIntoANewStoreCanBeRunAgain() throws {
    let work = try Workspace()
    try work.write("more.csv", Sample.readings(0..<1000))
    let seconds = try Kills.seconds { try work.good("import", "whole.sqlite", "more.csv", "--quiet") }
    let after = try work.good("stats", "whole.sqlite", "--json").output
    var kills = Kills(8, seed: 2)
    for number in 0..<kills.count {
      let store = "s\(number).sqlite"
      try kills.kill(work, ["import", store, "more.csv", "--quiet"], within: 1.1 * seconds)
      try work.good("import", store, "more.csv", "--quiet", "--if-exists", "skip")
      try work.good("check", store)
      #expect(try work.good("stats", store, "--json").output == after)
    }
  }

  /// Killed again and again, until it is through.
  @Test func aKilledResumableImportGoesOnToTheSameStore() throws {
    let work = try Workspace()
    try work.write("more.csv", Sample.readings(0..<2000))
    func command(_ store: String) -> [String] {
      ["import", store, "more.csv", "--resumable", "--commit-every", "6KB", "--split", "0.8,0.2", "--quiet"]
    }
    let whole = StoreFile(work, "whole.sqlite")
    let seconds = try Kills.seconds {
      let status = try work.ragged(command("whole.sqlite")).status
      #expect(status == 0)
    }
    var kills = Kills(10, seed: 3)
    var (number, parts, done) = (0, 0, 0)
    func isWhole(_ store: String) throws -> Bool { try StoreFile(work, store).differences(from: whole) == [] }
    // Some must be stopped between two commits, or this is no test.
    while done < kills.count || parts == 0 && done < kills.count + 50 {
      done += 1
      let store = "s\(number).sqlite"
      let isDone = try kills.kill(work, command(store), after: 0.3 * seconds, within: seconds)
      var hasAll = false
      if work.names.contains(store), try work.ragged("stats", store).status == 0 {
        try work.good("check", store)
        hasAll = try isWhole(store)
        parts += hasAll ? 0 : 1
      }
      if isDone { #expect(hasAll) }
      // A kill after the last commit finds nothing more to do, and a new store is begun.
      if hasAll { number += 1 }
    }
    #expect(parts > 0)
    let store = "s\(number).sqlite"
    #expect(try work.ragged(command(store)).status == 0)
    #expect(try StoreFile(work, store).differences(from: whole) == [])
    try work.good("check", store)
  }

  @Test func aKilledTrainingGoesOnToTheSameModel() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings(0..<200))
    try work.good("import", "s.sqlite", "readings.csv", "--quiet")
    let options = [
      "--model", "lstm(8, dropout=0.1)", "--epochs", "6", "--batch-size", "8", "--threads", "1", "--quiet",
    ]
    let seconds = try Kills.seconds {
      let status = try work.ragged(["train", "s.sqlite", "--output", "whole"] + options).status
      #expect(status == 0)
    }
    let whole = try work.good("predict", "whole.last.ragged", "s.sqlite").output
    var kills = Kills(8, seed: 5)
    for number in 0..<kills.count {
      let name = "part\(number)"
      try kills.kill(work, ["train", "s.sqlite", "--output", name] + options, within: 1.1 * seconds)
      try work.good("check", "s.sqlite")
      if work.names.contains("\(name).last.ragged") {
        try work.good("train", "s.sqlite", "--resume", "\(name).last.ragged", "--quiet")
      } else {
        // The best of an epoch is written before the last: it may be there alone.
        #expect(try work.ragged(["train", "s.sqlite", "--output", name, "--force"] + options).status == 0)
      }
      #expect(try work.good("predict", "\(name).last.ragged", "s.sqlite").output == whole)
    }
  }
}
