import RaggedCore
import RaggedTraining
import Testing

/// A model knows the names that its training data holds.
@Suite struct ModelDictionaryTests {
  static let data = SequenceSignature(
    input: InputSignature(
      timestep: ColumnSet(
        categories: [
          CategoryColumn("activity", Vocabulary(unit: .words, tokens: ["a", "b", "c", "d"])),
          CategoryColumn("level", size: 3),
        ]),
      statics: ColumnSet(categories: [CategoryColumn("channel", Vocabulary(unit: .words, tokens: ["web", "shop"]))])),
    target: .none)

  /// a three times, b twice at valid timesteps, c once, d only at an invalid one; shop twice, web never.
  static let source: InMemorySource? = {
    let codes: [Int32] = [1, 0, 2, 0, 1, 2, 3, 0, 2, 1, 1, 1, 4, 0, 0, 0]
    let batch = SequenceBatch(
      input: BatchCells(codes: codes, codeCount: 2), statics: BatchCells(codes: [2, 2], codeCount: 1),
      offsets: [0, 5, 8], validity: [true, true, true, true, true, true, false, true])
    return try? InMemorySource(batch, signature: data)
  }()

  static func names(minCount: Int = 1, maxCategories: Int? = nil) throws -> [[String]] {
    let source = try #require(source)
    let limited = try SequenceSignature.limited(to: source, minCount: minCount, maxCategories: maxCategories)
    #expect(limited.input.timestep.categories[1] == CategoryColumn("level", size: 3))
    let columns = [limited.input.timestep.categories[0], limited.input.statics.categories[0]]
    for column in columns { #expect(column.size == (column.vocabulary?.tokens.count ?? -2) + 1) }
    return columns.map { $0.vocabulary?.tokens ?? [] }
  }

  @Test func itIsThatOfTheTrainingData() throws {
    #expect(try Self.names() == [["a", "b", "c"], ["shop"]])
    #expect(try Self.names(minCount: 2) == [["a", "b"], ["shop"]])
    #expect(try Self.names(minCount: 4) == [[], []])
  }

  @Test func theMostFrequentNamesAreKept() throws {
    #expect(try Self.names(maxCategories: 1) == [["a"], ["shop"]])
    #expect(try Self.names(maxCategories: 2) == [["a", "b"], ["shop"]])
    #expect(try Self.names(minCount: 3, maxCategories: 2) == [["a"], []])
  }

  @Test func othersBecomeTheUnknownCode() throws {
    let source = try #require(Self.source)
    let limited = try SequenceSignature.limited(to: source, minCount: 2)
    let fitted = try SignatureFit(data: source.signature, model: limited, needsTargets: false).source(source)
    #expect(try fitted.gather([0]).input.codes == [1, 0, 2, 0, 1, 2, 0, 0, 2, 1])
    #expect(try fitted.gather([1]).statics.codes == [1])
  }

  @Test func numbersWithoutAMeaningAreRefused() throws {
    let source = try #require(Self.source)
    for (minCount, most) in [(0, 5), (1, 0), (-1, nil)] as [(Int, Int?)] {
      #expect(throws: TrainingError.self) {
        try SequenceSignature.limited(to: source, minCount: minCount, maxCategories: most)
      }
    }
  }
}
