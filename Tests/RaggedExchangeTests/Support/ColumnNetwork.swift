import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// A small network on columns of several kinds.
struct ColumnNetwork: Sendable, CustomTestStringConvertible {
  var name: String
  var text: String
  var isPerTimestep = false
  var isNormalized = true
  var hasTimestepNumbers = true

  var testDescription: String { name }

  static let all: [ColumnNetwork] = [
    ColumnNetwork(name: "repeat", text: "missing(indicators) lstm(4)"),
    ColumnNetwork(
      name: "repeat_steps", text: "missing(zero) bidirectional(lstm(3, sequences), sum) time_distributed(softmax)",
      isPerTimestep: true),
    ColumnNetwork(
      name: "raw", text: "lstm(4, sequences) dense(3, tanh) dense()", isPerTimestep: true, isNormalized: false),
    ColumnNetwork(
      name: "head", text: "statics(head) missing(indicators) bidirectional(lstm(3)) dense(3, relu) dense()"),
    ColumnNetwork(name: "head_steps", text: "statics(head) lstm(4, sequences)", isPerTimestep: true),
    ColumnNetwork(name: "state", text: "statics(state) missing(zero, indicators) bidirectional(lstm(3))"),
    ColumnNetwork(
      name: "state_steps", text: "statics(state) lstm(4, sequences, backwards) lstm(3, sequences)", isPerTimestep: true),
    ColumnNetwork(name: "codes", text: "lstm(4)", hasTimestepNumbers: false),
  ]

  var signature: SequenceSignature {
    let words = Vocabulary(unit: .words, tokens: ["a", "b", "c"])
    return SequenceSignature(
      input: InputSignature(
        timestep: ColumnSet(
          numbers: hasTimestepNumbers ? ["x", "y"] : [],
          categories: [CategoryColumn("activity", words), CategoryColumn("resource", size: 5)]),
        statics: ColumnSet(
          numbers: ["age"], categories: [CategoryColumn("channel", Vocabulary(unit: .words, tokens: ["web", "shop"]))])),
      target: isPerTimestep ? .valuesPerTimestep(["p", "q"]) : .valuesPerSequence(["p", "q"]))
  }

  func trainer() throws -> Trainer {
    let description = try ModelDescription(text)
    var model = try Sequential(
      input: description.input(for: signature), layers: description.layers(for: signature))
    var start = 0
    try model.setWeights(
      model.parameterInfo.map { info in
        defer { start += info.count }
        return WeightTensor(
          name: info.name, shape: info.shape, values: SampleNetwork.numbers(info.count, from: start))
      })
    var normalization = Normalization(
      mean: hasTimestepNumbers ? [0.25, -1.5] : [], deviation: hasTimestepNumbers ? [0.5, 2] : [], staticMean: [3],
      staticDeviation: [8])
    normalization.isApplied = isNormalized
    return try Trainer(model: model, loss: .meanSquaredError, normalization: normalization, threads: 1)
  }

  func checkpoint() throws -> Checkpoint { try trainer().checkpoint(context: CheckpointContext(signature: signature)) }

  /// Sequences of mixed length, one without timesteps; what is missing is large.
  var batch: SequenceBatch {
    let lengths = [3, 1, 7, 0, 5]
    func cells(_ rows: Int, _ numbers: Int, _ sizes: [Int]) -> BatchCells {
      let observed = (0..<rows * numbers).map { $0 % 3 != 1 }
      let values = zip(SampleNetwork.numbers(rows * numbers, from: 3), observed).map { $1 ? $0 * 4 : 1e3 }
      return BatchCells(
        values: values, featureCount: numbers,
        codes: (0..<rows).flatMap { row in sizes.enumerated().map { Int32((row * 5 + $0.offset) % $0.element) } },
        codeCount: sizes.count, observed: observed)
    }
    return SequenceBatch(
      input: cells(16, hasTimestepNumbers ? 2 : 0, [4, 5]), statics: cells(5, 1, [3]),
      offsets: lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) })
  }

  /// The batch as padded planes, flat, and the outputs of real timesteps or sequences.
  struct PythonCase: Encodable {
    var name: String
    var steps: Bool
    var lengths: [Int]
    var time: Int
    var values: [Float]
    var observed: [Bool]
    var codes: [Int32]
    var static_values: [Float]
    var static_observed: [Bool]
    var static_codes: [Int32]
    var outputs: [[Float]]
  }

  func pythonCase() throws -> PythonCase {
    let (trainer, batch) = (try trainer(), batch)
    let padded = try batch.padded()
    let outputs = try trainer.predict(batch)
    let width = trainer.model.outputWidth
    return PythonCase(
      name: name, steps: isPerTimestep, lengths: batch.lengths, time: padded.paddedLength,
      values: padded.input.values, observed: padded.input.observed ?? [], codes: padded.input.codes,
      static_values: padded.statics.values, static_observed: padded.statics.observed ?? [],
      static_codes: padded.statics.codes,
      outputs: stride(from: 0, to: outputs.count, by: width).map { Array(outputs[$0..<$0 + width]) })
  }
}
