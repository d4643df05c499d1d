import RaggedBatching
import RaggedCore
import RaggedTraining

/// What a sample batch's targets are.
enum TargetKind: Sendable {
  case classes(Int)
  case values(Int)
  /// Distributions over so many classes.
  case shares(Int)
}

/// Random sequences of these lengths; the same seed gives the same ones.
func sampleBatch(
  lengths: [Int], input: ModelInput, target: TargetKind, isPerSequence: Bool = false, isWeighted: Bool = false,
  hasHoles: Bool = false, missing: Float = 0, seed: UInt64 = 1
) -> SequenceBatch {
  var random = SeededRandom(seed: seed, stream: 77)
  let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  let steps = offsets[lengths.count]
  let items = isPerSequence ? lengths.count : steps
  let data = sampleCells(steps, input.featureCount, input.categories, missing: missing, &random)
  let targets: BatchTargets
  switch target {
  case .classes(let count):
    let classes = (0..<items).map { _ in Int32(random.below(max(2, count))) }
    targets = isPerSequence ? .classPerSequence(classes) : .classPerTimestep(classes)
  case .values(let width):
    let values = (0..<items * width).map { _ in random.uniform() * 2 + 0.5 }
    targets = isPerSequence ? .valuesPerSequence(values, width: width) : .valuesPerTimestep(values, width: width)
  case .shares(let width):
    var values: [Float] = []
    for _ in 0..<items {
      let parts = (0..<width).map { _ in random.uniform() + 0.1 }
      values += parts.map { $0 / parts.reduce(0, +) }
    }
    targets = isPerSequence ? .valuesPerSequence(values, width: width) : .valuesPerTimestep(values, width: width)
  }
  let weights = isWeighted ? lengths.map { _ in random.uniform() + 0.25 } : nil
  let validity = hasHoles ? (0..<steps).map { _ in random.uniform() > 0.3 } : nil
  let statics = sampleCells(
    lengths.count, input.staticFeatureCount, input.staticCategories, missing: missing, &random)
  return SequenceBatch(
    input: data, statics: statics, offsets: offsets, targets: targets, weights: weights, validity: validity)
}

/// Random cells, of whose numbers a share is missing.
private func sampleCells(
  _ rows: Int, _ featureCount: Int, _ categories: [ModelInput.Category], missing: Float, _ random: inout SeededRandom
) -> BatchCells {
  let values = (0..<rows * featureCount).map { _ in random.uniform() * 3 - 1.5 }
  let codes = (0..<rows).flatMap { _ in categories.map { Int32(random.below($0.size)) } }
  let observed = missing > 0 ? values.map { _ in random.uniform() >= missing } : nil
  return BatchCells(
    values: values, featureCount: featureCount, codes: codes, codeCount: categories.count, observed: observed)
}

/// So many lengths of 0 to `longest`, both among them where there is room.
func sampleLengths(_ count: Int, longest: Int, seed: UInt64 = 5) -> [Int] {
  var random = SeededRandom(seed: seed, stream: UInt64(count))
  var lengths = (0..<count).map { _ in random.below(longest + 1) }
  lengths[0] = longest
  if count > 2 { lengths[count / 2] = 0 }
  if count > 3 { lengths[count - 1] = 1 }
  return lengths
}

extension Sequential {
  /// The model with every weight, biases too, uniform in ±`limit`.
  func scattered(_ limit: Float = 0.7, seed: UInt64 = 3) throws -> Sequential {
    var result = self
    var random = SeededRandom(seed: seed, stream: 11)
    try result.setWeights(
      weights.map { tensor in
        WeightTensor(
          name: tensor.name, shape: tensor.shape,
          values: tensor.values.map { _ in (random.uniform() * 2 - 1) * limit })
      })
    return result
  }
}

/// Random states of a model for a number of rows, in ±1.
func sampleStates(of model: Sequential, rows: Int, _ random: inout SeededRandom) throws -> [RecurrentState] {
  let zeros = try Trainer(model: model, loss: .meanSquaredError, threads: 1).initialStates(rows: rows)
  return zeros.map { state in
    RecurrentState(parts: state.parts.map { $0.map { _ in random.uniform() * 2 - 1 } })
  }
}

/// Floats compared by their bits.
func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

extension Sequential {
  /// Every weight by its bits.
  var weightBits: [UInt32] { bits(weights.flatMap(\.values)) }
}

extension Gradients {
  /// Everything in it by its bits, but for the input's gradient.
  var weightBits: [UInt64] { [loss.bitPattern] + weights.flatMap(\.values).map { UInt64($0.bitPattern) } }
}

/// A source over a sample batch.
func sampleSource(
  lengths: [Int], features: Int = 2, target: TargetKind = .classes(2), isPerSequence: Bool = false, seed: UInt64 = 1
) throws -> InMemorySource {
  let batch = sampleBatch(
    lengths: lengths, input: .features(features), target: target, isPerSequence: isPerSequence, seed: seed)
  let names: [String]
  let signature: TargetSignature
  switch target {
  case .classes(let count):
    names = (0..<count).map { "class \($0)" }
    signature = isPerSequence ? .classPerSequence(names) : .classPerTimestep(names)
  case .values(let width), .shares(let width):
    names = (0..<width).map { "value \($0)" }
    signature = isPerSequence ? .valuesPerSequence(names) : .valuesPerTimestep(names)
  }
  return try InMemorySource(
    batch, signature: SequenceSignature(input: .features((0..<features).map { "x\($0)" }), target: signature))
}
