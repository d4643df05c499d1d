import RaggedCore
import Synchronization
import Testing

@testable import RaggedTraining

/// The threads of an engine: each piece of work is done once, by all, and they end with their owner.
@Suite struct WorkersTests {
  @Test(arguments: [1, 2, 3, 7])
  func everyThreadIsCalledOnceARound(_ count: Int) {
    let workers = Workers(count)
    for round in 0..<200 {
      let calls = Mutex([Int](repeating: 0, count: count))
      workers.run { number in calls.withLock { $0[number] += 1 } }
      #expect(calls.withLock { $0 } == Array(repeating: 1, count: count), "round \(round)")
    }
  }

  @Test func workIsDoneAfterALongWait() async throws {
    let workers = Workers(3)
    for _ in 0..<5 {
      let sum = Atomic(0)
      workers.run { number in sum.add(number, ordering: .relaxed) }
      let total = sum.load(ordering: .relaxed)
      #expect(total == 3)
      // Long enough for all to sleep.
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  @Test func theCallerWaitsForTheSlowest() {
    let workers = Workers(2)
    let finished = Atomic(false)
    workers.run { number in
      guard number == 1 else { return }
      var spins = 0
      let end = ContinuousClock.now + .milliseconds(20)
      while ContinuousClock.now < end { spins += 1 }
      finished.store(spins > 0, ordering: .relaxed)
    }
    let isFinished = finished.load(ordering: .relaxed)
    #expect(isFinished)
  }

  /// Where the system makes fewer threads than were asked for, each part is still done once, also later on.
  @Test(arguments: [0, 1, 2, 3])
  func whatHasNoThreadIsDoneByTheCallers(_ threads: Int) {
    let workers = Workers(4)
    for round in 0..<50 {
      let calls = Mutex([Int](repeating: 0, count: 4))
      OwnThread.$budget.withValue(OwnThread.Budget(threads)) {
        workers.run { number in calls.withLock { $0[number] += 1 } }
      }
      #expect(calls.withLock { $0 } == [1, 1, 1, 1], "round \(round)")
    }
  }

  @Test(arguments: [0, 1, 5, 1 << 15, 1 << 15 + 7])
  func partsCoverEverythingOnce(_ total: Int) {
    for count in [1, 2, 3] {
      let covered = Mutex([Range<Int>]())
      Workers(count).run(over: total) { range in covered.withLock { $0.append(range) } }
      let ranges = covered.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
      #expect(ranges.count == (total < 1 << 15 ? 1 : count))
      #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == total)
      #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
    }
  }
}
