import Ragged
import Synchronization

/// The line that shows what a store does that takes long.
final class StoreLine: Sendable {
  private let path: String
  private let line = Mutex<ProgressLine?>(nil)

  init(_ path: String) { self.path = path }

  /// Shows how far the store has come, and takes the line away at the end.
  func update(_ progress: WorkProgress) {
    line.withLock { line in
      guard let share = progress.share, share < 1 else {
        line = nil
        return
      }
      let shown = line ?? ProgressLine("\(progress.work.words) \(path)")
      line = shown
      shown.update(share)
    }
  }
}

extension WorkProgress.Work {
  /// What is done, with a store's name after it.
  fileprivate var words: String {
    switch self {
    case .selecting: "looking through"
    case .deleting: "deleting from"
    case .splitting: "splitting"
    case .compacting: "compacting"
    default: "reading"
    }
  }
}
