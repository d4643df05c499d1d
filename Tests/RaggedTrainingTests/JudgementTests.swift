import Foundation
import RaggedBatching
import RaggedCore
import Testing

@testable import RaggedTraining

/// Laws of what is said of predictions.
@Suite struct JudgementTests {
  private static let tags = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]

  private static func tagger() throws -> Trainer {
    let model = try Sequential(
      input: .features(2), layers: [LSTM(4, returnSequences: true), Dense(5, activation: .softmax)], seed: 3
    ).scattered()
    return try Trainer(model: model, loss: .sparseCategoricalCrossentropy)
  }

  private static func tagged(hasHoles: Bool = false) throws -> InMemorySource {
    let batch = sampleBatch(
      lengths: sampleLengths(61, longest: 14), input: .features(2), target: .classes(5), hasHoles: hasHoles)
    return try InMemorySource(
      batch, signature: SequenceSignature(input: .features(["x", "y"]), target: .classPerTimestep(tags)))
  }

  @Test(arguments: [1, 7, 1000], [false, true])
  func batchesDoNotChangeTheFigures(_ batchSize: Int, _ hasHoles: Bool) throws {
    let (trainer, source) = (try Self.tagger(), try Self.tagged(hasHoles: hasHoles))
    let expected = try trainer.report(on: source, batchSize: 16)
    let report = try trainer.report(on: source, batchSize: batchSize)
    #expect(report.classReport == expected.classReport && report.entities == expected.entities)
    #expect(report.figures.count == expected.figures.count)
    let (one, other) = (try #require(report.figures.perplexity), try #require(expected.figures.perplexity))
    #expect(abs(one - other) < 1e-6 * other)
  }

  /// An invalid timestep does not exist: what is predicted for the others is as without it.
  @Test func timestepsThatAreNotValidAreNotThere() throws {
    let trainer = try Self.tagger()
    let source = try Self.tagged(hasHoles: true)
    let batch = try source.gather(Array(0..<source.count))
    let compact = try InMemorySource(batch.compacted(), signature: source.signature)
    let (one, other) = (try trainer.report(on: source), try trainer.report(on: compact))
    #expect(one.confusion == other.confusion && one.entities == other.entities)
    // Batches of other lengths are added up in another order.
    let (first, second) = (try #require(one.figures.perplexity), try #require(other.figures.perplexity))
    #expect(abs(first - second) < 1e-12 * second)
  }

  @Test func perplexityIsThatOfTheLoss() throws {
    let report = try Self.tagger().report(on: Self.tagged())
    let perplexity = try #require(report.figures.perplexity)
    #expect(abs(log(perplexity) - report.overall.loss) < 1e-5)
    #expect(abs((report.figures.bitsPerSymbol ?? 0) - log2(perplexity)) < 1e-9)
  }

  /// Beyond the limit scores are counted in bins, whatever the order in which they came.
  @Test func manyScoresAreCountedInBins() throws {
    var random = SeededRandom(seed: 4, stream: 1)
    let examples = (0..<4000).map { _ in (random.uniform(), random.uniform() < 0.4) }
    func ranked(_ limit: Int, _ examples: some Sequence<(Float, Bool)>) -> RankedScores {
      var scores = RankedScores(limit: limit)
      for (score, isPositive) in examples { scores.add(score, isPositive: isPositive) }
      return scores
    }
    let exact = try #require(ranked(.max, examples).figures)
    let binned = ranked(1000, examples)
    let figures = try #require(binned.figures)
    #expect(!figures.isExact && abs(figures.auroc - exact.auroc) < 1e-3)
    #expect(abs(figures.averagePrecision - exact.averagePrecision) < 1e-3)
    #expect(ranked(1000, examples.reversed()) == binned)
    var sum = ranked(1000, examples[..<300])
    sum += ranked(1000, examples[300..<1300])
    sum += ranked(1000, examples[1300...])
    #expect(sum == binned)
    // Scores of all signs, and both zeros.
    let odd = ranked(.max, [(-1, false), (-0.0, true), (0, false), (.infinity, true), (-.infinity, false), (2, true)])
    #expect(abs((odd.figures?.auroc ?? 0) - 8.5 / 9) < 1e-12)
    #expect(RankedScores().figures == nil && ranked(9, [(1, true)]).figures == nil)
  }

  @Test func namesAreTagsOnlyWhereTheyGoTogether() {
    #expect(TagScheme(Self.tags)?.types == ["LOC", "PER"])
    #expect(TagScheme(["B", "I", "O"])?.types == [""])
    #expect(TagScheme(["I-MISC", "O"])?.types == ["MISC"])
    #expect(TagScheme(["B-a-b", "I-a-b", "O"])?.types == ["a-b"])
    for names in [
      ["walk", "run"], ["B", "O"], ["B-LOC", "walk"], ["O", "S"], ["O"], ["X-LOC", "O"], [], ["B-", "I-"],
    ] {
      #expect(TagScheme(names) == nil, "\(names)")
    }
    #expect(TagScheme(["B-LOC", "O"], others: ["walk", "B-ORG"])?.types == ["LOC", "ORG"])
  }

  @Test func nothingIsSaidOfNothing() throws {
    #expect(Confusion(classCount: 3).classReport == nil)
    #expect(ValueSums().symmetricPercentage == nil && ValueSums().meanAbsoluteError == nil)
    let report = try Self.tagger().report(on: Self.tagged().subset([]))
    #expect(report.figures == JudgedFigures() && report.classReport == nil)
    #expect(report.entities?.overall.support == 0 && report.groups.isEmpty)
  }

  /// Parts by length and by place in the sequence add up to the whole.
  @Test func groupsAddUpToTheWhole() throws {
    let (trainer, source) = (try Self.tagger(), try Self.tagged())
    let names: [String?] = (0..<source.count).map { $0 % 3 == 0 ? nil : "n\($0 % 5)" }
    let numbers: [Float] = (0..<source.count).map { $0 % 7 == 0 ? Float.nan : Float($0) }
    let all: [EvaluationGroups] = [
      .byLength(source.lengths), .byTimestep(source.lengths), .byName("name", names), .byNumber("number", numbers),
      try .byColumn("x", of: source.onlyFirst()),
    ]
    for groups in all {
      let report = try trainer.report(on: source, groups: groups)
      let whole = report.figures
      #expect(report.groups.reduce(0) { $0 + $1.figures.count } == whole.count, "\(groups.title)")
      let hits = report.groups.reduce(0.0) { sum, group in
        sum + (group.figures.accuracy ?? 0) * Double(group.figures.count)
      }
      #expect(abs(hits - (whole.accuracy ?? 0) * Double(whole.count)) < 1e-6, "\(groups.title)")
      let steps: Int = source.lengths.reduce(0) { $0 + Int($1) }
      let members: Int = groups.isPerTimestep ? steps : source.count
      #expect(groups.names.count <= max(2, members / 20), "\(groups.title): \(groups.names)")
      let hasEntities: Bool = report.groups.contains { $0.figures.entityF1 != nil }
      #expect(hasEntities != groups.isPerTimestep, "\(groups.title)")
    }
  }

  @Test func rareNamesAreOnePart() {
    let labels: [String?] = (0..<100).map { k in k < 60 ? "a" : k < 90 ? "b" : "rare \(k)" }
    #expect(EvaluationGroups.byName("n", labels).names == ["a", "b", "rare 90", "rare 91", "8 others"])
    #expect(EvaluationGroups.byName("n", Array(labels.prefix(30))).names == ["a"])
    #expect(EvaluationGroups.byName("n", ["a", "b", nil]).names == ["all", "(none)"])
    let lengths: [Int32] = (1...100).map { Int32($0) }
    #expect(EvaluationGroups.byLength(lengths).names == ["1–20", "21–40", "41–60", "61–80", "81–100"])
    #expect(EvaluationGroups.byLength(Array(repeating: 7, count: 100)).names == ["7"])
    #expect(EvaluationGroups.byLength([]).names == ["0"])
    let numbers: [Float] = (0..<60).map { Float($0) / 2 }
    #expect(EvaluationGroups.byNumber("x", numbers).names == ["0 to below 10", "10 to below 20", "20 to 29.5"])
  }

  @Test func timestepsDoNotGroupSequences() throws {
    let model = try Sequential(input: .features(2), layers: [LSTM(4), Dense(3, activation: .softmax)])
    let trainer = try Trainer(model: model, loss: .sparseCategoricalCrossentropy)
    let source = try sampleSource(lengths: [3, 2, 1], target: .classes(3), isPerSequence: true)
    let error = #expect(throws: TrainingError.self) {
      try trainer.report(on: source, groups: .byTimestep(source.lengths))
    }
    #expect(error?.message.contains("\"timestep\" changes from timestep to timestep") == true)
  }
}

extension InMemorySource {
  /// The first number of each timestep alone, as a source of its own.
  fileprivate func onlyFirst() throws -> InMemorySource {
    var batch = batch
    batch.input = .values(
      stride(from: 0, to: batch.input.values.count, by: batch.input.featureCount).map { batch.input.values[$0] },
      featureCount: 1)
    batch.targets = .none
    return try InMemorySource(batch, signature: SequenceSignature(input: .features(["x"]), target: .none))
  }
}
