import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// Ranks on threads of their own: messages wait in boxes until they are taken.
///
/// `@unchecked Sendable`: everything is read and written under the condition's lock.
final class RankThreads: @unchecked Sendable {
  private let condition = NSCondition()
  /// Of each pair of ranks, from and to.
  private var boxes: [Int: [[UInt8]]] = [:]
  private var failures: [Int: RankError] = [:]
  private var sent: [Int: Int] = [:]
  let worldSize: Int

  init(_ worldSize: Int) { self.worldSize = worldSize }

  /// Bytes that each rank has sent.
  var bytesSent: [Int] { condition.withLock { (0..<worldSize).map { sent[$0] ?? 0 } } }

  /// Messages that nobody took.
  var leftOver: Int { condition.withLock { boxes.values.reduce(0) { $0 + $1.count } } }

  fileprivate func send(_ bytes: [UInt8], from rank: Int, to other: Int) {
    condition.withLock {
      boxes[rank * worldSize + other, default: []].append(bytes)
      sent[rank, default: 0] += bytes.count
      condition.broadcast()
    }
  }

  fileprivate func receive(at rank: Int, from other: Int) throws -> [UInt8] {
    try condition.withLock {
      let end = Date(timeIntervalSinceNow: 60)
      while true {
        if let first = boxes[other * worldSize + rank]?.first {
          boxes[other * worldSize + rank]?.removeFirst()
          return first
        }
        if let failure = failures.keys.min().flatMap({ failures[$0] }) { throw failure }
        guard condition.wait(until: end) else {
          throw RankError(rank: other, "rank \(other) is silent", .software, isReported: false)
        }
      }
    }
  }

  fileprivate func abandon(_ failure: RankError, of rank: Int) -> RankError {
    condition.withLock {
      failures[rank] = failure
      condition.broadcast()
      guard failure.rank == rank else { return failure }
      let end = Date(timeIntervalSinceNow: 2)
      while (0..<rank).contains(where: { failures[$0] == nil }), condition.wait(until: end) {}
      return (0..<rank).lazy.compactMap { self.failures[$0] }.first { $0.rank < rank } ?? failure
    }
  }

  /// What each rank gives.
  static func results<Value: Sendable>(
    _ worldSize: Int, _ division: BatchDivision, threads: RankThreads? = nil,
    _ body: @escaping @Sendable (ThreadExchange) throws -> Value
  ) throws -> [Result<Value, any Error>] {
    let threads = threads ?? RankThreads(worldSize)
    let (group, lock) = (DispatchGroup(), NSLock())
    nonisolated(unsafe) var results = [Result<Value, any Error>?](repeating: nil, count: worldSize)
    for rank in 0..<worldSize {
      group.enter()
      Thread.detachNewThread {
        let exchange = ThreadExchange(threads: threads, rank: rank, division: division)
        let result = Result { try body(exchange) }
        // Outside of a fit nobody tells the others.
        if case .failure(let error) = result { _ = threads.abandon(RankError(rank: rank, error), of: rank) }
        lock.withLock { results[rank] = result }
        group.leave()
      }
    }
    group.wait()
    return try results.map { try #require($0) }
  }

  /// What each rank gives, where none fails.
  static func values<Value: Sendable>(
    _ worldSize: Int, _ division: BatchDivision, threads: RankThreads? = nil,
    _ body: @escaping @Sendable (ThreadExchange) throws -> Value
  ) throws -> [Value] {
    try results(worldSize, division, threads: threads, body).map { try $0.get() }
  }
}

/// One of the ranks of ``RankThreads``.
struct ThreadExchange: GradientExchange {
  let threads: RankThreads
  let rank: Int
  let division: BatchDivision
  var worldSize: Int { threads.worldSize }

  func send(_ bytes: UnsafeRawBufferPointer, to other: Int) { threads.send(Array(bytes), from: rank, to: other) }

  func receive(into bytes: UnsafeMutableRawBufferPointer, from other: Int) throws {
    let message = try threads.receive(at: rank, from: other)
    guard message.count == bytes.count else {
      throw RankError(rank: other, "\(message.count) bytes, expected \(bytes.count)", .software)
    }
    bytes.copyBytes(from: message)
  }

  func abandon(_ failure: RankError) -> RankError { threads.abandon(failure, of: rank) }
}
