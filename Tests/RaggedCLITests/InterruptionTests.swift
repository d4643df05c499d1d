import Foundation
import Testing

/// Ctrl-C, and what it leaves behind.
@Suite(.serialized) struct InterruptionTests {
  @Test func anImportFromASlowPipeIsTakenBack() throws {
    let work = try Workspace()
    let pipe = Pipe()
    let command = try work.start(["import", "s.sqlite", "-", "--format", "csv"], input: pipe)
    try pipe.fileHandleForWriting.write(contentsOf: Data((Sample.readings(0..<300) + "half,0,1").utf8))
    #expect(command.waits(for: "features: \"ax\", \"ay\""))
    usleep(50_000)
    command.send(SIGINT)
    let result = command.result()
    #expect(result.status == 130)
    #expect(
      result.errors.hasSuffix(
        "\nragged: stopping (again to stop at once)\nragged: stopped; nothing of the import was kept\n")
    )
    #expect(work.names == [])
    try pipe.fileHandleForWriting.close()
  }

  @Test func aWaitForTheFirstRowsOfAPipeIsInterrupted() throws {
    let work = try Workspace()
    let pipe = Pipe()
    let command = try work.start(["import", "s.sqlite", "-", "--format", "csv"], input: pipe)
    try pipe.fileHandleForWriting.write(contentsOf: Data(Sample.readings(0..<2).utf8))
    usleep(300_000)
    command.send(SIGINT)
    let result = command.result()
    #expect(result.status == 130)
    #expect(result.errors.hasSuffix("ragged: stopped; nothing of the import was kept\n"), "\(result.errors)")
    #expect(work.names == [])
    try pipe.fileHandleForWriting.close()
  }

  @Test(arguments: [SIGTERM, SIGHUP]) func anInterruptedImportLeavesAStoreAsItWas(_ signal: Int32) throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv")
    let before = try work.good("stats", "s.sqlite", "--json").output
    let pipe = Pipe()
    let command = try work.start(["import", "s.sqlite", "-", "--format", "csv"], input: pipe)
    try pipe.fileHandleForWriting.write(contentsOf: Data(Sample.readings(40..<340).utf8))
    #expect(command.waits(for: "features"))
    command.send(signal)
    #expect(command.result().status == 130)
    #expect(try work.good("stats", "s.sqlite", "--json").output == before)
    try pipe.fileHandleForWriting.close()
  }

  /// A model so large that its first weights take a while.
  @Test func aModelIsNotWaitedFor() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings(0..<20))
    try work.good("import", "s.sqlite", "readings.csv")
    let command = try work.start(["train", "s.sqlite", "--model", "lstm(2048)"])
    usleep(1_000_000)
    command.send(SIGINT)
    let stopped = command.result()
    #expect(stopped.status == 130)
    #expect(stopped.errors.hasSuffix("ragged: stopped; nothing was changed\n"), "\(stopped.errors)")
    #expect(work.names == ["readings.csv", "s.sqlite"])
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
    #expect(stopped.errors.contains("ragged: stopped; part.last.ragged holds "))
    #expect(stopped.errors.contains("; go on with: ragged train s.sqlite --resume part.last.ragged\n"))
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
    #expect(result.errors == "\nragged: stopping (again to stop at once)\nragged: stopped; nothing was kept\n")
    #expect(work.names == [])
  }

  /// The system and the shell both tell of a terminal that is closed.
  @Test func aClosedTerminalEndsTrainingAfterTheStepAtHand() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings(0..<200))
    try work.good("import", "s.sqlite", "readings.csv", "-q")
    let command = try work.start(["train", "s.sqlite", "-m", "lstm(8)", "-e", "5000", "-o", "m"])
    #expect(command.waits(for: "epoch    2/5000"))
    command.send(SIGHUP)
    command.send(SIGHUP)
    let result = command.result()
    #expect(result.status == 130, "\(result.errors)")
    #expect(result.errors.contains("ragged: stopped; m.last.ragged holds "), "\(result.errors)")
    #expect(work.names == ["m.best.ragged", "m.last.ragged", "readings.csv", "s.sqlite"])
  }

  @Test func aCommandUnderNohupOutlivesItsTerminal() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv", "-q")
    let result = try work.shell(
      """
      trap '' HUP; "$RAGGED" train s.sqlite -m 'lstm(8)' -e 200 -o m > out & id=$!
      until grep -q "epoch   2/200" out; do sleep 0.01; done; kill -HUP $id; wait $id
      """)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try work.text("out").contains("finished after 200 epochs"))
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

  /// A store large enough that what is done to it takes a while.
  private func large() throws -> Workspace {
    let work = try Workspace()
    try work.write("big.csv", Sample.readings(0..<20_000))
    try work.good("import", "s.sqlite", "big.csv", "-q")
    return work
  }

  /// Interrupted at any moment, a command either has ended, or says that the store is as it was, which is true.
  @Test func theStoreIsUnchangedWheneverACommandIsStopped() throws {
    let work = try large()
    try work.good(
      "train", "s.sqlite", "--model", "lstm(2)", "--epochs", "1", "-q")
    let before = try work.good("stats", "s.sqlite", "--json").output
    let commands: [(arguments: [String], kept: String)] = [
      (["check", "s.sqlite"], "s.sqlite is as it was before"),
      (["check", "s.sqlite", "--repair"], "s.sqlite is as it was before"),
      (["merge", "t.sqlite", "s.sqlite"], "nothing was added to t.sqlite"),
      (["compact", "s.sqlite"], "s.sqlite is as it was before"),
      (["split", "s.sqlite", "--split", "0.5,0.5"], "s.sqlite is as it was before"),
      (["delete", "s.sqlite", "--where", "length > 4"], ""),
      (["stats", "s.sqlite", "--where", "length > 3"], ""),
      (["evaluate", "model.best.ragged", "s.sqlite", "-b", "1"], ""),
      (["predict", "model.best.ragged", "s.sqlite", "-o", "p.csv", "-b", "1"], "p.csv was not written"),
      (["predict", "model.best.ragged", "big.csv", "-o", "p.csv"], "p.csv was not written"),
    ]
    for (arguments, kept) in commands {
      var stopped = 0
      for delay in [20_000, 60_000, 150_000] as [UInt32] where stopped == 0 {
        try work.shell("rm -f t.sqlite p.csv")
        let command = try work.start(arguments)
        usleep(delay)
        command.send(SIGINT)
        let result = command.result()
        guard result.status == 130 else {
          // Faster than the signal, or so early that nothing listened yet.
          #expect(result.status == 0 || result.errors == "", "\(arguments): \(result.errors)")
          if arguments[0] == "delete" || arguments[0] == "split" {
            try work.shell("rm -f s.sqlite*; \"$RAGGED\" import s.sqlite big.csv -q")
          }
          continue
        }
        stopped += 1
        #expect(result.errors.contains("ragged: stopped; \(kept)"), "\(arguments): \(result.errors)")
        #expect(!work.names.contains { $0.hasPrefix("p.csv") }, "\(arguments)")
        #expect(!work.names.contains("t.sqlite"), "\(arguments)")
      }
      #expect(try work.good("stats", "s.sqlite", "--json").output == before, "\(arguments)")
    }
    #expect(try work.good("check", "s.sqlite").output.hasSuffix("sound\n"))
  }

  /// Another process that keeps everybody out of a store, as one does that writes to it in SQLite's older way.
  private final class Occupation {
    private let file: FileHandle

    init(_ path: URL) throws {
      file = try FileHandle(forUpdating: path)
      // The bytes by whose locks SQLite's connections keep out of each other's way.
      var lock = flock()
      lock.l_type = Int16(F_WRLCK)
      lock.l_whence = Int16(SEEK_SET)
      lock.l_start = 0x4000_0000
      lock.l_len = 512
      try #require(fcntl(file.fileDescriptor, F_SETLK, &lock) == 0)
    }
  }

  /// Every command that opens a store can be stopped while it waits for another process, and nothing comes of it.
  @Test func whoeverWaitsForAStoreCanBeStopped() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.2")
    try work.good("train", "s.sqlite", "--model", "lstm(2)", "--epochs", "1", "-q")
    try work.good("export", "model.best.ragged", "w.safetensors")
    try work.good("import", "t.sqlite", "readings.csv")
    try work.write("c.yaml", "store: s.sqlite\nvalidation-split: test\nseed: [1, 2]\n")
    let before = work.names
    let commands: [[String]] = [
      ["search", "c.yaml"], ["import", "s.sqlite", "readings.csv", "-d", "new"], ["stats", "s.sqlite"],
      ["show", "s.sqlite", "s3"],
      ["plan", "s.sqlite"], ["batches", "s.sqlite", "-o", "b"], ["train", "s.sqlite", "-o", "n"],
      ["evaluate", "model.best.ragged", "s.sqlite"], ["predict", "model.best.ragged", "s.sqlite", "-o", "p.csv"],
      ["forecast", "model.best.ragged", "s.sqlite", "-o", "f.csv"],
      ["verify", "s.sqlite", "--model", "model.best.ragged"], ["runs", "s.sqlite"],
      ["report", "s.sqlite", "-o", "r.html"], ["export", "s.sqlite", "e.csv"],
      ["import-weights", "lstm(2)", "w.safetensors", "--store", "s.sqlite", "-o", "w.ragged"],
      ["check", "s.sqlite"], ["delete", "s.sqlite", "--all"], ["rename", "s.sqlite", "--to", "n"],
      ["split", "s.sqlite", "--split", "0.5,0.5"], ["merge", "s.sqlite", "t.sqlite"], ["compact", "s.sqlite"],
    ]
    let help = try work.good("--help").output
    let all = help.matches(of: #/\n  ([a-z][a-z-]+) {2,}/#).map { String($0.output.1) }
    // These open no store.
    let others = ["demo", "generate", "inspect", "version", "help"]
    #expect(Set(commands.map { $0[0] }).union(others) == Set(all).union(["help"]))
    let occupation = try Occupation(work.url.appending(path: "s.sqlite"))
    for arguments in commands {
      let command = try work.start(arguments + ["--busy-timeout", "100"])
      #expect(command.waits(for: "another process is writing to it"), "\(arguments)")
      let start = ContinuousClock.now
      command.send(SIGINT)
      let result = command.result()
      // The wait itself would end the same way.
      try #require(ContinuousClock.now - start < .seconds(50), "\(arguments)")
      #expect(result.status == 130 && result.output == "", "\(arguments)")
      #expect(result.errors.contains("\nragged: stopped; "), "\(arguments): \(result.errors)")
    }
    withExtendedLifetime(occupation) {}
    #expect(work.names == before)
  }

  @Test func aResumableImportSaysWhatIsCommitted() throws {
    let work = try Workspace()
    let pipe = Pipe()
    // Committed are 32 MB at a time; less than that is kept as nothing.
    let command = try work.start(["import", "s.sqlite", "-", "--format", "csv", "--if-exists", "skip"], input: pipe)
    try pipe.fileHandleForWriting.write(contentsOf: Data(Sample.readings(0..<300).utf8))
    #expect(command.waits(for: "features"))
    command.send(SIGINT)
    #expect(command.result().errors.hasSuffix("ragged: stopped; nothing of the import was kept\n"))
    try pipe.fileHandleForWriting.close()
    try work.write("big.csv", Sample.readings(0..<60_000))
    let resumable = ["import", "r.sqlite", "big.csv", "--resumable"]
    for delay in [100_000, 300_000, 50_000] as [UInt32] {
      let command = try work.start(resumable)
      usleep(delay)
      command.send(SIGINT)
      let result = command.result()
      guard result.status == 130 else { continue }
      #expect(
        result.errors.contains(
          #/ragged: stopped; [0-9,]+ sequences? (is|are) committed in dataset "data"; the same command goes on after /#),
        "\(result.errors)")
      break
    }
    let ended = try work.ragged(resumable)
    #expect(ended.status == 0 || ended.errors.contains("is already in dataset"), "\(ended.errors)")
  }
}
