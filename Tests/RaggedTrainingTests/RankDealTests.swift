import Foundation
import RaggedCore
import Synchronization
import Testing

@testable import RaggedTraining

/// Work that is dealt to ranks comes back in its order, and judging on ranks gives what one rank finds, digit for digit.
@Suite(.timeLimit(.minutes(5))) struct RankDealTests {
  /// Deals pieces of a few bytes or none, and gives what the first rank was given.
  private static func taken(_ exchange: any GradientExchange, pieces: Int) throws -> [String] {
    var taken: [String] = []
    try exchange.deal(pieces) { piece in
      String(repeating: "\(piece),", count: piece % 4)
    } pack: {
      Array($0.utf8)
    } unpack: {
      String(decoding: $1, as: UTF8.self)
    } take: {
      taken.append("\($0):\($1)")
    }
    return taken
  }

  @Test func piecesComeInTheirOrderOnTheFirstRankAlone() throws {
    for pieces in [0, 1, 2, 3, 7, 20] {
      let alone = try Self.taken(LocalExchange(), pieces: pieces)
      #expect(alone.count == pieces)
      for ranks in [1, 2, 3, 5] {
        let threads = RankThreads(ranks)
        let found = try RankThreads.values(ranks, .shares, threads: threads) { try Self.taken($0, pieces: pieces) }
        #expect(found[0] == alone, "\(ranks) ranks, \(pieces) pieces")
        #expect(found.dropFirst().allSatisfy { $0.isEmpty })
        #expect(threads.leftOver == 0)
      }
    }
  }

  @Test func eachPieceIsDoneOnceByTheRankWhoseTurnItIs() throws {
    let done = Mutex<[Int: [Int]]>([:])
    _ = try RankThreads.values(3, .shares) { exchange in
      try exchange.deal(8) { piece in
        done.withLock { $0[exchange.rank, default: []].append(piece) }
        return UInt8(piece)
      } pack: {
        [$0]
      } unpack: {
        $1[0]
      } take: {
        #expect($0 == Int($1))
      }
    }
    #expect(done.withLock { $0 } == [0: [0, 3, 6], 1: [1, 4, 7], 2: [2, 5]])
  }

  @Test(arguments: [0, 1, 2]) func anErrorInAPieceEndsAllRanks(_ rank: Int) throws {
    let results: [Result<Void, any Error>] = try RankThreads.results(3, .shares) { exchange in
      try exchange.deal(9) { piece in
        if piece == 3 + rank { throw TrainingError(.dataMismatch, "piece \(piece) is broken") }
        return UInt8(piece)
      } pack: {
        [$0]
      } unpack: {
        $1[0]
      } take: { _, _ in
      }
    }
    for (other, result) in results.enumerated() {
      let error = #expect(throws: (any Error).self) { try result.get() }
      let failure = RankError(rank: other, try #require(error))
      #expect(
        failure.rank == rank && failure.message == "piece \(3 + rank) is broken" && failure.failureClass == .badData)
    }
  }

  /// The first rank has the terminal and says that work was stopped, whichever rank was asked to stop.
  @Test(arguments: [0, 1]) func aWishToEndEndsAllRanks(_ rank: Int) throws {
    let results: [Result<Void, any Error>] = try RankThreads.results(2, .shares) { exchange in
      try exchange.deal(9) { piece in
        if piece == 4 + rank { throw Cancelled("half of it is there") }
        return UInt8(piece)
      } pack: {
        [$0]
      } unpack: {
        $1[0]
      } take: { _, _ in
      }
    }
    #expect(throws: Cancelled("half of it is there")) { try results[0].get() }
    #expect(throws: (any Error).self) { try results[1].get() }
  }

  private enum Kind: CaseIterable {
    case perSequence, perTimestep, values
  }

  private static func report(
    _ kind: Kind, _ exchange: any GradientExchange, groups: Bool = true, batchSize: Int = 7
  ) throws -> EvaluationReport {
    let isPerSequence = kind == .perSequence
    let batch = sampleBatch(
      lengths: (0..<83).map { [7, 3, 1, 12, 5][$0 % 5] + $0 % 4 }, input: .features(2),
      target: kind == .values ? .values(2) : .classes(2), isPerSequence: isPerSequence, isWeighted: false,
      hasHoles: false, seed: 3)
    let names = ["a", "b"]
    let target: TargetSignature =
      switch kind {
      case .perSequence: .classPerSequence(names)
      case .perTimestep: .classPerTimestep(names)
      case .values: .valuesPerTimestep(names)
      }
    let source = try InMemorySource(
      batch, signature: SequenceSignature(input: .features(["x", "y"]), target: target))
    let trainer = try Trainer(
      model: Sequential(
        input: .features(2),
        layers: [
          LSTM(6, returnSequences: !isPerSequence), Dense(2, activation: kind == .values ? .linear : .softmax),
        ], seed: 2), loss: kind == .values ? .meanSquaredError : .sparseCategoricalCrossentropy, threads: 1)
    return try trainer.report(
      on: source, batchSize: batchSize, groups: groups ? EvaluationGroups.byLength(source.lengths) : nil, over: exchange
    )
  }

  @Test func figuresAreThoseOfOneRankToTheLastDigit() throws {
    for kind in Kind.allCases {
      let alone = try Self.report(kind, LocalExchange())
      #expect(alone.overall.sequences == 83 && alone.overall.loss > 0)
      for ranks in [2, 3, 5] {
        for (rank, found) in try RankThreads.values(ranks, .shares, { try Self.report(kind, $0) }).enumerated() {
          #expect(found == alone, "\(kind), rank \(rank) of \(ranks)")
          #expect(found.overall.loss.bitPattern == alone.overall.loss.bitPattern)
        }
      }
    }
  }

  /// Ranks that have not agreed on what they judge end with a sentence.
  @Test func ranksWithOtherBatchesEnd() throws {
    let results = try RankThreads.results(2, .shares) { exchange in
      try Self.report(.perTimestep, exchange, batchSize: exchange.rank == 0 ? 7 : 3)
    }
    for result in results {
      let error = #expect(throws: (any Error).self) { _ = try result.get() }
      let found = try #require(error)
      #expect("\(found)".contains("rank 1 has not the outputs of batch 1, "))
    }
  }
}
