import Foundation

/// The threads of one engine: the caller's, and others that wait for its work.
///
/// A step of a small batch takes less than a millisecond and has several parallel parts, while a thread that sleeps takes
/// tens of microseconds to wake. So the others look out for work for a while before they sleep, as OpenMP's do.
///
/// On all of them subnormal numbers are 0 while they work; see ``withSubnormalsFlushed(_:)``.
final class Workers: Sendable {
  /// How many parts work is cut into: the threads that there are, with the caller's, where the system makes that many.
  let count: Int
  private let board = WorkBoard()

  /// So many threads. Those besides the caller's start with the first work for them.
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
