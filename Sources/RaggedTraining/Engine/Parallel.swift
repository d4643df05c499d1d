import Dispatch

/// Runs `body` for 0 ..< count, on as many threads as there are counts.
func inParallel(_ count: Int, _ body: @Sendable (Int) -> Void) {
  if count == 1 { body(0) } else { DispatchQueue.concurrentPerform(iterations: count, execute: body) }
}

/// Runs `body` over parts of 0 ..< total: one where there is little to do, otherwise one a thread. Work must not depend on
/// where it is cut. `work` is the number of additions or so in all, where it is not `total`.
func inParallel(over total: Int, threads: Int, work: Int? = nil, _ body: @Sendable (Range<Int>) -> Void) {
  let parts = (work ?? total) < 1 << 15 ? 1 : threads
  inParallel(parts) { part in body(total * part / parts..<total * (part + 1) / parts) }
}

/// A pointer that several threads use.
///
/// `@unchecked Sendable`: each thread touches a part of its own, and the owner waits for all of them.
struct SharedPointer<Element>: @unchecked Sendable {
  var pointer: UnsafeMutablePointer<Element>
}
