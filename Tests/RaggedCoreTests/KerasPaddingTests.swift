import RaggedCore
import Testing

/// Keras' `pad_sequences` on the same sequences: `fixtures/reference/make_keras.py`.
@Suite struct KerasPaddingTests {
  struct Reference: Decodable {
    struct Case: Decodable {
      struct Output: Decodable {
        var shape: [Int]
        var values: [Float]
      }
      var sequences: String
      var padding: PaddingOptions.Side
      var truncating: PaddingOptions.Side
      var maxlen: Int?
      var value: Float
      var output: Output
    }
    var integers: [[Int32]]
    var pairs: [[Float]]
    var cases: [Case]
  }

  @Test func paddingAndCuttingAreThoseOfKeras() throws {
    let reference: Reference = try reference("keras-3.15.1/pad_sequences.json")
    #expect(reference.cases.count >= 48)
    let tokens = SequenceBatch(
      input: .tokens(reference.integers.flatMap { $0 }), offsets: Self.offsets(reference.integers.map(\.count)))
    let pairs = SequenceBatch(
      input: .values(reference.pairs.flatMap { $0 }, featureCount: 2),
      offsets: Self.offsets(reference.pairs.map { $0.count / 2 }))
    for problem in reference.cases {
      let padded = try (problem.sequences == "pairs" ? pairs : tokens).padded(
        PaddingOptions(
          side: problem.padding, value: problem.value, truncation: problem.truncating, fixedLength: problem.maxlen))
      #expect([padded.count, padded.paddedLength] == Array(problem.output.shape.prefix(2)))
      #expect(padded.input.values + padded.input.codes.map(Float.init) == problem.output.values, "\(problem)")
    }
  }

  private static func offsets(_ lengths: [Int]) -> [Int] {
    lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  }
}
