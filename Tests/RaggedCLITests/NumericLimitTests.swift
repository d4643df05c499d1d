import Foundation
import Synchronization
import Testing

/// Every number that a command takes, with numbers that no one means: refused where it is parsed, or taken within its
/// limits; never a trap, never another library's error.
@Suite struct NumericLimitTests {
  /// What is given for each option where `RAGGED_LIMITS` does not ask for all.
  private static let fewNumbers = ["-1", "9223372036854775807", "1e39", "nan", ""]
  /// All that may be given.
  private static let numbers = [
    "-1", "0", "2147483648", "9223372036854775807", "9223372036854775808", "1e39", "nan", "inf", "",
  ]

  /// Options that take no number, by their long names; every other one is tried.
  private static let texts: Set = [
    "dataset", "datasets", "split", "format", "id", "features", "feature-names", "target", "target-kind",
    "target-names",
    "weight", "time", "time-format", "order", "group-rows", "blank-ids",
    "valid", "split-column", "group-column", "metadata", "metadata-object", "missing", "delimiter",
    "number", "category", "static", "skip", "labels", "input-columns", "labels-separator", "classes", "tokens",
    "query",
    "lengths", "mask", "offsets", "key-from", "class-from", "split-from", "join",
    "join-key", "join-columns", "padding", "on-error", "encoding",
    "decimal", "thousands", "comment",
    "if-exists", "color", "class", "where",
    "by", "class-weight", "sample", "mix",
    "padding-side", "truncation-side", "output", "validation-split", "loss", "reduction", "optimizer", "schedule",
    "monitor",
    "resume", "tensorboard", "config", "to", "layout", "channels", "list-separator", "pivot", "value", "pivot-columns",
    "pivot-ties", "from", "store", "keys", "start", "target-weight", "head", "threshold",
    "target-scale", "quantiles", "actual",
  ]

  /// What a command needs beside the option; `OUT` is a name that is not there.
  private static let commands = [
    "import": ["OUT.sqlite", "d.csv"], "stats": ["s.sqlite"], "show": ["s.sqlite", "s1"], "plan": ["s.sqlite"],
    "batches": ["s.sqlite"], "evaluate": ["m.best.ragged", "s.sqlite"], "predict": ["m.best.ragged", "s.sqlite"],
    "train": ["s.sqlite", "--no-record", "-q", "-e", "1", "-m", "lstm(1)", "--output", "OUT", "--threads", "1"],
    "verify": ["s.sqlite", "--model", "m.best.ragged", "-s", "2"], "runs": ["s.sqlite"],
    "report": ["s.sqlite", "--output", "OUT.html"], "export": ["s.sqlite", "OUT.npz"],
    "import-weights": ["lstm(1)", "none.npz", "--store", "s.sqlite", "--output", "OUT.ragged"],
    "demo": ["-n", "10", "-e", "1", "-q"], "check": ["s.sqlite"], "delete": ["none.sqlite", "--all"],
    "rename": ["none.sqlite", "--to", "x"], "split": ["none.sqlite", "--split", "0.5,0.5"],
    "merge": ["OUT.sqlite", "s.sqlite"], "compact": ["none.sqlite"], "inspect": ["d.csv"],
    "generate": ["g.best.ragged"], "search": ["c.yaml", "-q", "--output", "OUT"],
    "forecast": ["f.best.ragged", "f.sqlite"],
  ]

  /// What an option needs to count.
  private static let companions = [
    "bucket-batch-sizes": ["--batching", "buckets:1"], "min-delta": ["--patience", "1"], "stride": ["--window", "2"],
    "decay-rate": ["--schedule", "exponential"], "decay-steps": ["--schedule", "exponential"],
    "warmup-steps": ["--schedule", "cosine"], "momentum": ["--optimizer", "sgd"],
    "weight-decay": ["--optimizer", "adamw"], "commit-every": ["--resumable"], "seeds": ["--experiment"],
    "worst": ["--run", "1"], "epoch-size": ["--sample", "balanced"],
  ]

  /// Options whose values hold a number, with `#` in its place.
  private static let patterns = [
    "batching": ["boundaries:#", "boundaries:1,#", "buckets:#", "pool:#", "packed:#"],
    "shuffle": ["blocks:#", "blocks:2,#"], "bucket-batch-sizes": ["#"],
    "model": [
      "lstm(#)", "lstm(1,dropout=#)", "dropout(#) lstm(1)", "masking(#) lstm(1)", "bidirectional(lstm(#))",
      "lstm(1) dense(#) dense(softmax)",
    ],
  ]

  private struct Tool: Decodable {
    struct Command: Decodable {
      struct Argument: Decodable {
        struct Name: Decodable {
          var kind: String
          var name: String
        }
        var kind: String
        var names: [Name]?
      }
      var commandName: String
      var subcommands: [Command]?
      var arguments: [Argument]?
    }
    var command: Command
  }

  private static func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.write("d.csv", Sample.readings(0..<8))
    try work.good("import", "s.sqlite", "d.csv", "-q")
    try work.good("train", "s.sqlite", "-m", "lstm(1)", "-e", "1", "-q", "-o", "m")
    try work.write(
      "c.yaml", "store: s.sqlite\nvalidation-fraction: 0.5\nmodel: lstm(1)\nepochs: 1\nno-record: true\nseed: [1, 2]\n")
    try work.write("n.txt", "ana\nanna\n")
    try work.good("import", "n.sqlite", "n.txt", "--tokens", "characters", "-q")
    try work.good(
      "train", "n.sqlite", "--target", "token@1", "--ends", "-m", "embedding(2) lstm(1, sequences)", "-e", "1", "-q",
      "-o", "g")
    try work.write("f.csv", "id,v\n" + (0..<20).map { "s,\($0 % 7)\n" }.joined())
    try work.good("import", "f.sqlite", "f.csv", "--id", "id", "--features", "v", "--target", "none", "-q")
    try work.good(
      "train", "f.sqlite", "--target", "v@1", "-m", "lstm(1, sequences) dense(1)", "-e", "1", "-q", "-o", "f")
    return work
  }

  @Test func everyNumberHasBothLimits() throws {
    let work = try Self.workspace()
    let tool = try work.good("--experimental-dump-help").json(Tool.self)
    var lines: [[String]] = []
    // Commands share most options: all numbers with the first that has one, and the largest with the others.
    let isThorough = ProcessInfo.processInfo.environment["RAGGED_LIMITS"] == "all"
    var seen: Set<String> = []
    let commands = (tool.command.subcommands ?? []).sorted { $0.commandName == "train" && $1.commandName != "train" }
    for command in commands {
      let options = (command.arguments ?? []).filter { $0.kind == "option" }.compactMap { argument in
        argument.names?.first { $0.kind == "long" }?.name
      }.filter { !Self.texts.contains($0) }
      guard !options.isEmpty else { continue }
      let needed = try #require(Self.commands[command.commandName], "\(command.commandName) is not known here")
      for option in options {
        // The model of a command other than "train" is a file.
        if option == "model", command.commandName != "train" { continue }
        let isFirst = seen.insert(option).inserted
        if !isFirst, !isThorough, ["busy-timeout", "seed"].contains(option) { continue }
        for pattern in Self.patterns[option] ?? ["#"] {
          for number in isThorough ? Self.numbers : isFirst ? Self.fewNumbers : ["9223372036854775807"] {
            let value = pattern.replacing("#", with: number)
            lines.append([command.commandName] + needed + (Self.companions[option] ?? []) + ["--\(option)=\(value)"])
          }
        }
      }
    }
    lines += Self.numbers.map { ["runs", "s.sqlite", "--", $0] }
    #expect(lines.count > 250)
    let problems = Mutex<[String]>([])
    let all = lines
    DispatchQueue.concurrentPerform(iterations: all.count) { index in
      let line = all[index].map { $0.replacing("OUT", with: "out\(index)") }
      // A file or a run that is not there is looked for when the numbers have been looked at.
      let isMissing = line.contains { $0.hasPrefix("none.") || $0.hasPrefix("--run=") } || line[0] == "runs"
      guard let result = try? work.ragged(line) else { return problems.withLock { $0.append("\(line): not run") } }
      if ![0, 64].contains(result.status) && !(isMissing && result.status == 66) || result.errors.contains("Error") {
        problems.withLock { $0.append("\(line): \(result.status), \(result.errors.prefix(200))") }
      }
    }
    let found = problems.withLock { $0 }
    #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
  }

  @Test(arguments: [
    (
      "--threads is 9223372036854775807, expected at most 1024",
      ["evaluate", "m", "s", "--threads=9223372036854775807"]
    ),
    ("--threads is 2147483648, expected at most 1024", ["train", "s", "--threads=2147483648"]),
    (
      "--batch-size is 9223372036854775807, expected at most 2147483647",
      ["evaluate", "m", "s", "--batch-size=9223372036854775807"]
    ),
    (
      "the last bucket boundary is 9223372036854775807, expected at most 2147483647",
      ["batches", "s", "--batching=boundaries:9223372036854775807"]
    ),
    ("--clip-norm is inf, expected at most 1e+30", ["train", "s", "--clip-norm=1e39"]),
    ("--min-delta is nan, expected at least 0", ["train", "s", "--patience=1", "--min-delta=nan"]),
    ("--learning-rate is nan, expected at least 0", ["train", "s", "--learning-rate=nan"]),
    ("--epochs is 2147483648, expected at most 2147483647", ["train", "s", "--epochs=2147483648"]),
    ("--seeds is 1001, expected at most 1000", ["demo", "--seeds=1001"]),
  ])
  func aNumberBeyondItsLimitIsNamedWithTheLimit(_ message: String, _ arguments: [String]) throws {
    let result = try Workspace().ragged(arguments)
    #expect(result.status == 64, "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test func aNumberOfAConfigurationFileIsNamedWithItsLine() throws {
    let work = try Workspace()
    for (text, message) in [
      ("threads: 2147483648", "--threads is 2147483648, expected at most 1024"),
      ("clip-norm: 1e39", "--clip-norm is inf, expected at most"),
      ("min-delta: .nan\npatience: 1", "\"min-delta\" is \".nan\", expected a number"),
      ("epochs: 9223372036854775808", "\"epochs\" is \"9223372036854775808\", expected a whole number"),
      ("batching: boundaries:9223372036854775807", "c.yaml:1: --batching: the last bucket boundary is"),
      ("batch-size: 9223372036854775807", "--batch-size is 9223372036854775807, expected at most 2147483647"),
    ] {
      try work.write("c.yaml", text + "\n")
      let result = try work.ragged("train", "s.sqlite", "--config", "c.yaml")
      #expect([64, 65].contains(result.status), "\(text): \(result.errors)")
      #expect(result.errors.contains(message), "\(text): \(result.errors)")
    }
  }

  @Test func theLargestSeedTrainsSeveralModels() throws {
    let result = try Workspace().ragged(
      "demo", "--experiment", "--seeds", "2", "-e", "1", "--seed", "18446744073709551615", "-q")
    #expect(result.status == 0, "\(result.errors)")
  }
}
