import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Timesteps at the end of arrays that are padding by their value.
@Suite struct PaddingTests {
  private func floats(_ shape: String, _ values: [Float]) -> [UInt8] { npy("'<f4'", shape, little(values)) }

  private func array(_ shape: String, _ values: [Float], _ options: NPZOptions) throws -> Reading {
    try readArrays([("x", floats(shape, values))], options: options)
  }

  @Test func wholeTimestepsAtTheEndAreLeftOut() throws {
    // [2, 3, 2]: a zero before the end and one beside a number are data.
    let values: [Float] = [0, 0, 1, 0, 0, 0, 1, 2, 0, 0, 3, 4]
    let reading = try array("(2, 3, 2)", values, NPZOptions(padding: "0"))
    #expect(reading.messages == [])
    #expect(
      reading.records.map(\.input) == [
        .values([0, 0, 1, 0], featureCount: 2), .values([1, 2, 0, 0, 3, 4], featureCount: 2),
      ])
    #expect(try array("(2, 3, 2)", values, NPZOptions()).records.map(\.length) == [3, 3])
    #expect(try array("(1, 3)", [0, -0.0, 0], NPZOptions(padding: "0")).records.map(\.length) == [0])
    #expect(try array("(2, 3)", [1, -1, -1, 1, -1, 2], NPZOptions(padding: "-1")).records.map(\.length) == [1, 3])
    #expect(
      try array("(2, 3)", [1, .nan, .nan, .nan, 1, 2], NPZOptions(padding: "nan")).records.map(\.length) == [1, 3])
    #expect(
      try array("(2, 3)", [1, 0, 0, 1, 0, 2], NPZOptions(missing: ["0"], padding: "0")).records.map(\.input)
        == [.values([1], featureCount: 1), .values([1, .nan, 2], featureCount: 1)])
  }

  /// A law: what is padded and trimmed is what it was, where it does not end in the value itself.
  @Test func paddingAndTrimmingIsTheIdentity() throws {
    var random = SeededRandom(seed: 3)
    for value in ["0", "-1", "nan"] {
      let sequences = (0..<20).map { _ in
        (0..<random.below(6)).map { _ in Float(random.below(5)) + 1 }
      }
      let length = sequences.map(\.count).max() ?? 0
      let padded = sequences.flatMap { $0 + Array(repeating: Float(value) ?? 0, count: length - $0.count) }
      let reading = try array("(20, \(length))", padded, NPZOptions(padding: value))
      #expect(reading.records.map(\.input) == sequences.map { .values($0, featureCount: 1) }, "\(value)")
    }
  }

  @Test func tokensAndTargetsAreTrimmedWithIt() throws {
    let tokens = npy("'<i8'", "(2, 3)", little([5, 6, 0, 7, 0, 0] as [Int64]))
    let labels = npy("'<i8'", "(2, 3)", little([1, 2, 0, 1, 0, 0] as [Int64]))
    let reading = try readArrays(
      [("x", tokens), ("y", labels)], options: NPZOptions(targetKind: .classPerTimestep, tokens: .numbers, padding: "0")
    )
    #expect(reading.messages == [])
    #expect(reading.records.map(\.input) == [.tokens([5, 6]), .tokens([7])])
    #expect(reading.records.map(\.target) == [.labels(["1", "2"]), .labels(["1"])])
    let negative = npy("'<i8'", "(2, 3)", little([5, -1, -1, -1, 7, -1] as [Int64]))
    let some = try readArrays([("x", negative)], options: NPZOptions(tokens: .numbers, padding: "-1"))
    #expect(some.records.map(\.input) == [.tokens([5])])
    #expect(
      some.messages == ["a.npz: sequence 2: its token -1 is none, expected 0 to 2147483647, or padding at its end"])
  }

  @Test func itIsSaidWhatWasLeftOutAndWhatMayBePadding() throws {
    func notes(_ values: [Float], _ options: NPZOptions) throws -> [InputNote] {
      try withFile("a.npz", archive([("x.npy", floats("(4, 3)", values))])) { path in
        var reader = try FileReader(path, options: options)
        while try reader.next() != nil {}
        return try reader.takeNotes()
      }
    }
    let padded: [Float] = [1, 0, 0, 1, 2, 3, 4, 0, 0, 5, 0, 0]
    #expect(
      try notes(padded, NPZOptions(padding: "0")).map(\.text)
        == ["3 of 4 sequences ended in padding, 6 of 12 timesteps, which are left out"])
    let doubt = try notes(padded, NPZOptions())
    #expect(
      doubt.map(\.text) == [
        "3 of 4 sequences end in two timesteps or more of nothing but 0, 6 of 12 timesteps: they are taken for data"
      ])
    #expect(doubt.map(\.remedy) == [.sayPadding("0")])
    #expect(try notes([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 0], NPZOptions()) == [])
  }

  @Test func whatSaysWhereSequencesEndExcludesIt() throws {
    let lengths = npy("'<i8'", "(2)", little([1, 2] as [Int64]))
    let both = try readArrays(
      [("x", floats("(2, 2)", [1, 0, 1, 0])), ("lengths", lengths)], options: NPZOptions(padding: "0"))
    #expect(both.messages == [#"a.npz: array "lengths" says where sequences end, so that no value is padding"#])
    #expect(both.errors[0].failureClass == .usage)
    for padding in ["", "x", "inf"] {
      #expect(throws: InputError.self) { try NPZOptions(padding: padding).validate(for: .npz, file: "x") }
    }
    #expect(throws: InputError.self) { try FileFormat.jsonl.options([.padding: ["0"]], file: "x") }
  }

  @Test func anArrayOfObjectsIsToldHowToBeSaved() throws {
    let reading = try readArrays([("x", npy("'|O'", "(2)"))])
    #expect(reading.messages.count == 1)
    #expect(reading.messages[0].contains("numpy.savez(path, *arrays)") && reading.messages[0].contains("numpy.cumsum"))
  }
}
