import Dispatch
import Foundation
import Synchronization

/// Ctrl-C: the first one asks the work to come to a safe end, the second one ends the process.
enum Interruption {
  private static let count = Atomic(0)
  private static let queue = DispatchQueue(label: "ragged.interruption")
  private static let sources = [SIGINT, SIGTERM].map { signal in
    DispatchSource.makeSignalSource(signal: signal, queue: queue)
  }

  /// Whether the user has asked for an end.
  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  /// Takes the signals over from the system.
  static func install() {
    for (signal, source) in zip([SIGINT, SIGTERM], sources) {
      Foundation.signal(signal, SIG_IGN)
      source.setEventHandler {
        if count.add(1, ordering: .relaxed).oldValue > 0 { _exit(130) }
        Console.error("\nragged: stopping (again to stop at once)")
      }
      source.resume()
    }
    Foundation.signal(SIGPIPE, SIG_IGN)
  }
}

/// Work that ended because the user asked for it; what was kept has been said already.
struct Interrupted: Error {}
