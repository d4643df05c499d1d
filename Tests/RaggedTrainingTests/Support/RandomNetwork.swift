import RaggedCore
import Testing

@testable import RaggedTraining

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
    var layers: [LayerSpec] = []
    if case .tokens(let size) = input { layers.append(.embedding(Embedding(size + random.below(2), pick(sizes)))) }
    let isPerSequence = chance(0.5)
    let depth = 1 + random.below(2)
    for number in 0..<depth {
      if chance(0.2) { layers.append(.dense(Dense(pick(sizes), activation: pick(smooth)))) }
      if dropout, chance(0.3) { layers.append(.dropout(Dropout(0.3))) }
      let lstm = LSTM(
        pick(sizes), returnSequences: !isPerSequence || number + 1 < depth, dropout: dropout && chance(0.5) ? 0.4 : 0)
      if chance(0.4) {
        layers.append(.bidirectional(Bidirectional(lstm, merge: pick(Bidirectional.Merge.allCases))))
      } else {
        var one = lstm
        one.goBackwards = chance(0.4)
        layers.append(.lstm(one))
      }
    }
    loss = pick(Loss.allCases)
    reduction = pick(Reduction.allCases)
    let width = pick(sizes)
    let isShares = loss == .categoricalCrossentropy || loss == .sparseCategoricalCrossentropy
    let activation: Activation =
      loss == .binaryCrossentropy ? .sigmoid : isShares ? pick([.softmax, .sigmoid]) : pick(smooth)
    layers.append(.dense(Dense(width, activation: activation)))
    let target: TargetKind =
      loss.hasAccuracy ? loss == .categoricalCrossentropy ? .shares(width) : .classes(width) : .values(width)

    let lengths = (0..<pick([1, 2, 3, 5, 7, 9])).map { _ in chance(0.15) ? 0 : 1 + random.below(longest) }
    batch = sampleBatch(
      lengths: lengths, input: input, target: target, isPerSequence: isPerSequence, isWeighted: chance(0.5),
      hasHoles: chance(0.3), seed: seed)
    if batch.weights != nil, chance(0.3) { batch.weights?[0] = 0 }
    model = try Sequential(input: input, specs: layers, seed: seed).scattered(0.5, seed: seed)
    let hasStates = chance(0.4)
    states =
      hasStates
      ? model.program.states.map { state in
        func numbers() -> [Float] { (0..<state.units * lengths.count).map { _ in random.uniform() * 2 - 1 } }
        return RecurrentState(parts: [numbers(), numbers()])
      } : []
    testDescription = "\(seed): \(input.summary), \(layers.map(\.words)), \(lengths), \(loss), \(reduction)"
  }
}

extension LayerSpec {
  /// The layer in a few words, to tell one random network from another.
  fileprivate var words: String {
    switch self {
    case .lstm(let lstm): "lstm \(lstm.units)\(lstm.goBackwards ? " backwards" : "")"
    case .bidirectional(let both): "both \(both.layer.units) \(both.merge)"
    case .dense(let dense): "dense \(dense.units) \(dense.activation)"
    case .embedding(let embedding): "embedding \(embedding.units)"
    case .timeDistributed, .masking, .dropout: "\(self)"
    }
  }
}
