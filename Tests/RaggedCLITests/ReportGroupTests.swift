import Foundation
import Testing

/// `ragged report --runs-of`: folds and trials over each other.
@Suite struct ReportGroupTests {
  private func workspace(_ sequences: Int = 120) throws -> Workspace {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings(0..<sequences))
    try work.good("import", "s.sqlite", "a.csv", "-q", "--split", "0.8,0.2")
    return work
  }

  private static let options = [
    "--folds", "3", "--stratify", "-m", "lstm(3)", "-e", "3", "-b", "8", "--threads", "1", "--normalize", "-q",
  ]

  private func figure(_ value: Double?) -> String { String(format: "%.4f", value ?? .nan) }

  @Test func foldsLieOverEachOtherWithTheFiguresOfTheirTable() throws {
    let work = try workspace()
    let table = try work.ragged(["train", "s.sqlite", "-o", "f", "--json"] + Self.options)
    #expect(table.status == 0, "\(table.errors)")
    let expected = try table.json(FoldCommandTests.Output.self)
    #expect(try work.good("report", "s.sqlite", "--runs-of", "f", "-o", "r.html").errors == "")
    let page = try ReportPageText(work.text("r.html"))
    #expect(page.title == "3 folds of f" && page.card("folds") == "3")
    let judged = page.rows(under: "Judged")
    #expect(judged.count == expected.mean.count)
    for (title, name) in [("loss", "loss"), ("accuracy", "accuracy"), ("macro F1", "macroF1")] {
      let row = try #require(judged.first { $0[0] == title }, "\(title)")
      let folds = expected.rows.map { figure($0.figures[name]) }
      #expect(row == [title, figure(expected.mean[name]), figure(expected.deviation[name])] + folds)
    }
    // Each fold's curve, and the mean of them: 0 → 3 folds and a mean in each chart.
    let values = page.titles(of: "rect").filter { $0.hasPrefix("epoch 3 · fold 1: ") }
    #expect(values.count >= 4)
    for value in values {
      let figures = value.split(separator: " · ").dropFirst().map {
        $0.split(separator: ": ").last.flatMap { Double($0) }
      }
      #expect(figures.count == 4, "\(value)")
      let folds = figures.prefix(3).compactMap(\.self)
      let mean = try #require(figures[3])
      #expect(abs(folds.reduce(0, +) / 3 - mean) <= 2e-3 * abs(mean), "\(value)")
    }
    let rows = page.rows(under: "Folds")
    #expect(rows.map(\.[0]) == ["1", "2", "3", "mean", "deviation"] && rows.map(\.[1]) == ["1", "2", "3", "", ""])
    let losses = rows.prefix(3).compactMap { Double($0[5]) }
    #expect(losses.count == 3 && abs((Double(rows[3][5]) ?? 0) - losses.reduce(0, +) / 3) < 2e-4, "\(rows)")

    // Other folds of the same name are none of these, and a fold that ran twice counts once.
    #expect(
      try work.ragged(["train", "s.sqlite", "-o", "f", "--force"] + Self.options + ["--folds", "2"]).status == 0)
    try work.good("report", "s.sqlite", "--runs-of", "f", "-o", "two.html")
    #expect(try ReportPageText(work.text("two.html")).rows(under: "Folds").map(\.[1]) == ["4", "5", "", ""])
  }

  @Test func foldsWithoutTheirModelsHaveTheirCurves() throws {
    let work = try workspace()
    #expect(try work.ragged(["train", "s.sqlite", "-o", "f"] + Self.options).status == 0)
    for name in ["best", "last"] {
      try FileManager.default.removeItem(at: work.url.appending(path: "f.fold2.\(name).ragged"))
    }
    let result = try work.good("report", "s.sqlite", "--runs-of", "f", "-o", "r.html")
    #expect(
      result.errors
        == "ragged: note: The models are not judged here: the model of fold 2 is not where run 2 left it.\n")
    let page = try ReportPageText(work.text("r.html"))
    #expect(page.rows(under: "Judged").isEmpty && page.rows(under: "Folds").count == 5)
    #expect(page.captions(under: "Curves").contains("Validation loss"))
    // A run that stands alone is none of any folds.
    try work.good("train", "s.sqlite", "-m", "lstm(2)", "-e", "1", "-q", "-o", "alone.fold1")
    try work.bad(
      64, "no search whose files are called \"alone\": it has \"f\"", "report", "s.sqlite", "--runs-of", "alone", "-o",
      "x.html")
  }

  @Test func namesAreToldApartByTheirFolders() throws {
    let work = try workspace(60)
    for folder in ["a", "b"] {
      try FileManager.default.createDirectory(
        at: work.url.appending(path: folder), withIntermediateDirectories: true)
      #expect(try work.ragged(["train", "s.sqlite", "-o", "\(folder)/f"] + Self.options + ["-e", "1"]).status == 0)
    }
    try work.bad(
      64, "the files of 2 are called \"f\", expected one of \"a/f\", \"b/f\"", "report", "s.sqlite", "--runs-of",
      "f",
      "-o", "x.html")
    try work.good("report", "s.sqlite", "--runs-of", "b/f", "-o", "r.html")
    #expect(try ReportPageText(work.text("r.html")).rows(under: "Folds").map(\.[1]) == ["4", "5", "6", "", ""])
  }

  @Test func trialsAreRankedAsTheSearchRanksThem() throws {
    let work = try workspace(60)
    try work.write(
      "c.yaml",
      """
      store: s.sqlite
      validation-split: test
      model: ["lstm(2)", "lstm(3)"]
      learning-rate: [0.001, 0.01, 0.05]
      epochs: 4
      batch-size: 8
      threads: 1
      normalize: true

      """)
    for halving in [[], ["--halving", "2", "--force"]] {
      let found = try work.ragged(["search", "c.yaml", "--json", "-q"] + halving).json(SearchCommandTests.Output.self)
      try work.good("report", "s.sqlite", "--runs-of", "search", "-o", "r.html")
      let page = try ReportPageText(work.text("r.html"))
      let rows = page.rows(under: "Trials")
      #expect(rows.map(\.[0]) == found.trials.map { String($0.trial) })
      #expect(page.title == "6 trials of search" && page.card("best trial") == rows[0][0])
      for (row, trial) in zip(rows, found.trials) {
        #expect(row.contains(trial.settings["model"] ?? "") && row.contains(trial.settings["learning-rate"] ?? ""))
        #expect(row.contains(figure(trial.value)), "\(row) \(trial)")
        #expect(row.contains(String(trial.epochs)))
      }
      let curves = page.titles(of: "rect").filter { $0.hasPrefix("epoch 1 · trial ") }
      #expect(curves.allSatisfy { $0.split(separator: " · ").count == 7 } && curves.count >= 4, "\(curves)")
    }
  }
}
