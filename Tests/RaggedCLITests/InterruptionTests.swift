import Foundation
import Testing

/// Ctrl-C, and what it leaves behind.
@Suite(.serialized) struct InterruptionTests {
  @Test func anImportFromASlowPipeIsTakenBack() throws {
    let work = try Workspace()
    let pipe = Pipe()
    let command = try work.start(["import", "s.sqlite", "-", "--format", "csv"], input: pipe)
    try pipe.fileHandleForWriting.write(contentsOf: Data((Sample.readings() + "half,0,1").utf8))
    #expect(command.waits(for: "features: \"ax\", \"ay\""))
    usleep(50_000)
    command.send(SIGINT)
    let result = command.result()
    #expect(result.status == 130)
    #expect(
      result.errors.hasSuffix(
        "\nragged: stopping (again to stop at once)\nragged: error: the import was stopped; nothing of it was stored\n")
    )
    #expect(work.names == [])
    try pipe.fileHandleForWriting.close()
  }

  @Test func anInterruptedImportLeavesAStoreAsItWas() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv")
    let before = try work.good("stats", "s.sqlite", "--json").output
    let pipe = Pipe()
    let command = try work.start(["import", "s.sqlite", "-", "--format", "csv"], input: pipe)
    try pipe.fileHandleForWriting.write(contentsOf: Data(Sample.readings(40..<80).utf8))
    #expect(command.waits(for: "features"))
    command.send(SIGTERM)
    #expect(command.result().status == 130)
    #expect(try work.good("stats", "s.sqlite", "--json").output == before)
    try pipe.fileHandleForWriting.close()
  }

  @Test func trainingGoesOnAsIfItHadNotBeenStopped() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings(0..<200))
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.2")
    let options = [
      "--model", "lstm(16, dropout=0.1) dropout(0.1)", "--epochs", "12", "--batch-size", "4", "--validation-split",
      "test", "--normalize", "--threads", "1",
    ]
    #expect(try work.ragged(["train", "s.sqlite", "--output", "whole", "--quiet"] + options).status == 0)
    let command = try work.start(["train", "s.sqlite", "--output", "part"] + options)
    #expect(command.waits(for: "epoch  2/12"))
    command.send(SIGINT)
    let stopped = command.result()
    #expect(stopped.status == 130, "\(stopped.output)")
    #expect(stopped.errors.contains("go on with --resume part.last.ragged"))
    let resumed = try work.good("train", "s.sqlite", "--resume", "part.last.ragged")
    #expect(resumed.output.contains("finished after 12 epochs"))
    let whole = try work.good("predict", "whole.last.ragged", "s.sqlite").output
    #expect(try work.good("predict", "part.last.ragged", "s.sqlite").output == whole)
    #expect(
      try work.good("predict", "part.best.ragged", "s.sqlite").output
        == work.good("predict", "whole.best.ragged", "s.sqlite").output)
    let runs = try RunsCommandTests.runs(work)
    #expect(runs.map(\.status) == ["finished", "interrupted", "finished"])
    #expect(runs[1].epochs.count < 12)
    #expect(runs[2].figures == runs[0].figures)
  }

  /// Stopped in the middle of an epoch, with rows in the middle of their sequences.
  @Test func statesGoOnWhereTheyWereStopped() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings(0..<400))
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.2")
    let options = [
      "--model", "lstm(16, dropout=0.1)", "--epochs", "12", "--batch-size", "2", "--validation-split", "test",
      "--normalize", "--window", "2", "--stateful", "--threads", "1",
    ]
    #expect(try work.ragged(["train", "s.sqlite", "--output", "whole", "--quiet"] + options).status == 0)
    let command = try work.start(["train", "s.sqlite", "--output", "part"] + options)
    #expect(command.waits(for: "epoch  2/12"))
    command.send(SIGINT)
    let stopped = command.result()
    #expect(stopped.status == 130, "\(stopped.output)")
    let resumed = try work.good("train", "s.sqlite", "--resume", "part.last.ragged")
    #expect(resumed.output.contains("finished after 12 epochs"))
    for name in ["last", "best"] {
      let whole = try work.good("predict", "whole.\(name).ragged", "s.sqlite").output
      #expect(try work.good("predict", "part.\(name).ragged", "s.sqlite").output == whole)
    }
    let runs = try RunsCommandTests.runs(work)
    #expect(runs[2].figures == runs[0].figures)
  }

  @Test func theDemonstrationStopsAndLeavesNothing() throws {
    let work = try Workspace()
    let command = try work.start(["demo", "--sequences", "400", "--epochs", "100"])
    #expect(command.waits(for: "epoch   1/100"))
    command.send(SIGINT)
    let result = command.result()
    #expect(result.status == 130)
    #expect(result.errors == "\nragged: stopping (again to stop at once)\n")
    #expect(work.names == [])
  }

  @Test func theSecondTimeEndsAtOnce() throws {
    let work = try Workspace()
    #expect(try work.shell("mkfifo slow").status == 0)
    // Nobody writes to the pipe, so that the command waits where the first interruption does not reach it.
    let command = try work.start(["import", "s.sqlite", "slow", "--format", "csv"])
    usleep(300_000)
    command.send(SIGINT)
    #expect(command.waits(for: "again to stop at once"))
    #expect(command.isRunning)
    command.send(SIGINT)
    #expect(command.result().status == 130)
  }
}
