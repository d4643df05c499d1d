import RaggedCore

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
