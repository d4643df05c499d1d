import Foundation
import RaggedCore
import Testing

@testable import RaggedFormats

/// Every line of these bytes through a buffer of `capacity`.
private func lines(_ bytes: some Sequence<UInt8>, capacity: Int, maximum: Int = 1 << 20) throws -> [String] {
  try withFile("lines", bytes) { path in
    let reader = LineReader(try InputBytes(InputSource(path)), maximumLineBytes: maximum, capacity: capacity)
    var result: [String] = []
    while let line = try reader.next() {
      result.append(line.text)
      #expect(reader.line == result.count)
    }
    return result
  }
}

@Suite struct LineReaderTests {
  @Test(arguments: 1...40)
  func capacityDoesNotMatter(capacity: Int) throws {
    let text = "\u{FEFF}first\r\n\n\r\nlonger than most of the buffers\nbare\rreturn\nlast"
    #expect(
      try lines(text.utf8, capacity: capacity)
        == ["first", "", "", "longer than most of the buffers", "bare\rreturn", "last"])
  }

  @Test func endings() throws {
    #expect(try lines("".utf8, capacity: 8) == [])
    #expect(try lines("\n".utf8, capacity: 8) == [""])
    #expect(try lines("a".utf8, capacity: 8) == ["a"])
    #expect(try lines("a\r".utf8, capacity: 8) == ["a"])
    #expect(try lines("a\n".utf8, capacity: 8) == ["a"])
    #expect(try lines("\u{FEFF}".utf8, capacity: 8) == [""])
  }

  @Test func lineBeyondTheLimitIsFatal() throws {
    #expect(throws: InputError.self) { try lines(String(repeating: "x", count: 101).utf8, capacity: 10, maximum: 100) }
    #expect(try lines((String(repeating: "x", count: 99) + "\ny").utf8, capacity: 10, maximum: 100).count == 2)
  }

  @Test func extendedJoinsLines() throws {
    try withFile("lines", "a\r\nb\nc".utf8) { path in
      let reader = LineReader(try InputBytes(InputSource(path)), maximumLineBytes: 100, capacity: 2)
      #expect(try reader.next()?.text == "a")
      #expect(try reader.extended()?.text == "a\r\nb")
      #expect(try reader.next()?.text == "c")
      #expect(reader.line == 3)
      #expect(!reader.isTerminated)
      #expect(try reader.extended() == nil)
      #expect(try reader.next() == nil)
    }
  }

  @Test func memoryDoesNotGrowWithTheFile() throws {
    try withFile("large.csv", [UInt8]()) { path in
      let bytes = try writeLargeTable(path, sequences: 4000, timesteps: 50)
      #expect(bytes > 8 * LineReader.defaultCapacity)
      let reader = LineReader(try InputBytes(InputSource(path)), maximumLineBytes: 1 << 30)
      var count = 0
      var largest = 0
      while try reader.next() != nil {
        count += 1
        largest = max(largest, reader.capacity)
      }
      #expect(count == 4000 * 50 + 1)
      #expect(largest == LineReader.defaultCapacity)
      #expect(reader.capacity == 0)
      #expect(try reader.next() == nil)
      #expect(reader.bytesRead == bytes)
    }
  }

  @Test func thousandsOfFilesMayWaitForTheirTurn() throws {
    let path = inputFixtures.appendingPathComponent("readings.csv.gz").path
    var readers = try (0..<1500).map { _ in try FileReader(path) }
    func openFiles() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0 }
    let before = openFiles()
    for index in readers.indices {
      var count = 0
      while try readers[index].next() != nil { count += 1 }
      #expect(count == 3)
    }
    #expect(openFiles() < before + 1000)
  }

  @Test func oneSequenceOfAMillionTimesteps() throws {
    let steps = 1_000_000
    let text = "{\"features\": [" + String(repeating: "1.5,", count: steps - 1) + "1.5]}\n"
    let reading = try withFile("long.jsonl", text.utf8) { readAll($0) }
    #expect(reading.messages == [])
    #expect(reading.records.map(\.input.length) == [steps])
  }
}

/// Writes a long table and returns its size in bytes.
private func writeLargeTable(_ path: String, sequences: Int, timesteps: Int) throws -> Int {
  var text = "id,t,a,b,c,d,e,label\n"
  for sequence in 0..<sequences {
    for t in 0..<timesteps { text += "s\(sequence),\(t),0.125,-3.75,1e-3,42,0.33333334,up\n" }
  }
  try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  return text.utf8.count
}

@Suite struct UTF8Tests {
  private func firstInvalid(_ bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.flatMap { ByteSlice(base: $0, count: buffer.count).firstInvalidUTF8 }
    }
  }

  @Test func agreesWithTheStandardLibrary() {
    var random = SeededRandom(seed: 5)
    for _ in 0..<30_000 {
      var bytes = Array(repeating: UInt8(0x61), count: Int(random.next() % 12))
      for _ in 0..<4 {
        let kind: [UInt8] = [0x80, 0xBF, 0xC0, 0xC2, 0xE0, 0xA0, 0x9F, 0xED, 0xEF, 0xF0, 0x90, 0x8F, 0xF4, 0xF5, 0x41]
        bytes.append(kind[Int(random.next() % UInt64(kind.count))])
      }
      #expect((firstInvalid(bytes) == nil) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
    }
  }

  @Test func everyScalarIsValid() {
    for value in UInt32(1)...0x10FFFF {
      if let scalar = Unicode.Scalar(value), value % 7 == 0 || value < 0x3000 {
        if firstInvalid(Array(String(scalar).utf8)) != nil { Issue.record("\(value)") }
      }
    }
  }

  @Test func positions() {
    #expect(firstInvalid(Array("aé".utf8) + [0xFF]) == 3)
    #expect(firstInvalid(Array(repeating: 0x61, count: 20) + [0xC3]) == 20)
  }
}
