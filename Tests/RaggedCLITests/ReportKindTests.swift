import Foundation
import Testing

/// What a page says of each kind of target, against what the other commands say.
@Suite struct ReportKindTests {
  private func figure(_ value: Double?) -> String { String(format: "%.4f", value ?? .nan) }

  /// Labels that are there or not are no values: no residuals, and the worst say which labels are wrong.
  @Test func labelsAreNoValues() throws {
    let work = try Workspace()
    var rows = ["id,x,y,tags"]
    for number in 0..<40 {
      let tags = [number % 2 == 0 ? "even" : nil, number % 3 == 0 ? "three" : nil, "rare <b>"].compactMap(\.self)
      let shown = number % 5 == 0 ? tags : Array(tags.dropLast())
      for t in 0..<3 { rows.append("d\(number),\(number % 2 + t),\(number % 3),\(shown.joined(separator: "|"))") }
    }
    try work.write("a.csv", rows.joined(separator: "\n") + "\n")
    try work.good("import", "s.sqlite", "a.csv", "--labels", "tags", "-q")
    try work.good(
      "train", "s.sqlite", "--target", "tags", "--loss", "binary_crossentropy", "-m", "lstm(3)", "-e", "2", "-q")
    try work.good("report", "s.sqlite", "--run", "1", "--worst", "40", "-o", "r.html")
    let page = try ReportPageText(work.text("r.html"))
    #expect(page.rows(under: "Errors").isEmpty)
    let captions = page.captions(under: "Evaluation")
    #expect(captions.contains { $0.hasPrefix("Each label") } && !captions.contains { $0.contains("residuals") })
    #expect(captions.contains { $0.contains("a sequence is right where all of its labels are") })

    // What is said of each is what is predicted.
    let predicted = try work.good("predict", "model.best.ragged", "s.sqlite").outputLines.dropFirst().filter {
      !$0.isEmpty
    }
    let said = Dictionary(
      uniqueKeysWithValues: predicted.map { line in
        let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        return (cells[0], cells[1].isEmpty ? "none" : cells[1].replacing("|", with: ", "))
      })
    let worst = page.captions(under: "Worst-predicted sequences")
    #expect(worst.count == 40)
    for caption in worst {
      let key = try #require(caption.split(separator: " ").dropFirst().first.map(String.init))
      #expect(
        caption.hasSuffix("taken for \(said[key] ?? "?")") || caption.hasSuffix("rightly \(said[key] ?? "?")"),
        "\(caption): \(said[key] ?? "")")
    }
  }

  /// What was read out of a sequence stands under the labels that it has.
  @Test func labelsThatWereReadStandUnderTheTrueOnes() throws {
    struct Report: Decodable {
      struct Figures: Decodable {
        var labelErrorRate: Double
        var rightLists: Double
      }
      var overall: Figures
    }
    let work = try Workspace()
    var rows = ["id,letter,phones"]
    for number in 0..<30 {
      let letters = (0..<1 + number % 4).map { ["a", "b", "c"][(number * 7 + $0 * 5) % 3] }
      for step in letters.flatMap({ [$0, $0, "-"] }) {
        rows.append("s\(number),\(step),\(letters.joined(separator: "|"))")
      }
    }
    try work.write("a.csv", rows.joined(separator: "\n") + "\n")
    try work.good("import", "s.sqlite", "a.csv", "--id", "id", "--labels", "phones", "-q")
    try work.good(
      "train", "s.sqlite", "--inputs", "letter", "--target", "phones", "-m", "embedding(4) lstm(4, sequences)", "-e",
      "6",
      "--learning-rate", "0.05", "-b", "8", "-q")
    try work.good("report", "s.sqlite", "--run", "1", "--worst", "30", "-o", "r.html")
    let text = try work.text("r.html")
    let page = try ReportPageText(text)
    let expected = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--json").json(Report.self).overall
    let figures = Dictionary(uniqueKeysWithValues: page.facts(under: "Figures"))
    #expect(figures["label error rate"] == figure(expected.labelErrorRate))
    #expect(figures["all labels right"] == String(format: "%.1f %% of sequences", expected.rightLists * 100))
    let captions = page.captions(under: "Worst-predicted sequences")
    let counts = captions.map { caption -> (edits: Int, labels: Int) in
      let words = caption.split(separator: " ")
      let labels = words.lastIndex { $0.hasPrefix("label") }.flatMap { Int(words[$0 - 1]) } ?? 0
      guard let place = words.firstIndex(where: { $0.hasPrefix("edit") }) else { return (0, labels) }
      return (Int(words[place - 1]) ?? 0, labels)
    }
    let (edits, labels) = (counts.reduce(0) { $0 + $1.edits }, counts.reduce(0) { $0 + $1.labels })
    #expect(captions.count == 30 && labels > 0 && edits > 0)
    #expect(figure(Double(edits) / Double(labels)) == figure(expected.labelErrorRate))
    #expect(text.split(separator: "<span class=\"tag wrong\">✗ ").count - 1 == edits)
    #expect(page.captions(under: "Evaluation").contains { $0.hasPrefix("Label error rate by length") })
  }

  @Test func valuesPerTimestepHaveAnErrorByTimestep() throws {
    struct Report: Decodable {
      struct Groups: Decodable { var parts: [Group] }
      struct Group: Decodable {
        struct Figures: Decodable { var mae: Double }
        var name: String
        var figures: Figures
      }
      var groups: Groups
    }
    let work = try Workspace()
    let lines = (0..<40).map { number in
      let values = (0..<5 + number % 9).map { "[\(Double(number % 7) + Double($0) / 4)]" }.joined(separator: ", ")
      return #"{"id": "v\#(number)", "features": [\#(values)], "target": [\#(values)]}"#
    }
    try work.write("d.jsonl", lines.joined(separator: "\n"))
    try work.good("import", "s.sqlite", "d.jsonl", "--target-kind", "values-per-step", "--target-names", "level", "-q")
    try work.good("train", "s.sqlite", "-m", "lstm(3, sequences)", "-e", "2", "-q")
    try work.good("report", "s.sqlite", "--run", "1", "-o", "r.html")
    let page = try ReportPageText(work.text("r.html"))
    let expected = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--by", "timestep", "--json").json(
      Report.self)
    let shown = page.titles(of: "rect").filter { $0.hasPrefix("timestep ") }
    #expect(expected.groups.parts.count > 1 && shown.count == expected.groups.parts.count, "\(shown)")
    for (text, group) in zip(shown, expected.groups.parts) {
      #expect(text == "timestep \(group.name): mean absolute error \(String(format: "%.4g", group.figures.mae))")
    }
    #expect(page.rows(under: "Errors").count == 1)
  }

  /// A forecast is told apart from what came without its colour, and every step has its errors, MASE among them.
  @Test func forecastsBeginAtALine() throws {
    struct Report: Decodable {
      struct Value: Decodable {
        var meanAbsoluteError: Double
        var mase: Double?
      }
      var values: [Value]
    }
    let work = try Workspace()
    var rows = ["id,t,v"]
    for series in 0..<12 {
      for t in 0..<40 { rows.append("s\(series),\(t),\(10 * (series + 1)) ") }
      for t in 40..<60 { rows.append("s\(series),\(t),\(10 * (series + 1) + t % 6)") }
    }
    try work.write("a.csv", rows.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n") + "\n")
    try work.good("import", "s.sqlite", "a.csv", "--features", "v", "-q")
    try work.good("train", "s.sqlite", "--target", "v@1..8", "-m", "lstm(4, sequences) dense(8)", "-e", "1", "-q")
    try work.good("report", "s.sqlite", "--run", "1", "--season", "6", "-o", "r.html")
    let text = try work.text("r.html")
    let page = try ReportPageText(text)
    let expected = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--season", "6", "--json").json(
      Report.self)
    let errors = page.rows(under: "Errors")
    #expect(errors.map(\.[0]) == (1...8).map { "v@\($0)" })
    for (row, value) in zip(errors, expected.values) {
      #expect(row[3] == String(format: "%.4g", value.meanAbsoluteError))
      #expect(row[7] == value.mase.map { String(format: "%.4g", $0) })
    }
    let captions = page.captions(under: "Evaluation")
    #expect(captions.filter { $0.contains("residuals") }.count == 2, "\(captions)")
    #expect(captions.contains { $0.hasPrefix("Error by timestep") })
    let forecasts = page.captions(under: "Forecasts")
    #expect(forecasts.count == 5 && forecasts.dropFirst().allSatisfy { $0.contains("the dotted line") }, "\(forecasts)")
    #expect(text.contains("seasonal naive (6)") && text.contains("line s1 d1"))
  }

  /// A log's activities stand as text beside its numbers, shaded by how likely each was before it came.
  @Test func eventsStandAsText() throws {
    let work = try Workspace()
    var rows = ["case,activity,amount"]
    for number in 0..<30 {
      for (place, name) in ["take order", "check", number % 3 == 0 ? "send <b>" : "ask"].enumerated() {
        rows.append("c\(number),\(name),\(number + place)")
      }
    }
    try work.write("a.csv", rows.joined(separator: "\n") + "\n")
    try work.good("import", "s.sqlite", "a.csv", "--id", "case", "--category", "activity", "-q")
    try work.good(
      "train", "s.sqlite", "--inputs", "activity,amount", "--target", "activity@1,amount@1", "-m",
      "embedding(2) lstm(3, sequences)", "-e", "2", "-q")
    try work.good("report", "s.sqlite", "--run", "1", "-o", "r.html")
    let text = try work.text("r.html")
    let page = try ReportPageText(text)
    #expect(text.contains("send &lt;b&gt;</span>") && text.contains("<p class=\"quiet name\">activity</p>"))
    #expect(text.contains("probability of this 0.") && text.contains("how likely the token was held before it came"))
    // Each target has its figures, and a card.
    #expect(page.card("activity@1: training accuracy") == nil)
    #expect(page.captions(under: "Curves").contains { $0.hasPrefix("activity@1: accuracy") })
    #expect(text.contains("<h2>Target activity@1</h2>") && text.contains("<h2>Target amount@1</h2>"))

    // The dataset's page knows every column.
    try work.good("report", "s.sqlite", "-o", "d.html")
    let data = try ReportPageText(work.text("d.html"))
    let columns = data.rows(under: "Columns")
    #expect(columns.map { Array($0.prefix(3)) }.contains(["activity", "category", "timestep"]), "\(columns)")
    let names = data.rows(under: "activity").map { Array($0.prefix(2)) }
    #expect(names.contains(["check", "30"]) && names.contains(["send <b>", "10"]), "\(names)")
  }

  @Test func figuresThatAreWatchedHaveTheirNames() throws {
    let work = try MainJobTests.trained()
    try work.good(
      "train", "s.sqlite", "-m", "lstm(2)", "-e", "2", "-q", "-o", "w", "--validation-split", "validation", "--monitor",
      "val_macro_f1")
    try work.good("report", "s.sqlite", "--run", "2", "-o", "r.html")
    let text = try work.text("r.html")
    let page = try ReportPageText(text)
    #expect(page.captions(under: "Curves").contains { $0.hasPrefix("Macro F1") } && !text.contains("acro_f1 by"))
    #expect(page.card("validation macro F1") != nil && text.contains("by validation macro F1"))
  }
}
