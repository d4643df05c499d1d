import Foundation
import Ragged
import Testing

/// `mpirun -n N ragged predict`, `evaluate`, `train --folds` and `search`: what one process does, done by several. Left out
/// as `RanksCommandTests` are.
@Suite(
  .enabled(if: Launcher.isThere, "there is no mpirun, or RAGGED_MPI_BINARY names no ragged built with the trait MPI"),
  .serialized, .timeLimit(.minutes(20)))
struct DividedRanksCommandTests {
  private static func count(_ text: String, in errors: String) -> Int { errors.components(separatedBy: text).count - 1 }

  /// A store with a model of a class a sequence, one of a class a timestep and one of a value a timestep.
  private static func models() throws -> Workspace {
    let work = try RanksCommandTests.workspace(90)
    let ways = [
      ("class", ["-m", "lstm(4)"]), ("step", ["-m", "lstm(4, sequences)", "--target", "label@1", "--inputs", "ax,ay"]),
      ("value", ["-m", "lstm(3, sequences)", "--inputs", "ax", "--target", "ay@1"]),
    ]
    try work.write("steps.csv", steps(0..<70))
    try work.good("import", "t.sqlite", "steps.csv", "--split", "0.8,0.2", "--target-kind", "class-per-step", "-q")
    for (name, options) in ways {
      let store = name == "class" ? "s.sqlite" : "t.sqlite"
      let result = try work.ragged(
        ["train", store, "-o", name, "-e", "2", "-q", "--normalize", "--threads", "1"] + options)
      try #require(result.status == 0, "\(name): \(result.errors)")
    }
    return work
  }

  /// A label a timestep beside two numbers.
  private static func steps(_ sequences: Range<Int>) -> String {
    var rows = ["id,t,ax,ay,label"]
    for number in sequences {
      for t in 0..<3 + number % 7 {
        rows.append(
          "s\(number),\(t),\((number * 7 + t * 3) % 10),\((number * 13 + t * 29) % 100),\((number + t) % 3 == 0 ? "run" : "walk")"
        )
      }
    }
    return rows.joined(separator: "\n") + "\n"
  }

  private static func same(_ work: Workspace, _ arguments: [String], ranks: [Int] = [2, 3]) throws {
    let alone = try work.ragged(arguments)
    try #require(alone.status == 0 && !alone.output.isEmpty, "\(arguments): \(alone.errors)")
    for count in ranks {
      let result = try work.startRanks(count, arguments).result()
      #expect(result.status == 0, "\(count) ranks, \(arguments): \(result.errors)")
      #expect(result.output == alone.output, "\(count) ranks, \(arguments)")
      #expect(result.errors == alone.errors, "\(count) ranks, \(arguments)")
    }
  }

  @Test func predictionsAreThoseOfOneRankByteForByte() throws {
    let work = try Self.models()
    let small = ["--batch-size", "7"]
    try Self.same(work, ["predict", "class.best.ragged", "s.sqlite", "--actual"] + small)
    try Self.same(work, ["predict", "class.best.ragged", "readings.csv", "--columns", "group"] + small, ranks: [2])
    try Self.same(work, ["predict", "step.best.ragged", "steps.csv", "--to", "jsonl", "--columns", "ax"] + small)
    try Self.same(work, ["predict", "step.best.ragged", "t.sqlite", "--top", "2", "--last"] + small, ranks: [4])
    try Self.same(work, ["predict", "step.best.ragged", "steps.csv", "--to", "conll"] + small, ranks: [2])
    try Self.same(
      work, ["predict", "value.best.ragged", "t.sqlite", "--split", "test", "--where", "length > 4"] + small, ranks: [2]
    )
    // More ranks than batches.
    try Self.same(work, ["predict", "class.best.ragged", "s.sqlite"], ranks: [3])
    try work.good("predict", "class.best.ragged", "s.sqlite", "-o", "alone.csv", "-q")
    #expect(try work.ranks(3, "predict", "class.best.ragged", "s.sqlite", "-o", "r.csv", "-b", "9").status == 0)
    #expect(try work.data("r.csv") == work.data("alone.csv"))
  }

  @Test func figuresAreThoseOfOneRankDigitForDigit() throws {
    let work = try Self.models()
    let small = ["--batch-size", "5"]
    try Self.same(work, ["evaluate", "class.best.ragged", "s.sqlite", "--json", "--by", "length"] + small)
    try Self.same(work, ["evaluate", "class.best.ragged", "readings.csv", "--json"] + small, ranks: [2])
    try Self.same(work, ["evaluate", "step.best.ragged", "t.sqlite", "--split", "test", "--json"] + small)
    try Self.same(work, ["evaluate", "value.best.ragged", "t.sqlite", "--json", "--season", "2"] + small, ranks: [2])
    try Self.same(work, ["evaluate", "value.best.ragged", "steps.csv", "--json"] + small, ranks: [2])
  }

  @Test func whatIsWrongIsSaidOnce() throws {
    let work = try Self.models()
    try FileManager.default.copyItem(
      at: work.url.appending(path: "s.sqlite"), to: work.url.appending(path: "s0.sqlite"))
    try work.write("other.csv", Sample.readings(0..<61))
    try work.good("import", "s1.sqlite", "other.csv", "--split", "0.8,0.2", "-q")
    for command in ["predict", "evaluate"] {
      let other = try work.ranks(2, command, "class.best.ragged", "sRANK.sqlite")
      #expect(other.status == 65 && other.output == "")
      #expect(Self.count("ragged: error: rank 1: other data than on rank 0: fingerprint ", in: other.errors) == 1)
      #expect(Self.count("ragged: error", in: other.errors) == 1, "\(other.errors)")
      let cut = try work.ranks(2, command, "class.best.ragged", "s.sqlite", "--batch-size", "1RANK")
      #expect(cut.status == 65 && cut.output == "")
      #expect(
        Self.count("rank 1: other batches than on rank 0: 11 sequences, there 10 sequences", in: cut.errors) == 1,
        "\(cut.errors)")
      // Every end with a fault takes mpirun its seconds.
      guard command == "predict" else { continue }
      let missing = try work.ranks(2, command, "none.ragged", "s.sqlite")
      #expect(missing.status == 66)
      #expect(Self.count("ragged: error: none.ragged", in: missing.errors) == 1, "\(missing.errors)")
      #expect(Self.count("ragged: error", in: missing.errors) == 1, "\(missing.errors)")
      let input = try work.ranks(2, command, "class.best.ragged", "-")
      #expect(input.status == 64)
      #expect(
        Self.count(
          "- is the standard input of one rank, and each of 2 reads the data itself: name a file", in: input.errors)
          == 1, "\(input.errors)")
    }
    try work.write("s1.sqlite", "no store")
    let broken = try work.ranks(2, "predict", "class.best.ragged", "sRANK.sqlite", "-o", "p.csv")
    #expect(broken.status != 0 && !work.names.contains("p.csv"))
    #expect(Self.count("ragged: error: rank 1: ", in: broken.errors) == 1, "\(broken.errors)")
    #expect(Self.count("ragged: error", in: broken.errors) == 1, "\(broken.errors)")
    let top = try work.ranks(2, "predict", "value.best.ragged", "t.sqlite", "--top", "2")
    #expect(top.status == 64 && Self.count("rror: ", in: top.errors) == 1, "\(top.errors)")
    let line = try work.ranks(2, "predict", "class.best.ragged", "readings.csv", "--follow")
    #expect(line.status == 64)
    #expect(Self.count("predict --follow runs on one rank, and 2 were started", in: line.errors) == 1, "\(line.errors)")
  }

  private static let folds = ["--folds", "3", "-m", "lstm(3)", "-e", "2", "-b", "8", "--normalize"]

  /// The figures of a run as they would be if no time had passed.
  private static func runs(_ work: Workspace, _ store: String) throws -> [String] {
    struct Run: Decodable {
      struct Epoch: Decodable { var metrics: [String: Double] }
      var status: String
      var epochs: [Epoch]
    }
    return try work.good("runs", store, "--json").json([Run].self).map { run in
      run.status + run.epochs.map { "\($0.metrics.filter { $0.key != "seconds" }.sorted { $0.key < $1.key })" }.joined()
    }.sorted()
  }

  @Test func foldsOnRanksAreThoseOfOne() throws {
    let work = try RanksCommandTests.workspace()
    try FileManager.default.copyItem(
      at: work.url.appending(path: "s.sqlite"), to: work.url.appending(path: "alone.sqlite"))
    let alone = try work.ragged(["train", "alone.sqlite", "-o", "alone", "--json", "-q"] + Self.folds)
    try #require(alone.status == 0, "\(alone.errors)")
    for ranks in [2, 4] {
      let (store, name) = ("r\(ranks).sqlite", "r\(ranks)")
      try FileManager.default.copyItem(at: work.url.appending(path: "s.sqlite"), to: work.url.appending(path: store))
      let result = try work.startRanks(ranks, ["train", store, "-o", name, "--json"] + Self.folds).result()
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == alone.output.replacing("alone.fold", with: "\(name).fold"))
      #expect(result.errors.hasPrefix("\(ranks) ranks train a fold each at a time"), "\(result.errors)")
      for fold in 1...3 {
        for part in ["best", "last"] {
          #expect(
            try RanksCommandTests.bits(work, "\(name).fold\(fold).\(part).ragged")
              == RanksCommandTests.bits(work, "alone.fold\(fold).\(part).ragged"), "\(ranks) ranks, fold \(fold)")
        }
      }
      #expect(try Self.runs(work, store) == Self.runs(work, "alone.sqlite"))
      let again = try work.ranks(ranks, "train", store, "-o", name, "--folds", "3", "-m", "lstm(3)")
      #expect(again.status == 73)
      #expect(Self.count("ragged: error: ", in: again.errors) == 1, "\(again.errors)")
    }
  }

  @Test func foldsThatARankLeavesEndAndGoOn() throws {
    let work = try RanksCommandTests.workspace(400)
    let options = ["--folds", "3", "-m", "lstm(8, dropout=0.1)", "--epochs", "30", "-b", "8", "-o", "f"]
    let killed = try work.startRanks(2, ["train", "s.sqlite"] + options)
    #expect(killed.waits(for: "epoch  2/30"))
    kill(try work.process(ofRank: 1), SIGKILL)
    let start = Date()
    let result = killed.result()
    #expect(result.status != 0 && Date().timeIntervalSince(start) < 30)
    #expect(Self.count("ragged: error: ", in: result.errors) == 1, "\(result.errors)")
    #expect(Self.count("rank 1 is gone: its process (", in: result.errors) == 1, "\(result.errors)")

    for rank in 0..<2 { try FileManager.default.removeItem(at: work.url.appending(path: "process.\(rank)")) }
    let stopped = try work.startRanks(2, ["train", "s.sqlite", "--resume", "f.fold1.last.ragged"])
    #expect(stopped.waits(for: "epoch  5/30"))
    for rank in 0..<2 { kill(try work.process(ofRank: rank), SIGTERM) }
    let errors = stopped.result().errors
    #expect(
      Self.count("ragged: stopped; what is done of the folds is in f.fold….ragged; go on with: ", in: errors) == 1)
    #expect(!errors.contains("ragged: error"), "\(errors)")
    // Of one rank and of several the end is that of folds that nobody stopped.
    let end = try work.startRanks(3, ["train", "s.sqlite", "--resume", "f.fold1.last.ragged", "--json", "-q"]).result()
    let whole = try work.ragged(["train", "s.sqlite", "--json", "-q"] + options.dropLast() + ["whole"])
    #expect(end.status == 0 && whole.status == 0, "\(end.errors) \(whole.errors)")
    #expect(end.output == whole.output.replacing("whole.fold", with: "f.fold"))
  }

  @Test func aSearchOnRanksIsThatOfOne() throws {
    let work = try RanksCommandTests.workspace()
    let file = """
      store: s.sqlite
      validation-split: test
      model: ["lstm(2)", "lstm(3)"]
      learning_rate: [0.001, 0.05, 0.2]
      epochs: 4
      batch-size: 8
      normalize: true

      """
    for (name, ranks) in [("alone", 1), ("two", 2), ("three", 3)] {
      try FileManager.default.copyItem(
        at: work.url.appending(path: "s.sqlite"), to: work.url.appending(path: "\(name).sqlite"))
      try work.write("\(name).yaml", file.replacing("s.sqlite", with: "\(name).sqlite"))
      let arguments = ["search", "\(name).yaml", "-o", name, "--halving", "2", "--json"]
      let result = try ranks == 1 ? work.ragged(arguments) : work.startRanks(ranks, arguments).result()
      #expect(result.status == 0, "\(result.errors)")
      try work.write("\(name).json", result.output.replacing("\(name).", with: "NAME."))
      #expect(try work.text("\(name).json") == work.text("alone.json"), "\(ranks) ranks")
      #expect(try Self.runs(work, "\(name).sqlite") == Self.runs(work, "alone.sqlite"), "\(ranks) ranks")
      for trial in 1...6 where work.names.contains("alone.trial\(trial).last.ragged") {
        #expect(
          try RanksCommandTests.bits(work, "\(name).trial\(trial).last.ragged")
            == RanksCommandTests.bits(work, "alone.trial\(trial).last.ragged"), "\(ranks) ranks, trial \(trial)")
      }
    }
    let other = try work.ranks(2, "search", "none.yaml")
    #expect(other.status != 0 && Self.count("rror: ", in: other.errors) == 1, "\(other.errors)")
  }
}
