import Foundation
import RaggedParquet
import Testing

/// Nothing that a file holds stops the program: it is read, or refused by a `ParquetError`.
@Suite struct FuzzTests {
  static let names = try! FileManager.default.contentsOfDirectory(
    atPath: Fixtures.folder.appending(path: "parquet").path
  )
  .filter { $0.hasSuffix(".parquet") }.map { String($0.dropLast(8)) }.sorted()

  @Test(arguments: ["no-rows-in-lists", "types-int-decimal", "int96", "checksums"])
  func fileCutAtEachByteIsRefused(name: String) throws {
    let bytes = try Fixtures.bytes(name)
    for count in 0..<bytes.count {
      #expect(try readAll(Array(bytes[..<count])) != nil, "\(name) cut at \(count)")
      // With an end that says it is whole: the metadata stand in the pages' place.
      if count >= 12 { try readAll(Array(bytes[..<count] + bytes.suffix(bytes.count - count).suffix(8))) }
      // Without bytes in the middle, the metadata whole.
      try readAll(Array(bytes[..<min(count, 40)] + bytes[count...]))
    }
  }

  @Test(arguments: names) func eachByteChangedIsReadOrRefused(name: String) throws {
    let bytes = try Fixtures.bytes(name)
    for at in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 24)) {
      for change: UInt8 in [0x01, 0x80, 0xff] {
        var damaged = bytes
        damaged[at] ^= change
        try readAll(damaged)
      }
    }
  }

  @Test(arguments: names) func damagedFilesAreReadOrRefused(name: String) throws {
    let bytes = try Fixtures.bytes(name)
    try FuzzLoop(name, seed: 7, rounds: 60, share: Self.names.count).run { numbers in
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &numbers) { damage(&damaged, &numbers) }
      try readAll(damaged, rows: [nil, 1, 13].randomElement(using: &numbers)!)
    }
  }

  @Test func randomBytesAreRefused() throws {
    var numbers = Numbers(seed: 3)
    for count in 0..<400 {
      var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) }
      #expect(try readAll(bytes) != nil)
      let length = UInt8.random(in: 0...UInt8(min(count, 255)), using: &numbers)
      bytes = Array("PAR1".utf8) + bytes + [length, 0, 0, 0] + Array("PAR1".utf8)
      try readAll(bytes)
    }
  }

  @Test(.enabled(if: Fixtures.hasConformanceFiles)) func badDataIsReadOrRefused() throws {
    let folder = Fixtures.data.appending(path: "parquet-testing/bad_data")
    for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    where file.pathExtension == "parquet" {
      try readAll(Array(try Data(contentsOf: file)))
    }
  }
}
