import Foundation
import Testing

/// Splits, skipping, standard input and what is said.
@Suite struct ImportCommandTests {
  /// The split of every key.
  private func splits(_ work: Workspace, _ store: String) throws -> [String: Set<String>] {
    struct Group: Decodable {
      struct Statistics: Decodable {
        var split: String
        var sequences: Int
      }
      var statistics: Statistics
    }
    let groups = try work.good("stats", store, "--by", "split", "--json").json([Group].self)
    var result: [String: Set<String>] = [:]
    for group in groups {
      let listed = try work.good("batches", store, "--split", group.statistics.split, "--output", "b-\(UUID())")
      #expect(listed.status == 0)
      let folder = try #require(work.names.filter { $0.hasPrefix("b-") }.first)
      let keys = try work.text(folder + "/keys.txt").split(separator: "\n").compactMap {
        $0.split(separator: "\t").last
      }
      try FileManager.default.removeItem(at: work.url.appending(path: folder))
      result[group.statistics.split] = Set(keys.map(String.init))
      #expect(keys.count == group.statistics.sequences)
    }
    return result
  }

  @Test func sharesDoNotDependOnOrderOrOnWhatElseIsThere() throws {
    let work = try Workspace()
    try work.write("all.csv", Sample.readings(0..<200))
    try work.write("first.csv", Sample.readings(0..<50))
    try work.write("rest.csv", Sample.readings(50..<200))
    let shares = ["--split", "0.8,0.1,0.1", "--seed", "7", "--quiet"]
    _ = try work.ragged(["import", "a.sqlite", "all.csv"] + shares)
    _ = try work.ragged(["import", "b.sqlite", "rest.csv"] + shares)
    _ = try work.ragged(["import", "b.sqlite", "first.csv"] + shares)
    let whole = try splits(work, "a.sqlite")
    #expect(whole.keys.sorted() == ["test", "train", "validation"])
    #expect(try splits(work, "b.sqlite") == whole)
    #expect((140...180).contains(whole["train"]?.count ?? 0))
    _ = try work.ragged(["import", "c.sqlite", "all.csv", "--split", "0.8,0.1,0.1", "--seed", "8", "--quiet"])
    #expect(try splits(work, "c.sqlite") != whole)
    _ = try work.ragged(["import", "d.sqlite", "all.csv", "--split", "0.75,0.25", "--quiet"])
    #expect(try splits(work, "d.sqlite").keys.sorted() == ["test", "train"])
    _ = try work.ragged(["import", "e.sqlite", "all.csv", "--split", "holdout", "--quiet"])
    #expect(try splits(work, "e.sqlite").mapValues(\.count) == ["holdout": 200])
  }

  @Test func stratifiedSharesDivideEveryClass() throws {
    let work = try Workspace()
    try work.write("all.csv", Sample.readings(0..<40))
    try work.good("import", "s.sqlite", "all.csv", "--split", "0.5,0.25,0.25", "--stratify")
    for (split, count) in try splits(work, "s.sqlite").mapValues({ $0 }) {
      let even = count.filter { Int($0.dropFirst()).map { $0 % 2 == 0 } ?? false }
      #expect(even.count == (split == "train" ? 10 : 5))
      #expect(count.count == 2 * even.count)
    }
  }

  @Test func groupsStayTogether() throws {
    let work = try Workspace()
    let rows = (0..<60).map { "s\($0),1,g\($0 / 5)" }
    try work.write("all.csv", "id,x,who\n" + rows.joined(separator: "\n") + "\n")
    try work.good("import", "s.sqlite", "all.csv", "--split", "0.6,0.4", "--grouped", "--group-column", "who")
    let parts = try splits(work, "s.sqlite")
    for group in 0..<12 {
      let keys = Set((0..<5).map { "s\(group * 5 + $0)" })
      #expect(parts.values.contains { keys.isSubset(of: $0) })
    }
    #expect(parts.count == 2)
  }

  @Test func badSequencesAreLeftOutListedAndCounted() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,x,label\na,1,u\na,2,u\nb,3,v\nb,oops,v\nc,4,u\nd,bad,u\ne,5,v\n")
    let result = try work.good("import", "s.sqlite", "a.csv", "--on-error", "skip", "--features", "x")
    #expect(result.output == "stored 3 sequences, 4 timesteps, 1 feature, 2 classes, 2 rejected\n")
    #expect(
      result.errors.split(separator: "\n").suffix(2) == [
        "left out: a.csv:5: column \"x\" is \"oops\", expected a number",
        "left out: a.csv:7: column \"x\" is \"bad\", expected a number",
      ])
    #expect(try splits(work, "s.sqlite") == ["train": ["a", "c", "e"]])
  }

  @Test func whatIsLeftOutLeavesNothingBehind() throws {
    let work = try Workspace()
    let options = ["--features", "word", "--tokens", "words", "--target", "tag", "--target-kind", "class-per-step"]
    try work.write("log.csv", "id,word,tag\na,x,S\nb,y,T\na,z,U\nb,y,T\n")
    let refusing = ["--on-error", "skip", "--group-rows", "never"] + options
    let nothing = try work.ragged(["import", "s.sqlite", "log.csv"] + refusing)
    #expect(nothing.status == 65 && nothing.output == "", "\(nothing.output)")
    #expect(
      nothing.errors.split(separator: "\n").suffix(3) == [
        "left out: log.csv:4: id \"a\" comes back after its rows ended (first seen on line 2); sort the rows by id, then by time, or let --group-rows always do so",
        "left out: log.csv:5: id \"b\" comes back after its rows ended (first seen on line 3); sort the rows by id, then by time, or let --group-rows always do so",
        "ragged: error: log.csv: nothing was stored, as all of 2 sequences were left out",
      ], "\(nothing.errors)")
    #expect(work.names == ["log.csv"])
    try work.write("more.csv", "id,word,tag\na,x,S\nc,y,T\na,z,U\n,w,V\nd,y,T\ne,v,T\n")
    let some = try work.ragged(["import", "s.sqlite", "more.csv"] + refusing)
    #expect(some.output == "stored 2 sequences, 2 timesteps, 3 tokens, 1 class, 2 rejected\n")
    #expect(try work.good("stats", "s.sqlite").output.hasPrefix("data: 2 sequences, 2 timesteps\n"))
  }

  /// No value of a list is lost where its option is given once more.
  @Test func listsMayBeGivenInParts() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,x,y,m,n,label\na,NA,1,p,q,u\na,?,2,p,q,u\na,,3,p,q,u\na,4,-1.0,p,q,u\na,5,6,p,q,u\n")
    let parts = try work.good(
      "import", "s.sqlite", "a.csv", "--missing", "NA", "--missing", "", "--missing=-1,?", "--features", "x",
      "--features", "y", "--metadata", "m", "--metadata", "n", "--classes", "u", "--classes", "v,w")
    #expect(parts.output == "stored 1 sequence, 5 timesteps, 2 features, 3 classes, 0 rejected\n")
    let whole = try work.good(
      "import", "t.sqlite", "a.csv", "--missing", #"NA,"",-1,?"#, "--features", "x,y", "--metadata", "m,n", "--classes",
      "u,v,w")
    #expect(whole.output == parts.output)
    try work.good("export", "s.sqlite", "s.jsonl")
    try work.good("export", "t.sqlite", "t.jsonl")
    #expect(try work.text("s.jsonl") == work.text("t.jsonl"))
    #expect(try !work.text("s.jsonl").contains("valid"))
    try work.write("b.csv", Sample.readings(0..<6))
    for split in ["one", "two", "three"] {
      try work.good("import", "u.sqlite", "b.csv", "--split", split, "--dataset", split)
      try work.good("import", "v.sqlite", "b.csv", "--split", split, "--if-exists", "skip")
    }
    try work.good("merge", "w.sqlite", "u.sqlite", "-d", "one", "--datasets", "two")
    try work.bad(64, "w.sqlite has 2 datasets", "stats", "w.sqlite")
    try work.good("delete", "w.sqlite", "-d", "one", "--keys", "s0", "--keys", "s1")
    #expect(try work.good("stats", "w.sqlite", "-d", "one").output.hasPrefix("one: 4 sequences"))
    try work.good("delete", "w.sqlite", "-d", "one", "--class", "run", "--class", "walk")
    #expect(try work.good("stats", "w.sqlite", "-d", "one").output.hasPrefix("one: 0 sequences"))
  }

  @Test func standardInputIsReadOnceInAnyFormat() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings(0..<3))
    let file = try work.good("import", "a.sqlite", "a.csv").output
    let result = try work.good("import", "b.sqlite", "-", "--format", "csv", input: Sample.readings(0..<3))
    #expect(result.output == file)
    #expect(try work.shell("gzip -c a.csv | \"$RAGGED\" import c.sqlite - --format csv -q").output == file)
    try work.bad(
      64, "standard input: the name does not tell the format, expected one of csv, tsv, jsonl, ts, tsf, arff", "import",
      "d.sqlite", "-", input: "")
    try work.bad(64, "to be given (--format names it)", "import", "d.sqlite", "-", input: "")
    try work.bad(64, "standard input (-) can be read once, not twice", "import", "d.sqlite", "-", "-", input: "")
    #expect(!work.names.contains("d.sqlite"))
  }

  @Test func furtherImportsAddOrAreRefused() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings(0..<3))
    try work.write("b.csv", Sample.readings(3..<5))
    try work.good("import", "s.sqlite", "a.csv")
    try work.bad(65, "there is a dataset \"data\" already", "import", "s.sqlite", "b.csv", "--new")
    let twice = try work.good("import", "s.sqlite", "a.csv", "--if-exists", "skip", "--quiet").output
    #expect(twice.contains("stored 0 sequences") && twice.hasSuffix("3 there already\n"))
    try work.bad(
      65, "a.csv:2: key \"s0\" is already in dataset \"data\" (from a.csv:2)", "import", "s.sqlite", "a.csv")
    try work.good("import", "s.sqlite", "b.csv")
    try work.good("import", "s.sqlite", "a.csv", "--dataset", "other")
    try work.bad(
      64, "s.sqlite has 2 datasets: name one with --dataset (data, other)", "stats", "s.sqlite")
    #expect(try work.good("stats", "s.sqlite", "-d", "data").output.hasPrefix("data: 5 sequences, 25 timesteps\n"))
    try work.write("text.txt", "hello\n")
    try work.bad(65, "text.txt does not fit dataset \"data\"", "import", "s.sqlite", "text.txt", "-d", "data")
  }

  /// A fault at the end of the file ends a resumable import between two commits; mending it changes the file.
  @Test func aResumableImportOfAMendedFileBeginsAnew() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings(0..<100) + "bad,0,oops,1,run\n")
    let options = ["import", "s.sqlite", "a.csv", "--quiet", "--resumable", "--commit-every"]
    for wrong in ["0", "-3", "x", "1.5MB", "99999999999GB", ""] {
      let result = try work.ragged(options + [wrong])
      #expect(result.status == 64 && result.errors.contains("commit-every"), "\(result.errors)")
    }
    try work.bad(64, "--commit-every goes with --resumable", "import", "s.sqlite", "a.csv", "--commit-every", "1KB")
    #expect(!work.names.contains("s.sqlite"))
    #expect(try work.ragged(options + ["0.5kb"]).status == 64)
    #expect(try work.ragged(options + ["1000 b"]).status == 65)
    let kept = try work.good("stats", "s.sqlite").output
    #expect(kept.hasPrefix("data: ") && !kept.hasPrefix("data: 100 "))
    try work.write("a.csv", Sample.readings(0..<100))
    let refused = try work.ragged(options + ["1KB"])
    let advice = "ragged delete s.sqlite --dataset data --unfinished"
    #expect(refused.status == 65 && refused.errors.contains("\"\(advice)\""), "\(refused.errors)")
    try work.bad(64, "say which", "delete", "s.sqlite", "--unfinished", "--all")
    #expect(try work.ragged(advice.split(separator: " ").dropFirst().map(String.init)).status == 0)
    #expect(try work.ragged(options + ["1KB"]).status == 0)
    #expect(try work.good("stats", "s.sqlite").output.hasPrefix("data: 100 sequences"))
    try work.good("check", "s.sqlite")
  }

  @Test func optionsWithoutAMeaningAreRefused() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings(0..<3))
    let cases: [(String, [String])] = [
      ("Unknown option '--colour'", ["--colour", "red"]),
      ("--split is \"0.8\", expected a name, or two or three shares: 0.8,0.1,0.1", ["--split", "0.8"]),
      ("--split is \"0.8,x\", expected a name, or two or three shares", ["--split", "0.8,x"]),
      ("--split has 4 shares, expected two or three", ["--split", "0.4,0.2,0.2,0.2"]),
      ("the shares of the splits add up to 0.9", ["--split", "0.8,0.1"]),
      ("--stratify and --grouped go with shares", ["--stratify"]),
      ("--stratify and --grouped exclude each other", ["--stratify", "--grouped", "--split", "0.5,0.5"]),
      ("a mask means nothing for the format csv", ["--mask", "m"]),
      ("the delimiter is \"ab\", expected one ASCII character", ["--delimiter", "ab"]),
    ]
    for (message, options) in cases {
      let result = try work.ragged(["import", "s.sqlite", "a.csv"] + options)
      #expect(result.status == 64, "\(options): \(result.errors)")
      #expect(result.errors.contains(message), "\(options): \(result.errors)")
      #expect(result.output == "")
    }
    #expect(work.names == ["a.csv"])
  }
}
