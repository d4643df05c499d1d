import CRaggedKernels
import Foundation
import Logging
import RaggedCore
import Synchronization

/// The threads of one engine: the caller's, and others that wait for its work.
///
/// A step of a small batch takes less than a millisecond and has several parallel parts, while a thread that sleeps takes
/// tens of microseconds to wake. So the others look out for work for a while before they sleep, as OpenMP's do.
///
/// On all of them subnormal numbers are 0 while they work; see ``withSubnormalsFlushed(_:)``.
final class Workers: Sendable {
  /// The number of parts that work is cut into: the threads that there are, with the caller's, where the system makes that many.
  let count: Int
  private let board = WorkBoard()

  /// `count` threads, at least 1. Those besides the caller's start with the first work for them.
  init(_ count: Int) { self.count = max(1, count) }

  deinit { board.close() }

  /// Calls `body` with 0 ..< count, each on a thread of its own, and returns when all are done. One call at a time. What
  /// the system makes no thread for is done by the caller's.
  func run(_ body: @Sendable (Int) -> Void) {
    guard count > 1 else { return withSubnormalsFlushed { body(0) } }
    withoutActuallyEscaping(body) { body in
      let others = board.post(body, others: count - 1)
      withSubnormalsFlushed {
        body(0)
        for number in others + 1..<count { body(number) }
      }
      board.waitForOthers()
    }
  }

  /// Calls `body` with parts of 0 ..< total: one where there is little to do, otherwise one a thread. Work must not depend
  /// on where it is cut. `work` is the number of additions or so in all, where it is not `total`.
  func run(over total: Int, work: Int? = nil, _ body: @Sendable (Range<Int>) -> Void) {
    guard count > 1, work ?? total >= 1 << 15 else { return withSubnormalsFlushed { body(0..<total) } }
    run { part in body(total * part / count..<total * (part + 1) / count) }
  }
}

/// A pointer that several threads use.
///
/// `@unchecked Sendable`: each thread touches a part of its own, and the owner waits for all of them.
struct SharedPointer<Element>: @unchecked Sendable {
  var pointer: UnsafeMutablePointer<Element>
}

/// Where the threads of an engine find their work.
///
/// `@unchecked Sendable`: `body`, `started` and `isShort` are written by the one caller of a time, `body` before `round` rises and after
/// the others are done; everything else is atomic or guarded by `condition`.
final class WorkBoard: @unchecked Sendable {
  /// How often work was posted; negative: there will be none.
  private let round = Atomic(0)
  /// The threads that have not finished this round's.
  private let pending = Atomic(0)
  private var body: (@Sendable (Int) -> Void)?
  private var started = 0
  /// Whether the system would make no more threads.
  private var isShort = false
  private let condition = NSCondition()

  /// Gives 1 ... others each a call of `body`, on threads that are started where there are too few.
  /// - Returns: how many of them have a thread; there may be fewer than were asked for, and those after them are left.
  func post(_ body: @escaping @Sendable (Int) -> Void, others: Int) -> Int {
    let next = round.load(ordering: .relaxed) + 1
    while started < others, !isShort {
      let number = started + 1
      isShort = !OwnThread.start("ragged-worker") { self.work(as: number, after: next - 1) }
      if isShort {
        TrainingLog.logger.notice(
          "the system makes no more threads: working on \(number) of the \(others + 1) that were asked for")
      } else {
        started = number
      }
    }
    guard started > 0 else { return 0 }
    self.body = body
    pending.store(started, ordering: .relaxed)
    round.store(next, ordering: .releasing)
    wake()
    return started
  }

  /// Returns when all others have finished.
  func waitForOthers() {
    wait { pending.load(ordering: .acquiring) == 0 }
    body = nil
  }

  /// Ends the threads. No work is under way.
  func close() {
    round.store(-1, ordering: .releasing)
    wake()
  }

  private func work(as number: Int, after first: Int) {
    // The thread works for the engine alone.
    _ = rk_flush_subnormals()
    var seen = first
    while true {
      wait { round.load(ordering: .acquiring) != seen }
      seen = round.load(ordering: .acquiring)
      guard seen >= 0 else { return }
      body?(number)
      if pending.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { wake() }
    }
  }

  /// Wakes all who sleep, after a change that they may wait for.
  private func wake() {
    condition.lock()
    condition.broadcast()
    condition.unlock()
  }

  /// Looks until something holds: for a tenth of a millisecond without sleep.
  private func wait(until isTrue: () -> Bool) {
    let end = DispatchTime.now().uptimeNanoseconds + 100_000
    repeat {
      for _ in 0..<64 {
        if isTrue() { return }
        rk_pause()
      }
    } while DispatchTime.now().uptimeNanoseconds < end
    condition.lock()
    while !isTrue() { condition.wait() }
    condition.unlock()
  }
}
