import Foundation
import Testing

/// Thousands of classes: what is written grows with them, and not with their square.
@Suite struct ManyClassesTests {
  private static let classCount = 2000

  private static func store() throws -> Workspace {
    let work = try Workspace()
    let rows = (0..<2 * classCount).map { "s\($0),\(Double($0 % 7)),c\($0 % classCount)\n" }.joined()
    try work.write("a.csv", "id,x,label\n" + rows)
    try work.good("import", "s.sqlite", "a.csv", "--quiet")
    return work
  }

  private struct Group: Decodable {
    struct Statistics: Decodable {
      struct Class: Decodable, Equatable {
        var name: String
        var count: Int
      }

      var `class`: String?
      var sequences: Int
      var classes: [Class]
    }

    var statistics: Statistics
  }

  @Test func statisticsByClassHoldEachClassOnce() throws {
    let work = try Self.store()
    let result = try work.good("stats", "s.sqlite", "--by", "class", "--json")
    #expect(result.output.utf8.count < Self.classCount * 4000)
    let groups = try result.json([Group].self).map(\.statistics)
    #expect(groups.count == Self.classCount)
    for (index, group) in groups.enumerated() {
      #expect(group.class == "c\(index)" && group.sequences == 2)
      #expect(group.classes == [Group.Statistics.Class(name: "c\(index)", count: 2)])
    }
  }

  @Test func printedStatisticsFoldTheOthers() throws {
    let work = try Self.store()
    let lines = try work.good("stats", "s.sqlite").outputLines
    #expect(lines.count < 100)
    #expect(lines.contains { $0.hasPrefix("1,960 others") && $0.contains("3,920") })
  }

  @Test func anEvaluationHoldsThePairsThatOccur() throws {
    let work = try Self.store()
    try work.good("train", "s.sqlite", "-m", "lstm(1)", "-e", "1", "-q")
    let result = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--json")
    #expect(result.output.utf8.count < Self.classCount * 250)
    struct Report: Decodable {
      struct Confusion: Decodable {
        var classCount: Int
        var entries: [[Int]]
        var counts: [Int]?
      }

      var confusion: Confusion
    }
    let confusion = try result.json(Report.self).confusion
    #expect(confusion.classCount == Self.classCount && confusion.counts == nil)
    #expect(confusion.entries.reduce(0) { $0 + $1[2] } == 2 * Self.classCount)
  }
}
