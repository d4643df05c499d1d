import RaggedCore
import RaggedFormats
import Testing

@Suite struct PackedBatchNPZTests {
  @Test func everyTargetHasItsShape() throws {
    let kinds: [(BatchTargets, [Int], NPYArray.Elements)] = [
      (.classPerSequence([1, 0, 2]), [3], .int32([1, 0, 2])),
      (.classPerTimestep([1, 2, 3]), [2, 2], .int32([1, 2, 3, 0])),
      (.valuesPerSequence([1, 2, 3, 4, 5, 6], width: 2), [3, 2], .float32([1, 2, 3, 4, 5, 6])),
      (.valuesPerTimestep([1, 2, 3], width: 1), [2, 2, 1], .float32([1, 2, 3, 0])),
    ]
    for (targets, shape, elements) in kinds {
      let batch = PaddedBatchNPZTests.batch(PaddedBatchNPZTests.values, targets)
      let arrays = try batch.packed(sequencesPerRow: [1, 2]).npzArrays
      #expect(
        arrays.map(\.name) == ["values", "mask", "resets", "rows", "starts", "lengths", "targets", "ids"])
      #expect(arrays[6].array == NPYArray(shape: shape, elements))
    }
  }

  @Test func tokensAndPlacesHaveTheirShape() throws {
    let batch = PaddedBatchNPZTests.batch(.tokens([7, 8, 9]), .none, weights: [1, 2, 0.5])
    let arrays = try batch.packed(sequencesPerRow: [2, 1], rowLength: 3).npzArrays
    #expect(
      arrays.map(\.name) == ["tokens", "mask", "resets", "rows", "starts", "lengths", "weights", "ids"])
    #expect(arrays[0].array == NPYArray(shape: [2, 3], .int32([7, 8, 0, 9, 0, 0])))
    #expect(arrays[1].array == NPYArray(shape: [2, 3], .bool([true, true, false, true, false, false])))
    #expect(arrays[2].array == NPYArray(shape: [2, 3], .bool([true, false, false, true, false, false])))
    #expect(arrays[3].array == NPYArray(shape: [3], .int64([0, 0, 1])))
    #expect(arrays[4].array == NPYArray(shape: [3], .int64([0, 2, 0])))
    #expect(arrays[5].array == NPYArray(shape: [3], .int64([2, 0, 1])))
    #expect(arrays[6].array == NPYArray(shape: [3], .float32([1, 2, 0.5])))
    #expect(arrays[7].array == NPYArray(shape: [3], .int64([4, 0, 9])))
  }
}
