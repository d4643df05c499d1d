import Foundation
import RaggedCore
import RaggedFormats
import Testing

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
    let end = bytes.count - 22
    try #require(bytes.number(end, 4) == 0x0605_4b50)
    var at = bytes.number(end + 16, 4)
    return try (0..<bytes.number(end + 10, 2)).map { _ in
      try #require(bytes.number(at, 4) == 0x0201_4b50)
      let (sum, size, nameLength, local) = (
        bytes.number(at + 16, 4), bytes.number(at + 24, 4), bytes.number(at + 28, 2), bytes.number(at + 42, 4)
      )
      let name = Array(bytes[at + 46..<at + 46 + nameLength])
      at += 46 + nameLength + bytes.number(at + 30, 2)
      try #require(bytes.number(local, 4) == 0x0403_4b50)
      try #require(
        bytes.number(local + 8, 2) == 0 && bytes.number(local + 18, 4) == size && bytes.number(local + 14, 4) == sum)
      let start = local + 30 + bytes.number(local + 26, 2) + bytes.number(local + 28, 2)
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
      #expect(member.data.suffix(array.elements.bytes.count) == array.elements.bytes[...])
      #expect(member.sum == Self.checksum(member.data))
    }
    #expect(folder.names == ["a.npz"])
  }

  static let examples: [NPYArray] = [
    NPYArray(shape: [2, 3], .float32([0, -0.0, 1.5, .pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude])),
    NPYArray(shape: [4], .int32([0, -1, .min, .max])),
    NPYArray(shape: [2, 1, 2], .int64([0, -1, .min, .max])),
    NPYArray(shape: [3], .bool([true, false, true])),
    NPYArray(shape: [], .float32([7])),
    NPYArray(shape: [0], .int64([])),
    NPYArray(shape: [3, 0, 5], .float32([])),
  ]

  /// The `.npy` file of an array, as it stands in an archive.
  private static func file(_ array: NPYArray) throws -> [UInt8] {
    let folder = try WriterFolder()
    try NPZWriter.write([("a", array)], to: folder.file("a.npz"))
    return try members(of: Array(Data(contentsOf: URL(fileURLWithPath: folder.file("a.npz")))))[0].data
  }

  @Test(arguments: zip(examples, ["'<f4'", "'<i4'", "'<i8'", "'|b1'", "'<f4'", "'<i8'", "'<f4'"]))
  func headersAreAsNumpyDocumentsThem(_ array: NPYArray, type: String) throws {
    let file = try Self.file(array)
    let header = file.dropLast(array.elements.bytes.count)
    #expect(header.count % 64 == 0)
    #expect(header.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
    #expect(file.number(8, 2) == header.count - 10)
    #expect(header.last == UInt8(ascii: "\n"))
    let sizes = array.shape.map { "\($0)" }.joined(separator: ", ") + (array.shape.count == 1 ? "," : "")
    #expect(
      String(decoding: header.dropFirst(10), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        == "{'descr': \(type), 'fortran_order': False, 'shape': (\(sizes)), }")
    #expect(Array(file.suffix(array.elements.bytes.count)) == array.elements.bytes)
  }

  @Test(.enabled(if: NumpyPython.isInstalled, "needs python3 with numpy"))
  func numpyReadsEveryTypeAndShape() throws {
    let folder = try WriterFolder()
    try NPZWriter.write(Self.examples.enumerated().map { ("\($0)", $1) }, to: folder.file("a.npz"))
    let script = """
      import numpy, sys
      for a in numpy.load(sys.argv[1]).values(): print(a.dtype, a.shape, a.tobytes().hex())
      """
    let shapes = [
      "float32 (2, 3)", "int32 (4,)", "int64 (2, 1, 2)", "bool (3,)", "float32 ()", "int64 (0,)", "float32 (3, 0, 5)",
    ]
    func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
    let expected = zip(shapes, Self.examples).map { "\($0) \(hex($1.elements.bytes))" }
    let printed = try NumpyPython.run(script, [folder.file("a.npz")]).split(separator: "\n").map(String.init)
    #expect(printed == expected)
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

extension NPYArray.Elements {
  /// The elements as they stand in a file, on a machine that writes the low byte first.
  var bytes: [UInt8] {
    switch self {
    case .float32(let values): little(values)
    case .int32(let values): little(values)
    case .int64(let values): little(values)
    case .bool(let values): values.map { $0 ? 1 : 0 }
    }
  }
}
