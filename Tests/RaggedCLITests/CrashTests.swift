import Foundation
import RaggedCore
import Testing

/// `kill -9` at random moments: what is left is sound, and the job goes on to the same end.
///
/// `RAGGED_KILLS` says how many kills of each kind there are.
@Suite(.serialized) struct CrashTests {
  private static let kills = ProcessInfo.processInfo.environment["RAGGED_KILLS"].flatMap(Int.init)

  /// Runs a command and kills it after a random part of the time that it needs.
  private static func kill(
    _ work: Workspace, _ arguments: [String], within seconds: Double, _ random: inout SeededRandom
  ) throws {
    let command = try work.start(arguments)
    usleep(UInt32(1e6 * seconds * Double(random.uniform())))
    command.send(SIGKILL)
    _ = command.result()
  }

  /// A run to the end, and the seconds it took.
  private static func timed(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  private static func restore(_ work: Workspace, _ name: String, from copy: String) throws {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(at: work.url.appending(path: name + suffix))
    }
    try FileManager.default.copyItem(at: work.url.appending(path: copy), to: work.url.appending(path: name))
  }

  @Test func aKilledImportLeavesAllOrNothing() throws {
    let work = try Workspace()
    try work.write("base.csv", Sample.readings(0..<40))
    try work.write("more.csv", Sample.readings(40..<4000))
    try work.good("import", "base.sqlite", "base.csv", "--quiet")
    let before = try work.good("stats", "base.sqlite", "--json").output
    try Self.restore(work, "s.sqlite", from: "base.sqlite")
    let seconds = try Self.timed { try work.good("import", "s.sqlite", "more.csv", "--quiet") }
    let after = try work.good("stats", "s.sqlite", "--json").output
    var random = SeededRandom(seed: UInt64(Self.kills ?? 1))
    for _ in 0..<(Self.kills ?? 30) {
      try Self.restore(work, "s.sqlite", from: "base.sqlite")
      try Self.kill(work, ["import", "s.sqlite", "more.csv", "--quiet"], within: 1.1 * seconds, &random)
      try work.good("check", "s.sqlite")
      let found = try work.good("stats", "s.sqlite", "--json").output
      #expect(found == before || found == after)
      guard random.below(4) == 0 else { continue }
      try work.good("import", "s.sqlite", "more.csv", "--quiet", "--if-exists", "skip")
      #expect(try work.good("stats", "s.sqlite", "--json").output == after)
    }
  }

  @Test func aKilledImportIntoANewStoreCanBeRunAgain() throws {
    let work = try Workspace()
    try work.write("more.csv", Sample.readings(0..<1000))
    let seconds = try Self.timed { try work.good("import", "whole.sqlite", "more.csv", "--quiet") }
    let after = try work.good("stats", "whole.sqlite", "--json").output
    var random = SeededRandom(seed: UInt64(Self.kills ?? 2))
    for number in 0..<(Self.kills ?? 10) {
      let store = "s\(number).sqlite"
      try Self.kill(work, ["import", store, "more.csv", "--quiet"], within: 1.1 * seconds, &random)
      try work.good("import", store, "more.csv", "--quiet", "--if-exists", "skip")
      try work.good("check", store)
      #expect(try work.good("stats", store, "--json").output == after)
    }
  }

  @Test func aKilledTrainingGoesOnToTheSameModel() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings(0..<200))
    try work.good("import", "s.sqlite", "readings.csv", "--quiet")
    let options = [
      "--model", "lstm(8, dropout=0.1)", "--epochs", "6", "--batch-size", "8", "--threads", "1", "--quiet",
    ]
    let seconds = try Self.timed {
      let status = try work.ragged(["train", "s.sqlite", "--output", "whole"] + options).status
      #expect(status == 0)
    }
    let whole = try work.good("predict", "whole.last.ragged", "s.sqlite").output
    var random = SeededRandom(seed: UInt64(Self.kills ?? 3))
    for number in 0..<(Self.kills ?? 10) {
      let name = "part\(number)"
      try Self.kill(work, ["train", "s.sqlite", "--output", name] + options, within: 1.1 * seconds, &random)
      try work.good("check", "s.sqlite")
      if work.names.contains("\(name).last.ragged") {
        try work.good("train", "s.sqlite", "--resume", "\(name).last.ragged", "--quiet")
      } else {
        #expect(try work.ragged(["train", "s.sqlite", "--output", name] + options).status == 0)
      }
      #expect(try work.good("predict", "\(name).last.ragged", "s.sqlite").output == whole)
    }
  }
}
