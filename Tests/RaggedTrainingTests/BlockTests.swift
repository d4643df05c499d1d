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

  @Test func everySequenceLiesInOneBlock() {
    var random = SeededRandom(seed: 1)
    for _ in 0..<3000 {
      let lengths = Self.lengths(&random)
      let blocks = Block.cut(lengths: lengths)
      #expect(blocks.flatMap(\.rows).sorted() == Array(lengths.indices))
      #expect(blocks.flatMap(\.lengths) == lengths.sorted(by: >))
      #expect(blocks.allSatisfy { block in block.lengths == block.rows.map { lengths[$0] } })
      #expect(Block.cut(lengths: lengths) == blocks)
    }
  }

  /// Every real timestep has a row of its own, and there are no others: nothing can be computed on padding.
  @Test func everyTimestepHasARowAndNothingElseHas() {
    var random = SeededRandom(seed: 2)
    for _ in 0..<1000 {
      for block in Block.cut(lengths: Self.lengths(&random)) {
        var rows: [Int] = []
        for t in 0..<block.steps {
          let sequences = block.lengths.indices.filter { block.lengths[$0] > t }
          #expect(block.starts[t + 1] - block.starts[t] == sequences.count)
          rows += sequences.map { block.row($0, t) }
        }
        #expect(rows == Array(0..<block.timesteps))
        #expect(block.timesteps == block.lengths.reduce(0, +))
        #expect(block.occupied == block.lengths.filter { $0 > 0 }.count)
      }
    }
  }

  @Test func equalLengthsKeepTheirOrder() {
    #expect(Block.cut(lengths: [4, 9, 4, 9, 4]).map(\.rows) == [[1, 3, 0], [2, 4]])
    // Too long to be counted.
    #expect(Block.cut(lengths: [4, 90_000, 4, 90_000, 4]).map(\.rows) == [[1, 3, 0], [2, 4]])
  }

  @Test func smallBatchesAreCutFiner() {
    func sizes(_ count: Int) -> [Int] { Block.cut(lengths: Array(repeating: 5, count: count)).map(\.rows.count) }
    #expect(sizes(1) == [1])
    #expect(sizes(2) == [1, 1])
    #expect(sizes(5) == [3, 2])
    #expect(sizes(8) == [4, 4])
    #expect(sizes(33) == Array(repeating: 4, count: 8) + [1])
    #expect(sizes(66) == Array(repeating: 8, count: 8) + [2])
  }

  @Test func shortSequencesOfLargeBatchesShareABlock() {
    func sizes(_ length: Int, _ count: Int) -> Set<Int> {
      Set(Block.cut(lengths: Array(repeating: length, count: count)).map(\.rows.count))
    }
    #expect(sizes(5, 240) == [8])
    #expect(sizes(5, 320) == [16] && sizes(32, 320) == [16])
    #expect(sizes(40, 360) == [12])
    #expect(sizes(99, 400) == [8] && sizes(10_000, 400) == [8])
  }

  @Test func emptySequencesChangeNothingForTheOthers() {
    let blocks = Block.cut(lengths: [7, 0, 3, 0, 5, 0, 2, 0, 9, 1])
    #expect(blocks.map(\.rows) == [[8, 0, 4], [2, 6, 9], [1, 3, 5, 7]])
    #expect(Block.cut(lengths: [7, 3, 5, 2, 9, 1]).map(\.lengths) == blocks.dropLast().map(\.lengths))
  }

  @Test func nothingMakesNothing() {
    #expect(Block.cut(lengths: []).isEmpty)
    #expect(Block.cut(lengths: [0, 0]) == [Block(rows: [0, 1], lengths: [0, 0])])
  }
}
