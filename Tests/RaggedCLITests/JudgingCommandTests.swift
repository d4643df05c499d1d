import Foundation
import Testing

/// What `ragged evaluate` says beside loss and accuracy, of stores and of files.
@Suite struct JudgingCommandTests {
  private struct Report: Decodable {
    struct Figures: Decodable {
      var count: Int
      var accuracy, macroF1, auroc, averagePrecision, entityF1, perplexity, mae, r2, smape: Double?
    }
    struct Shares: Decodable {
      var precision, recall, f1: Double
      var support: Int
    }
    struct Classes: Decodable {
      var classes: [Shares]
      var macro, weighted: Shares
      var balancedAccuracy: Double
    }
    struct Entities: Decodable {
      struct OfType: Decodable {
        var name: String
        var figures: Shares
      }
      var overall: Shares
      var types: [OfType]
    }
    struct Groups: Decodable {
      struct Part: Decodable {
        var name: String
        var figures: Figures
      }
      var by: String
      var parts: [Part]
    }
    struct Value: Decodable {
      var name: String
      var meanAbsoluteError, smape, mase: Double?
    }
    struct Baseline: Decodable {
      var name: String
      var figures: Figures
      var values: [Value]?
    }
    var figures: Figures
    var classes: [String]
    var classReport: Classes?
    var entities: Entities?
    var groups: Groups?
    var values: [Value]?
    var baselines: [Baseline]?
    var baselinesFittedOn: String?
    var verdicts: [String]?
  }

  /// A hundred sequences of two classes, one of which is rare.
  private static func rare() throws -> Workspace {
    let work = try Workspace()
    let rows = (0..<100).flatMap { s in
      (0..<(2 + s % 9)).map { t in
        "s\(s),\(t),\(s % 4 == 0 ? 1 : 0).\(s % 7),\(s % 3 == 0 ? "a" : "b"),\(s % 4 == 0 ? "ill" : "well"),"
          + "\(s < 80 ? "train" : "test")\n"
      }
    }.joined()
    try work.write("a.csv", "id,t,x,ward,label,part\n" + rows)
    try work.good(
      "import", "s.sqlite", "a.csv", "--features", "x", "--target", "label", "--category", "ward", "--static", "ward",
      "--split-column", "part", "--input-columns", "none")
    try work.good("train", "s.sqlite", "-m", "lstm(2)", "-e", "1", "-q", "--inputs", "x")
    return work
  }

  @Test func classesAreReportedBesideTheirBaseline() throws {
    let work = try Self.rare()
    let report = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--json").json(Report.self)
    let classes = try #require(report.classReport)
    #expect(classes.classes.reduce(0) { $0 + $1.support } == 100 && report.figures.count == 100)
    #expect(report.figures.auroc != nil && report.figures.averagePrecision != nil && report.figures.perplexity == nil)
    let baseline = try #require(report.baselines?.first)
    #expect(baseline.name == "most frequent class (well)" && baseline.figures.accuracy == 0.75)
    #expect(baseline.figures.auroc == 0.5)
    #expect(report.baselinesFittedOn == "80 training sequences (split train)")
    let isNoBetter = (report.figures.accuracy ?? 0) <= 0.75
    #expect(report.verdicts?.isEmpty == !isNoBetter)
    let text = try work.good("evaluate", "model.best.ragged", "s.sqlite").output
    for part in [
      "macro average", "weighted average", "balanced accuracy 0.", "AUROC 0.", " of well, ",
      "most frequent class (well)",
      "Without a model, fitted on 80 training sequences (split train):", "True class by predicted class:",
    ] {
      #expect(text.contains(part), "\(part)\n\(text)")
    }
    #expect(
      text.contains("the model is no better than the most frequent class (well): accuracy") == isNoBetter, "\(text)")
  }

  @Test func partsAreThoseThatWereAskedFor() throws {
    let work = try Self.rare()
    for (by, names, count) in [
      ("length", ["2–3", "4–5", "6–7", "8–10"], 100), ("split", ["train", "test"], 100), ("ward", ["b", "a"], 100),
    ] {
      let report = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--json", "--by", by).json(Report.self)
      let groups = try #require(report.groups)
      #expect(groups.by == by && groups.parts.reduce(0) { $0 + $1.figures.count } == count)
      if by != "length" { #expect(groups.parts.map(\.name) == names, "\(by)") }
      #expect(groups.parts.count <= 5, "\(by)")
      let text = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--by", by).output
      #expect(text.contains("By \(by):\n") && !text.contains("length decile"), "\(text)")
    }
    try work.bad(
      65, "\"timestep\" changes from timestep to timestep", "evaluate", "model.best.ragged", "s.sqlite", "--by",
      "timestep")
    try work.bad(64, "there is no column \"wrd\"", "evaluate", "model.best.ragged", "s.sqlite", "--by", "wrd")
    try work.bad(64, "--season is 0, expected at least 1", "evaluate", "m", "s.sqlite", "--season", "0")
  }

  @Test func filesAreJudgedAsTheStoreTheyMake() throws {
    let work = try Self.rare()
    let options = [
      "--features", "x", "--target", "label", "--category", "ward", "--static", "ward", "--split-column", "part",
      "--input-columns", "none",
    ]
    for part in [[], ["--split", "test"], ["--where", "length > 4"], ["--class", "ill"]] {
      let stored = try work.ragged(["evaluate", "model.best.ragged", "s.sqlite", "--json"] + part)
      let file = try work.ragged(["evaluate", "model.best.ragged", "a.csv", "--json"] + options + part)
      #expect(file.status == 0, "\(part): \(file.errors)")
      #expect(file.output == stored.output, "\(part)")
    }
    let parts = try work.ragged(["evaluate", "model.best.ragged", "a.csv", "--json", "--by", "ward"] + options)
    #expect(try parts.json(Report.self).groups?.parts.map(\.name) == ["b", "a"], "\(parts.errors)")
  }

  @Test func tagsAreJudgedByEntity() throws {
    let work = try Workspace()
    let sentences = (0..<30).map { k in
      "Anna B-PER\nEck I-PER\nlives O\nin O\n\(k % 2 == 0 ? "Rome B-LOC\n" : "New B-LOC\nYork I-LOC\n")\n"
    }.joined()
    try work.write("a.conll", sentences)
    try work.good("import", "s.sqlite", "a.conll")
    try work.good(
      "train", "s.sqlite", "-m", "embedding(8) lstm(8, sequences)", "-e", "30", "-q", "--learning-rate", "0.05",
      "--validation-fraction", "0.2", "--monitor", "entity-f1")
    let report = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--json").json(Report.self)
    let entities = try #require(report.entities)
    #expect(entities.types.map(\.name) == ["LOC", "PER"] && entities.overall.support == 60)
    #expect(entities.overall.f1 == 1 && report.figures.entityF1 == 1)
    // Each word always has one tag here, which needs no model, and that is said.
    #expect(report.verdicts?.count == 1 && report.verdicts?.first?.contains("most frequent tag by") == true)
    #expect(report.baselines?.first?.name == "most frequent tag (O)" && report.baselines?.first?.figures.entityF1 == 0)
    let text = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--by", "timestep").output
    #expect(
      text.contains("Entities, right where they begin") && text.contains("By timestep:") && text.contains("perplexity"))
    #expect(try work.good("runs", "s.sqlite").output.contains("finished"))
  }

  @Test func valuesHaveSeasonsAndScales() throws {
    let work = try Workspace()
    let rows = (0..<30).flatMap { s in
      (0..<(10 + s % 3)).map { t in "s\(s),\(t),\(t % 5),\((t % 5) * 2 + s % 2)\n" }
    }.joined()
    try work.write("a.csv", "id,t,x,y\n" + rows)
    try work.good(
      "import", "s.sqlite", "a.csv", "--features", "x", "--target", "y", "--target-kind", "values-per-step", "--time",
      "t")
    try work.good("train", "s.sqlite", "-m", "lstm(2, sequences)", "-e", "1", "-q")
    let report = try work.good(
      "evaluate", "model.best.ragged", "s.sqlite", "--json", "--season", "5"
    ).json(Report.self)
    #expect(report.baselines?.map(\.name) == ["mean", "last value", "seasonal naive (5)"])
    // A season of 5 repeats itself: nothing to divide by, and the forecast is right but where it has nothing to go by.
    let value = try #require(report.values?.first)
    #expect(value.mase == nil && value.smape != nil)
    let own = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--json").json(Report.self)
    let scaled = try #require(own.values?.first?.mase)
    // Within a season of 5 values rise by 2 four times and fall by 8 once.
    var (pairs, distance) = (0, 0.0)
    for s in 0..<30 {
      for t in 1..<(10 + s % 3) {
        pairs += 1
        distance += t % 5 == 0 ? 8 : 2
      }
    }
    #expect(abs(scaled - (own.figures.mae ?? 0) / (distance / Double(pairs))) < 1e-9)
    #expect(own.verdicts?.contains { $0.contains("no better than the mean: mean absolute error") } == true)
    // A season that the checkpoint does not know is looked up in the store.
    let other = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--json", "--season", "3").json(Report.self)
    #expect(other.values?.first?.mase != nil)
    let options = ["--features", "x", "--target", "y", "--target-kind", "values-per-step", "--time", "t"]
    let file = try work.ragged(["evaluate", "model.best.ragged", "a.csv", "--season", "3"] + options)
    #expect(file.errors.contains("no MASE for --season 3") && file.status == 0, "\(file.errors)")
  }

  @Test func theBestEpochIsKeptByTheFigureThatIsWatched() throws {
    let work = try Self.rare()
    let result = try work.good(
      "train", "s.sqlite", "--force", "-m", "lstm(2)", "-e", "3", "--inputs", "x", "--validation-split", "test",
      "--monitor",
      "macro_f1")
    #expect(result.output.components(separatedBy: "val_macro_f1 ").count == 4, "\(result.output)")
    struct Run: Decodable {
      struct Epoch: Decodable { var metrics: [String: Double] }
      var epochs: [Epoch]
    }
    // The first epoch of the highest figure.
    let best = try #require(result.output.split(separator: "best epoch ").last?.prefix { $0.isNumber })
    let figures = result.output.components(separatedBy: "val_macro_f1 ").dropFirst().compactMap { Double($0.prefix(6)) }
    #expect(Int(best) == figures.firstIndex(of: figures.max() ?? 0).map { $0 + 1 }, "\(result.output)")
  }

  @Test func whereTheLastEpochIsTheBestItIsSaid() throws {
    let work = try Self.rare()
    let result = try work.good("train", "s.sqlite", "--force", "-m", "lstm(2)", "-e", "2", "--inputs", "x")
    let line =
      "the last epoch is the best one, so more may be better; go on with: ragged train s.sqlite --resume "
      + "model.last.ragged --epochs 4"
    #expect(result.output.contains(line) == result.output.contains("best epoch 2"), "\(result.output)")
    #expect(result.output.contains("best epoch 2"))
    try work.good("train", "s.sqlite", "--resume", "model.last.ragged", "--epochs", "4", "-q")
  }
}
