import Foundation
import GRDB
import Testing

/// Stores from before the first release are refused by every command that opens one.
@Suite struct OldStoreTests {
  private static let makers = [
    // What the first of them had: an index in the place of the counts, and no seals.
    """
    CREATE TABLE sequence (id INTEGER PRIMARY KEY, dataset_id INTEGER, key TEXT, split TEXT, length INTEGER, class INTEGER);
    CREATE INDEX sequence_figures ON sequence (dataset_id, split, class, length);
    PRAGMA application_id = 1380403012;
    PRAGMA user_version = 1;
    """,
    // The last had the tables of today.
    "PRAGMA user_version = 2",
  ]

  @Test(arguments: makers) func everyCommandRefusesThem(_ sql: String) throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings())
    try work.good("import", "t.sqlite", "a.csv")
    try work.good("train", "t.sqlite", "-m", "lstm(2)", "--epochs", "1", "-o", "m", "-q")
    try work.good("export", "m.best.ragged", "w.safetensors")
    if sql.count < 100 { try work.good("import", "s.sqlite", "a.csv") }
    let queue = try DatabaseQueue(path: work.url.appending(path: "s.sqlite").path)
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
    try work.write("c.yaml", "store: s.sqlite\nvalidation-split: test\nseed: [1, 2]\n")
    let (names, before) = (work.names, try Data(contentsOf: work.url.appending(path: "s.sqlite")))
    let commands: [[String]] = [
      ["search", "c.yaml"], ["import", "s.sqlite", "a.csv"], ["import", "s.sqlite", "a.csv", "--resumable"],
      ["stats", "s.sqlite"],
      ["show", "s.sqlite", "s3"], ["plan", "s.sqlite"], ["batches", "s.sqlite", "-o", "b"],
      ["train", "s.sqlite", "-o", "n"], ["train", "s.sqlite", "-o", "n", "--no-record"],
      ["evaluate", "m.best.ragged", "s.sqlite"], ["predict", "m.best.ragged", "s.sqlite", "-o", "p.csv"],
      ["verify", "s.sqlite", "--model", "m.best.ragged"], ["runs", "s.sqlite"], ["report", "s.sqlite", "-o", "r.html"],
      ["forecast", "m.best.ragged", "s.sqlite"],
      ["export", "s.sqlite", "e.csv"],
      ["import-weights", "lstm(2)", "w.safetensors", "--store", "s.sqlite", "-o", "w.ragged"], ["check", "s.sqlite"],
      ["check", "s.sqlite", "--repair"], ["delete", "s.sqlite", "--all"], ["rename", "s.sqlite", "--to", "n"],
      ["split", "s.sqlite", "--split", "0.5,0.5"], ["merge", "s.sqlite", "t.sqlite"],
      ["merge", "u.sqlite", "s.sqlite"],
      ["compact", "s.sqlite"],
    ]
    let help = try work.good("--help").output
    let all = help.matches(of: #/\n  ([a-z][a-z-]+) {2,}/#).map { String($0.output.1) }
    // These open no store.
    let others = ["demo", "generate", "inspect", "version", "help"]
    #expect(Set(commands.map { $0[0] }).union(others) == Set(all).union(["help"]))
    for result in try commands.map({ try work.start($0) }).map({ $0.result() }) {
      #expect(result.status == 65 && result.output == "")
      #expect(
        result.errors
          == "ragged: error: s.sqlite: a store of a Ragged from before the first release, which is not read any "
          + "more; import its data again into a new store\n")
    }
    #expect(work.names == names)
    #expect(try Data(contentsOf: work.url.appending(path: "s.sqlite")) == before)
  }
}
