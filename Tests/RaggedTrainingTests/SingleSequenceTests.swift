import RaggedCore
import RaggedTraining
import Testing

/// A sequence has the same outputs, bit for bit, whatever other sequences come with it.
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
      let alone = try (0..<batch.count).flatMap { try trainer.predict(batch.selecting([$0])) }
      #expect(bits(alone) == bits(together))
    }
  }
}
