import Foundation
import Ragged
import Testing

/// `mpirun -n N ragged train`: left out where there is no `mpirun`, or no command built for it.
@Suite(
  .enabled(if: Launcher.isThere, "there is no mpirun, or RAGGED_MPI_BINARY names no ragged built with the trait MPI"),
  .serialized, .timeLimit(.minutes(20)))
struct RanksCommandTests {
  /// The bytes of a checkpoint as they would be if no time had passed.
  static func bits(_ work: Workspace, _ name: String, without note: String? = nil) throws -> Data {
    var checkpoint = try Checkpoint(contentsOf: work.url.appending(path: name))
    if let note { checkpoint.context.notes[note] = nil }
    checkpoint.state.progress.partialSeconds = 0
    for place in checkpoint.state.progress.history.epochs.indices {
      checkpoint.state.progress.history.epochs[place].seconds = 0
    }
    let copy = work.url.appending(path: "timeless-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: copy) }
    try checkpoint.write(to: copy)
    return try Data(contentsOf: copy)
  }

  static func workspace(_ sequences: Int = 60) throws -> Workspace {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings(0..<sequences))
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.2", "-q")
    return work
  }

  static let kinds: [String: [String]] = [
    "adam": ["-m", "lstm(8)"],
    "sgd": ["-m", "lstm(8)", "--optimizer", "sgd", "--learning-rate", "0.3", "--clip-norm", "0.1"],
    "dropout": ["-m", "lstm(8, dropout=0.3) dropout(0.2)", "--patience", "2"],
    "stateful": ["-m", "lstm(8)", "--window", "2", "--stateful", "--batch-size", "7"],
    "bidirectional": ["-m", "bidirectional(lstm(6))", "--monitor", "macro-f1"],
    "truncated": ["-m", "lstm(8)", "--bptt", "3"],
  ]
  static let common = ["--epochs", "3", "--batch-size", "16", "--validation-split", "test", "--normalize", "-q"]

  private static func options(_ kind: String) throws -> [String] {
    let own = try #require(kinds[kind])
    return (own.contains("--batch-size") ? common.filter { $0 != "--batch-size" && $0 != "16" } : common) + own
  }

  @Test(arguments: kinds.keys.sorted()) func anyNumberOfRanksAndThreadsGivesTheCheckpointOfOne(_ kind: String) throws {
    let work = try Self.workspace()
    let options = try Self.options(kind)
    let alone = try work.ragged(["train", "s.sqlite", "-o", "alone"] + options)
    #expect(alone.status == 0, "\(alone.errors)")
    // `SameBitsTests` hold the law for more ranks and threads, without processes.
    for (ranks, threads) in kind == "adam" ? [(1, 2), (2, 1), (3, 2), (7, 1)] : [(2, 2), (3, 1)] {
      let note = "\(ranks) ranks, \(threads) threads"
      let result = try work.startRanks(
        ranks, ["train", "s.sqlite", "--force", "-o", "m", "--threads", "\(threads)"] + options
      ).result()
      #expect(result.status == 0, "\(note): \(result.errors)")
      for name in ["best", "last"] {
        #expect(try Self.bits(work, "m.\(name).ragged") == Self.bits(work, "alone.\(name).ragged"), "\(note)")
      }
    }
  }

  /// Files, the run and the terminal are the first rank's; the others have copies of the store.
  @Test func theFirstRankAloneWrites() throws {
    let work = try Self.workspace()
    for rank in 0..<3 {
      try FileManager.default.copyItem(
        at: work.url.appending(path: "s.sqlite"), to: work.url.appending(path: "s\(rank).sqlite"))
    }
    let result = try work.ranks(3, "train", "sRANK.sqlite", "-e", "2", "-m", "lstm(4)", "--tensorboard", "board")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.outputLines.count { $0.hasPrefix("epoch ") } == 2, "\(result.output)")
    #expect(result.output.contains("finished after 2 epochs, best epoch 2: model.best.ragged\n"))
    #expect(result.errors.hasPrefix("3 ranks divide each batch between them; the result is that of one\n"))
    #expect(work.names.filter { $0.hasSuffix(".ragged") } == ["model.best.ragged", "model.last.ragged"])
    #expect(try FileManager.default.subpathsOfDirectory(atPath: work.url.path).count { $0.contains("tfevents") } <= 2)
    #expect(try work.good("runs", "s0.sqlite").output.contains("finished"))
    for other in [1, 2] {
      #expect(try !work.good("runs", "s\(other).sqlite").output.contains("finished"))
    }
  }

  private static func count(_ text: String, in errors: String) -> Int { errors.components(separatedBy: text).count - 1 }

  @Test func otherDataOnARankAreFoundBeforeTheFirstStep() throws {
    let work = try Self.workspace()
    try FileManager.default.copyItem(
      at: work.url.appending(path: "s.sqlite"), to: work.url.appending(path: "s0.sqlite"))
    try work.write("other.csv", Sample.readings(0..<61))
    try work.good("import", "s1.sqlite", "other.csv", "--split", "0.8,0.2", "-q")
    let result = try work.ranks(2, "train", "sRANK.sqlite", "-e", "2", "-m", "lstm(4)")
    #expect(result.status == 65)
    #expect(Self.count("ragged: error: rank 1: other data than on rank 0: fingerprint ", in: result.errors) == 1)
    #expect(Self.count("ragged: error", in: result.errors) == 1, "\(result.errors)")
    #expect(result.output == "" && !work.names.contains("model.last.ragged"))
  }

  @Test func aBrokenStoreOnOneRankEndsAll() throws {
    let work = try Self.workspace()
    for rank in [0, 2] {
      try FileManager.default.copyItem(
        at: work.url.appending(path: "s.sqlite"), to: work.url.appending(path: "s\(rank).sqlite"))
    }
    try work.write("s1.sqlite", "no store")
    let start = Date()
    let result = try work.ranks(3, "train", "sRANK.sqlite", "-e", "2", "-m", "lstm(4)")
    #expect(result.status == 65 && Date().timeIntervalSince(start) < 30)
    #expect(Self.count("ragged: error: rank 1: s1.sqlite", in: result.errors) == 1, "\(result.errors)")
    #expect(Self.count("ragged: error", in: result.errors) == 1, "\(result.errors)")
    // A file that no rank has is no rank's fault.
    let missing = try work.ranks(3, "train", "none.sqlite", "-e", "2")
    #expect(missing.status == 66)
    #expect(Self.count("ragged: error: none.sqlite", in: missing.errors) == 1, "\(missing.errors)")
    #expect(Self.count("ragged: error", in: missing.errors) == 1, "\(missing.errors)")
  }

  /// Long enough to be stopped in the middle.
  private static let long = [
    "-m", "lstm(16, dropout=0.1)", "--epochs", "40", "--batch-size", "8", "--validation-split", "test",
  ]

  /// Whether a process is there and has not ended; one that has may wait for somebody to ask for its exit code.
  private static func isAtWork(_ process: Int32) -> Bool {
    guard kill(process, 0) == 0 else { return false }
    let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return !(state?.contains(") Z ") ?? false)
  }

  @Test(arguments: [0, 1]) func aRankThatIsKilledEndsTheOthersWithinSeconds(_ killed: Int) throws {
    let work = try Self.workspace(400)
    let command = try work.startRanks(3, ["train", "s.sqlite", "-o", "m"] + Self.long)
    #expect(command.waits(for: "epoch  2/40"))
    kill(try work.process(ofRank: killed), SIGKILL)
    let start = Date()
    let result = command.result()
    #expect(result.status != 0 && Date().timeIntervalSince(start) < 30)
    #expect(Self.count("ragged: error: ", in: result.errors) == 1, "\(result.errors)")
    #expect(Self.count("rank \(killed) is gone: its process (", in: result.errors) == 1, "\(result.errors)")
    for rank in 0..<3 where rank != killed { #expect(!Self.isAtWork(try work.process(ofRank: rank)), "rank \(rank)") }
    // What was written is whole, and goes on to the end of the undisturbed run.
    #expect(try work.startRanks(2, ["train", "s.sqlite", "--resume", "m.last.ragged", "-q"]).result().status == 0)
    #expect(try work.ragged(["train", "s.sqlite", "-o", "whole", "-q"] + Self.long).status == 0)
    #expect(try Self.bits(work, "m.last.ragged") == Self.bits(work, "whole.last.ragged"))
  }

  @Test func anInterruptionLeavesOneCheckpointThatAnyNumberOfRanksGoesOnFrom() throws {
    let work = try Self.workspace(400)
    let command = try work.startRanks(3, ["train", "s.sqlite", "-o", "m"] + Self.long)
    #expect(command.waits(for: "epoch  2/40"))
    // Signals of mpirun's own are blocked in what tests start; a rank unblocks them.
    kill(try work.process(ofRank: 1), SIGTERM)
    let result = command.result()
    #expect(result.status != 0)
    #expect(Self.count("ragged: stopped; m.last.ragged holds ", in: result.errors) == 1, "\(result.errors)")
    #expect(!result.errors.contains("ragged: stopping") && !result.errors.contains("ragged: error"))
    #expect(try Checkpoint(contentsOf: work.url.appending(path: "m.last.ragged")).state.progress.epoch < 40)
    #expect(try work.startRanks(4, ["train", "s.sqlite", "--resume", "m.last.ragged", "-q"]).result().status == 0)
    #expect(try work.ragged(["train", "s.sqlite", "-o", "whole", "-q"] + Self.long).status == 0)
    for name in ["best", "last"] {
      #expect(try Self.bits(work, "m.\(name).ragged") == Self.bits(work, "whole.\(name).ragged"))
    }
    let runs = try RunsCommandTests.runs(work)
    #expect(runs.map(\.status) == ["interrupted", "finished", "finished"])
  }

  private static func last(_ work: Workspace, _ name: String) throws -> TrainingProgress {
    try Checkpoint(contentsOf: work.url.appending(path: name)).state.progress
  }

  /// A batch for each rank: fewer, larger steps, each sequence once an epoch, also where another number of ranks goes on.
  @Test func aBatchForEachRankIsALargerBatch() throws {
    let work = try Self.workspace(400)
    let options = ["--batch-per-rank"] + Self.long
    #expect(try work.ragged(["train", "s.sqlite", "-o", "one", "-q"] + Self.long + ["--epochs", "2"]).status == 0)
    let one = try Self.last(work, "one.last.ragged").history.epochs[1]
    for ranks in [1, 2, 3] {
      let result = try work.startRanks(
        ranks, ["train", "s.sqlite", "-o", "r\(ranks)", "-q"] + options + ["--epochs", "2"]
      ).result()
      #expect(result.status == 0, "\(result.errors)")
      let record = try Self.last(work, "r\(ranks).last.ragged").history.epochs[1]
      #expect(record.steps == (one.steps + ranks - 1) / ranks)
      #expect(ranks > 1 || record.loss == one.loss)
    }
    let whole = try work.startRanks(3, ["train", "s.sqlite", "-o", "whole", "-q"] + options).result()
    #expect(whole.status == 0, "\(whole.errors)")
    let command = try work.startRanks(3, ["train", "s.sqlite", "-o", "m"] + options)
    #expect(command.waits(for: "epoch  2/40"))
    // Signals of mpirun's own are blocked in what tests start; a rank unblocks them.
    kill(try work.process(ofRank: 1), SIGTERM)
    #expect(command.result().errors.contains("ragged: stopped; m.last.ragged holds "))
    let stopped = try Self.last(work, "m.last.ragged")
    try #require(stopped.epoch < 40)
    try FileManager.default.copyItem(
      at: work.url.appending(path: "m.last.ragged"), to: work.url.appending(path: "n.last.ragged"))
    // As many ranks end in the same bits; others take what is left of the epoch, each sequence once.
    #expect(try work.startRanks(3, ["train", "s.sqlite", "--resume", "m.last.ragged", "-q"]).result().status == 0)
    #expect(
      try Self.bits(work, "m.last.ragged", without: "ranks") == Self.bits(work, "whole.last.ragged", without: "ranks"))
    #expect(try work.startRanks(2, ["train", "s.sqlite", "--resume", "n.last.ragged", "-q"]).result().status == 0)
    let resumed = try Self.last(work, "n.last.ragged").history.epochs[stopped.epoch]
    let left = one.steps - min(one.steps, 3 * stopped.step)
    #expect(resumed.steps == stopped.step + (left + 1) / 2)
  }

  @Test func aRunThatDivergesIsToldOfOnce() throws {
    let work = try Workspace()
    let rows = (0..<8).flatMap { number in (0..<3).map { "s\(number),\($0),\(number),1.5e19\n" } }
    try work.write("d.csv", "id,t,ax,level\n" + rows.joined())
    try work.good("import", "s.sqlite", "d.csv", "--target", "level", "-q")
    let result = try work.ranks(3, "train", "s.sqlite", "-m", "lstm(2)", "-e", "1", "-q")
    #expect(result.status == 65)
    #expect(Self.count("ragged: error: ", in: result.errors) == 1, "\(result.errors)")
    #expect(!result.errors.contains("rank "), "\(result.errors)")
  }

  @Test func whatRunsOnOneRankIsRefused() throws {
    let work = try Self.workspace()
    let stats = try work.ranks(2, "stats", "s.sqlite")
    #expect(stats.status == 64 && stats.output == "")
    #expect(
      Self.count("ragged: error: ragged stats runs on one rank, and 2 were started: leave mpirun out", in: stats.errors)
        == 1, "\(stats.errors)")
    let result = try work.ranks(2, "train", "s.sqlite", "--epochs", "none")
    #expect(result.status == 64 && Self.count("rror: ", in: result.errors) == 1, "\(result.errors)")
  }
}

/// A command that was not built for ranks says so, rather than train the same several times.
@Suite struct RanksWithoutMPITests {
  private func ranks(_ rank: Int, _ arguments: String, in work: Workspace) throws -> CommandResult {
    try work.shell("OMPI_COMM_WORLD_RANK=\(rank) OMPI_COMM_WORLD_SIZE=2 $RAGGED \(arguments)")
  }

  #if !MPI
    @Test func severalRanksNeedTheTrait() throws {
      let work = try Workspace()
      try work.write("readings.csv", Sample.readings())
      try work.good("import", "s.sqlite", "readings.csv", "-q")
      let first = try ranks(0, "train s.sqlite", in: work)
      #expect(first.status == 64)
      #expect(
        first.errors
          == "ragged: error: 2 ranks were started, and this ragged was built for one: build it with swift build --traits MPI\n"
      )
      let second = try ranks(1, "train s.sqlite", in: work)
      #expect(second.status == 64 && second.errors == "" && second.output == "")
      #expect(work.names == ["readings.csv", "s.sqlite"])
      for command in [
        "train s.sqlite --folds 3", "predict m.ragged s.sqlite", "evaluate m.ragged s.sqlite", "search c.yaml",
      ] {
        let result = try ranks(0, command, in: work)
        #expect(result.status == 64 && result.errors.contains("this ragged was built for one"), "\(result.errors)")
      }
    }
  #endif

  @Test func otherCommandsRunOnOneRank() throws {
    let work = try Workspace()
    let result = try ranks(0, "stats s.sqlite", in: work)
    #expect(result.status == 64)
    #expect(
      result.errors
        == "ragged: error: ragged stats runs on one rank, and 2 were started: leave mpirun out\n")
    #expect(try ranks(1, "stats s.sqlite", in: work).errors == "")
    // One rank is no rank.
    #expect(try work.shell("OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=1 $RAGGED version").status == 0)
  }
}
