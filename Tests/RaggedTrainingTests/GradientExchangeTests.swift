import Foundation
import RaggedBatching
import RaggedCore
import RaggedTraining
import Synchronization
import Testing

/// What several trainers with batches of their own do together is what one does alone with all of their sequences.
@Suite(.timeLimit(.minutes(20))) struct GradientExchangeTests {
  static func trainer(
    _ perSequence: Bool, _ reduction: Reduction = .meanPerTimestep, truncation: Int? = nil,
    _ optimizer: Optimizer = .sgd(0.3, momentum: 0.5, clipNorm: 0.5), exchange: any GradientExchange = LocalExchange()
  ) throws -> Trainer {
    let model = try Sequential(
      input: .features(2),
      layers: [
        LSTM(5, returnSequences: true, dropout: 0.2), LSTM(4, returnSequences: !perSequence),
        Dense(2, activation: .softmax),
      ], seed: 2)
    return try Trainer(
      model: model, loss: .sparseCategoricalCrossentropy, reduction: reduction, optimizer: optimizer, seed: 4,
      truncation: truncation, threads: 1, exchange: exchange)
  }

  static func batch(_ perSequence: Bool, seed: UInt64) -> SequenceBatch {
    var batch = sampleBatch(
      lengths: [7, 3, 0, 12, 5, 1, 9], input: .features(2), target: .classes(2), isPerSequence: perSequence, seed: seed)
    batch.weights = [1, 0.5, 1, 2, 0.25, 3, 1]
    return batch
  }

  /// The rows of each rank: halves, or all of them on one rank.
  static let parts = [[[0, 3, 6], [1, 2, 4, 5]], [[0, 1, 2, 3, 4, 5, 6], []], [[4], [5, 6], [0, 1, 2, 3]]]

  static func expectNear(_ found: [Float], _ expected: [Float], _ note: String) {
    let largest = expected.reduce(0) { max($0, abs($1)) }
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, largest) }, "\(note)")
  }

  static func expectNear(_ found: LossSum, _ expected: LossSum, _ note: String) {
    #expect(abs(found.loss - expected.loss) <= 1e-6 * max(1, abs(expected.loss)), "\(note)")
    #expect(found.weight == expected.weight && found.hits == expected.hits, "\(note)")
    #expect(found.counted == expected.counted && found.isSum == expected.isSum, "\(note)")
  }

  /// Three steps of ranks that have parts of each batch are those of one trainer that has the whole.
  @Test(arguments: [false, true], Reduction.allCases)
  func ranksTakeTheStepOfTheWholeBatch(_ perSequence: Bool, _ reduction: Reduction) throws {
    for truncation in [nil, 4] {
      let whole = try Self.trainer(perSequence, reduction, truncation: truncation)
      let sums = try (0..<3).map { try whole.trainStep(Self.batch(perSequence, seed: $0)) }
      for parts in Self.parts {
        let note = "\(parts), \(truncation ?? 0)"
        let ranks = try RankThreads.values(parts.count, .batches) { exchange in
          let trainer = try Self.trainer(perSequence, reduction, truncation: truncation, exchange: exchange)
          let sums = try (0..<3).map { seed in
            try trainer.trainStep(Self.batch(perSequence, seed: seed).selecting(parts[exchange.rank]))
          }
          return (state: trainer.state, weights: trainer.model.weights.flatMap(\.values), sums: sums)
        }
        Self.expectNear(ranks[0].weights, whole.model.weights.flatMap(\.values), note)
        for rank in ranks {
          for (found, expected) in zip(rank.sums, sums) { Self.expectNear(found, expected, note) }
          // All ranks go on from the same bits.
          #expect(rank.state == ranks[0].state, "\(note)")
        }
      }
    }
  }

  /// So are steps whose rows go on from batch to batch; a rank on which no row is judged still takes part.
  @Test(arguments: [false, true]) func ranksCarryTheirOwnStates(_ perSequence: Bool) throws {
    let source = try sampleSource(lengths: [9, 4, 6, 11], isPerSequence: perSequence)
    let batches = try StatefulBatches(source, windowLength: 3, batchSize: 4, shuffle: false)
    @Sendable func train(_ trainer: Trainer, rows: [Int]) throws -> [LossSum] {
      var states = trainer.initialStates(rows: rows.count)
      return try (0..<batches.stepCount(epoch: 1)).map { number in
        let step = try batches.step(epoch: 1, step: number)
        let resets = try #require(step.resets)
        return try trainer.trainStep(step.batch.selecting(rows), states: &states, resets: rows.map { resets[$0] })
      }
    }
    let whole = try Self.trainer(perSequence)
    let sums = try train(whole, rows: [0, 1, 2, 3])
    for parts in [[[0, 2], [1, 3]], [[1], [0, 2, 3]]] {
      let ranks = try RankThreads.values(2, .batches) { exchange in
        let trainer = try Self.trainer(perSequence, exchange: exchange)
        return (sums: try train(trainer, rows: parts[exchange.rank]), weights: trainer.model.weights.flatMap(\.values))
      }
      Self.expectNear(ranks[0].weights, whole.model.weights.flatMap(\.values), "\(parts)")
      #expect(ranks[0].weights == ranks[1].weights)
      for (found, expected) in zip(ranks[1].sums, sums) { Self.expectNear(found, expected, "\(parts)") }
    }
  }

  /// Ranks with a batch each a step end a whole fit in the same state and with the same figures.
  @Test func aFitOfRanksIsTheSameOnEach() throws {
    let planned = try PlannedBatches(
      sampleSource(lengths: [3, 5, 0, 7, 3, 1, 5, 9, 2, 2, 8]), policy: BatchPolicy(batchSize: 3, seed: 4))
    let states = try RankThreads.values(2, .batches) { exchange in
      let trainer = try Self.trainer(false, .meanPerTimestep, .adam(0.02), exchange: exchange)
      var state = trainer.state
      try trainer.fit(
        ShardedBatches(planned, rank: exchange.rank, worldSize: 2),
        FitOptions(epochs: 3, earlyStopping: EarlyStopping(monitor: .loss, patience: 5, restoresBest: true)),
        state: &state)
      return FitTests.timeless(state)
    }
    #expect(states[0] == states[1])
    #expect(states[0].progress.epoch == 3)
  }

  private struct Failure: Error, Equatable {}

  /// The first of two ranks, of which the other echoes what it is sent, and is lost after some messages.
  private final class Failing: GradientExchange {
    let division: BatchDivision
    private let last: Int
    private let count = Atomic(0)
    var rank: Int { 0 }
    var worldSize: Int { 2 }

    init(_ division: BatchDivision, after last: Int) { (self.division, self.last) = (division, last) }

    private func call() throws {
      if count.add(1, ordering: .relaxed).oldValue >= last { throw Failure() }
    }
    func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) throws { try call() }
    func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws { try call() }
    func abandon(_ failure: RankError) -> RankError { failure }
  }

  @Test(arguments: BatchDivision.allCases, 0..<4) func anErrorLeavesEverythingAsItWas(
    _ division: BatchDivision, after messages: Int
  ) throws {
    let trained = try Self.trainer(true, .meanPerTimestep, .adam())
    try trained.trainStep(Self.batch(true, seed: 1))
    let trainer = try trained.checkpoint().trainer(threads: 1, exchange: Failing(division, after: messages))
    let before = trainer.state
    #expect(throws: Failure()) { try trainer.trainStep(Self.batch(true, seed: 2)) }
    #expect(trainer.state == before)
    let start = trainer.initialStates(rows: 7)
    var states = start
    #expect(throws: Failure()) {
      try trainer.trainStep(Self.batch(true, seed: 2), states: &states, resets: Array(repeating: true, count: 7))
    }
    #expect(trainer.state == before && states == start)
    let batches = try PlannedBatches(sampleSource(lengths: [3, 5], isPerSequence: true), policy: BatchPolicy())
    var state = before
    #expect(throws: Failure()) { try trainer.fit(batches, FitOptions(epochs: 2), state: &state) }
    #expect(state == before)
    // What was left in the buffer does not reach the next step.
    let (good, other) = (try trainer.checkpoint().trainer(), trained)
    #expect(try good.trainStep(Self.batch(true, seed: 3)) == other.trainStep(Self.batch(true, seed: 3)))
    #expect(good.state == other.state)
  }
}
