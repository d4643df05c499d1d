import Foundation
import Testing

/// `ragged search`.
@Suite struct SearchCommandTests {
  struct Output: Decodable {
    struct Trial: Decodable, Equatable {
      var trial, epochs: Int
      var settings: [String: String]
      var ending, model: String
      var bestEpoch: Int?
      var value: Double?
    }
    var monitor: String
    var trials: [Trial]
    var command: String?
  }

  private func workspace(_ sequences: Int = 60) throws -> Workspace {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings(0..<sequences))
    try work.good("import", "s.sqlite", "a.csv", "-q", "--split", "0.8,0.2")
    try work.write("c.yaml", Self.file)
    return work
  }

  private static let file = """
    store: s.sqlite
    validation-split: test
    model: ["lstm(2)", "lstm(3)"]
    learning_rate: [0.001, 0.05]
    epochs: 4
    batch-size: 8
    threads: 1
    normalize: true

    """

  @Test func everyCombinationIsTriedAndRanked() throws {
    let work = try workspace()
    let result = try work.good("search", "c.yaml")
    for text in [
      "trial", "learning-rate", "val_loss", "best: trial ",
      "its command: ragged train s.sqlite --validation-split=test",
    ] {
      #expect(result.output.contains(text), "\(text): \(result.output)")
    }
    #expect(result.errors.contains("4 trials of 4 epochs, ranked by val_loss"), "\(result.errors)")
    #expect(try RunsCommandTests.runs(work).map(\.status) == ["finished", "finished", "finished", "finished"])
    let found = try work.good("search", "c.yaml", "--resume", "--json").json(Output.self)
    #expect(try RunsCommandTests.runs(work).count == 4)
    #expect(found.trials.map(\.trial).sorted() == [1, 2, 3, 4])
    let values = found.trials.compactMap(\.value)
    #expect(values.count == 4 && values == values.sorted())
    #expect(Set(found.trials.map(\.settings)).count == 4)
    #expect(found.trials.first { $0.trial == 2 }?.settings == ["model": "lstm(2)", "learning-rate": "0.05"])
    // The command makes the same model.
    let command = try #require(found.command)
    let best = try #require(found.trials.first)
    #expect(try work.shell("$RAGGED\(command.dropFirst("ragged".count)) -o again -q").status == 0)
    #expect(
      try work.good("predict", "again.best.ragged", "s.sqlite").output
        == work.good("predict", best.model, "s.sqlite").output)
    try work.bad(73, "is there already, from another search", "search", "c.yaml")
    try work.good("search", "c.yaml", "--force", "-q")
    try work.write("d.yaml", Self.file.replacing("0.05", with: "0.04"))
    try work.bad(65, "is of another search than this one", "search", "d.yaml", "--resume")
  }

  @Test func drawnTrialsAreSomeOfAll() throws {
    let work = try workspace(20)
    func trials(_ options: String...) throws -> Set<[String: String]> {
      let result = try work.ragged(["search", "c.yaml", "--force", "--json", "-o", "r"] + options)
      #expect(result.status == 0, "\(result.errors)")
      return Set(try result.json(Output.self).trials.map(\.settings))
    }
    let two = try trials("--trials", "2", "--seed", "5")
    #expect(two.count == 2)
    #expect(try trials("--trials", "2", "--seed", "5") == two)
    #expect(try trials("--trials", "9").count == 4)
  }

  /// With halving the last ones have all epochs, and are as if they had never been stopped.
  @Test func theBetterOnesGoOn() throws {
    let work = try workspace()
    let all = try work.good("search", "c.yaml", "-o", "a", "--json").json(Output.self)
    let result = try work.good("search", "c.yaml", "-o", "h", "--halving", "2", "--json")
    #expect(
      result.errors.contains("4 trials of 1 epoch, then 2 trials of 2 epochs, then 1 trial of 4 epochs"),
      "\(result.errors)")
    let halved = try result.json(Output.self)
    #expect(halved.trials.map(\.epochs) == [4, 2, 1, 1])
    #expect(halved.trials.map(\.ending) == ["finished", "dropped", "dropped", "dropped"])
    let best = try #require(halved.trials.first)
    #expect(all.trials.first { $0.trial == best.trial }?.value == best.value)
    // What was decided is decided again.
    let again = try work.good("search", "c.yaml", "-o", "h", "--halving", "2", "--json", "--resume").json(Output.self)
    #expect(again.trials == halved.trials)
  }

  @Test func aSearchThatWasStoppedGoesOn() throws {
    let work = try workspace(400)
    try work.write("c.yaml", Self.file.replacing("epochs: 4", with: "epochs: 8"))
    let whole = try work.good("search", "c.yaml", "-o", "whole", "--halving", "2", "--json").json(Output.self)
    let command = try work.start(["search", "c.yaml", "-o", "part", "--halving", "2"])
    #expect(command.waits(for: "trial 3: "))
    command.send(SIGINT)
    let stopped = command.result()
    #expect(stopped.status == 130, "\(stopped.errors)")
    #expect(stopped.errors.contains("go on with the same command and --resume"))
    let resumed = try work.good("search", "c.yaml", "-o", "part", "--halving", "2", "--json", "--resume").json(
      Output.self)
    #expect(resumed.trials.map(\.value) == whole.trials.map(\.value))
    #expect(resumed.trials.map(\.epochs) == whole.trials.map(\.epochs))
  }

  /// `null` in a list is the option left out.
  @Test func anOptionIsComparedWithItsAbsence() throws {
    let work = try workspace(20)
    try work.write(
      "c.yaml", "store: s.sqlite\nvalidation-split: test\nmodel: lstm(2)\nepochs: 1\nclip-norm: [null, 0.1]\n")
    let found = try work.good("search", "c.yaml", "--json", "-q").json(Output.self)
    #expect(Set(found.trials.map { $0.settings["clip-norm"] }) == ["null", "0.1"])
  }

  @Test func aTrialThatDivergesIsTheLast() throws {
    let work = try workspace(20)
    try work.write(
      "c.yaml",
      """
      store: s.sqlite
      validation-split: test
      inputs: ax
      target: ay
      model: lstm(2, sequences)
      optimizer: sgd
      learning-rate: [1000000, 0.001]
      epochs: 3
      batch-size: 4

      """)
    let found = try work.good("search", "c.yaml", "--json", "-q").json(Output.self)
    #expect(found.trials.map(\.trial) == [2, 1])
    #expect(found.trials.map(\.ending) == ["finished", "diverged"])
  }

  /// A printed configuration has every key; those of a run by itself are no trouble where they say nothing.
  @Test func aPrintedConfigurationIsSearched() throws {
    let work = try workspace(20)
    let printed = try work.good("train", "s.sqlite", "--validation-split", "test", "-m", "lstm(2)", "--print-config")
    try work.write("p.yaml", printed.output.replacing("epochs: null", with: "epochs: [1, 2]"))
    let result = try work.good("search", "p.yaml", "-o", "p", "-q")
    #expect(result.output.contains("epochs") && result.output.contains("done"), "\(result.output)")
    try work.write("q.yaml", try work.text("p.yaml").replacing("busy-timeout: 10", with: "busy-timeout: 11"))
    try work.bad(65, "\"busy-timeout\" has no place in a search", "search", "q.yaml", "-o", "q")
  }

  /// Nothing of the search before stays beside what takes its place.
  @Test func filesOfALongerSearchGo() throws {
    let work = try workspace(20)
    try work.good("search", "c.yaml", "-q")
    try work.write("two.yaml", Self.file.replacing("[0.001, 0.05]", with: "0.01"))
    try work.good("search", "two.yaml", "--force", "-q")
    #expect(
      work.names.filter { $0.hasPrefix("search.") }
        == [1, 2].flatMap {
          ["search.trial\($0).best.ragged", "search.trial\($0).last.ragged"]
        })
    try work.good("train", "s.sqlite", "--folds", "3", "-m", "lstm(2)", "-e", "1", "-q", "-o", "f")
    try work.good("train", "s.sqlite", "--folds", "2", "-m", "lstm(2)", "-e", "1", "-q", "-o", "f", "--force")
    #expect(work.names.filter { $0.hasPrefix("f.fold") }.count == 4)
  }

  @Test func trialsThatCannotBeRankedAreRefused() throws {
    let work = try workspace(20)
    func bad(_ message: String, _ text: String) throws {
      try work.write("b.yaml", "store: s.sqlite\n" + text)
      try work.bad(64, message, "search", "b.yaml")
    }
    let split = "validation-split: test\n"
    try bad("ranked by val_loss, which is in the units of the loss", split + "reduction: [sum, mean_per_timestep]\n")
    try bad("ranked by val_loss, which is in the units of the loss", split + "window: [2, 3]\n")
    try bad("a share to validate with is another one where the seed", "validation-fraction: 0.2\nseed: [1, 2]\n")
    try bad(
      "they differ in what they are validated by",
      split + "monitor: val_accuracy\nmix: [\"data=0.5,b=0.5\", \"data=0.5,c=0.5\"]\n")
    // Another figure is the same whatever the loss.
    try work.write(
      "b.yaml", "store: s.sqlite\n" + split + "reduction: [sum, mean_per_timestep]\nmonitor: val_accuracy\n")
    try work.good("search", "b.yaml", "-q", "-o", "b")
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    let work = try workspace(20)
    func bad(_ status: Int32, _ message: String, _ text: String) throws {
      try work.write("b.yaml", text)
      try work.bad(status, message, "search", "b.yaml")
    }
    let start = "store: s.sqlite\nvalidation-split: test\n"
    try bad(
      65, "b.yaml:3: unknown key \"learning-rat\", did you mean \"learning-rate\"?", start + "learning-rat: [1]\n")
    try bad(65, "b.yaml:3: \"output\" has no place in a search", start + "output: x\n")
    try bad(
      65, "b.yaml:2: \"validation-split\" has 2 values, expected one", "store: s.sqlite\nvalidation-split: [a, b]\n")
    try bad(65, "there is no key \"store\"", "epochs: [1, 2]\n")
    try bad(65, "b.yaml:3: \"epochs\" is a list without a value", start + "epochs: []\n")
    try bad(65, "b.yaml:3: \"epochs\" is \"many\", expected a whole number", start + "epochs: [1, many]\n")
    try bad(64, "learning-rate -1: --learning-rate is -1", start + "learning-rate: [0.1, -1]\n")
    try bad(64, "there is no split and no share to validate with", "store: s.sqlite\nepochs: [1, 2]\n")
    try work.bad(64, "--halving is 1, expected at least 2", "search", "c.yaml", "--halving", "1")
    try work.write("b.yaml", start + "epochs: [1, 2]\n")
    try work.bad(64, "halving gives all trials the same epochs", "search", "b.yaml", "--halving", "2")
    try work.bad(66, "no such file", "search", "none.yaml")
  }
}
