import Foundation
import Synchronization

/// A thread for one piece of work, made in a way that says where it cannot be made.
///
/// Containers limit the number of threads. `Thread` does not say that there is none, and a dispatch queue waits for one, so
/// that whoever waits for the work waits for ever.
package enum OwnThread {
  /// Threads that may still be made.
  package final class Budget: Sendable {
    private let left: Atomic<Int>

    package init(_ count: Int) { left = Atomic(count) }

    fileprivate func take() -> Bool { left.subtract(1, ordering: .relaxed).oldValue > 0 }
  }

  /// Fewer threads than the system would give, in a test.
  @TaskLocal package static var budget: Budget?

  /// Runs `body` on a thread of its own, which ends with it.
  /// - Parameters:
  ///   - name: shown by debuggers; systems cut it after 15 bytes.
  ///   - body: the work. It is let go where there is no thread.
  /// - Returns: whether there is a thread; the caller has to do the work itself otherwise.
  package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
    guard budget?.take() ?? true else { return false }
    let work = Unmanaged.passRetained(OwnThreadWork(name, body))
    // Allocated, not initialised: an initialiser of this type belongs to another C module on each system.
    let isMade = withUnsafeTemporaryAllocation(of: pthread_attr_t.self, capacity: 1) { room in
      guard let attributes = room.baseAddress, pthread_attr_init(attributes) == 0 else { return false }
      defer { pthread_attr_destroy(attributes) }
      pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
      #if canImport(Darwin)
        var thread: pthread_t?
      #else
        var thread = pthread_t()
      #endif
      return pthread_create(&thread, attributes, runOwnThread, work.toOpaque()) == 0
    }
    if !isMade { work.release() }
    return isMade
  }
}

private final class OwnThreadWork: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(_ name: String, _ body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }

  func run() {
    Thread.current.name = name
    #if canImport(Darwin)
      autoreleasepool { body() }
    #else
      body()
    #endif
  }
}

#if canImport(Darwin)
  private func runOwnThread(_ work: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<OwnThreadWork>.fromOpaque(work).takeRetainedValue().run()
    return nil
  }
#else
  private func runOwnThread(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let work { Unmanaged<OwnThreadWork>.fromOpaque(work).takeRetainedValue().run() }
    return nil
  }
#endif
