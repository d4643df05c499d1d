import Foundation
import GRDBSQLite
import Ragged
import Synchronization

/// The loader's speed: beside SQLite's own, and beside the same data in memory.
struct LoaderBenchmarks {
  var watch: Stopwatch
  var sequences: Int

  func run(_ report: (Figure) -> Void) throws { try ScratchFolder.with { try run(in: $0, report) } }

  private func run(in folder: URL, _ report: (Figure) -> Void) throws {
    let store = try SequenceStore(path: folder.appending(path: "loader.ragged").path, mode: .create)
    for (name, target) in [("classes", false), ("timesteps", true)] {
      var reader = RandomReader(
        sequences: target ? min(sequences, 100_000) : sequences, lengths: 10..<100, perTimestep: target)
      _ = try store.importSequences(from: &reader, named: "random", into: name)
    }
    try rates(store, report)
    try orders(store, report)
    try epochs(store, report)
    try memory(folder.appending(path: "many.ragged").path, report)
  }

  /// Shuffled padded batches of 256 with masks, sequences a second, against SQLite's own rate for the same rows.
  private func rates(_ store: SequenceStore, _ report: (Figure) -> Void) throws {
    let group = "1 padded batches of 256 with masks, \(sequences) sequences"
    let source = try store.source(SequenceSelection(dataset: "classes"))
    let batches = try PlannedBatches(source, policy: BatchPolicy(batchSize: 256, seed: 3))
    let plan = batches.plan(epoch: 1)
    let ids = try RawRows(path: store.path, "SELECT id FROM sequence WHERE dataset_id = 1 ORDER BY id").integers()
    let order = plan.flatMap(\.positions).map { ids[$0] }
    let raw = try RawRows(path: store.path, "SELECT input FROM sequence_data WHERE sequence_id = ?")
    let thread = Stopwatch(threads: 1, repeats: max(3, watch.repeats / 4))
    let ragged = try thread.milliseconds(
      { try raw.copy(order) },
      { for batch in plan { _ = try source.gather(batch.positions) } })
    let padded = try thread.milliseconds(
      { try raw.copy(order) },
      { for batch in plan { _ = try source.gather(batch.positions).padded() } })
    func rate(_ milliseconds: Double) -> Double { Double(order.count) / milliseconds / 1000 }
    report(Figure(group, "SQLite itself, the same rows", rate(padded.0), "M/s"))
    report(Figure(group, "gathered, ragged", rate(ragged.1), "M/s"))
    report(Figure(group, "gathered and padded", rate(padded.1), "M/s"))
    let ratio = padded.0 / padded.1
    report(
      Figure(group, "gathered and padded against SQLite itself", ratio, "ratio", .atLeast(0.8), milliseconds: padded.1))
  }

  /// An epoch of the reference network, from the file against from memory.
  private func epochs(_ store: SequenceStore, _ report: (Figure) -> Void) throws {
    let source = try store.source(SequenceSelection(dataset: "timesteps"))
    let memory = try InMemorySource(source.gather(Array(0..<source.count)), signature: source.signature)
    let policy = BatchPolicy(batchSize: 256, seed: 5)
    func epoch(_ source: some SequenceSource) throws -> () throws -> Void {
      let batches = try PlannedBatches(source, policy: policy)
      let trainer = try Trainer(model: Networks.reference(), loss: .categoricalCrossentropy, threads: watch.threads)
      return { try trainer.fit(batches, epochs: 1) }
    }
    let slow = Stopwatch(threads: watch.threads, repeats: max(3, watch.repeats / 4))
    let group = "2 an epoch of the reference network, \(source.count) sequences"
    let (inMemory, stored) = try slow.milliseconds(epoch(memory), epoch(source))
    let ratio = stored / inMemory
    report(Figure(group, "from SQLite against from memory", ratio, "ratio", .atMost(1.1), milliseconds: stored))
    let batches = try PlannedBatches(memory, policy: BatchPolicy(batchSize: 32, seed: 5))
    let trainer = try Trainer(model: Networks.reference(), loss: .categoricalCrossentropy, threads: watch.threads)
    let (inTurn, ahead) = try slow.milliseconds(
      { for step in 0..<batches.stepCount(epoch: 1) { try trainer.trainStep(batches.batch(epoch: 1, step: step)) } },
      { try trainer.fit(batches, epochs: 1) })
    report(Figure(group, "batches of 32, loaded ahead against in turn", ahead / inTurn, "ratio", milliseconds: ahead))
  }

  /// What a run holds a sequence: in the process's own memory, which the mapped file is not part of.
  private func memory(_ path: String, _ report: (Figure) -> Void) throws {
    guard ProcessMemory.own.bytes != nil else { return }
    let count = 20 * sequences
    let store = try SequenceStore(path: path, mode: .create)
    var reader = RandomReader(sequences: count, lengths: 1..<4)
    // Splits that are mixed leave gaps between the row ids of each.
    let split = SplitAssignment.hashed([SplitFraction("train", 0.9), SplitFraction("test", 0.1)])
    _ = try store.importSequences(from: &reader, named: "many", into: "many", options: ImportOptions(split: split))
    let model = try Sequential(input: .features(5), layers: [LSTM(4), Dense(2, activation: .softmax)])
    let trainer = try Trainer(model: model, loss: .sparseCategoricalCrossentropy, threads: watch.threads)
    let before = ProcessMemory.own.bytes ?? 0
    let source = try store.source(SequenceSelection(dataset: "many", splits: ["train"]))
    func figure(_ name: String, bar: Double?) {
      let bytes = Double((ProcessMemory.own.bytes ?? 0) - before) / Double(source.count)
      report(Figure("3 memory, bytes per sequence of \(source.count)", name, bytes, "bytes", bar.map(Bar.atMost)))
    }
    figure("lengths, row ids and classes", bar: nil)
    let batches = try PlannedBatches(source, policy: BatchPolicy(batchSize: 256, seed: 1))
    var state = trainer.state
    let steps = Atomic(0)
    do {
      try trainer.fit(
        batches, FitOptions(epochs: 1), state: &state,
        report: { event in
          guard case .step = event, steps.add(1, ordering: .relaxed).newValue == 500 else { return }
          figure("while training, plan and batches included", bar: 16)
        }, monitor: ProgressMonitor(isCancelled: { steps.load(ordering: .relaxed) == 500 }))
    } catch is Cancelled {}
  }
}

/// A prepared statement of SQLite's C interface on a connection of its own, in one transaction: what there is to beat.
private final class RawRows {
  private var connection: OpaquePointer?
  private var statement: OpaquePointer?

  init(path: String, _ sql: String) throws {
    sqlite3_open_v2(path, &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
    sqlite3_exec(connection, "PRAGMA mmap_size = 2147418112; BEGIN", nil, nil, nil)
    guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK else {
      throw StoreError(.inputOutput, String(cString: sqlite3_errmsg(connection)))
    }
  }

  deinit {
    sqlite3_finalize(statement)
    sqlite3_close(connection)
  }

  func integers() -> [Int64] {
    var result: [Int64] = []
    while sqlite3_step(statement) == SQLITE_ROW { result.append(sqlite3_column_int64(statement, 0)) }
    return result
  }

  /// Step, blob and one copy for each row.
  func copy(_ ids: [Int64]) throws {
    let room = UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { room.deallocate() }
    var end = 0
    for id in ids {
      sqlite3_bind_int64(statement, 1, id)
      guard sqlite3_step(statement) == SQLITE_ROW else { throw StoreError(.inputOutput, "row \(id) is not there") }
      let count = Int(sqlite3_column_bytes(statement, 0))
      if end + count > 1 << 20 { end = 0 }
      if let blob = sqlite3_column_blob(statement, 0) { memcpy(room + end, blob, count) }
      end += count
      sqlite3_reset(statement)
    }
  }
}
