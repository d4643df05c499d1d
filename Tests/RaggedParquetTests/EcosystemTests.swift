import Foundation
import RaggedParquet
import Testing

/// The Python that has pyarrow, and perhaps polars and duckdb: `RAGGED_PYTHON`.
private let python = ProcessInfo.processInfo.environment["RAGGED_PYTHON"]

/// What others make of the files that we write.
@Suite(.enabled(if: python != nil, "RAGGED_PYTHON names no Python")) struct EcosystemTests {
  @Test(arguments: WriterTests.compressions, ["digest", "polars", "duckdb"])
  func othersReadWhatIsWritten(compression: ParquetCompression, reader: String) throws {
    if reader != "digest", try run("-c", "import \(reader)").status != 0 { return }
    let (path, expected) = try written(compression, "\(reader)-\(compression)".prefix(12))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let result = try run(Fixtures.folder.appending(path: "reference/parquet.py").path, reader, path)
    let fields = try result.output.split(separator: "\n").map {
      try JSONDecoder().decode(ReferenceField.self, from: Data($0.utf8))
    }
    #expect(fields.count == expected.count, "\(result.output.prefix(500))")
    for field in fields {
      // DuckDB counts times without a zone, and those in milliseconds, in microseconds.
      if reader == "duckdb", field.field?.hasSuffix("ms") ?? false || field.field?.hasSuffix("local") ?? false {
        continue
      }
      let rows = try #require(expected[field.field ?? ""])
      #expect(field.first == Array(rows.prefix(3)), "\(field)")
      #expect(field.crc32 == crc32(rows), "\(field)")
    }
  }

  @Test func statisticsAreThoseOfTheValues() throws {
    let (path, _) = try written(.snappy, "statistics")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let result = try run(Fixtures.folder.appending(path: "reference/parquet.py").path, "check", path)
    #expect(result.output == "3 row groups agree\n")
  }

  private func written(
    _ compression: ParquetCompression, _ name: some StringProtocol
  ) throws -> (String, [String: [String]]) {
    let path = NSTemporaryDirectory() + "/ragged-\(name)-\(UInt32.random(in: 0 ... .max)).parquet"
    let (bytes, expected) = try WriterTests.written(seed: 11, compression)
    let output = try ParquetDiskOutput(path)
    try output.write(bytes)
    return (path, expected)
  }

  private func run(_ arguments: String...) throws -> (status: Int32, output: String) {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(filePath: python ?? "")
    process.arguments = arguments
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
