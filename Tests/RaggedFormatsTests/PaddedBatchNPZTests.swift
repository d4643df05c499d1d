import Foundation
import RaggedCore
import RaggedFormats
import Testing

@Suite struct PaddedBatchNPZTests {
  static func batch(_ input: BatchCells, _ targets: BatchTargets, weights: [Float]? = nil) -> SequenceBatch {
    SequenceBatch(input: input, offsets: [0, 2, 2, 3], targets: targets, weights: weights, ids: [4, 0, 9])
  }

  static let values = BatchCells.values([1, 2, 3, 4, 5, 6], featureCount: 2)

  @Test func everyTargetHasItsShape() throws {
    let kinds: [(BatchTargets, [Int], NPYArray.Elements)] = [
      (.classPerSequence([1, 0, 2]), [3], .int32([1, 0, 2])),
      (.classPerTimestep([1, 2, 3]), [3, 2], .int32([1, 2, 0, 0, 3, 0])),
      (.valuesPerSequence([1, 2, 3, 4, 5, 6], width: 2), [3, 2], .float32([1, 2, 3, 4, 5, 6])),
      (.valuesPerTimestep([1, 2, 3], width: 1), [3, 2, 1], .float32([1, 2, 0, 0, 3, 0])),
    ]
    for (targets, shape, elements) in kinds {
      let arrays = try Self.batch(Self.values, targets).padded().npzArrays
      #expect(arrays.map(\.name) == ["values", "mask", "lengths", "targets", "ids"])
      #expect(arrays[3].array == NPYArray(shape: shape, elements))
    }
  }

  @Test func tokensAndWeightsHaveNamesOfTheirOwn() throws {
    let arrays = try Self.batch(.tokens([7, 8, 9]), .none, weights: [1, 2, 0.5]).padded().npzArrays
    #expect(arrays.map(\.name) == ["tokens", "mask", "lengths", "weights", "ids"])
    #expect(arrays[0].array == NPYArray(shape: [3, 2], .int32([7, 8, 0, 0, 9, 0])))
    #expect(arrays[1].array == NPYArray(shape: [3, 2], .bool([true, true, false, false, true, false])))
    #expect(arrays[2].array == NPYArray(shape: [3], .int64([2, 0, 1])))
    #expect(arrays[3].array == NPYArray(shape: [3], .float32([1, 2, 0.5])))
    #expect(arrays[4].array == NPYArray(shape: [3], .int64([4, 0, 9])))
  }

  @Test(.enabled(if: NumpyPython.isInstalled, "needs python3 with numpy"))
  func numpyReadsABatch() throws {
    let folder = try WriterFolder()
    let batch = Self.batch(Self.values, .classPerTimestep([1, 2, 3]), weights: [1, 2, 0.5])
    try NPZWriter.write(batch.padded(PaddingOptions(side: .pre, value: -1)).npzArrays, to: folder.file("b.npz"))
    let script = """
      import numpy, sys
      for name, a in numpy.load(sys.argv[1]).items(): print(name, a.dtype, a.tolist())
      """
    #expect(
      try NumpyPython.run(script, [folder.file("b.npz")]) == """
        values float32 [[[1.0, 2.0], [3.0, 4.0]], [[-1.0, -1.0], [-1.0, -1.0]], [[-1.0, -1.0], [5.0, 6.0]]]
        mask bool [[True, True], [False, False], [False, True]]
        lengths int64 [2, 0, 1]
        targets int32 [[1, 2], [0, 0], [0, 3]]
        weights float32 [1.0, 2.0, 0.5]
        ids int64 [4, 0, 9]

        """)
  }
}
