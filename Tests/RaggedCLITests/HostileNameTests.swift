import Foundation
import Testing

/// What a file from elsewhere says, and what is no file, on its way to the terminal.
@Suite struct HostileNameTests {
  @Test func namesInMessagesCannotMoveTheCursor() throws {
    let work = try Workspace()
    try work.write("a.jsonl", #"{"id":"a","features":[[1]],"target":"u"}"# + "\n")
    let name = "x\u{1B}[2J\r\u{7}" + String(repeating: "long", count: 5000)
    try work.good("import", "s.sqlite", "a.jsonl", "-d", name)
    for arguments in [
      ["plan", "s.sqlite"], ["split", "s.sqlite", "--split", "b\u{1B}c"], ["rename", "s.sqlite", "--to", name],
    ] {
      let result = try work.ragged(arguments)
      #expect(!(result.output + result.errors).contains { "\u{1B}\r\u{7}".contains($0) }, "\(arguments)")
    }
    let errors = try work.ragged("stats", "s.sqlite", "--class", "y").errors
    #expect(
      errors.count < 5000 && !errors.contains("\u{1B}") && errors.contains("x\u{FFFD}[2J"), "\(errors.prefix(200))")
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

  @Test func aCommandAfterHelpIsChecked() throws {
    let work = try Workspace()
    try work.bad(64, "there is no command \"shwo\", did you mean \"show\"?", "help", "shwo")
    try work.good("help")
  }

  @Test func anEmptyCellMayBeMissing() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,x\na,1\na,\n")
    try work.bad(
      65, "column \"x\" is empty, expected a number (use --missing \"\" to accept it)", "import", "s.sqlite", "a.csv")
    try work.good("import", "s.sqlite", "a.csv", "--missing", "")
  }

  /// A matrix of a thousand classes would be a thousand lines of ten thousand characters.
  @Test func ofManyClassesTheWorstAreShown() throws {
    let work = try Workspace()
    let rows = (0..<90).map { "s\($0),\(Double($0 % 7)),c\($0 % 45)\n" }.joined()
    try work.write("a.csv", "id,x,label\n" + rows)
    try work.good("import", "s.sqlite", "a.csv")
    try work.good("train", "s.sqlite", "-m", "lstm(2)", "-e", "1", "-q")
    let lines = try work.good("evaluate", "model.best.ragged", "s.sqlite").outputLines
    #expect(lines.contains("True class by predicted class, of the 20 classes with the most errors:"))
    #expect(lines.contains { $0.hasPrefix("25 others") } && lines.contains { $0.hasPrefix("Most frequent of ") })
    #expect(lines.allSatisfy { $0.count < 200 } && lines.count < 100)
    struct Report: Decodable {
      struct Confusion: Decodable { var counts: [Int] }
      var confusion: Confusion
    }
    let whole = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--json").json(Report.self)
    #expect(whole.confusion.counts.count == 45 * 45 && whole.confusion.counts.reduce(0, +) == 90)
    // The rows of the reduced matrix hold every prediction.
    let start = try #require(lines.firstIndex { $0.hasPrefix("True class") })
    let cells = lines[(start + 2)...].prefix(21).flatMap { $0.split(separator: " ").suffix(21).compactMap { Int($0) } }
    #expect(cells.reduce(0, +) == 90)
  }
}
