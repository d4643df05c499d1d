import Foundation
import Testing

/// Figures against ones made by hand.
@Suite struct StatsCommandTests {
  struct Group: Decodable {
    struct Statistics: Decodable {
      struct Lengths: Decodable {
        struct Entry: Decodable, Equatable {
          var length: Int
          var count: Int
        }
        var minimum: Int
        var mean: Double
        var median: Double
        var maximum: Int
        var percentiles: [String: Double]
        var entries: [Entry]
      }
      struct Class: Decodable, Equatable {
        var name: String
        var count: Int
      }
      struct Feature: Decodable, Equatable {
        var name: String
        var count: Int
        var mean: Double?
        var standardDeviation: Double?
        var minimum: Double?
        var maximum: Double?
      }
      var dataset: String
      var split: String?
      var `class`: String?
      var sequences: Int
      var timesteps: Int
      var lengths: Lengths
      var classes: [Class]
      var features: [Feature]
    }
    struct Forecast: Decodable {
      var batches: Double
      var paddedTimesteps: Double
      var timesteps: Int
    }
    var statistics: Statistics
    var batching: [Forecast]
  }

  /// Lengths 1, 2, 5; x over all timesteps: 1 | 2 4 | 0 1 2 3 7.
  private func store() throws -> Workspace {
    let work = try Workspace()
    try work.write(
      "a.csv",
      """
      id,t,x,label,part
      a,0,1,u,train
      b,0,2,v,train
      b,1,4,v,train
      c,0,0,u,test
      c,1,1,u,test
      c,2,2,u,test
      c,3,3,u,test
      c,4,7,u,test

      """)
    try work.good("import", "s.sqlite", "a.csv", "--split-column", "part")
    return work
  }

  @Test func figuresOfTheWhole() throws {
    let work = try store()
    let group = try #require(
      try work.good("stats", "s.sqlite", "--json", "--batch-size", "3").json([Group].self).first)
    let figures = group.statistics
    #expect(figures.dataset == "data" && figures.split == nil && figures.class == nil)
    #expect(figures.sequences == 3 && figures.timesteps == 8)
    #expect(figures.lengths.minimum == 1 && figures.lengths.maximum == 5 && figures.lengths.median == 2)
    #expect(abs(figures.lengths.mean - 8.0 / 3) < 1e-12)
    #expect(figures.lengths.entries == [1, 2, 5].map { .init(length: $0, count: 1) })
    // numpy.percentile([1, 2, 5], [5, 25, 75, 95]) == [1.1, 1.5, 3.5, 4.7]
    for (percent, value) in ["5": 1.1, "25": 1.5, "75": 3.5, "95": 4.7] {
      #expect(abs((figures.lengths.percentiles[percent] ?? 0) - value) < 1e-9)
    }
    #expect(figures.classes == [.init(name: "u", count: 2), .init(name: "v", count: 1)])
    let feature = try #require(figures.features.first)
    #expect(feature.name == "x" && feature.count == 8 && feature.minimum == 0 && feature.maximum == 7)
    #expect(feature.mean == 2.5)
    // Squared deviations: 2.25 + 0.25 + 2.25 + 6.25 + 2.25 + 0.25 + 0.25 + 20.25 = 34.
    #expect(abs((feature.standardDeviation ?? 0) - (34.0 / 8).squareRoot()) < 1e-12)
    // One batch of three, padded to 5.
    #expect(group.batching[0].batches == 1 && group.batching[0].paddedTimesteps == 15)
    #expect(group.batching.last?.paddedTimesteps == 8)
  }

  @Test func figuresOfParts() throws {
    let work = try store()
    func figures(_ options: String...) throws -> [Group.Statistics] {
      try work.ragged(["stats", "s.sqlite", "--json"] + options).json([Group].self).map(\.statistics)
    }
    let train = try figures("--split", "train")
    #expect(train.map(\.timesteps) == [3])
    #expect(abs((train[0].features.first?.mean ?? 0) - 7.0 / 3) < 1e-12)
    let u = try figures("--class", "u")
    #expect(u.map(\.timesteps) == [6])
    #expect(abs((u[0].features.first?.mean ?? 0) - 14.0 / 6) < 1e-12)
    #expect(try figures("--split", "train,test").map(\.sequences) == [3])
    let long = try figures("--where", "length > 1 AND class = 'v'")
    #expect(long.map(\.sequences) == [1] && long[0].features.first?.mean == 3)
    #expect(long[0].features.first?.standardDeviation == 1)
    let none = try work.good("stats", "s.sqlite", "--where", "length > 99")
    #expect(none.output.hasPrefix("data: 0 sequences, 0 timesteps\n"))
    let bySplit = try figures("--by", "split")
    #expect(bySplit.compactMap(\.split) == ["test", "train"] && bySplit.map(\.timesteps) == [5, 3])
    let byClass = try figures("--by", "class")
    #expect(byClass.compactMap(\.class) == ["u", "v"] && byClass.map(\.sequences) == [2, 1])
    #expect(byClass.map { $0.features.first?.count } == [6, 2])
  }

  @Test func theTextShowsFiguresAndAHistogram() throws {
    let work = try store()
    let text = try work.good("stats", "s.sqlite", "--batch-size", "3").output
    #expect(
      text == """
        data: 3 sequences, 8 timesteps

        length  min  5 %  25 %  median  mean  75 %  95 %  max
                  1  1.1   1.5     2.0   2.7   3.5   4.7    5

        timesteps  sequences
                1          1  ██████████████████████████████████████████████████
                2          1  ██████████████████████████████████████████████████
                3          0
                4          0
                5          1  ██████████████████████████████████████████████████

        class  count   share
        u          2  66.7 %
        v          1  33.3 %

        column  kind      per       role    missing  mean    std                   min                   max  names  most frequent
        x       number    timestep  input     0.0 %   2.5  2.062                     0                     7
        label   category  sequence  target    0.0 %                                                               2  u (2), v (1)
        t       time      timestep  input     0.0 %               1970-01-01T00:00:00Z  1970-01-01T00:00:04Z

        batching at 3  batches  padded timesteps  padding
        padded               1                15   46.7 %
        buckets:2            2                 9   11.1 %
        exact                3                 8    0.0 %

        """)
    #expect(try work.good("stats", "s.sqlite", "--by", "class").output.contains("\n\ndata, class v: 1 sequence"))
  }

  @Test func aMistypedNameIsUnderstood() throws {
    let work = try store()
    for (arguments, message) in [
      (["stats", "s.sqlite", "--where", "lenght > 3"], "no such column: lenght, did you mean \"length\"?"),
      (["stats", "s.sqlite", "--by", "clas"], "--by is \"clas\", did you mean \"class\"?"),
      (["stats", "s.sqlite", "--class", "U"], "has no class \"U\", did you mean \"u\"?"),
      (["stats", "s.sqlite", "--split", "tarin"], "has no split \"tarin\", did you mean \"train\"?"),
      (["stats", "s.sqlite", "-d", "dta"], "has no dataset \"dta\", did you mean \"data\"?"),
      (["runs", "s.sqlite", "-d", "dta"], "has no dataset \"dta\", did you mean \"data\"?"),
      (["delete", "s.sqlite", "--keys", "aa"], "has no key \"aa\", did you mean \"a\"?"),
      (["import", "t.sqlite", "a.csv", "--id", "ide"], "there is no column \"ide\", did you mean \"id\"?"),
      (["import", "t.sqlite", "a.csv", "--features", "xx"], "there is no column \"xx\", did you mean \"x\"?"),
      (["import", "t.sqlite", "a.csv", "--target", "labl"], "there is no column \"labl\", did you mean \"label\"?"),
      (["import", "t.sqlite", "a.csv", "--format", "cvs"], "Did you mean 'csv'?"),
      (["shwo", "s.sqlite"], "there is no command \"shwo\", did you mean \"show\"?"),
    ] {
      let result = try work.ragged(arguments)
      #expect([64, 65].contains(result.status), "\(arguments)")
      #expect(result.errors.contains(message), "\(arguments): \(result.errors)")
    }
  }

  @Test(arguments: [
    "length >", "length > 1; DROP TABLE sequence", "(SELECT name FROM feature)", "nothing = 1", "load_extension('x')",
    "1; ATTACH 'other.sqlite' AS other", "id IN (SELECT count(*) FROM run)",
  ])
  func aConditionCanOnlyReadItsColumns(_ condition: String) throws {
    let work = try store()
    let before = try work.good("stats", "s.sqlite").output
    let names = work.names
    let result = try work.ragged("stats", "s.sqlite", "--where", condition)
    #expect(result.status == 64, "\(result.output)")
    #expect(result.errors.hasPrefix("ragged: error: ") && result.errors.contains("condition"), "\(result.errors)")
    #expect(try work.good("stats", "s.sqlite").output == before)
    #expect(work.names == names)
  }
}
