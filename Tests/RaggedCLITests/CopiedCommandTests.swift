import Foundation
import Testing

/// Commands that are shown for copying, given to the shells that they are for.
@Suite struct CopiedCommandTests {
  private static let hostile = "x\u{1B}[31m\n\u{7}\u{85}\u{202E}'\\ $HOME`é-\t\u{7F}0"

  private static let shells = ["bash", "zsh"].filter { name in
    ["/bin/", "/usr/bin/"].contains { FileManager.default.isExecutableFile(atPath: $0 + name) }
  }

  @Test func anExportIsReadAgainWhateverItsNames() throws {
    let work = try Workspace()
    let object: [String: Any] = ["id": "a", "features": [[1, 2]], "target": "u"]
    try work.write(
      "a.jsonl", String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self) + "\n")
    try work.good(
      "import", "s.sqlite", "a.jsonl", "-d", Self.hostile, "--feature-names", "\u{1B}a,\"b,\u{9B}\"", "-q")
    let file = "-o'\u{1B}c.jsonl"
    let said = try work.good("export", "s.sqlite", "./" + file).errors
    let line = try #require(said.split(separator: "\n").first { $0.hasPrefix("to read it again: ") })
    #expect(!line.unicodeScalars.contains { $0.value < 32 || (127..<160).contains($0.value) || $0.value == 0x202E })
    let command = line.dropFirst("to read it again: ragged import STORE".count)
    for shell in Self.shells {
      try work.write("again.sh", "\"$RAGGED\" import \(shell).sqlite \(command) -q\n")
      let result = try work.shell("export RAGGED; \(shell) again.sh")
      #expect(result.status == 0, "\(shell): \(result.errors)")
      for store in ["s", shell] { try work.good("export", "\(store).sqlite", "\(store).out.jsonl", "-q") }
      #expect(try work.data("s.out.jsonl") == work.data("\(shell).out.jsonl"))
      #expect(
        try work.good("stats", "\(shell).sqlite", "--json").output == work.good("stats", "s.sqlite", "--json").output)
    }
  }

  @Test func aCommandOfManyNamesIsWhole() throws {
    let work = try Workspace()
    let names = (0..<1500).map { "feature-\($0)" }
    let row = (0..<1500).map(String.init).joined(separator: ", ")
    try work.write("a.jsonl", "{\"id\": \"a\", \"features\": [[\(row)]]}\n")
    try work.good("import", "s.sqlite", "a.jsonl", "--feature-names", names.joined(separator: ","), "-q")
    let said = try work.good("export", "s.sqlite", "o.jsonl").errors
    #expect(said.contains("feature-1499") && !said.contains("…"))
  }

  @Test func aStoppedTrainingGoesOnByTheCommandThatItShows() throws {
    let work = try Workspace()
    try work.write("d.csv", Sample.readings(0..<40))
    let (store, name) = ("it's\u{1B}a.sqlite", "$(x) m")
    try work.good("import", store, "d.csv", "-q")
    let command = try work.start(["train", store, "-m", "lstm(8)", "-e", "2000", "-o", name, "--no-record"])
    #expect(command.waits(for: "epoch    2/2000"))
    command.send(SIGINT)
    let result = command.result()
    let shown = try #require(result.errors.split(separator: "go on with: ragged ").last)
    try work.write("again.sh", "\"$RAGGED\" \(shown.split(separator: "\n")[0]) --print-config\n")
    for shell in Self.shells {
      let again = try work.shell("export RAGGED; \(shell) again.sh")
      #expect(
        again.output.contains("store: \"it's\\U0000001Ba.sqlite\"") || again.output.contains("\\U0000001ba.sqlite"))
      #expect(again.output.contains("resume: \"$(x) m.last.ragged\""), "\(again.errors)")
    }
  }
}
