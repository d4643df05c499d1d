import Foundation
import Testing

/// `ragged train --folds`.
@Suite struct FoldCommandTests {
  struct Output: Decodable {
    struct Row: Decodable, Equatable {
      var fold, sequences: Int
      var model: String
      var figures: [String: Double]
    }
    var mean: [String: Double]
    var deviation: [String: Double]
    var rows: [Row]
  }

  private func workspace(_ sequences: Int = 120) throws -> Workspace {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings(0..<sequences))
    try work.good("import", "s.sqlite", "a.csv", "-q", "--split", "0.8,0.2")
    return work
  }

  private static let options = [
    "--folds", "3", "--stratify", "-m", "lstm(3)", "-e", "2", "-b", "8", "--threads", "1", "--normalize",
  ]

  @Test func everyFoldIsARunAndTheTableIsOfWhatEvaluateSays() throws {
    let work = try workspace()
    let result = try work.ragged(["train", "s.sqlite", "-o", "f"] + Self.options)
    #expect(result.status == 0, "\(result.errors)")
    for text in [
      "fold 1/3  epoch 1/2", "fold 3/3  epoch 2/2", "deviation", "macro F1", "balanced accuracy",
      "models: f.fold1.best",
    ] {
      #expect(result.output.contains(text), "\(text): \(result.output)")
    }
    #expect(work.names.filter { $0.hasPrefix("f.") }.count == 6)
    let runs = try RunsCommandTests.runs(work)
    #expect(runs.map(\.status) == ["finished", "finished", "finished"])

    // Done already, so that resuming says the figures alone.
    let again = try work.good("train", "s.sqlite", "--resume", "f.fold2.last.ragged", "--json").json(Output.self)
    #expect(again.rows.map(\.fold) == [1, 2, 3])
    #expect(try RunsCommandTests.runs(work).count == 3)
    let train = again.rows.reduce(0) { $0 + $1.sequences }
    struct Stats: Decodable {}
    #expect((80...110).contains(train))
    #expect(again.rows.allSatisfy { abs($0.sequences - train / 3) <= 1 })
    let accuracies = again.rows.compactMap { $0.figures["accuracy"] }
    #expect(accuracies.count == 3 && abs((again.mean["accuracy"] ?? 0) - accuracies.reduce(0, +) / 3) < 1e-9)
    try work.bad(
      73, "is there already, from another run", "train", "s.sqlite", "-o", "f", "--folds", "3", "-m", "lstm(3)")
  }

  @Test func foldsThatWereStoppedGoOn() throws {
    let work = try workspace(400)
    var options = Self.options
    options += ["--by", "group"]
    // No group at all: said before anything is trained.
    let none = try work.ragged(["train", "s.sqlite", "-o", "g"] + options)
    #expect(none.status == 64 && none.errors.contains("no sequence to train on has a group"), "\(none.errors)")
    let long = Self.options + ["-e", "6"]
    #expect(try work.ragged(["train", "s.sqlite", "-o", "whole", "-q"] + long).status == 0)
    let command = try work.start(["train", "s.sqlite", "-o", "part"] + long)
    #expect(command.waits(for: "fold 2/3  epoch 2/6"))
    command.send(SIGINT)
    let stopped = command.result()
    #expect(stopped.status == 130, "\(stopped.errors)")
    #expect(
      stopped.errors.contains("go on with: ragged train s.sqlite --resume part.fold2.last.ragged"), "\(stopped.errors)")
    let resumed = try work.good("train", "s.sqlite", "--resume", "part.fold2.last.ragged", "--json").json(Output.self)
    let whole = try work.good("train", "s.sqlite", "--resume", "whole.fold1.last.ragged", "--json").json(Output.self)
    #expect(resumed.mean == whole.mean && resumed.deviation == whole.deviation)
    #expect(resumed.rows.map(\.figures) == whole.rows.map(\.figures))
  }

  @Test func groupsStayInOneFold() throws {
    let work = try Workspace()
    var rows = ["id,who,x,label"]
    for number in 0..<60 {
      for t in 0..<3 { rows.append("s\(number),p\(number / 6),\(number % 2 + t),\(number % 2 == 0 ? "a" : "b")") }
    }
    try work.write("a.csv", rows.joined(separator: "\n") + "\n")
    try work.good(
      "import", "s.sqlite", "a.csv", "--id", "id", "--group-column", "who", "--features", "x", "--target", "label", "-q"
    )
    let options = ["train", "s.sqlite", "--folds", "5", "--by", "group", "-m", "lstm(2)", "-e", "1", "--json"]
    let even = try work.ragged(options + ["--stratify", "-o", "e"]).json(Output.self)
    #expect(even.rows.map(\.sequences) == [12, 12, 12, 12, 12])
    let hashed = try work.ragged(options + ["-o", "h", "--seed", "3"])
    if hashed.status == 0 {
      #expect(try hashed.json(Output.self).rows.allSatisfy { $0.sequences % 6 == 0 })
    } else {
      #expect(hashed.errors.contains("expected some in every fold"), "\(hashed.errors)")
    }
  }

  @Test func eachOfSeveralTargetsHasItsFigures() throws {
    let work = try Workspace()
    var rows = ["id,x,act,level"]
    for number in 0..<24 {
      for t in 0..<4 { rows.append("s\(number),\(number % 5 + t),\((number + t) % 2 == 0 ? "a" : "b"),\(t)") }
    }
    try work.write("a.csv", rows.joined(separator: "\n") + "\n")
    try work.good("import", "s.sqlite", "a.csv", "--id", "id", "-q")
    let folds = [
      "train", "s.sqlite", "--target", "act@1,level@1", "--folds", "2", "-m", "lstm(2, sequences)", "-e", "1",
    ]
    let table = try work.ragged(folds + ["-o", "a"])
    #expect(table.status == 0 && table.output.contains("act@1: macro F1"), "\(table.errors) \(table.output)")
    let output = try work.ragged(folds + ["-o", "b", "--json", "-q"]).json(Output.self)
    #expect(output.rows.count == 2 && output.mean["act@1.accuracy"] != nil && output.mean["level@1.rmse"] != nil)
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    let work = try workspace(20)
    try work.bad(64, "--folds is 1, expected at least 2", "train", "s.sqlite", "--folds", "1")
    try work.bad(
      64, "--folds judges each model by its fold", "train", "s.sqlite", "--folds", "2", "--validation-split", "test")
    try work.bad(64, "--stratify goes with --folds", "train", "s.sqlite", "--stratify")
    try work.bad(64, "--json goes with --folds", "train", "s.sqlite", "--json")
    try work.bad(
      64, "there is no column \"whom\"", "train", "s.sqlite", "--folds", "2", "--by", "whom", "-m", "lstm(2)")
    try work.bad(65, "expected some in every fold", "train", "s.sqlite", "--folds", "900", "-m", "lstm(2)")
  }
}
