import Foundation
import Testing

/// `--target activity@1,when:log-delta@1` and `--target outcome,amount`: from a file to predictions.
@Suite struct HeadsCommandTests {
  private struct Figures: Decodable {
    var count: Int
    var accuracy, mae: Double?
  }
  private struct Judged: Decodable {
    struct Overall: Decodable {
      var loss: Double
      var accuracy: Double?
    }
    struct Baseline: Decodable { var name: String }
    var overall: Overall
    var figures: Figures
    var classes: [String]
    var baselines: [Baseline]?
  }
  private struct Heads: Decodable {
    struct Head: Decodable {
      var name: String
      var weight: Double
      var judged: Judged
    }
    var loss: Double
    var heads: [Head]
  }

  /// Cases of three activities that follow each other, at times, with an outcome; some cells are missing.
  private func workspace() throws -> Workspace {
    let work = try Workspace()
    var text = "case,activity,when,outcome,amount,part\n"
    for index in 0..<40 {
      for t in 0..<(2 + index % 6) {
        let activity = ["open", "check", "pay"][(t + index % 3) % 3]
        let outcome = index % 9 == 4 ? "" : index % 2 == 0 ? "won" : "lost"
        text += "c\(index),\(activity),2026-01-\(10 + t)T0\(index % 8):00:00,\(outcome),"
        text += "\(index % 7 == 3 ? "" : "\(index % 5)"),\(index < 30 ? "train" : "test")\n"
      }
    }
    try work.write("log.csv", text)
    try work.good(
      "import", "s.sqlite", "log.csv", "--id", "case", "--static", "outcome,amount", "--category", "outcome",
      "--time", "when", "--split-column", "part", "-q")
    return work
  }

  private static let next = ["--target", "activity@1,when:log-delta@1", "--inputs", "activity,when:log-delta"]

  private func train(_ work: Workspace, _ options: [String], model: String = "model") throws -> CommandResult {
    let result = try work.ragged(
      ["train", "s.sqlite", "--split", "train", "-e", "3", "-b", "8", "--learning-rate", "0.02", "-o", model] + options)
    #expect(result.status == 0, "\(options): \(result.errors)")
    return result
  }

  @Test func twoTargetsFromFileToPrediction() throws {
    let work = try workspace()
    let trained = try train(
      work,
      Self.next + [
        "--target-weight", "activity@1=1,when:log-delta@1=0.1", "--validation-split", "test", "--monitor",
        "activity@1.val_accuracy", "-m", "embedding(4) lstm(8, sequences)",
      ])
    #expect(trained.output.contains("; activity@1: loss ") && trained.output.contains("; when:log-delta@1: loss "))
    #expect(trained.output.contains("val_accuracy") && trained.output.contains("-> activity@1"))

    let heads = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--split", "test", "--json").json(Heads.self)
    #expect(heads.heads.map(\.name) == ["activity@1", "when:log-delta@1"] && heads.heads.map(\.weight) == [1, 0.1])
    #expect(heads.heads[0].judged.figures.accuracy != nil && heads.heads[1].judged.figures.mae != nil)
    #expect(heads.heads[0].judged.classes == ["check", "open", "pay"] || heads.heads[0].judged.classes.count == 3)
    #expect(heads.heads.allSatisfy { $0.judged.baselines?.isEmpty == false })
    let total = heads.heads.reduce(0) { $0 + $1.weight * $1.judged.overall.loss }
    #expect(abs(total - heads.loss) < 1e-9)
    let text = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--split", "test").output
    #expect(text.contains("Target activity@1, weight 1:") && text.contains("Loss of all targets"))
    // An activity follows from the one before but at the seams of the cases, and so it is told by that alone.
    #expect(text.contains("most frequent class by activity"), "\(text)")
    // Files are judged as the store is.
    let files = try work.good("evaluate", "model.best.ragged", "log.csv", "--id", "case", "--json").json(Heads.self)
    let stored = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--json").json(Heads.self)
    #expect(files.loss == stored.loss)

    let csv = try work.good("predict", "model.best.ragged", "s.sqlite", "--split", "test").output.split(separator: "\n")
    #expect(
      csv[0]
        == "key,t,activity@1,actual_activity@1,activity@1 p_open,activity@1 p_check,activity@1 p_pay,when:log-delta@1,actual_when:log-delta@1"
    )
    #expect(csv.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 9 })
    let lines = try work.good("predict", "model.best.ragged", "s.sqlite", "--split", "test", "--to", "jsonl", "--last")
    #expect(lines.output.contains(#""when:log-delta@1":{"#))
    // One head is what the single model's predictions would look like.
    let one = try work.good("predict", "model.best.ragged", "s.sqlite", "--split", "test", "--head", "activity@1")
    #expect(one.output.hasPrefix("key,t,prediction,actual,p_open,p_check,p_pay\n"))
    try work.bad(
      65, #"no target is called "activity", the model has "activity@1", "when:log-delta@1""#, "predict",
      "model.best.ragged", "s.sqlite", "--head", "activity")

    // Columns of the data stand once beside all targets.
    let beside = ["--split", "test", "--columns", "outcome,activity"]
    let wide = try work.ragged(["predict", "model.best.ragged", "s.sqlite"] + beside).output.split(separator: "\n")
    #expect(wide[0].hasPrefix("key,t,outcome,activity,activity@1,") && wide.count == csv.count)
    #expect(wide.contains { $0.hasPrefix("c30,0,won,open,") }, "\(wide.prefix(3))")
    let objects = try work.ragged(["predict", "model.best.ragged", "s.sqlite", "--to", "jsonl"] + beside).output
    let begin = #"{"key":"c30","columns":{"outcome":["won","won"],"activity":["open","check"]},"#
    #expect(objects.hasPrefix(begin + #""activity@1":{"#), "\(objects.prefix(200))")

    let verified = try work.good("verify", "s.sqlite", "--model", "model.best.ragged", "--sequences", "12")
    #expect(verified.output.contains("Target when:log-delta@1:") && verified.output.contains("every promise holds."))
  }

  /// A class and a number per sequence, and one of them missing leaves the other; a head per sequence behind shared sequences.
  @Test func targetsOfEitherExtentStandTogether() throws {
    let work = try workspace()
    let both = try train(work, ["--target", "outcome,amount", "--inputs", "activity"], model: "both")
    #expect(both.output.contains("; outcome: loss ") && !both.errors.contains("left out"))
    let mixed = try train(
      work,
      [
        "--target", "activity@1,outcome,amount@every", "--inputs", "activity", "-m",
        "lstm(6, sequences) heads(outcome=last dense(4, relu) dense(softmax))", "--loss",
        "amount@every=mean_absolute_error",
      ], model: "mixed")
    #expect(mixed.output.contains("last"))
    let csv = try work.bad(
      65, #""activity@1" is predicted per timestep and "outcome" per sequence"#, "predict", "mixed.best.ragged",
      "s.sqlite")
    #expect(csv.errors.contains("JSON Lines"))
    let lines = try work.good("predict", "mixed.best.ragged", "s.sqlite", "--to", "jsonl")
    #expect(lines.output.split(separator: "\n").count == 40)
    try work.good("evaluate", "mixed.best.ragged", "s.sqlite", "--by", "timestep")
  }

  /// A head of weight 0 trains the other as if it were alone: the same bits in its predictions.
  @Test func aHeadOfWeightZeroChangesNothing() throws {
    let work = try workspace()
    let model = ["-m", "embedding(4) lstm(6, sequences)"]
    _ = try train(work, Self.next + model + ["--target-weight", "when:log-delta@1=0"], model: "two")
    _ = try train(
      work, ["--target", "activity@1", "--inputs", "activity,when:log-delta"] + model, model: "one")
    let two = try work.good("predict", "two.last.ragged", "s.sqlite", "--head", "activity@1")
    let one = try work.good("predict", "one.last.ragged", "s.sqlite")
    #expect(two.output == one.output)
  }

  @Test func aRunGoesOnAndKeepsEachFigure() throws {
    let work = try workspace()
    _ = try train(work, Self.next, model: "whole")
    let half = try work.ragged(
      ["train", "s.sqlite", "--split", "train", "-e", "1", "-b", "8", "--learning-rate", "0.02", "-o", "half"]
        + Self.next)
    #expect(half.status == 0, "\(half.errors)")
    try work.good("train", "s.sqlite", "--resume", "half.last.ragged", "-e", "3")
    #expect(
      try work.good("predict", "half.last.ragged", "s.sqlite").output
        == work.good("predict", "whole.last.ragged", "s.sqlite").output)
    let runs = try work.good("runs", "s.sqlite", "--json").output
    #expect(runs.contains("activity@1.loss") && runs.contains("activity@1.accuracy"))
  }

  @Test func wrongOptionsAreRefused() throws {
    let work = try workspace()
    func refuse(_ status: Int32, _ message: String, _ options: String...) throws {
      let result = try work.ragged(["train", "s.sqlite", "-e", "1", "-q", "-o", "none"] + options)
      #expect(result.status == status && result.errors.contains(message), "\(options): \(result.errors)")
      #expect(!work.names.contains("none.last.ragged"))
    }
    try refuse(
      64, "--target-weight amount=x: expected the name of a target and a number of 0 or more", "--target",
      "outcome,amount", "--target-weight", "amount=x")
    try refuse(
      64, #"a weight is named for target "sum", and the targets are "outcome", "amount""#, "--target",
      "outcome,amount", "--target-weight", "sum=1")
    try refuse(64, "every head has weight 0", "--target", "outcome,amount", "--target-weight", "outcome=0,amount=0")
    try refuse(
      64, #"no head is called "sum", expected one of "outcome", "amount""#, "--target", "outcome,amount",
      "--monitor", "sum.loss")
    try refuse(
      64, #"there are 2 targets, expected that of one, such as "outcome.accuracy""#, "--target", "outcome,amount",
      "--monitor", "accuracy")
    try refuse(64, "loss", "--target", "outcome,amount", "--loss", "outcome=hinge")
    try refuse(
      65, #"the head "outcome": the model gives an output per timestep"#, "--target", "activity@1,outcome",
      "--inputs", "activity", "-m", "lstm(4, sequences) heads(outcome=dense(2, softmax))")
    try refuse(64, #"names "outcome" twice"#, "--target", "outcome,outcome")
    try refuse(
      64, "states that go on with several targets need heads with an output per timestep", "--target",
      "activity@1,outcome", "--inputs", "activity", "--window", "2", "--stateful")
  }

  @Test func aConfigurationHoldsTheTargets() throws {
    let work = try workspace()
    let options =
      ["train", "s.sqlite"] + Self.next + [
        "--target-weight", "activity@1=2,when:log-delta@1=0.5", "--loss", "when:log-delta@1=mean_absolute_error",
        "--monitor", "activity@1.accuracy",
      ]
    let config = try work.ragged(options + ["--print-config"])
    #expect(config.status == 0, "\(config.errors)")
    try work.write("a.yaml", config.output)
    let again = try work.good("train", "--config", "a.yaml", "--print-config")
    #expect(again.output == config.output && config.output.contains("activity@1=2"))
    #expect(config.output.contains("when:log-delta@1=mean_absolute_error"))
    #expect(config.output.contains("activity@1.accuracy"))
    try work.good("train", "--config", "a.yaml", "-e", "1", "-q", "-o", "c")
  }
}
