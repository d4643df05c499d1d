import RaggedCore
import RaggedTraining
import Testing

/// Many labels a sequence: figures beside scikit-learn's, and thresholds.
@Suite struct LabelReportTests {
  private struct File: Decodable {
    struct Case: Decodable {
      var name: String
      var thresholds: [Float]
      var truths: [[Float]]
      var scores: [[Float]]
      var precision, recall, f1, auroc, averagePrecision, micro, macro, weighted, bestF1: [Double]
      var support: [Int]
    }
    var cases: [Case]
  }

  private func sums(_ given: File.Case) throws -> JudgementSums {
    let names = given.thresholds.indices.map { "l\($0)" }
    var sums = JudgementSums(target: .valuesPerSequence(names), areLabels: true)
    sums.thresholds = given.thresholds
    let batch = SequenceBatch(
      input: .values([], featureCount: 0), offsets: Array(repeating: 0, count: given.truths.count + 1),
      targets: .valuesPerSequence(given.truths.flatMap { $0 }, width: names.count))
    try sums.add(
      JudgedBatch(batch: batch, outputs: given.scores.flatMap { $0 }, width: names.count, validity: nil))
    return sums
  }

  @Test func figuresAreThoseOfScikitLearn() throws {
    let file = try decode(File.self, "scikit-learn/labels.json")
    #expect(file.cases.count == 2)
    func close(_ value: Double?, _ truth: Double) -> Bool { value.map { abs($0 - truth) < 1e-12 } ?? false }
    for given in file.cases {
      let sums = try sums(given)
      let report = try #require(sums.labelReport)
      for (k, label) in report.labels.enumerated() {
        #expect(label.threshold == given.thresholds[k] && label.figures.support == given.support[k])
        #expect(
          close(label.figures.precision, given.precision[k]) && close(label.figures.recall, given.recall[k])
            && close(label.figures.f1, given.f1[k]))
        #expect(close(label.auroc, given.auroc[k]) && close(label.averagePrecision, given.averagePrecision[k]))
      }
      for (mean, truth) in [
        (report.micro, given.micro), (report.macro, given.macro), (report.weighted, given.weighted),
      ] {
        #expect(close(mean.precision, truth[0]) && close(mean.recall, truth[1]) && close(mean.f1, truth[2]))
      }
      #expect(close(sums.figures.macroF1, given.macro[2]) && close(sums.figures.weightedF1, given.weighted[2]))
      // No threshold is better than the best one, by its own count.
      var best = sums
      best.thresholds = try sums.labels.map { try #require($0.bestThreshold) }
      let chosen = try #require(best.labelReport)
      for (k, label) in chosen.labels.enumerated() { #expect(close(label.figures.f1, given.bestF1[k])) }
    }
  }

  @Test func partsAddUpToTheWhole() throws {
    let given = try decode(File.self, "scikit-learn/labels.json").cases[1]
    let whole = try sums(given)
    var parts = JudgementSums(target: whole.target, areLabels: true)
    parts.thresholds = given.thresholds
    for range in [0..<13, 13..<14, 14..<given.truths.count] {
      var part = given
      (part.truths, part.scores) = (Array(given.truths[range]), Array(given.scores[range]))
      parts += try sums(part)
    }
    #expect(parts.labelReport == whole.labelReport)
  }

  @Test func theBestThresholdLiesBetweenScores() {
    var scores = RankedScores()
    #expect(scores.bestThreshold == nil)
    for (score, isPositive) in [(0.9, true), (0.75, true), (0.25, false), (0.125, true)] as [(Float, Bool)] {
      scores.add(score, isPositive: isPositive)
    }
    // Two of three found and no other: F1 0.8, all found and one more: 6/7.
    #expect(scores.bestThreshold == 0.0625)
    #expect(scores.counts(above: 0.0625) == (3, 1) && scores.counts(above: 0.25) == (2, 0))
    var one = RankedScores()
    one.add(0.5, isPositive: true)
    one.add(Float(0.5).nextDown, isPositive: false)
    // Nothing lies between neighbours: the lower one is not above itself.
    #expect(one.bestThreshold == Float(0.5).nextDown)
  }

  @Test func aLabelThatIsNotThereIsLeftOut() throws {
    let trainer = try Trainer(
      model: Sequential(input: .features(1), layers: [LSTM(2), Dense(3, activation: .sigmoid)], seed: 1),
      loss: .binaryCrossentropy)
    let batch = SequenceBatch(
      input: .values([0.5, -0.5, 1, 0.25], featureCount: 1), offsets: [0, 1, 2, 4],
      targets: .valuesPerSequence([1, 0, 0, 0, 1, 0, 1, 1, 0], width: 3))
    let signature = SequenceSignature(input: .features(["x"]), target: .valuesPerSequence(["a", "b", "c"]))
    let source = try InMemorySource(batch, signature: signature)
    #expect(trainer.judgesLabels(of: signature.target))
    let report = try trainer.report(on: source, thresholds: [0, 0, 1])
    let labels = try #require(report.labels)
    #expect(labels.labels.map(\.figures.support) == [2, 2, 0] && labels.labels.map(\.figures.predicted) == [3, 3, 0])
    #expect(labels.labels[2].auroc == nil && labels.macro.support == 4 && labels.macro.recall == 1)
    let best = try trainer.bestThresholds(on: source)
    #expect(best.count == 3 && best[2] == 0.5)
    #expect(throws: TrainingError.self) { try trainer.report(on: source, thresholds: [0.5]) }
  }
}
