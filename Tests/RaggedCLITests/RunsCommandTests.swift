import Foundation
import Testing

/// What a store remembers of its runs.
@Suite struct RunsCommandTests {
  struct Run: Decodable {
    struct Epoch: Decodable {
      var epoch: Int
      var metrics: [String: Double]
    }
    struct Configuration: Decodable {
      var epochs: Int
      var model: String
    }
    var id: Int
    var dataset: String
    var command: String
    var configuration: Configuration
    var fingerprint: String
    var status: String
    var seconds: Double
    var epochs: [Epoch]

    /// The epochs' figures, durations left out.
    var figures: [[String: Double]] { epochs.map { $0.metrics.filter { $0.key != "seconds" } } }
  }

  static func runs(_ work: Workspace, _ options: String...) throws -> [Run] {
    try work.ragged(["runs", "s.sqlite", "--json"] + options).json([Run].self)
  }

  @Test func runsAreListedShownAndCompared() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv")
    #expect(try work.good("runs", "s.sqlite").output == "no runs yet: \"ragged train\" makes one\n")
    #expect(try work.good("runs", "s.sqlite", "--json").output.filter { !$0.isWhitespace } == "[]")
    for size in ["8", "16"] {
      try work.good(
        "train", "s.sqlite", "--force", "--model", "lstm(2)", "--epochs", "2", "--batch-size", size, "--quiet",
        "--validation-fraction", "0.25")
    }
    let list = try work.good("runs", "s.sqlite").outputLines
    #expect(
      list[0].split(separator: " ").joined(separator: " ")
        == "run began dataset status epochs time loss accuracy val_loss val_accuracy")
    #expect(list.count == 4)
    let one = try work.good("runs", "s.sqlite", "2").outputLines
    // A longer time in the other row widens its column.
    for (alone, listed) in [(one[0], list[0]), (one[1], list[2])] {
      #expect(alone.split(separator: " ") == listed.split(separator: " "))
    }
    #expect(
      one[3].split(separator: " ").map(String.init)
        == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"])
    #expect(one.count == 7)
    let both = try work.good("runs", "s.sqlite", "1", "2").output
    #expect(both.contains("\ndiffers"))
    #expect(both.contains("\nbatch size") && !both.contains("seed of the order"))
    let runs = try RunsCommandTests.runs(work)
    #expect(runs.map(\.id) == [1, 2] && runs.map(\.status) == ["finished", "finished"])
    #expect(runs[0].command.hasPrefix("train s.sqlite --force --model lstm(2)"))
    #expect(runs[0].epochs.map(\.epoch) == [1, 2])
    #expect(runs.map(\.configuration.epochs) == [2, 2] && runs[0].configuration.model == "lstm(2)")
    #expect(UInt64(runs[0].fingerprint, radix: 16) != nil)
    #expect(try RunsCommandTests.runs(work, "2").map(\.id) == [2])
    try work.bad(64, "Unknown option '--limit'", "runs", "s.sqlite", "--limit", "3")
  }
}
