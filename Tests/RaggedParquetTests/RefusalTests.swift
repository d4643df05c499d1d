import Foundation
import RaggedParquet
import Testing

/// What is wrong with a file is said in a sentence, with the place.
@Suite struct RefusalTests {
  static let schema = [line("root", children: 1), line("x", type: 1)]
  static let four: [UInt8] = [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0]

  static func error(_ pages: [UInt8], _ group: Thrift, schema: [Thrift] = schema) -> ParquetError? {
    do {
      let batches = try ParquetFile(ParquetBytes(parquet(schema: schema, pages: pages, groups: [group]))).batches()
      while try batches.next() != nil {}
      return nil
    } catch { return error as? ParquetError }
  }

  @Test func soundPageIsRead() throws {
    let pages = page(Self.four, values: 4)
    #expect(Self.error(pages, group(rows: 4, bytes: pages.count)) == nil)
    let file = try ParquetFile(
      ParquetBytes(parquet(schema: Self.schema, pages: pages, groups: [group(rows: 4, bytes: pages.count)])))
    let batch = try #require(try file.batches().next())
    #expect(batch.columns[0].values == .int32([1, 2, 3, 4]))
    #expect(batch.columns[0].presence.depths == nil)
  }

  static let damagedPages: [(String, [UInt8], Int, String)] = [
    ("too few values", page(four, values: 5), 5, "the page's part of 5 values has 20 bytes, and only 16 are left"),
    ("too many", page(four, values: 4), 3, "a page has 4 values, and the column has 3 left by its metadata"),
    ("pages that end", page(four, values: 4), 6, "the column's pages end 2 values before they should"),
    (
      "another size", page(four, values: 4, size: 17), 4,
      "a page has 16 bytes as stored, and claims 17 as decompressed from UNCOMPRESSED"
    ),
    (
      "an encoding of strings", page(four, values: 4, encoding: 7), 4,
      "a page of int32 values is encoded as DELTA_BYTE_ARRAY, which is not supported"
    ),
    ("an encoding unknown", page(four, values: 4, encoding: 12), 4, "a page has encoding 12, which is not supported"),
    (
      "no dictionary", page([2, 8, 0], values: 4, encoding: 8), 4,
      "a page points to a dictionary, and none stands before it"
    ),
    ("a kind that lies", page(four, values: 4, type: 3), 4, "a page's type is dataV2, but its header describes data"),
    ("a checksum", page(four, values: 4, checksum: 1), 4, "a page's checksum is af05d4ef, and its header says 1"),
    (
      "a negative count", page(four, values: -4), 4,
      "a page has -4 values and levels of 0 and 0 bytes, numbers that no page has"
    ),
  ]

  @Test(arguments: damagedPages)
  func damagedPageIsRefused(name: String, pages: [UInt8], rows: Int, message: String) throws {
    let error = try #require(Self.error(pages, group(rows: rows, bytes: pages.count)))
    #expect(error.message == message, "\(name)")
    #expect(error.place == ParquetPlace(file: "bytes", column: "x", rowGroup: 0, offset: 4))
  }

  static let damagedChunks: [(Thrift, ParquetError.Kind, String)] = [
    (group(rows: 4, bytes: 9999), .damaged, "has its pages at byte 4, 9999 of them, and pages lie before byte 60"),
    (group(rows: 4, bytes: -1), .damaged, "has its pages at byte 4, -1 of them, and pages lie between byte 4 and 60"),
    (group(rows: 4, bytes: 56, type: 2), .damaged, "is int64 in the row group and int32 in the schema"),
    (group(rows: 4, bytes: 56, values: 3), .damaged, "has 3 values in a row group of 4 rows"),
    (
      group(rows: 4, bytes: 56, codec: 3), .unsupported,
      "is compressed with LZO, which is not supported (UNCOMPRESSED, SNAPPY, GZIP and ZSTD are)"
    ),
    (
      group(rows: 4, bytes: 56, codec: 44), .unsupported,
      "is compressed with codec 44, which is not supported (UNCOMPRESSED, SNAPPY, GZIP and ZSTD are)"
    ),
    (group(rows: 4, bytes: 56, extra: [(8, .fields([]))]), .unsupported, "is encrypted, which is not supported"),
    (
      group(rows: 4, bytes: 56, extra: [(1, .text("b.parquet"))]), .unsupported,
      "has its pages in another file, \"b.parquet\", which is not supported"
    ),
  ]

  @Test(arguments: damagedChunks) func damagedChunkIsRefused(group: Thrift, kind: ParquetError.Kind, message: String)
    throws
  {
    let pages = page(Self.four, values: 4) + [UInt8](repeating: 0, count: 20)
    let error = try #require(Self.error(Array(pages.prefix(56)), group))
    #expect(error.message == message)
    #expect(error.kind == kind)
    #expect(error.place == ParquetPlace(file: "bytes", column: "x", rowGroup: 0))
  }

  @Test func farTimestampIsRefusedInNanoseconds() throws {
    // Noon of Julian day 5,373,484: the last day of the year 9999.
    let pages = page([0, 0x80, 0xa7, 0x48, 0x4a, 0x27, 0, 0] + [0x2c, 0xfe, 0x51, 0], values: 1)
    let bytes = parquet(
      schema: [line("root", children: 1), line("x", type: 3)], pages: pages,
      groups: [group(rows: 1, bytes: pages.count, type: 3)])
    let error = #expect(throws: ParquetError.self) { try ParquetFile(ParquetBytes(bytes)).batches().next() }
    #expect(
      error?.message
        == "an INT96 timestamp lies 2932896 days from 1970, which a count of nanoseconds in 64 bits does not reach (read "
        + "INT96 as microseconds instead)")
    var options = ParquetOptions()
    options.int96 = .microseconds
    let batch = try #require(try ParquetFile(ParquetBytes(bytes), options).batches().next())
    #expect(batch.columns[0].values == .int64([2_932_896 * 86_400_000_000 + 43_200_000_000]))
  }

  @Test func errorComesAgain() throws {
    let pages = page(Self.four, values: 4) + page([1], values: 1)
    let file = try ParquetFile(
      ParquetBytes(parquet(schema: Self.schema, pages: pages, groups: [group(rows: 5, bytes: pages.count)])))
    let (batches, cursor) = (file.batches(rows: 4), try file.cursor(file.schema.columns[0], rowGroup: 0))
    #expect(try batches.next()?.rowCount == 4)
    #expect(try cursor.next(rows: 4)?.rowCount == 4)
    for _ in 0..<2 {
      let first = #expect(throws: ParquetError.self) { try batches.next() }
      let second = #expect(throws: ParquetError.self) { try cursor.next(rows: 4) }
      #expect(first == second)
      #expect(first?.message == "the page's part of 1 values has 4 bytes, and only 1 are left")
    }
  }

  @Test func listThatBeginsInTheMiddleIsRefused() throws {
    let schema = [line("root", children: 1), line("x", type: 1, repetition: 2)]
    // Levels in runs: repetition 1, 1; definition 1, 1.
    let pages = page([2, 0, 0, 0, 4, 1, 2, 0, 0, 0, 4, 1] + Self.four.prefix(8), values: 2)
    let error = try #require(Self.error(pages, group(rows: 1, bytes: pages.count, values: 2), schema: schema))
    #expect(error.message == "a row begins with repetition level 1, expected 0")
  }

  @Test(arguments: [
    ([UInt8]("PAR1".utf8), ParquetError.Kind.notParquet, "has 4 bytes, and the smallest Parquet file has 12"),
    (
      Array("id,x\n1,2\n3,4\n".utf8), .notParquet,
      "begins with \"id,x\" and ends with \"3,4.\", and a Parquet file with \"PAR1\""
    ),
    (
      Array("PAR1".utf8) + [1, 2, 3, 4, 0, 1, 0, 0] + Array("PAR1".utf8), .damaged,
      "its metadata have 256 bytes, and the file has 16"
    ),
    (
      Array("PARE".utf8) + [0, 0, 0, 0] + Array("PARE".utf8), .unsupported,
      "its footer is encrypted (\"PARE\" at its end), which is not supported"
    ),
    (
      Array("PAR1".utf8) + [0, 0, 0, 0, 0x15] + [1, 0, 0, 0] + Array("PAR1".utf8), .damaged,
      "its metadata of 1 bytes end in the middle of a value"
    ),
  ]) func fileThatIsNoneIsRefused(bytes: [UInt8], kind: ParquetError.Kind, message: String) {
    let error = #expect(throws: ParquetError.self) { try ParquetFile(ParquetBytes(bytes, name: "a.parquet")) }
    #expect(error?.message == message)
    #expect(error?.kind == kind)
    #expect(error?.description.hasPrefix("a.parquet: ") == true)
  }

  @Test func fileThatIsNotThereIsRefused() {
    let error = #expect(throws: ParquetError.self) { try ParquetFile("/nowhere/a.parquet") }
    #expect(error?.description == "/nowhere/a.parquet: cannot be opened: No such file or directory")
    let folder = #expect(throws: ParquetError.self) { try ParquetFile("/") }
    #expect(folder?.message == "is no regular file; Parquet is read at several places at once")
  }

  @Test func claimsAreHeldToLimits() throws {
    var options = ParquetOptions()
    options.limits.pageBytes = 100
    let path = Fixtures.path("plain-v1")
    #expect(throws: ParquetError.self) { try texts(try ParquetFile(path, options)) }
    options = ParquetOptions()
    options.limits.batchBytes = 200
    let error = #expect(throws: ParquetError.self) { try texts(try ParquetFile(path, options)) }
    #expect(error?.kind == .limit)
    #expect(error?.message == "a batch has more than 50 values, the limit (ask for fewer rows)")
    _ = try texts(try ParquetFile(path, options), rows: 5)
    options.limits = ParquetLimits()
    options.limits.footerBytes = 10
    #expect(throws: ParquetError.self) { try ParquetFile(path, options) }
  }
}
