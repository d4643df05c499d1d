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
  var hasCategories = true
  var hasStatics = true
  var masking: Float?

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
    ColumnNetwork(name: "codes_alone", text: "lstm(4)", hasTimestepNumbers: false, hasStatics: false),
    ColumnNetwork(name: "numbers", text: "missing(indicators) lstm(4)", hasCategories: false, hasStatics: false),
    ColumnNetwork(name: "last", text: "missing(last) lstm(4)"),
    ColumnNetwork(
      name: "last_raw", text: "missing(last, indicators) lstm(4, sequences)", isPerTimestep: true, isNormalized: false,
      hasStatics: false),
    ColumnNetwork(
      name: "since", text: "missing(since, zero) statics(head) bidirectional(lstm(3, sequences), ave)",
      isPerTimestep: true),
    ColumnNetwork(
      name: "last_since", text: "missing(last, since, indicators) statics(state) lstm(4, sequences) lstm(3)"),
    ColumnNetwork(
      name: "backwards", text: "missing(last, since) statics(head) lstm(3, sequences, backwards)", isPerTimestep: true),
    ColumnNetwork(
      name: "masking", text: "masking(-1) missing(last, since, indicators) statics(state) lstm(4)",
      hasCategories: false, masking: -1),
    ColumnNetwork(
      name: "masking_steps", text: "masking(-1) missing(zero) lstm(4, sequences) time_distributed(sigmoid)",
      isPerTimestep: true, hasCategories: false, masking: -1),
  ]

  var signature: SequenceSignature {
    let words = Vocabulary(unit: .words, tokens: ["a", "b", "c"])
    return SequenceSignature(
      input: InputSignature(
        timestep: ColumnSet(
          numbers: hasTimestepNumbers ? ["x", "lstm"] : [],
          categories: hasCategories ? [CategoryColumn("activity", words), CategoryColumn("a/b.c", size: 5)] : []),
        statics: ColumnSet(
          numbers: hasStatics ? ["age"] : [],
          categories: hasStatics && hasCategories
            ? [CategoryColumn("channel", Vocabulary(unit: .words, tokens: ["web", "shop"]))] : [])),
      target: isPerTimestep ? .valuesPerTimestep(["p", "q"]) : .valuesPerSequence(["p", "q"]))
  }

  func model(seed: UInt64 = 0) throws -> Sequential {
    let description = try ModelDescription(text)
    return try Sequential(
      input: description.input(for: signature), layers: description.layers(for: signature), seed: seed)
  }

  var normalization: Normalization {
    var normalization = Normalization(
      mean: hasTimestepNumbers ? [0.25, -1.5] : [], deviation: hasTimestepNumbers ? [0.5, 2] : [],
      staticMean: hasStatics ? [3] : [], staticDeviation: hasStatics ? [8] : [])
    normalization.isApplied = isNormalized
    return normalization
  }

  func trainer() throws -> Trainer {
    var model = try model()
    var start = 0
    try model.setWeights(
      model.parameterInfo.map { info in
        defer { start += info.count }
        return WeightTensor(
          name: info.name, shape: info.shape, values: SampleNetwork.numbers(info.count, from: start))
      })
    let normalization = hasTimestepNumbers || hasStatics ? normalization : nil
    return try Trainer(model: model, loss: .meanSquaredError, normalization: normalization, threads: 1)
  }

  func checkpoint() throws -> Checkpoint { try trainer().checkpoint(context: CheckpointContext(signature: signature)) }

  /// Sequences of mixed length, one without timesteps; what is missing is large.
  var batch: SequenceBatch {
    let lengths = [3, 1, 7, 0, 5]
    func cells(_ rows: Int, _ numbers: Int, _ sizes: [Int]) -> BatchCells {
      var observed = (0..<rows * numbers).map { $0 % 3 != 1 }
      var values = zip(SampleNetwork.numbers(rows * numbers, from: 3), observed).map { $1 ? $0 * 4 : 1e3 }
      // Timesteps that a mask looks for, and one that it does not, since a number is missing.
      if let masking, rows > 5 {
        for n in [0, 3, 6, 7, 10] {
          for j in 0..<numbers { (values[n * numbers + j], observed[n * numbers + j]) = (masking, true) }
        }
        observed[6 * numbers] = false
      }
      return BatchCells(
        values: values, featureCount: numbers,
        codes: (0..<rows).flatMap { row in sizes.enumerated().map { Int32((row * 5 + $0.offset) % $0.element) } },
        codeCount: sizes.count, observed: numbers > 0 ? observed : nil)
    }
    let input = signature.input
    func sizes(_ columns: ColumnSet) -> [Int] { columns.categories.map(\.size) }
    return SequenceBatch(
      input: cells(16, input.featureCount, sizes(input.timestep)),
      statics: cells(5, input.statics.numbers.count, sizes(input.statics)),
      offsets: lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) })
  }

  /// Outputs by sequence, of the timesteps that a mask leaves.
  func keptOutputs() throws -> [[Float]] {
    let (trainer, batch) = (try trainer(), batch)
    let (outputs, width) = (try trainer.predict(batch), trainer.model.outputWidth)
    func isKept(_ n: Int) -> Bool {
      guard let masking else { return true }
      let count = batch.input.featureCount
      return (n * count..<(n + 1) * count).contains {
        batch.input.values[$0] != masking || !(batch.input.observed?[$0] ?? true)
      }
    }
    return (0..<batch.count).map { b in
      let rows = isPerTimestep ? batch.range(b).filter(isKept) : [b]
      return rows.flatMap { outputs[$0 * width..<($0 + 1) * width] }
    }
  }

  /// The batch as padded planes, flat, and the outputs of real timesteps or sequences.
  struct PythonCase: Encodable {
    var name: String
    var steps: Bool
    var masking: Float?
    /// The columns of each plane.
    var columns: [String: [String]]
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
      name: name, steps: isPerTimestep, masking: masking,
      columns: [
        "values": signature.input.timestep.numbers, "codes": signature.input.timestep.categories.map(\.name),
        "static_values": signature.input.statics.numbers,
        "static_codes": signature.input.statics.categories.map(\.name),
      ], lengths: batch.lengths, time: padded.paddedLength,
      values: padded.input.values, observed: padded.input.observed ?? [], codes: padded.input.codes,
      static_values: padded.statics.values, static_observed: padded.statics.observed ?? [],
      static_codes: padded.statics.codes,
      outputs: stride(from: 0, to: outputs.count, by: width).map { Array(outputs[$0..<$0 + width]) })
  }
}
