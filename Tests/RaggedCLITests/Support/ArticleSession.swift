import Foundation
import Testing

/// An article's commands, and what it shows of their output.
struct ArticleSession {
  struct Block {
    var command: String
    var shown: [String] = []
  }

  let name: String
  let blocks: [Block]

  private static let articles = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Sources/Ragged/Ragged.docc").standardizedFileURL

  static func text(of name: String) throws -> String {
    try String(contentsOf: articles.appending(path: name + ".md"), encoding: .utf8)
  }

  init(_ name: String) throws {
    self.name = name
    var blocks: [Block] = []
    var fence: String?
    for line in try Self.text(of: name).split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("```") {
        fence = fence == nil ? line : nil
        if fence == "```sh" { blocks.append(Block(command: "")) }
      } else if fence == "```sh" {
        blocks[blocks.count - 1].command += line + "\n"
      } else if fence == "```", !blocks.isEmpty {
        blocks[blocks.count - 1].shown.append(line)
      }
    }
    self.blocks = blocks
  }

  /// A line without what differs from one processor to the next: the digits of numbers, and the spaces that align them.
  static func blurred(_ line: String) -> String {
    line.replacing(/[0-9][0-9.,]*/, with: "#").replacing(/\s+/, with: " ")
  }

  /// Runs the commands in their order, expects them to end well, and to print each line that is shown.
  /// - Parameters:
  ///   - exact: what a command begins with whose lines must be the same, digits and all.
  ///   - drawn: what a command begins with whose lines chance decides: only their number must be the same.
  /// - Returns: what each printed.
  @discardableResult
  func run(in workspace: Workspace, exact: [String], drawn: [String] = []) throws -> [[String]] {
    let command = try #require(BuiltCommand.url)
    return try blocks.map { block in
      let script = "PATH=\"\(command.deletingLastPathComponent().path):$PATH\"\n" + block.command
      let result = try RunningCommand(URL(filePath: "/bin/sh"), ["-e", "-c", script], in: workspace.url).result()
      #expect(result.status == 0, "\(block.command): \(result.errors)")
      let printed = (result.errors + result.output).split(separator: "\n").map(String.init)
      guard !drawn.contains(where: block.command.hasPrefix) else {
        #expect(printed.count == block.shown.count, "\(name): \(block.command) printed \(printed)")
        return printed
      }
      let isExact = exact.contains(where: block.command.hasPrefix)
      let lines = Set(isExact ? printed : printed.map(Self.blurred))
      for line in block.shown where line != "…" && !line.isEmpty {
        #expect(
          lines.contains(isExact ? line : Self.blurred(line)),
          "\(name) shows \"\(line)\", and \(block.command) printed \(printed)")
      }
      return printed
    }
  }
}
