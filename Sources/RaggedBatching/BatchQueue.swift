import Foundation

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
  private var thread: Thread?

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// Runs the work that fills the queue, on a thread of its own. Called once.
  func run(_ work: @escaping @Sendable () throws -> Void) {
    let thread = Thread { [self] in
      var failure: (any Error)?
      do { try work() } catch { failure = error }
      locked {
        self.failure = failure
        isEnded = true
        self.thread = nil  // it holds this closure, and so the queue
        condition.broadcast()
      }
    }
    thread.name = "ragged-loader"
    locked { self.thread = thread }
    thread.start()
  }

  private func locked<T>(_ body: () throws -> T) rethrows -> T {
    condition.lock()
    defer { condition.unlock() }
    return try body()
  }

  var isCancelled: Bool { locked { isStopped } }
  var isIdle: Bool { locked { isEnded } }
  var peakBytes: Int { locked { peak } }

  /// Waits until another batch may be loaded.
  /// - Returns: false where no more is wanted.
  func waitForRoom() -> Bool {
    locked {
      while !isStopped, !waiting.isEmpty, bytes + largest > byteLimit { condition.wait() }
      return !isStopped
    }
  }

  /// Adds a batch.
  func put(_ batch: LoadedBatch) {
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
    try locked {
      while waiting.isEmpty, !isEnded, !isStopped { condition.wait() }
      guard !isStopped else { return nil }
      guard let batch = waiting.popFirst() else {
        if let failure { throw failure }
        return nil
      }
      bytes -= batch.byteCount
      condition.broadcast()
      return batch
    }
  }

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
      guard Thread.current !== thread else { return }
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
  var byteCount: Int { batch.byteCount + 512 }
}
