import Foundation
import RaggedCore

/// Batches that wait between the thread that loads and those that use them.
///
/// `@unchecked Sendable`: every access to the state holds the condition's lock.
final class BatchQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private let byteLimit: Int
  private var waiting = WaitingBatches()
  private var bytes = 0
  private var largest = 0
  private var peak = 0
  private var isEnded = false
  private var isStopped = false
  private var failure: (any Error)?
  private var thread: pthread_t?
  /// Loads the next batch on the thread that takes it, where there is none for it.
  private var loadNext: (@Sendable () throws -> LoadedBatch?)?

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// Fills the queue with what `next` gives, until that is nil, on a thread of its own, or else on the threads that take
  /// from it. Called once.
  func run(_ next: @escaping @Sendable () throws -> LoadedBatch?) {
    let isStarted = OwnThread.start("ragged-loader") { [self] in
      locked { thread = pthread_self() }
      var failure: (any Error)?
      do {
        while waitForRoom(), let batch = try next() { put(batch) }
      } catch { failure = error }
      locked {
        self.failure = failure
        isEnded = true
        thread = nil
        condition.broadcast()
      }
    }
    guard !isStarted else { return }
    locked {
      isEnded = true
      loadNext = next
    }
  }

  private func locked<T>(_ body: () throws -> T) rethrows -> T {
    condition.lock()
    defer { condition.unlock() }
    return try body()
  }

  var isIdle: Bool { locked { isEnded } }
  var peakBytes: Int { locked { peak } }

  /// Waits until another batch may be loaded.
  /// - Returns: false where no more is wanted.
  private func waitForRoom() -> Bool {
    locked {
      while !isStopped, !waiting.isEmpty, bytes + largest > byteLimit { condition.wait() }
      return !isStopped
    }
  }

  private func put(_ batch: LoadedBatch) {
    let size = batch.byteCount
    locked {
      guard !isStopped else { return }
      waiting.append(batch)
      bytes += size
      largest = max(largest, size)
      peak = max(peak, bytes)
      condition.broadcast()
    }
  }

  /// Takes the batch that has waited longest; nil where none will come.
  func take() throws -> LoadedBatch? {
    let (batch, load) = try locked { () -> (LoadedBatch?, (@Sendable () throws -> LoadedBatch?)?) in
      while waiting.isEmpty, !isEnded, !isStopped { condition.wait() }
      guard !isStopped else { return (nil, nil) }
      guard let batch = waiting.popFirst() else {
        if let failure { throw failure }
        return (nil, loadNext)
      }
      bytes -= batch.byteCount
      condition.broadcast()
      return (batch, nil)
    }
    guard let load else { return batch }
    do {
      return try load()
    } catch {
      locked { failure = error }
      throw error
    }
  }

  /// Whether ``take()`` would not wait.
  var isReady: Bool { locked { !waiting.isEmpty || isEnded && loadNext == nil || isStopped } }

  /// Wakes everybody: nothing more is wanted.
  func requestCancellation() {
    locked {
      isStopped = true
      waiting = WaitingBatches()
      bytes = 0
      condition.broadcast()
    }
  }

  /// As ``requestCancellation()``, and waits until the work has ended.
  func cancel() {
    requestCancellation()
    locked {
      // A loader whose last owner is the batch at hand ends on its own thread, which must not wait for itself.
      if let thread, pthread_equal(thread, pthread_self()) != 0 { return }
      while !isEnded { condition.wait() }
    }
  }
}

/// First in, first out, in constant time: of tiny batches a hundred thousand may wait.
private struct WaitingBatches {
  private var batches: [LoadedBatch?] = []
  /// Those before it have been taken.
  private var first = 0

  var isEmpty: Bool { first == batches.count }

  mutating func append(_ batch: LoadedBatch) { batches.append(batch) }

  mutating func popFirst() -> LoadedBatch? {
    guard !isEmpty else { return nil }
    let batch = batches[first].take()
    first += 1
    // Moved up only when at least as many have been taken as are moved.
    if 2 * first >= batches.count {
      batches.removeFirst(first)
      first = 0
    }
    return batch
  }
}

extension LoadedBatch {
  /// What it takes in memory: its buffers, and what eight small arrays and the batch itself take whatever they hold.
  package var byteCount: Int { batch.byteCount + (resets?.count ?? 0) + 512 }
}
