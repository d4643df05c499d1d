import Foundation
import RaggedBatching
import RaggedCore
import Synchronization
import Testing

@testable import RaggedTraining

/// Ranks that divide every batch end a run in the bits of one, whatever their number and that of their threads.
@Suite(.timeLimit(.minutes(20))) struct SameBitsTests {
  /// What a run has beside weights: all that may depend on the order in which numbers are added.
  enum Kind: String, CaseIterable, CustomTestStringConvertible {
    case adam, clipped, dropout, stateful, statefulPerSequence, bidirectional, truncated, truncatedPerSequence
    case masked, weighted, perSequence, watched

    var testDescription: String { rawValue }
    var isPerSequence: Bool {
      [.perSequence, .statefulPerSequence, .truncatedPerSequence, .dropout, .weighted].contains(self)
    }
  }

  static let lengths = (0..<61).map { [7, 3, 0, 12, 5, 1, 9, 30, 2, 18, 4][$0 % 11] + $0 % 3 }

  static func batches(_ kind: Kind, lengths: [Int] = lengths, seed: UInt64 = 1) throws -> any BatchSource {
    let batch = sampleBatch(
      lengths: lengths, input: .features(2), target: .classes(2), isPerSequence: kind.isPerSequence,
      isWeighted: kind == .weighted, hasHoles: kind == .masked, seed: seed)
    let names = ["a", "b"]
    let source = try InMemorySource(
      batch,
      signature: SequenceSignature(
        input: .features(["x", "y"]), target: kind.isPerSequence ? .classPerSequence(names) : .classPerTimestep(names)))
    if kind == .stateful || kind == .statefulPerSequence {
      return try StatefulBatches(source, windowLength: 4, batchSize: 9, seed: 3)
    }
    return try PlannedBatches(source, policy: BatchPolicy(grouping: .buckets(3), batchSize: 23, seed: 4))
  }

  static func trainer(_ kind: Kind, threads: Int, _ exchange: any GradientExchange) throws -> Trainer {
    let first = LSTM(6, returnSequences: true, dropout: kind == .dropout ? 0.3 : 0)
    let layers: [any Layer] = [
      kind == .bidirectional ? Bidirectional(first) : first, LSTM(5, returnSequences: !kind.isPerSequence),
      Dense(2, activation: .softmax),
    ]
    let isCut = kind == .truncated || kind == .truncatedPerSequence
    return try Trainer(
      model: Sequential(input: .features(2), layers: layers, seed: 2), loss: .sparseCategoricalCrossentropy,
      reduction: kind == .weighted ? .meanPerSequence : .meanPerTimestep,
      optimizer: kind == .clipped ? .sgd(0.3, momentum: 0.5, clipNorm: 0.05) : .adam(0.02), seed: 4,
      truncation: isCut ? 5 : nil, threads: threads, exchange: exchange)
  }

  /// A state without its times, to the bit.
  static func bits(_ trainer: Trainer, _ state: TrainingState) throws -> [UInt8] {
    let whole = trainer.state
    defer { trainer.state = whole }
    trainer.state = FitTests.timeless(state)
    return [UInt8](try trainer.checkpoint().encoded())
  }

  static func options(_ kind: Kind, epochs: Int = 3) throws -> FitOptions {
    FitOptions(
      epochs: epochs, validation: try batches(kind, lengths: [5, 0, 9, 14, 3, 8, 8], seed: 9),
      earlyStopping: EarlyStopping(
        monitor: kind == .watched ? .macroF1 : .validationLoss, patience: 2, restoresBest: true))
  }

  static func run(_ kind: Kind, threads: Int, _ exchange: any GradientExchange) throws -> [UInt8] {
    let trainer = try trainer(kind, threads: threads, exchange)
    var state = trainer.state
    try trainer.fit(batches(kind), options(kind), state: &state)
    return try bits(trainer, state)
  }

  @Test(arguments: Kind.allCases) func anyNumberOfRanksEndsInTheBitsOfOne(_ kind: Kind) throws {
    let alone = try Self.run(kind, threads: 1, LocalExchange())
    for ranks in [1, 2, 3, 4, 7] {
      for threads in [1, 2] {
        let found = try RankThreads.values(ranks, .shares) { try Self.run(kind, threads: threads, $0) }
        for (rank, bits) in found.enumerated() {
          #expect(bits == alone, "rank \(rank) of \(ranks), \(threads) threads")
        }
      }
    }
  }

  /// More ranks than a batch has shares, and batches of nothing.
  @Test func ranksWithoutAShareTakePart() throws {
    @Sendable func run(_ exchange: any GradientExchange) throws -> [UInt8] {
      let trainer = try Self.trainer(.adam, threads: 1, exchange)
      for lengths in [[4], [0, 0], [3, 9], [], [1]] {
        let batch = sampleBatch(
          lengths: lengths, input: .features(2), target: .classes(2), seed: UInt64(lengths.count + 1))
        try trainer.trainStep(batch)
      }
      return try Self.bits(trainer, trainer.state)
    }
    let alone = try run(LocalExchange())
    for ranks in [2, 5, 8] {
      for bits in try RankThreads.values(ranks, .shares, { try run($0) }) { #expect(bits == alone, "\(ranks)") }
    }
  }

  @Test func severalHeadsAreSummedAlike() throws {
    let heads = ["tag", "amount", "outcome"]
    @Sendable func run(_ exchange: any GradientExchange) throws -> (bits: [UInt8], mean: Double) {
      let trainer = try HeadTests.trainer(heads, weights: [1, 0.5, 1], threads: 1, exchange: exchange)
      let sums = try (0..<3).map { _ in try trainer.trainStep(HeadTests.batch(heads)) }
      return (try Self.bits(trainer, trainer.state), sums[2].mean)
    }
    let alone = try run(LocalExchange())
    for ranks in [2, 3] {
      for found in try RankThreads.values(ranks, .shares, { try run($0) }) { #expect(found == alone, "\(ranks)") }
    }
  }

  /// What a run that some rank wants to end has left behind, on all ranks after the same step.
  @Test(arguments: [Kind.dropout, .stateful, .statefulPerSequence, .truncated])
  func aRunGoesOnWithAnotherNumberOfRanks(_ kind: Kind) throws {
    let alone = try Self.run(kind, threads: 1, LocalExchange())
    var random = SeededRandom(seed: 8)
    for _ in 0..<12 {
      let (ranks, next, rank) = (1 + random.below(5), 1 + random.below(5), random.below(5))
      let stop = 1 + random.below(8)
      let note = "\(ranks) ranks to step \(stop), then \(next)"
      let stopped = try RankThreads.values(ranks, .shares) { exchange in
        let trainer = try Self.trainer(kind, threads: 1, exchange)
        var state = trainer.state
        let steps = Atomic(0)
        #expect(throws: Cancelled.self) {
          try trainer.fit(
            Self.batches(kind), Self.options(kind), state: &state,
            report: { if case .step = $0 { steps.add(1, ordering: .relaxed) } },
            monitor: ProgressMonitor(isCancelled: {
              exchange.rank == rank % ranks && steps.load(ordering: .relaxed) >= stop - 1
            }))
        }
        return (state: state, bits: try Self.bits(trainer, state))
      }
      #expect(stopped.allSatisfy { $0.bits == stopped[0].bits }, "\(note)")
      let state = stopped[0].state
      let ended = try RankThreads.values(next, .shares) { exchange in
        let trainer = try Self.trainer(kind, threads: 2, exchange)
        var state = state
        try trainer.fit(Self.batches(kind), Self.options(kind), state: &state)
        return try Self.bits(trainer, state)
      }
      for bits in ended { #expect(bits == alone, "\(note)") }
    }
  }

  /// Fails where batches are made: at one step, on one rank.
  private struct Breaking: BatchSource {
    let batches: any BatchSource
    let breaksAt: Int?

    var signature: SequenceSignature { batches.signature }
    var fingerprint: UInt64 { batches.fingerprint }
    func stepCount(epoch: Int) -> Int { batches.stepCount(epoch: epoch) }
    func step(epoch: Int, step: Int) throws -> Step {
      if epoch == 2, step == breaksAt { throw RaggedCoreError(.outOfRange, "the disk is gone") }
      return try batches.step(epoch: epoch, step: step)
    }
  }

  @Test(arguments: [0, 1, 2]) func anErrorOfOneRankEndsAll(_ broken: Int) throws {
    let found = try RankThreads.results(3, .shares) { exchange in
      let trainer = try Self.trainer(.adam, threads: 1, exchange)
      var state = trainer.state
      do {
        try trainer.fit(
          Breaking(batches: Self.batches(.adam), breaksAt: exchange.rank == broken ? 1 : nil), Self.options(.adam),
          state: &state)
      } catch {
        return (error: error, progress: state.progress.epoch)
      }
      throw Cancelled("no error")
    }.map { try $0.get() }
    for (rank, result) in found.enumerated() {
      #expect(result.progress == 1)
      if rank == broken {
        #expect("\(result.error)".contains("the disk is gone"))
        #expect(!(result.error is RankError))
      } else {
        let error = try #require(result.error as? RankError)
        #expect(error.rank == broken && error.isReported && error.failureClass == .badData)
        #expect(error.message == "step 1 of epoch 2: the disk is gone")
      }
    }
  }

  /// What goes wrong everywhere is told once.
  @Test func aRunThatDivergesIsToldOfByTheFirst() throws {
    let found = try RankThreads.results(3, .shares) { exchange in
      // Adam's mean of squares overflows with the first step.
      var batch = sampleBatch(lengths: Array(repeating: 3, count: 9), input: .features(2), target: .values(1))
      batch.targets = .valuesPerTimestep(Array(repeating: 1.5e19, count: 27), width: 1)
      let source = try InMemorySource(
        batch, signature: SequenceSignature(input: .features(["x", "y"]), target: .valuesPerTimestep(["v"])))
      let trainer = try Trainer(
        model: Sequential(input: .features(2), layers: [LSTM(3, returnSequences: true), Dense(1)], seed: 2),
        loss: .meanSquaredError, threads: 1, exchange: exchange)
      var state = trainer.state
      do {
        try trainer.fit(PlannedBatches(source, policy: BatchPolicy()), FitOptions(epochs: 5), state: &state)
      } catch { return error }
      throw Cancelled("no error")
    }.map { try $0.get() }
    #expect((found[0] as? TrainingError)?.code == .diverged)
    for error in found.dropFirst() { #expect((error as? RankError)?.rank == 0) }
  }

  /// Ranks whose machines compute differently are found out.
  @Test func otherWeightsOnARankEndTheRun() throws {
    let found = try RankThreads.results(2, .batches) { exchange in
      let trainer = try Self.trainer(.adam, threads: 1, exchange)
      var state = trainer.state
      if exchange.rank == 1 { state.parameters[0] += 1 }
      do { try trainer.fit(Self.batches(.adam), FitOptions(epochs: 1), state: &state) } catch { return error }
      throw Cancelled("no error")
    }.map { try $0.get() }
    for error in found {
      #expect("\(error)".hasPrefix("other weights than on rank 0 after epoch 1"), "\(error)")
    }
  }

  @Test func ranksThatBeginDifferentlyAreRefused() throws {
    let found = try RankThreads.results(2, .shares) { exchange in
      try exchange.together(facts: { (trainer: Trainer) in trainer.rankFacts }) {
        let trainer = try Self.trainer(.adam, threads: 1, exchange)
        if exchange.rank == 1 { trainer.state.parameters[0] += 1 }
        return trainer
      }.stepsTaken
    }
    for result in found {
      #expect(throws: RankError.self) { try result.get() }
      if case .failure(let error) = result { #expect("\(error)".hasPrefix("other weights than on rank 0: ")) }
    }
  }

  /// A file that the first rank alone has.
  @Test func aCheckpointIsReadForAll() throws {
    let file = URL.temporaryDirectory.appending(path: "ranks-\(UUID().uuidString).ragged")
    defer { try? FileManager.default.removeItem(at: file) }
    let checkpoint = try Self.trainer(.adam, threads: 1, LocalExchange()).checkpoint()
    try checkpoint.write(to: file)
    let found = try RankThreads.values(3, .shares) { exchange in
      try Checkpoint(contentsOf: exchange.rank == 0 ? file : URL(filePath: "/nowhere"), for: exchange)
    }
    for other in found { #expect(other == checkpoint) }
    let missing = try RankThreads.results(2, .shares) { try Checkpoint(contentsOf: URL(filePath: "/nowhere"), for: $0) }
    if case .failure(let error) = missing[0] { #expect((error as? TrainingError)?.code == .checkpointMissing) }
    if case .failure(let error) = missing[1] { #expect((error as? RankError)?.failureClass == .noInput) }
  }
}
