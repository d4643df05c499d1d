import Foundation
import Testing

/// Names of a file from elsewhere on their way to the terminal.
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
}
