import Foundation
import Ragged
import Synchronization
import Testing

/// Training while other connections write to its store.
@Suite struct TrainingSnapshotTests {
  private static let configuration = TrainingConfiguration(
    dataset: "sums", trainingSplits: ["train"], validationSplits: ["test"], model: "lstm(3, sequences)",
    policy: BatchPolicy(batchSize: 8, seed: 3), epochs: 3, normalizes: true)

  private static func store(_ folder: URL) throws -> SequenceStore {
    let store = try StoreLoadingTests.store(folder, sequences: 60)
    try store.resplit(dataset: "sums", .hashed([SplitFraction("train", 0.7), SplitFraction("test", 0.3)]))
    return store
  }

  /// What others may do to a dataset.
  static let changes: [(name: String, make: @Sendable (SequenceStore) throws -> Void)] = [
    ("delete", { _ = try $0.deleteSequences(SequenceSelection(dataset: "sums", condition: "id % 2 = 0")) }),
    ("delete all", { _ = try $0.delete(dataset: "sums") }),
    ("rename", { try $0.rename(dataset: "sums", to: "others") }),
    ("split", { _ = try $0.resplit(dataset: "sums", .named("elsewhere")) }),
    ("replace", { try replace($0) }),
    (
      "compact",
      {
        _ = try $0.deleteSequences(SequenceSelection(dataset: "sums", condition: "id % 2 = 1"))
        #expect(try !$0.compact().isDone)
      }
    ),
  ]

  /// Gives every second sequence the numbers of the one before it.
  private static func replace(_ store: SequenceStore) throws {
    let path = store.path + ".copy"
    let copy = try SequenceStore(path: path, mode: .create)
    _ = try copy.merge(store)
    try copy.deleteSequences(SequenceSelection(dataset: "sums", condition: "id % 2 = 0"))
    try store.deleteSequences(SequenceSelection(dataset: "sums", condition: "id % 3 = 0"))
    try store.resplit(dataset: "sums", .named("train"))
    try store.delete(dataset: "sums")
    _ = try store.merge(copy)
  }

  @Test(arguments: changes.indices)
  func aRunEndsAsIfNobodyHadWritten(_ index: Int) throws {
    try StoreLoadingTests.inFolder { folder in
      let store = try Self.store(folder)
      let path = store.path
      func losses(_ change: (SequenceStore) throws -> Void) throws -> [[Double?]] {
        let job = try TrainingJob(
          store: SequenceStore(path: path, busyTimeout: 0.1), configuration: Self.configuration, threads: 1)
        var hasChanged = false
        var failure: (any Error)?
        let outcome = try job.fit(report: { event in
          guard case .step(let epoch, let step, _, _, _) = event, epoch == 2, step == 2, !hasChanged else { return }
          hasChanged = true
          do { try change(SequenceStore(path: path, busyTimeout: 0.1)) } catch { failure = error }
        })
        if let failure { throw failure }
        #expect(outcome == .finished && hasChanged && job.recordProblem == nil)
        #expect(try store.runs().last?.status == .finished)
        #expect(try store.runs().last?.epochs.count == 3)
        return job.progress.history.epochs.map { [$0.loss, $0.validationLoss] }
      }
      let undisturbed = try losses { _ in }
      #expect(try losses(Self.changes[index].make) == undisturbed, "\(Self.changes[index].name)")
      #expect(try SequenceStore.check(path: path).problems == [])
    }
  }

  /// Writes to a store again and again while `body` runs.
  private static func writing(
    to path: String, _ write: @escaping @Sendable (SequenceStore, UInt64) throws -> Void, while body: () throws -> Void
  ) throws {
    let other = try SequenceStore(path: path)
    let (isOver, ended) = (Flag(), DispatchSemaphore(value: 0))
    Thread.detachNewThread {
      var turn: UInt64 = 0
      while !isOver.isSet {
        try? write(other, turn)
        turn += 1
      }
      ended.signal()
    }
    defer {
      isOver.set()
      ended.wait()
    }
    try body()
  }

  /// No sequence is trained on and judged by, however often the splits change while a run begins.
  @Test func trainingAndValidationAreOfOneMoment() throws {
    try StoreLoadingTests.inFolder { folder in
      let store = try Self.store(folder)
      let halves = [SplitFraction("train", 0.5), SplitFraction("test", 0.5)]
      try Self.writing(
        to: store.path, { _ = try $0.resplit(dataset: "sums", .hashed(halves, seed: $1)) },
        while: {
          for _ in 0..<25 {
            let job = try TrainingJob(store: store, configuration: Self.configuration, threads: 1)
            let validation = try #require(job.validationSource)
            let keys = try job.trainingSource.keys(Array(0..<job.trainingSource.count))
            let others = try validation.keys(Array(0..<validation.count))
            #expect(Set(keys).isDisjoint(with: others))
            #expect(keys.count + others.count == 60)
            // Nor is it made small by the figures of others.
            let fitted = try Normalization(fitting: job.trainingSource.sequences)
            let used = try #require(job.trainer.normalization)
            #expect(zip(used.mean + used.deviation, fitted.mean + fitted.deviation).allSatisfy { abs($0 - $1) < 1e-4 })
          }
        })
    }
  }

  /// A run on whatever splits there are takes them from the state that it trains on.
  @Test func splitsAreThoseOfTheMomentToo() throws {
    try StoreLoadingTests.inFolder { folder in
      let store = try Self.store(folder)
      try store.resplit(dataset: "sums", .named("a"))
      var configuration = Self.configuration
      (configuration.trainingSplits, configuration.validationSplits) = ([], [])
      try Self.writing(
        to: store.path, { _ = try $0.resplit(dataset: "sums", .named($1 % 2 == 0 ? "a" : "b")) },
        while: {
          for _ in 0..<25 {
            let job = try TrainingJob(store: store, configuration: configuration, threads: 1)
            #expect(job.trainingSource.count == 60)
          }
        })
    }
  }

  /// A long import does not hold training up, and the run is kept when it is over.
  @Test func aRunIsKeptWhenTheStoreIsFree() throws {
    try StoreLoadingTests.inFolder { folder in
      let path = try Self.store(folder).path
      let store = try SequenceStore(path: path, busyTimeout: 0.3)
      let importing = try SequenceStore(path: path)
      var epochs = 0
      let job = try TrainingJob(store: store, configuration: Self.configuration, threads: 1)
      // The import takes from before the first epoch until the last step.
      let (began, isOver, ended) = (DispatchSemaphore(value: 0), Flag(), DispatchSemaphore(value: 0))
      Thread.detachNewThread {
        _ = try? importing.importing(into: "new") { _ in
          began.signal()
          while !isOver.isSet { usleep(1000) }
        }
        ended.signal()
      }
      began.wait()
      let outcome = try job.fit(report: { event in
        guard case .epoch = event else { return }
        epochs += 1
        #expect((try? store.runs().isEmpty) == true)
        guard epochs == 3 else { return }
        isOver.set()
        ended.wait()
      })
      #expect(outcome == .finished && job.recordProblem == nil)
      let run = try #require(try store.runs().last)
      #expect(run.status == .finished && run.epochs.count == 3)
    }
  }

  @Test func aRunThatCannotBeKeptIsTrainedAndSaysSo() throws {
    try StoreLoadingTests.inFolder { folder in
      let path = try Self.store(folder).path
      let store = try SequenceStore(path: path, busyTimeout: 0.1)
      let other = try SequenceStore(path: path)
      let job = try TrainingJob(store: store, configuration: Self.configuration, threads: 1)
      _ = try other.importing(into: "new") { _ in
        let outcome = try job.fit()
        #expect(outcome == .finished)
        #expect(job.recordProblem?.code == .busy)
      }
      #expect(try store.runs().isEmpty && job.progress.history.epochs.count == 3)
    }
  }
}

/// Something that one thread tells another.
private final class Flag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .relaxed) }
  func set() { value.store(true, ordering: .relaxed) }
}
