import Foundation
import GRDB
import RaggedCore
import Synchronization
import Testing

@testable import RaggedFormats
@testable import RaggedStore

/// What a store tells of how far it has come.
@Suite struct StoreProgressTests {
  /// What was told.
  private final class Told: Sendable {
    private let all = Mutex<[WorkProgress]>([])

    var monitor: ProgressMonitor { ProgressMonitor(report: add) }

    func add(_ progress: WorkProgress) { all.withLock { $0.append(progress) } }

    /// Takes what was told since the last time.
    func take() -> [WorkProgress] {
      all.withLock { told in
        defer { told = [] }; return told
      }
    }
  }

  /// Sequences, more than one part of their ids holds.
  private static let count = 25_000

  private static func filled(_ directory: TemporaryDirectory) throws {
    let store = try directory.store()
    try store.add(
      (0..<count).map { index in
        SequenceRecord(
          key: "key \(index)", input: .values([Float(index), 1], featureCount: 2),
          target: .label(["a", "b"][index % 2]),
          line: index + 2)
      })
    try store.add(classifiedRecords(30), into: "other")
  }

  private static func expectRising(
    _ told: [WorkProgress], _ work: WorkProgress.Work, atLeast count: Int = 100, largestStep: Double = 0.55
  ) {
    let shares = told.map { $0.share ?? -1 }
    #expect(told.count >= count && told.count < 5000, "\(work): \(told.count)")
    #expect(told.allSatisfy { $0.work == work }, "\(work)")
    #expect(shares == shares.sorted(), "\(work)")
    #expect(shares.count { $0 == 1 } == 1 && shares.last == 1, "\(work)")
    // No stage takes all of it, and no two of them come at the same share.
    #expect(zip(shares, shares.dropFirst()).allSatisfy { $1 - $0 < largestStep }, "\(work)")
  }

  @Test func everyLongWorkTellsHowFarItHasCome() throws {
    let directory = try TemporaryDirectory()
    try Self.filled(directory)
    let told = Told()
    let store = try SequenceStore(path: directory.file("a.ragged"), monitor: told.monitor)
    #expect(told.take().isEmpty)
    #expect(try store.source(SequenceSelection(dataset: "d")).count == Self.count)
    Self.expectRising(told.take(), .selecting)
    let condition = "CAST(substr(key, 5) AS INTEGER) % 10 = 3"
    #expect(try store.source(SequenceSelection(dataset: "d", condition: condition)).count == Self.count / 10)
    Self.expectRising(told.take(), .selecting)
    let chosen = try store.statistics(SequenceSelection(dataset: "d", condition: condition))
    #expect(chosen.first?.sequences == Self.count / 10)
    Self.expectRising(told.take(), .reading)
    try store.resplit(dataset: "d", .named("train"))
    Self.expectRising(told.take(), .splitting)
    let shares = [SplitFraction("train", 0.8), SplitFraction("test", 0.2)]
    try store.resplit(dataset: "d", .hashed(shares, seed: 0, by: .keyWithinClass))
    Self.expectRising(told.take(), .splitting)
    #expect(try store.deleteSequences(SequenceSelection(dataset: "d", condition: condition)) == Self.count / 10)
    Self.expectRising(told.take(), .deleting)
    #expect(try store.delete(dataset: "d") == Self.count - Self.count / 10)
    Self.expectRising(told.take(), .deleting, atLeast: 5)
    #expect(try store.source(SequenceSelection(dataset: "other")).count == 30)
    #expect(try SequenceStore.check(path: store.path).isSound)
  }

  /// Whoever shows it must know when to stop.
  @Test func theEndIsToldWhereWorkFailsToo() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(30))
    let told = Told()
    let again = try SequenceStore(path: store.path, monitor: told.monitor)
    func expectEnd(_ work: WorkProgress.Work, _ body: () throws -> Void) {
      #expect(throws: StoreError.self) { try body() }
      let ends = told.take().filter { $0.share == 1 }
      #expect(ends.map(\.work) == [work])
    }
    let wrong = SequenceSelection(dataset: "d", condition: "lenght > 3")
    expectEnd(.selecting) { _ = try again.source(wrong) }
    expectEnd(.reading) { _ = try again.statistics(wrong) }
    expectEnd(.deleting) { try again.deleteSequences(wrong) }
    try store.vandalise("UPDATE sequence_data SET input = zeroblob(4) WHERE sequence_id = 4")
    expectEnd(.splitting) { try again.resplit(dataset: "d", .named("a")) }
    let half = SplitAssignment.hashed([SplitFraction("a", 0.5), SplitFraction("b", 0.5)], by: .keyWithinClass)
    expectEnd(.splitting) { try again.resplit(dataset: "d", half) }
    try store.vandalise("CREATE TRIGGER t BEFORE DELETE ON dataset BEGIN SELECT raise(ABORT, 'no'); END")
    expectEnd(.deleting) { try again.delete(dataset: "d") }
  }

  @Test func compactionTellsHowFarItHasCome() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    // More than the cache holds, so that the copy is written while it is made.
    try store.add(
      (0..<40).map { index in
        SequenceRecord(
          key: "\(index)", input: .values([Float](repeating: 1, count: 500_000), featureCount: 2), target: .label("a"))
      })
    let told = Told()
    let again = try SequenceStore(path: store.path, monitor: told.monitor)
    let result = try again.compact()
    #expect(result.isDone)
    Self.expectRising(told.take(), .compacting, atLeast: 3, largestStep: 0.65)
    #expect(try SequenceStore.check(path: store.path).isSound)
  }

  /// The connection is asked as before when it is over.
  @Test func aStoreCanBeStoppedDuringAndAfterCompaction() throws {
    let directory = try TemporaryDirectory()
    try Self.filled(directory)
    let isCancelled = Atomic(true)
    let told = Told()
    let store = try SequenceStore(
      path: directory.file("a.ragged"),
      monitor: ProgressMonitor(isCancelled: { isCancelled.load(ordering: .relaxed) }, report: told.add))
    func expectStopped(_ body: () throws -> Void) {
      #expect(throws: Cancelled("\(store.path) is as it was before")) { try body() }
    }
    expectStopped { try store.compact() }
    #expect(told.take().filter { $0.share == 1 }.map(\.work) == [.compacting])
    let other = try SequenceStore(
      path: store.path, monitor: ProgressMonitor(isCancelled: { isCancelled.load(ordering: .relaxed) }))
    expectStopped { try other.resplit(dataset: "d", .named("train")) }
    expectStopped { _ = try other.source(SequenceSelection(dataset: "d")) }
    isCancelled.store(false, ordering: .relaxed)
    try store.compact()
    isCancelled.store(true, ordering: .relaxed)
    expectStopped { try store.compact() }
    expectStopped { try store.resplit(dataset: "d", .named("train")) }
    expectStopped { _ = try store.source(SequenceSelection(dataset: "d", condition: "length > 0")) }
    #expect(try SequenceStore.check(path: store.path).isSound)
  }

  @Test(
    arguments: [
      0...0, 0...9999, 0...10_000, -5...12_345_678, Int64.min...Int64.max, Int64.max - 3...Int64.max, Int64.min...0,
    ] as [ClosedRange<Int64>])
  func partsCoverEachNumberOnce(_ range: ClosedRange<Int64>) {
    let parts = range.parts
    #expect(parts.first?.lowerBound == range.lowerBound && parts.last?.upperBound == range.upperBound)
    #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound + 1 == $1.lowerBound })
    #expect(parts.count <= 101)
  }

  /// A file from elsewhere may have its ids anywhere.
  @Test func positionsAtBothEndsOfAllNumbersAreTold() {
    let told = Told()
    let job = StoreJob(.selecting, stages: [1, 3], told.monitor)
    job.begin(Int64.min...Int64.max)
    for position in [Int64.min, -1, 0, Int64.max] { job.reach(position) }
    job.begin(Int64.max...Int64.max)
    job.reach(Int64.max)
    job.begin(0...1)
    job.reach(1)
    job.end()
    let shares = told.take().map { $0.share ?? -1 }
    #expect(shares == shares.sorted() && shares.last == 1 && shares.contains(0.125) && shares.contains(0.25))
  }
}
