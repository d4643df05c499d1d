import Ragged

/// The networks and batches that are measured.
enum Networks {
  /// LSTM 5 → 32 → 8 → 2.
  static func reference() throws -> Sequential {
    try Sequential(
      input: .features(5),
      layers: [
        LSTM(32, returnSequences: true), LSTM(8, returnSequences: true),
        TimeDistributed(Dense(2, activation: .sigmoid)),
      ])
  }

  /// Two LSTMs of a width on `features`.
  static func stacked(_ width: Int, depth: Int, features: Int) throws -> Sequential {
    let lstms = (0..<depth).map { _ in LSTM(width, returnSequences: true) }
    return try Sequential(
      input: .features(features), layers: lstms as [any Layer] + [TimeDistributed(Dense(2, activation: .softmax))])
  }

  /// Floating-point operations of a training step, a timestep: three times those of the forward matrix products.
  static func trainingOperations(_ model: Sequential) -> Double { 3 * forwardOperations(model) }

  /// Floating-point operations of the forward matrix products, a timestep: two for each weight but the biases and
  /// embeddings. Layers that run once per sequence are left out.
  static func forwardOperations(_ model: Sequential) -> Double {
    let perSequence = Set(model.isPerSequence ? model.parameterInfo.map(\.name).filter { $0.hasPrefix("dense") } : [])
    let weights = model.parameterInfo.filter {
      !$0.name.hasSuffix("bias") && !$0.name.hasPrefix("embedding") && !perSequence.contains($0.name)
    }
    return 2 * Double(weights.reduce(0) { $0 + $1.count })
  }

  /// Random values for a network on features, or tokens, with a class per timestep or a sequence.
  static func batch(_ model: Sequential, lengths: [Int], seed: UInt64 = 1) -> SequenceBatch {
    var random = SeededRandom(seed: seed)
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let steps = offsets[lengths.count]
    let columns = model.input
    let input = BatchCells(
      values: (0..<steps * columns.featureCount).map { _ in random.uniform() }, featureCount: columns.featureCount,
      codes: (0..<steps).flatMap { _ in columns.categories.map { Int32(random.below($0.size)) } },
      codeCount: columns.categories.count)
    let judged = model.isPerSequence ? lengths.count : steps
    let classes = (0..<judged).map { _ in Int32(random.below(2)) }
    return SequenceBatch(
      input: input, offsets: offsets,
      targets: model.isPerSequence ? .classPerSequence(classes) : .classPerTimestep(classes))
  }

  /// A number of lengths, all 55 or uniform in 10…99.
  static func lengths(_ count: Int, mixed: Bool, seed: UInt64 = 1) -> [Int] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in mixed ? 10 + random.below(90) : 55 }
  }
}
