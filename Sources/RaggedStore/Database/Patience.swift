import Foundation
import GRDB
import Logging
import RaggedCore
import Synchronization

/// How long connections wait for another process's write.
final class Patience: Sendable {
  private let limit: Mutex<Double>
  /// Seconds between two tries, as SQLite has them; then always the last.
  private static let pauses: [Double] = [
    0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.025, 0.025, 0.05, 0.05, 0.1,
  ]

  init(_ seconds: Double) { limit = Mutex(seconds) }

  /// Seconds, from the next wait on.
  var seconds: Double {
    get { limit.withLock { $0 } }
    set { limit.withLock { $0 = newValue } }
  }

  /// Waits with longer and longer pauses, and says so; not where nobody waits for it any more.
  func mode(path: String, _ monitor: ProgressMonitor) -> Database.BusyMode {
    .callback { [self] tries in
      let (pauses, seconds) = (Patience.pauses, seconds)
      let before = pauses.prefix(tries).reduce(0, +) + Double(max(0, tries - pauses.count)) * 0.1
      guard before < seconds, !monitor.isCancelled else { return false }
      if tries == pauses.count {
        StoreLog.logger.notice("\(path): another process is writing to it; waiting up to \(seconds) s")
      }
      Thread.sleep(forTimeInterval: pauses[min(tries, pauses.count - 1)])
      return true
    }
  }
}
