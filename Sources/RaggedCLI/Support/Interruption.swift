import Foundation
import Synchronization

/// Interruptions asked for so far: what the signal handler may touch.
private let requests = Atomic(0)

/// Ctrl-C: the first one asks the work to come to a safe end, the second one ends the process.
enum Interruption {
  /// Whether the user has asked for an end.
  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  /// Takes the signals over from the system. The handler does only what a signal handler may do: it counts, writes to a
  /// file descriptor, and ends the process.
  static func install() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        if requests.add(1, ordering: .relaxed).oldValue > 0 { _exit(130) }
        let note: StaticString = "\nragged: stopping (again to stop at once)\n"
        _ = write(STDERR_FILENO, note.utf8Start, note.utf8CodeUnitCount)
      }
    }
    signal(SIGPIPE, SIG_IGN)
  }
}

/// Work that ended because the user asked for it; what was kept has been said already.
struct Interrupted: Error {}
