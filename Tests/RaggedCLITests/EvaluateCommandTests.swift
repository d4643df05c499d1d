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
}
