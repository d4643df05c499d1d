import Foundation
import RaggedStore

/// Keeps the figures of a training run in its store.
///
/// A long import holds the store for as long as it takes, and training does not wait for it: what could not be written is
/// written after the next epoch, and at the end the store is waited for.
struct RunKeeper {
  private let store: SequenceStore
  private(set) var run: RunRecord
  private var isStored = false
  /// Why the store has not what it was last given; nil where it has.
  private(set) var problem: StoreError?

  /// Seconds to wait for another process's write between two epochs.
  private static let shortWait = 0.1

  init(_ store: SequenceStore, _ run: RunRecord) {
    self.store = store
    self.run = run
    // The run may get its row later than it began.
    self.run.createdAt = Date.now.formatted(.iso8601)
  }

  /// Writes how the run stands.
  /// - Throws: `StoreError` where the store cannot be written for another reason than another process's write, or that
  ///   its file is not there any more; the run goes on then.
  mutating func keep(_ status: RunRecord.Status, _ epochs: [RunRecord.Epoch], seconds: Double) throws {
    // What was gone once does not come back.
    if problem?.code == .replaced { return }
    note(status, epochs, seconds: seconds)
    do {
      let waiting = status == .running ? RunKeeper.shortWait : nil
      if isStored {
        try store.updateRun(run, waiting: waiting)
      } else {
        run = try store.insertRun(run, waiting: waiting)
        isStored = true
      }
      problem = nil
    } catch let error as StoreError where error.code == .busy || error.code == .replaced {
      problem = error
    }
  }

  /// Notes how the run stands, and writes nothing.
  mutating func note(_ status: RunRecord.Status, _ epochs: [RunRecord.Epoch], seconds: Double) {
    (run.status, run.epochs, run.seconds) = (status, epochs, seconds)
  }

  /// Writes a run that has ended elsewhere; not where another process writes to the store until the end, or its file is gone.
  static func keep(_ run: RunRecord, in store: SequenceStore) throws {
    do {
      _ = try store.insertRun(run)
    } catch let error as StoreError where error.code == .busy || error.code == .replaced {}
  }
}
