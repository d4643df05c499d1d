import RaggedCore
import Testing

@testable import RaggedTraining

@Suite struct BlockTests {
  /// Lengths of many shapes: uniform, all equal, mostly short with a few long ones, many empty.
  static func lengths(_ random: inout SeededRandom) -> [Int] {
    let count = random.below(80)
    let (longest, kind) = (1 + random.below(60), random.below(4))
    return (0..<count).map { _ in
      switch kind {
      case 0: random.below(longest + 1)
      case 1: longest
      case 2: random.below(8) == 0 ? longest : random.below(4)
      default: random.below(3) == 0 ? random.below(longest + 1) : 0
      }
    }
  }

  @Test func everySequenceLiesOnceAndAlone() {
    var random = SeededRandom(seed: 1)
    var packedCases = 0
    for _ in 0..<3000 {
      let lengths = Self.lengths(&random)
      let blocks = Block.cut(lengths: lengths)
      #expect(blocks.flatMap(\.placements).map(\.row).sorted() == Array(lengths.indices))
      for block in blocks {
        var lanes = [[Range<Int>]](repeating: [], count: block.lanes)
        for placement in block.placements {
          #expect(placement.length == lengths[placement.row])
          lanes[placement.lane].append(placement.start..<placement.start + placement.length)
        }
        var fullest = 0
        for lane in lanes {
          let sorted = lane.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
          if sorted.count > 1 { packedCases += 1 }
          for (first, second) in zip(sorted, sorted.dropFirst()) where first.upperBound > second.lowerBound {
            Issue.record("\(first) and \(second) overlap for \(lengths)")
          }
          fullest = max(fullest, sorted.last?.upperBound ?? 0)
        }
        #expect(block.steps == fullest)
      }
      let again = Block.cut(lengths: lengths)
      #expect(again.map(\.steps) == blocks.map(\.steps))
      #expect(
        again.flatMap(\.placements).map { [$0.row, $0.lane, $0.start] }
          == blocks.flatMap(\.placements).map { [$0.row, $0.lane, $0.start] })
    }
    #expect(packedCases > 100)
  }

  @Test func seamsAreWhereSequencesBegin() {
    var random = SeededRandom(seed: 2)
    for _ in 0..<500 {
      for block in Block.cut(lengths: Self.lengths(&random)) {
        for isBackwards in [false, true] {
          let seams = block.seams(backwards: isBackwards)
          #expect(seams.first?.step == 0)
          #expect(zip(seams, seams.dropFirst()).allSatisfy { $0.step < $1.step })
          let placed = seams.flatMap(\.placements).sorted()
          #expect(placed == block.placements.indices.filter { block.placements[$0].length > 0 })
          for seam in seams {
            for placement in seam.placements.map({ block.placements[$0] }) {
              let first = isBackwards ? block.steps - placement.start - placement.length : placement.start
              #expect(first == seam.step)
            }
          }
        }
      }
    }
  }

  @Test func packsWhereThatIsCheaper() {
    // Three hundred timesteps in one row, and as many in rows of three: eight lanes of them take no longer than it.
    let blocks = Block.cut(lengths: [300] + Array(repeating: 3, count: 100))
    #expect(blocks.map(\.lanes) == [Block.narrow])
    #expect(blocks.map(\.steps) == [300])
    #expect((blocks[0].placements.map(\.start).max() ?? 0) > 0)
  }

  @Test func largeBatchesAreSortedIntoWideBlocks() {
    let blocks = Block.cut(lengths: (0..<1000).map { 10 + $0 % 90 })
    #expect(blocks.allSatisfy { $0.lanes == Block.wide })
    #expect(blocks.flatMap(\.placements).allSatisfy { $0.start == 0 })
    #expect(blocks.map(\.placements.count).allSatisfy { $0 == 16 || $0 == 8 })
  }

  @Test func smallBatchesTakeNarrowBlocks() {
    #expect(Block.cut(lengths: [40]).map(\.lanes) == [Block.narrow])
    #expect(Block.cut(lengths: Array(repeating: 40, count: 16)).map(\.lanes) == [Block.narrow, Block.narrow])
    #expect(Block.cut(lengths: Array(repeating: 40, count: 32)).map(\.lanes) == [Block.wide, Block.wide])
  }

  @Test func nothingMakesNothing() {
    #expect(Block.cut(lengths: []).isEmpty)
    #expect(Block.cut(lengths: [0, 0]).map(\.steps) == [0])
  }
}
