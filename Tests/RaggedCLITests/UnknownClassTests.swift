import Foundation
import Testing

/// Data with a class that the model never saw.
@Suite struct UnknownClassTests {
  private struct Report: Decodable {
    struct Figures: Decodable {
      var loss: Double
      var accuracy: Double
      var macroF1: Double
    }
    struct Confusion: Decodable {
      var classCount: Int
      var counts: [Int]
    }
    struct Unknown: Decodable, Equatable {
      var name: String
      var count: Int
    }
    var overall: Figures
    var classes: [String]
    var confusion: Confusion
    var unknownClasses: [Unknown]?
  }

  /// A model of run and walk, and a store with jump and crawl besides.
  private static func workspace() throws -> Workspace {
    let work = try MainJobTests.trained()
    try work.write(
      "new.csv",
      "id,ax,ay,label\na,1,2,run\nb,1,2,jump\nc,3,1,walk\nd,-1,0,jump\ne,0,1,crawl\nf,1,1,run\n")
    try work.write("known.csv", "id,ax,ay,label\na,1,2,run\nc,3,1,walk\nf,1,1,run\n")
    try work.write("others.csv", "id,ax,ay,label\na,1,2,jump\nb,3,1,crawl\n")
    for name in ["new", "known", "others"] { try work.good("import", "o.sqlite", "\(name).csv", "-d", name) }
    return work
  }

  @Test func itCountsAsAnErrorAndIsNamed() throws {
    let work = try Self.workspace()
    func report(_ dataset: String) throws -> Report {
      try work.good("evaluate", "model.best.ragged", "o.sqlite", "-d", dataset, "--json").json(Report.self)
    }
    let (found, known) = (try report("new"), try report("known"))
    #expect(found.classes == ["run", "walk", "jump", "crawl"] && found.confusion.classCount == 4)
    let rows = (0..<4).map { Array(found.confusion.counts[$0 * 4..<$0 * 4 + 4]) }
    #expect(rows.map { $0.reduce(0, +) } == [2, 1, 2, 1])
    // Nothing is taken for them.
    #expect(rows.allSatisfy { $0[2] == 0 && $0[3] == 0 })
    #expect(found.unknownClasses == [.init(name: "jump", count: 2), .init(name: "crawl", count: 1)])
    #expect(known.unknownClasses == nil && known.confusion.classCount == 2)
    let hits = Double(rows[0][0] + rows[1][1])
    #expect(found.overall.accuracy == hits / 6 && known.overall.accuracy == hits / 3)
    // A probability that is not there has no logarithm: the loss is that of the classes it has.
    #expect(abs(found.overall.loss - known.overall.loss) < 1e-6)
    // As scikit-learn's macro F1: a class without a right prediction counts 0.
    let predicted = (0..<2).map { column in Double(rows.reduce(0) { $0 + $1[column] }) }
    let score = 2 * Double(rows[0][0]) / (2 + predicted[0]) + 2 * Double(rows[1][1]) / (1 + predicted[1])
    #expect(abs(found.overall.macroF1 - score / 4) < 1e-12)
  }

  @Test func theTextAndThePageNameIt() throws {
    let work = try Self.workspace()
    let lines = try work.good("evaluate", "model.best.ragged", "o.sqlite", "-d", "new").outputLines
    let sentence =
      "3 sequences have classes that the model does not know, and count as errors without a loss: jump (2), crawl (1)"
    #expect(lines.contains(sentence), "\(lines)")
    let title = try #require(lines.firstIndex(of: "True class by predicted class:"))
    #expect(lines[title + 1].split(separator: " ") == ["run", "walk"])
    #expect(lines[title + 2..<title + 6].map { $0.split(separator: " ").count } == [3, 3, 3, 3])
    #expect(lines[title + 2..<title + 6].map { $0.split(separator: " ")[0] } == ["run", "walk", "jump", "crawl"])
    #expect(try !work.good("evaluate", "model.best.ragged", "o.sqlite", "-d", "known").output.contains("not know"))
    try work.good("verify", "o.sqlite", "-d", "new", "--model", "model.best.ragged")
    try work.good("predict", "model.best.ragged", "o.sqlite", "-d", "new")
  }

  @Test func dataOfOtherClassesAloneIsRefused() throws {
    let work = try Self.workspace()
    try work.bad(
      65, "the data's classes are jump, crawl, and the model knows none of them: it knows run, walk",
      "evaluate", "model.best.ragged", "o.sqlite", "-d", "others")
  }
}
