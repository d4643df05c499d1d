import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

@Suite struct StoreSchemaDocumentationTests {
  private static let article = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources/Ragged/Ragged.docc/StoreSchema.md")

  /// The first block of Python in the article.
  private func documentedPython() throws -> String {
    let text = try String(contentsOf: StoreSchemaDocumentationTests.article, encoding: .utf8)
    let parts = text.components(separatedBy: "```python\n")
    try #require(parts.count > 1)
    return parts[1].components(separatedBy: "```")[0]
  }

  @Test func everyTableAndColumnIsDescribed() throws {
    let text = try String(contentsOf: StoreSchemaDocumentationTests.article, encoding: .utf8)
    let directory = try TemporaryDirectory()
    try directory.store().sql { (db: Database) throws in
      let tables = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'"
      for table in try String.fetchAll(db, sql: tables) {
        let parts = text.components(separatedBy: "### `\(table)`\n")
        #expect(parts.count == 2, "\(table)")
        let section = parts.last?.components(separatedBy: "\n#")[0] ?? ""
        for column in try db.columns(in: table) {
          #expect(section.contains("| `\(column.name)` |"), "\(table).\(column.name)")
        }
      }
    }
  }

  private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test func threeLinesOfPythonReadASequence() throws {
    guard try run(["python3", "-c", "import numpy, sqlite3"]).status == 0 else { return }
    let python = try documentedPython()
    let lines = python.split(separator: "\n").filter { !$0.hasPrefix("import") }
    #expect(lines.count == 3)
    let directory = try TemporaryDirectory()
    let store = try SequenceStore(path: directory.file("my.ragged"), mode: .create)
    try store.add(
      [
        SequenceRecord(
          key: "utterance 7", input: .values([1, -2.5, 3, 0.1, 1e-30, 6], featureCount: 2), target: .label("p"))
      ],
      into: "vowels")
    let script = """
      import os, zlib
      os.chdir(\(String(reflecting: directory.path)))
      \(python)
      assert x.shape == (3, 2) and x.dtype == np.dtype('<f4'), (x.shape, x.dtype)
      print(x.tolist() == np.array([[1, -2.5], [3, 0.1], [1e-30, 6]], dtype='f4').tolist())
      print(db.execute("SELECT checksum FROM sequence").fetchone()[0] == zlib.crc32(x.tobytes()))
      """
    let result = try run(["python3", "-c", script])
    #expect(result.output == "True\nTrue\n")
    #expect(result.status == 0)
  }
}
