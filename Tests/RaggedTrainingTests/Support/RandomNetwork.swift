import RaggedCore
import RaggedTraining
import Testing

/// A network with a batch for it, all drawn from a seed: kinds of layers, sizes about the widths of vectors, lengths,
/// loss, weights, holes and states.
struct RandomNetwork: Sendable, CustomTestStringConvertible {
  var model: Sequential
  var loss: Loss
  var reduction: Reduction
  var batch: SequenceBatch
  var states: [RecurrentState]
  var testDescription: String

  /// A network of layers of some of these sizes over sequences of at most `longest` timesteps.
  init(seed: UInt64, sizes: [Int], longest: Int, dropout: Bool = false) throws {
    var random = SeededRandom(seed: seed, stream: 21)
    func pick<Element>(_ elements: [Element]) -> Element { elements[random.below(elements.count)] }
    func chance(_ share: Float) -> Bool { random.uniform() < share }
    // A softmax of one unit, or before a sum of magnitudes, has gradients that are nothing but rounding.
    let smooth = Activation.allCases.filter { $0 != .softmax }

    let isTokens = chance(0.2)
    let input: ModelInput = isTokens ? .tokens(2 + random.below(9)) : .features(pick(sizes))
    var layers: [any Layer] = []
    if let size = input.tokens { layers.append(Embedding(size + random.below(2), pick(sizes))) }
    let isPerSequence = chance(0.5)
    let depth = 1 + random.below(2)
    for number in 0..<depth {
      if chance(0.2) { layers.append(Dense(pick(sizes), activation: pick(smooth))) }
      if dropout, chance(0.3) { layers.append(Dropout(0.3)) }
      let lstm = LSTM(
        pick(sizes), returnSequences: !isPerSequence || number + 1 < depth, dropout: dropout && chance(0.5) ? 0.4 : 0)
      if chance(0.4) {
        layers.append(Bidirectional(lstm, merge: pick(Bidirectional.Merge.allCases)))
      } else {
        var one = lstm
        one.goBackwards = chance(0.4)
        layers.append(one)
      }
    }
    loss = pick(Loss.ofOutputs)
    reduction = pick(Reduction.allCases)
    let width = pick(sizes)
    let isShares = loss == .categoricalCrossentropy || loss == .sparseCategoricalCrossentropy
    let activation: Activation =
      loss == .binaryCrossentropy ? .sigmoid : isShares ? pick([.softmax, .sigmoid]) : pick(smooth)
    layers.append(Dense(width, activation: activation))
    let target: TargetKind =
      loss.hasAccuracy ? loss == .categoricalCrossentropy ? .shares(width) : .classes(width) : .values(width)

    let lengths = (0..<pick([1, 2, 3, 5, 7, 9])).map { _ in chance(0.15) ? 0 : 1 + random.below(longest) }
    batch = sampleBatch(
      lengths: lengths, input: input, target: target, isPerSequence: isPerSequence, isWeighted: chance(0.5),
      hasHoles: chance(0.3), seed: seed)
    if batch.weights != nil, chance(0.3) { batch.weights?[0] = 0 }
    model = try Sequential(input: input, layers: layers, seed: seed).scattered(0.5, seed: seed)
    let hasStates = chance(0.4)
    states = try hasStates ? sampleStates(of: model, rows: lengths.count, &random) : []
    testDescription = "\(seed): \(input.summary), \(layers.map { words($0) }), \(lengths), \(loss), \(reduction)"
  }
}

/// A layer in a few words, to tell one random network from another.
private func words(_ layer: any Layer) -> String {
  switch layer {
  case let lstm as LSTM: "lstm \(lstm.units)\(lstm.goBackwards ? " backwards" : "")"
  case let both as Bidirectional: "both \(both.layer.units) \(both.merge)"
  case let dense as Dense: "dense \(dense.units) \(dense.activation)"
  case let embedding as Embedding: "embedding \(embedding.units)"
  default: "\(layer)"
  }
}
