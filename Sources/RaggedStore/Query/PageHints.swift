import Foundation
import GRDB
import RaggedCore
import Synchronization

/// Asks the system to bring rows into memory before they are read.
///
/// A disk that is asked for many pages at once delivers several times as much as one that is asked for one after the other.
/// Of the rate at which sequences come in stored order from a disk that nothing was read from before, a shuffle in blocks of
/// 1000 by 8 has 0.88 with hints and 0.24 without, a full shuffle 0.4 and 0.2 (`ragged-benchmarks --only loader`: batches of
/// 256 sequences of 10 to 99 timesteps of 5 features, two Zen 4 cores). Where the file is in memory already the asking would
/// be work for nothing, so it is done only while the disk is in use: what the threads of this source read from it is counted.
final class PageHints: Sendable {
  private let pages: TablePages
  private let path: String
  private struct Asks {
    var waiting: [(ids: [Int64], more: Int)] = []
    /// Whether a thread is at it.
    var isAsking = false
  }

  private let asks = Mutex(Asks())
  /// Reads of the disk since the last time that somebody asked.
  private let reads = Atomic(0)

  /// - Parameter path: the store's file.
  init(_ db: Database, path: String) throws {
    pages = try TablePages(db)
    self.path = path
  }

  /// Runs `body`, and notes whether it had to read from the disk.
  func counting<T>(_ body: () throws -> T) rethrows -> T {
    let before = Self.readsOfThread()
    defer { noteReads(Self.readsOfThread() - before) }
    return try body()
  }

  /// Notes that the disk was read.
  func noteReads(_ count: Int) { reads.add(count, ordering: .relaxed) }

  /// Asks for these rows, where the disk was in use since the last call. Returns at once.
  /// - Parameter bytes: of all rows together, for those that take more than a page.
  func begin(_ ids: [Int64], bytes: Int) {
    guard !ids.isEmpty, reads.exchange(0, ordering: .relaxed) > 0 else { return }
    let begins = asks.withLock { asks in
      asks.waiting.append((ids, bytes / ids.count / pages.pageSize))
      defer { asks.isAsking = true }
      return !asks.isAsking
    }
    guard begins, !OwnThread.start("ragged-hints", { self.askForAll() }) else { return }
    // It is only a hint: without a thread it is not given.
    asks.withLock { $0 = Asks() }
  }

  /// Whether nothing is asked for any more.
  var isIdle: Bool { asks.withLock { !$0.isAsking } }

  private func askForAll() {
    while true {
      let next = asks.withLock { asks -> (ids: [Int64], more: Int)? in
        if asks.waiting.isEmpty {
          asks.isAsking = false
          return nil
        }
        return asks.waiting.removeFirst()
      }
      guard let next else { return }
      counting { ask(next.ids.sorted(), more: next.more) }
    }
  }

  /// Bytes between pages that are asked for as one piece, with what is between.
  private static let gap = 1 << 16

  private func ask(_ ids: [Int64], more: Int) {
    guard pages.pageSize > 0, pages.root > 0, let file = OpenFiles.descriptor(path) else { return }
    let leaves = pages.leaves(of: ids) { page in
      [UInt8](unsafeUninitializedCapacity: pages.pageSize) { buffer, count in
        count = max(0, pread(file, buffer.baseAddress, pages.pageSize, off_t((page - 1) * pages.pageSize)))
      }
    }
    var piece: Range<Int>?
    func send() {
      guard let piece else { return }
      let (start, count) = ((piece.lowerBound - 1) * pages.pageSize, piece.count * pages.pageSize)
      #if os(Linux)
        posix_fadvise(file, off_t(start), off_t(count), POSIX_FADV_WILLNEED)
      #elseif canImport(Darwin)
        var advice = radvisory(ra_offset: off_t(start), ra_count: Int32(clamping: count))
        _ = fcntl(file, F_RDADVISE, &advice)
      #endif
    }
    for leaf in leaves {
      let end = leaf + 1 + more
      if let open = piece, leaf >= open.lowerBound, leaf <= open.upperBound + Self.gap / pages.pageSize {
        piece = open.lowerBound..<max(end, open.upperBound)
      } else {
        send()
        piece = leaf..<end
      }
    }
    send()
  }

  /// Reads from a disk by this thread so far: blocks, and pages of mapped files.
  private static func readsOfThread() -> Int {
    var usage = rusage()
    #if os(Linux)
      getrusage(1, &usage)  // RUSAGE_THREAD, which Swift does not see
    #else
      getrusage(RUSAGE_SELF, &usage)
    #endif
    return Int(usage.ru_inblock) + Int(usage.ru_majflt)
  }
}
