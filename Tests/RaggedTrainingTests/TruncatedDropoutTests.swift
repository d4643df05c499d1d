import RaggedCore
import Testing

@testable import RaggedTraining

/// Dropout where sequences are taken in pieces: the pieces that hand over their states alone drop what they would drop in
/// a whole sequence.
@Suite struct TruncatedDropoutTests {
  static let lengths = [23, 4, 0, 11, 10, 1, 30, 5]

  static func trainer(_ truncation: Int?, isPerSequence: Bool) throws -> Trainer {
    let model = try Sequential(
      input: .features(3),
      layers: [
        LSTM(6, returnSequences: true, dropout: 0.5), Dropout(0.5),
        LSTM(5, returnSequences: !isPerSequence, dropout: 0.25), Dense(2, activation: .softmax),
      ], seed: 2)
    return try Trainer(
      model: model, loss: .sparseCategoricalCrossentropy, optimizer: .sgd(1e-30), seed: 4, truncation: truncation,
      threads: 2)
  }

  static func batch(isPerSequence: Bool) -> SequenceBatch {
    sampleBatch(
      lengths: lengths, input: .features(3), target: .classes(2), isPerSequence: isPerSequence, isWeighted: true)
  }

  @Test(arguments: [1, 4, 7, 29], [false, true])
  func theLossIsThatOfWholeSequences(_ length: Int, _ isPerSequence: Bool) throws {
    let batch = Self.batch(isPerSequence: isPerSequence)
    let whole = try Self.trainer(nil, isPerSequence: isPerSequence).trainStep(batch)
    let cut = try Self.trainer(length, isPerSequence: isPerSequence).trainStep(batch)
    #expect(abs(cut.mean - whole.mean) <= 1e-6 * whole.mean)
    let without = try Self.trainer(nil, isPerSequence: isPerSequence).evaluate(batch)
    #expect(abs(without.mean - whole.mean) > 1e-3)
  }

  /// A row of weight 0 ends in the state that it has where it is judged.
  @Test func rowsThatAreNotJudgedYetDropToo() throws {
    var batch = Self.batch(isPerSequence: true)
    let resets = batch.ids.map { _ in true }
    batch.weights = nil
    var judged: [RecurrentState] = []
    try Self.trainer(nil, isPerSequence: true).trainStep(batch, states: &judged, resets: resets)
    batch.weights = [1, 0, 1, 0, 1, 1, 0, 1]
    var states: [RecurrentState] = []
    try Self.trainer(nil, isPerSequence: true).trainStep(batch, states: &states, resets: resets)
    #expect(states.map { $0.parts.map(bits) } == judged.map { $0.parts.map(bits) })
  }
}
