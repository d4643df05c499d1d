import Foundation
import RaggedCore
import RaggedFormats
import Synchronization

/// What a file yields, read on a thread of its own while the sequences before it are stored.
///
/// What waits is bounded in bytes: the thread goes on when what it has read fits beside what has not been stored yet, or
/// when all of that is stored, so that next to the sequence being stored and the one being read there is little else.
///
/// `@unchecked Sendable`: the state is touched under the condition's lock alone, and the reader by the thread alone until
/// it has ended, which ``finish()`` waits for.
final class ReadAhead: @unchecked Sendable {
  /// Some records, in order.
  struct Chunk {
    fileprivate(set) var records: [SequenceRecord] = []
    /// What the reader threw behind them; nil where there is only no more room.
    fileprivate(set) var fault: (any Error)?
    /// Bytes of the file read by then.
    fileprivate(set) var bytesRead = 0
    fileprivate var byteCount = 0
  }

  /// Bytes of records that go from thread to thread at a time, and that may wait or be in use.
  private static let (chunkBytes, waitingBytes) = (128 << 10, 1 << 20)
  private let condition = NSCondition()
  private var reader: FileReader
  private let input: InputBytes
  private let endsAtFault: Bool
  private var waiting: [Chunk] = []
  private var bytes = 0
  private var bytesInUse = 0
  private var isEnded = false
  private var isStopped = false

  /// Begins to read; nil where the system makes no thread for it, and nothing is read then.
  /// - Parameter endsAtFault: whether nothing is wanted behind a fault, be it fatal or not.
  init?(_ reader: FileReader, endsAtFault: Bool) {
    self.reader = reader
    input = reader.input
    self.endsAtFault = endsAtFault
    let isStarted = OwnThread.start("ragged-reader") { [self] in
      while put(chunk()) {}
      locked {
        isEnded = true
        condition.broadcast()
      }
    }
    guard isStarted else { return nil }
  }

  /// Takes what has waited longest, and gives up what was taken before; nil after the last.
  /// - Parameter waits: asked now and then while nothing is there; an error ends the wait.
  func take(whileWaiting waits: () throws -> Void) throws -> Chunk? {
    condition.lock()
    defer { condition.unlock() }
    bytes -= bytesInUse
    bytesInUse = 0
    condition.broadcast()
    while waiting.isEmpty, !isEnded {
      if !condition.wait(until: Date(timeIntervalSinceNow: 0.05)) { try waits() }
    }
    guard !waiting.isEmpty else { return nil }
    let chunk = waiting.removeFirst()
    bytesInUse = chunk.byteCount
    return chunk
  }

  /// Bytes that wait, and those of the chunk in use.
  var waitingBytes: Int { locked { bytes } }

  /// Ends the reading and gives the reader back, which stands behind what was read ahead.
  func finish() -> FileReader {
    input.isStopped.store(true, ordering: .relaxed)
    locked {
      isStopped = true
      condition.broadcast()
      while !isEnded { condition.wait() }
    }
    input.isStopped.store(false, ordering: .relaxed)
    return reader
  }

  private func locked<T>(_ body: () -> T) -> T {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }

  /// Reads until a chunk is full or there is a fault; an empty one is the end.
  private func chunk() -> Chunk {
    var chunk = Chunk()
    do {
      while chunk.byteCount < ReadAhead.chunkBytes, let record = try reader.next() {
        chunk.byteCount += record.byteCount
        chunk.records.append(record)
      }
    } catch {
      chunk.fault = error
      chunk.byteCount += 1 << 10
    }
    chunk.bytesRead = reader.bytesRead
    return chunk
  }

  /// Adds a chunk when there is room.
  /// - Returns: whether more is wanted.
  private func put(_ chunk: Chunk) -> Bool {
    locked {
      while !isStopped, bytes > 0, bytes + chunk.byteCount > ReadAhead.waitingBytes { condition.wait() }
      guard !isStopped, !chunk.records.isEmpty || chunk.fault != nil else { return false }
      waiting.append(chunk)
      bytes += chunk.byteCount
      condition.broadcast()
      // A fatal error comes again with every call.
      guard let fault = chunk.fault else { return true }
      return !endsAtFault && (fault as? InputError)?.isFatal == false
    }
  }
}

extension SequenceRecord {
  /// What it takes in memory, nearly: its buffers, and what the record and its small arrays take whatever they hold.
  fileprivate var byteCount: Int {
    // Names that records share are many where texts are few.
    func bytes(_ texts: Categories) -> Int { 4 * texts.count + 16 * min(texts.count, texts.names.count) }
    var count = 320 + key.utf8.count + (validity?.count ?? 0) + (metadata?.utf8.count ?? 0)
    switch input {
    case .values(let values, _): count += 4 * values.count
    case .tokens(let tokens): count += 4 * tokens.count
    case .texts(let tokens): count += bytes(tokens)
    }
    switch target {
    case .none, .classPerSequence: break
    case .classPerTimestep(let labels): count += bytes(labels)
    case .values(let values), .stepValues(let values, _): count += 4 * values.count
    }
    return count
  }
}
