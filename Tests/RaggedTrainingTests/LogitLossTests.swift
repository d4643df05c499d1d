import RaggedCore
import RaggedTraining
import Testing

/// Cross-entropies under their own activation, from logits: against PyTorch in double precision, far beyond where a
/// probability is 0 or 1.
@Suite struct LogitLossTests {
  struct Reference: Decodable {
    struct Case: Decodable {
      var `case`: String
      var loss: String
      var kind: String
      var logits: ReferenceTensor
      var targets: ReferenceTensor
      var lossValues: ReferenceTensor
      var gradient: ReferenceTensor
    }

    var cases: [Case]
  }

  /// A trainer whose model is an activation alone: the input's gradient is the gradient by the logits.
  static func trainer(_ width: Int, _ loss: Loss, kernels: String? = nil, after dropout: Bool = false) throws -> Trainer
  {
    let activation: Activation = loss == .binaryCrossentropy ? .sigmoid : .softmax
    let identity: [Float] = (0..<width * width).map { $0 % (width + 1) == 0 ? 1 : 0 }
    var layers: [any Layer] = [Dense(width, activation: activation)]
    if dropout { layers.append(Dropout(0)) }
    var model = try Sequential(input: .features(width), layers: layers)
    try model.setWeights([
      WeightTensor(name: "kernel", shape: [width, width], values: identity),
      WeightTensor(name: "bias", shape: [width], values: Array(repeating: 0, count: width)),
    ])
    return try Trainer(model: model, loss: loss, reduction: .sum, kernels: kernels)
  }

  static func batch(_ item: Reference.Case, rows: Range<Int>) -> SequenceBatch {
    let width = item.logits.shape[1]
    func part(_ tensor: ReferenceTensor, _ width: Int) -> [Float] {
      Array(tensor.floats[rows.lowerBound * width..<rows.upperBound * width])
    }
    return SequenceBatch(
      input: .values(part(item.logits, width), featureCount: width), offsets: [0, rows.count],
      targets: item.kind == "classes"
        ? .classPerTimestep(part(item.targets, 1).map { Int32($0) })
        : .valuesPerTimestep(part(item.targets, width), width: width))
  }

  /// Where a probability rounds to 1, PyTorch's figure is 0 and the exact one is not: no difference is looked for below
  /// what double precision has beside 1.
  @Test(arguments: availableKernels)
  func lossesAndGradientsAreThoseOfPyTorch(_ kernels: String) throws {
    let reference = try decode(Reference.self, "pytorch-2.15.0/loss_logits.json")
    #expect(reference.cases.count == 6)
    for item in reference.cases {
      let (rows, width) = (item.logits.shape[0], item.logits.shape[1])
      let trainer = try Self.trainer(width, try #require(Loss(rawValue: item.loss)), kernels: kernels)
      for row in 0..<rows {
        let found = try trainer.gradients(Self.batch(item, rows: row..<row + 1), wantsInputGradient: true)
        let expected = item.lossValues.values[row]
        #expect(abs(found.loss - expected) <= 1e-6 * expected + 1e-15, "\(item.case), row \(row): \(found.loss)")
        let slopes = Array(item.gradient.values[row * width..<(row + 1) * width])
        #expect(
          relativeError(found.input ?? [], slopes, scale: max(slopes.map(abs).max() ?? 0, 1e-9)) <= 1e-6,
          "\(item.case), row \(row)")
      }
      let all = try trainer.gradients(Self.batch(item, rows: 0..<rows), wantsInputGradient: true)
      #expect(abs(all.loss - item.lossValues.values.reduce(0, +)) <= 1e-6 * all.loss)
      #expect(relativeError(all.input ?? [], item.gradient.values) <= 1e-6)
      #expect(try trainer.evaluate(Self.batch(item, rows: 0..<rows)).loss == all.loss)
    }
  }

  /// What is wrong for sure is learnt: Keras' clip would leave it as it is for ever.
  @Test(arguments: [Loss.sparseCategoricalCrossentropy, .categoricalCrossentropy, .binaryCrossentropy], [false, true])
  func anExampleThatIsWrongForSureLearns(_ loss: Loss, _ isPerSequence: Bool) throws {
    for width in loss == .binaryCrossentropy ? [1, 2] : [2] {
      let activation: Activation = loss == .binaryCrossentropy ? .sigmoid : .softmax
      let first: [any Layer] = isPerSequence ? [LSTM(3)] : [LSTM(3, returnSequences: true)]
      var model = try Sequential(input: .features(1), layers: first + [Dense(width, activation: activation)], seed: 1)
      var weights = model.weights
      // Class 0, by far.
      weights[4].values = width == 1 ? [-40] : [40, -40]
      try model.setWeights(weights)
      let trainer = try Trainer(model: model, loss: loss, optimizer: .sgd(1))
      let batch = SequenceBatch(
        input: .values([1, 2, 3], featureCount: 1), offsets: [0, 3],
        targets: isPerSequence ? .classPerSequence([1]) : .classPerTimestep([1, 1, 1]), weights: [2])
      let before = try trainer.evaluate(batch)
      let expected = width == 1 || loss == .binaryCrossentropy ? 40.0 : 80.0
      #expect(abs(before.loss / before.weight - expected) < 1)
      for _ in 0..<100 { try trainer.trainStep(batch) }
      let after = try trainer.evaluate(batch)
      #expect(after.loss / after.weight < 0.1 && after.accuracy == 1)
      // Outputs are probabilities all the same.
      let outputs = try trainer.predict(batch)
      #expect(outputs.allSatisfy { (0...1).contains($0) })
    }
  }

  /// Outputs behind another layer are probabilities to the loss: there Keras' clip holds.
  @Test func outputsBehindAnotherLayerAreClipped() throws {
    let loss = Loss.sparseCategoricalCrossentropy
    let batch = SequenceBatch(
      input: .values([100, -100], featureCount: 2), offsets: [0, 1], targets: .classPerTimestep([1]))
    #expect(abs(try Self.trainer(2, loss).evaluate(batch).loss - 200) < 1e-4)
    #expect(abs(try Self.trainer(2, loss, after: true).evaluate(batch).loss - 16.11809565095832) < 1e-4)
  }
}
