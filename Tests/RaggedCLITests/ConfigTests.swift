import ArgumentParser
import Foundation
import Testing

@testable import RaggedCLI

/// `ragged train --config`.
@Suite struct ConfigTests {
  private static func values(_ command: TrainCommand) -> [String: ConfigValue] {
    Dictionary(
      uniqueKeysWithValues: ConfigKey.all(of: TrainCommand.self, parsed: command)
        .filter { !ConfigKey.own.contains($0.name) }.compactMap { key in key.value.map { (key.name, $0) } })
  }

  private static func parsed(_ arguments: [String]) throws -> TrainCommand {
    let line = try ConfiguredArguments(["train"] + arguments, commands: [TrainCommand.self])
    return try TrainCommand.parse(Array(line.arguments.dropFirst()))
  }

  /// Some options with values that are legal by themselves.
  private static func options(_ random: inout TableTests.Numbers, _ keys: [ConfigKey]) -> [String] {
    let texts = [
      "model": ["lstm(8, sequences) dense(softmax)", "embedding(4) lstm(3, dropout=0.5)"],
      "batching": ["padded", "exact", "buckets:3", "boundaries:10,20", "pool:4", "packed:64"],
      "shuffle": ["none", "full", "blocks:100,4"], "bucket-batch-sizes": ["4", "8,4,2"],
    ]
    let odd = [
      "a", "x,y", "två", "it's \"so\"", "back\\slash", "# no comment", "true", "null", "12", "1e3", "- a", "a: b", " ",
      "*a", "&b", "[x", "{y}", "%z", "@", "`", "tab\there", "line\nbreak", "~", "中文", "\u{7F}\u{85}\u{2028}", "",
    ]
    return (0..<Int.random(in: 0...5, using: &random)).flatMap { _ -> [String] in
      guard let key = keys.randomElement(using: &random) else { return [] }
      switch key.kind {
      case .flag: return ["--\(key.name)"]
      case .count: return Array(repeating: "--\(key.name)", count: Int.random(in: 1...2, using: &random))
      case .integer: return ["--\(key.name)=\(Int.random(in: 1...99, using: &random))"]
      case .number: return ["--\(key.name)=\(Float.random(in: 0.001..<1, using: &random))"]
      case .text:
        let values = texts[key.name] ?? (key.argument.values.isEmpty ? odd : key.argument.values)
        return ["--\(key.name)=\(values.randomElement(using: &random) ?? "")"]
      }
    }
  }

  /// What is printed for a command line stands for that command line.
  @Test func aPrintedFileIsTheSameCommand() throws {
    let work = try Workspace()
    let path = work.url.appending(path: "c.yaml").path
    var random = TableTests.Numbers(state: 3)
    let keys = ConfigKey.all(of: TrainCommand.self).filter { !$0.isPositional && !ConfigKey.own.contains($0.name) }
    var (done, seen) = (0, Set<String>())
    while done < 30 {
      let store = ["s.sqlite", "a b.sqlite", "täble.sqlite", "no: yes"].randomElement(using: &random) ?? ""
      let arguments = Self.options(&random, keys) + [store]
      // Options that exclude or need each other are not what this is about.
      guard let command = try? Self.parsed(arguments) else { continue }
      done += 1
      try work.write("c.yaml", ConfigPrinter(command).text)
      let again = try Self.parsed(["--config", path])
      #expect(Self.values(again) == Self.values(command), "\(arguments)")
      #expect(ConfigPrinter(again).text == ConfigPrinter(command).text)
      seen.formUnion(arguments.map { String($0.prefix { $0 != "=" }) })
    }
    #expect(seen.count > keys.count / 2)
  }

  /// Every option that the command lists to other programs has a key, and nothing else has.
  @Test func everyOptionHasAKey() throws {
    struct Tool: Decodable {
      struct Command: Decodable {
        struct Argument: Decodable {
          struct Name: Decodable { var name: String }
          var kind: String
          var preferredName: Name?
          var valueName: String?
        }
        var arguments: [Argument]
      }
      var command: Command
    }
    let work = try Workspace()
    let tool = try work.good("train", "--experimental-dump-help").json(Tool.self)
    let flags = Set(tool.command.arguments.filter { $0.kind == "flag" }.compactMap(\.preferredName?.name))
    let names = tool.command.arguments.compactMap { $0.preferredName?.name ?? $0.valueName }
      // What takes a flag back is no flag of its own.
      .filter {
        !["help", "version"].contains($0) && !($0.hasPrefix("no-") && flags.contains(String($0.dropFirst(3))))
      }
    #expect(names.count > 40)
    #expect(Set(names) == Set(ConfigKey.all(of: TrainCommand.self).map(\.name)))
    let printed = try work.good("train", "--print-config").output
    let lines = printed.split(separator: "\n").filter { !$0.hasPrefix("#") }
    let keys = lines.map { String($0.prefix { $0 != ":" }) }
    #expect(Set(keys) == Set(names).subtracting(ConfigKey.own) && keys.count == Set(keys).count)
    // Each has a comment above it.
    #expect(!printed.contains(#/\n\n[a-z]/#))
  }

  @Test func theSameRunComesOfIt() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.2")
    let options = [
      "s.sqlite", "--model", "lstm(4, dropout=0.1)", "--epochs", "2", "--validation-split", "test", "--normalize",
      "--optimizer", "sgd", "--momentum", "0.5", "--batching", "pool:3", "--batch-size", "4", "--seed", "7", "-q",
    ]
    let printed = try work.ragged(["train"] + options + ["--print-config"])
    #expect(printed.status == 0 && printed.errors == "")
    try work.write("c.yaml", printed.output)
    #expect(try work.ragged(["train"] + options + ["--output", "line"]).status == 0)
    try work.good("train", "--config", "c.yaml", "--output", "file")
    let line = try work.good("predict", "line.last.ragged", "s.sqlite").output
    #expect(try work.good("predict", "file.last.ragged", "s.sqlite").output == line)
    let runs = try RunsCommandTests.runs(work)
    #expect(runs[0].figures == runs[1].figures)
    #expect(try work.good("runs", "s.sqlite", "1", "2").output.contains("the configurations are the same"))
  }

  @Test func whatStandsOnTheLineWins() throws {
    let work = try Workspace()
    try work.write(
      "c.yaml",
      """
      store: a.sqlite
      epochs: 7
      batch_size: 16
      normalize: yes
      shuffle: none
      validation-fraction: 0.25
      split:
        - train
        - more
      model: [lstm(4), dropout(0.5)]
      verbose: 2
      """)
    let path = work.url.appending(path: "c.yaml").path
    let file = try Self.values(Self.parsed(["--config", path]))
    #expect(file["store"] == .text("a.sqlite") && file["epochs"] == .text("7") && file["batch-size"] == .text("16"))
    #expect(file["normalize"] == .flag(true) && file["shuffle"] == .text("none") && file["verbose"] == .count(2))
    #expect(file["split"] == .text("train,more") && file["model"] == .text("lstm(4) dropout(0.5)"))
    let line = try Self.values(
      Self.parsed([
        "b.sqlite", "-e", "3", "--config=\(path)", "--no-normalize", "--no-shuffle", "--validation-split", "v", "-q",
      ]))
    #expect(line["store"] == .text("b.sqlite") && line["epochs"] == .text("3") && line["batch-size"] == .text("16"))
    #expect(line["normalize"] == .flag(false) && line["shuffle"] == nil && line["no-shuffle"] == .flag(true))
    #expect(line["validation-split"] == .text("v") && line["validation-fraction"] == nil)
    #expect(line["quiet"] == .flag(true) && line["verbose"] == .count(0))
    #expect(try Self.values(Self.parsed(["--config", path, "--resume", "x.ragged"]))["model"] == nil)
    // The value of an option is no argument, also where it stands before the file.
    #expect(try Self.values(Self.parsed(["--model", "lstm(9)", "--config", path]))["store"] == .text("a.sqlite"))
  }

  @Test func aListMayBeGivenInParts() throws {
    let line = try Self.values(
      Self.parsed([
        "s.sqlite", "--split", "a,b", "--split", "c", "--validation-split", "v", "--validation-split", "w,x",
        "--bucket-batch-sizes",
        "8", "--bucket-batch-sizes", "4,2", "--batching", "buckets:3",
      ]))
    #expect(line["split"] == .text("a,b,c") && line["validation-split"] == .text("v,w,x"))
    #expect(line["bucket-batch-sizes"] == .text("8,4,2"))
    #expect(try Self.values(Self.parsed(["s.sqlite"]))["split"] == nil)
    let work = try Workspace()
    try work.write("c.yaml", "store: a.sqlite\nsplit: [a, b]\nvalidation-split: v\n")
    let path = work.url.appending(path: "c.yaml").path
    let file = try Self.values(Self.parsed(["--config", path, "--validation-split", "w", "--validation-split", "x"]))
    #expect(file["split"] == .text("a,b") && file["validation-split"] == .text("w,x"))
  }

  static let wrong: [(file: String, message: String)] = [
    ("store: a\n\n\n\n\n\nepohcs: 3\n", "c.yaml:7: unknown key \"epohcs\", did you mean \"epochs\"?"),
    ("momemtum: 1\n", "c.yaml:1: unknown key \"momemtum\", did you mean \"momentum\"?"),
    ("zzz: 1\n", "c.yaml:1: unknown key \"zzz\"; \"ragged train --print-config\" prints all there are"),
    ("config: other.yaml\n", "c.yaml:1: unknown key \"config\""),
    ("help: true\n", "c.yaml:1: unknown key \"help\""),
    ("epochs: many\n", "c.yaml:1: \"epochs\" is \"many\", expected a whole number"),
    ("epochs: 2.5\n", "c.yaml:1: \"epochs\" is \"2.5\", expected a whole number"),
    ("epochs: \"3\"\n", "c.yaml:1: \"epochs\" is \"3\", expected a whole number"),
    ("epochs: [1, 2]\n", "c.yaml:1: \"epochs\" is a list, expected a whole number"),
    ("epochs: 99999999999999999999\n", "c.yaml:1: \"epochs\" is \"99999999999999999999\", expected a whole number"),
    ("seed: -1\n", "c.yaml:1: \"seed\" is \"-1\", expected a whole number"),
    ("learning-rate: fast\n", "c.yaml:1: \"learning-rate\" is \"fast\", expected a number"),
    ("normalize: 1\n", "c.yaml:1: \"normalize\" is \"1\", expected true or false"),
    ("normalize: 'true'\n", "c.yaml:1: \"normalize\" is \"true\", expected true or false"),
    ("verbose: 10\n", "c.yaml:1: \"verbose\" is \"10\", expected a whole number from 0 to 9"),
    ("\noptimizer: adma\n", "c.yaml:2: \"optimizer\" is \"adma\", did you mean \"adam\"?"),
    ("optimizer: best\n", "c.yaml:1: \"optimizer\" is \"best\", expected adam, adamw, sgd"),
    ("batching: bucktes:3\n", "c.yaml:1: \"batching\" is \"bucktes:3\", did you mean \"buckets:3\"?"),
    ("epochs: 1\nseed: 2\nepochs: 3\n", "c.yaml:3: key \"epochs\" stands twice"),
    ("batch-size: 1\nbatch_size: 3\n", "c.yaml:2: key \"batch_size\" stands twice (first on line 1)"),
    ("data:\n  split: train\n", "c.yaml:1: unknown key \"data\""),
    ("split:\n  a: b\n", "c.yaml:1: \"split\" is a mapping, expected a single value"),
    ("split:\n  - [a]\n", "c.yaml:2: a value in the list of \"split\" is no single value"),
    ("split: [\"a,b\", c]\n", "c.yaml:1: \"split\" has \"a,b\" in its list, which has a comma"),
    ("? [a, b]\n: c\n", "c.yaml:1: a key is a list or a mapping, expected a name"),
    ("- epochs\n", "c.yaml:1: expected a key and its value per line: epochs: 10"),
    ("epochs\n", "c.yaml:1: expected a key and its value per line: epochs: 10"),
    ("epochs: 1\n bad: 2\n", "c.yaml:2: mapping values are not allowed in this context"),
    ("epochs: \"1\n", "c.yaml:"), ("epochs: *none\n", "c.yaml:1: found undefined alias"),
    ("epochs: 1\n---\nepochs: 2\n", "c.yaml:2: but found another document"),
    ("epochs: 0\n", "c.yaml:1: --epochs is 0, expected at least 1"),
    ("store: s.sqlite\nstride: 3\n", "c.yaml:2: --stride needs --window"),
  ]

  @Test(arguments: wrong) func aWrongFileIsToldWithItsPlace(_ wrong: (file: String, message: String)) throws {
    let work = try Workspace()
    try work.write("c.yaml", wrong.file)
    let result = try work.ragged("train", "s.sqlite", "--config", "c.yaml")
    let isUsage = wrong.message.contains("--epochs is") || wrong.message.contains("--stride")
    #expect(result.status == (isUsage ? 64 : 65), "\(result.errors)")
    #expect(result.errors.contains(wrong.message), "\(result.errors)")
    #expect(result.output == "" && work.names == ["c.yaml"])
  }

  /// Files that grow when they are read, or that have no end.
  @Test func bombsAreRefusedAtOnce() throws {
    let work = try Workspace()
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      bomb += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", "))]\n"
    }
    try work.write("bomb.yaml", bomb)
    // As keys they would be hashed as a whole.
    try work.write("keys.yaml", bomb + "? *a9\n: 1\n? *a9\n: 2\n")
    try work.write("flow.yaml", "split: " + String(repeating: "[", count: 60_000) + "\n")
    try work.write("block.yaml", "split:\n  " + String(repeating: "- ", count: 60_000) + "a\n")
    try work.write("question.yaml", String(repeating: "? ", count: 60_000) + "a\n")
    try work.write("deep.yaml", "split:\n  " + String(repeating: "- ", count: 900) + "a\n")
    try work.write("huge.yaml", "# " + String(repeating: "x", count: 300_000) + "\n")
    try work.write("zero.yaml", "epochs: 1\0\n")
    let clock = ContinuousClock.now
    for (name, message) in [
      ("bomb.yaml", "bomb.yaml:3: more than 16 aliases (*name)"), ("keys.yaml", "more than 16 aliases"),
      ("flow.yaml", "flow.yaml:1: more than 200 opening brackets"), ("block.yaml", "block.yaml:"),
      ("question.yaml", "question.yaml:"), ("deep.yaml", "deep.yaml:2: a value in the list of \"split\""),
      ("huge.yaml", "huge.yaml: has more than 262,144 bytes"), ("/dev/zero", "/dev/zero: has more than 262,144 bytes"),
      ("zero.yaml", "zero.yaml"),
    ] { try work.bad(65, message, "train", "s.sqlite", "--config", name) }
    try work.bad(66, "none.yaml: no such file", "train", "s.sqlite", "--config", "none.yaml")
    #expect(ContinuousClock.now - clock < .seconds(20))
    try Data([0x61, 0x3A, 0xFF]).write(to: work.url.appending(path: "bytes.yaml"))
    try work.bad(65, "bytes.yaml: is not valid UTF-8", "train", "s.sqlite", "--config", "bytes.yaml")
  }

  @Test func emptyFilesAndNullsSayNothing() throws {
    let work = try Workspace()
    let path = work.url.appending(path: "c.yaml").path
    for text in ["", "# nothing\n", "---\n", "epochs:\n", "epochs: ~\nmodel: null\n", "null\n"] {
      try work.write("c.yaml", text)
      #expect(try Self.values(Self.parsed(["s.sqlite", "--config", path])) == Self.values(Self.parsed(["s.sqlite"])))
    }
    // An alias is fine as long as there are few.
    try work.write("c.yaml", "epochs: &n 3\npatience: *n\n")
    #expect(try Self.values(Self.parsed(["s.sqlite", "--config", path]))["patience"] == .text("3"))
  }
}
