import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Lies in archives and arrays are told, and cost neither a trap nor memory.
@Suite struct BadArraysTests {
  private typealias Arrays = [(name: String, bytes: [UInt8])]

  private func expectFatal(
    _ arrays: [(name: String, bytes: [UInt8])], _ problem: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let reading = try readArrays(arrays)
    #expect(reading.messages == ["a.npz: " + problem], sourceLocation: sourceLocation)
    #expect(reading.errors.last?.isFatal == true, sourceLocation: sourceLocation)
    #expect(reading.errors.allSatisfy { $0.failureClass == .badData }, sourceLocation: sourceLocation)
  }

  @Test func shapesThatLie() throws {
    let cases: [(shape: String, problem: String)] = [
      ("(4, 2)", "claims <f4 [4, 2], which takes 32 bytes, but 16 are there"),
      (
        "(4294967296, 4294967296, 2)",
        "claims <f4 [4294967296, 4294967296, 2], which takes more bytes than there can be, but 16 are there"
      ),
      ("(2,)", "claims <f4 [2], which takes 8 bytes, but 16 are there"),
    ]
    for (shape, problem) in cases {
      try expectFatal(
        [("values", npy("'<f4'", shape, [UInt8](repeating: 0, count: 16)))], "array \"values\" " + problem)
    }
    try expectFatal(
      [("values", npy("'<f4'", "(4,)", little([1, 2, 3, 4] as [Float])))],
      "array \"values\" is <f4 [4], expected [B, T, F] or [B, T]")
    try expectFatal(
      [("values", npy("'<f4'", "(1000000000000000000, 0, 1)"))],
      "array \"values\" is <f4 [1000000000000000000, 0, 1]: 1,000,000,000,000,000,000 sequences of which the file holds no byte"
    )
    try expectFatal(
      [("values", npy("'<f4'", "(1, 1, 0)"))],
      "array \"values\" is <f4 [1, 1, 0], which has 0 features per timestep, expected 1 to 1048576")
  }

  @Test func headersThatMakeNoSense() throws {
    let cases: [(bytes: [UInt8], problem: String)] = [
      (Array("no array at all".utf8), "does not begin as numpy's arrays do"),
      ([0x93] + Array("NUMPY".utf8) + [9, 0, 0, 0], "is of version 9, expected 1, 2 or 3"),
      (
        [0x93] + Array("NUMPY".utf8) + [2, 0, 0xff, 0xff, 0xff, 0xff],
        "claims a header of 4294967295 bytes, expected at most 65536"
      ),
      (header("{'descr': '<f4'}"), "has a header that cannot be read: \"{'descr': '<f4'}\""),
      (
        header("{'descr': '<f4', 'fortran_order': Fa"),
        "has a header that cannot be read: \"{'descr': '<f4', 'fortran_order': Fa\""
      ),
      (
        npy("'<f4'", "(99999999999999999999999,)"),
        "has a header that cannot be read: \"{'descr': '<f4', 'fortran_order': False,…\""
      ),
      (npy("'<f4'", "(-1, 2)"), "has a header that cannot be read: \"{'descr': '<f4', 'fortran_order': False,…\""),
      (
        npy("[('a', '<f4')]", "(2, 2)"),
        "holds records of several fields, expected numbers or text: save each field by itself"
      ),
      (
        npy("'<c8'", "(1, 1)"),
        "has elements of type \"<c8\", expected f2, f4, f8, i1 to i8, u1 to u8, bool, text or bytes"
      ),
      (
        npy("'|S0'", "(1, 2147483647)"),
        "has elements of type \"|S0\", expected f2, f4, f8, i1 to i8, u1 to u8, bool, text or bytes"
      ),
      (
        npy("'|O'", "(1, 1)"),
        "holds Python objects (pickle), which may run code and are never read: save a list of arrays of different "
          + "lengths as numpy.savez(path, *arrays), or end to end as numpy.savez(path, values=numpy.concatenate(arrays), "
          + "offsets=numpy.cumsum([0] + [len(array) for array in arrays]))"
      ),
      (
        npy("'<U99999999999'", "(1, 1)"),
        "has elements of type \"<U99999999999\", expected f2, f4, f8, i1 to i8, u1 to u8, bool, text or bytes"
      ),
    ]
    for (bytes, problem) in cases { try expectFatal([("values", bytes)], "array \"values\" " + problem) }
    let short = header("{'descr': '<f4'").dropLast(4)
    try expectFatal(
      [("values", Array(short))],
      "member \"values.npy\" is cut short: it ends after \(short.count) bytes of the \(short.count) that it claims")
  }

  @Test func offsetsAndLengthsThatLie() throws {
    let flat = ("values", npy("'<f4'", "(4,)", little([1, 2, 3, 4] as [Float])))
    func offsets(_ numbers: [Int32]) -> (String, [UInt8]) {
      ("offsets", npy("'<i4'", "(\(numbers.count),)", little(numbers)))
    }
    try expectFatal([flat, offsets([0, 3, 2, 4])], "array \"offsets\" goes back from 3 to 2 at [2]")
    try expectFatal([flat, offsets([1, 4])], "array \"offsets\" begins with 1, expected 0")
    try expectFatal([flat, offsets([0, 9])], "array \"offsets\" is 9 at [1], but \"values\" has 4 timesteps")
    try expectFatal([flat, offsets([0, 3])], "array \"offsets\" ends with 3, but \"values\" has 4 timesteps")
    try expectFatal(
      [flat, ("offsets", npy("'<f4'", "(2,)", little([0, 4] as [Float])))],
      "array \"offsets\" is <f4 [2], expected whole numbers [B + 1]")
    let reading = try readArrays([values, ("lengths", npy("'<i8'", "(2,)", little([3, 1] as [Int64])))])
    #expect(reading.messages == ["a.npz: sequence 1: its length is 3, expected 0 to 2"])
    #expect(reading.keys == ["a/2"])
    let negative = try readArrays([values, ("lengths", npy("'<i8'", "(2,)", little([.min, 1] as [Int64])))])
    #expect(negative.messages == ["a.npz: sequence 1: its length is -9223372036854775808, expected 0 to 2"])
    let masked = try readArrays([
      values, ("lengths", npy("'|u1'", "(2,)", [1, 1])), ("mask", npy("'|b1'", "(2, 2)", [1, 1, 1, 0])),
    ])
    #expect(masked.messages == ["a.npz: sequence 1: its mask has 2 real timesteps, but its length is 1"])
  }

  @Test func arraysThatDoNotFit() throws {
    try expectFatal(
      [values, ("lengths", npy("'|u1'", "(3,)", [1, 1, 1]))],
      "array \"lengths\" is |u1 [3], expected whole numbers [2]")
    try expectFatal(
      [values, ("mask", npy("'|b1'", "(2, 3)", [UInt8](repeating: 1, count: 6)))],
      "array \"mask\" is |b1 [2, 3], expected truth values [2, 2]")
    try expectFatal(
      [values, ("targets", npy("'|u1'", "(3,)", [1, 1, 1]))],
      "array \"targets\" is |u1 [3], expected [B] = [2]")
    try expectFatal(
      [values, ("validity", npy("'|b1'", "(2, 2)", [1, 1, 1, 1]))],
      "has validity of padded timesteps but no lengths, which say where padding begins")
    try expectFatal(
      [("q", values.1), ("r", values.1)],
      "there is no array \"values\", \"tokens\", \"features\", \"x\", "
        + "\"X\", \"x_train\", \"data\", \"arr_0\" and none is named; the arrays are \"q\", \"r\"")
    let named = try readArrays([values], options: NPZOptions(input: "value"))
    #expect(
      named.messages == ["a.npz: there is no array \"value\", did you mean \"values\"? The arrays are \"values\""])
    let words = ("class_names", npy("'<U1'", "(1,)", little([UInt32(97)])))
    let classes = try readArrays([values, words, ("targets", npy("'|i1'", "(2,)", [0, 0xfe]))])
    #expect(
      classes.messages == [
        "a.npz: sequence 2: array \"targets\" holds class -2, expected 0 to 0, or -1 where it is missing"
      ])
    #expect(classes.records.map(\.target) == [.label("a")])
  }

  @Test func textsThatAreNone() throws {
    let surrogate = try readArrays([values, ("keys", npy("'<U1'", "(2,)", little([0xD800, 98] as [UInt32])))])
    #expect(surrogate.messages == ["a.npz: sequence 1: its key is empty or no valid text"])
    let split = try readArrays([values, ("splits", npy("'|S2'", "(2,)", [0xff, 0xfe, 0x61, 0x62]))])
    #expect(split.messages == ["a.npz: sequence 1: array \"splits\" holds no valid text"])
    #expect(split.records.map(\.split) == ["ab"])
    let metadata = try readArrays([values, ("metadata", npy("'|S2'", "(2,)", Array("[]{}".utf8)))])
    #expect(metadata.messages == ["a.npz: sequence 1: its metadata is \"[]\", expected a JSON object"])
  }

  @Test func everyCutOfAnArchiveIsTold() throws {
    let whole = try Data(contentsOf: ecosystemFixtures.appendingPathComponent("padded-mask.npz"))
    for count in stride(from: 0, to: whole.count, by: 7) {
      let reading = try withFile("a.npz", whole.prefix(count)) { readAll($0) }
      #expect(reading.errors.last?.isFatal == true, "\(count)")
    }
  }

  @Test func damageIsFoundByChecksums() throws {
    var bytes = try archive([("values.npy", values.1)])
    let place = try #require(bytes.firstRange(of: little([3] as [Float]))?.lowerBound)
    bytes[place] ^= 1
    let reading = try withFile("a.npz", bytes) { readAll($0) }
    #expect(reading.messages.first?.hasPrefix("a.npz: member \"values.npy\" is damaged: its checksum is ") == true)
    var deflated = try Array(Data(contentsOf: ecosystemFixtures.appendingPathComponent("padded-mask.npz")))
    // The first member begins behind its own record, which the archive begins with.
    deflated[30 + deflated.number(26, 2) + deflated.number(28, 2)] = 0xff
    let corrupt = try withFile("a.npz", deflated) { readAll($0) }
    #expect(
      corrupt.messages == ["a.npz: member \"values.npy\" is corrupt: it cannot be decompressed: invalid block type"])
  }

  @Test func directoriesThatLie() throws {
    let good = try archive([("values.npy", values.1)])
    let end = good.count - 22
    func changed(_ at: Int, _ bytes: [UInt8]) -> [UInt8] {
      var copy = good
      copy.replaceSubrange(at..<at + bytes.count, with: bytes)
      return copy
    }
    let start = good.number(end + 16, 4)
    let full: [UInt8] = [0xff, 0xff, 0xff, 0x7f]
    let cases: [(bytes: [UInt8], problem: String)] = [
      (
        changed(end + 12, full),
        "its directory claims 2147483647 bytes at byte \(start), but the file has \(good.count) bytes"
      ),
      (
        changed(end + 16, full),
        "its directory claims 56 bytes at byte 2147483647, but the file has \(good.count) bytes"
      ),
      (changed(end + 10, [9, 0]), "its directory claims 9 members, but holds 1"),
      (changed(start, [0]), "is no sound zip archive: its directory breaks off at byte \(start)"),
      (
        changed(start + 20, full + full),
        "member \"values.npy\" claims 2147483647 bytes at byte 0, but the file has \(good.count) bytes"
      ),
      (
        changed(start + 24, full),
        "member \"values.npy\" claims 2147483647 bytes, which cannot come of the 85 that it takes"
      ),
      (changed(start + 8, [1]), "member \"values.npy\" is encrypted"),
      (
        changed(start + 10, [14]),
        "member \"values.npy\" is compressed by method 14, expected 0 (stored) or 8 (deflated)"
      ),
      (changed(start + 42, [5]), "member \"values.npy\" is not where its entry says, at byte 5"),
      (
        changed(end + 16, [0xff, 0xff, 0xff, 0xff]),
        "is no sound zip archive: nothing at byte \(end - 20) says where its 64-bit directory is"
      ),
      (Array("PK".utf8), "is no zip archive, or is cut short: there is no end of a directory in it"),
      (
        [0x1f, 0x8b, 8],
        "is compressed by gzip; decompress it first (an npz can be compressed within: savez_compressed)"
      ),
    ]
    for (bytes, problem) in cases {
      #expect(try withFile("a.npz", bytes) { readAll($0) }.messages == ["a.npz: " + problem])
    }
    let twice = try archive([("values.npy", values.1), ("values", values.1)])
    #expect(try withFile("a.npz", twice) { readAll($0) }.messages == ["a.npz: has two arrays named \"values\""])
  }

  @Test func standardInputIsRefused() {
    let error = #expect(throws: InputError.self) { try FileReader("-", format: .npz) }
    #expect(error?.failureClass == .usage)
    #expect(
      error?.message
        == "standard input: cannot give npz, whose arrays are read at several places at once; name a file")
  }

  @Test func aRowBeyondTheLimitIsNotRead() throws {
    let reading = try readArrays([values], options: NPZOptions(maximumLineBytes: 4))
    #expect(
      reading.messages == [
        "a.npz: array \"values\" has 2 elements of 4 bytes for one sequence, expected at most 4 bytes"
      ])
  }
}
