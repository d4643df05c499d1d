import Foundation
import Testing

/// Pages that `ragged report` writes, read again.
@Suite struct ReportCommandTests {
  @Test func aDatasetIsCounted() throws {
    let work = try MainJobTests.trained()
    #expect(try work.good("report", "s.sqlite", "-o", "r.html").output == "wrote r.html\n")
    let page = try ReportPageText(work.text("r.html"))
    #expect(page.title == "Dataset data")
    #expect(page.card("sequences") == "40" && page.card("timesteps") == "235" && page.card("missing timesteps") == "0")
    let counts = page.titles(of: "rect").compactMap { Int($0.split(separator: ": ").last ?? "") }
    #expect(counts.prefix(7).reduce(0, +) == 40, "\(counts)")
    #expect(page.rows(under: "Class balance").map { Array($0.prefix(2)) } == [["run", "20"], ["walk", "20"]])
    #expect(page.rows(under: "Splits").map(\.[0]) == ["test", "train", "validation"])
    #expect(page.rows(under: "Splits").compactMap { Int($0[1]) }.reduce(0, +) == 40)
    #expect(page.rows(under: "Features").map(\.[0]) == ["ax", "ay"])
    #expect(page.rows(under: "Runs").map(\.[0]) == ["1"])
    // The same shares as "ragged stats", the same advice as "ragged plan".
    let stats = try work.good("stats", "s.sqlite").outputLines
    for row in page.rows(under: "Padding by way of batching") {
      guard !row[0].hasPrefix("pool"), !row[0].hasPrefix("packed") else { continue }
      #expect(stats.contains { $0.hasPrefix(row[0] + " ") && $0.hasSuffix(row[4]) }, "\(row)")
    }
    let plan = try work.good("plan", "s.sqlite").output
    let advice = page.rows(under: "Recommended").map { $0[0].split(separator: ":")[0] }
    #expect(plan.contains("recommended for ragged train: \(advice[0])"))

    try work.good("report", "s.sqlite", "--split", "test", "--where", "length > 4", "-o", "part.html")
    let part = try ReportPageText(work.text("part.html"))
    let shown = try work.good("stats", "s.sqlite", "--split", "test", "--where", "length > 4").output
    #expect(shown.hasPrefix("data: \(part.card("sequences") ?? "") sequences"))
    #expect(try work.good("report", "s.sqlite", "-o", "-").output == work.text("r.html"))
    try work.good("report", "s.sqlite", "--where", "length > 400", "-o", "none.html")
    #expect(try ReportPageText(work.text("none.html")).card("sequences") == "0")
    #expect(!work.names.contains { $0.hasSuffix(".part") })
  }

  @Test func aRunIsJudgedAsEvaluateJudges() throws {
    struct Output: Decodable {
      struct Figures: Decodable {
        var loss: Double
        var accuracy: Double
      }
      struct Confusion: Decodable { var counts: [Int] }
      var overall: Figures
      var deciles: [Figures]
      var confusion: Confusion
    }
    let work = try MainJobTests.trained()
    try work.good("train", "s.sqlite", "--model", "lstm(1)", "--epochs", "2", "--quiet", "--output", "weak")
    for (run, model, split) in [("1", "model", "validation"), ("2", "weak", "train"), ("2", "weak", nil as String?)] {
      let part = split.map { ["--split", $0] } ?? ["--split", "validation"]
      let result = try work.ragged(
        ["report", "s.sqlite", "--run", run, "-o", "r.html"] + (split.map { ["--split", $0] } ?? []))
      #expect(result.status == 0 && result.errors == "", "\(result.errors)")
      let expected = try work.ragged(["evaluate", "\(model).best.ragged", "s.sqlite", "--json"] + part).json(
        Output.self)
      let page = try ReportPageText(work.text("r.html"))
      #expect(page.confusion == expected.confusion.counts)
      let figures = Dictionary(uniqueKeysWithValues: page.facts(under: "Figures"))
      #expect(figures["loss"] == String(format: "%.4f", expected.overall.loss))
      #expect(figures["accuracy"] == String(format: "%.4f", expected.overall.accuracy))
      let columns = page.titles(of: "rect").filter { $0.contains("timesteps: accuracy") }
      #expect(columns.count == expected.deciles.count)
      for (column, decile) in zip(columns, expected.deciles) {
        #expect(column.contains("accuracy \(String(format: "%.4f", decile.accuracy))"))
      }
      #expect(page.worst == min(6, expected.confusion.counts.reduce(0, +)))
    }
    #expect(try work.text("r.html").contains("lstm(1)"))
  }

  /// The last value of each line is the prediction, and the worst have the lowest probability of the truth.
  @Test func theWorstAreDrawnWithWhatIsSaidOfThem() throws {
    let work = try MainJobTests.trained()
    try work.good("train", "s.sqlite", "--model", "lstm(1)", "--epochs", "1", "--quiet", "--output", "weak")
    try work.good("report", "s.sqlite", "--run", "2", "--split", "train", "--worst", "3", "-o", "r.html")
    let rows = try work.good("predict", "weak.best.ragged", "s.sqlite", "--split", "train").outputLines.dropFirst()
    let truths = rows.compactMap { row -> (key: String, share: Double)? in
      let cells = row.split(separator: ",")
      guard cells.count == 4, let number = Int(cells[0].dropFirst()) else { return nil }
      return Double(cells[2 + number % 2]).map { (String(cells[0]), $0) }
    }
    let expected = truths.sorted { $0.share < $1.share }.prefix(3)
    let page = try ReportPageText(work.text("r.html"))
    let captions = page.captions(under: "Worst-predicted sequences")
    #expect(captions.count == 3)
    for (caption, truth) in zip(captions, expected) {
      #expect(
        caption.contains(" \(truth.key) ") && caption.contains("loss \(String(format: "%.4g", -log(truth.share)))"))
    }
  }

  @Test func aModelThatIsGoneOrAnothersIsNotTakenForTheRuns() throws {
    let work = try MainJobTests.trained()
    try work.good("train", "s.sqlite", "--force", "--model", "lstm(1)", "--epochs", "1", "--quiet")
    let result = try work.good("report", "s.sqlite", "--run", "1", "-o", "r.html")
    #expect(
      result.errors
        == "ragged: note: The model is not judged here: model.last.ragged is the model of another run than 1 by now: "
        + "name the model of run 1 with --model.\n")
    #expect(try ReportPageText(work.text("r.html")).confusion == [])
    let named = try work.good("report", "s.sqlite", "--run", "1", "--model", "model.best.ragged", "-o", "r.html")
    #expect(
      named.errors
        == "ragged: note: model.best.ragged was not written by run 1: what follows is said of that file's model.\n")
    for name in ["best", "last"] {
      try FileManager.default.removeItem(at: work.url.appending(path: "model.\(name).ragged"))
    }
    try work.write("model.last.ragged", "RAGGEDCK and no more, which is too short for a model")
    let damaged = try work.good("report", "s.sqlite", "--run", "2", "-o", "r.html").errors
    #expect(damaged.hasPrefix("ragged: note: The model is not judged here: model.last.ragged: "), "\(damaged)")
    try FileManager.default.removeItem(at: work.url.appending(path: "model.last.ragged"))
    let gone = try work.good("report", "s.sqlite", "--run", "2", "-o", "r.html")
    #expect(gone.errors.contains("the model of run 2 is not at model.best.ragged: name it with --model"))
    try work.bad(66, "other.ragged", "report", "s.sqlite", "--run", "2", "--model", "other.ragged", "-o", "x.html")
    try work.bad(66, "not at model.best.ragged", "report", "s.sqlite", "--run", "2", "--split", "test", "-o", "x.html")
    #expect(!work.names.contains("x.html"))
  }

  @Test func runsAreComparedAndAStoreMayBeMovedWithItsModels() throws {
    let work = try MainJobTests.trained()
    try work.good("train", "s.sqlite", "--model", "lstm(2)", "--epochs", "3", "--quiet", "--output", "b")
    try work.good("report", "s.sqlite", "--run", "1", "--run", "2", "--run", "1", "-o", "c.html")
    let page = try ReportPageText(work.text("c.html"))
    #expect(page.title == "Runs 1, 2")
    let differences = page.rows(under: "What differs")
    #expect(differences.contains(["epochs", "6", "3"]) && differences.contains(["model", "lstm(4)", "lstm(2)"]))
    #expect(differences.contains(["normalize", "true", "false"]))
    #expect(page.rows(under: "Figures").contains(["epochs", "6", "3"]))
    try FileManager.default.createDirectory(at: work.url.appending(path: "moved"), withIntermediateDirectories: true)
    for name in ["s.sqlite", "model.best.ragged"] {
      try FileManager.default.moveItem(
        at: work.url.appending(path: name), to: work.url.appending(path: "moved/\(name)"))
    }
    #expect(try work.good("report", "moved/s.sqlite", "--run", "1", "-o", "r.html").errors == "")
    #expect(try ReportPageText(work.text("r.html")).confusion.reduce(0, +) > 0)
  }

  /// Of many runs each has a row: side by side they are wider than any page.
  @Test func manyRunsStandUnderEachOther() throws {
    let work = try MainJobTests.trained()
    for (number, units) in [2, 3, 5, 6].enumerated() {
      try work.good(
        "train", "s.sqlite", "--model", "lstm(\(units))", "--epochs", "\(number + 1)", "--quiet", "--output",
        "b\(units)")
    }
    try work.good(
      "report", "s.sqlite", "--run", "1", "--run", "2", "--run", "3", "--run", "4", "--run", "5", "-o", "c.html")
    let page = try ReportPageText(work.text("c.html"))
    #expect(
      page.rows(under: "Figures").map { [$0[0], $0[4]] } == [
        ["run 1", "6"], ["run 2", "1"], ["run 3", "2"], ["run 4", "3"], ["run 5", "4"],
      ])
    let models = page.rows(under: "What differs").map { $0.first { $0.hasPrefix("lstm") } }
    #expect(models == ["lstm(4)", "lstm(2)", "lstm(3)", "lstm(5)", "lstm(6)"])
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    let work = try MainJobTests.trained()
    try work.bad(64, "Missing expected argument '--output", "report", "s.sqlite")
    for (message, options) in [
      ("--model goes with one --run, not with 0", ["--model", "m"]),
      ("--worst goes with one --run, not with 2", ["--worst", "3", "--run", "1", "--run", "2"]),
      ("--season goes with one --run, not with 0", ["--season", "4"]),
      ("--season is 0, expected at least 1", ["--season", "0", "--run", "1"]),
      ("--run does not go with --runs-of", ["--runs-of", "model", "--run", "1"]),
      ("--split, --class and --where do not go with --runs-of", ["--runs-of", "model", "--split", "test"]),
      ("--worst goes with one --run, not with 0", ["--runs-of", "model", "--worst", "2"]),
      ("has no folds and no search whose files are called \"model\": it has none at all", ["--runs-of", "model"]),
      ("--worst is 101, expected at most 100", ["--worst", "101", "--run", "1"]),
      ("--batch-size is 0, expected at least 1", ["--batch-size", "0"]),
      ("--batch-size goes with a dataset, not with --run", ["--batch-size", "4", "--run", "1"]),
      ("--split, --class and --where do not go with several --run", ["--run", "1", "--run", "2", "--split", "test"]),
      ("--dataset does not go with several --run", ["--run", "1", "--run", "2", "--dataset", "data"]),
      ("s.sqlite has no run 7", ["--run", "7"]), ("s.sqlite has no run 7", ["--run", "1", "--run", "7"]),
      ("no split \"nowhere\"", ["--split", "nowhere"]),
    ] {
      let result = try work.ragged(["report", "s.sqlite", "-o", "x.html"] + options)
      #expect(result.status == 64 && result.errors.contains(message), "\(options): \(result.errors)")
    }
    try work.bad(73, "nowhere/x.html: cannot create", "report", "s.sqlite", "-o", "nowhere/x.html")
    try work.bad(66, "none.sqlite", "report", "none.sqlite", "-o", "x.html")
    #expect(!work.names.contains("x.html"))
  }
}
