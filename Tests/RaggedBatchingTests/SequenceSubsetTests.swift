import RaggedBatching
import RaggedCore
import Testing

@Suite struct SequenceSubsetTests {
  @Test func aPartIsASourceOfItsOwn() throws {
    let source = try numberedSource([3, 0, 2, 5])
    let part = try source.subset([3, 0, 1])
    #expect(part.lengths == [5, 3, 0])
    #expect(part.count == 3)
    #expect(part.signature == source.signature)
    let batch = try part.gather([2, 0, 1])
    #expect(batch.ids == [2, 0, 1])
    #expect(batch.lengths == [0, 5, 3])
    #expect(batch.input == .values([3, 3, 3, 3, 3, 0, 0, 0], featureCount: 1))
    #expect(try part.keys([0, 2]) == ["key 3", "key 1"])
  }

  @Test func partsOfPartsGoBackToTheFirstSource() throws {
    let part = try numberedSource([1, 2, 3, 4]).subset([3, 2, 0]).subset([1, 2])
    #expect(part.lengths == [3, 1])
    #expect(try part.keys([0, 1]) == ["key 2", "key 0"])
    #expect(try part.gather([1]).ids == [1])
  }

  @Test func aPartHoldsNoMoreThanItMust() throws {
    let source = try numberedSource((0..<50).map { $0 % 4 })
    #expect(try source.subset(0..<50).byteCount == 0)
    #expect(try source.subset(10..<30).byteCount == 4 * 20)
    #expect(try source.subset([3, 1, 2]).byteCount == 8 * 3)
    #expect(try source.subset(10..<30).keys([0, 19]) == ["key 10", "key 29"])
    #expect(try source.subset(10..<30).lengths == source.subset(Array(10..<30)).lengths)
    for (range, wrong) in [(0..<51, 50), (-1..<3, -1)] {
      let error = #expect(throws: BatchingError.self) { try source.subset(range) }
      #expect(error?.message == "position \(wrong) in a source of 50 sequences")
    }
  }

  @Test func slicesAreThoseOfTheBase() throws {
    let source = try numberedSource([3, 0, 2, 5])
    let part = try source.subset([3, 0, 1])
    let slices = [SequenceSlice(position: 1, start: 1, count: 2), SequenceSlice(position: 0, start: 0, count: 4)]
    let batch = try part.gather(slices: slices)
    #expect(batch.ids == [1, 0])
    #expect(batch.input == .values([0, 0, 3, 3, 3, 3], featureCount: 1))
    #expect(throws: RaggedCoreError.self) { try part.gather(slices: [SequenceSlice(position: 3, start: 0, count: 0)]) }
  }

  @Test func theFingerprintFollowsBaseAndPositions() throws {
    let source = try numberedSource([1, 2, 3])
    let prints = try [source.subset([0, 1]), source.subset([1, 0]), source.subset([0]), source.subset([])]
      .map(\.fingerprint)
    #expect(Set(prints).count == 4)
    #expect(try numberedSource([1, 2, 4]).subset([0, 1]).fingerprint != prints[0])
    #expect(try numberedSource([1, 2, 3]).subset([0, 1]).fingerprint == prints[0])
  }

  @Test func aSplitHasEverySequenceOnce() throws {
    for number in 0..<400 {
      var random = SeededRandom(seed: 9, stream: UInt64(number))
      let source = try numberedSource((0..<random.below(40)).map { _ in random.below(5) })
      let fraction = random.uniformDouble()
      let (training, validation) = try source.split(validationFraction: fraction, seed: UInt64(number))
      #expect((training.basePositions + validation.basePositions).sorted() == Array(0..<source.count))
      #expect(training.basePositions == training.basePositions.sorted())
      #expect(validation.basePositions == validation.basePositions.sorted())
      if source.count > 1 {
        #expect(abs(Double(validation.count) - fraction * Double(source.count)) <= 1)
        #expect(!training.basePositions.isEmpty && !validation.basePositions.isEmpty)
      }
    }
  }

  @Test func theSeedDecidesTheSplit() throws {
    let source = try numberedSource((0..<50).map { $0 })
    let parts = try (0..<10).map { try source.split(validationFraction: 0.2, seed: $0 / 2).validation.basePositions }
    #expect(Set(parts).count == 5)
    #expect(parts.allSatisfy { $0.count == 10 })
    #expect(try source.split(validationFraction: 0, seed: 1).validation.count == 0)
  }

  @Test(arguments: [-0.1, 1, 1.5, Double.nan]) func aShareWithoutMeaningIsRefused(share: Double) throws {
    let source = try numberedSource([1, 2])
    let error = #expect(throws: BatchingError.self) { try source.split(validationFraction: share, seed: 0) }
    #expect(error?.message == "the validation share is \(share), expected at least 0 and less than 1")
  }

  @Test func positionsThatDoNotExistAreNamed() throws {
    let source = try numberedSource([1, 2])
    let outside = #expect(throws: BatchingError.self) { try source.subset([0, 2]) }
    #expect(outside?.message == "position 2 in a source of 2 sequences")
    let part = try source.subset([1])
    let gathered = #expect(throws: RaggedCoreError.self) { try part.gather([0, -1]) }
    #expect(gathered?.message == "position -1 in a source of 1 sequence")
    #expect(throws: RaggedCoreError.self) { try part.keys([1]) }
  }
}

extension MappedSource where Map == Subset {
  /// The position in the base of each sequence of the part.
  fileprivate var basePositions: [Int] { lengths.indices.map { map.place($0).position } }
}
