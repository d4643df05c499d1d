import Foundation
import RaggedStore
import RaggedTraining
import Testing

@testable import RaggedExchange

/// `.npy` files and zip archives, by hand and by numpy.
@Suite struct ArrayReaderTests {
  static func npy(_ header: String, _ numbers: [UInt8], version: UInt8 = 1) -> Data {
    let text = Array(header.utf8)
    let length: [UInt8] = [UInt8(text.count & 0xff), UInt8(text.count >> 8)] + (version > 1 ? [0, 0] : [])
    return Data([0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + numbers)
  }

  @Test func headersOfNumpyAreUnderstood() throws {
    let one: [UInt8] = [0, 0, 0x80, 0x3f]
    let cases: [(String, [UInt8], UInt8, [Int], [Float])] = [
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }   \n", one, 1, [1], [1]),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", one, 1, [], [1]),
      ("{'descr': '>f4', 'fortran_order': False, 'shape': (1, 1), }\n", one.reversed(), 2, [1, 1], [1]),
      ("{'descr': '<f2', 'fortran_order': True, 'shape': (2, 0), }\n", [], 3, [2, 0], []),
      // Column by column: 1 and 2, 3 and 4, 5 and 6.
      (
        "{'shape': (2, 3), 'fortran_order': True, 'descr': '<f2'}",
        [0, 0x3c, 0, 0x40, 0, 0x42, 0, 0x44, 0, 0x45, 0, 0x46],
        1, [2, 3], [1, 3, 5, 2, 4, 6]
      ),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], 1, [1], [1]),
    ]
    for (header, numbers, version, shape, values) in cases {
      let array = try NPYReader(ArrayReaderTests.npy(header, numbers, version: version))
      #expect(array.shape == shape)
      #expect(array.values == values)
    }
  }

  @Test(arguments: [
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
      "has 4 bytes of numbers, its type <f4 and shape [2] need 8"
    ),
    (
      "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }",
      #"has numbers of type "<i4", expected float16, float32 or float64"#
    ),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 2), }",
      "has the shape [9223372036854775807, 2], which no file can hold"
    ),
    (
      "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }",
      "has a header that is not numpy's: {'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }"
    ),
    ("{'descr': '<f4', 'shape': (1,), }", "has a header that is not numpy's: {'descr': '<f4', 'shape': (1,), }"),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
      "has a header that is not numpy's: {'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"
    ),
  ])
  func badHeadersAreTold(_ header: String, _ expected: String) {
    #expect(message { _ = try NPYReader(ArrayReaderTests.npy(header, [0, 0, 0, 0])) } == expected)
  }

  @Test func whatIsNoArrayIsTold() {
    #expect(message { _ = try NPYReader(Data("hello".utf8)) } == "is no .npy file")
    let cut = ArrayReaderTests.npy("{'descr'", []).dropLast(3)
    #expect(
      message { _ = try NPYReader(Data(cut)) } == "has a header of version 1 that is cut short, or is not known")
  }

  /// An archive that numpy's `savez_compressed` wrote, and one of our own.
  @Test func storedAndDeflatedMembersAreRead() throws {
    let packed = try ZipReader(Data(try bytes(of: fixture("numpy/compressed.npz"))))
    #expect(packed.names == ["ramp.npy", "columns.npy"])
    let ramp = try NPYReader(try packed.bytes(of: "ramp.npy", limit: 10_000))
    #expect(ramp.values == (0..<300).map { Float($0 % 10) })
    let columns = try NPYReader(try packed.bytes(of: "columns.npy", limit: 10_000))
    #expect(columns.shape == [2, 3])
    #expect(columns.values == [1, 2, 3, 4, 5, 6])
    let folder = try Folder()
    try NPZWriter.write([("a", NPYArray(shape: [2], .float32([1, 2])))], to: folder.file("a.npz"))
    let own = try ZipReader(Data(try bytes(of: folder.file("a.npz"))))
    #expect(try NPYReader(try own.bytes(of: "a.npy", limit: 1000)).values == [1, 2])
  }

  @Test func noByteCanBeChangedUnnoticed() throws {
    let original = try bytes(of: fixture("numpy/compressed.npz"))
    func contents(_ data: [UInt8]) throws -> [Data] {
      let archive = try ZipReader(Data(data))
      return try archive.names.map { try archive.bytes(of: $0, limit: 10_000) }
    }
    let expected = try contents(original)
    for place in original.indices {
      var changed = original
      changed[place] ^= 0x10
      if let read = try? contents(changed) { #expect(read == expected, "byte \(place)") }
    }
    for length in original.indices {
      #expect(throws: ExchangeError.self) { _ = try contents(Array(original.prefix(length))) }
    }
  }

  @Test func moreThanIsWantedIsNotUnpacked() throws {
    let packed = try ZipReader(Data(try bytes(of: fixture("numpy/compressed.npz"))))
    #expect(
      message { _ = try packed.bytes(of: "ramp.npy", limit: 100) }
        == #"member "ramp.npy" holds 1328 bytes, expected at most 100"#)
    #expect(message { _ = try packed.bytes(of: "x", limit: 1) } == #"member "x" is not there"#)
    #expect(
      message { _ = try ZipReader(Data("PK".utf8)) } == "not a zip archive, as an .npz file is: its end is missing")
  }

  @Test func arraysOfAnotherNetworkAreToldFromBothSides() throws {
    let folder = try Folder()
    let model = try Sequential(input: .features(2), layers: [LSTM(1), Dense(1)])
    let path = folder.file("w.npz")
    func told(_ arrays: [(String, [Int])]) throws -> String {
      try NPZWriter.write(
        arrays.map { ($0.0, NPYArray(shape: $0.1, .float32(Array(repeating: 1, count: $0.1.reduce(1, *))))) }, to: path)
      return message { _ = try ImportedWeights(for: model, contentsOf: path, as: .keras) }
    }
    #expect(
      try told([("arr_0", [2, 4]), ("arr_1", [1, 4]), ("arr_2", [8])])
        == "\(path): the weights are those of another network: the model has 5 arrays, the file 3, which agree in the first "
        + "2; there the model has lstm/bias [4], dense/kernel [1, 1], dense/bias [1], the file \"arr_2\" [8]")
    #expect(
      try told([("lstm/kernel", [2, 4]), ("lstm/recurrent_kernel", [1, 4]), ("lstm/bais", [5])]).hasSuffix(
        "; did you mean \"lstm/bias\" by \"lstm/bais\"?"))
    #expect(try told([]).hasSuffix("dense/bias [1], the file nothing more"))
    try NPZWriter.write([("a", NPYArray(shape: [1], .int32([1])))], to: path)
    #expect(
      message { _ = try ImportedWeights(for: model, contentsOf: path, as: .keras) }
        == "\(path): array \"a\" has numbers of type \"<i4\", expected float16, float32 or float64")
  }

  @Test func numbersOfSavezTellTheOrder() throws {
    let folder = try Folder()
    let model = try Sequential(
      input: .features(1), layers: (0..<6).map { _ in Dense(1) as any Layer })
    // arr_10 comes after arr_9, in whatever order the archive has them.
    let arrays = (0..<12).reversed().map { number in
      ("arr_\(number)", NPYArray(shape: number % 2 == 0 ? [1, 1] : [1], .float32([Float(number)])))
    }
    try NPZWriter.write(arrays, to: folder.file("w.npz"))
    let read = try ImportedWeights(for: model, contentsOf: folder.file("w.npz"), as: .keras)
    #expect(read.weights.map { $0.values[0] } == (0..<12).map(Float.init))
  }
}
