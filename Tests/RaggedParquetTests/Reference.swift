import Foundation
import RaggedParquet
import Testing

/// What pyarrow reads of a field, as fixtures/reference/parquet.py writes it.
struct ReferenceField: Decodable, Sendable, CustomTestStringConvertible {
  let file: String
  let field: String?
  let rows: Int?
  let crc32: UInt32?
  let first: [String]?
  /// Why pyarrow cannot read the file.
  let error: String?

  var testDescription: String { "\(file) \(field ?? "")" }

  static func read(_ name: String) throws -> [[ReferenceField]] {
    let lines = try String(contentsOf: Fixtures.folder.appending(path: "reference/\(name)"), encoding: .utf8)
    let all = try lines.split(separator: "\n").map { try JSONDecoder().decode(Self.self, from: Data($0.utf8)) }
    var files: [[ReferenceField]] = []
    for field in all {
      if files.last?.first?.file == field.file { files[files.count - 1].append(field) } else { files.append([field]) }
    }
    return files
  }
}

enum Fixtures {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let folder = root.appending(path: "fixtures")
  static func path(_ name: String) -> String { folder.appending(path: "parquet/\(name).parquet").path }
  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: "parquet/\(name).parquet")))
  }
  /// Where public data lie: `RAGGED_DATA`, or a folder beside the checkout.
  static let data =
    ProcessInfo.processInfo.environment["RAGGED_DATA"].map { URL(filePath: $0) }
    ?? ["..", "../.."].map { root.appending(path: "\($0)/shared/data").standardizedFileURL }
    .first { FileManager.default.fileExists(atPath: $0.path) } ?? root
  static var hasConformanceFiles: Bool {
    FileManager.default.fileExists(atPath: data.appending(path: "parquet-testing/data").path)
  }
}

/// The texts of each field of all rows.
func texts(_ file: ParquetFile, rows: Int? = nil) throws -> [String: [String]] {
  var texts = Dictionary(uniqueKeysWithValues: file.schema.fields.map { ($0.name, [String]()) })
  let batches = file.batches(rows: rows)
  while let batch = try batches.next() {
    for field in file.schema.fields {
      for row in 0..<batch.rowCount { texts[field.name]?.append(text(try batch.value(field, row: row))) }
    }
  }
  return texts
}

/// The text of a value as fixtures/reference/parquet.py writes it.
func text(_ value: ParquetValue) -> String {
  switch value {
  case .null: "null"
  case .boolean(let value): "\(value)"
  case .integer(let value): "\(value)"
  case .unsigned(let value): "\(value)"
  case .float(let value): text(Double(value))
  case .double(let value): text(value)
  case .bytes(let bytes):
    "\"" + bytes.map(character).joined() + "\""
  case .list(let elements): "[" + elements.map(text).joined(separator: ",") + "]"
  case .record(let fields): "{" + fields.map { "\($0.name):\(text($0.value))" }.joined(separator: ",") + "}"
  case .map(let pairs): "{" + pairs.map { "\(text($0.key))=\(text($0.value))" }.joined(separator: ",") + "}"
  }
}

private func character(_ byte: UInt8) -> String {
  (32..<127).contains(byte) && byte != 34 && byte != 92 ? String(UnicodeScalar(byte)) : "\\x" + hexadecimal(byte, 2)
}

private func text(_ number: Double) -> String { number.isNaN ? "nan" : hexadecimal(number.bitPattern, 16) }

private func hexadecimal(_ number: some BinaryInteger, _ width: Int) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: width - digits.count) + digits
}

/// The CRC-32 of lines, bit by bit: another one than the product's.
func crc32(_ lines: [String]) -> UInt32 {
  let table = (0..<256).map { (byte: UInt32) -> UInt32 in
    var crc = byte
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    return crc
  }
  var crc = UInt32.max
  for line in lines {
    for byte in line.utf8 { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
    crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ 10)] ^ crc >> 8
  }
  return ~crc
}
