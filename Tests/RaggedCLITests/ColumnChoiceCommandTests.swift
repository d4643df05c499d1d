import Foundation
import Ragged
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// One store trains to predict one column or another, without a second import.
@Suite struct ColumnChoiceCommandTests {
  /// Cases of an event log, held in memory.
  private struct Cases: SequenceReader {
    var records: ArraySlice<SequenceRecord>
    let bytesRead = 0

    init(_ count: Int) {
      var random = SeededRandom(seed: 3)
      records =
        (0..<count).map { index in
          let isWon = index % 2 == 0
          let length = 3 + Int(random.next() % 6)
          var time: Int64 = 1_700_000_000_000_000 + Int64(index) * 86_400_000_000
          let times = (0..<length).map { _ in
            time += Int64(random.next() % 3_600_000_000)
            return time
          }
          let names = (0..<length).map { t in t == length - 1 ? (isWon ? "pay" : "close") : ["check", "call"][t % 2] }
          return SequenceRecord(
            key: "case \(index)",
            input: .values(
              names.map { $0 == "pay" ? 2 : $0 == "close" ? -2 : Float(random.next() % 100) / 100 }, featureCount: 1),
            cells: [
              .categories(Categories(names)), .times(times), .numbers([Float(20 + index)]),
              .categories(Categories([index % 10 == 9 ? "" : isWon ? "won" : "lost"])),
              .numbers([index % 3 == 0 ? 2 : 1]),
            ], split: index % 4 == 3 ? "test" : "train")
        }[...]
    }

    mutating func description() -> InputDescription {
      InputDescription(
        input: .features(["amount"]), target: .none,
        columns: [
          Column("activity", .category), Column("when", .time), Column("age", .number, per: .sequence, role: .other),
          Column("outcome", .category, per: .sequence, role: .other),
          Column("w", .number, per: .sequence, role: .other),
        ])
    }

    mutating func next() -> SequenceRecord? { records.popFirst() }
  }

  private func workspace() throws -> Workspace {
    let work = try Workspace()
    let store = try SequenceStore(path: work.url.appending(path: "s.sqlite").path, mode: .create)
    var cases = Cases(60)
    _ = try store.importSequences(from: &cases, named: "cases", into: "cases")
    return work
  }

  @Test(arguments: [
    (["--inputs", "amount", "--target", "outcome", "-m", "lstm(4)"], "outcome"),
    (["--inputs", "activity", "--target", "outcome", "-m", "embedding(4) lstm(4)", "--weight", "w"], "outcome"),
    (["--inputs", "amount,when:delta,when:hour", "--target", "activity", "-m", "lstm(4, sequences)"], "activity"),
    (["--inputs", "activity", "--target", "amount", "-m", "embedding(4) lstm(4, sequences)"], "amount"),
  ]) func itTrainsToPredictWhatIsAskedFor(options: [String], target: String) throws {
    let work = try workspace()
    let trained = try work.ragged(
      ["train", "s.sqlite", "-o", "m", "--epochs", "12", "--validation-split", "test", "--learning-rate", "0.05"]
        + options)
    #expect(trained.status == 0, "\(trained.errors)")
    let isOutcome = target == "outcome"
    #expect(
      trained.errors.contains("sequences to train on have no target and are left out") == isOutcome, "\(trained.errors)"
    )
    let judged = try work.good("evaluate", "m.best.ragged", "s.sqlite", "--split", "test", "--json")
    let report = try #require(JSONSerialization.jsonObject(with: Data(judged.output.utf8)) as? [String: Any])
    let overall = try #require(report["overall"] as? [String: Any])
    if isOutcome {
      #expect(overall["accuracy"] as? Double == 1)
      #expect((report["classes"] as? [String])?.sorted() == ["lost", "won"])
    }
    // Sequences without a target are predicted all the same.
    let predicted = try work.good("predict", "m.best.ragged", "s.sqlite", "--split", "test")
    #expect(Set(predicted.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[0] }).count == 15)
    let runs = try work.good("runs", "s.sqlite", "--json")
    #expect(runs.output.contains("\"target\""), "\(runs.output)")
  }

  /// What passes between timesteps, in seconds, from the command to the judgement.
  @Test func itTrainsToPredictWhatIsDerivedFromATime() throws {
    let work = try workspace()
    let options = [
      "train", "s.sqlite", "-o", "m", "--epochs", "2", "-m", "embedding(4) lstm(4, sequences)", "--loss",
      "mean_absolute_error", "--validation-split", "test", "--target", "when:delta,amount",
    ]
    let trained = try work.ragged(options + ["--inputs", "activity"])
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(
      trained.errors.contains(
        "target \"when:delta\" is seconds since the timestep before, 0 at the first of a sequence\n"),
      "\(trained.errors)")
    #expect(!trained.errors.contains("gives target"))
    let judged = try work.good("evaluate", "m.best.ragged", "s.sqlite", "--split", "test").output
    #expect(judged.contains("when:delta (seconds)") && judged.contains("\namount "), "\(judged)")
    let json = try work.good("evaluate", "m.best.ragged", "s.sqlite", "--split", "test", "--json").output
    let report = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let values = try #require(report["values"] as? [[String: Any]])
    #expect(values.map { $0["name"] as? String } == ["when:delta", "amount"])
    #expect(values[0]["unit"] as? String == "seconds" && values[1]["unit"] == nil)
    let overall = try #require(report["overall"] as? [String: Any])
    let errors = values.compactMap { $0["meanAbsoluteError"] as? Double }
    let loss = try #require(overall["loss"] as? Double)
    #expect(abs(loss - (errors[0] + errors[1]) / 2) < 1e-3 * loss)
    let predicted = try work.good("predict", "m.best.ragged", "s.sqlite", "--split", "test").output
    #expect(predicted.hasPrefix("key,t,when:delta,amount\n"), "\(predicted.prefix(80))")
    try work.good("report", "s.sqlite", "--run", "1", "-o", "r.html")
    #expect(try work.text("r.html").contains("when:delta (seconds)"))
    let leaking = try work.ragged(options + ["--inputs", "activity,when:log-delta", "--force"])
    #expect(
      leaking.errors.contains(
        "input \"when:log-delta\" gives target \"when:delta\" away: both are made of the same time"),
      "\(leaking.errors)")
  }

  @Test func whatTheModelIsNotGivenIsSaid() throws {
    let work = try workspace()
    let line = "the model is not given \"when\", \"age\", \"w\"; --inputs names columns"
    let options = ["train", "s.sqlite", "-m", "lstm(2)", "--target", "outcome", "-e", "1", "--force", "-o", "m"]
    let silent = try work.ragged(options + ["--inputs", "amount"])
    #expect(silent.status == 0 && !silent.errors.contains("is not given"), "\(silent.errors)")
    let told = try work.ragged(options)
    #expect(told.status == 0 && told.errors.contains(line), "\(told.errors)")
  }

  @Test func whatIsNoColumnIsRefused() throws {
    let work = try workspace()
    for (options, message) in [
      (["--inputs", "amont", "--target", "outcome"], "there is no column \"amont\", did you mean \"amount\"?"),
      (["--inputs", "when", "--target", "outcome"], "name what is to be derived from it, such as \"when:delta\""),
      (
        ["--inputs", "amount", "--target", "activity,outcome,activity"],
        "the target names \"activity\" twice"
      ),
      (
        ["--inputs", "amount", "--target", "outcome", "--weight", "activity"],
        "expected a number per sequence or per timestep as weight"
      ),
    ] {
      for command in [["train", "-o", "m"], ["batches"], ["plan"]] {
        let result = try work.ragged([command[0], "s.sqlite"] + command.dropFirst() + options)
        #expect(result.status != 0 && result.errors.contains(message), "\(command) \(options): \(result.errors)")
      }
    }
  }

  @Test func aConfigurationKeepsTheChoice() throws {
    let work = try workspace()
    let printed = try work.good(
      "train", "s.sqlite", "--inputs", "amount,when:delta", "--target", "outcome", "--weight", "w", "--print-config")
    try work.write("c.yaml", printed.output)
    let again = try work.good("train", "--config", "c.yaml", "--print-config")
    #expect(again.output == printed.output)
    #expect(printed.output.contains("when:delta"))
    try work.good("train", "--config", "c.yaml", "--epochs", "1", "-o", "m", "-q")
    try work.good("train", "s.sqlite", "--resume", "m.last.ragged", "--epochs", "2", "-q")
  }

  @Test func aStoreWithoutTheColumnIsRefusedByName() throws {
    let work = try workspace()
    try work.good(
      "train", "s.sqlite", "--inputs", "amount", "--target", "outcome", "-m", "lstm(2)", "--epochs", "1", "-o", "m",
      "-q")
    // The same columns in another order, and more of them.
    let store = try SequenceStore(path: work.url.appending(path: "t.sqlite").path, mode: .create)
    struct Reader: SequenceReader {
      var records: ArraySlice<SequenceRecord>
      var names: [String]
      let bytesRead = 0
      mutating func description() -> InputDescription {
        InputDescription(
          input: .features(names), target: .none, columns: [Column("age", .number, per: .sequence)])
      }
      mutating func next() -> SequenceRecord? { records.popFirst() }
    }
    for (dataset, names) in [("good", ["before", "amount"]), ("bad", ["before", "cost"])] {
      var reader = Reader(
        records: [
          SequenceRecord(key: "k", input: .values([9, 0.5, 8, 2], featureCount: 2), cells: [.numbers([1])])
        ], names: names)
      _ = try store.importSequences(from: &reader, named: "t", into: dataset)
    }
    try work.good("predict", "m.best.ragged", "t.sqlite", "--dataset", "good")
    let refused = try work.ragged("predict", "m.best.ragged", "t.sqlite", "--dataset", "bad")
    #expect(refused.status == 65 && refused.errors.contains("there is no column \"amount\""), "\(refused.errors)")
  }

  @Test func statsAndShowNameEveryColumn() throws {
    let work = try workspace()
    let stats = try work.good("stats", "s.sqlite").output
    for word in ["amount", "activity", "when", "age", "outcome", "category", "sequence", "10.0 %", "won (", "check ("] {
      #expect(stats.contains(word), "\(word) is not in \(stats)")
    }
    let json = try work.good("stats", "s.sqlite", "--json").output
    let list = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
    let statistics = try #require((list[0]["statistics"] ?? list[0]) as? [String: Any])
    let columns = try #require(statistics["columns"] as? [[String: Any]])
    #expect(columns.map { $0["name"] as? String } == ["amount", "activity", "when", "age", "outcome", "w"])
    let groups = try work.good("stats", "s.sqlite", "--by", "outcome", "--where", "age > 30").output
    #expect(groups.contains("won") && groups.contains("(missing)"))
    let refused = try work.ragged("stats", "s.sqlite", "--by", "outcom")
    #expect(refused.status == 64 && refused.errors.contains("did you mean \"outcome\"?"), "\(refused.errors)")
    let shown = try work.good("show", "s.sqlite", "case 0").output
    for word in ["outcome: won", "age: 20", "2023-11-1", "activity", "p pay"] {
      #expect(shown.contains(word), "\(word) is not in \(shown)")
    }
    try work.good("check", "s.sqlite")
  }
}

private typealias Column = RaggedCore.Column
