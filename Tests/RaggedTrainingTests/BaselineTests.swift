import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// Forecasts without a model, and errors by their closed forms.
@Suite struct BaselineTests {
  private static let series = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/data/forecasting").standardizedFileURL

  private static func source(_ series: [[Float]], name: String = "v", validity: [Bool]? = nil) throws -> InMemorySource
  {
    let offsets = series.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    let values = series.flatMap { $0 }
    let batch = SequenceBatch(
      input: .values(values.map { $0.isNaN ? 0 : $0 }, featureCount: 1), offsets: offsets,
      targets: .valuesPerTimestep(values, width: 1),
      validity: validity)
    return try InMemorySource(
      batch, signature: SequenceSignature(input: .features(["x"]), target: .valuesPerTimestep([name])))
  }

  @Test func seasonalNaiveIsTheSeriesBefore() {
    let history: [Double] = [1, 2, 3, 4, 5, 6, 7]
    #expect(SeriesForecast.naive(history, horizon: 3) == [7, 7, 7])
    #expect(SeriesForecast.seasonalNaive(history, horizon: 5, season: 3) == [5, 6, 7, 5, 6])
    #expect(SeriesForecast.seasonalNaive([1, 2], horizon: 3, season: 9) == [1, 2, 1])
    #expect(SeriesForecast.seasonalNaive([], horizon: 3, season: 2).isEmpty)
    // |8 − 5| + |9 − 6| = 6 over 2; within the history each value is 3 above that of a season before.
    let error = SeriesForecast.scaledError(truth: [8, 9], prediction: [5, 6], history: history, season: 3)
    #expect(error == 1)
    #expect(SeriesForecast.scaledError(truth: [8], prediction: [5], history: [1, 1, 1], season: 1) == nil)
    #expect(SeriesForecast.scaledError(truth: [8], prediction: [5], history: [1, 2], season: 2) == nil)
    // 200 · (1 / 3 + 0 + 1) / 3.
    let smape = SeriesForecast.symmetricPercentage(truth: [1, 0, 4], prediction: [2, 0, 0])
    let expected: Double = 800.0 / 9
    #expect(abs((smape ?? 0) - expected) < 1e-9)
  }

  /// The M4 competition's own figures for its naive forecasts of the 414 hourly series, horizon 48.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: series.path))) func seriesOfM4AreForecastAsPublished()
    throws
  {
    func rows(_ part: String) throws -> [[Double]] {
      let text = try String(contentsOf: Self.series.appending(path: "M4-Hourly-\(part).csv"), encoding: .utf8)
      return text.split(separator: "\n").dropFirst().map { line in
        line.split(separator: ",").dropFirst().compactMap { Double($0.filter { $0 != "\"" }) }
      }
    }
    let (histories, futures) = (try rows("train"), try rows("test"))
    #expect(histories.count == 414 && futures.count == 414)
    for (season, smape, mase) in [(1, "43.003", "11.608"), (24, "13.912", "1.193")] {
      var (percentages, scaled) = (0.0, 0.0)
      for (history, future) in zip(histories, futures) {
        let forecast = SeriesForecast.seasonalNaive(history, horizon: future.count, season: season)
        percentages += try #require(SeriesForecast.symmetricPercentage(truth: future, prediction: forecast))
        scaled += try #require(
          SeriesForecast.scaledError(truth: future, prediction: forecast, history: history, season: 24))
      }
      #expect(String(format: "%.3f", percentages / 414) == smape)
      #expect(String(format: "%.3f", scaled / 414) == mase)
    }
  }

  @Test func factsOfPartsAddUpAndKnowTheSeason() throws {
    let source = try Self.source([[1, 2, 4, 8, 16], [3], [5, .nan, 9, 1]])
    let facts = try TargetFacts(of: source, origin: "test", seasons: [1, 2, 0])
    #expect(facts.sequences == 3 && facts.seasons == [1, 2])
    #expect(facts.values[0].count == 9 && facts.values[0].sum == 49)
    // (1 + 2 + 4 + 8 + 8) / 5 and (3 + 6 + 12 + 4) / 4; one apart of a value that is missing is no pair.
    #expect(facts.seasonalError(value: 0, season: 1) == 4.6)
    #expect(facts.seasonalError(value: 0, season: 2) == 6.25)
    #expect(facts.seasonalError(value: 0, season: 7) == nil && facts.seasonalError(value: 1, season: 1) == nil)
    var parts = TargetFacts(target: source.signature.target, origin: "test", seasons: [1, 2])
    for position in 0..<3 { parts.add(try source.gather([position])) }
    #expect(parts == facts)
    let text = try JSONDecoder().decode(TargetFacts.self, from: JSONEncoder().encode(facts))
    #expect(text == facts)
  }

  @Test func earlierValuesAreThoseOfTheSequence() throws {
    let source = try Self.source([[1, 2, 3, 4, 5], [10, 20]])
    let facts = try TargetFacts(of: source, origin: "test")
    let baselines = Baseline.suited(to: source.signature.target, facts: facts, season: 2)
    #expect(baselines.map(\.name) == ["mean", "last value", "seasonal naive (2)"])
    let batch = try source.gather([0, 1])
    let mean: Float = 45.0 / 7
    let outputs: [[Float]] = baselines.map { $0.judged(batch).outputs }
    #expect(outputs[0] == Array(repeating: mean, count: 7))
    let last: [Float] = [mean, 1, 2, 3, 4, mean, 10]
    #expect(outputs[1] == last)
    let season: [Float] = [mean, 1, 1, 2, 3, mean, 10]
    #expect(outputs[2] == season)
    // A timestep that is not valid is not there.
    let holes = [true, false, true, true, true, true, true]
    let holed: [Float] = [mean, mean, 1, 3, 4, mean, 10]
    #expect(baselines[1].judged(batch, validity: holes).outputs == holed)
    // What lies three timesteps ahead is not known before: with a season of 2, two seasons lie behind.
    let ahead = try Self.source([[1, 2, 3, 4, 5, 6]], name: "v@3")
    let known = Baseline.suited(
      to: ahead.signature.target, facts: try TargetFacts(of: ahead, origin: "test"), season: 2)
    let row = try ahead.gather([0])
    #expect(known[1].judged(row).outputs == [3.5, 3.5, 3.5, 1, 2, 3])
    #expect(known[2].judged(row).outputs == [3.5, 3.5, 3.5, 1, 1, 2])
  }

  /// Two columns of names: beside `u`, `v`, `w` of the first stand the classes a a b, b b, none; the second tells nothing.
  @Test func theClassBesideEachNameIsCounted() throws {
    func source(_ codes: [Int32], _ classes: [Int32], validity: [Bool]? = nil) throws -> InMemorySource {
      let column = CategoryColumn("word", Vocabulary(unit: .words, tokens: ["u", "v", "w"]))
      let batch = SequenceBatch(
        input: BatchCells(codes: codes.flatMap { [0, $0] }, codeCount: 2), offsets: [0, 2, codes.count],
        targets: .classPerTimestep(classes), validity: validity)
      return try InMemorySource(
        batch,
        signature: SequenceSignature(
          input: InputSignature(timestep: ColumnSet(categories: [CategoryColumn("none", size: 1), column])),
          target: .classPerTimestep(["a", "b", "c"])))
    }
    let training = try source(
      [1, 1, 1, 2, 2, 3, 1], [0, 0, 1, 1, 1, -1, 2], validity: [true, true, true, true, true, true, false])
    let found = try ClassesByName.counted(in: training)
    let byName = try #require(found.first ?? nil)
    #expect(found.count == 1 && byName.column == "word")
    #expect(byName.classes == [-1, 0, 1, -1] && byName.counts == [0, 3, 2, 0] && byName.hits == [0, 2, 2, 0])
    var facts = try TargetFacts(of: training, origin: "test")
    facts.byName = byName
    #expect(try JSONDecoder().decode(TargetFacts.self, from: JSONEncoder().encode(facts)) == facts)
    let (target, input) = (training.signature.target, training.signature.input)
    #expect(Baseline.suited(to: target, facts: facts).map(\.name) == ["most frequent class (b)"])
    let baselines = Baseline.suited(to: target, facts: facts, input: input)
    #expect(baselines.map(\.name) == ["most frequent class (b)", "most frequent class by word"])
    // 2 + 1 of 3 + 2 are a, and the rest is b's: no c was seen. A name without a target has the most frequent class.
    let outputs = baselines[1].judged(try source([1, 2, 0], [0, 0, 0]).gather([0, 1])).outputs
    let expected: [Float] = [0.6, 0.4, 0, 0.25, 0.75, 0, 0.4, 0.6, 0]
    #expect(zip(outputs, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(outputs)")
    // Of another dictionary nothing is said.
    let other = InputSignature(timestep: ColumnSet(categories: [CategoryColumn("word", size: 9)]))
    #expect(Baseline.suited(to: target, facts: facts, input: other).count == 1)
  }

  /// What came is known to every value of the column from the first timestep that a target of it tells of.
  @Test func valuesOfOneColumnKnowWhatCame() throws {
    let target = TargetSignature.valuesPerTimestep(["v@1", "v@3", "w@1"])
    // v is 0, 1, 2, … and w 100, 101, …
    var values: [Float] = []
    for t in 0..<5 {
      let v = Float(t)
      values += [v + 1, v + 3, v + 101]
    }
    let batch = SequenceBatch(
      input: .values(Array(repeating: 0, count: 5), featureCount: 1), offsets: [0, 5],
      targets: .valuesPerTimestep(values, width: 3))
    let source = try InMemorySource(batch, signature: SequenceSignature(input: .features(["x"]), target: target))
    let facts = try TargetFacts(of: source, origin: "test")
    let baselines = Baseline.suited(to: target, facts: facts, season: 2)
    // The first timestep is known to none; v@3 is 5, v@1 3 and w@1 103 in the mean.
    let last: [Float] = [3, 5, 103, 1, 1, 101, 2, 2, 102, 3, 3, 103, 4, 4, 104]
    #expect(baselines[1].judged(batch).outputs == last)
    // v@3 repeats what was two seasons before it, a timestep before the one at hand.
    let season: [Float] = [3, 5, 103, 1, 1, 101, 1, 1, 101, 2, 2, 102, 3, 3, 103]
    #expect(baselines[2].judged(batch).outputs == season)
  }

  @Test func aModelThatIsNoBetterIsTold() throws {
    // Weights of zero: the model says a half for both classes, and takes the first.
    var model = try Sequential(input: .features(1), layers: [LSTM(2), Dense(2, activation: .softmax)])
    try model.setWeights(
      model.weights.map { WeightTensor(name: $0.name, shape: $0.shape, values: $0.values.map { _ in 0 }) })
    let trainer = try Trainer(model: model, loss: .sparseCategoricalCrossentropy)
    let batch = SequenceBatch(
      input: .values([1, 2, 3, 4], featureCount: 1), offsets: [0, 1, 2, 3, 4],
      targets: .classPerSequence([0, 1, 1, 1]))
    let target = TargetSignature.classPerSequence(["run", "walk"])
    let source = try InMemorySource(batch, signature: SequenceSignature(input: .features(["x"]), target: target))
    let facts = try TargetFacts(of: source, origin: "test")
    let report = try trainer.report(on: source, baselines: Baseline.suited(to: target, facts: facts))
    #expect(report.baselines.map(\.name) == ["most frequent class (walk)"])
    #expect(report.baselines[0].figures.accuracy == 0.75 && report.figures.accuracy == 0.25)
    #expect(report.baselines[0].figures.auroc == 0.5)
    #expect(
      report.verdicts(names: []) == [
        "the model is no better than the most frequent class (walk): accuracy 0.2500 against 0.7500"
      ])
  }

  /// Forecasts of many timesteps are told so once for each forecast without a model, not once for each timestep.
  @Test func aModelOfManyValuesIsToldOnce() throws {
    let names = ["a", "b", "c"]
    func verdicts(bias: [Float]) throws -> [String] {
      var model = try Sequential(input: .features(1), layers: [LSTM(2), Dense(3)])
      try model.setWeights(
        model.weights.map { weight in
          let isBias = weight.shape == [3]
          return WeightTensor(
            name: weight.name, shape: weight.shape, values: isBias ? bias : weight.values.map { _ in 0 })
        })
      let trainer = try Trainer(model: model, loss: .meanSquaredError)
      // Two rows of three values, whose means are 2, 20 and 200, and the mean errors of these 1, 10 and 100.
      let batch = SequenceBatch(
        input: .values([1, 2], featureCount: 1), offsets: [0, 1, 2],
        targets: .valuesPerSequence([1, 10, 100, 3, 30, 300], width: 3))
      let target = TargetSignature.valuesPerSequence(names)
      let source = try InMemorySource(batch, signature: SequenceSignature(input: .features(["x"]), target: target))
      let facts = try TargetFacts(of: source, origin: "test")
      return try trainer.report(on: source, baselines: Baseline.suited(to: target, facts: facts)).verdicts(names: names)
    }
    #expect(
      try verdicts(bias: [2, 20, 200]) == [
        "the model is no better than the mean for any of 3 values, by most for \"a\": mean absolute error 1 against 1"
      ])
    #expect(
      try verdicts(bias: [4, 20, 800]) == [
        "the model is no better than the mean for any of 3 values, by most for \"c\": mean absolute error 600 against 100"
      ])
  }
}
