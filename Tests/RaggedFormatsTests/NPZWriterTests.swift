import Foundation
import RaggedCore
import Testing

@testable import RaggedFormats

@Suite struct NPZWriterTests {
  static let arrays: [(name: String, array: NPYArray)] = [
    ("values", NPYArray(shape: [2, 2], .float32([1, 2, 3, 4]))),
    ("länge", NPYArray(shape: [3], .int64([5, 6, 7]))),
    ("empty", NPYArray(shape: [0], .float32([]))),
    ("mask", NPYArray(shape: [1, 2], .bool([true, false]))),
  ]

  /// CRC-32 bit by bit, apart from zlib's.
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var sum: UInt32 = 0xffff_ffff
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xedb8_8320 : sum >> 1 }
    }
    return ~sum
  }

  /// The members of an archive, found through its directory.
  static func members(of bytes: [UInt8]) throws -> [(name: String, data: [UInt8], sum: UInt32)] {
    func number(_ at: Int, _ width: Int) -> Int { bytes[at..<at + width].reversed().reduce(0) { $0 * 256 + Int($1) } }
    let end = bytes.count - 22
    try #require(number(end, 4) == 0x0605_4b50)
    var at = number(end + 16, 4)
    return try (0..<number(end + 10, 2)).map { _ in
      try #require(number(at, 4) == 0x0201_4b50)
      let (sum, size, nameLength, local) = (
        number(at + 16, 4), number(at + 24, 4), number(at + 28, 2), number(at + 42, 4)
      )
      let name = Array(bytes[at + 46..<at + 46 + nameLength])
      at += 46 + nameLength + number(at + 30, 2)
      try #require(number(local, 4) == 0x0403_4b50)
      try #require(number(local + 8, 2) == 0 && number(local + 18, 4) == size && number(local + 14, 4) == sum)
      let start = local + 30 + number(local + 26, 2) + number(local + 28, 2)
      try #require(Array(bytes[local + 30..<local + 30 + nameLength]) == name)
      return (String(decoding: name, as: UTF8.self), Array(bytes[start..<start + size]), UInt32(sum))
    }
  }

  @Test func theArchiveHoldsEachArrayWithItsChecksum() throws {
    let folder = try WriterFolder()
    try NPZWriter.write(Self.arrays, to: folder.file("a.npz"))
    let members = try Self.members(of: Array(Data(contentsOf: URL(fileURLWithPath: folder.file("a.npz")))))
    #expect(members.map(\.name) == Self.arrays.map { $0.name + ".npy" })
    for (member, (_, array)) in zip(members, Self.arrays) {
      #expect(member.data == array.header + array.elements.withUnsafeBytes(Array.init))
      #expect(member.sum == Self.checksum(member.data))
    }
    #expect(folder.names == ["a.npz"])
  }

  @Test func theSameArraysGiveTheSameBytes() throws {
    let folder = try WriterFolder()
    try NPZWriter.write(Self.arrays, to: folder.file("a.npz"))
    try NPZWriter.write(Self.arrays, to: folder.file("b.npz"))
    #expect(FileManager.default.contentsEqual(atPath: folder.file("a.npz"), andPath: folder.file("b.npz")))
  }

  @Test func nothingAppearsBeforeTheEnd() throws {
    let folder = try WriterFolder()
    try Data("old".utf8).write(to: URL(fileURLWithPath: folder.file("a.npz")))
    do {
      var writer = try NPZWriter(path: folder.file("a.npz"))
      try writer.add("values", Self.arrays[0].array)
      #expect(folder.names.count == 2)
    }
    #expect(folder.names == ["a.npz"])
    #expect(try String(contentsOfFile: folder.file("a.npz"), encoding: .utf8) == "old")
  }

  @Test func aNameIsTakenOnce() throws {
    let folder = try WriterFolder()
    var writer = try NPZWriter(path: folder.file("a.npz"))
    try writer.add("values", Self.arrays[0].array)
    #expect(throws: WriterError.self) { try writer.add("values", Self.arrays[1].array) }
    #expect(throws: WriterError.self) {
      try writer.add(String(repeating: "n", count: 60_001), Self.arrays[1].array)
    }
  }

  @Test(.enabled(if: NumpyPython.isInstalled, "needs python3 with numpy"), arguments: [UInt64(0xffff_ffff), 150, 0])
  func numpyReadsTheArchiveWithAndWithout64BitRecords(limit: UInt64) throws {
    let folder = try WriterFolder()
    var writer = try NPZWriter(path: folder.file("a.npz"), zip64From: limit)
    for (name, array) in Self.arrays { try writer.add(name, array) }
    try writer.finish()
    let script = """
      import numpy, sys, zipfile
      assert zipfile.ZipFile(sys.argv[1]).testzip() is None
      for name, a in numpy.load(sys.argv[1]).items(): print(name, a.dtype, a.tolist())
      """
    #expect(
      try NumpyPython.run(script, [folder.file("a.npz")]) == """
        values float32 [[1.0, 2.0], [3.0, 4.0]]
        länge int64 [5, 6, 7]
        empty float32 []
        mask bool [[True, False]]

        """)
  }
}
