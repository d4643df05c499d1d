import Foundation
import Testing

/// The article "From a CSV to predictions": its commands run, and print what it shows.
@Suite struct TutorialTests {
  /// A command and what the article shows of its output.
  struct Block {
    var command: String
    var shown: [String] = []
  }

  private static let article = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/Ragged/Ragged.docc/FromCSVToPrediction.md").standardizedFileURL

  static func blocks(of text: String) -> [Block] {
    var blocks: [Block] = []
    var fence: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("```") {
        fence = fence == nil ? line : nil
        if fence == "```sh" { blocks.append(Block(command: "")) }
      } else if fence == "```sh" {
        blocks[blocks.count - 1].command += line + "\n"
      } else if fence == "```", !blocks.isEmpty {
        blocks[blocks.count - 1].shown.append(line)
      }
    }
    return blocks
  }

  /// A line without what differs from one processor to the next: the digits of numbers, and the spaces that align them.
  static func blurred(_ line: String) -> String {
    line.replacing(/[0-9][0-9.,]*/, with: "#").replacing(/\s+/, with: " ")
  }

  @Test func theCommandsOfTheTutorialPrintWhatItShows() throws {
    let command = try #require(BuiltCommand.url)
    let workspace = try Workspace()
    let blocks = Self.blocks(of: try String(contentsOf: Self.article, encoding: .utf8))
    #expect(blocks.count >= 7)
    for block in blocks {
      let script = "PATH=\"\(command.deletingLastPathComponent().path):$PATH\"\n" + block.command
      let result = try RunningCommand(URL(filePath: "/bin/sh"), ["-e", "-c", script], in: workspace.url).result()
      #expect(result.status == 0, "\(block.command): \(result.errors)")
      let isExact = ["head", "ragged import", "ragged stats", "ragged plan"].contains { block.command.hasPrefix($0) }
      let printed = (result.errors + result.output).split(separator: "\n").map(String.init)
      let lines = Set(isExact ? printed : printed.map(Self.blurred))
      for line in block.shown where line != "…" && !line.isEmpty {
        #expect(lines.contains(isExact ? line : Self.blurred(line)), "\(block.command) printed \(printed)")
      }
    }
  }
}
