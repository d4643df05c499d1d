import Foundation
import RaggedParquet
import Testing

@Suite struct WriterTests {
  static let compressions: [ParquetCompression] = [.none, .snappy, .zstd(level: 1)]

  /// Writes batches of random rows; returns the bytes and the text of each column's rows.
  static func written(
    seed: UInt64, _ compression: ParquetCompression, batches: [Int] = [1, 50, 700, 3, 0, 200]
  ) throws -> (bytes: [UInt8], texts: [String: [String]]) {
    var random = RandomColumns(seed: seed)
    var options = ParquetWriterOptions()
    (options.compression, options.pageBytes, options.rowGroupRows, options.dictionaryBytes) = (
      compression, 700, 400, 900
    )
    options.notes = [ParquetNote(key: "made by", value: "a test"), ParquetNote(key: "empty", value: nil)]
    let output = ParquetMemory()
    let writer = try ParquetWriter(output, random.columns, options)
    var expected = Dictionary(uniqueKeysWithValues: random.columns.map { ($0.name, [String]()) })
    for rows in batches {
      let data = random.rows(rows)
      try writer.write(rows: rows, data)
      for (column, values) in zip(random.columns, data) { expected[column.name]? += texts(values, rows: rows) }
    }
    try writer.finish()
    return (output.bytes, expected)
  }

  @Test(arguments: compressions, [UInt64(1), 2])
  func whatIsWrittenIsRead(compression: ParquetCompression, seed: UInt64) throws {
    let (bytes, expected) = try Self.written(seed: seed, compression)
    let file = try ParquetFile(ParquetBytes(bytes))
    #expect(file.rowCount == 954)
    #expect(file.rowGroups.count == 3)
    #expect(file.notes == [ParquetNote(key: "made by", value: "a test"), ParquetNote(key: "empty", value: nil)])
    let read = try texts(file, rows: 37)
    for (name, rows) in expected { #expect(read[name] == rows, "\(name)") }
  }

  @Test func typesComeBack() throws {
    let (bytes, _) = try Self.written(seed: 4, .snappy)
    let file = try ParquetFile(ParquetBytes(bytes))
    func logical(_ name: String) throws -> ParquetLogicalType? { try file.schema.column(name).logicalType }
    #expect(try logical("text") == .string)
    #expect(try logical("date") == .date)
    #expect(try logical("us") == .timestamp(.microseconds, utc: true))
    #expect(try logical("list_ns") == .timestamp(.nanoseconds, utc: false))
    #expect(try logical("u64") == .integer(bits: 64, signed: false))
    #expect(try logical("f32") == nil)
    #expect(try file.schema.column("nested_i64").name == "nested_i64.list.element.list.element")
  }

  @Test func fileOfNoRowsIsOne() throws {
    let output = ParquetMemory()
    try ParquetWriter(output, [ParquetOutputColumn("x", .double)]).finish()
    let file = try ParquetFile(ParquetBytes(output.bytes))
    #expect(file.rowCount == 0)
    #expect(try file.batches().next() == nil)
  }

  @Test func fewDistinctTextsTakeCodes() throws {
    let output = ParquetMemory()
    let writer = try ParquetWriter(output, [ParquetOutputColumn("word", .string), ParquetOutputColumn("id", .string)])
    try writer.write(
      rows: 1000,
      [
        ParquetOutputValues(.bytes(ParquetByteStrings((0..<1000).map { "word \($0 % 7)" }))),
        ParquetOutputValues(.bytes(ParquetByteStrings((0..<1000).map { "identifier \($0)" }))),
      ])
    try writer.finish()
    let file = try ParquetFile(ParquetBytes(output.bytes))
    let batch = try #require(try file.batches().next())
    guard case .bytes(let words) = batch.columns[0].values, case .bytes(let ids) = batch.columns[1].values else {
      Issue.record("no texts")
      return
    }
    #expect(words.dictionary?.count == 7)
    #expect(words.codes?.prefix(8) == [0, 1, 2, 3, 4, 5, 6, 0])
    #expect(ids.codes == nil)
    #expect(ids[999] == "identifier 999")
  }

  @Test func pagesOfLongRunsAreSmall() throws {
    let output = ParquetMemory()
    let writer = try ParquetWriter(output, [ParquetOutputColumn("x", .boolean)])
    try writer.write(
      rows: 100_000,
      [
        ParquetOutputValues(
          .boolean([Bool](repeating: true, count: 100_000)), present: .init(repeating: false, count: 100_000))
      ])
    try writer.finish()
    #expect(output.bytes.count < 600)
  }

  @Test(arguments: [
    (ParquetOutputValues(.int32([1])), "has 1 values, expected 2"),
    (ParquetOutputValues(.double([1, 2])), "has values of another type than the column's, int32"),
    (ParquetOutputValues(.int32([1, 2]), present: [true, false]), "has nulls, and the column may have none"),
    (ParquetOutputValues(.int32([1, 2]), present: [true]), "says of 1 slots whether they are there, not 2"),
    (
      ParquetOutputValues(.int32([1, 2]), lists: [.init(offsets: [0, 1, 2])]),
      "has 1 lists around its values, and the column 0"
    ),
  ]) func valuesThatDoNotFitAreRefused(data: ParquetOutputValues, message: String) throws {
    let writer = try ParquetWriter(ParquetMemory(), [ParquetOutputColumn("x", .int32, isOptional: false)])
    let error = #expect(throws: ParquetError.self) { try writer.write(rows: 2, [data]) }
    #expect(error?.kind == .usage)
    #expect(error?.description == "bytes: column \"x\": \(message)")
  }

  @Test(arguments: [
    (ParquetOutputValues.Lists(offsets: [0, 1]), "has 2 offsets from 0 at depth 0, expected 3 from 0"),
    (.init(offsets: [0, 2, 1]), "has list 1 at depth 0 from 2 to 1"),
    (.init(offsets: [0, 1, 1], present: [false, true]), "has elements in list 0 at depth 0, which is null"),
  ]) func listsThatDoNotFitAreRefused(lists: ParquetOutputValues.Lists, message: String) throws {
    let writer = try ParquetWriter(ParquetMemory(), [ParquetOutputColumn("x", .int32, listDepth: 1)])
    let error = #expect(throws: ParquetError.self) {
      try writer.write(rows: 2, [ParquetOutputValues(.int32([1]), lists: [lists])])
    }
    #expect(error?.message == message)
  }

  /// Through a file on disk, texts as codes and one by one, rows in batches that are no multiple of anything.
  @Test(arguments: ["dictionary-v2", "plain-v1", "fallback", "nested-v1", "polars"]) func whatIsReadIsWrittenAgain(
    name: String
  ) throws {
    let source = try ParquetFile(Fixtures.path(name))
    let types: [ParquetValueKind: ParquetOutputType] = [
      .boolean: .boolean, .int32: .int32, .int64: .int64, .float: .float, .double: .double, .bytes: .string,
    ]
    // Records are no columns of a file that is written.
    let columns = source.schema.columns.filter { source.schema.field($0.path[0])?.columns.count == 1 }
    let path = NSTemporaryDirectory() + "/ragged-copy-\(name)-\(UInt32.random(in: 0 ... .max)).parquet"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try ParquetWriter(
      try ParquetDiskOutput(path),
      try columns.map { ParquetOutputColumn($0.path[0], try #require(types[$0.kind]), listDepth: $0.listDepth) })
    let batches = source.batches(columns, rows: 33)
    while let batch = try batches.next() {
      try writer.write(rows: batch.rowCount, batch.columns.map { ParquetOutputValues($0) })
    }
    try writer.finish()
    let (expected, read) = (try texts(source), try texts(try ParquetFile(path), rows: 50))
    #expect(read.count == columns.count)
    for (name, rows) in read { #expect(rows == expected[name], "\(name)") }
  }

  @Test func fileThatCannotBeMadeIsNamed() {
    let error = #expect(throws: ParquetError.self) { try ParquetDiskOutput("/nowhere/a.parquet") }
    #expect(error?.description == "/nowhere/a.parquet: cannot be made: No such file or directory")
  }

  @Test func fileThatLacksRowsIsNotFinished() throws {
    final class Full: ParquetOutput {
      let name = "full"
      var left = 100
      func write(_ bytes: [UInt8]) throws {
        guard bytes.count <= left else { throw ParquetError(.inputOutput, "is full") }
        left -= bytes.count
      }
    }
    let output = Full()
    let writer = try ParquetWriter(output, [ParquetOutputColumn("x", .int64)])
    try writer.write(rows: 100, [ParquetOutputValues(.int64((0..<100).map { $0 * $0 * $0 * 7919 }))])
    for _ in 0..<2 {
      let error = #expect(throws: ParquetError.self) { try writer.finish() }
      #expect(error?.message == "is full")
    }
    #expect(throws: ParquetError.self) { try writer.write(rows: 0, [ParquetOutputValues(.int64([]))]) }
  }

  @Test func columnsThatMakeNoFileAreRefused() throws {
    let twice = [ParquetOutputColumn("x", .int32), ParquetOutputColumn("x", .float)]
    #expect(throws: ParquetError.self) { try ParquetWriter(ParquetMemory(), twice) }
    #expect(throws: ParquetError.self) { try ParquetWriter(ParquetMemory(), []) }
    let writer = try ParquetWriter(ParquetMemory(), [twice[0]])
    let error = #expect(throws: ParquetError.self) { try writer.write(rows: 1, []) }
    #expect(error?.message == "1 rows of 0 columns come, and the file has 1")
    try writer.finish()
    #expect(throws: ParquetError.self) { try writer.write(rows: 1, [ParquetOutputValues(.int32([1]))]) }
  }
}
