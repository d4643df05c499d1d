import Foundation
import Testing

/// A file a sequence: where names of files and folders are data.
@Suite struct FileASequenceTests {
  private static func workspace() throws -> Workspace {
    let work = try Workspace()
    for folder in ["walk", "run", "pos", "neg"] {
      try FileManager.default.createDirectory(
        at: work.url.appending(path: folder), withIntermediateDirectories: true)
    }
    try work.write("walk/rec01.csv", "time,ax,ay\n0,0.5,0.25\n0.5,0.75,0.5\n")
    try work.write("run/rec01.csv", "time,ax,ay\n0,1.5,0.25\n0.5,1.75,0.5\n1,2,0.75\n")
    try work.write("run/rec02.csv", "time,ax,ay\n0,2.5,0.25\n")
    try work.write("pos/reviews.txt", "good film\nfine\n")
    try work.write("neg/reviews.txt", "bad film\n")
    return work
  }

  private func export(_ work: Workspace) throws -> String {
    try? FileManager.default.removeItem(at: work.url.appending(path: "out.csv"))
    try work.good("export", "s.sqlite", "out.csv")
    return try work.text("out.csv")
  }

  @Test func tablesInFolders() throws {
    let work = try Self.workspace()
    let result = try work.good(
      "import", "s.sqlite", "walk/rec01.csv", "run/rec01.csv", "run/rec02.csv", "--class-from", "folder")
    #expect(result.output.hasPrefix("stored 3 sequences, 6 timesteps, 2 features, 2 classes"))
    // Said once, not with every file.
    #expect(
      result.errors
        == "id: none, so that all rows of a file are one sequence; features: \"ax\", \"ay\"; time: \"time\"; class: the folder's name\n"
    )
    let rows = try export(work)
    for row in ["walk/rec01,0,", "run/rec01,0,", "run/rec02,0,"] { #expect(rows.contains("\n" + row), "\(rows)") }
    try work.bad(
      65, "key \"walk/rec01\" is already in dataset \"data\" (from walk/rec01.csv", "import", "s.sqlite",
      "walk/rec01.csv", "run/rec02.csv", "--class-from", "folder")
  }

  @Test func linesOfTextInFolders() throws {
    let work = try Self.workspace()
    let result = try work.good(
      "import", "s.sqlite", "pos/reviews.txt", "neg/reviews.txt", "--tokens", "words", "--class-from", "folder")
    #expect(result.output.hasPrefix("stored 3 sequences, 5 timesteps"))
    let stats = try work.good("stats", "s.sqlite").output
    #expect(stats.contains("pos") && stats.contains("neg"))
    let keys = try export(work)
    for key in ["pos/reviews:1", "pos/reviews:2", "neg/reviews:1"] { #expect(keys.contains(key)) }
  }

  @Test func splitsInFolders() throws {
    let work = try Self.workspace()
    try FileManager.default.moveItem(
      at: work.url.appending(path: "walk"), to: work.url.appending(path: "val"))
    let result = try work.good(
      "import", "s.sqlite", "val/rec01.csv", "run/rec01.csv", "--split-from", "folder", "--key-from", "path")
    #expect(result.errors.contains("split: the folder's name"))
    let rows = try export(work)
    #expect(rows.contains("validation") && rows.contains("run"))
    try work.bad(
      64, "--split with shares excludes --split-column and --split-from", "import", "t.sqlite", "val/rec01.csv",
      "--split-from", "folder", "--split", "0.5,0.5")
  }

  @Test func oneFileByItself() throws {
    let work = try Self.workspace()
    try work.good("import", "s.sqlite", "run/rec01.csv", "--key-from", "name")
    #expect(try export(work).contains("\nrec01,0,"))
    try work.bad(64, "--key-from", "import", "t.sqlite", "run/rec01.csv", "--key-from", "folder")
  }

  /// A model is asked of files as they lay when it was trained.
  @Test func filesArePredicted() throws {
    let work = try Self.workspace()
    try work.good("import", "s.sqlite", "walk/rec01.csv", "run/rec01.csv", "run/rec02.csv", "--class-from", "folder")
    try work.good("train", "s.sqlite", "-m", "lstm(1)", "-e", "1", "-q", "-o", "m")
    let rows = try work.good("predict", "m.best.ragged", "walk/rec01.csv", "run/rec01.csv").output
    #expect(rows.contains("\nwalk/rec01,") && rows.contains("\nrun/rec01,"))
  }
}
