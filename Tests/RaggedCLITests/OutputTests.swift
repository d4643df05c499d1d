import Foundation
import Testing

/// Help, standard output and standard error.
@Suite struct OutputTests {
  static let commands: [(name: String, words: [String])] = [
    ("import", ["--on-error", "--split", "0.8,0.1,0.1", "jsonl", "standard input", "--class-from filename"]),
    ("export", ["--layout", "--where", "head -n 1", "SequenceExample", "reads the file", "--max-bytes"]),
    ("stats", ["--where", "--by", "length > 20", "--json"]),
    ("show", ["--format", "utterance 7", "strip of letters"]),
    ("plan", ["--max-padded-timesteps", "--batch-cost", "--largest-first", "Recommended is", "--shuffle"]),
    ("batches", ["mask [B, T] (true = real)", "numpy.load", "--padding-side", "boundaries:A,B", "packed:T"]),
    (
      "train",
      ["bidirectional(lstm(…)", "OUTPUT.last.ragged goes on from there", "--normalize", "--patience", "--tensorboard"]
    ),
    ("search", ["--halving", "--trials", "learning-rate: [0.001, 0.01]", "--resume"]),
    ("evaluate", ["macro F1", "--split test"]),
    ("predict", ["JSON Lines", "--output", "--to"]),
    ("export", ["--to", "safetensors", "lengths [batch]", "ragged export model.best.ragged model.onnx"]),
    ("import-weights", ["'lstm(64)'", "--store", "--resume new.ragged", "--from"]),
    ("runs", ["ragged runs store.sqlite 1 2", "--json"]),
    ("report", ["HTML", "--run 3 --split test", "--worst", "--runs-of", "--model", "runs no script"]),
    ("demo", ["x0(t) + x1(t-1)", "--experiment", "--leaking", "--seeds"]),
  ]

  @Test(arguments: commands) func helpTeaches(_ command: (name: String, words: [String])) throws {
    let work = try Workspace()
    let text = try work.good(command.name, "--help").output
    #expect(text.contains("USAGE: ragged \(command.name)"))
    for word in command.words { #expect(text.contains(word), "\(word)") }
    // What is not an option's signature fits an ordinary terminal.
    for line in text.split(separator: "\n") where !line.hasPrefix("USAGE") { #expect(line.count <= 80, "\(line)") }
    #expect(try work.good("help", command.name).output == text)
  }

  @Test func theFirstHelpHasAFirstSession() throws {
    let work = try Workspace()
    let text = try work.good("--help").output
    for command in OutputTests.commands { #expect(text.contains("\n  \(command.name) ")) }
    for line in [
      "  ragged stats store.sqlite\n", "  ragged predict model.best.ragged new.csv --id run\n", "Exit codes: 0 fine",
    ] {
      #expect(text.contains(line))
    }
    #expect(try work.good().output == text)
    #expect(try work.good("--version").output == "0.1.0\n")
  }

  @Test func aMistypedCommandIsUnderstood() throws {
    let work = try Workspace()
    try work.bad(64, "there is no command \"stat\", did you mean \"stats\"?", "stat", "s.sqlite")
    try work.bad(64, "there is no command \"eval\", did you mean \"evaluate\"?", "eval")
    try work.bad(64, "there is no command \"cluster\"; there are import, inspect, stats, show, plan", "cluster")
    try work.bad(64, "Missing expected argument '<store>'", "stats")
  }

  @Test func aReaderThatGoesAwayEndsTheCommandQuietly() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings(0..<3000))
    try work.good("import", "s.sqlite", "readings.csv", "--split", "test", "--dataset", "data")
    for line in ["stats s.sqlite", "batches s.sqlite --list --batch-size 1", "--help"] {
      let result = try work.shell("\"$RAGGED\" \(line) | head -n 1")
      #expect(result.status == 0 && result.errors == "" && result.outputLines.count == 2, "\(result.errors)")
    }
  }

  @Test func aFullOutputIsTold() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv")
    let result = try work.shell("\"$RAGGED\" stats s.sqlite > /dev/full")
    #expect(result.status == 74)
    #expect(result.errors == "ragged: error: cannot write to standard output: No space left on device\n")
  }

  @Test func theDemonstrationReachesTheSameBothWays() throws {
    let work = try Workspace()
    let result = try work.good("demo", "--sequences", "60", "--epochs", "1", "--store", "d.sqlite")
    #expect(result.errors == "")
    #expect(result.output.hasPrefix("# ragged demo: stored 60 sequences, "))
    let lines = result.outputLines
    let header = try #require(lines.firstIndex { $0.hasPrefix("batches   padding") })
    #expect(lines[header + 1].hasPrefix("bucketed ") && lines[header + 2].hasPrefix("padded "))
    #expect(work.names == ["d.sqlite"])
    try work.bad(73, "d.sqlite is there already", "demo", "--store", "d.sqlite")
    try work.bad(64, "--seeds is 0, expected at least 1", "demo", "--experiment", "--seeds", "0")
    try work.bad(64, "--leaking goes with --experiment", "demo", "--leaking")
    try work.bad(64, "--sequences is 3, expected at least 10", "demo", "--sequences", "3")
  }

  @Test func aCommandAfterHelpIsChecked() throws {
    let work = try Workspace()
    try work.bad(64, "there is no command \"shwo\", did you mean \"show\"?", "help", "shwo")
    try work.good("help")
  }
}
