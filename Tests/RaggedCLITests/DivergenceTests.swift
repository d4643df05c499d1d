import Foundation
import Ragged
import Testing

/// Runs that diverge, and files with numbers that are none.
@Suite struct DivergenceCommandTests {
  /// Eight sequences whose target is 1.5e19: Adam's mean of squares overflows with the first step.
  private func workspace() throws -> Workspace {
    let work = try Workspace()
    let rows = (0..<8).flatMap { number in (0..<3).map { "s\(number),\($0),\(number),1.5e19\n" } }
    try work.write("d.csv", "id,t,ax,level\n" + rows.joined())
    try work.good("import", "s.sqlite", "d.csv", "--target", "level")
    return work
  }

  @Test func aRunWhoseLastStepDivergesSaysSoAndLeavesNoFile() throws {
    let work = try workspace()
    for (batchSize, step) in [("8", 1), ("4", 1)] {
      let result = try work.ragged(
        "train", "s.sqlite", "-m", "lstm(2)", "-e", "1", "-b", batchSize, "-o", "m", "--quiet")
      #expect(result.status == 65)
      #expect(result.errors.contains("at step \(step), expected a number"), "\(result.errors)")
    }
    #expect(work.names == ["d.csv", "s.sqlite"])
    #expect(try RunsCommandTests.runs(work, "1").map(\.status) == ["diverged"])
    #expect(try work.good("runs", "s.sqlite").output.components(separatedBy: " diverged ").count == 3)
  }

  @Test func aFileWithWeightsThatAreNoNumbersIsRefused() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv")
    try work.good("train", "s.sqlite", "-m", "lstm(2)", "-e", "1", "-o", "m", "--quiet")
    try spoil(work.url.appending(path: "m.last.ragged"), to: work.url.appending(path: "bad.ragged"))
    let message = "bad.ragged: the weights hold nan at element 0 of "
    try work.bad(65, message, "predict", "bad.ragged", "s.sqlite")
    try work.bad(65, message, "evaluate", "bad.ragged", "s.sqlite")
    try work.bad(65, message, "verify", "s.sqlite", "--model", "bad.ragged")
    try work.bad(65, message, "train", "s.sqlite", "--resume", "bad.ragged", "--epochs", "2")
    for format in ["keras", "safetensors", "onnx"] {
      try work.bad(65, message, "export", "bad.ragged", "out", "--to", format)
    }
    #expect(!work.names.contains("out"))
  }

  /// Writes a copy of a checkpoint whose first weight is no number, with the hash that belongs to it.
  private func spoil(_ from: URL, to: URL) throws {
    var data = try Data(contentsOf: from)
    let length = data[12..<16].reversed().reduce(0) { $0 << 8 | Int($1) }
    data.replaceSubrange(16 + length..<20 + length, with: [0, 0, 0xc0, 0x7f])
    var hash = StableHash()
    hash.add(data.dropLast(8))
    let bytes = withUnsafeBytes(of: hash.value.littleEndian) { Array($0) }
    data.replaceSubrange(data.count - 8..<data.count, with: bytes)
    try data.write(to: to)
  }

  /// Finite weights may still give outputs that are none: no class is named for them.
  @Test func noClassIsNamedWhereAnOutputIsNoNumber() throws {
    let csv = PredictionFormat(.csv, target: .classPerSequence(["a", "b"]))
    #expect(try csv.text(Prediction(key: "s", outputs: [.nan, .nan], width: 2)) == "s,,nan,nan\n")
    let json = PredictionFormat(.jsonl, target: .classPerTimestep(["a", "b"]))
    #expect(
      try json.text(Prediction(key: "s", outputs: [.nan, 1, 0, 1], width: 2))
        == #"{"key":"s","outputs":[["NaN",1],[0,1]],"prediction":[null,"b"]}"# + "\n")
  }
}
