import Foundation
import Testing

/// Several processes at one store: an import that takes its time, readers, training runs, and who else wants to write.
@Suite(.serialized) struct ConcurrencyTests {
  /// A store of 40 sequences in two splits, and a model of it.
  private static func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.2", "--quiet")
    try work.good("train", "s.sqlite", "-m", "lstm(2)", "--epochs", "1", "--quiet", "-o", "m")
    return work
  }

  /// An import that has begun, by more rows than roles are told by, and holds the store until its pipe is closed.
  private static func slowImport(_ work: Workspace) throws -> (command: RunningCommand, pipe: FileHandle) {
    let pipe = Pipe()
    let command = try work.start(["import", "s.sqlite", "-", "--format", "csv"], input: pipe)
    try pipe.fileHandleForWriting.write(contentsOf: Data(Sample.readings(300..<600).utf8))
    #expect(command.waits(for: "features"))
    return (command, pipe.fileHandleForWriting)
  }

  private static let waited = "s.sqlite: waited 0.2 s for process "

  @Test func othersReadAndTrainDuringAnImport() throws {
    let work = try Self.workspace()
    let before = try work.good("stats", "s.sqlite", "--json").output
    let (command, pipe) = try Self.slowImport(work)
    let train = [
      "train", "s.sqlite", "-m", "lstm(2)", "--epochs", "2", "--validation-split", "test", "--busy-timeout", "0.2",
    ]
    let others = try [
      ["stats", "s.sqlite", "--json"], ["stats", "s.sqlite", "--where", "length > 4"], ["check", "s.sqlite"],
      ["plan", "s.sqlite"], ["batches", "s.sqlite"], ["evaluate", "m.last.ragged", "s.sqlite"],
      ["predict", "m.last.ragged", "s.sqlite"], ["runs", "s.sqlite"], train + ["-o", "a"], train + ["-o", "b"],
    ].map { try work.start($0) }.map { $0.result() }
    for other in others { #expect(other.status == 0, "\(other.errors)") }
    #expect(others[0].output == before)
    #expect(others[6].outputLines.count == 42)
    for training in others.suffix(2) {
      #expect(training.output.contains("finished after 2 epochs"))
      #expect(
        training.errors.contains(
          "ragged: the run is not kept in the store: \(Self.waited)\(command.id) (ragged import), which is writing"))
    }
    let predicted = try ["a", "b"].map { try work.good("predict", "\($0).last.ragged", "s.sqlite").output }
    #expect(predicted[0] == predicted[1])
    #expect(command.isRunning)
    try pipe.close()
    #expect(command.result().status == 0)
    #expect(try work.good("stats", "s.sqlite").output.contains("340"))
    #expect(try RunsCommandTests.runs(work).count == 1)
  }

  @Test func aRunIsKeptOnceTheImportIsOver() throws {
    let work = try Self.workspace()
    let (command, pipe) = try Self.slowImport(work)
    let training = try work.start(["train", "s.sqlite", "-m", "lstm(2)", "--epochs", "2", "-o", "a"])
    #expect(training.waits(for: "epoch 2/2"))
    #expect(try RunsCommandTests.runs(work).count == 1)
    try pipe.close()
    #expect(command.result().status == 0)
    let result = training.result()
    // Where the import takes its time to end, the run says that it waits.
    let notice = "ragged: s.sqlite: another process is writing to it; waiting up to 10.0 s\n"
    #expect(result.status == 0 && ["", notice].contains(result.errors), "\(result.errors)")
    let runs = try RunsCommandTests.runs(work)
    #expect(runs.map(\.status) == ["finished", "finished"])
    #expect(runs.last?.epochs.count == 2)
  }

  @Test func aSecondWriterSaysWhomItWaitedFor() throws {
    let work = try Self.workspace()
    try work.write("more.csv", Sample.readings(200..<240))
    try work.good("import", "other.sqlite", "more.csv", "--quiet")
    let (command, pipe) = try Self.slowImport(work)
    let writers = try [
      ["import", "s.sqlite", "more.csv", "--quiet"], ["import", "s.sqlite", "more.csv", "--quiet", "--resumable"],
      ["delete", "s.sqlite", "--where", "length > 4"], ["rename", "s.sqlite", "--to", "x"],
      ["split", "s.sqlite", "--split", "0.5,0.5"], ["merge", "s.sqlite", "other.sqlite"], ["compact", "s.sqlite"],
      ["check", "s.sqlite", "--repair"],
    ].map { try work.start($0 + ["--busy-timeout", "0.2"]) }.map { $0.result() }
    for writer in writers {
      #expect(writer.status == 74)
      #expect(
        writer.errors.hasSuffix(
          "\(Self.waited)\(command.id) (ragged import), which is writing to it; "
            + "try again when it has ended, or wait longer with --busy-timeout\n"), "\(writer.errors)")
    }
    let patient = try work.start(["rename", "s.sqlite", "--to", "later", "--busy-timeout", "30"])
    let impatient = try work.bad(
      74, "s.sqlite: process \(command.id)", "rename", "s.sqlite", "--to", "x", "--busy-timeout", "0")
    #expect(!impatient.errors.contains("waited"))
    #expect(patient.isRunning)
    try pipe.close()
    #expect(command.result().status == 0)
    #expect(patient.result().status == 0)
    #expect(try work.good("stats", "s.sqlite", "-d", "later").output.contains("340"))
    for wrong in ["-1", "nan", "1e9"] {
      try work.bad(64, "--busy-timeout", "stats", "s.sqlite", "--busy-timeout=\(wrong)")
    }
  }

  /// Stopped in the middle of an epoch, while others change everything that it reads.
  @Test func trainingGoesOnWithTheDataThatItBeganWith() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings(0..<200))
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.2", "--quiet")
    try work.restore("old.sqlite", from: "s.sqlite")
    let options = [
      "--model", "lstm(8, dropout=0.1)", "--epochs", "12", "--batch-size", "4", "--validation-split", "test",
      "--normalize", "--threads", "1", "--no-record",
    ]
    #expect(try work.ragged(["train", "s.sqlite", "--output", "whole", "--quiet"] + options).status == 0)
    let training = try work.start(["train", "s.sqlite", "--output", "part"] + options)
    #expect(training.waits(for: "epoch  2/12"))
    training.send(SIGSTOP)
    // Every number of every second sequence changes its sign.
    let changed = Sample.readings(0..<100).replacing(",-1", with: ",7")
    try work.write("changed.csv", changed)
    try work.good("import", "s.sqlite", "changed.csv", "--if-exists", "replace", "--quiet")
    try work.good("delete", "s.sqlite", "--where", "key LIKE 's1%'")
    try work.good("split", "s.sqlite", "--split", "0.3,0.7", "--seed", "9")
    try work.good("rename", "s.sqlite", "--to", "other")
    let compacted = try work.good("compact", "s.sqlite", "--busy-timeout", "0.2")
    #expect(compacted.errors.contains("another process still reads it as it was"))
    training.send(SIGCONT)
    let result = training.result()
    #expect(result.status == 0 && result.output.contains("finished after 12 epochs"), "\(result.errors)")
    for name in ["last", "best"] {
      let whole = try work.good("predict", "whole.\(name).ragged", "old.sqlite").output
      #expect(try work.good("predict", "part.\(name).ragged", "old.sqlite").output == whole)
    }
    // Another run on it is on other data, and is told so.
    try work.good("rename", "s.sqlite", "--to", "data")
    try work.bad(65, "with other data", "train", "s.sqlite", "--resume", "part.last.ragged", "--epochs", "13")
    #expect(try work.good("compact", "s.sqlite").errors == "")
    try work.good("check", "s.sqlite")
  }
}
