import RaggedCore
import Testing

/// Batches read by row, timestep and feature, against grids written by hand.
@Suite struct GridTests {
  /// Two features; sequences of 2, 0 and 1 timesteps, the second of the first not valid.
  private let batch = SequenceBatch(
    input: .values([1, 2, 3, 4, 5, 6], featureCount: 2), offsets: [0, 2, 2, 3], weights: [1, 2, 3],
    validity: [true, false, true], ids: [7, 8, 9])

  @Test func aPaddedBatchIsReadByRowTimestepAndFeature() throws {
    let padded = try batch.padded(PaddingOptions(value: -1, fixedLength: 3))
    let values: [[[Float]]] = [
      [[1, 2], [3, 4], [-1, -1]], [[-1, -1], [-1, -1], [-1, -1]], [[5, 6], [-1, -1], [-1, -1]],
    ]
    let mask = [[true, false, false], [false, false, false], [true, false, false]]
    #expect(padded.values.shape == [3, 3, 2] && padded.mask.shape == [3, 3] && padded.lengths == [2, 0, 1])
    for b in 0..<3 {
      for t in 0..<3 {
        #expect(padded.mask[b, t] == mask[b][t], "row \(b), timestep \(t)")
        for f in 0..<2 { #expect(padded.values[b, t, f] == values[b][t][f], "row \(b), timestep \(t), feature \(f)") }
      }
    }
    #expect(Array(padded.values) == values.flatMap { $0 }.flatMap { $0 })
    #expect(padded.tokens.isEmpty && padded.tokens.shape == [0, 0])
  }

  @Test func tokensAreReadByRowAndTimestep() throws {
    let tokens = SequenceBatch(input: .tokens([4, 5, 6]), offsets: [0, 1, 3])
    let padded = try tokens.padded(PaddingOptions(side: .pre))
    let expected: [[Int32]] = [[0, 4], [5, 6]]
    #expect(padded.tokens.shape == [2, 2] && padded.values.shape == [2, 2, 0])
    for b in 0..<2 { for t in 0..<2 { #expect(padded.tokens[b, t] == expected[b][t]) } }
    #expect(!padded.mask[0, 0] && padded.mask[0, 1])
    #expect((0..<2).map { tokens[1][$0] } == [5, 6] && tokens[1].values.isEmpty && tokens[1].featureCount == 0)
  }

  @Test func aMaskIsChangedByRowAndTimestep() throws {
    var padded = try batch.padded()
    padded.mask[0, 0] = false
    #expect(padded.compacted().lengths == [0, 0, 1])
  }

  @Test func packedRowsAreReadByRowAndTimestep() throws {
    let packed = try batch.packed(sequencesPerRow: [3], rowLength: 4)
    #expect((0..<4).map { packed.mask[0, $0] } == [true, false, true, false])
    #expect((0..<4).map { packed.resets[0, $0] } == [true, false, true, false])
  }

  @Test func aRaggedBatchIsReadBySequence() {
    #expect(batch[0].count == 2 && batch[1].count == 0 && batch[2].count == 1)
    #expect((0..<2).map { t in (0..<2).map { f in batch[0][t, f] } } == [[1, 2], [3, 4]])
    #expect(batch[2][0, 0] == 5 && batch[2][0, 1] == 6)
    #expect(batch[0].validity == [true, false] && batch[2].validity == [true])
    #expect(Array(batch[2].values) == [5, 6] && batch[1].values.isEmpty && batch[0].codes.isEmpty)
    #expect(batch[1].id == 8 && batch[2].weight == 3 && batch[0].featureCount == 2)
  }

  @Test func indicesOutsideTheGridTrap() async {
    await #expect(processExitsWith: .failure) {
      let padded = try SequenceBatch(input: .values([1, 2], featureCount: 1), offsets: [0, 2]).padded()
      _ = padded.values[0, 2, 0]
    }
    await #expect(processExitsWith: .failure) {
      let padded = try SequenceBatch(input: .values([1, 2], featureCount: 2), offsets: [0, 1]).padded()
      _ = padded.mask[1, 0]
    }
    await #expect(processExitsWith: .failure) {
      let padded = try SequenceBatch(input: .values([1, 2, 3, 4], featureCount: 2), offsets: [0, 1, 2]).padded()
      _ = padded.values[0, 0, 2]  // The place is that of [1, 0, 0].
    }
    await #expect(processExitsWith: .failure) {
      _ = SequenceBatch(input: .values([1, 2], featureCount: 1), offsets: [0, 1, 2])[0][1, 0]
    }
    await #expect(processExitsWith: .failure) {
      _ = SequenceBatch(input: .tokens([1, 2]), offsets: [0, 1, 2])[2]
    }
  }
}
