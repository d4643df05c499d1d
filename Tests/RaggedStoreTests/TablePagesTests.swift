import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import Testing

@testable import RaggedStore

/// The pages of a table, against the pages themselves.
@Suite struct TablePagesTests {
  /// A store's file and where its data lie.
  private static func file(_ count: Int, steps: Int) throws -> (pages: TablePages, bytes: [UInt8], ids: [Int64]) {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let record = { (index: Int) in
      SequenceRecord(key: "k\(index)", input: .values(Array(repeating: Float(index), count: steps), featureCount: 1))
    }
    try store.add((0..<count).map(record), .plain)
    let (pages, ids) = try store.database.write { db in
      (try TablePages(db), try Int64.fetchAll(db, sql: "SELECT sequence_id FROM sequence_data ORDER BY 1"))
    }
    try store.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    return (pages, [UInt8](try Data(contentsOf: URL(fileURLWithPath: store.path))), ids)
  }

  /// The row ids of a leaf page: after a cell's payload size.
  private static func rows(_ page: ArraySlice<UInt8>) -> [Int64] {
    let bytes = Array(page)
    guard bytes[0] == 13 else { return [] }
    func number(_ at: inout Int) -> Int64 {
      var value: Int64 = 0
      repeat {
        value = value << 7 | Int64(bytes[at] & 0x7f)
        at += 1
      } while bytes[at - 1] >= 0x80
      return value
    }
    return (0..<Int(bytes[3]) << 8 | Int(bytes[4])).map { cell in
      var at = Int(bytes[8 + 2 * cell]) << 8 | Int(bytes[9 + 2 * cell])
      _ = number(&at)
      return number(&at)
    }
  }

  @Test(arguments: [(1, 3), (40, 3), (3000, 40), (700, 3000)])
  func everyRowIsOnAPageThatWasFound(_ count: Int, _ steps: Int) throws {
    let (pages, bytes, ids) = try Self.file(count, steps: steps)
    func page(_ number: Int) -> ArraySlice<UInt8> {
      bytes[(number - 1) * pages.pageSize..<number * pages.pageSize]
    }
    var random = SeededRandom(seed: 1)
    for share in [1, 2, 50, 1000] {
      let wanted = ids.filter { _ in random.below(share) == 0 }
      let leaves = pages.leaves(of: wanted) { Array(page($0)) }
      let found = leaves.map { Set(Self.rows(page($0))) }
      #expect(found.allSatisfy { !$0.isDisjoint(with: wanted) }, "a page without any row that is wanted")
      #expect(found.reduce(into: Set<Int64>()) { $0.formUnion($1) }.isSuperset(of: wanted))
      #expect(Set(leaves).count == leaves.count)
    }
  }

  @Test func aFileOfAnythingGivesNothingBad() {
    var random = SeededRandom(seed: 2)
    for number in 0..<300 {
      let pages = TablePages(pageSize: 512, root: 1 + random.below(4))
      let content = (0..<4).map { page in
        (0..<512).map { at -> UInt8 in
          if at == (page == 0 ? 100 : 0), number % 3 > 0 { return 5 }
          return UInt8(truncatingIfNeeded: random.next() >> (number % 2 == 0 ? 0 : 61))
        }
      }
      let ids = (0..<20).map { _ in Int64(bitPattern: random.next()) }.sorted()
      let leaves = pages.leaves(of: ids) { 1...4 ~= $0 ? content[$0 - 1] : [] }
      #expect(leaves.count <= ids.count)
    }
  }

  @Test func preparingChangesNothing() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(500))
    let source = try store.source(SequenceSelection(dataset: "d"))
    let whole = try source.gather(Array(0..<500))
    for _ in 0..<3 {
      source.hints.noteReads(1)
      source.prepare(Array(0..<500) + [-1, 500, .max])
      while !source.hints.isIdle { usleep(100) }
    }
    #expect(try source.gather(Array(0..<500)) == whole)
    // Closing a descriptor would drop SQLite's locks: there is one, and another connection still sees them.
    try store.add(classifiedRecords(3), into: "other")
    #expect(try source.gather(Array(0..<500)) == whole)
  }
}
