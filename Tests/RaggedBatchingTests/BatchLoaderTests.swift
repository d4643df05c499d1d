import Foundation
import RaggedBatching
import RaggedCore
import Synchronization
import Testing

@Suite struct BatchLoaderTests {
  /// Batches of one sequence whose length and values are given; counts what was asked for.
  final class Counting: BatchSource {
    let signature = SequenceSignature(input: .features(["x"]), target: .none)
    let fingerprint: UInt64 = 1
    let lengths: [[Int]]  // by epoch and step
    let failing: (epoch: Int, step: Int)?
    let asked = Atomic(0)
    private let threads = Mutex<Set<String>>([])

    init(_ lengths: [[Int]], failing: (epoch: Int, step: Int)? = nil) {
      self.lengths = lengths
      self.failing = failing
    }

    func stepCount(epoch: Int) -> Int { lengths[epoch - 1].count }

    /// The threads that asked, as `/proc` names them: `17/task/42`.
    var askers: Set<String> { threads.withLock { $0 } }

    func step(epoch: Int, step: Int) throws -> Step {
      asked.add(1, ordering: .relaxed)
      if let thread = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self") {
        threads.withLock { _ = $0.insert(thread) }
      }
      if let failing, failing == (epoch, step) { throw RaggedCoreError(.outOfRange, "the disk is on fire") }
      let length = lengths[epoch - 1][step]
      return Step(
        batch: SequenceBatch(
          input: .values(Array(repeating: Float(100 * (epoch - 1) + step), count: length), featureCount: 1),
          offsets: [0, length]),
        resets: epoch == 2 ? [step == 0] : nil)
    }
  }

  static func problem(_ number: Int) -> (source: Counting, epochs: Range<Int>, step: Int, limit: Int) {
    var random = SeededRandom(seed: 31, stream: UInt64(number))
    let lengths = (0..<1 + random.below(4)).map { _ in (0..<random.below(9)).map { _ in random.below(300) } }
    let first = 1 + random.below(lengths.count)
    return (
      Counting(lengths), first..<lengths.count + 1, random.below(lengths[first - 1].count + 1),
      [0, 1, 500, 2000, 1 << 20][random.below(5)]
    )
  }

  @Test func batchesComeAsTheSourceHasThem() throws {
    for number in 0..<300 {
      let (source, epochs, step, limit) = Self.problem(number)
      let loader = BatchLoader(source, epochs: epochs, step: step, byteLimit: limit)
      for epoch in epochs {
        for step in (epoch == epochs.lowerBound ? step : 0)..<source.stepCount(epoch: epoch) {
          let taken = try source.step(epoch: epoch, step: step)
          let expected = LoadedBatch(epoch: epoch, step: step, batch: taken.batch, resets: taken.resets)
          #expect(try loader.next() == expected)
        }
      }
      #expect(try loader.next() == nil)
      #expect(try loader.next() == nil)
      #expect(loader.isIdle)
    }
  }

  /// What waits stays below the limit, but for one batch that is larger than all before it or alone.
  @Test func bytesInFlightAreBounded() throws {
    for limit in [1, 300, 1000, 5000] {
      let source = Counting([(0..<60).map { 200 - $0 % 7 }])
      let largest = LoadedBatch(epoch: 1, step: 0, batch: try source.batch(epoch: 1, step: 0)).byteCount
      let loader = BatchLoader(source, epochs: 1...1, byteLimit: limit)
      while try loader.next() != nil { usleep(200) }
      #expect(loader.peakBytes <= max(limit, largest))
    }
  }

  @Test func aFullQueueHoldsTheThreadUp() throws {
    let source = Counting([Array(repeating: 10, count: 100)])
    let size = LoadedBatch(epoch: 1, step: 0, batch: try source.batch(epoch: 1, step: 0)).byteCount
    let loader = BatchLoader(source, epochs: 1...1, byteLimit: 3 * size)
    try waitUntil { source.asked.load(ordering: .relaxed) == 4 }
    usleep(20_000)
    #expect(source.asked.load(ordering: .relaxed) == 4)  // one here, three in the loader
    _ = try loader.next()
    try waitUntil { source.asked.load(ordering: .relaxed) == 5 }
    usleep(20_000)
    #expect(source.asked.load(ordering: .relaxed) == 5)
  }

  /// A batch without a timestep takes memory too.
  @Test func tinyBatchesAreWeighedWithWhatHoldsThem() throws {
    let source = Counting([Array(repeating: 0, count: 10_000)])
    let loader = BatchLoader(source, epochs: 1...1, byteLimit: 1 << 16)
    try waitUntil { source.asked.load(ordering: .relaxed) > 50 }
    usleep(20_000)
    #expect(source.asked.load(ordering: .relaxed) <= (1 << 16) / 500)
    loader.cancel()
  }

  /// A hundred thousand waiting batches are taken in about a second of this thread's time, not in minutes.
  @Test func takingIsQuickHoweverManyWait() throws {
    let source = Counting([Array(repeating: 0, count: 100_000)])
    let loader = BatchLoader(source, epochs: 1...1, byteLimit: .max / 2)
    try waitUntil(seconds: 120) { loader.isIdle }
    let before = Self.threadSeconds
    for step in 0..<100_000 { #expect(try loader.next()?.step == step) }
    #expect(try loader.next() == nil)
    #expect(Self.threadSeconds - before < 10)
  }

  private static var threadSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// Cancelled, forgotten or drained, at any point and limit, with and without an error: it ends and leaves no thread.
  @Test func everyWayToEndEnds() throws {
    for number in 0..<400 {
      var random = SeededRandom(seed: 32, stream: UInt64(number))
      let lengths = (0..<1 + random.below(3)).map { _ in (0..<1 + random.below(20)).map { _ in random.below(200) } }
      let epoch = 1 + random.below(lengths.count)
      let failing = random.below(3) == 0 ? (epoch, random.below(lengths[epoch - 1].count)) : nil
      let source = Counting(lengths, failing: failing)
      var loader: BatchLoader? = BatchLoader(
        source, epochs: 1...lengths.count, byteLimit: [0, 600, 3000, 1 << 20][random.below(4)])
      let before = lengths[..<(epoch - 1)].reduce(0) { $0 + $1.count } + (failing?.1 ?? lengths[epoch - 1].count)
      let good = failing == nil ? lengths.reduce(0) { $0 + $1.count } : before
      for _ in 0..<random.below(good + 1) { #expect(try loader?.next() != nil, "case \(number)") }
      switch random.below(3) {
      case 0: loader?.cancel()
      case 1: loader = nil
      default:
        if failing == nil {
          while try loader?.next() != nil {}
        } else {
          #expect(throws: BatchingError.self) { while try loader?.next() != nil {} }
        }
      }
      #expect(loader?.isIdle ?? true, "case \(number)")
      loader?.cancel()
    }
  }

  @Test func anErrorComesAfterTheBatchesBeforeIt() throws {
    let source = Counting([[1, 2], [3, 4, 5]], failing: (2, 1))
    let loader = BatchLoader(source, epochs: 1...2)
    for _ in 0..<3 { #expect(try loader.next() != nil) }
    for _ in 0..<2 {
      let error = #expect(throws: BatchingError.self) { try loader.next() }
      #expect(error?.code == .loadFailed)
      #expect(error?.message == "step 1 of epoch 2: the disk is on fire")
      #expect(error?.cause as? RaggedCoreError == RaggedCoreError(.outOfRange, "the disk is on fire"))
      #expect(error?.failureClass == .badData)
    }
    #expect(loader.isIdle)
  }

  /// Where the system makes no thread, batches come as they are taken: the same, the same error behind them, the same end.
  @Test func withoutAThreadBatchesComeAllTheSame() async throws {
    func taken(_ loader: BatchLoader) -> [String] {
      var result: [String] = []
      do {
        while let loaded = try loader.next() { result.append("\(loaded)") }
      } catch { result += ["\(error)", "\((try? loader.next()) as Any)"] }
      return result
    }
    for failing in [nil, (2, 1)] as [(Int, Int)?] {
      let source = Counting([[1, 2], [], [3, 4, 5]], failing: failing)
      let expected = taken(BatchLoader(source, epochs: 1...3, step: 1))
      let alone = OwnThread.$budget.withValue(OwnThread.Budget(0)) { BatchLoader(source, epochs: 1...3, step: 1) }
      #expect(alone.isIdle)
      #expect(taken(alone) == expected)
    }
    try await OwnThread.$budget.withValue(OwnThread.Budget(0)) {
      var steps: [Int] = []
      for try await loaded in BatchLoader(Counting([[1, 2, 3]]), epochs: 1...1) { steps.append(loaded.step) }
      #expect(steps == [0, 1, 2])
    }
    let cancelled = OwnThread.$budget.withValue(OwnThread.Budget(0)) {
      BatchLoader(Counting([[1, 2]]), epochs: 1...1)
    }
    #expect(try cancelled.next() != nil)
    cancelled.cancel()
    #expect(try cancelled.next() == nil)
  }

  /// The two loops over an epoch, from its start or a step; one that cannot be read to its end throws and never just ends.
  @Test func anEpochIsItsBatchesOrAnError() async throws {
    let lengths = [[1], [4, 5, 6, 7], [2]]
    let source = Counting(lengths)
    for first in 0...4 {
      var steps: [Int] = []
      for try await loaded in source.epoch(2, from: first) { steps.append(loaded.batch.timesteps) }
      #expect(steps == Array(lengths[1][first...]))
      let epoch = source.epoch(2, from: first)
      var again: [Int] = []
      while let loaded = try epoch.next() { again.append(loaded.batch.timesteps) }
      #expect(again == steps)
    }
    let torn = Counting(lengths, failing: (2, 2))
    var seen = 0
    do {
      for try await _ in torn.epoch(2) { seen += 1 }
      Issue.record("the epoch ended")
    } catch let error as BatchingError {
      #expect(error.message == "step 2 of epoch 2: the disk is on fire")
    }
    #expect(seen == 2)
    let none = #expect(throws: BatchingError.self) { try source.epoch(0).next() }
    #expect(none?.message == "epoch 0, expected 1 or more")
  }

  @Test(arguments: [-1, 3]) func aStepThatDoesNotExistIsNamed(step: Int) throws {
    let loader = BatchLoader(Counting([[1, 2]]), epochs: 1...1, step: step)
    let error = #expect(throws: BatchingError.self) { try loader.next() }
    #expect(error?.message == "step \(step) of epoch 1, which has 2 steps")
  }

  @Test func cancellingAndForgettingLeaveNoThread() throws {
    let source = Counting([Array(repeating: 100, count: 1000)])
    for isForgotten in [false, true] {
      var loader: BatchLoader? = BatchLoader(source, epochs: 1...1, byteLimit: 5000)
      _ = try loader?.next()
      if isForgotten {
        loader = nil
      } else {
        loader?.cancel()
        #expect(loader?.isIdle == true)
        #expect(try loader?.next() == nil)
      }
      let asked = source.asked.load(ordering: .relaxed)
      usleep(5000)
      #expect(source.asked.load(ordering: .relaxed) == asked)
    }
    // The number of a thread that has ended may be given to that of another test's loader, which ends too.
    let askers = source.askers
    #if os(Linux)
      #expect(!askers.isEmpty)
    #endif
    try waitUntil(seconds: 900) {
      askers.allSatisfy { thread in
        (try? String(contentsOfFile: "/proc/\(thread)/comm", encoding: .utf8))?.hasPrefix("ragged-loader") != true
      }
    }
  }

  @Test func aWaitingReaderIsWokenByCancellation() async throws {
    let gate = DispatchSemaphore(value: 0)
    let slow = try GeneratedBatches(
      signature: SequenceSignature(input: .features(["x"]), target: .none), stepsPerEpoch: 2, fingerprint: 0
    ) { _, _ in
      gate.wait()
      return SequenceBatch(input: .values([], featureCount: 1), offsets: [0])
    }
    let loader = BatchLoader(slow, epochs: 1...1)
    async let taken = loader.makeAsyncIterator().taking()
    usleep(5000)
    loader.requestCancellation()
    #expect(try await taken == nil)
    gate.signal()
    gate.signal()
    loader.cancel()
  }

  @Test func aLoaderIsAnAsyncSequence() async throws {
    let source = Counting([[1, 2, 3], [], [4]])
    var seen: [Int] = []
    for try await loaded in BatchLoader(source, epochs: 1...3, byteLimit: 0) { seen.append(loaded.batch.timesteps) }
    #expect(seen == [1, 2, 3, 4])
  }

  @Test func severalReadersShareTheBatches() async throws {
    let loader = BatchLoader(Counting([Array(0..<200)]), epochs: 1...1, byteLimit: 4000)
    let taken = try await withThrowingTaskGroup(of: [Int].self) { group in
      for _ in 0..<4 {
        group.addTask {
          var steps: [Int] = []
          while let loaded = try loader.next() { steps.append(loaded.step) }
          return steps
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(taken.sorted() == Array(0..<200))
  }

  private func waitUntil(seconds: Int = 120, _ condition: () -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !condition() {
      try #require(ContinuousClock.now < deadline, "waited in vain")
      usleep(1000)
    }
  }
}

extension BatchLoader.AsyncIterator {
  fileprivate func taking() async throws -> LoadedBatch? {
    var copy = self
    return try await copy.next()
  }
}
