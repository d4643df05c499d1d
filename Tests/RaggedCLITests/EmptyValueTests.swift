import Foundation
import Testing

/// A value that says nothing, as an unset variable of a shell leaves it, is refused wherever one is taken.
@Suite struct EmptyValueTests {
  /// The parser's own description of the commands.
  private struct Tool: Decodable {
    struct Command: Decodable {
      var commandName: String
      var arguments: [Argument]?
      var subcommands: [Command]?
    }

    struct Argument: Decodable {
      struct Name: Decodable {
        var kind: String
        var name: String
        var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
      }

      var kind: String
      var isOptional: Bool
      var names: [Name]?
      var preferredName: Name?
      var valueName: String?
    }

    var command: Command
  }

  /// What may be empty and mean it: the cell that is empty, the character between cells, a sequence's key.
  private static let mayBeEmpty: Set<String> = [
    "missing", "delimiter", "decimal", "thousands", "key", "labels-separator", "list-separator",
  ]

  @Test func everyOptionAndArgumentOfEveryCommandNeedsAValue() throws {
    let work = try Workspace()
    let tool = try work.good("--experimental-dump-help").json(Tool.self)
    var tried = 0
    for command in tool.command.subcommands ?? [] where command.commandName != "help" {
      let arguments = (command.arguments ?? []).filter { $0.kind != "flag" }
      let places = arguments.filter { $0.kind == "positional" }
      for argument in arguments {
        let key = argument.preferredName?.name ?? argument.valueName ?? ""
        guard !Self.mayBeEmpty.contains(key) else { continue }
        var words = [command.commandName]
        if argument.kind == "positional" {
          words += places.map { $0.valueName == argument.valueName ? "" : "1" }
        } else {
          words += places.filter { !$0.isOptional }.map { _ in "1" }
          words += try tried % 2 == 0 ? ["--\(key)="] : [#require(argument.names?.first?.text), ""]
        }
        let result = try work.ragged(words)
        #expect(result.status == 64, "\(words): \(result.errors)")
        #expect(result.errors.contains(key), "\(words): \(result.errors)")
        tried += 1
      }
    }
    #expect(tried > 200)
    #expect(work.names == [])
  }

  @Test func nothingIsDeletedOrWritten() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv", "--quiet")
    for option in ["--split", "--class", "--keys", "--where"] {
      for value in ["", ",", "  ", ", ,", "\t"] {
        try work.bad(64, "\(option) is ", "delete", "s.sqlite", option, value)
      }
    }
    try work.bad(64, "--split is ", "delete", "s.sqlite", "--split=", "--class", "run")
    try work.bad(64, "has no split \"\"", "delete", "s.sqlite", "--split", "\"\"")
    let statistics = try work.good("stats", "s.sqlite").output
    #expect(statistics.contains("40 sequences"))
    try work.bad(64, "--tensorboard is empty", "train", "s.sqlite", "--tensorboard", "")
    try work.bad(64, "--output is empty", "train", "s.sqlite", "-o", "")
    #expect(work.names == ["readings.csv", "s.sqlite"])
  }

  @Test func noColumnOfTimeIsSaidInAWord() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,t,x\na,2,1\na,1,2\n")
    let sorted = try work.good("import", "t.sqlite", "a.csv", "--features", "x", "--target", "none")
    #expect(sorted.errors.contains("newest first"), "\(sorted.errors)")
    try work.good("import", "s.sqlite", "a.csv", "--features", "x", "--target", "none", "--time", "none")
  }

  @Test func aWishForHelpIsHeard() throws {
    let work = try Workspace()
    #expect(try work.good("delete", "s.sqlite", "--split", "", "--help").output.contains("USAGE"))
  }

  @Test func aFileWithOptionsIsNamed() throws {
    let work = try Workspace()
    try work.write("a.yaml", "epochs: 3\nsplit: \"\"\n")
    try work.bad(64, "a.yaml:2: --split is empty", "train", "s.sqlite", "--config", "a.yaml")
  }
}
