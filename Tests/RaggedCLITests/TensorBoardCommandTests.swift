import Foundation
import Testing

/// `ragged train --tensorboard`.
@Suite struct TensorBoardCommandTests {
  @Test func trainingWritesForTensorBoard() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.1,0.1", "--seed", "1")
    try work.good(
      "train", "s.sqlite", "--model", "lstm(2)", "--epochs", "2", "-q", "-o", "m", "--tensorboard", "tb/run",
      "--validation-split", "validation")
    let runs = try FileManager.default.contentsOfDirectory(atPath: work.url.path + "/tb/run").sorted()
    #expect(runs == ["data", "train", "validation"])
    try work.good("train", "s.sqlite", "--resume", "m.last.ragged", "--epochs", "3", "--tensorboard", "tb/run", "-q")
    let files = try FileManager.default.contentsOfDirectory(atPath: work.url.path + "/tb/run/train")
    #expect(files.count == 2 && files.allSatisfy { $0.hasPrefix("events.out.tfevents.") })
    try work.bad(
      73, "tb/run: holds a run already, which would be mixed with this one; name another folder, or resume that run",
      "train", "s.sqlite", "--tensorboard", "tb/run", "-q", "--epochs", "1")
  }
}
