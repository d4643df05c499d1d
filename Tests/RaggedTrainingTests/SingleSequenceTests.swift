import RaggedCore
import Testing

@testable import RaggedTraining

/// A few rows are predicted one by one, with vectors across the gates: the numbers are those of the lanes.
@Suite struct SingleSequenceTests {
  @Test(arguments: [1, 3, 4, 5, 8, 16, 17, 33, 64], availableKernels)
  func aloneAsInCompany(_ units: Int, _ kernels: String) throws {
    let stacks: [[any Layer]] = [
      [LSTM(units, returnSequences: true), Dense(3, activation: .softmax)],
      [Bidirectional(LSTM(units, returnSequences: true), merge: .ave), LSTM(units), Dense(2, activation: .tanh)],
      [LSTM(units, returnSequences: true, goBackwards: true), Dense(units, activation: .relu), Dense(1)],
      [Bidirectional(LSTM(units)), Dense(19, activation: .sigmoid)],
    ]
    var random = SeededRandom(seed: UInt64(units))
    let lengths = [7, 1, 0, 12, 3, 9, 5]
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let batch = SequenceBatch(
      input: .values((0..<offsets[7] * 3).map { _ in random.uniform() * 4 - 2 }, featureCount: 3), offsets: offsets)
    for layers in stacks {
      let model = try Sequential(input: .features(3), layers: layers, seed: 5)
      let trainer = try Trainer(model: model, loss: .meanSquaredError, threads: 2, kernels: kernels)
      let together = try trainer.predict(batch)
      #expect(Block.cutToPredict(lengths: lengths).allSatisfy { $0.lanes > 1 })
      var alone: [Float] = []
      for b in 0..<batch.count {
        #expect(Block.cutToPredict(lengths: [lengths[b]]).map(\.lanes) == [Block.single])
        alone += try trainer.predict(batch.selecting([b]))
      }
      #expect(relativeError(alone, together.map(Double.init)) <= 2e-6)
    }
  }
}
