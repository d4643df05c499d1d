import Foundation
import GRDB
import RaggedCore
import RaggedStore
import RaggedTestSupport
import Synchronization
import Testing

@Suite struct RunRecordTests {
  /// A run's record waits as long as it is told to; whatever is written after it waits as the store does, and can be ended.
  @Test func aWaitOfItsOwnIsOverWithTheWrite() throws {
    let directory = try TemporaryDirectory()
    let isCancelled = Atomic(false)
    let store = try SequenceStore(
      path: directory.file("a.ragged"), mode: .create, busyTimeout: 60,
      monitor: ProgressMonitor(isCancelled: { isCancelled.load(ordering: .relaxed) }))
    try store.add(classifiedRecords(3))
    _ = try store.insertRun(RunRecord(dataset: "d", command: "c", fingerprint: 1), waiting: 0.05)
    try store.whileAnotherWrites {
      let start = ContinuousClock.now
      let busy = #expect(throws: StoreError.self) {
        try store.insertRun(RunRecord(dataset: "d", command: "c", fingerprint: 1), waiting: 0.05)
      }
      #expect(busy?.code == .busy)
      Thread.detachNewThread {
        Thread.sleep(forTimeInterval: 0.3)
        isCancelled.store(true, ordering: .relaxed)
      }
      #expect(throws: Cancelled.self) { try store.rename(dataset: "d", to: "e") }
      #expect(ContinuousClock.now - start < .seconds(30))
    }
  }

  @Test func aRunComesBackAsItWasWritten() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(3))
    var run = try store.insertRun(
      RunRecord(
        dataset: "d", command: "ragged train d", configuration: "{\"seed\": 1}", fingerprint: UInt64.max - 5,
        epochs: [RunRecord.Epoch(epoch: 1, metrics: ["loss": 0.1 + 0.2, "val_loss": .infinity])]))
    #expect(run.id == 1)
    #expect(run.createdAt.count == 20)
    #expect(run.fingerprint == UInt64.max - 5)
    run.epochs.append(RunRecord.Epoch(epoch: 2, metrics: ["loss": 0.25]))
    run.status = .finished
    run.seconds = 1.5
    try store.updateRun(run)
    #expect(try SequenceStore(path: store.path, mode: .readOnly).runs() == [run])
    #expect(try store.run(1) == run)
    let other = try store.insertRun(
      RunRecord(dataset: "gone", createdAt: "2020-01-01T00:00:00Z", command: "c", fingerprint: 0))
    #expect(try store.runs().map(\.id) == [1, 2])
    #expect(try store.runs(dataset: "gone") == [other])
    #expect(other.createdAt == "2020-01-01T00:00:00Z")
  }

  /// The table knows no such word: older readers see a run that failed.
  @Test func aRunThatDivergedSaysSo() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    var run = try store.insertRun(
      RunRecord(dataset: "d", command: "c", configuration: "{\"a\":\"b/c\",\"seed\":1}", fingerprint: 1))
    run.status = .diverged
    try store.updateRun(run)
    #expect(try store.run(1) == run)
    #expect(try store.insertRun(run).status == .diverged)
    let stored = try DatabaseQueue(path: store.path).read {
      try Row.fetchAll($0, sql: "SELECT DISTINCT status, configuration ->> '$.ending' AS ending FROM run")
    }
    #expect(stored.map { $0["status"] } == ["failed"] && stored.map { $0["ending"] } == ["diverged"])
    run.status = .running
    try store.updateRun(run)
    #expect(try store.run(1) == run)
  }

  @Test func aRunOutlivesItsDataset() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(30))
    let run = try store.insertRun(RunRecord(dataset: "d", command: "c", fingerprint: 1))
    try DatabaseQueue(path: store.path).write { try $0.execute(sql: "DELETE FROM dataset") }
    #expect(try store.runs() == [run])
    #expect(try store.datasets() == [])
  }

  @Test func badRunsAreRefused() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    #expect(throws: StoreError(.invalidOption, "the configuration of a run is not JSON: seed=1")) {
      try store.insertRun(RunRecord(dataset: "d", command: "c", configuration: "seed=1", fingerprint: 0))
    }
    #expect(throws: StoreError(.invalidOption, "epoch 0, expected 1 or more")) {
      try store.insertRun(
        RunRecord(dataset: "d", command: "c", fingerprint: 0, epochs: [RunRecord.Epoch(epoch: 0, metrics: [:])]))
    }
    #expect(try store.runs() == [])
    #expect(throws: StoreError(.unknownName, "\(store.path) has no run 7: it has no runs")) { try store.run(7) }
    for runs in ["run 1", "runs 1 to 2"] {
      _ = try store.insertRun(RunRecord(dataset: "d", command: "c", fingerprint: 0))
      #expect(throws: StoreError(.unknownName, "\(store.path) has no run 7; it has \(runs)")) { try store.run(7) }
    }
    #expect(throws: StoreError(.unknownName, "\(store.path) has no run 7")) {
      try store.updateRun(RunRecord(id: 7, dataset: "d", command: "c", fingerprint: 0))
    }
  }
}
