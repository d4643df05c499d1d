import RaggedCore
import RaggedTestSupport
import RaggedTraining
import Testing

@Suite struct EvaluationTests {
  static func confusion(_ rows: [[Int]]) -> Confusion {
    var result = Confusion(classCount: rows.count)
    for (truth, row) in rows.enumerated() {
      for (prediction, count) in row.enumerated() {
        for _ in 0..<count { result.add(truth: truth, prediction: prediction) }
      }
    }
    return result
  }

  /// By hand: F1 = 2·3/(4+5), 2·2/(4+2) and 2·1/(2+3).
  @Test func manyClassesAreFoldedWithoutLoss() {
    var random = SeededRandom(seed: 5)
    let size = 300
    var matrix = Confusion(classCount: size)
    for _ in 0..<5000 { matrix.add(truth: random.below(size), prediction: random.below(size)) }
    matrix.add(truth: 17, prediction: 200, count: 900)
    matrix.add(truth: 5, prediction: 5, count: 5000)
    let worst = matrix.worstClasses(20)
    #expect(worst.count == 20 && worst == worst.sorted() && worst.contains(17) && worst.contains(200))
    let folded = matrix.reduced(to: worst)
    #expect(folded.classCount == 21 && folded.total == matrix.total)
    let (truth, guess) = (worst.firstIndex(of: 17) ?? 0, worst.firstIndex(of: 200) ?? 0)
    #expect(folded[truth: truth, prediction: guess] == matrix[truth: 17, prediction: 200])
    let row = (0..<size).reduce(0) { $0 + matrix[truth: 17, prediction: $1] }
    #expect((0..<21).reduce(0) { $0 + folded[truth: truth, prediction: $1] } == row)
    #expect(matrix.reduced(to: Array(0..<size)) == matrix)
  }

  @Test func mistakesAreOrdered() {
    var matrix = Confusion(classCount: 3)
    for (truth, prediction, count) in [(0, 0, 9), (2, 1, 4), (0, 1, 4), (1, 0, 5)] {
      matrix.add(truth: truth, prediction: prediction, count: count)
    }
    #expect(matrix.mistakes.map { [$0.truth, $0.prediction, $0.count] } == [[1, 0, 5], [0, 1, 4], [2, 1, 4]])
    #expect(matrix.worstClasses(2) == [0, 1] && matrix.worstClasses(0) == [])
  }

  @Test func figuresAreThoseByHand() throws {
    let confusion = Self.confusion([[3, 0, 1], [1, 2, 1], [1, 0, 1]])
    #expect(confusion.total == 10)
    #expect(confusion.accuracy == 0.6)
    let expected = (6.0 / 9 + 4.0 / 6 + 2.0 / 5) / 3
    #expect(abs(try #require(confusion.macroF1) - expected) < 1e-12)
    #expect(confusion[truth: 0, prediction: 2] == 1)
    #expect(confusion[truth: 2, prediction: 0] == 1)
  }

  @Test func degenerateTablesHaveFigures() {
    #expect(Confusion(classCount: 3).accuracy == nil)
    #expect(Confusion(classCount: 3).macroF1 == nil)
    #expect(Confusion(classCount: 0).macroF1 == nil)
    // A class that neither occurs nor is predicted is left out; one that is only predicted counts 0.
    #expect(Self.confusion([[4, 0, 0], [0, 0, 0], [0, 0, 0]]).macroF1 == 1)
    #expect(Self.confusion([[2, 2], [0, 0]]).macroF1 == (4.0 / 6) / 2)
    #expect(Self.confusion([[0, 4], [0, 0]]).macroF1 == 0)
  }

  @Test func tablesAddUp() {
    var sum = Self.confusion([[1, 2], [3, 4]])
    sum += Self.confusion([[10, 20], [30, 40]])
    #expect(sum.counts == [11, 22, 33, 44])
  }

  static func trainer(isPerSequence: Bool) throws -> Trainer {
    let model = try Sequential(
      input: .features(2), layers: [LSTM(4, returnSequences: !isPerSequence), Dense(3, activation: .softmax)], seed: 1
    ).scattered()
    return try Trainer(model: model, loss: .sparseCategoricalCrossentropy)
  }

  @Test(arguments: [false, true], [1, 4, 9, 10, 11, 57])
  func decilesAddUpToTheWhole(_ isPerSequence: Bool, _ count: Int) throws {
    let trainer = try Self.trainer(isPerSequence: isPerSequence)
    let source = try sampleSource(
      lengths: sampleLengths(count, longest: 20), target: .classes(3), isPerSequence: isPerSequence)
    let report = try trainer.report(on: source, batchSize: 3)
    let (overall, deciles) = (report.overall, report.deciles)
    #expect(deciles.count == min(10, count))
    #expect(deciles.reduce(0) { $0 + $1.sequences } == count)
    #expect(overall.sequences == count)
    #expect(deciles.reduce(0) { $0 + $1.timesteps } == overall.timesteps)
    #expect(zip(deciles, deciles.dropFirst()).allSatisfy { $0.longest <= $1.shortest })
    #expect(deciles.first?.shortest == overall.shortest && deciles.last?.longest == overall.longest)
    func items(_ figures: EvaluationReport.Figures) -> Double {
      Double(isPerSequence ? figures.sequences : figures.timesteps)
    }
    let loss = deciles.reduce(0) { $0 + $1.loss * items($1) } / max(1, items(overall))
    #expect(abs(loss - overall.loss) <= 1e-9)
    let hits = deciles.reduce(0) { $0 + ($1.accuracy ?? 0) * items($1) }
    if let accuracy = overall.accuracy { #expect(abs(accuracy * items(overall) - hits) <= 1e-9) }
    #expect(report.confusion?.total == Int(items(overall)))
    #expect(report.confusion?.accuracy == overall.accuracy)
    #expect(report.confusion?.macroF1 == overall.macroF1)
    let whole = try trainer.evaluate(source.gather(Array(0..<count)))
    #expect(abs(whole.mean - overall.loss) <= 1e-6 * max(1, whole.mean))
    #expect(whole.accuracy == overall.accuracy)
  }

  @Test func anEmptySourceHasAReport() throws {
    let report = try Self.trainer(isPerSequence: false).report(on: sampleSource(lengths: [], target: .classes(3)))
    #expect(report.deciles.isEmpty)
    #expect(report.overall.sequences == 0)
    #expect(report.overall.loss == 0)
    #expect(report.overall.accuracy == nil)
  }

  @Test func invalidStepsAreNotJudged() throws {
    let trainer = try Self.trainer(isPerSequence: false)
    let signature = SequenceSignature(input: .features(["x", "y"]), target: .classPerTimestep(["a", "b", "c"]))
    let batch = sampleBatch(lengths: [8, 5], input: .features(2), target: .classes(3), hasHoles: true)
    let real = batch.validity?.filter { $0 }.count
    let report = try trainer.report(on: InMemorySource(batch, signature: signature))
    #expect(report.confusion?.total == real)
    #expect(report.confusion?.accuracy == report.overall.accuracy)
  }

  @Test func regressionsHaveLossesAlone() throws {
    let model = try Sequential(input: .features(2), layers: [LSTM(4), Dense(1)])
    let trainer = try Trainer(model: model, loss: .meanAbsoluteError)
    let report = try trainer.report(on: sampleSource(lengths: [3, 2, 1], target: .values(1), isPerSequence: true))
    #expect(report.confusion == nil)
    #expect(report.overall.accuracy == nil && report.overall.macroF1 == nil)
    #expect(report.overall.loss > 0)
  }

  @Test func interruptionsEndIt() throws {
    let trainer = try Self.trainer(isPerSequence: false)
    let source = try sampleSource(lengths: [3, 2, 1], target: .classes(3))
    #expect(throws: Cancelled()) { try trainer.report(on: source, monitor: .ending) }
  }

  @Test func predictionsTakeTheFirstHighest() {
    #expect(Trainer.predictedClass([0.1, 0.7, 0.7][...]) == 1)
    #expect(Trainer.predictedClass([9, 1, 5, 2][1...]) == 1)
    #expect(Trainer.predictedClass([0.5][...]) == 0)
    #expect(Trainer.predictedClass([0.51][...]) == 1)
  }
}
