import Foundation
import Testing

/// `ragged train --stateful`.
@Suite struct StatefulCommandTests {
  private func store(_ sequences: Range<Int> = 0..<40) throws -> Workspace {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings(sequences))
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.2", "--seed", "1")
    return work
  }

  private static let model = ["--model", "lstm(6, dropout=0.1)", "--validation-split", "test", "--normalize"]

  /// No sequence has more than 9 timesteps: a window of 9 holds each whole, and then states have nowhere to go.
  @Test func windowsAsLongAsTheSequencesAreOrdinaryTraining() throws {
    let work = try store()
    let options = ["train", "s.sqlite", "--batch-size", "5", "--shuffle", "none", "--epochs", "3", "-q"] + Self.model
    #expect(try work.ragged(options + ["-o", "one", "--window", "9", "--stateful"]).status == 0)
    #expect(try work.ragged(options + ["-o", "two", "--batching", "padded"]).status == 0)
    let predictions = try work.good("predict", "one.last.ragged", "s.sqlite").output
    #expect(try work.good("predict", "two.last.ragged", "s.sqlite").output == predictions)
    let runs = try RunsCommandTests.runs(work)
    for (one, two) in zip(runs[0].figures, runs[1].figures) {
      #expect(one["loss"] == two["loss"] && one["accuracy"] == two["accuracy"])
      // Other batches, the same sums but for their rounding.
      let (held, expected) = (try #require(one["val_loss"]), try #require(two["val_loss"]))
      #expect(abs(held - expected) <= 1e-6 * expected)
    }
  }

  /// By hand: 40 sequences of 3…9 timesteps in windows of 4 make 1, 1, 2, 2, 2, 2 and 3 batches each in one row.
  @Test func aStepIsAWindowOfEachRow() throws {
    let work = try store()
    let result = try work.good(
      "train", "s.sqlite", "--split", "train,test", "--model", "lstm(4)", "--epochs", "2", "--batch-size", "1",
      "--window", "4", "--stateful")
    let windows = (0..<40).reduce(0) { $0 + (3 + $1 % 7 + 3) / 4 }
    #expect(result.output.contains("epoch 1/2  \(windows)/\(windows) [====================] "))
    #expect(result.output.contains("finished after 2 epochs"))
    let plain = try work.good(
      "train", "s.sqlite", "--force", "--model", "lstm(4)", "--epochs", "1", "--window", "4", "--keep-tail")
    #expect(plain.output.contains("epoch 1/1"))
    #expect(try work.good("runs", "s.sqlite", "1", "2").output.contains("\nstateful"))
  }

  @Test func aRunGoesOnWithMoreEpochsAndStopsEarly() throws {
    let work = try store()
    let options = ["train", "s.sqlite", "--window", "3", "--stateful", "--batch-size", "4", "-q"] + Self.model
    _ = try work.ragged(options + ["--epochs", "4", "-o", "whole"])
    _ = try work.ragged(options + ["--epochs", "2", "-o", "part"])
    let resumed = try work.good("train", "s.sqlite", "--resume", "part.last.ragged", "--epochs", "4")
    #expect(resumed.output.contains("epoch 3/4") && !resumed.output.contains("epoch 2/4"))
    let whole = try work.good("predict", "whole.last.ragged", "s.sqlite").output
    #expect(try work.good("predict", "part.last.ragged", "s.sqlite").output == whole)
    let stopped = try work.ragged(
      [
        "train", "s.sqlite", "--force", "--window", "3", "--stateful", "--epochs", "50", "--patience", "2",
        "--min-delta", "10",
      ]
        + Self.model)
    #expect(stopped.output.hasSuffix("stopped early after 3 epochs, best epoch 1: model.best.ragged\n"))
  }

  @Test func whatStatesCannotGoOnWithIsRefused() throws {
    let work = try store()
    let names = work.names
    let cases: [(String, [String])] = [
      (
        "--stride is 2, expected the window's 4: with --stateful windows follow each other",
        ["--stride", "2"]
      ),
      ("--stateful cuts the gradient after each window: leave --bptt out", ["--bptt", "4"]),
      (
        "states that go on need layers that read forwards: this model reads backwards too",
        ["--model", "bidirectional(lstm(3))"]
      ),
      (
        "states that go on need layers that read forwards: this model reads backwards too",
        ["--model", "lstm(3, backwards)"]
      ),
      (
        "stateful training takes sequences of any length together: the batching is buckets:8, expected padded",
        ["--batching", "buckets:8"]
      ),
      (
        "stateful training has batches of as many rows at each step: a limit of timesteps or bytes has no place there",
        ["--max-padded-timesteps", "100"]
      ),
      (
        "stateful training keeps every sequence in the order of its row: nothing is dropped, and no batch comes first",
        ["--drop-remainder"]
      ),
      ("stateful training has no order blocks:10,8, expected full or none", ["--shuffle", "blocks:10"]),
      ("stateful training has no buckets: batch sizes and a cost", ["--batch-cost", "3"]),
    ]
    for (message, options) in cases {
      let result = try work.ragged(["train", "s.sqlite", "--window", "4", "--stateful"] + options)
      #expect(result.status == 64, "\(options): \(result.errors)")
      #expect(result.errors.contains(message), "\(options): \(result.errors)")
      #expect(result.output == "")
    }
    let result = try work.ragged("train", "s.sqlite", "--stateful")
    #expect(result.status == 64 && result.errors.contains("--stateful needs --window"))
    #expect(work.names == names)
    #expect(try work.good("runs", "s.sqlite").output.hasPrefix("no runs yet"))
  }
}
