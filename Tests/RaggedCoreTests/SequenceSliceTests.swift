import RaggedCore
import Testing

@Suite struct SequenceSliceTests {
  static func source(_ target: BatchTargets, _ signature: TargetSignature) throws -> InMemorySource {
    try InMemorySource(
      SequenceBatch(
        input: .values([0, 1, 2, 3, 4, 5, 6, 7], featureCount: 1), offsets: [0, 3, 3, 8], targets: target,
        weights: [1, 2, 3], validity: [true, false, true, true, true, false, true, true]),
      signature: SequenceSignature(input: .features(["x"]), target: signature))
  }

  static let slices = [
    SequenceSlice(position: 2, start: 1, count: 3), SequenceSlice(position: 1, start: 0, count: 0),
    SequenceSlice(position: 0, start: 2, count: 1), SequenceSlice(position: 2, start: 5, count: 0),
    SequenceSlice(position: 2, start: 0, count: 2),
  ]

  @Test func timestepsAndTheirTargetsAreCut() throws {
    let source = try Self.source(.classPerTimestep([0, 1, 0, 1, 1, 0, 0, 1]), .classPerTimestep(["a", "b"]))
    let batch = try source.gather(slices: Self.slices)
    #expect(batch.lengths == [3, 0, 1, 0, 2])
    #expect(batch.input == .values([4, 5, 6, 2, 3, 4], featureCount: 1))
    #expect(batch.targets == .classPerTimestep([1, 0, 0, 0, 1, 1]))
    #expect(batch.validity == [true, false, true, true, true, true])
    #expect(batch.weights == [3, 2, 1, 3, 3])
    #expect(batch.ids == [2, 1, 0, 2, 2])
    let wide = try Self.source(.valuesPerTimestep((0..<16).map(Float.init), width: 2), .valuesPerTimestep(["u", "v"]))
    #expect(
      try wide.gather(slices: [SequenceSlice(position: 2, start: 1, count: 2)]).targets
        == .valuesPerTimestep([8, 9, 10, 11], width: 2))
  }

  @Test func aSequencesTargetGoesWithEachOfItsSlices() throws {
    let source = try Self.source(.classPerSequence([0, 1, 1]), .classPerSequence(["a", "b"]))
    #expect(try source.gather(slices: Self.slices).targets == .classPerSequence([1, 1, 0, 1, 1]))
  }

  @Test func wholeSlicesAreTheSequences() throws {
    let source = try Self.source(.none, .none)
    let whole = source.lengths.enumerated().map { SequenceSlice(position: $0, start: 0, count: Int($1)) }
    #expect(try source.gather(slices: whole) == source.gather([0, 1, 2]))
  }

  static let faults = [
    (SequenceSlice(position: 3, start: 0, count: 0), "position 3 in a source of 3 sequences"),
    (SequenceSlice(position: 0, start: 1, count: 3), "3 timesteps from 1 of the sequence at position 0, which has 3"),
    (SequenceSlice(position: 0, start: 4, count: 0), "0 timesteps from 4 of the sequence at position 0, which has 3"),
    (SequenceSlice(position: 0, start: -1, count: 1), "1 timestep from -1 of the sequence at position 0, which has 3"),
    (SequenceSlice(position: 0, start: 0, count: -1), "-1 timesteps from 0 of the sequence at position 0, which has 3"),
    (
      SequenceSlice(position: 0, start: 1, count: .max),
      "9,223,372,036,854,775,807 timesteps from 1 of the sequence at position 0, which has 3"
    ),
  ]

  @Test(arguments: faults) func timestepsThatAreNotThereAreNamed(slice: SequenceSlice, message: String) throws {
    let error = #expect(throws: RaggedCoreError.self) { try Self.source(.none, .none).gather(slices: [slice]) }
    #expect(error?.message == message)
  }
}
