import Foundation
import RaggedCore
import RaggedFormats
import RaggedStore
import Synchronization
import Testing

/// What is read while other connections write.
@Suite struct StoreSnapshotTests {
  /// A condition is evaluated on the state that the rest is read from.
  @Test func aConditionSeesWhatTheSourceSees() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(20))
    try store.resplit(dataset: "d", .named("a"))
    let writer = try BackgroundWriter(store.path) { store, turn in
      try store.resplit(dataset: "d", .named(turn % 2 == 0 ? "b" : "a"))
    }
    let selection = SequenceSelection(dataset: "d", condition: "split = 'a'")
    for _ in 0..<40 {
      let source = try store.source(selection)
      let splits = try source.splits(Array(0..<source.count))
      #expect(splits.allSatisfy { $0 == "a" } && [0, 20].contains(splits.count), "\(splits)")
      #expect(try store.statistics(selection, by: .split).allSatisfy { $0.split == "a" && $0.sequences == 20 })
    }
    #expect(try writer.end() > 20)
  }

  @Test func everythingOfASnapshotIsOfOneMoment() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(20))
    let snapshot = try store.snapshot()
    let halves = [SplitFraction("a", 0.5), SplitFraction("b", 0.5)]
    try store.resplit(dataset: "d", .hashed(halves))
    try store.deleteSequences(SequenceSelection(dataset: "d", condition: "length > 3"))
    try store.rename(dataset: "d", to: "e")
    #expect(try snapshot.datasetInfo("d").splits.map(\.name) == ["test", "train"])
    #expect(try snapshot.source(SequenceSelection(dataset: "d")).count == 20)
    #expect(try snapshot.source(SequenceSelection(dataset: "d", condition: "length > 3")).count > 0)
    #expect(try snapshot.statistics(SequenceSelection(dataset: "d"))[0].sequences == 20)
    #expect(throws: StoreError.self) { try snapshot.datasetInfo("e") }
    #expect(try store.snapshot().statistics(SequenceSelection(dataset: "e", condition: "length > 3"))[0].sequences == 0)
  }

  @Test func aWriterIsWaitedForAsLongAsWasSaid() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(5))
    let other = try SequenceStore(path: store.path, busyTimeout: 0.2)
    let run = try store.insertRun(RunRecord(dataset: "d", command: "c", fingerprint: 1))
    try store.whileAnotherWrites {
      for (seconds, body) in [
        (0.2, { _ = try other.delete(dataset: "d") }), (0.2, { _ = try other.compact() }),
        (0.05, { try other.updateRun(run, waiting: 0.05) }), (0, { _ = try other.insertRun(run, waiting: 0) }),
        (0.1, { _ = try SequenceStore.check(path: store.path, repair: true, busyTimeout: 0.1) }),
        (0.2, { try other.rename(dataset: "d", to: "e") }),
      ] as [(Double, () throws -> Void)] {
        let start = ContinuousClock.now
        let error = #expect(throws: StoreError.self) { try body() }
        let waited = (ContinuousClock.now - start) / .seconds(1)
        #expect(waited >= seconds && waited < SequenceStore.defaultBusyTimeout / 2)
        #expect(error?.code == .busy)
        let words = seconds > 0 ? "waited \(seconds) s for another connection, which" : "another connection"
        #expect(error?.message.hasPrefix("\(store.path): \(words) is writing to it; try again") == true)
      }
    }
    try other.rename(dataset: "d", to: "e")
    for wrong in [-1, .nan, .infinity, 1e7] {
      let error = #expect(throws: StoreError.self) { try SequenceStore(path: store.path, busyTimeout: wrong) }
      #expect(error?.code == .invalidOption)
    }
  }

  /// A reader keeps the file from shrinking, and is told.
  @Test func compactingGoesOnBesideAReader() throws {
    let directory = try TemporaryDirectory()
    let store = try SequenceStore(path: directory.file("a.ragged"), mode: .create, busyTimeout: 0.1)
    try store.add(classifiedRecords(30))
    let steps = [Float](repeating: 1, count: 100_000)
    try store.add([SequenceRecord(key: "a", input: .values(steps, featureCount: 1))], .plain, into: "large")
    func size() throws -> Int { try Data(contentsOf: URL(fileURLWithPath: store.path)).count }
    var source: StoreSource? = try store.source(SequenceSelection(dataset: "d"))
    let before = try source?.gather(Array(0..<30))
    try store.delete(dataset: "large")
    let beside = try store.compact()
    #expect(!beside.isDone && beside.after < beside.before - 300_000)
    #expect(try source?.gather(Array(0..<30)) == before)
    source = nil
    #expect(try store.compact().isDone)
    #expect(try size() == beside.after)
    #expect(try SequenceStore.check(path: store.path).problems == [])
  }
}

/// A thread that writes to a store again and again.
private final class BackgroundWriter: Sendable {
  private let isOver = Atomic(false)
  private let result = Mutex<(turns: UInt64, error: (any Error)?, isEnded: Bool)>((0, nil, false))

  init(_ path: String, _ write: @escaping @Sendable (SequenceStore, UInt64) throws -> Void) throws {
    let store = try SequenceStore(path: path)
    Thread.detachNewThread { [self] in
      var turn: UInt64 = 0
      var failure: (any Error)?
      while !isOver.load(ordering: .relaxed), failure == nil {
        do { try write(store, turn) } catch { failure = error }
        turn += 1
      }
      result.withLock { $0 = (turn, failure, true) }
    }
  }

  /// Ends it.
  /// - Returns: how often it wrote.
  func end() throws -> UInt64 {
    isOver.store(true, ordering: .relaxed)
    while !result.withLock({ $0.isEnded }) { usleep(1000) }
    let (turns, error) = result.withLock { ($0.turns, $0.error) }
    if let error { throw error }
    return turns
  }
}
