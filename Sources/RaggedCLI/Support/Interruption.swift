import Foundation
import Ragged
import Synchronization

/// Interruptions asked for so far: what the signal handler may touch.
private let requests = Atomic(0)

/// The end of a file, opened before the handler is there.
private let nullDevice = Atomic<Int32>(-1)

/// Whether this process is one of several ranks: 1 or 0.
private let isOneOfSeveral = Atomic(0)

/// Ctrl-C, and as that a wish of the system to end (SIGTERM) and a terminal that is closed (SIGHUP): the first one asks the
/// work to come to a safe end, the second one ends the process.
///
/// A closed terminal is told twice, by the system and by the shell, so that a second SIGHUP says nothing new. One of several
/// ranks is told by its launcher, also where another rank has failed, and ended by it where it takes too long: there nothing is
/// answered, and no second signal counts.
enum Interruption {
  /// Whether the user has asked for an end.
  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  /// Nothing is told, and Ctrl-C ends the work.
  static var monitor: ProgressMonitor { ProgressMonitor(isCancelled: { isRequested }) }

  /// Takes the signals over from the system. The handler does only what a signal handler may do: it counts, writes to a
  /// file descriptor, puts the end of a file in the place of standard input, and ends the process.
  static func install() {
    isOneOfSeveral.store(Ranks.place == nil ? 0 : 1, ordering: .relaxed)
    nullDevice.store(open("/dev/null", O_RDONLY | O_CLOEXEC), ordering: .relaxed)
    // Whoever started the process may have had them blocked, which a process inherits.
    var taken = sigset_t()
    sigemptyset(&taken)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      // nohup asks for a process that outlives its terminal.
      if number == SIGHUP, isIgnored(number) { continue }
      sigaddset(&taken, number)
      signal(number) { number in
        if requests.add(1, ordering: .relaxed).oldValue > 0 {
          if number == SIGHUP || isOneOfSeveral.load(ordering: .relaxed) > 0 { return }
          _exit(130)
        }
        if isOneOfSeveral.load(ordering: .relaxed) > 0 { return }
        let note: StaticString = "\nragged: stopping (again to stop at once)\n"
        _ = write(STDERR_FILENO, note.utf8Start, note.utf8CodeUnitCount)
        // A read that waits for a slow pipe is begun again after the handler, and then finds the end.
        _ = dup2(nullDevice.load(ordering: .relaxed), STDIN_FILENO)
      }
    }
    sigprocmask(SIG_UNBLOCK, &taken, nil)
    // So that a closed pipe and a limit on the size of files are errors that can be told.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
  }

  /// Whether whoever started the process has it ignore a signal.
  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    #if canImport(Darwin)
      return unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    #else
      return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    #endif
  }
}

/// The time in which Ctrl-C ends whatever a store is at: until something is to be written even so.
final class InterruptibleTime: Sendable {
  private let isOver = Atomic(false)

  var isInterrupted: Bool { Interruption.isRequested && !isOver.load(ordering: .relaxed) }

  /// Nothing is told, and Ctrl-C ends the work in that time.
  var monitor: ProgressMonitor { ProgressMonitor(isCancelled: { self.isInterrupted }) }

  /// From now on work goes on to a safe end of its own.
  func end() { isOver.store(true, ordering: .relaxed) }
}

/// Runs `body`, and says what there is then of what was to be done where Ctrl-C ends it.
func stopping<Value>(leaving outcome: @autoclosure () -> String, _ body: () throws -> Value) throws -> Value {
  do { return try body() } catch is Cancelled { throw Cancelled(outcome()) }
}
