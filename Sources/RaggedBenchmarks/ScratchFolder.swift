import Foundation
import Ragged
import Synchronization

/// Folders in the system's place for temporary files that are gone with the work that they are for, and when the process
/// is told to end.
enum ScratchFolder {
  private static let open = Mutex<Set<URL>>([])

  /// Runs `body` with a folder of its own.
  static func with<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ragged-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    open.withLock { _ = $0.insert(folder) }
    defer {
      try? FileManager.default.removeItem(at: folder)
      open.withLock { _ = $0.remove(folder) }
    }
    return try body(folder)
  }

  /// On Ctrl-C and SIGTERM removes what is open and ends the process, whatever it is at. Called before other threads start,
  /// which leave the signals to a thread of their own then.
  static func removeWhenInterrupted() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let isStarted = OwnThread.start("signals") { [signals] in
      var (signals, number) = (signals, Int32(0))
      sigwait(&signals, &number)
      open.withLock { folders in
        // SQLite may make a file meanwhile.
        for folder in folders { for _ in 0..<3 { try? FileManager.default.removeItem(at: folder) } }
        _exit(128 + number)
      }
    }
    if !isStarted { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
  }
}
