import RaggedCore
import RaggedTestSupport
import RaggedTraining
import Testing

@Suite struct InitializerTests {
  static func model(seed: UInt64, units: Int = 4) throws -> Sequential {
    try Sequential(
      input: .features(3), layers: [LSTM(units, returnSequences: true), Bidirectional(LSTM(3)), Dense(2)], seed: seed)
  }

  struct Reference: Decodable {
    struct Tensor: Decodable {
      var shape: [Int]
      var limit: Double?
      var values: [Double]?
    }

    struct LSTMRules: Decodable {
      var kernel: Tensor
      var recurrentKernel: Tensor
      var bias: Tensor
    }

    struct DenseRules: Decodable { var kernel: Tensor }
    struct EmbeddingRules: Decodable { var embeddings: Tensor }

    var lstm: LSTMRules
    var dense: DenseRules
    var embedding: EmbeddingRules
  }

  /// The largest of many draws comes near the limit and never passes it; the mean is near 0.
  static func checkUniform(_ draws: [Float], limit: Double) {
    let largest = Double(draws.map(abs).max() ?? 0)
    #expect(largest <= limit * (1 + 1e-6))
    #expect(largest > limit * 0.98)
    let mean = Double(draws.reduce(0, +)) / Double(draws.count)
    #expect(abs(mean) < 6 * limit / (3 * Double(draws.count)).squareRoot())
  }

  @Test func rulesAreThoseOfKeras() throws {
    let rules = try decode(Reference.self, "keras-3.15.1/initializers.json")
    var (kernel, dense, embedding): ([Float], [Float], [Float]) = ([], [], [])
    for seed in 0..<200 as Range<UInt64> {
      let layers = try Sequential(input: .features(3), layers: [LSTM(4), Dense(2)], seed: seed)
      kernel += layers.weights[0].values
      dense += layers.weights[3].values
      embedding += try Sequential(input: .tokens(11), layers: [Embedding(11, 4)], seed: seed).weights[0].values
      #expect(layers.weights[0].shape == rules.lstm.kernel.shape)
      #expect(layers.weights[1].shape == rules.lstm.recurrentKernel.shape)
      #expect(layers.weights[2].values.map(Double.init) == rules.lstm.bias.values)
      #expect(layers.weights[4].values == [0, 0])
    }
    Self.checkUniform(kernel, limit: try #require(rules.lstm.kernel.limit))
    Self.checkUniform(dense, limit: try #require(rules.dense.kernel.limit))
    Self.checkUniform(embedding, limit: try #require(rules.embedding.embeddings.limit))
  }

  @Test func recurrentKernelsAreOrthonormalOverAllGates() throws {
    for units in [1, 2, 5, 32, 65, 130] {
      let tensor = try Self.model(seed: UInt64(units), units: units).weights[1]
      #expect(tensor.shape == [units, 4 * units])
      for i in 0..<units {
        for k in 0...i {
          let dot = (0..<4 * units).reduce(0.0) {
            $0 + Double(tensor.values[i * 4 * units + $1]) * Double(tensor.values[k * 4 * units + $1])
          }
          #expect(abs(dot - (i == k ? 1 : 0)) < 1e-6)
        }
      }
    }
  }

  /// Every direction is as likely as any other: no column has more than its share, and signs are even.
  @Test func recurrentKernelsHaveNoDirection() throws {
    let (seeds, units) = (600, 3)
    var squares = [Double](repeating: 0, count: 4 * units * units)
    var positive = squares
    for seed in 0..<seeds {
      let values = try Sequential(input: .features(1), layers: [LSTM(units)], seed: UInt64(seed)).weights[1].values
      for (place, value) in values.enumerated() {
        squares[place] += Double(value * value)
        positive[place] += value > 0 ? 1 : 0
      }
    }
    // Five deviations of the mean of a Beta(1/2, 11/2), and of a coin.
    let (share, count) = (1 / Double(4 * units), Double(seeds))
    let deviation = share * (2 * (1 - share) / (1 + 2 * share) / count).squareRoot()
    #expect(squares.allSatisfy { abs($0 / count - share) < 5 * deviation })
    #expect(positive.allSatisfy { abs($0 / count - 0.5) < 5 * 0.5 / count.squareRoot() })
  }

  @Test func drawingCanBeInterrupted() throws {
    let questions = Questions(endingAfter: 6)
    #expect(throws: Cancelled()) {
      try Sequential(input: .features(3), layers: [LSTM(100)], monitor: questions.monitor)
    }
    #expect(questions.count == 7)
  }

  @Test func seedsDecide() throws {
    let model = try Self.model(seed: 1)
    #expect(try Self.model(seed: 1).weights == model.weights)
    let other = try Self.model(seed: 2)
    for (a, b) in zip(model.weights, other.weights) where !a.name.hasSuffix("bias") { #expect(a.values != b.values) }
    // The two directions start apart.
    #expect(model.weights[3].values != model.weights[6].values)
  }

  @Test func forgetGatesStartOpen() throws {
    for tensor in try Self.model(seed: 1).weights where tensor.name.hasSuffix("lstm/bias") {
      let units = tensor.values.count / 4
      #expect(tensor.values.indices.allSatisfy { tensor.values[$0] == ($0 / units == 1 ? 1 : 0) })
    }
  }
}
