import RaggedCore
import Testing

@testable import RaggedTraining

/// States that go from piece to piece of a sequence, and gradients that do not.
@Suite struct TruncationTests {
  static let lengths = [23, 4, 0, 11, 10, 1, 30, 5]

  static func batch(perSequence: Bool = false) -> SequenceBatch {
    var random = SeededRandom(seed: 3)
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let steps = offsets[lengths.count]
    let count = perSequence ? lengths.count : steps
    let classes = (0..<count).map { _ in Int32(random.below(2)) }
    return SequenceBatch(
      input: .values((0..<steps * 3).map { _ in random.uniform() - 0.5 }, featureCount: 3), offsets: offsets,
      targets: perSequence ? .classPerSequence(classes) : .classPerTimestep(classes),
      weights: lengths.indices.map { 0.5 + Float($0) })
  }

  static func trainer(_ truncation: Int?, perSequence: Bool = false, reduction: Reduction = .meanPerTimestep) throws
    -> Trainer
  {
    let model = try Sequential(
      input: .features(3),
      layers: [
        LSTM(6, returnSequences: true), LSTM(5, returnSequences: !perSequence), Dense(2, activation: .softmax),
      ], seed: 2)
    return try Trainer(
      model: model, loss: .sparseCategoricalCrossentropy, reduction: reduction, truncation: truncation, threads: 2)
  }

  /// Loss and gradients of the trainer's own step.
  static func step(_ trainer: Trainer, _ batch: SequenceBatch) -> (sum: LossSum, gradients: [Float]) {
    var gradients = [Float](repeating: 7, count: trainer.model.parameterCount)
    let request = EngineRequest(loss: trainer.loss, reduction: trainer.reduction)
    let result = trainer.differentiate(
      batch, trainer.engine.weights(of: batch, request), into: &gradients, request)
    return (result.sum, gradients)
  }

  @Test(arguments: [false, true], Reduction.allCases)
  func piecesAsLongAsTheSequencesChangeNothing(_ perSequence: Bool, _ reduction: Reduction) throws {
    let batch = Self.batch(perSequence: perSequence)
    let whole = Self.step(try Self.trainer(nil, perSequence: perSequence, reduction: reduction), batch)
    for length in [30, 31, 1000] {
      let cut = Self.step(try Self.trainer(length, perSequence: perSequence, reduction: reduction), batch)
      #expect(cut.sum == whole.sum)
      #expect(cut.gradients == whole.gradients)
    }
  }

  @Test(arguments: [1, 4, 7, 29], [false, true])
  func theLossIsThatOfWholeSequences(_ length: Int, _ perSequence: Bool) throws {
    let batch = Self.batch(perSequence: perSequence)
    let whole = Self.step(try Self.trainer(nil, perSequence: perSequence), batch).sum
    let cut = Self.step(try Self.trainer(length, perSequence: perSequence), batch).sum
    #expect(abs(cut.mean - whole.mean) <= 1e-6 * whole.mean)
    #expect(cut.weight == whole.weight)
    #expect(cut.counted == whole.counted)
    #expect(cut.hits == whole.hits)
  }

  /// One sequence in pieces of 7, each differentiated alone from the states before it, by the public gradients.
  @Test func gradientsAreThoseOfThePiecesAlone() throws {
    let batch = Self.batch().selecting([0])
    let trainer = try Self.trainer(7, reduction: .sum)
    let cut = trainer.model.tensors(Self.step(trainer, batch).gradients)
    var states = trainer.initialStates(rows: 1)
    var sums = cut.map { [Float](repeating: 0, count: $0.values.count) }
    for first in stride(from: 0, to: 23, by: 7) {
      var piece = batch
      piece.validity = (0..<23).map { $0 >= first && $0 < first + 7 }
      piece = piece.compacted()
      let gradients = try trainer.gradients(piece, initialStates: states)
      for (number, tensor) in gradients.weights.enumerated() {
        for i in tensor.values.indices { sums[number][i] += tensor.values[i] }
      }
      _ = try trainer.predict(piece, states: &states)
    }
    for (tensor, sum) in zip(cut, sums) {
      #expect(relativeError(tensor.values, sum.map(Double.init)) <= 1e-5, "\(tensor.name)")
    }
    let whole = try Self.trainer(nil, reduction: .sum).gradients(batch)
    #expect(relativeError(cut[0].values, whole.weights[0].values.map(Double.init)) > 1e-3)
  }

  @Test func aSequenceMayBePredictedPieceByPiece() throws {
    let trainer = try Self.trainer(nil)
    let batch = Self.batch().selecting([6])
    let whole = try trainer.predict(batch)
    var states = trainer.initialStates(rows: 1)
    var pieces: [Float] = []
    for range in [0..<1, 1..<9, 9..<9, 9..<30] {
      var piece = batch
      piece.validity = (0..<30).map(range.contains)
      pieces += try trainer.predict(piece.compacted(), states: &states)
    }
    #expect(relativeError(pieces, whole.map(Double.init)) <= 1e-6)
  }

  @Test func trainingInPiecesLearns() throws {
    let trainer = try Self.trainer(5)
    let batch = Self.batch()
    let first = try trainer.trainStep(batch).mean
    for _ in 0..<40 { try trainer.trainStep(batch) }
    #expect(try trainer.evaluate(batch).mean < first)
  }

  @Test func backwardReadersAndEmptyPiecesAreRefused() throws {
    for layer: any Layer in [Bidirectional(LSTM(3)), LSTM(3, goBackwards: true)] {
      let model = try Sequential(input: .features(2), layers: [layer, Dense(1)])
      #expect(
        throws: TrainingError(
          .invalidModel, "truncated back-propagation needs layers that read forwards: this model reads backwards too")
      ) { try Trainer(model: model, loss: .meanSquaredError, truncation: 5) }
    }
    let model = try Sequential(input: .features(2), layers: [LSTM(3), Dense(1)])
    #expect(throws: TrainingError(.invalidModel, "back-propagation is cut after 0 timesteps, expected 1 to 2147483647"))
    {
      try Trainer(model: model, loss: .meanSquaredError, truncation: 0)
    }
  }
}
