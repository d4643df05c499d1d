import Dispatch

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
        try await withCheckedThrowingContinuation { continuation in
          DispatchQueue.global().async { continuation.resume(with: Result { try loader.next() }) }
        }
      } onCancel: {
        loader.requestCancellation()
      }
    }
  }

  /// An iterator; all of a loader's iterators share its batches.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(loader: self) }
}
