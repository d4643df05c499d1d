import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// Reports on data with classes that the model does not know.
@Suite struct UnknownClassReportTests {
  static let lengths = [3, 5, 0, 2, 7, 1, 4]

  @Test(arguments: [Reduction.meanPerTimestep, .meanPerSequence, .sum], [1, 3, 100])
  func aTimestepOfAnUnknownClassIsAnErrorWithoutALoss(_ reduction: Reduction, _ batchSize: Int) throws {
    let model = try Sequential(
      input: .features(2), layers: [LSTM(4, returnSequences: true), Dense(2, activation: .softmax)], seed: 1
    ).scattered()
    let trainer = try Trainer(model: model, loss: .sparseCategoricalCrossentropy, reduction: reduction)
    let whole = try sampleSource(lengths: Self.lengths, target: .classes(3))
    // Classes b and z are the model's, in another order; x is not.
    let signature = SequenceSignature(input: whole.signature.input, target: .classPerTimestep(["b", "x", "z"]))
    let batch = try whole.gather(Array(Self.lengths.indices))
    let source = try InMemorySource(batch, signature: signature)
    let known = SequenceSignature(input: signature.input, target: .classPerTimestep(["z", "b"]))
    let fitted = try SignatureFit(data: signature, model: known, needsTargets: true).source(source)
    let report = try trainer.report(on: fitted, batchSize: batchSize)

    let outputs = try trainer.predict(batch)
    var (hits, count, unknown) = (0, 0, 0)
    var (sum, weight) = (0.0, 0.0)
    for b in 0..<batch.count {
      var (losses, judged) = (0.0, 0.0)
      for t in batch.range(b) {
        let truth = [1, nil, 0][Int(batch.targets.classes[t])]
        let row = outputs[2 * t..<2 * t + 2]
        count += 1
        guard let truth else {
          unknown += 1
          continue
        }
        if Trainer.predictedClass(row) == truth { hits += 1 }
        losses -= log(Double(row[2 * t + truth]))
        judged += 1
      }
      guard judged > 0 else { continue }
      sum += reduction == .meanPerSequence ? losses / judged : losses
      weight += reduction == .meanPerSequence ? 1 : judged
    }
    #expect(unknown > 3)
    let expected = reduction == .sum ? sum : sum / weight
    #expect(abs(report.overall.loss - expected) <= 1e-5 * expected, "\(report.overall.loss) \(expected)")
    #expect(report.overall.accuracy == Double(hits) / Double(count))
    let confusion = try #require(report.confusion)
    #expect(confusion.classCount == 3 && confusion.total == count)
    #expect((0..<3).reduce(0) { $0 + confusion[truth: 2, prediction: $1] } == unknown)
    #expect((0..<3).allSatisfy { confusion[truth: $0, prediction: 2] == 0 })
  }

  /// One sigmoid knows two classes, and a third is no class 0 to it.
  @Test func aSingleOutputIsNotRightAboutOne() throws {
    let model = try Sequential(input: .features(1), layers: [LSTM(2), Dense(1, activation: .sigmoid)], seed: 1)
    let trainer = try Trainer(model: model, loss: .binaryCrossentropy)
    let batch = SequenceBatch(
      input: .values([0, 0, 0], featureCount: 1), offsets: [0, 1, 2, 3], targets: .classPerSequence([0, 1, 2]))
    let data = SequenceSignature(input: .features(["x"]), target: .classPerSequence(["a", "b", "c"]))
    let known = SequenceSignature(input: .features(["x"]), target: .classPerSequence(["a", "b"]))
    let fitted = try SignatureFit(data: data, model: known, needsTargets: true).source(
      InMemorySource(batch, signature: data))
    let report = try trainer.report(on: fitted)
    #expect(report.overall.accuracy == 1.0 / 3)
    // log 2, of the two that it knows.
    #expect(abs(report.overall.loss - 0.6931471805599453) < 1e-6)
  }

  /// Training knows no class but its own.
  @Test func trainingRefusesIt() throws {
    let model = try Sequential(input: .features(1), layers: [LSTM(2), Dense(2, activation: .softmax)], seed: 1)
    let trainer = try Trainer(model: model, loss: .sparseCategoricalCrossentropy)
    for wrong in [Int32(2), -2] {
      let batch = SequenceBatch(
        input: .values([0], featureCount: 1), offsets: [0, 1], targets: .classPerSequence([wrong]))
      let message = "the batch holds class \(wrong), the model has 2 outputs"
      #expect(throws: TrainingError(.dataMismatch, message)) { try trainer.trainStep(batch) }
      #expect(throws: TrainingError(.dataMismatch, message)) { try trainer.evaluate(batch) }
    }
  }
}
