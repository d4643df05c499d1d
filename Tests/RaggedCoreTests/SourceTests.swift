import RaggedCore
import Testing

@Suite struct InMemorySourceTests {
  @Test func gatheringIsSelecting() throws {
    for (number, problem) in BatchCase.all.prefix(300).enumerated() where problem.batch.count > 0 {
      var random = SeededRandom(seed: 41, stream: UInt64(number))
      let source = try InMemorySource(problem.batch, signature: problem.signature)
      let positions = (0..<5).map { _ in random.below(source.count) }
      var expected = problem.batch.selecting(positions)
      expected.ids = positions
      #expect(try source.gather(positions) == expected, "case \(number)")
      #expect(source.lengths == problem.batch.lengths.map(Int32.init))
      #expect(source.fingerprint == problem.batch.contentHash)
      #expect(try source.keys(positions) == positions.map(String.init))
    }
  }

  static let signature = SequenceSignature(input: .tokens(size: 5, vocabulary: nil), target: .none)
  static let batch = SequenceBatch(input: .tokens([1, 2, 3]), offsets: [0, 3, 3])

  @Test func keysAreThoseGiven() throws {
    let source = try InMemorySource(Self.batch, signature: Self.signature, keys: ["a", "b"])
    #expect(try source.keys([1, 0, 1]) == ["b", "a", "b"])
  }

  @Test func aNumberOfKeysThatDiffersIsNamed() {
    let error = #expect(throws: RaggedCoreError.self) {
      try InMemorySource(Self.batch, signature: Self.signature, keys: ["a"])
    }
    #expect(error?.message == "1 key for 2 sequences")
  }

  @Test func aBatchOfAnotherShapeIsRefused() {
    let error = #expect(throws: RaggedCoreError.self) {
      try InMemorySource(SequenceBatch(input: .tokens([5]), offsets: [0, 1]), signature: Self.signature)
    }
    #expect(error?.message == "token 5, expected 0 to 4")
  }

  @Test func aSequenceLongerThanALengthCanSayIsRefused() {
    let long = SequenceBatch(input: .values([], featureCount: 0), offsets: [0, 1 << 31])
    let error = #expect(throws: RaggedCoreError.self) {
      try InMemorySource(long, signature: SequenceSignature(input: .features([]), target: .none))
    }
    #expect(error?.message == "a sequence of 2147483648 timesteps, expected at most 2147483647")
  }

  @Test(arguments: [-1, 2]) func aPositionThatDoesNotExistIsNamed(position: Int) throws {
    let source = try InMemorySource(Self.batch, signature: Self.signature, keys: ["a", "b"])
    let gathered = #expect(throws: RaggedCoreError.self) { try source.gather([0, position]) }
    #expect(gathered?.message == "position \(position) in a source of 2 sequences")
    let named = #expect(throws: RaggedCoreError.self) { try source.keys([0, position]) }
    #expect(named == gathered)
  }
}

@Suite struct GeneratedSourceTests {
  static let signature = SequenceSignature(input: .tokens(size: 5, vocabulary: nil), target: .classPerSequence(["x"]))

  static func make(_ length: Int, token: Int32 = 1) -> SequenceBatch {
    SequenceBatch(
      input: .tokens(Array(repeating: token, count: length)), offsets: [0, length], targets: .classPerSequence([0]))
  }

  static func source(_ make: @escaping @Sendable (Int) throws -> SequenceBatch) -> GeneratedSource {
    GeneratedSource(signature: signature, lengths: [2, 0, 3], fingerprint: 9, make: make)
  }

  @Test func sequencesAreThoseThatTheFunctionMakes() throws {
    let lengths = [2, 0, 3]
    let source = Self.source { Self.make(lengths[$0], token: Int32($0)) }
    let batch = try source.gather([2, 1, 0, 2])
    #expect(batch.input == .tokens([2, 2, 2, 0, 0, 2, 2, 2]))
    #expect(batch.offsets == [0, 3, 3, 5, 8])
    #expect(batch.ids == [2, 1, 0, 2])
    #expect(try source.gather([]).count == 0)
    #expect(source.count == 3 && source.fingerprint == 9)
    #expect(try source.keys([1]) == ["1"])
  }

  @Test func aFunctionThatBreaksItsPromiseIsNamed() {
    let longer = #expect(throws: RaggedCoreError.self) { try Self.source { _ in Self.make(3) }.gather([2, 0]) }
    #expect(longer?.message == "the generator made 1 sequence of [3] timesteps at position 0, expected one of 2")
    let two = SequenceBatch(input: .tokens([1, 1]), offsets: [0, 1, 2], targets: .classPerSequence([0, 0]))
    let more = #expect(throws: RaggedCoreError.self) { try Self.source { _ in two }.gather([0]) }
    #expect(more?.message == "the generator made 2 sequences of [1, 1] timesteps at position 0, expected one of 2")
    let token = #expect(throws: RaggedCoreError.self) { try Self.source { _ in Self.make(2, token: 7) }.gather([0]) }
    #expect(token?.message == "the generator's sequence at position 0: token 7, expected 0 to 4")
  }

  @Test func errorsOfTheFunctionAndPositionsThatDoNotExistReachTheCaller() {
    struct Cause: Error {}
    #expect(throws: Cause.self) { try Self.source { _ in throw Cause() }.gather([0]) }
    let outside = #expect(throws: RaggedCoreError.self) { try Self.source { _ in Self.make(2) }.gather([0, 3]) }
    #expect(outside?.message == "position 3 in a source of 3 sequences")
  }
}
