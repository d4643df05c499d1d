import Foundation
import RaggedCore
import Testing

@testable import RaggedFormats

/// The same text in every encoding comes to the same lines.
@Suite struct TextEncodingTests {
  private static let alphabet: [Character] = Array("abc,;:\t \"é°ßÿ€ž—Ωж漢字😀👩🏽\u{FFFD}0123456789")

  private static func lines(_ random: inout SeededRandom, _ alphabet: [Character]) -> [String] {
    (0..<1 + Int(random.next() % 40)).map { _ in
      "x" + String((0..<Int(random.next() % 30)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] })
    }
  }

  private static func bytes(_ text: String, _ encoding: TextEncoding, hasMark: Bool) -> [UInt8] {
    switch encoding {
    case .utf8: return (hasMark ? [0xEF, 0xBB, 0xBF] : []) + Array(text.utf8)
    case .utf16, .utf16le:
      return (hasMark ? [0xFF, 0xFE] : []) + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    case .utf16be:
      return (hasMark ? [0xFE, 0xFF] : []) + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    case .latin1: return text.unicodeScalars.map { UInt8($0.value) }
    case .windows1252: return Array(text.data(using: .windowsCP1252) ?? Data())
    }
  }

  private static func alphabet(_ encoding: TextEncoding) -> [Character] {
    switch encoding {
    case .latin1: alphabet.filter { $0.unicodeScalars.allSatisfy { $0.value < 0x100 } }
    case .windows1252: alphabet.filter { String($0).data(using: .windowsCP1252) != nil }
    default: alphabet
    }
  }

  private func read(
    _ bytes: [UInt8], _ encoding: TextEncoding?, capacity: Int = 64, named: String = "t.txt"
  ) throws -> [String] {
    try withFile(named, bytes) { path in
      let reader = LineReader(
        try InputBytes(InputSource(path)), maximumLineBytes: 1 << 20, encoding: encoding, capacity: capacity)
      var result: [String] = []
      while let line = try reader.next() {
        if let fault = reader.textFault(line) { throw fault }
        result.append(line.text)
      }
      return result
    }
  }

  @Test(arguments: TextEncoding.allCases) func everyEncodingGivesTheSameLines(encoding: TextEncoding) throws {
    var random = SeededRandom(seed: 7)
    for round in 0..<30 {
      let lines = Self.lines(&random, Self.alphabet(encoding))
      for ending in ["\n", "\r\n", "\r"] {
        let text = lines.joined(separator: ending) + ending
        let isMarked = encoding == .utf16 || round % 2 == 0
        let bytes = Self.bytes(text, encoding, hasMark: isMarked)
        #expect(try read(bytes, encoding, capacity: 1 + round) == lines, "\(encoding) \(ending.debugDescription)")
      }
    }
  }

  /// Characters, pairs and line endings that lie across the edges of every buffer.
  @Test(arguments: [TextEncoding.utf16le, .utf16be, .windows1252, .utf8])
  func edgesOfBuffersDoNotMatter(encoding: TextEncoding) throws {
    for shift in 0..<5 {
      let unit = encoding == .windows1252 ? "€é\r\n" : "😀é漢\r\n"
      for ending in ["\r\n", "\r"] {
        let text =
          String(repeating: "a", count: shift) + String(repeating: unit, count: 6_000).replacing("\r\n", with: ending)
        let expected = text.split(separator: Character(ending), omittingEmptySubsequences: false)
          .dropLast()
        let found = try read(Self.bytes(text, encoding, hasMark: false), encoding, capacity: 1000)
        #expect(found.count == 6_000)
        #expect(found == expected.map(String.init))
      }
    }
  }

  @Test func anEncodingIsFoundOutAndSaid() throws {
    let table = "id,temp °,label\na,1.5,größe\na,2,größe\n"
    let cases: [(TextEncoding, Bool, String)] = [
      (.utf16le, true, "is UTF-16, the lower byte first, by its byte order mark"),
      (.utf16be, true, "is UTF-16, the higher byte first, by its byte order mark"),
      (.utf16le, false, "is UTF-16, the lower byte first, by its zero bytes"),
      (.utf16be, false, "is UTF-16, the higher byte first, by its zero bytes"),
      (.windows1252, false, "is not valid UTF-8 (byte 9 of line 1 is 0xB0) and is read as Windows-1252"),
      (.latin1, false, "is not valid UTF-8 (byte 9 of line 1 is 0xB0) and is read as Windows-1252"),
    ]
    let plain = try readText("t.csv", table)
    for (encoding, hasMark, note) in cases {
      try withFile("t.csv", Self.bytes(table, encoding, hasMark: hasMark)) { path in
        let reading = readAll(path)
        #expect(reading.records == plain.records && reading.messages == [])
        #expect(reading.description == plain.description)
        var reader = try FileReader(path)
        let said = try reader.takeNotes().first
        #expect(said == InputNote(note, remedy: .sayEncoding))
        #expect(readAll(path, options: TableOptions(encoding: encoding)).records == plain.records)
        var named = try FileReader(path, options: TableOptions(encoding: encoding))
        let nothing = try named.takeNotes()
        #expect(nothing == [])
      }
    }
    try withFile("t.csv", Self.bytes(table, .utf8, hasMark: true)) { path in
      var marked = try FileReader(path)
      let nothing = try marked.takeNotes()
      #expect(nothing == [])
      #expect(readAll(path).records == plain.records)
    }
  }

  @Test func everyTextFormatTakesIt() throws {
    let files = [
      ("t.jsonl", #"{"id": "é", "features": [[1], [2]], "target": "ü"}"# + "\n"), ("t.txt", "größe\nzwei\n"),
      ("t.ts", "@univariate true\n@classLabel true ü v\n@data\n1,2,3:ü\n4,5:v\n"), ("t.tsv", "id\tv\té\na\t1\tü\n"),
    ]
    for (name, text) in files {
      let plain = try readText(name, text)
      #expect(plain.messages == [])
      for encoding in [TextEncoding.utf16le, .utf16be, .windows1252] {
        try withFile(name, Self.bytes(text, encoding, hasMark: false)) { path in
          #expect(readAll(path).records == plain.records, "\(name) \(encoding)")
          var reader = try FileReader(path)
          let said = try reader.takeNotes().first
          #expect(said?.remedy == .sayEncoding, "\(name) \(encoding)")
        }
      }
      // Lines that end with a carriage return alone.
      try withFile(name, text.replacing("\n", with: "\r").utf8) { path in
        #expect(readAll(path).records == plain.records, "\(name)")
        var reader = try FileReader(path)
        let said = try reader.takeNotes().first
        #expect(said == "its lines end with a carriage return (CR) alone")
      }
    }
  }

  @Test func aDamagedTextIsNoOtherEncoding() throws {
    func messages(_ bytes: [UInt8], _ options: TextOptions? = nil) throws -> [InputError] {
      try withFile("t.txt", bytes) { readAll($0, options: options).errors }
    }
    let sound = Array("größe\n".utf8)
    let damaged = try messages(sound + [0x61, 0xE9, 0x0A] + sound)
    #expect(damaged.map(\.problem) == ["byte 2 of the line is 0xE9, which is not valid UTF-8"])
    #expect(damaged.first?.line == 2 && damaged.first?.remedy == .sayEncoding)
    for bytes: [UInt8] in [[0x61, 0xFF, 0x0A], [0x61, 0x81, 0x0A], [0x61, 0xE9, 0x00, 0x0A]] {
      #expect(try messages(bytes).count == 1)
    }
    // Cyrillic letters stand in runs.
    #expect(try messages(Array("a ".utf8) + [0xCF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2, 0x0A]).count == 1)
    // What is said counts, whatever the bytes look like.
    #expect(try messages(Array("a\n".utf8) + [0xE9, 0x0A], TextOptions(encoding: .utf8)).map(\.line) == [2])
    let undefined = try messages([0x61, 0x0A, 0x81, 0x0A], TextOptions(encoding: .windows1252))
    #expect(undefined.map(\.problem) == ["the line holds the byte 0x81, which Windows-1252 does not have"])
  }

  @Test func aFaultBehindTheFirstBytesHasItsLineAndItsRemedy() throws {
    let rows = (0..<40_000).map { "s,\($0 % 7).000000\n" }.joined()
    try withFile("t.csv", Array(("id,v\n" + rows).utf8) + [0x73, 0x2C, 0xE9, 0x0A]) { path in
      let errors = readAll(path).errors
      #expect(errors.map(\.line) == [40_002])
      #expect(errors.first?.remedy == .sayEncoding)
    }
  }

  @Test func halfACharacterIsAFaultOfItsLine() throws {
    let options = TextOptions(encoding: .utf16le)
    func lines(_ units: [UInt16], _ rest: [UInt8] = []) throws -> [Int?] {
      let bytes = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } + rest
      return try withFile("t.txt", bytes) { path in
        let reading = readAll(path, options: options)
        #expect(reading.errors.allSatisfy { $0.problem.contains("half a character") })
        return reading.errors.map(\.line)
      }
    }
    #expect(try lines([0x61, 0x0A, 0xD83D, 0x0A, 0x62]) == [2])
    #expect(try lines([0x61, 0x0A, 0xDE00, 0x0A, 0x62]) == [2])
    #expect(try lines([0x61, 0x0A, 0x62, 0xD83D]) == [2])
    #expect(try lines([0x61, 0x0A, 0x62], [0x63]) == [2])
    #expect(try lines([0x61, 0x0A, 0xD83D, 0xDE00, 0x0A, 0x62]) == [])
  }

  @Test func whatCannotBeToldIsRefused() throws {
    try withFile("t.txt", "ab\n".utf8) { path in
      let error = readAll(path, options: TextOptions(encoding: .utf16)).errors.first
      #expect(error?.failureClass == .usage)
      #expect(error?.problem.hasSuffix("expected utf-16le or utf-16be") == true)
    }
    try withFile("t.txt", [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0]) { path in
      #expect(readAll(path).errors.first?.problem.hasPrefix("is UTF-32") == true)
    }
  }

  /// A carriage return is no line ending where there are line feeds.
  @Test func carriageReturnsWithinLinesStay() throws {
    #expect(try read(Array("a\rb\nc\n".utf8), nil) == ["a\rb", "c"])
    #expect(try read(Array("a\r\nb\r\n".utf8), nil) == ["a", "b"])
    #expect(try read(Array("a\r\rb\r".utf8), nil) == ["a", "", "b"])
    #expect(try read(Array("a\r".utf8), nil) == ["a"])
  }
}
