import Foundation
import Ragged
import Testing

@testable import RaggedRuns

/// What a report counts, against what it is a count of.
@Suite struct ReportFigureTests {
  /// A model with weights that say something, and some data with empty sequences and holes.
  private func withModel(
    _ layers: [any Layer], _ loss: Loss, _ target: TargetSignature,
    _ body: (TrainedModel, InMemorySource) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var random = SeededRandom(seed: 8)
    let lengths = (0..<24).map { $0 == 5 ? 0 : 1 + random.below(30) }
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let (steps, width) = (offsets[24], target.names.count)
    func values(_ count: Int) -> [Float] { (0..<count).map { _ in random.uniform() * 2 - 1 } }
    func classes(_ count: Int) -> [Int32] { (0..<count).map { _ in Int32(random.below(width)) } }
    let targets: BatchTargets =
      switch target {
      case .none, .labels, .several: .none
      case .classPerSequence: .classPerSequence(classes(24))
      case .classPerTimestep: .classPerTimestep(classes(steps))
      case .valuesPerSequence: .valuesPerSequence(values(24 * width), width: width)
      case .valuesPerTimestep: .valuesPerTimestep(values(steps * width), width: width)
      }
    let batch = SequenceBatch(
      input: .values(values(steps * 3), featureCount: 3), offsets: offsets, targets: targets,
      validity: (0..<steps).map { _ in random.below(6) > 0 })
    let signature = SequenceSignature(input: .features(["a", "b", "c"]), target: target)
    let trainer = try Trainer(model: Sequential(input: .features(3), layers: layers, seed: 5), loss: loss, threads: 1)
    let path = folder.appending(path: "m.ragged")
    try trainer.checkpoint(context: CheckpointContext(signature: signature)).write(to: path)
    try body(TrainedModel(path: path.path, threads: 1), InMemorySource(batch, signature: signature))
  }

  private static let names = ["x", "y", "z"]
  private static let cases: [([any Layer], Loss, TargetSignature)] = [
    ([LSTM(5), Dense(3, activation: .softmax)], .sparseCategoricalCrossentropy, .classPerSequence(names)),
    ([LSTM(5), Dense(3, activation: .sigmoid)], .sparseCategoricalCrossentropy, .classPerSequence(names)),
    ([LSTM(5), Dense(3, activation: .sigmoid)], .binaryCrossentropy, .classPerSequence(names)),
    ([LSTM(5), Dense(1, activation: .sigmoid)], .binaryCrossentropy, .classPerSequence(["no", "yes"])),
    ([Bidirectional(LSTM(4)), Dense(2)], .meanSquaredError, .valuesPerSequence(["u", "v"])),
    (
      [LSTM(5, returnSequences: true), TimeDistributed(Dense(3, activation: .softmax))], .sparseCategoricalCrossentropy,
      .classPerTimestep(names)
    ),
    ([LSTM(5, returnSequences: true), Dense(2)], .meanAbsoluteError, .valuesPerTimestep(["u", "v"])),
    (
      [Masking(maskValue: 0.25), LSTM(4, returnSequences: true), Dense(2, activation: .softmax)],
      .categoricalCrossentropy,
      .classPerTimestep(["no", "yes"])
    ),
  ]

  /// The loss of a sequence is what training makes of it alone.
  @Test(arguments: cases.indices) func lossesAreThoseOfTraining(_ index: Int) throws {
    let (layers, loss, target) = Self.cases[index]
    try withModel(layers, loss, target) { model, source in
      var seen = 0
      let report = try model.trainer.report(
        on: source, batchSize: 7,
        observing: { judged in
          #expect(judged.losses.count == judged.batch.count)
          for (b, found) in judged.losses.enumerated() {
            let alone = try model.trainer.evaluate(source.gather([judged.batch.ids[b]]))
            seen += 1
            #expect((found == nil) == (alone.weight == 0))
            guard let found else { continue }
            #expect(abs(found - alone.mean) <= 2e-6 * max(1, abs(alone.mean)), "\(found) \(alone.mean)")
          }
        })
      #expect(seen == 24 && report.overall.sequences == 24)
      // Nobody looking on changes nothing.
      #expect(try model.trainer.report(on: source, batchSize: 7) == report)
    }
  }

  /// What is said of a prefix is what the model says of it as a sequence; the last is its prediction.
  @Test(arguments: [0, 3, 4]) func prefixesAreSequences(_ index: Int) throws {
    let (layers, loss, target) = Self.cases[index]
    try withModel(layers, loss, target) { model, source in
      for position in 0..<24 {
        let length = Int(source.lengths[position])
        let prefixes = try PrefixOutputs(model, source, position: position)
        #expect(prefixes.counts == Array(1..<length + 1))
        for (row, count) in prefixes.counts.enumerated() {
          let slice = SequenceSlice(position: position, start: 0, count: count)
          #expect(try model.trainer.predict(source.gather(slices: [slice])) == Array(prefixes.row(row)))
        }
        if length > 0 {
          let whole = try model.trainer.predict(source.gather([position]))
          #expect(Array(prefixes.row(length - 1)) == whole)
        }
      }
    }
  }

  @Test func theWorstAreTheWorst() {
    var random = SeededRandom(seed: 2)
    for limit in [0, 1, 6, 50] {
      let entries = (0..<40).map { position in
        WorstSequences.Entry(position: position, loss: position % 13 == 5 ? .nan : Double(random.below(9)))
      }
      var worst = WorstSequences(limit: limit)
      for entry in entries { worst.add(entry) }
      let sorted = entries.sorted {
        let (a, b) = ($0.loss.isNaN ? .infinity : $0.loss, $1.loss.isNaN ? .infinity : $1.loss)
        return a == b ? $0.position < $1.position : a > b
      }
      #expect(worst.entries.map(\.position) == sorted.prefix(limit).map(\.position))
    }
  }

  /// Labels side by side: both lists are there, and as few places differ as the label error rate counts.
  @Test func alignedLabelsAreBothListsWithTheFewestEdits() {
    var random = SeededRandom(seed: 4)
    for _ in 0..<300 {
      func list() -> [Int32] { (0..<random.below(9)).map { _ in Int32(random.below(3)) } }
      let (truth, said) = (list(), list())
      let found = LabelAlignment(truth: truth, said: said)
      #expect(found.places.compactMap(\.truth) == truth && found.places.compactMap(\.said) == said)
      #expect(found.edits == CTC.edits(from: said, to: truth), "\(truth) \(said)")
      #expect(found.places.allSatisfy { $0.truth != nil || $0.said != nil })
    }
    let some = LabelAlignment(truth: [0, 1, 2], said: [0, 2, 2, 1])
    #expect(some.edits == 2 && some.places.first?.isRight == true && some.places.last == .init(truth: nil, said: 1))
  }

  /// Of many values some are looked at, evenly; each with its own truth.
  @Test func chosenValuesAreEvenlySpread() {
    let width = 48
    let batch = SequenceBatch(
      input: .values([], featureCount: 1), offsets: [0, 0, 0],
      targets: .valuesPerSequence((0..<2 * width).map(Float.init), width: width))
    var fit = ValueFit(width: width, limit: 2)
    fit.add(
      JudgedBatch(batch: batch, outputs: [Float](repeating: 1, count: 2 * width), width: width, validity: nil))
    #expect(fit.places == [0, 47] && fit.values.map { $0.pairs.map(\.truth) } == [[0, 48], [47, 95]])
    #expect(ValueFit(width: 3).places == [0, 1, 2] && ValueFit(width: 0).places == [])
  }

  @Test func namesOfFiguresAreThoseOfPeople() {
    #expect(RunFigures.title("val_macro_f1") == "validation macro F1" && RunFigures.plain("val_auroc") == "AUROC")
    #expect(RunFigures.title("loss") == "training loss" && RunFigures.plain("loss") == "loss")
    #expect(RunFigures.title("activity@1.val_accuracy") == "activity@1: validation accuracy")
    #expect(RunFigures.plain("a.b@1.val_entity_f1") == "a.b@1: entity F1")
    #expect(RunFigures.bounds("a@1.val_macro_f1") == 0...1 && RunFigures.bounds("val_loss") == nil)
    #expect(RunFigures.bounds("label_error_rate") == nil && RunFigures.bounds("val_accuracy") == 0...1)
  }

  @Test func errorsAreThoseOfScikitLearn() throws {
    struct Fixture: Decodable {
      var truth, prediction: [Float]
      var rootMeanSquaredError, meanAbsoluteError, meanError, determination: Double
    }
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../fixtures/report/regression.json")
    let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url.standardizedFileURL))
    let count = fixture.truth.count
    let batch = SequenceBatch(
      input: .values([], featureCount: 1), offsets: Array(repeating: 0, count: count + 1),
      targets: .valuesPerSequence(fixture.truth, width: 1))
    var fit = ValueFit(width: 1)
    fit.add(JudgedBatch(batch: batch, outputs: fixture.prediction, width: 1, validity: nil))
    let figures = fit.values[0]
    for (found, expected) in [
      (figures.rootMeanSquaredError, fixture.rootMeanSquaredError), (figures.meanError, fixture.meanError),
      (figures.meanAbsoluteError, fixture.meanAbsoluteError), (figures.determination, fixture.determination),
    ] { #expect(abs(try #require(found) - expected) < 1e-9) }
    #expect(figures.pairs.count == count && figures.pairs[3].truth == Double(fixture.truth[3]))
    // However many there are, so many are kept.
    for _ in 0..<50 { fit.add(JudgedBatch(batch: batch, outputs: fixture.prediction, width: 1, validity: nil)) }
    #expect(fit.values[0].count == 51 * count && fit.values[0].pairs.count == ValueFit.pairLimit)
    #expect(Set(fit.values[0].pairs.map(\.position)).count == count)
  }
}
