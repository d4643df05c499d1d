import RaggedCore
import RaggedTraining
import Testing

/// The engine's gradients against a naive network in double precision, and that network against central differences.
@Suite struct GradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var input = ModelInput.features(3)
    var layers: [any Layer]
    var loss = Loss.meanSquaredError
    var reduction = Reduction.meanPerTimestep
    var target: TargetKind
    var lengths = [4, 1, 0, 3, 2, 5]
    var isWeighted = false
    var hasHoles = false
    var hasStates = false
    var testDescription: String { name }

    func model() throws -> Sequential { try Sequential(input: input, layers: layers, seed: 1).scattered() }

    func batch(_ model: Sequential) -> SequenceBatch {
      sampleBatch(
        lengths: lengths, input: input, target: target, isPerSequence: model.isPerSequence, isWeighted: isWeighted,
        hasHoles: hasHoles)
    }

    func states(_ model: Sequential) throws -> [RecurrentState] {
      guard hasStates else { return [] }
      var random = SeededRandom(seed: 8, stream: 8)
      return try sampleStates(of: model, rows: lengths.count, &random)
    }
  }

  static let dense: [Case] = Activation.allCases.flatMap { activation -> [Case] in
    let hasShares = activation == .sigmoid || activation == .softmax
    let ending = Dense(3, activation: activation)
    let loss: Loss = hasShares ? .categoricalCrossentropy : .meanSquaredError
    let target: TargetKind = hasShares ? .classes(3) : .values(3)
    return [
      Case(
        name: "\(activation) a timestep", layers: [LSTM(4, returnSequences: true), ending], loss: loss,
        target: target),
      Case(name: "\(activation) a sequence", layers: [LSTM(4), ending], loss: loss, target: target),
      Case(
        name: "\(activation) in between",
        layers: [
          Dense(5, activation: activation), LSTM(3, returnSequences: true),
          TimeDistributed(Dense(2)),
        ], target: .values(2)),
    ]
  }

  static let losses: [Case] = Loss.ofOutputs.flatMap { loss in
    Reduction.allCases.flatMap { reduction in
      [false, true].flatMap { isWeighted in
        [false, true].map { isLast in
          let target: TargetKind =
            switch loss {
            case .categoricalCrossentropy: .shares(3)
            case .sparseCategoricalCrossentropy, .binaryCrossentropy: .classes(3)
            case .meanSquaredError, .meanAbsoluteError, .ctc, .crf: .values(3)
            }
          return Case(
            name: "\(loss) \(reduction)\(isWeighted ? " weighted" : "")\(isLast ? " last" : "")",
            layers: [LSTM(3, returnSequences: !isLast), Dense(3, activation: .sigmoid)], loss: loss,
            reduction: reduction, target: target, isWeighted: isWeighted, hasHoles: isWeighted)
        }
      }
    }
  }

  static let recurrent: [Case] = [true, false].flatMap { sequences -> [Case] in
    let suffix = sequences ? "sequences" : "last"
    let ending = Dense(2, activation: .tanh)
    let both = Bidirectional.Merge.allCases.flatMap { merge in
      [false, true].map { hasStates in
        Case(
          name: "bidirectional \(merge) \(suffix)\(hasStates ? " states" : "")",
          layers: [Bidirectional(LSTM(3, returnSequences: sequences), merge: merge), ending],
          target: .values(2), hasHoles: true, hasStates: hasStates)
      }
    }
    let backwards = [false, true].map { hasStates in
      Case(
        name: "backwards \(suffix)\(hasStates ? " states" : "")",
        layers: [LSTM(3, returnSequences: sequences, goBackwards: true), ending], target: .values(2),
        lengths: [9, 1, 0, 2, 1, 3], hasHoles: true, hasStates: hasStates)
    }
    let stacked = Case(
      name: "stacked \(suffix)",
      layers: [
        LSTM(3, returnSequences: true), Bidirectional(LSTM(2, returnSequences: true)),
        LSTM(3, returnSequences: sequences, goBackwards: true), ending,
      ], target: .values(2), hasHoles: true, hasStates: true)
    let readers: [any Layer] = [
      LSTM(3, returnSequences: sequences), Bidirectional(LSTM(3, returnSequences: sequences), merge: .sum),
    ]
    let tokens = readers.map { layer in
      Case(
        name: "embedding \(suffix)", input: .tokens(6), layers: [Embedding(7, 3), layer, ending],
        target: .values(2), hasHoles: true)
    }
    return both + backwards + [stacked] + tokens
  }

  static let clipped = [
    Case(
      name: "outputs beyond the clip", layers: [LSTM(3, returnSequences: true), Dense(2)],
      loss: .binaryCrossentropy, target: .classes(2)),
    Case(
      name: "softmax of softmax",
      layers: [
        LSTM(3, returnSequences: true), Dense(2, activation: .softmax),
        Dense(3, activation: .softmax),
      ],
      loss: .categoricalCrossentropy, target: .shares(3)),
  ]

  static let sizes: [Case] = zip([1, 3, 5, 7, 9, 17, 33], [1, 2, 15, 16, 17, 33, 40]).enumerated().flatMap {
    index, size in
    let (units, count) = size
    return [true, false].map { sequences in
      Case(
        name: "\(units) units, \(index + 1) features, \(count) rows\(sequences ? "" : " last")",
        input: .features(index + 1),
        layers: [
          LSTM(units, returnSequences: true),
          Bidirectional(LSTM(sequences ? 2 : index + 1, returnSequences: sequences)),
          Dense(sequences ? 3 : units, activation: .tanh),
        ],
        target: .values(sequences ? 3 : units),
        lengths: sampleLengths(count, longest: count > 20 ? 6 : 11), isWeighted: true, hasHoles: sequences)
    }
  }

  /// Some long sequences, many short ones and an empty one, so that rows of a block end one by one, both ways and with
  /// states.
  static let uneven: [Case] = [true, false].flatMap { sequences in
    [33, 40, 62].map { count in
      Case(
        name: "uneven, \(count) rows\(sequences ? "" : " last")", input: .features(2),
        layers: [
          Bidirectional(LSTM(5, returnSequences: true), merge: .mul),
          LSTM(3, returnSequences: sequences, goBackwards: true), Dense(2, activation: .sigmoid),
        ], loss: .binaryCrossentropy, target: .classes(2),
        lengths: (0..<count - 17).map { $0 == 20 ? 0 : 1 + $0 % 3 } + Array(repeating: 10, count: 17),
        hasStates: true)
    }
  }

  @Test(arguments: dense + losses + recurrent + clipped + sizes + uneven)
  func agree(_ item: Case) throws {
    let model = try item.model()
    let batch = item.batch(model)
    let states = try item.states(model)
    let naive = NaiveNetwork(layers: model.layers, weights: model.weights, loss: item.loss, reduction: item.reduction)
    let expected = naive.result(batch, states: states)
    for kernels in availableKernels {
      let trainer = try Trainer(
        model: model, loss: item.loss, reduction: item.reduction, threads: 2, kernels: kernels)
      let actual = try trainer.gradients(batch, initialStates: states, wantsInputGradient: true)
      #expect(abs(actual.loss - expected.loss) <= 1e-5 * abs(expected.loss), "\(kernels)")
      for (tensor, gradient) in zip(actual.weights, expected.weights) {
        #expect(gradient.contains { abs($0) > 1e-5 }, "\(tensor.name) says nothing")
        #expect(relativeError(tensor.values, gradient) <= 1e-5, "\(kernels) \(tensor.name)")
      }
      if !batch.input.values.isEmpty {
        #expect(relativeError(actual.input ?? [], expected.input) <= 1e-5, "\(kernels) input")
      }
      #expect(actual.states.count == expected.states.count)
      for (state, gradient) in zip(actual.states, expected.states) {
        #expect(relativeError(state.parts[0], gradient.h) <= 1e-5, "\(kernels) h")
        #expect(relativeError(state.parts[1], gradient.c) <= 1e-5, "\(kernels) c")
      }
      let evaluated = try trainer.evaluate(batch)
      if states.isEmpty { #expect(evaluated.mean == actual.loss) }
    }
  }

  /// The naive network itself: each derivative against (L(w + ε) − L(w − ε)) / 2ε in double precision.
  @Test(arguments: [recurrent[0], recurrent[7], recurrent[9], recurrent[11], dense[1], dense[4], dense[13], losses[0]])
  func naiveNetworkAgreesWithCentralDifferences(_ item: Case) throws {
    let model = try item.model()
    let batch = item.batch(model)
    let states = try item.states(model)
    var naive = NaiveNetwork(layers: model.layers, weights: model.weights, loss: item.loss, reduction: item.reduction)
    let expected = naive.result(batch, states: states)
    // A power of two well inside the numbers' float precision, so that w ± ε is exact.
    let step = Float(0x1p-12)
    for (index, tensor) in model.weights.enumerated() {
      var differences: [Double] = []
      for element in tensor.values.indices {
        let rounded = (tensor.values[element] * 0x1p20).rounded() * 0x1p-20
        naive.weights[index].values[element] = rounded + step
        let above = naive.result(batch, states: states).loss
        naive.weights[index].values[element] = rounded - step
        differences.append((above - naive.result(batch, states: states).loss) / Double(2 * step))
        naive.weights[index].values[element] = tensor.values[element]
      }
      let scale = expected.weights[index].map(abs).max() ?? 0
      let worst = zip(differences, expected.weights[index]).map { abs($0 - $1) }.max() ?? 0
      #expect(worst <= 1e-5 * scale + 1e-7, "\(tensor.name)")
    }
  }
}
