import Foundation
import RaggedExchange
import RaggedFormats
import RaggedStore
import RaggedTraining
import Testing

/// Weights in zip archives of numpy's and our own.
@Suite struct ArrayReaderTests {
  /// All that an archive holds.
  private static func contents(_ data: [UInt8]) throws -> [[Float]] {
    let folder = try Folder()
    try Data(data).write(to: URL(filePath: folder.file("w.npz")))
    let archive = try ArrayArchive(path: folder.file("w.npz"))
    return try archive.names.indices.map { try archive.floats(at: $0, limit: 10_000).values }
  }

  /// An archive that numpy's `savez_compressed` wrote, and one of our own.
  @Test func storedAndDeflatedMembersAreRead() throws {
    let packed = try ArrayArchive(path: fixture("numpy/compressed.npz"))
    #expect(packed.names == ["ramp", "columns"])
    #expect(try packed.floats(at: 0, limit: 10_000).values == (0..<300).map { Float($0 % 10) })
    let columns = try packed.floats(at: 1, limit: 10_000)
    #expect(columns.shape == [2, 3])
    #expect(columns.values == [1, 2, 3, 4, 5, 6])
    let folder = try Folder()
    try NPZWriter.write([("a", NPYArray(shape: [2], .float32([1, 2])))], to: folder.file("a.npz"))
    let own = try ArrayArchive(path: folder.file("a.npz"))
    #expect(try own.floats(at: 0, limit: 1000).values == [1, 2])
    #expect(try own.bytes(of: "a", limit: 1000) == nil)
    #expect(try own.bytes(of: "a.npy", limit: 1000)?.count == 136)
  }

  @Test func noByteCanBeChangedUnnoticed() throws {
    let original = Array(try bytes(of: fixture("numpy/compressed.npz")))
    let expected = try Self.contents(original)
    for place in original.indices {
      var changed = original
      changed[place] ^= 0x10
      // A name may have changed, and whether it is an array.
      if let read = try? Self.contents(changed) { #expect(read.allSatisfy(expected.contains), "byte \(place)") }
    }
    for length in original.indices {
      #expect(throws: InputError.self) { _ = try Self.contents(Array(original.prefix(length))) }
    }
  }

  @Test func moreThanIsWantedIsNotUnpacked() throws {
    let path = fixture("numpy/compressed.npz")
    let packed = try ArrayArchive(path: path)
    func error(_ problem: String) -> InputError { InputError(file: path, problem: problem, isFatal: true) }
    #expect(throws: error("array \"ramp\" is <f4 [300], expected at most 100 bytes")) {
      try packed.floats(at: 0, limit: 100)
    }
    #expect(throws: error("member \"ramp.npy\" holds 1328 bytes, expected at most 100")) {
      try packed.bytes(of: "ramp.npy", limit: 100)
    }
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
        == "\(path): array \"a\" is <i4 [1], expected real numbers (f2, f4 or f8)")
    #expect(
      message { _ = try ImportedWeights(for: model, contentsOf: folder.file("none.npz"), as: .keras) }
        == "\(folder.file("none.npz")): cannot be opened: No such file or directory")
    try Data("PK".utf8).write(to: URL(filePath: path))
    #expect(
      message { _ = try ImportedWeights(for: model, contentsOf: path, as: .keras) }
        == "\(path): is no zip archive, or is cut short: there is no end of a directory in it")
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
