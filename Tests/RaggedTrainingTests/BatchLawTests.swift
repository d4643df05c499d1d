import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// What must hold for every batch, whatever the numbers are.
@Suite struct BatchLawTests {
  struct Network: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var layers: [any Layer]

    func model() throws -> Sequential { try Sequential(input: .features(3), layers: layers, seed: 4).scattered() }
  }

  static let networks = [
    Network(
      testDescription: "tagger",
      layers: [
        LSTM(9, returnSequences: true), LSTM(5, returnSequences: true),
        TimeDistributed(Dense(3, activation: .sigmoid)),
      ]),
    Network(
      testDescription: "both ways",
      layers: [
        Bidirectional(LSTM(5, returnSequences: true)),
        Bidirectional(LSTM(3), merge: .sum), Dense(3, activation: .softmax),
      ]),
    Network(
      testDescription: "backwards with dropout",
      layers: [
        LSTM(6, returnSequences: true, goBackwards: true, dropout: 0.25), Dropout(0.25),
        LSTM(4), Dropout(0.1), Dense(3, activation: .softmax),
      ]),
  ]

  static func trainer(_ model: Sequential, threads: Int = 2, reduction: Reduction = .meanPerTimestep) throws -> Trainer
  {
    try Trainer(
      model: model, loss: .categoricalCrossentropy, reduction: reduction, optimizer: .adam(0.01), seed: 9,
      threads: threads)
  }

  static func batch(_ model: Sequential, _ lengths: [Int], seed: UInt64 = 1, isWeighted: Bool = true) -> SequenceBatch {
    sampleBatch(
      lengths: lengths, input: .features(3), target: .classes(3), isPerSequence: model.isPerSequence,
      isWeighted: isWeighted, seed: seed)
  }

  /// The batch with garbage between and around its timesteps, and a mask that leaves it out.
  static func holed(_ batch: SequenceBatch, garbage: Float, seed: UInt64, paddedLength: Int) throws -> PaddedBatch {
    var random = SeededRandom(seed: seed, stream: 3)
    let cells = batch.count * paddedLength
    var values = [Float](repeating: garbage, count: cells * 3)
    var mask = [Bool](repeating: false, count: cells)
    var classes = (0..<cells).map { _ in Int32(random.below(3)) }
    for b in 0..<batch.count {
      var places = Array(0..<paddedLength)
      random.shuffle(&places)
      for (place, n) in zip(places.prefix(batch.length(b)).sorted(), batch.range(b)) {
        let cell = b * paddedLength + place
        mask[cell] = true
        for j in 0..<3 { values[cell * 3 + j] = batch.input.values[n * 3 + j] }
        if batch.targets.isPerTimestep { classes[cell] = batch.targets.classes[n] }
      }
    }
    return try PaddedBatch(
      count: batch.count, paddedLength: paddedLength, input: .values(values, featureCount: 3), mask: mask,
      targets: batch.targets.isPerTimestep ? .classPerTimestep(classes) : batch.targets, weights: batch.weights)
  }

  @Test(arguments: networks, Reduction.allCases)
  func paddingChangesNothing(_ network: Network, _ reduction: Reduction) throws {
    let model = try network.model()
    for (seed, lengths) in [[4, 1, 0, 7, 3], sampleLengths(33, longest: 9), [0, 0, 2]].enumerated() {
      let batch = Self.batch(model, lengths, seed: UInt64(seed))
      let trainer = try Self.trainer(model, reduction: reduction)
      let bare = try trainer.gradients(batch)
      let loss = try trainer.evaluate(batch)
      let longest = lengths.max() ?? 0
      var forms = try [
        PaddingOptions(side: .post), PaddingOptions(side: .pre), PaddingOptions(side: .pre, multiple: 8),
        PaddingOptions(fixedLength: longest + 13), PaddingOptions(side: .pre, value: .nan, fixedLength: longest + 1),
      ].map(batch.padded)
      for garbage in [0, .nan, .infinity, 3e38] as [Float] {
        forms.append(try Self.holed(batch, garbage: garbage, seed: 5, paddedLength: longest + 4))
      }
      for padded in forms {
        #expect(try trainer.gradients(padded).weightBits == bare.weightBits)
        #expect(try trainer.evaluate(padded) == loss)
      }
    }
  }

  @Test(arguments: networks)
  func paddingDoesNotChangeTraining(_ network: Network) throws {
    let model = try network.model()
    let forms: [(SequenceBatch) throws -> PaddedBatch] = [
      { try $0.padded(PaddingOptions(side: .pre, fixedLength: 12)) },
      { try Self.holed($0, garbage: .nan, seed: 8, paddedLength: 11) },
    ]
    let bare = try Self.trainer(model)
    let others = try forms.map { _ in try Self.trainer(model) }
    for step in 0..<5 {
      let batch = Self.batch(model, sampleLengths(20, longest: 9, seed: UInt64(step)), seed: UInt64(step))
      let sum = try bare.trainStep(batch)
      for (form, trainer) in zip(forms, others) { #expect(try trainer.trainStep(form(batch)) == sum) }
    }
    for trainer in others { #expect(trainer.model.weightBits == bare.model.weightBits) }
  }

  @Test(arguments: networks)
  func threadsChangeNothing(_ network: Network) throws {
    let model = try network.model()
    var first: [[UInt32]]?
    for threads in [1, 2, 3, 5] {
      let trainer = try Self.trainer(model, threads: threads)
      var sums: [LossSum] = []
      for step in 0..<20 {
        sums.append(
          try trainer.trainStep(
            Self.batch(model, sampleLengths(70, longest: 6, seed: UInt64(step)), seed: UInt64(step))))
      }
      let outputs = try trainer.predict(Self.batch(model, sampleLengths(50, longest: 8)))
      let found = [trainer.model.weightBits, bits(outputs), bits(sums.map { Float($0.loss) })]
      if let first { #expect(found == first, "\(threads) threads") }
      first = first ?? found
    }
  }

  /// Bit for bit: each sequence has rows of its own, and rows do not meet.
  @Test(arguments: networks)
  func permutedRowsGivePermutedOutputs(_ network: Network) throws {
    let model = try network.model()
    let trainer = try Self.trainer(model)
    for lengths in [sampleLengths(40, longest: 9), sampleLengths(16, longest: 3) + Array(repeating: 10, count: 17)] {
      let batch = Self.batch(model, lengths)
      var order = Array(0..<batch.count)
      var random = SeededRandom(seed: 6)
      random.shuffle(&order)
      let permuted = batch.selecting(order)
      let (outputs, others) = (try trainer.predict(batch), try trainer.predict(permuted))
      for (row, original) in order.enumerated() {
        let (here, there) =
          model.isPerSequence
          ? (row..<row + 1, original..<original + 1) : (permuted.range(row), batch.range(original))
        #expect(
          bits(Array(others[here.lowerBound * 3..<here.upperBound * 3]))
            == bits(Array(outputs[there.lowerBound * 3..<there.upperBound * 3])))
      }
      let (a, b) = (try trainer.gradients(batch), try trainer.gradients(permuted))
      #expect(abs(a.loss - b.loss) <= 1e-6 * a.loss)
      for (left, right) in zip(a.weights, b.weights) {
        #expect(relativeError(left.values, right.values.map(Double.init)) <= 1e-5)
      }
    }
  }

  @Test(arguments: networks)
  func aSumIsTheSumOverSequences(_ network: Network) throws {
    let model = try network.model()
    let trainer = try Self.trainer(model, reduction: .sum)
    let batch = Self.batch(model, sampleLengths(37, longest: 8))
    let whole = try trainer.gradients(batch)
    var loss = 0.0
    var gradients = whole.weights.map { [Double](repeating: 0, count: $0.values.count) }
    for row in 0..<batch.count {
      let alone = try trainer.gradients(batch.selecting([row]))
      loss += alone.loss
      for (index, tensor) in alone.weights.enumerated() {
        for (element, value) in tensor.values.enumerated() { gradients[index][element] += Double(value) }
      }
    }
    #expect(abs(whole.loss - loss) <= 1e-5 * loss)
    for (tensor, expected) in zip(whole.weights, gradients) {
      #expect(relativeError(tensor.values, expected) <= 1e-5, "\(tensor.name)")
    }
  }

  @Test(arguments: networks)
  func meansAreSumsDividedOnce(_ network: Network) throws {
    let model = try network.model()
    let lengths = sampleLengths(21, longest: 8)
    let batch = Self.batch(model, lengths, isWeighted: false)
    let sum = try Self.trainer(model, reduction: .sum).evaluate(batch)
    let mean = try Self.trainer(model).evaluate(batch)
    #expect(sum.weight == mean.weight && sum.mean == sum.loss)
    #expect(mean.weight == Double(model.isPerSequence ? batch.count : batch.timesteps))
    #expect(mean.counted == mean.weight)
    #expect(abs(sum.loss - mean.loss) <= 1e-6 * sum.loss)
    var parts = LossSum()
    let trainer = try Self.trainer(model)
    for row in 0..<batch.count { parts += try trainer.evaluate(batch.selecting([row])) }
    #expect(abs(parts.mean - mean.mean) <= 1e-6 * mean.mean)
    #expect(parts.hits == mean.hits)
  }

  @Test func emptyAndMaskedRowsGiveZeros() throws {
    for layers: [any Layer] in [
      [LSTM(5)], [LSTM(5, goBackwards: true)], [Bidirectional(LSTM(5))],
      [LSTM(3, returnSequences: true), LSTM(5)],
    ] {
      let model = try Sequential(input: .features(3), layers: layers, seed: 1).scattered()
      let trainer = try Trainer(model: model, loss: .meanSquaredError)
      var batch = sampleBatch(lengths: [0, 3, 2, 0], input: .features(3), target: .values(1))
      batch.targets = .none
      batch.validity = [true, false, true, false, false]
      let width = model.outputWidth
      let outputs = try trainer.predict(batch)
      for row in [0, 2, 3] { #expect(outputs[row * width..<(row + 1) * width].allSatisfy { $0 == 0 }) }
      #expect(outputs[width..<2 * width].allSatisfy { $0 != 0 })
      let states = trainer.initialStates(rows: 4).map { state in
        RecurrentState(parts: state.parts.map { $0.map { _ in 1 } })
      }
      let stated = try trainer.predict(batch, initialStates: states)
      for row in [0, 2, 3] { #expect(stated[row * width..<(row + 1) * width].allSatisfy { $0 == 0 }) }
    }
  }

  @Test(arguments: networks, [[], [0], [0, 0, 0], Array(repeating: 0, count: 40)])
  func nothingToLearnFromIsLegal(_ network: Network, _ lengths: [Int]) throws {
    let model = try network.model()
    for reduction in Reduction.allCases {
      let trainer = try Self.trainer(model, reduction: reduction)
      // A real batch first, so that old gradients would show.
      _ = try trainer.gradients(Self.batch(model, [3, 2]))
      let batch = Self.batch(model, lengths)
      let result = try trainer.gradients(batch, wantsInputGradient: true)
      #expect(try trainer.predict(batch).count == (model.isPerSequence ? lengths.count * 3 : 0))
      if !model.isPerSequence || lengths.isEmpty {
        #expect(result.loss == 0)
        #expect(result.weights.allSatisfy { $0.values.allSatisfy { $0 == 0 } })
        let before = try Self.trainer(model, reduction: reduction)
        let sum = try before.trainStep(batch)
        #expect(sum.loss == 0)
        #expect(before.model.weightBits == model.weightBits)
      } else {
        #expect(result.loss > 0)
      }
      #expect(try trainer.evaluate(batch).loss.isFinite)
    }
  }

  @Test func weightZeroLeavesASequenceOut() throws {
    let model = try Self.networks[0].model()
    let trainer = try Self.trainer(model)
    var batch = Self.batch(model, [4, 3, 5], isWeighted: false)
    batch.weights = [1, 0, 1]
    let expected = try trainer.gradients(batch.selecting([0, 2]))
    let actual = try trainer.gradients(batch)
    #expect(abs(actual.loss - expected.loss) <= 1e-6 * expected.loss)
    for (a, b) in zip(actual.weights, expected.weights) {
      #expect(relativeError(a.values, b.values.map(Double.init)) <= 1e-5)
    }
    batch.weights = [0, 0, 0]
    #expect(try trainer.gradients(batch).loss == 0)
    #expect(try trainer.gradients(batch).weights.allSatisfy { $0.values.allSatisfy { $0 == 0 } })
  }

  @Test func maskedOutputsRepeatTheOutputBefore() throws {
    let model = try Self.networks[0].model()
    let trainer = try Self.trainer(model)
    var batch = Self.batch(model, [5])
    batch.validity = [false, true, false, true, false]
    let outputs = try trainer.predict(batch)
    func step(_ t: Int) -> [Float] { Array(outputs[t * 3..<(t + 1) * 3]) }
    #expect(step(2) == step(1))
    #expect(step(4) == step(3))
    #expect(step(1) != step(3))
    let bias = model.weights[7].values
    let blank = bias.map { 1 / (1 + exp(-Double($0))) }
    #expect(relativeError(step(0), blank) <= 1e-6)
  }
}
