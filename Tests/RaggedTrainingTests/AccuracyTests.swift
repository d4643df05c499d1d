import RaggedCore
import RaggedTraining
import Testing

/// The accuracy of a report against the matrix beside it.
@Suite struct AccuracyTests {
  static func trainer(_ loss: Loss, _ activation: Activation, width: Int, isPerSequence: Bool) throws -> Trainer {
    let model = try Sequential(
      input: .features(2), layers: [LSTM(4, returnSequences: !isPerSequence), Dense(width, activation: activation)],
      seed: 1
    ).scattered(2)
    return try Trainer(model: model, loss: loss)
  }

  @Test(arguments: [1, 2, 3, 17], [false, true])
  func binaryCrossentropyOfSeveralOutputsAgreesWithTheMatrix(_ width: Int, _ isPerSequence: Bool) throws {
    let trainer = try Self.trainer(.binaryCrossentropy, .sigmoid, width: width, isPerSequence: isPerSequence)
    let source = try sampleSource(
      lengths: sampleLengths(40, longest: 9), target: .classes(max(2, width)), isPerSequence: isPerSequence)
    let report = try trainer.report(on: source, batchSize: 7)
    let confusion = try #require(report.confusion)
    #expect(confusion.total > 30)
    #expect(report.overall.accuracy == confusion.accuracy)
    #expect(try trainer.evaluate(source.gather(Array(0..<source.count))).accuracy == confusion.accuracy)
  }

  @Test(arguments: [Activation.softmax, .sigmoid], [false, true])
  func categoricalCrossentropyAgreesWithTheMatrix(_ activation: Activation, _ isPerSequence: Bool) throws {
    let trainer = try Self.trainer(.categoricalCrossentropy, activation, width: 5, isPerSequence: isPerSequence)
    let source = try sampleSource(
      lengths: sampleLengths(40, longest: 9), target: .classes(5), isPerSequence: isPerSequence)
    let report = try trainer.report(on: source)
    #expect(report.overall.accuracy == report.confusion?.accuracy)
  }

  /// Logits whose probabilities are the same float: the first is the prediction, in the accuracy too.
  @Test(arguments: availableKernels) func tiesAreTheSameInBoth(_ kernels: String) throws {
    let logits: [Float] = [0.125, 0.125000015, 40, 40.000004, 0, 0, -1e-9, 1e-9, 1e4, 1e4]
    for (loss, width) in [(Loss.sparseCategoricalCrossentropy, 2), (.binaryCrossentropy, 2), (.binaryCrossentropy, 1)] {
      let trainer = try LogitLossTests.trainer(width, loss, kernels: kernels)
      let rows = logits.count / width
      let batch = SequenceBatch(
        input: .values(logits, featureCount: width), offsets: [0, rows],
        targets: .classPerTimestep(Array(repeating: 1, count: rows)))
      let outputs = try trainer.predict(batch)
      let hits = (0..<rows).count { Trainer.predictedClass(outputs[$0 * width..<($0 + 1) * width]) == 1 }
      #expect(try trainer.evaluate(batch).hits == Double(hits))
    }
  }

  /// Values are no classes: they have an accuracy, every output on its side of a half, and no matrix.
  @Test(arguments: [Loss.binaryCrossentropy, .categoricalCrossentropy], [false, true])
  func valuesHaveNoMatrix(_ loss: Loss, _ isPerSequence: Bool) throws {
    let trainer = try Self.trainer(
      loss, loss == .binaryCrossentropy ? .sigmoid : .softmax, width: 2, isPerSequence: isPerSequence)
    let source = try sampleSource(lengths: [3, 2, 0, 1], target: .shares(2), isPerSequence: isPerSequence)
    let report = try trainer.report(on: source)
    #expect(report.confusion == nil)
    #expect(report.overall.macroF1 == nil && report.deciles.allSatisfy { $0.macroF1 == nil })
    #expect(report.overall.accuracy == (try trainer.evaluate(source.gather([0, 1, 2, 3])).accuracy))
  }
}
