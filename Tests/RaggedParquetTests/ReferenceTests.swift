import Foundation
import RaggedParquet
import Testing

/// Files that pyarrow wrote, held to what pyarrow reads.
@Suite struct ReferenceTests {
  @Test(arguments: try! ReferenceField.read("parquet-fixtures.jsonl"), [Int?.none, 1, 7])
  func fixtureIsReadAsPyarrowReadsIt(fields: [ReferenceField], rows: Int?) throws {
    var options = ParquetOptions()
    if fields[0].file.hasPrefix("int96") { options.int96 = .microseconds }
    let path = Fixtures.folder.appending(path: "parquet/\(fields[0].file)").path
    try expectSame(try ParquetFile(path, options), fields, rows: rows)
  }
}

/// The Parquet project's own files, each held to what pyarrow reads, or refused by the name of what is not supported.
@Suite(.enabled(if: Fixtures.hasConformanceFiles, "RAGGED_DATA has no folder parquet-testing"))
struct ConformanceTests {
  /// What is refused, and the words that say why.
  static let refused = [
    "datapage_v1-corrupt-checksum": "checksum", "rle-dict-uncompressed-corrupt-checksum": "checksum",
    "hadoop_lz4_compressed": "LZ4,", "hadoop_lz4_compressed_larger": "LZ4,", "non_hadoop_lz4_compressed": "LZ4,",
    "lz4_raw_compressed": "LZ4_RAW", "lz4_raw_compressed_larger": "LZ4_RAW", "large_string_map.brotli": "BROTLI",
  ]
  /// Values that pyarrow's arithmetic gets wrong, as int96_from_spark.md has them.
  static let documented = [
    "int96_from_spark": [
      "1704141296123456", "1704070800000000", "253402225200000000", "1735599600000000", "null", "9089380393200000000",
    ]
  ]
  /// What pyarrow refuses and we read.
  static let tolerated = ["incorrect_map_schema"]

  static let all = try! ReferenceField.read("parquet-testing.jsonl")

  @Test(arguments: all)
  func fileIsReadAsPyarrowReadsIt(fields: [ReferenceField]) throws {
    let name = fields[0].file.replacing(".parquet", with: "")
    let places = ["parquet-testing/data", "parquet-testing/bad_data", "event-logs"]
    let path = try #require(
      places.map { Fixtures.data.appending(path: "\($0)/\(fields[0].file)").path }
        .first(where: FileManager.default.fileExists))
    var options = ParquetOptions()
    if name.hasPrefix("int96") { options.int96 = .microseconds }
    if let words = Self.refused[name] {
      let error = #expect(throws: ParquetError.self) { _ = try texts(try ParquetFile(path, options)) }
      #expect("\(error!)".contains(words), "\(error!)")
      #expect(error?.kind == (words == "checksum" ? .checksum : .unsupported))
      guard words == "checksum" else { return }
      options.verifiesChecksums = false
    } else if fields[0].error != nil, !Self.tolerated.contains(name) {
      let error = #expect(throws: ParquetError.self) { _ = try texts(try ParquetFile(path, options)) }
      #expect(error?.kind == .damaged, "\(error!)")
      return
    }
    if let values = Self.documented[name] {
      #expect(try texts(try ParquetFile(path, options))[fields[0].field!] == values)
    } else {
      try expectSame(try ParquetFile(path, options), fields, rows: nil)
    }
  }
}

private func expectSame(_ file: ParquetFile, _ fields: [ReferenceField], rows: Int?) throws {
  let read = try texts(file, rows: rows)
  for field in fields {
    guard let name = field.field else {
      if let rows = field.rows { #expect(file.rowCount == rows) }
      continue
    }
    let lines = try #require(read[name])
    #expect(lines.count == field.rows)
    #expect(lines.prefix(3).map { String($0.prefix(200)) } == field.first, "\(name)")
    #expect(crc32(lines) == field.crc32, "\(name)")
  }
  #expect(fields[0].field == nil || Set(read.keys) == Set(fields.compactMap(\.field)))
}
