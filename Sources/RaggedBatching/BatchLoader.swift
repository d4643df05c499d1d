public import RaggedCore
import Synchronization

/// A batch and where it stands.
public struct LoadedBatch: Sendable, Equatable {
  /// The epoch, from 1.
  public var epoch: Int
  /// The step of the epoch, from 0.
  public var step: Int
  /// The sequences, as the source gave them.
  public var batch: SequenceBatch
  /// The rows whose states are set back before it; see ``Step/resets``.
  public var resets: [Bool]?

  /// A batch with its place: the epoch counts from 1, the step from 0.
  public init(epoch: Int, step: Int, batch: SequenceBatch, resets: [Bool]? = nil) {
    self.epoch = epoch
    self.step = step
    self.batch = batch
    self.resets = resets
  }
}

/// Loads batches ahead of the one who uses them, on a thread of its own.
///
/// They come in the order of the source, from any step on. The thread waits where ``byteLimit`` is reached, and ends
/// with the last batch, with an error, with ``cancel()`` or with the loader, whichever is first. Safe to use from several
/// threads, which then share the batches between them. Where the system makes no thread, batches are loaded as they are
/// taken, with the same result.
///
/// ```swift
/// let loader = BatchLoader(batches, epochs: 1...10)
/// while let loaded = try loader.next() { try trainer.trainStep(loaded.batch) }
/// ```
public final class BatchLoader: Sendable {
  /// Bytes that may wait to be used: those of the batches' buffers, and half a kilobyte for each batch.
  ///
  /// A batch is begun where one as large as the largest so far would fit, so that more may wait only after a batch that
  /// is larger than all before it. Where nothing waits, one batch passes whatever its size.
  public let byteLimit: Int
  private let queue: BatchQueue

  /// Begins to load.
  /// - Parameters:
  ///   - batches: what to load.
  ///   - epochs: the epochs to load, one after the other, such as `1...10`, or `3...` without an end; those without steps
  ///     are passed over.
  ///   - step: the step of the first epoch to begin with; the number of its steps begins with the next epoch.
  ///   - byteLimit: how much may wait to be taken, in bytes.
  public init(
    _ batches: some BatchSource, epochs: some RangeExpression<Int>, step: Int = 0, byteLimit: Int = 64 << 20
  ) {
    self.byteLimit = byteLimit
    let queue = BatchQueue(byteLimit: byteLimit)
    self.queue = queue
    // The thread knows the queue and not the loader, so that the loader can go while the thread runs.
    let course = BatchCourse(batches, epochs: epochs.relative(to: Int.min..<Int.max), step: step)
    queue.run { try course.next() }
  }

  deinit { queue.cancel() }

  /// The next batch; waits until it is there.
  /// - Returns: nil after the last, and after ``cancel()``.
  /// - Throws: ``BatchingError`` `loadFailed` with its cause and the epoch and step at fault, once the batches before
  ///   are used up, and again whenever it is called after that.
  public func next() throws -> LoadedBatch? { try queue.take() }

  /// Ends the loading: throws away what waits, and returns when the thread does no more. That takes as long as the batch
  /// at hand.
  public func cancel() { queue.cancel() }

  /// Ends the loading without waiting for the thread.
  package func requestCancellation() { queue.requestCancellation() }

  /// The most bytes that have waited at once.
  package var peakBytes: Int { queue.peakBytes }
  /// Whether ``next()`` would not wait.
  package var isReady: Bool { queue.isReady }
  /// Whether the thread has ended.
  package var isIdle: Bool { queue.isIdle }
}

extension BatchSource {
  /// The batches of an epoch, loaded ahead on a thread of their own.
  ///
  /// ```swift
  /// for try await loaded in batches.epoch(1) { try trainer.trainStep(loaded.batch) }
  /// ```
  ///
  /// Any batch may turn out to be unreadable. A plain `for` loop cannot say so, and an epoch that broke off would look like
  /// one that is complete; hence a loop that throws. Where nothing is to be awaited it is
  ///
  /// ```swift
  /// let epoch = batches.epoch(1)
  /// while let loaded = try epoch.next() { try trainer.trainStep(loaded.batch) }
  /// ```
  /// - Parameters:
  ///   - epoch: which one, from 1.
  ///   - step: the step to begin with, from 0.
  public func epoch(_ epoch: Int, from step: Int = 0) -> BatchLoader {
    BatchLoader(self, epochs: epoch...epoch, step: step)
  }
}

/// The batches of some epochs in their order.
private final class BatchCourse: Sendable {
  private struct Place {
    var epoch: Int
    var step: Int
    /// Of the epoch; nil before it has begun.
    var steps: Int?
  }

  private let batches: any BatchSource
  private let end: Int
  private let place: Mutex<Place>

  init(_ batches: any BatchSource, epochs: Range<Int>, step: Int) {
    (self.batches, end) = (batches, epochs.upperBound)
    place = Mutex(Place(epoch: epochs.lowerBound, step: step))
  }

  /// The next batch, nil after the last.
  func next() throws -> LoadedBatch? {
    try place.withLock { place in
      while place.epoch < end {
        let (epoch, step) = (place.epoch, place.step)
        guard epoch >= 1 else { throw BatchingError(.outOfRange, "epoch \(epoch), expected 1 or more") }
        let steps = place.steps ?? batches.stepCount(epoch: epoch)
        guard step >= 0, step <= steps else {
          throw BatchingError(.outOfRange, "step \(step) of epoch \(epoch), which has \(steps) steps")
        }
        place.steps = steps
        guard step < steps else {
          place = Place(epoch: epoch + 1, step: 0)
          continue
        }
        place.step += 1
        do {
          let taken = try batches.step(epoch: epoch, step: step)
          return LoadedBatch(epoch: epoch, step: step, batch: taken.batch, resets: taken.resets)
        } catch {
          throw BatchingError(.loadFailed, "step \(step) of epoch \(epoch): \(error)", cause: error)
        }
      }
      return nil
    }
  }
}

extension BatchLoader: AsyncSequence {
  /// `for try await loaded in loader`: waits without holding up a thread of Swift's pool. Cancelling the task ends the
  /// loading.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let loader: BatchLoader

    /// The next batch, nil after the last and where the task is cancelled.
    /// - Throws: as ``BatchLoader/next()``.
    public mutating func next() async throws -> LoadedBatch? {
      let loader = loader
      return try await withTaskCancellationHandler {
        guard !loader.isReady else { return try loader.next() }
        return try await withCheckedThrowingContinuation { continuation in
          let take = { @Sendable in continuation.resume(with: Result { try loader.next() }) }
          // Without a thread to wait on, this one has to.
          if !OwnThread.start("ragged-batches", take) { take() }
        }
      } onCancel: {
        loader.requestCancellation()
      }
    }
  }

  /// An iterator; all of a loader's iterators share its batches.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(loader: self) }
}
