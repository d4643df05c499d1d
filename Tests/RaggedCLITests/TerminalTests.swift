import Foundation
import Testing

@testable import RaggedCLI

/// What is shown on a terminal, and what is not where there is none.
@Suite struct TerminalTests {
  private func store() throws -> Workspace {
    let work = try Workspace()
    var rows = "id,t,acceleration along the first axis in metres,ay,label\n"
    for line in Sample.readings().split(separator: "\n").dropFirst() { rows += line + "\n" }
    try work.write("readings.csv", rows.replacing(",run", with: ",走る走る走る走る走る"))
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.2")
    return work
  }

  @Test(arguments: [40, 60, 80, 120]) func tablesFitTheTerminal(_ columns: Int) throws {
    let work = try store()
    try work.good("train", "s.sqlite", "--model", "lstm(2)", "--epochs", "1", "-q", "--validation-split", "test")
    for arguments in [
      ["stats", "s.sqlite"], ["plan", "s.sqlite"], ["runs", "s.sqlite"], ["runs", "s.sqlite", "1"],
      ["batches", "s.sqlite", "--list"], ["evaluate", "model.best.ragged", "s.sqlite"], ["show", "s.sqlite", "s6"],
      ["check", "s.sqlite"],
    ] {
      let result = try PseudoTerminal.run(arguments, in: work, columns: UInt16(columns))
      #expect(result.status == 0, "\(result.shown)")
      // Sentences may wrap; rows of tables may not.
      for line in PseudoTerminal.plain(result.shown) where line.contains("  ") && !line.hasPrefix("  ") {
        #expect(line.columns <= max(columns, arguments[0] == "show" ? 40 : 0), "\(arguments): \(line)")
      }
    }
  }

  @Test func aPipeGetsTheWholeTableWithoutCodes() throws {
    let work = try store()
    let text = try work.shell("COLUMNS=20 \"$RAGGED\" stats s.sqlite").output
    #expect(text.contains("acceleration along the first axis in metres  number    timestep  input     0.0 %"))
    #expect(!text.contains("\u{1B}") && !text.contains("…"))
    let shown = try PseudoTerminal.run(["stats", "s.sqlite"], in: work, columns: 200)
    #expect(
      PseudoTerminal.plain(shown.shown).joined(separator: "\n").replacing("█", with: "").contains("acceleration along"))
  }

  @Test func theVariableDecidesTheWidth() throws {
    let work = try store()
    let wide = try PseudoTerminal.run(["stats", "s.sqlite"], in: work, columns: 40, environment: ["COLUMNS": "200"])
    #expect(wide.shown.contains("acceleration along the first axis in metres"))
    let narrow = try PseudoTerminal.run(["stats", "s.sqlite"], in: work, columns: 200, environment: ["COLUMNS": "40"])
    #expect(narrow.shown.contains("…"))
  }

  @Test func coloursAreForTerminals() throws {
    let work = try store()
    func codes(_ environment: [String: String] = [:], _ options: String...) throws -> Bool {
      try PseudoTerminal.run(["stats", "s.sqlite"] + options, in: work, columns: 80, environment: environment)
        .shown.contains("\u{1B}")
    }
    #expect(try codes())
    #expect(try codes(["NO_COLOR": ""]))
    #expect(try !codes(["NO_COLOR": "1"]))
    #expect(try !codes(["TERM": "dumb"]))
    #expect(try !codes([:], "--color", "never"))
    #expect(try codes(["NO_COLOR": "1"], "--color", "always"))
    #expect(try work.good("stats", "s.sqlite", "--color", "always").output.contains("\u{1B}[1m"))
    #expect(try !work.good("stats", "s.sqlite").output.contains("\u{1B}"))
    try work.bad(64, "Did you mean 'always'?", "stats", "s.sqlite", "--color", "alwyas")
  }

  /// A bar, a share and the time that is left; taken away at the end, and not there with --quiet or on a dumb terminal.
  @Test func progressIsShownOnATerminal() throws {
    let work = try Workspace()
    try work.write("big.csv", Sample.readings(0..<30_000))
    let arguments = ["import", "s.sqlite", "big.csv"]
    let shown = try PseudoTerminal.run(arguments, in: work, columns: 100)
    #expect(shown.status == 0)
    #expect(
      shown.shown.contains(#/\r\u{1B}\[2Kimporting \[=*>?\.*\] [0-9.]+ %, ETA [0-9.]+ (µs|ms|s), /#), "\(shown.shown)")
    #expect(!PseudoTerminal.plain(shown.shown).contains { $0.contains("ETA") })
    for line in shown.shown.components(separatedBy: "\r\u{1B}[2K") {
      #expect((line.split(separator: "\n").first ?? "").count < 100)
    }
    try FileManager.default.removeItem(at: work.url.appending(path: "s.sqlite"))
    let quiet = try PseudoTerminal.run(arguments + ["-q"], in: work, columns: 100)
    #expect(quiet.shown.hasPrefix("stored 30,000 sequences") && quiet.shown.split(separator: "\n").count == 1)
    let check = try PseudoTerminal.run(["check", "s.sqlite"], in: work, columns: 100, environment: ["TERM": "dumb"])
    #expect(check.shown.hasPrefix("s.sqlite: 1 dataset") && !check.shown.contains("\u{1B}"), "\(check.shown)")
    let trained = try PseudoTerminal.run(
      ["train", "s.sqlite", "--force", "--model", "lstm(2)", "--epochs", "2"], in: work, columns: 150)
    #expect(
      trained.shown.contains(#/ETA [0-9.]+ (µs|ms|s), all [0-9.]+ (µs|ms|s), loss/#), "\(trained.shown.prefix(2000))")
  }

  @Test func notesFollowTheFlags() throws {
    let work = try store()
    #expect(try work.good("stats", "s.sqlite").errors == "")
    #expect(try work.good("stats", "s.sqlite", "-v").errors == "")
    let debug = try work.good("stats", "s.sqlite", "-vv").errors
    #expect(
      debug.contains("ragged: ragged.store: s.sqlite: opened for reading, store version 1, SQLite 3."), "\(debug)")
    let train = [
      "train", "s.sqlite", "--force", "--model", "lstm(2)", "--epochs", "9", "--patience", "0", "--min-delta", "9",
    ]
    let told = try work.ragged(train + ["-v"])
    #expect(told.errors == "ragged: no improvement of loss since epoch 1: stopping after epoch 2\n", "\(told.errors)")
    let all = try work.ragged(train + ["-vv"]).errors
    for part in ["kernels ", "threads ", "epochs 1 to 9, ", "model.best.ragged: written after epoch 1, step 0"] {
      #expect(all.contains("ragged: ragged.training: ") && all.contains(part), "\(part): \(all)")
    }
    #expect(try work.ragged(train + ["-q"]).errors == "")
    try work.bad(64, "--quiet and --verbose exclude each other", "stats", "s.sqlite", "-q", "-v")
    #expect(try work.good("version").output == "0.1.0\n")
    let version = try work.good("version", "-v").output
    #expect(
      version.contains(#/^ragged 0\.1\.0\nkernels baseline.*\nthreads \d+\nSQLite 3\.[\d.]+, store version 1\n$/#))
  }
}
