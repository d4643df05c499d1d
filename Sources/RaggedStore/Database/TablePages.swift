import GRDB

/// Finds the pages of the file in which rows of a table lie, without reading those pages.
///
/// It reads the interior pages of the table's B-tree as SQLite's file format describes them (www.sqlite.org/fileformat.html,
/// "B-tree Pages"), which is fixed for all of SQLite 3; to ask SQLite for the pages would read them. A write-ahead log is not
/// looked at, so what it finds may be out of date: it is good for hints alone.
struct TablePages: Sendable {
  /// Bytes of a page.
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
  func place(of id: Int64) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if key(middle) < id { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension TablePages {
  /// The table of a store's timesteps.
  init(_ db: Database) throws {
    pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
    root = try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'sequence_data'") ?? 0
  }
}
