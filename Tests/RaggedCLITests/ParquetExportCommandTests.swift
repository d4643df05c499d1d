import Foundation
import Testing

private let python = ProcessInfo.processInfo.environment["RAGGED_PYTHON"]

@Suite struct ParquetExportCommandTests {
  private static let lines = #"""
    {"id": "it's, \"1\"\n", "features": [[0.1, -0.0], [1e-45, null]], "label": "run, \"fast\"", "weight": 0.5, "note": "NA", "phones": ["sil", "a|b"]}
    {"id": "none", "features": [], "label": "0012", "note": "", "phones": []}
    {"id": "é", "features": [[5, 3.4028235e38]], "label": null, "split": "test", "note": "n", "phones": ["a|b", "a|b", "sil"]}

    """#

  private func store(_ work: Workspace) throws {
    try work.write("in.jsonl", Self.lines)
    try work.good(
      "import", "s.sqlite", "in.jsonl", "--feature-names", #"ax,"a,y""#, "--target", "label", "--target-kind", "class",
      "--labels", "phones", "--quiet")
  }

  @Test(arguments: [["out.parquet"], ["out.pq", "--layout", "sequences"], ["out", "--to", "parquet"]])
  func theCommandThatIsShownReadsTheSameDataset(words: [String]) throws {
    let work = try Workspace()
    try store(work)
    let exported = try work.ragged(["export", "s.sqlite"] + words)
    #expect(exported.status == 0, "\(exported.errors)")
    #expect(exported.errors.contains("wrote 3 sequences, 3 timesteps to \(words[0])"))
    #expect(!exported.errors.contains("not kept"))
    let mark = "to read it again: ragged import STORE "
    let line = exported.errors[try #require(exported.errors.range(of: mark)).upperBound...]
    let again = try work.shell("\"$RAGGED\" import t.sqlite --quiet \(line)")
    #expect(again.status == 0, "\(again.errors)")
    for name in ["s.sqlite", "t.sqlite"] { try work.good("export", name, name + ".jsonl", "--quiet") }
    #expect(try work.data("s.sqlite.jsonl") == work.data("t.sqlite.jsonl"))
    #expect(try work.good("stats", "s.sqlite", "--json").output == work.good("stats", "t.sqlite", "--json").output)
  }

  @Test func layoutsAreThoseOfTheFormat() throws {
    let work = try Workspace()
    try store(work)
    try work.bad(
      64, "--layout sequences goes with parquet, not npz", "export", "s.sqlite", "o.npz", "--layout", "sequences")
    try work.bad(
      64, "--layout padded goes with npz, not parquet", "export", "s.sqlite", "o.parquet", "--layout", "padded")
    try work.bad(
      64, "a parquet file compresses its columns itself", "export", "s.sqlite", "o.parquet.gz", "--to", "parquet")
    #expect(!FileManager.default.fileExists(atPath: work.url.appending(path: "o.parquet.gz").path))
    let streamed = try work.shell("\"$RAGGED\" export s.sqlite - --to parquet --quiet > p.parquet")
    #expect(streamed.status == 0)
    try work.good("export", "s.sqlite", "q.parquet", "--quiet")
    #expect(try work.data("p.parquet") == work.data("q.parquet"))
  }

  @Test(.enabled(if: python != nil, "RAGGED_PYTHON names no Python"))
  func othersReadBothLayouts() throws {
    let work = try Workspace()
    try store(work)
    try work.good("export", "s.sqlite", "source.jsonl", "--quiet")
    try work.good("export", "s.sqlite", "long.parquet", "--quiet")
    try work.good("export", "s.sqlite", "rows.parquet", "--layout", "sequences", "--quiet")
    let script = BuiltCommand.fixtures.deletingLastPathComponent().appending(path: "ecosystem/read_parquet.py").path
    let result = try RunningCommand(URL(filePath: try #require(python)), ["-B", script, "."], in: work.url).result()
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(result.output.hasPrefix("pyarrow: same\npandas: same\n"))
  }
}
