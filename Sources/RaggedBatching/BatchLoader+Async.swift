import RaggedCore

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
