import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// A small network with weights and data that are the same on every machine.
struct SampleNetwork: Sendable, CustomTestStringConvertible {
  var name: String
  var input: ModelInput = .features(3)
  var layers: [any Layer]
  var isNormalized = false
  var masking: Float?

  var testDescription: String { name }

  static let all: [SampleNetwork] = [
    SampleNetwork(name: "last", layers: [LSTM(4), Dense(3, activation: .softmax)], isNormalized: true),
    SampleNetwork(name: "stacked", layers: [LSTM(5, returnSequences: true), LSTM(3), Dropout(0.5), Dense(2)]),
    SampleNetwork(
      name: "tagger",
      layers: [LSTM(4, returnSequences: true, dropout: 0.25), TimeDistributed(Dense(2, activation: .sigmoid))],
      isNormalized: true),
    SampleNetwork(
      name: "both", layers: [Bidirectional(LSTM(3)), Dense(4, activation: .tanh), Dense(2, activation: .relu)]),
    SampleNetwork(
      name: "both_sum",
      layers: [
        Bidirectional(LSTM(3, returnSequences: true), merge: .sum), Bidirectional(LSTM(4), merge: .mul), Dense(2),
      ], isNormalized: true),
    SampleNetwork(
      name: "tokens", input: .tokens(11),
      layers: [
        Embedding(11, 4), Bidirectional(LSTM(3, returnSequences: true), merge: .ave), Dropout(0.1),
        TimeDistributed(Dense(3, activation: .softmax)),
      ]),
    SampleNetwork(
      name: "tokens_last", input: .tokens(7), layers: [Embedding(9, 2), LSTM(3), Dense(1, activation: .sigmoid)]),
    SampleNetwork(
      name: "backwards", layers: [LSTM(3, goBackwards: true), Dense(2)]),
    SampleNetwork(
      name: "backwards_steps",
      layers: [LSTM(3, returnSequences: true, goBackwards: true), Dense(2, activation: .tanh)]),
    SampleNetwork(
      name: "backwards_stacked",
      layers: [LSTM(3, returnSequences: true, goBackwards: true), LSTM(4), Dense(2)], isNormalized: true),
    SampleNetwork(
      name: "backwards_both",
      layers: [
        LSTM(3, returnSequences: true, goBackwards: true), Dense(3, activation: .relu),
        Bidirectional(LSTM(2, returnSequences: true)), LSTM(3, returnSequences: true), Dense(2),
      ]),
    SampleNetwork(
      name: "backwards_twice", input: .tokens(11),
      layers: [
        Embedding(11, 4), LSTM(3, returnSequences: true, goBackwards: true),
        LSTM(3, returnSequences: true, goBackwards: true), LSTM(2, returnSequences: true),
        TimeDistributed(Dense(2, activation: .softmax)),
      ]),
    SampleNetwork(name: "dense", layers: [Dense(4, activation: .relu), TimeDistributed(Dense(2))]),
    SampleNetwork(
      name: "masking", layers: [Masking(maskValue: -1), Bidirectional(LSTM(3)), Dense(2)], isNormalized: true,
      masking: -1),
    SampleNetwork(
      name: "masking_steps",
      layers: [
        Masking(maskValue: -1), LSTM(3, returnSequences: true), TimeDistributed(Dense(2, activation: .sigmoid)),
      ],
      isNormalized: true, masking: -1),
    SampleNetwork(
      name: "masking_both",
      layers: [Masking(maskValue: -1), Bidirectional(LSTM(2, returnSequences: true)), Dense(2, activation: .softmax)],
      masking: -1),
    SampleNetwork(
      name: "masking_backwards",
      layers: [
        Masking(maskValue: -1), LSTM(3, returnSequences: true, goBackwards: true), Bidirectional(LSTM(2)), Dense(2),
      ], isNormalized: true, masking: -1),
    SampleNetwork(
      name: "masking_backwards_steps",
      layers: [
        Masking(maskValue: -1), LSTM(3, returnSequences: true, goBackwards: true), LSTM(3, returnSequences: true),
        TimeDistributed(Dense(2, activation: .sigmoid)),
      ], isNormalized: true, masking: -1),
    SampleNetwork(
      name: "masking_stacked",
      layers: [Masking(maskValue: -1), LSTM(3, returnSequences: true), Dropout(0.5), LSTM(3), Dense(2)], masking: -1),
  ]

  static func named(_ name: String) -> SampleNetwork { all.first { $0.name == name } ?? all[0] }

  /// Multiples of 1/128 in ±1/2, which every machine and format holds exactly.
  static func numbers(_ count: Int, from start: Int = 0) -> [Float] {
    (start..<start + count).map { place -> Float in
      let number: Int = (place * 89 + place * place * 7) % 129
      return Float(number - 64) / 128
    }
  }

  func model() throws -> Sequential {
    var model = try Sequential(input: input, layers: layers)
    var start = 0
    let weights = model.parameterInfo.map { info -> WeightTensor in
      defer { start += info.count }
      return WeightTensor(
        name: info.name, shape: info.shape, values: SampleNetwork.numbers(info.count, from: start))
    }
    try model.setWeights(weights)
    return model
  }

  var normalization: Normalization? {
    isNormalized ? Normalization(mean: [0.25, -1.5, 3], deviation: [0.5, 2, 8]) : nil
  }

  func trainer() throws -> Trainer {
    let model = try model()
    return try Trainer(model: model, loss: .meanSquaredError, normalization: normalization, threads: 1)
  }

  var signature: SequenceSignature {
    get throws {
      let model = try model()
      let outputs = (0..<model.outputWidth).map { "y\($0)" }
      let target: TargetSignature = model.isPerSequence ? .valuesPerSequence(outputs) : .valuesPerTimestep(outputs)
      let columns: InputSignature =
        input.tokens.map { .tokens(size: $0, vocabulary: nil) }
        ?? .features((0..<input.featureCount).map { "x\($0)" })
      return SequenceSignature(input: columns, target: target)
    }
  }

  func checkpoint() throws -> Checkpoint {
    try trainer().checkpoint(context: CheckpointContext(signature: signature))
  }

  /// Sequences of mixed length, one without timesteps; some timesteps are what a mask looks for.
  var batch: SequenceBatch {
    let lengths = [3, 1, 7, 0, 5]
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let data: BatchCells
    if let size = input.tokens {
      data = .tokens((0..<16).map { Int32($0 * 5 % size) })
    } else {
      let count = input.featureCount
      var values = SampleNetwork.numbers(16 * count, from: 3).map { $0 * 4 }
      if let masking { for n in [0, 3, 6, 7, 10, 15] { for j in 0..<count { values[n * count + j] = masking } } }
      data = .values(values, featureCount: count)
    }
    return SequenceBatch(input: data, offsets: offsets, targets: .none, ids: Array(lengths.indices))
  }

  /// The outputs of each sequence: `[width]`, or `[T · width]`.
  func outputs(_ trainer: Trainer) throws -> [[Float]] {
    let (batch, width) = (batch, trainer.model.outputWidth)
    let outputs = try trainer.predict(batch)
    return (0..<batch.count).map { b in
      let rows = trainer.model.isPerSequence ? b..<b + 1 : batch.range(b)
      return Array(outputs[rows.lowerBound * width..<rows.upperBound * width])
    }
  }
}

/// The largest difference of two lists of the same length.
func difference(_ a: [Float], _ b: [Float]) -> Float {
  a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
}
