import Foundation
import Testing

/// Bad files and bad places: the message, the exit code, and what is left behind.
@Suite struct BadInputTests {
  static let files: [(name: String, message: String)] = [
    ("ragged.csv", ":4: the row has 4 cells, expected 5 as in the header"),
    ("not-a-number.csv", ":3: column \"ax\" is \"n/a\", expected a number (use --missing n/a to accept it)"),
    ("infinite.csv", ":3: column \"ax\" is \"-inf\", expected a finite number"),
    ("duplicate-key.jsonl", ":2: key \"a\" comes twice (first seen on line 1)"),
    ("empty.csv", ": the file is empty"),
    ("header-only.csv", ": no rows follow the header"),
    ("truncated-row.csv", ":4: the row has 3 cells, expected 5 as in the header; the file ends in the middle"),
    ("invalid-utf8.csv", ":3: byte 12 of the line is 0xFF, which is not valid UTF-8"),
    ("truncated.csv.gz", ": is cut short: the gzip data end in the middle"),
    ("no-id.csv", ":1: no column for the id of a sequence is named"),
    ("lengths.ts", ":9: dimension 2 has 1 value, but dimension 1 has 2"),
    ("overflow.csv", ":3: column \"ax\" is \"1e39\", which overflows float32"),
    ("class.ts", ":9: the class is \"U\", expected one of the declared classes \"u\", \"v\""),
  ]

  @Test(arguments: files) func aBadFileIsToldWithItsPlace(_ file: (name: String, message: String)) throws {
    let work = try Workspace()
    let path = BuiltCommand.fixtures.appending(path: "bad/\(file.name)").path
    let result = try work.ragged("import", "s.sqlite", path)
    #expect(result.status == 65)
    #expect(result.output == "")
    let last = try #require(result.errors.split(separator: "\n").last)
    #expect(last.hasPrefix("ragged: error: \(path):"), "\(last)")
    #expect(last.contains(file.message), "\(last)")
    #expect(work.names == [])
  }

  @Test func aFailedImportLeavesAStoreAsItWas() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings())
    try work.good("import", "s.sqlite", "a.csv")
    let statistics = try work.good("stats", "s.sqlite", "--json").output
    try work.write("b.csv", Sample.readings(40..<400) + "last,0,1,x,run\n")
    try work.bad(65, "column \"ay\" is \"x\", expected a number", "import", "s.sqlite", "b.csv")
    #expect(try work.good("stats", "s.sqlite", "--json").output == statistics)
    // A later file of the same command takes the earlier ones back, too.
    try work.write("c.csv", Sample.readings(40..<50))
    try work.bad(65, "b.csv:", "import", "s.sqlite", "c.csv", "b.csv", "--dataset", "new")
    #expect(try work.good("stats", "s.sqlite", "--json").output == statistics)
  }

  @Test func aFullDiskLeavesTheOldStoreOrNone() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings())
    try work.write("b.csv", Sample.readings(40..<4000))
    let fresh = try work.shell("ulimit -f 200; \"$RAGGED\" import new.sqlite b.csv -q")
    #expect(fresh.status == 74, "\(fresh.errors)")
    #expect(work.names == ["a.csv", "b.csv"])
    try work.good("import", "s.sqlite", "a.csv")
    let statistics = try work.good("stats", "s.sqlite", "--json").output
    let added = try work.shell("ulimit -f 500; \"$RAGGED\" import s.sqlite b.csv -q")
    #expect(added.status == 74, "\(added.errors)")
    #expect(added.errors.hasPrefix("ragged: error: s.sqlite: "))
    #expect(try work.good("stats", "s.sqlite", "--json").output == statistics)
    try work.good("import", "s.sqlite", "b.csv", "-q")
  }

  @Test func whatIsNotThereIsNamed() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings())
    try work.good("import", "s.sqlite", "a.csv")
    try work.bad(66, "none.sqlite: there is no such file", "stats", "none.sqlite")
    try work.bad(66, "none.csv: no such file", "import", "t.sqlite", "none.csv")
    try work.bad(66, "no such file", "import", "t.sqlite", "a.csv", "none.csv")
    try work.bad(66, "none.ragged: cannot read the checkpoint", "evaluate", "none.ragged", "s.sqlite")
    try work.bad(64, "s.sqlite has no dataset \"x\"; it has \"data\"", "stats", "s.sqlite", "-d", "x")
    try work.bad(64, "dataset \"data\" has no split \"tset\"; it has \"train\"", "stats", "s.sqlite", "--split", "tset")
    try work.bad(
      64, "dataset \"data\" has no split \"trian\", did you mean \"train\"?", "stats", "s.sqlite", "--split", "trian")
    try work.bad(64, "has no class \"jump\"; it has \"run\", \"walk\"", "stats", "s.sqlite", "--class", "jump")
    try work.bad(64, "s.sqlite has no run 9: it has no runs", "runs", "s.sqlite", "9")
    try work.bad(73, "none/s.sqlite: cannot be created", "import", "none/s.sqlite", "a.csv")
    #expect(work.names == ["a.csv", "s.sqlite"])
  }

  @Test func whatIsNoStoreAndNoCheckpointIsRefused() throws {
    let work = try MainJobTests.trained()
    try work.bad(65, "readings.csv: not an SQLite database, so not a Ragged store", "stats", "readings.csv")
    try work.bad(65, "readings.csv: not an SQLite database", "import", "readings.csv", "readings.csv")
    try work.write("nothing", "")
    try work.bad(65, "nothing: is empty, not a Ragged store", "stats", "nothing")
    try work.bad(65, "s.sqlite: not a checkpoint of ragged", "predict", "s.sqlite", "s.sqlite")
    var damaged = try work.data("model.best.ragged")
    try damaged.dropLast(3).write(to: work.url.appending(path: "short.ragged"))
    damaged[damaged.count / 2] ^= 1
    try damaged.write(to: work.url.appending(path: "damaged.ragged"))
    for name in ["short.ragged", "damaged.ragged"] {
      try work.bad(65, "\(name): the checkpoint is damaged or cut short", "predict", name, "s.sqlite")
    }
  }

  @Test func dataThatDoesNotFitTheCheckpointIsToldHow() throws {
    let work = try MainJobTests.trained()
    let model = "model.best.ragged"
    try work.write("names.csv", "id,ax,az,label\na,1,2,run\n")
    try work.write("text.txt", "hello\n")
    try work.write("wide.jsonl", "{\"id\": \"a\", \"features\": [[1, 2, 3]]}\n")
    try work.write("classes.csv", "id,ax,ay,label\na,1,2,hop\nb,1,2,jump\n")
    try work.bad(65, "ay", "predict", model, "names.csv")
    try work.bad(65, "the model was trained on 2 features per timestep", "predict", model, "text.txt")
    try work.bad(65, "the first sequence has 3 features, but 2 feature names", "predict", model, "wide.jsonl")
    for (name, dataset) in [("names.csv", "names"), ("text.txt", "text"), ("classes.csv", "classes")] {
      try work.good("import", "o.sqlite", name, "-d", dataset)
    }
    try work.bad(
      65, "the data has no column \"ay\", on which the model was trained", "evaluate", model, "o.sqlite", "-d", "names")
    try work.bad(65, "the data has text of", "evaluate", model, "o.sqlite", "-d", "text")
    try work.bad(
      65, "the data's classes are hop, jump, and the model knows none of them: it knows run, walk", "evaluate", model,
      "o.sqlite", "-d", "classes")
    try work.bad(
      65, "no sequence of dataset \"data\" is in this part", "evaluate", model, "s.sqlite", "--where", "length > 99")
    try work.bad(64, "--dataset data goes with a store", "predict", model, "readings.csv", "-d", "data")
  }

  @Test func whatIsNoFileIsNoStore() throws {
    let work = try Workspace()
    try work.shell("mkdir folder; mkfifo pipe")
    for command in ["stats", "show", "plan", "runs", "check", "compact", "import"] {
      let rest = command == "show" ? ["a"] : command == "import" ? ["a.csv"] : []
      try work.write("a.csv", Sample.readings())
      for (name, message) in [
        ("folder", "folder: is a folder, not a Ragged store"), ("pipe", "pipe: is no regular file"),
      ] {
        let result = try work.ragged([command, name] + rest)
        #expect(result.status == 65 && result.errors.contains(message), "\(command): \(result.errors)")
      }
    }
  }

  @Test func anEmptyCellIsMissing() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,x\na,1\na,\n")
    #expect(
      try work.good("import", "s.sqlite", "a.csv").errors.hasSuffix("a.csv: missing cells: 1 of 2 in \"x\"\n"))
  }
}
