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

/// Finds the pages of the file in which rows of a table lie, without reading those pages.
///
/// It reads the interior pages of the table's B-tree as SQLite's file format describes them (www.sqlite.org/fileformat.html,
/// "B-tree Pages"), which is fixed for all of SQLite 3; to ask SQLite for the pages would read them. A write-ahead log is not
/// looked at, so what it finds may be out of date: it is good for hints alone.
struct TablePages: Sendable {
  let pageSize: Int
  /// The table's root page, from 1.
  let root: Int
  /// Deeper than any tree that SQLite makes.
  private static let greatestDepth = 20

  /// The leaf pages of rows whose ids rise, each once and in that order; fewer where the file is not as expected.
  /// - Parameter read: the bytes of a page, or fewer where they cannot be read.
  func leaves(of ids: some Collection<Int64>, _ read: (Int) -> [UInt8]) -> [Int] {
    guard !ids.isEmpty else { return [] }
    var depth = 0
    var page = root
    while let interior = InteriorPage(read(page), isFirst: page == 1) {
      depth += 1
      guard depth < Self.greatestDepth else { return [] }
      page = interior.child(0)
    }
    var leaves: [Int] = []
    visit(root, depth, Array(ids)[...], read, &leaves)
    return leaves
  }

  private func visit(
    _ page: Int, _ depth: Int, _ ids: ArraySlice<Int64>, _ read: (Int) -> [UInt8], _ leaves: inout [Int]
  ) {
    guard depth > 0 else {
      if leaves.last != page { leaves.append(page) }
      return
    }
    guard let interior = InteriorPage(read(page), isFirst: page == 1) else { return }
    var rest = ids
    while let id = rest.first {
      let child = interior.place(of: id)
      let end = child < interior.count ? rest.firstIndex { $0 > interior.key(child) } ?? rest.endIndex : rest.endIndex
      guard end > rest.startIndex else { return }
      visit(interior.child(child), depth - 1, rest[..<end], read, &leaves)
      rest = rest[end...]
    }
  }
}

/// An interior page of a table's B-tree: children, and between them the greatest row id on the left.
private struct InteriorPage {
  private let bytes: [UInt8]
  private let header: Int
  /// Cells: one less than there are children.
  let count: Int

  /// nil for another kind of page and for one whose parts do not fit into it.
  init?(_ bytes: [UInt8], isFirst: Bool) {
    header = isFirst ? 100 : 0
    guard bytes.count >= header + 12, bytes[header] == 5 else { return nil }
    self.bytes = bytes
    count = Int(bytes[header + 3]) << 8 | Int(bytes[header + 4])
    guard header + 12 + 2 * count <= bytes.count, (0..<count).allSatisfy({ cell($0) + 5 <= bytes.count }) else {
      return nil
    }
  }

  private func cell(_ index: Int) -> Int {
    let at = header + 12 + 2 * index
    return Int(bytes[at]) << 8 | Int(bytes[at + 1])
  }

  private func number(_ at: Int) -> Int {
    (0..<4).reduce(0) { $0 << 8 | (at + $1 < bytes.count ? Int(bytes[at + $1]) : 0) }
  }

  /// The page of a child.
  func child(_ index: Int) -> Int { index < count ? number(cell(index)) : number(header + 8) }

  /// The greatest row id of a child other than the last: a variable-length integer.
  func key(_ index: Int) -> Int64 {
    var value: UInt64 = 0
    let first = cell(index) + 4
    for at in first..<min(first + 9, bytes.count) {
      if at == first + 8 { return Int64(bitPattern: value << 8 | UInt64(bytes[at])) }
      value = value << 7 | UInt64(bytes[at] & 0x7f)
      if bytes[at] < 0x80 { break }
    }
    return Int64(bitPattern: value)
  }

  /// The child that has a row.
  func place(of id: Int64) -> Int { (0..<count).bisected { key($0) >= id } }
}

extension Database {
  /// The size of the store's file, without the log.
  func fileBytes() throws -> Int {
    try (Int.fetchOne(self, sql: "PRAGMA page_count") ?? 0) * (Int.fetchOne(self, sql: "PRAGMA page_size") ?? 0)
  }
}

extension TablePages {
  /// The table of a store's timesteps.
  init(_ db: Database) throws {
    pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
    root = try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'sequence_data'") ?? 0
  }
}
