import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Arrays that `numpy.savez` was given without names: `arr_0`, `arr_1`, ….
@Suite struct NPZListTests {
  private func floats(_ shape: String, _ values: [Float]) -> [UInt8] { npy("'<f4'", shape, little(values)) }

  private var list: [(name: String, bytes: [UInt8])] {
    [
      // As an archive may have them, in another order than that of their numbers.
      ("arr_10", floats("(1, 2)", [9, 8])), ("arr_0", floats("(2, 2)", [1, 2, 3, 4])),
      ("arr_2", npy("'<f8'", "(3, 2)", little([5, 6, 7, 8, 9, 10] as [Double]))), ("arr_1", floats("(0, 2)", [])),
    ]
  }

  @Test func severalAreASequenceEach() throws {
    let reading = try readArrays(list)
    #expect(reading.messages == [])
    #expect(reading.description == InputDescription(input: .features(["f0", "f1"]), target: .none))
    #expect(
      reading.records.map(\.input) == [
        .values([1, 2, 3, 4], featureCount: 2), .values([], featureCount: 2),
        .values([5, 6, 7, 8, 9, 10], featureCount: 2), .values([9, 8], featureCount: 2),
      ])
    #expect(reading.keys == ["a/1", "a/2", "a/3", "a/4"])
    let one = try readArrays([("arr_0", floats("(2)", [1, 2])), ("arr_1", floats("(3)", [3, 4, 5]))])
    #expect(one.records.map(\.input) == [.values([1, 2], featureCount: 1), .values([3, 4, 5], featureCount: 1)])
  }

  @Test func whatBelongsToASequenceStandsBesideThem() throws {
    let beside = [
      ("y", npy("'<i8'", "(4)", little([1, 0, 1, 0] as [Int64]))),
      ("ids", npy("'|S1'", "(4)", Array("wxyz".utf8))),
    ]
    let reading = try readArrays(list + beside)
    #expect(reading.messages == [])
    #expect(reading.keys == ["w", "x", "y", "z"])
    #expect(reading.records.map(\.target) == ["1", "0", "1", "0"].map { .label($0) })
  }

  @Test func tokenNumbersAndText() throws {
    let numbers = [
      ("arr_0", npy("'<i4'", "(2)", little([3, 4] as [Int32]))), ("arr_1", npy("'|u1'", "(1)", [7] as [UInt8])),
    ]
    let tokens = try readArrays(numbers, options: NPZOptions(tokens: .numbers))
    #expect(tokens.records.map(\.input) == [.tokens([3, 4]), .tokens([7])])
    let words = [("arr_0", npy("'|S2'", "(2)", Array("abcd".utf8))), ("arr_1", npy("'|S1'", "(1)", Array("e".utf8)))]
    #expect(try readArrays(words).records.map(\.input) == [.text(["ab", "cd"]), .text(["e"])])
  }

  @Test func whatIsNoListIsRefusedWithTheOption() throws {
    func message(_ arrays: [(String, [UInt8])], _ options: NPZOptions = NPZOptions()) throws -> String {
      let reading = try readArrays(arrays, options: options)
      #expect(reading.records == [] && reading.errors.map(\.isFatal) == [true])
      return reading.messages.first ?? ""
    }
    let (x, y) = (("arr_0", floats("(2, 2, 1)", [1, 2, 3, 4])), ("arr_1", floats("(2)", [0, 1])))
    #expect(
      try message([x, y])
        == "a.npz: has 2 arrays without names, which are no list of sequences: \"arr_0\" "
        + "is <f4 [2, 2, 1], expected [T, F] with one F, or [T]")
    let other = try message([("arr_0", floats("(1, 2)", [1, 2])), ("arr_1", floats("(1, 3)", [1, 2, 3]))])
    #expect(other.contains("\"arr_0\" is <f4 [1, 2] and \"arr_1\" is <f4 [1, 3], expected [T, F] with one F, or [T]"))
    let lengths = ("lengths", npy("'<i8'", "(2)", little([1, 2] as [Int64])))
    #expect(try message([("arr_0", y.1), y, lengths]).contains("sequences: there is an array \"lengths\""))
    // With the options there is one input.
    let named = try readArrays([x, y], options: NPZOptions(target: ["arr_1"]))
    #expect(named.records.map(\.target) == [.values([0]), .values([1])])
    let input = try readArrays([x, y], options: NPZOptions(input: "arr_0"))
    #expect(input.records.map(\.target) == [.none, .none])
  }

  @Test func arraysOfWhichNothingIsMadeAreNamed() throws {
    let names = npy("'|S1'", "(1)", Array("v".utf8))
    let arrays = [values, ("feature_names", names), ("x_test", values.1), ("y_test", values.1)]
    let bytes = try archive(arrays.map { ($0.0 + ".npy", $0.1) })
    try withFile("a.npz", bytes) { path in
      var reader = try FileReader(path)
      #expect(try reader.roles().hasSuffix("; not imported: \"x_test\", \"y_test\""))
    }
    try withFile("a.npz", archive(list.map { ($0.name + ".npy", $0.bytes) })) { path in
      var reader = try FileReader(path)
      #expect(
        try reader.roles() == "id: file and position; features: 4 arrays, a sequence each: "
          + "\"arr_0\", \"arr_1\", \"arr_2\", \"arr_10\"")
    }
  }

  @Test func damageToOneOfThemIsFound() throws {
    var bytes = try archive(list.map { ($0.name + ".npy", $0.bytes) })
    let target = little([5, 6, 7, 8, 9, 10] as [Double])
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: target) })
    bytes[place] ^= 1
    let reading = try withFile("a.npz", bytes) { readAll($0) }
    #expect(reading.errors.last?.isFatal == true)
    #expect(reading.keys == ["a/1", "a/2"])
  }
}
