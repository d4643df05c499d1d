import Foundation
import Testing

@Suite struct ExportCommandTests {
  private static let odd = #"""
    {"id": "it's, \"1\"\n", "features": [[0.1, -0.0], null], "target": "run, \"fast\"", "weight": 0.5, "group": "g h"}
    {"id": "-é", "features": [[5, 6]], "target": " none", "split": "test set", "metadata": {"n": [1, "a,b"]}}
    {"id": "c", "features": [], "target": "0012"}

    """#

  private func store(_ work: Workspace) throws {
    try work.write("odd.jsonl", Self.odd)
    try work.good(
      "import", "s.sqlite", "odd.jsonl", "--dataset", "my data", "--feature-names", #""a,x", t"#, "--quiet")
  }

  /// The command that standard error shows.
  private func importLine(_ result: CommandResult) throws -> String {
    let mark = "to read it again: ragged import STORE "
    let start = try #require(result.errors.range(of: mark)).upperBound
    return String(result.errors[start...])
  }

  @Test(arguments: ["out.csv", "out.csv.gz", "out.jsonl", "out.npz", "out.tfrecord"])
  func theCommandThatIsShownReadsTheSameDataset(file: String) throws {
    let work = try Workspace()
    try store(work)
    let exported = try work.good("export", "s.sqlite", file)
    #expect(exported.errors.contains("wrote 3 sequences, 3 timesteps to \(file)"))
    #expect(exported.output == "")
    let line = try importLine(exported)
    #expect(try work.shell("\"$RAGGED\" import t.sqlite --quiet \(line)").status == 0)
    for format in ["jsonl", "csv"] {
      let before = try work.good("export", "s.sqlite", "-", "--to", format)
      let after = try work.good("export", "t.sqlite", "-", "--to", format)
      #expect(before.output == after.output)
      #expect(before.errors == after.errors)
    }
    let stats = try ["s.sqlite", "t.sqlite"].map { try work.good("stats", $0, "--json").output }
    #expect(stats[0] == stats[1])
  }

  @Test func aSplitOfASeriesFileGoesWithTheCommand() throws {
    let work = try Workspace()
    try work.write("r.csv", Sample.readings(0..<6))
    // Times are not kept in such a file.
    try work.good("import", "s.sqlite", "r.csv", "--split", "test", "--skip", "t", "--quiet")
    let exported = try work.good("export", "s.sqlite", "out.ts")
    #expect(exported.errors.contains("not kept: keys (they become file and position)"))
    #expect(try importLine(exported) == "out.ts --dataset data --split test --feature-names ax,ay\n")
    #expect(try work.shell("\"$RAGGED\" import t.sqlite --quiet \(try importLine(exported))").status == 0)
    #expect(try work.good("stats", "s.sqlite", "--json").output == work.good("stats", "t.sqlite", "--json").output)
  }

  @Test func partsAndLayouts() throws {
    let work = try Workspace()
    try work.write("r.csv", Sample.readings())
    try work.good("import", "s.sqlite", "r.csv", "--split", "0.5,0.5", "--quiet")
    let long = try work.good("export", "s.sqlite", "-", "--to", "jsonl", "--where", "length = 9", "--quiet")
    #expect(long.outputLines.dropLast().allSatisfy { $0.hasPrefix("{\"id\":\"s") } && long.outputLines.count == 6)
    #expect(long.errors == "")
    let walk = try work.good("export", "s.sqlite", "-", "--to", "jsonl", "--class", "walk", "--split", "test", "-q")
    #expect(walk.outputLines.dropLast().allSatisfy { $0.contains("\"split\":\"test\",\"label\":\"walk\"") })
    try work.good("export", "s.sqlite", "padded.npz", "--layout", "padded", "--quiet")
    let padded = try work.good("import", "p.sqlite", "padded.npz")
    #expect(padded.errors.contains("lengths: \"lengths\" <i8 [40]"))
    let again = try work.good("export", "p.sqlite", "-", "--to", "csv", "-q").output
    #expect(try work.good("export", "s.sqlite", "-", "--to", "csv", "-q").output == again)
    try work.bad(
      64, "padded.npz: would take", "export", "s.sqlite", "padded.npz", "--layout", "padded", "--max-bytes", "1000")
    #expect(!(try work.data("padded.npz")).isEmpty)
  }

  @Test func whatMakesNoSenseIsSaid() throws {
    let work = try Workspace()
    try work.write("r.csv", Sample.readings())
    try work.good("import", "s.sqlite", "r.csv", "--quiet")
    try work.good("train", "s.sqlite", "--epochs", "1", "--quiet")
    try work.bad(64, "the name out does not tell the format", "export", "s.sqlite", "out")
    try work.bad(64, "the name - does not tell the format", "export", "s.sqlite", "-")
    try work.bad(64, "csv takes a store, and model.last.ragged is a model", "export", "model.last.ragged", "o.csv")
    try work.bad(64, "onnx takes a model, and s.sqlite is a store", "export", "s.sqlite", "o.onnx")
    try work.bad(65, "r.csv: is neither a store nor a model", "export", "r.csv", "out.npz")
    try work.bad(66, "absent.sqlite: no such file", "export", "absent.sqlite", "out.npz")
    try work.bad(64, "--layout goes with npz or parquet, not csv", "export", "s.sqlite", "o.csv", "--layout", "padded")
    try work.bad(64, "--max-bytes goes with npz, not ts", "export", "s.sqlite", "o.ts", "--max-bytes", "9")
    try work.bad(64, "s.sqlite is the store itself", "export", "s.sqlite", "s.sqlite", "--to", "csv")
    try work.bad(64, "an npz is written into a file", "export", "s.sqlite", "-", "--to", "npz")
    try work.bad(64, "has no split \"tset\"", "export", "s.sqlite", "o.csv", "--split", "tset")
    try work.bad(64, "has no dataset \"x\"", "export", "s.sqlite", "o.csv", "--dataset", "x")
    try work.bad(73, "no/o.csv", "export", "s.sqlite", "no/o.csv")
    #expect(work.names.allSatisfy { !$0.hasPrefix("o.") && !$0.contains(".part") })
  }

  @Test func aClosedPipeEndsQuietly() throws {
    let work = try Workspace()
    try work.write("r.csv", Sample.readings(0..<4000))
    try work.good("import", "s.sqlite", "r.csv", "--quiet")
    let result = try work.shell("\"$RAGGED\" export s.sqlite - --to csv --quiet | head -n 1")
    #expect(result.output == "id,t_,ax,ay,t,label,split\n")
    #expect(result.errors == "")
    let lines = try work.shell("\"$RAGGED\" export s.sqlite /dev/stdout --to jsonl --quiet | wc -l").output
    #expect(lines.filter(\.isNumber) == "4000")
  }

  @Test func filesOfNumpyAndTensorFlow() throws {
    let work = try Workspace()
    let folder = BuiltCommand.fixtures.deletingLastPathComponent().appending(path: "ecosystem").path
    let arrays = try work.good("import", "s.sqlite", folder + "/padded-mask.npz", "--dataset", "a")
    #expect(arrays.output.hasPrefix("stored 3 sequences, 6 timesteps, 2 features, 2 classes"))
    let records = try work.good(
      "import", "s.sqlite", folder + "/movements.tfrecord", "--dataset", "r", "--features", "pos", "--target", "label")
    #expect(records.output.hasPrefix("stored 3 sequences, 4 timesteps, 2 features, 2 classes"))
    #expect(records.errors.contains("id: \"id\"; features: \"pos\"; target (class): \"label\""))
    let tokens = try work.good(
      "import", "s.sqlite", folder + "/tokens.npy", "--dataset", "t", "--tokens", "numbers")
    #expect(tokens.output.hasPrefix("stored 2 sequences, 6 timesteps, 5 tokens"))
    try work.bad(65, "holds Python objects (pickle)", "import", "s.sqlite", folder + "/objects.npz", "--dataset", "o")
  }
}
