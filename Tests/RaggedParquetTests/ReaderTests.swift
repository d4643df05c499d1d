import Foundation
import RaggedParquet
import Testing

/// Bytes that count how many of them are read. `@unchecked` since a lock guards the count.
private final class CountedBytes: ParquetInput, @unchecked Sendable {
  private let bytes: ParquetBytes
  private let lock = NSLock()
  private var count = 0
  init(_ bytes: [UInt8]) { self.bytes = ParquetBytes(bytes) }
  var name: String { bytes.name }
  var size: Int { bytes.size }
  var bytesRead: Int { lock.withLock { count } }
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    lock.withLock { count += buffer.count }
    try bytes.read(at: offset, into: buffer)
  }
}

/// How a caller reads a file: batches, cursors, structure.
@Suite struct ReaderTests {
  @Test func batchesFollowRowGroups() throws {
    let file = try ParquetFile(Fixtures.path("groups"))
    #expect(file.rowGroups.map(\.rowCount) == [64, 64, 64, 8])
    let batches = file.batches([try file.schema.column("i32")], rows: 50)
    var seen: [(Int, Int, Int)] = []
    while let batch = try batches.next() { seen.append((batch.rowGroup, batch.firstRow, batch.rowCount)) }
    #expect(seen.map(\.0) == [0, 0, 1, 1, 2, 2, 3])
    #expect(seen.map(\.1) == [0, 50, 64, 114, 128, 178, 192])
    #expect(seen.map(\.2) == [50, 14, 50, 14, 50, 14, 8])
  }

  @Test func batchesOfAnySizeHoldTheSame() throws {
    for name in ["nested-v1", "nested-v2", "dictionary-v1", "delta-v2", "fallback"] {
      let file = try ParquetFile(Fixtures.path(name))
      let whole = try texts(file)
      for rows in [1, 2, 63, 199] { #expect(try texts(file, rows: rows) == whole, "\(name) \(rows)") }
    }
  }

  @Test func listsHaveOffsetsAndPresence() throws {
    let file = try ParquetFile(Fixtures.path("no-rows-in-lists"))
    let cursor = try file.cursor(try file.schema.column("a"), rowGroup: 0)
    let batch = try #require(try cursor.next(rows: 10))
    #expect(batch.rowCount == 3)
    #expect(batch.lists.map(\.offsets) == [[0, 0, 0, 0]])
    #expect((0..<3).map(batch.lists[0].presence.isPresent) == [true, true, false])
    #expect(batch.values == .int32([]))
    #expect(cursor.rowsLeft == 0)
    #expect(try cursor.next(rows: 10) == nil)
  }

  @Test func nestedListsHaveOffsetsALevel() throws {
    let file = try ParquetFile(Fixtures.path("nested-v1"))
    let cursor = try file.cursor(try file.schema.column("nested"), rowGroup: 0)
    _ = try cursor.next(rows: 2)
    // Rows 2 and 3 as the script makes them: [[], []] and so on; see fixtures/reference/parquet.py.
    let batch = try #require(try cursor.next(rows: 2))
    #expect(batch.lists[0].offsets == [0, 2, 5])
    #expect(batch.lists[1].offsets == [0, 2, 5, 8, 8, 8])
    #expect((0..<5).map(batch.lists[1].presence.isPresent) == [true, true, true, true, false])
    #expect(batch.values == .int32([0, 1, 2, 3, 4, 0, 1, 2]))
  }

  @Test func nullRecordsDifferFromRecordsOfNulls() throws {
    let file = try ParquetFile(Fixtures.path("nested-v1"))
    let column = try file.schema.column("point.inner.y")
    #expect(column.optionalFields == [3])
    let batch = try #require(try file.cursor(column, rowGroup: 0).next(rows: 6))
    #expect(batch.presence.depths == [1, 0, 3, 1, 3, 2])
    #expect(batch.presence.nullCount == 4)
  }

  @Test func nullsLeaveZeros() throws {
    let file = try ParquetFile(Fixtures.path("plain-v2"))
    let batch = try #require(try file.cursor(try file.schema.column("i32"), rowGroup: 0).next(rows: 5))
    #expect(batch.values == .int32([-500, 356, 203, 0, -103]))
    #expect(batch.presence.depths == [1, 1, 1, 0, 1])
  }

  @Test func textsComeAsCodesOfADictionary() throws {
    let file = try ParquetFile(Fixtures.path("dictionary-v2"))
    let batch = try #require(try file.cursor(try file.schema.column("word"), rowGroup: 0).next(rows: 200))
    guard case .bytes(let words) = batch.values else {
      Issue.record("no texts")
      return
    }
    #expect(words.dictionary?.count == 6)
    #expect(words.codes?[3] == -1)
    #expect(words[3] == "")
    #expect(words.count == 200)
  }

  @Test func dictionaryGivenUpHalfWayIsKept() throws {
    let file = try ParquetFile(Fixtures.path("fallback"))
    let batch = try #require(try file.batches().next())
    guard case .bytes(let texts) = batch.columns[0].values else {
      Issue.record("no texts")
      return
    }
    #expect(texts.codes != nil)
    for i in 0..<200 {
      let expected = i > 100 ? "text " + String(String(100_000 + i).dropFirst()) : "text \(i % 5)"
      #expect(texts[i] == expected)
    }
  }

  @Test func onlyTheColumnsAskedForAreRead() throws {
    let input = CountedBytes(try Fixtures.bytes("plain-v1"))
    let file = try ParquetFile(input)
    let metadata = input.bytesRead
    let column = try file.schema.column("flag")
    let batches = file.batches([column])
    while try batches.next() != nil {}
    let size = file.rowGroups.reduce(0) { $0 + $1.chunks[column.index].compressedBytes }
    #expect(input.bytesRead - metadata <= size + 100)
    #expect(input.size > 10 * size)
  }

  @Test func aColumnThatWasNotReadIsNamed() throws {
    let file = try ParquetFile(Fixtures.path("nested-v1"))
    let batch = try #require(try file.batches([try file.schema.column("point.x")]).next())
    let error = #expect(throws: ParquetError.self) { try batch.value(file.schema.field("point")!, row: 0) }
    #expect(error?.message == "column \"point.inner.y\" is asked for, and was not read")
  }

  @Test func metadataAreGiven() throws {
    let file = try ParquetFile(Fixtures.path("types"))
    #expect(file.createdBy?.hasPrefix("parquet-cpp-arrow") == true)
    #expect(file.rowCount == 20)
    func logical(_ name: String) throws -> ParquetLogicalType? { try file.schema.column(name).logicalType }
    #expect(try logical("stamp_us") == .timestamp(.microseconds, utc: true))
    #expect(try logical("stamp_ms") == .timestamp(.milliseconds, utc: false))
    #expect(try logical("time_ns") == .time(.nanoseconds, utc: false))
    #expect(try logical("u8") == .integer(bits: 8, signed: false))
    #expect(try logical("dec38") == .decimal(precision: 38, scale: 20))
    #expect(try logical("half") == .float16)
    #expect(try logical("none") == .null)
    let chunk = file.rowGroups[0].chunks[try file.schema.column("i32").index]
    #expect(chunk.codec == .uncompressed)
    #expect(chunk.statistics.nullCount == 0)
    #expect(chunk.statistics.minimum == [0, 0, 0, 0x80])
  }

  @Test func int96IsATimestamp() throws {
    let file = try ParquetFile(Fixtures.path("int96"))
    #expect(file.schema.columns[0].logicalType == .timestamp(.nanoseconds, utc: false))
    let batch = try #require(try file.batches().next())
    guard case .int64(let times) = batch.columns[0].values else {
      Issue.record("no times")
      return
    }
    #expect(times[0] == 1_700_000_000_123_000_000)
    #expect(!batch.columns[0].presence.isPresent(20))
  }

  @Test func tasksShareAFile() async throws {
    let file = try ParquetFile(Fixtures.path("nested-v2"))
    let whole = try texts(file)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 { group.addTask { try texts(file, rows: 9) == whole } }
      for try await same in group { #expect(same) }
    }
  }
}
