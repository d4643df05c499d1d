import Foundation
import RaggedCore
import Testing

@Suite struct SequenceSignatureTests {
  @Test func everyBatchHasItsOwnSignature() throws {
    for problem in BatchCase.all { try problem.signature.check(problem.batch) }
  }

  static let features = SequenceSignature(input: .features(["a", "b"]), target: .classPerSequence(["x", "y"]))
  static let tokens = SequenceSignature(input: .tokens(size: 3, vocabulary: nil), target: .valuesPerTimestep(["v"]))

  static func batch(
    _ input: BatchCells = .values([1, 2, 3, 4], featureCount: 2), _ targets: BatchTargets = .classPerSequence([0, 1])
  ) -> SequenceBatch {
    SequenceBatch(input: input, offsets: [0, 1, 2], targets: targets)
  }

  static let faults: [(SequenceSignature, SequenceBatch, String, RaggedCoreFault)] = [
    (
      features, batch(.values([1, 2], featureCount: 1)),
      "the batch holds 1 feature per timestep, expected 2 features per timestep", .shapeMismatch
    ),
    (features, batch(.tokens([1, 2])), "the batch holds tokens, expected 2 features per timestep", .shapeMismatch),
    (tokens, batch(), "the batch holds 2 features per timestep, expected tokens 0 to 2", .shapeMismatch),
    (tokens, batch(.tokens([1, 3])), "token 3, expected 0 to 2", .outOfRange),
    (tokens, batch(.tokens([-1, 0])), "token -1, expected 0 to 2", .outOfRange),
    (
      tokens, batch(.tokens([1, 2]), .valuesPerTimestep([1, 2, 3, 4], width: 2)),
      "the batch's targets are 2 values per timestep, expected 1 value per timestep", .shapeMismatch
    ),
    (
      tokens, batch(.tokens([1, 2]), .valuesPerSequence([1, 2], width: 1)),
      "the batch's targets are 1 value per sequence, expected 1 value per timestep", .shapeMismatch
    ),
    (features, batch(targetsOnly: .classPerSequence([0, 2])), "class 2, expected 0 to 1", .outOfRange),
    (features, batch(targetsOnly: .classPerSequence([-2, 1])), "class -2, expected 0 to 1", .outOfRange),
    (
      features, batch(targetsOnly: .classPerTimestep([0, 1])),
      "the batch's targets are a class per timestep, expected a class per sequence, of 2", .shapeMismatch
    ),
    (
      features, batch(targetsOnly: .none), "the batch's targets are none, expected a class per sequence, of 2",
      .shapeMismatch
    ),
  ]

  private static func batch(targetsOnly targets: BatchTargets) -> SequenceBatch {
    batch(.values([1, 2, 3, 4], featureCount: 2), targets)
  }

  @Test func aBatchOfAnotherShapeIsNamed() {
    for (signature, batch, message, code) in Self.faults {
      let error = #expect(throws: RaggedCoreError.self) { try signature.check(batch) }
      #expect(error?.message == message)
      #expect(error?.code == code)
      #expect(error?.failureClass == .badData)
      #expect(error.map { "\($0)" } == message)
    }
  }

  @Test func buffersThatDisagreeAreNamed() {
    var batch = Self.batch()
    batch.offsets = [0, 1]
    let error = #expect(throws: RaggedCoreError.self) { try Self.features.check(batch) }
    #expect(error?.message == "the batch's buffers do not have the sizes that its offsets ask for")
  }

  @Test func encodingKeepsEverything() throws {
    let vocabulary = Vocabulary(unit: .characters, tokens: ["a", "é", "👩‍👩‍👧"])
    let text = SequenceSignature(input: .tokens(size: 4, vocabulary: vocabulary), target: .none)
    for signature in [Self.features, Self.tokens, text] + BatchCase.all.prefix(100).map(\.signature) {
      #expect(try JSONDecoder().decode(SequenceSignature.self, from: JSONEncoder().encode(signature)) == signature)
    }
  }

  @Test func knownTokensAreNumberedFromOne() {
    let vocabulary = Vocabulary(unit: .words, tokens: ["the", "cat", "the"])
    #expect(vocabulary.indexByToken() == [ExactName("the"): 1, ExactName("cat"): 2])
    #expect(vocabulary.size == 4)
    #expect(Vocabulary.unknownIndex == 0)
  }
}
