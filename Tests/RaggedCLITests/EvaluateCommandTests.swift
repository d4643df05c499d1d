import Foundation
import Testing

/// Figures of a model against its own predictions.
@Suite struct EvaluateCommandTests {
  @Test func figuresAreThoseOfThePredictions() throws {
    struct Report: Decodable {
      struct Figures: Decodable {
        var sequences: Int
        var timesteps: Int
        var shortest: Int
        var longest: Int
        var loss: Double
        var accuracy: Double
        var macroF1: Double
      }
      struct Confusion: Decodable {
        var classCount: Int
        var counts: [Int]
      }
      var overall: Figures
      var deciles: [Figures]
      var classes: [String]
      var confusion: Confusion
    }
    let work = try MainJobTests.trained()
    // One epoch leaves a model that is sometimes wrong.
    try work.good("train", "s.sqlite", "--model", "lstm(1)", "--epochs", "1", "--quiet", "--output", "weak")
    let report = try work.good("evaluate", "weak.last.ragged", "s.sqlite", "--json").json(Report.self)
    let rows = try work.good("predict", "weak.last.ragged", "s.sqlite").outputLines.dropFirst().dropLast()
    var counts = [0, 0, 0, 0]
    var loss = 0.0
    for (number, row) in rows.enumerated() {
      let cells = row.split(separator: ",")
      counts[number % 2 * 2 + (cells[1] == "walk" ? 1 : 0)] += 1
      loss -= log(try #require(Double(cells[2 + number % 2])))
    }
    #expect(report.confusion.counts == counts && report.confusion.classCount == 2)
    #expect(report.classes == ["run", "walk"])
    #expect(report.overall.sequences == 40 && report.overall.timesteps == 235)
    #expect(report.overall.accuracy == Double(counts[0] + counts[3]) / 40)
    #expect(abs(report.overall.loss - loss / 40) < 1e-6)
    func f1(_ right: Int, _ wrong: Int) -> Double { 2 * Double(right) / Double(2 * right + wrong) }
    let wrong = counts[1] + counts[2]
    #expect(abs(report.overall.macroF1 - (f1(counts[0], wrong) + f1(counts[3], wrong)) / 2) < 1e-12)
    #expect(report.deciles.map(\.sequences) == Array(repeating: 4, count: 10))
    #expect(report.deciles.map(\.shortest) == report.deciles.map(\.shortest).sorted())
    #expect(report.deciles.reduce(0) { $0 + $1.timesteps } == 235)
    for options in [["--batch-size", "1"], ["--threads", "1"]] {
      let other = try work.ragged(["evaluate", "weak.last.ragged", "s.sqlite", "--json"] + options).json(Report.self)
      #expect(other.confusion.counts == counts && abs(other.overall.loss - report.overall.loss) < 1e-9)
    }
    let text = try work.good("evaluate", "weak.last.ragged", "s.sqlite").outputLines
    #expect(
      text[0].split(separator: " ").joined(separator: " ") == "lengths sequences timesteps loss accuracy macro F1")
    #expect(text[1].hasPrefix("all") && text[1].contains("3–9") && text[11].hasPrefix("length decile 10"))
  }

  /// A matrix of a thousand classes would be a thousand lines of ten thousand characters.
  @Test func ofManyClassesTheWorstAreShown() throws {
    let work = try Workspace()
    let rows = (0..<90).map { "s\($0),\(Double($0 % 7)),c\($0 % 45)\n" }.joined()
    try work.write("a.csv", "id,x,label\n" + rows)
    try work.good("import", "s.sqlite", "a.csv")
    try work.good("train", "s.sqlite", "-m", "lstm(2)", "-e", "1", "-q")
    let lines = try work.good("evaluate", "model.best.ragged", "s.sqlite").outputLines
    #expect(lines.contains("True class by predicted class, of the 20 classes with the most errors:"))
    #expect(lines.contains { $0.hasPrefix("25 others") } && lines.contains { $0.hasPrefix("Most frequent of ") })
    #expect(lines.allSatisfy { $0.count < 200 } && lines.count < 100)
    struct Report: Decodable {
      struct Confusion: Decodable { var counts: [Int] }
      var confusion: Confusion
    }
    let whole = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--json").json(Report.self)
    #expect(whole.confusion.counts.count == 45 * 45 && whole.confusion.counts.reduce(0, +) == 90)
    // The rows of the reduced matrix hold every prediction.
    let start = try #require(lines.firstIndex { $0.hasPrefix("True class") })
    let cells = lines[(start + 2)...].prefix(21).flatMap { $0.split(separator: " ").suffix(21).compactMap { Int($0) } }
    #expect(cells.reduce(0, +) == 90)
  }
}
