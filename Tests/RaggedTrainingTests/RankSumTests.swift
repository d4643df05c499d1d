import Foundation
import RaggedCore
import Synchronization
import Testing

@testable import RaggedTraining

/// How numbers go from rank to rank.
@Suite(.timeLimit(.minutes(10))) struct RankSumTests {
  /// Numbers whose sum depends on the order in which they are added.
  private static func part(_ rank: Int, _ count: Int) -> [Float] {
    var random = SeededRandom(seed: UInt64(rank + 1), stream: UInt64(count))
    return (0..<count).map { _ in (random.uniform() - 0.5) * Float(1 << random.below(20)) }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 8, 13]) func sumsAreAddedInTheOrderOfTheRanks(_ ranks: Int) throws {
    // Nothing, one, and more than one piece, the last of them short.
    for count in [0, 1, 1000, CarriedSegment.pieceSize / 4, CarriedSegment.pieceSize / 2 + 5] {
      let parts = (0..<ranks).map { Self.part($0, count) }
      var expected = parts[0]
      for part in parts.dropFirst() { for i in expected.indices { expected[i] += part[i] } }
      let threads = RankThreads(ranks)
      let sums = try RankThreads.values(ranks, .batches, threads: threads) { exchange in
        var sum = parts[exchange.rank]
        try exchange.sum(&sum)
        return sum.map(\.bitPattern)
      }
      for sum in sums { #expect(sum == expected.map(\.bitPattern), "\(ranks) ranks, \(count)") }
      #expect(threads.leftOver == 0)
      // A ring's all-reduce sends as much; a tree's root more of a short message.
      let most = threads.bytesSent.max() ?? 0
      let isLong = 4 * count > CarriedSegment.pieceSize
      #expect(most <= 4 * count * (isLong ? 2 : 1 + Int(log2(Double(ranks)).rounded(.up))), "\(threads.bytesSent)")
    }
  }

  @Test(arguments: [1, 2, 3, 7]) func everyRankHasTheBytesOfAll(_ ranks: Int) throws {
    let own = (0..<ranks).map { rank in [UInt8](repeating: UInt8(rank), count: rank % 3 == 1 ? 0 : 100_000 * rank + 3) }
    let found = try RankThreads.values(ranks, .shares) { try $0.gather(own[$0.rank]) }
    for all in found { #expect(all == own) }
    let first = try RankThreads.values(ranks, .shares) { exchange in
      try exchange.fromFirst { exchange.rank == 0 ? [1, 2, 3] : [] }
    }
    for bytes in first { #expect(bytes == [1, 2, 3]) }
  }

  /// Every share is some rank's, the ranks' shares follow each other, and no rank has much more than its part.
  @Test func sharesAreDividedIntoConsecutiveParts() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<500 {
      let blocks = (0..<random.below(60)).map { _ in
        Block(rows: [0], lengths: [random.below(100)])
      }
      var (shares, first): ([Range<Int>], Int) = ([], 0)
      while first < blocks.count {
        let end = min(blocks.count, first + 1 + random.below(4))
        shares.append(first..<end)
        first = end
      }
      let ranks = 1 + random.below(12)
      let division = ShareDivision(blocks, shares, ranks: ranks)
      #expect(division.parts.flatMap(Array.init) == Array(shares.indices))
      #expect((0..<ranks).flatMap { Array(division.blocks(of: $0)) } == Array(blocks.indices))
      #expect((0..<ranks).flatMap(division.shares) == shares)
      #expect(division.owners <= ranks && division.parts.allSatisfy { !$0.isEmpty })
      let loads = shares.map { blocks[$0].reduce(0) { $0 + $1.timesteps + 1 } }
      let most = division.parts.map { loads[$0].reduce(0, +) }.max() ?? 0
      #expect(most <= loads.reduce(0, +) / ranks + (loads.max() ?? 0))
    }
  }

  private struct Fault: RaggedError, Equatable {
    var message: String
    var failureClass: FailureClass { .noInput }
  }

  private static func outcome<Value>(_ result: Result<Value, any Error>) -> String {
    switch result {
    case .success: "fine"
    case .failure(let error as RankError): "\(error.rank) \(error.message) \(error.failureClass.rawValue)"
    case .failure(let error): "own \(error)"
    }
  }

  @Test func whatFailsOnOneRankEndsAllOfThem() throws {
    func outcomes(_ failing: Set<Int>, values: [Int: String] = [:]) throws -> [String] {
      try RankThreads.results(4, .shares) { exchange in
        try exchange.together(facts: { (value: Int) in [RankFact("data", values[exchange.rank] ?? "\(value)")] }) {
          if failing.contains(exchange.rank) { throw Fault(message: "no file \(exchange.rank)") }
          return 7
        }
      }.map(Self.outcome)
    }
    #expect(try outcomes([]) == ["fine", "fine", "fine", "fine"])
    #expect(try outcomes([2]) == ["2 no file 2 66", "2 no file 2 66", "own no file 2", "2 no file 2 66"])
    #expect(
      try outcomes([0, 1, 2, 3]) == ["own no file 0", "0 no file 0 66", "0 no file 0 66", "0 no file 0 66"])
    let other = "3 other data than on rank 0: 8, there 7: all ranks need the same 65"
    #expect(try outcomes([], values: [3: "8"]) == [other, other, other, other])
  }

  @Test func aLauncherSaysWhichPlaceThisIs() {
    #expect(RankPlace([:]) == nil)
    #expect(RankPlace(["OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "4"])?.rank == 2)
    #expect(RankPlace(["PMI_RANK": "0", "PMI_SIZE": "3"])?.worldSize == 3)
    #expect(RankPlace(["PMIX_RANK": "1", "SLURM_NTASKS": "2"])?.rank == 1)
    for rank in ["4", "-1", "a", ""] {
      #expect(RankPlace(["OMPI_COMM_WORLD_RANK": rank, "OMPI_COMM_WORLD_SIZE": "4"]) == nil, "\(rank)")
    }
    #expect(RankPlace(["OMPI_COMM_WORLD_RANK": "0"]) == nil)
    let place = RankPlace(["PMI_RANK": "1", "PMI_SIZE": "6", "MPI_LOCALNRANKS": "1"])
    #expect(place?.localSize == 1 && place?.usualThreads == min(1024, ProcessInfo.processInfo.activeProcessorCount))
    let crowd = RankPlace(["PMI_RANK": "1", "PMI_SIZE": "100000"])
    #expect(crowd?.localSize == 100_000 && crowd?.usualThreads == 1)
  }
}
