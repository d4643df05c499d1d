import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// What must hold for columns of all kinds, whatever the numbers are.
@Suite struct ColumnLawTests {
  /// An input with everything, and a network on it.
  struct Network: Sendable, CustomTestStringConvertible {
    var options: InputOptions
    var isPerSequence: Bool
    var isBothWays = false

    var testDescription: String {
      "\(options.fill)\(options.indicators ? ", indicators" : "")\(options.since ? ", since" : ""), "
        + "\(options.statics)\(isPerSequence ? ", per sequence" : "")\(isBothWays ? ", both ways" : "")"
    }

    var input: ModelInput {
      ModelInput(
        featureCount: 3, categories: [.init("activity", size: 7), .init("resource", size: 4)], staticFeatureCount: 2,
        staticCategories: [.init("channel", size: 3)], options: options)
    }

    func model() throws -> Sequential {
      let lstm = LSTM(6, returnSequences: !isPerSequence)
      let dense = Dense(3, activation: .softmax)
      return try Sequential(
        input: input,
        layers: [
          Embedding(tables: [.init("activity", 7, 5), .init("resource", 4, 2), .init("channel", 3, 3)]),
          isBothWays ? Bidirectional(lstm) : lstm, isPerSequence ? dense : TimeDistributed(dense),
        ], seed: 4
      ).scattered()
    }

    func batch(_ lengths: [Int], hasHoles: Bool = false) -> SequenceBatch {
      sampleBatch(
        lengths: lengths, input: input, target: .classes(3), isPerSequence: isPerSequence, isWeighted: true,
        hasHoles: hasHoles, missing: 0.5, seed: 3)
    }
  }

  static let networks: [Network] = InputOptions.Statics.allCases.flatMap { statics in
    [
      Network(options: InputOptions(fill: .mean, indicators: true, statics: statics), isPerSequence: false),
      Network(
        options: InputOptions(fill: .last, indicators: true, since: true, statics: statics), isPerSequence: true,
        isBothWays: true),
      Network(options: InputOptions(fill: .zero, since: true, statics: statics), isPerSequence: true),
      Network(options: InputOptions(fill: .last, statics: statics), isPerSequence: false, isBothWays: true),
    ]
  }

  static let normalization = Normalization(
    mean: [0.25, -0.5, 3], deviation: [2, 0.75, 1.5], staticMean: [0.5, -1], staticDeviation: [3, 0.5])

  static func trainer(_ model: Sequential, threads: Int = 2, normalizes: Bool = true) throws -> Trainer {
    try Trainer(
      model: model, loss: .categoricalCrossentropy, optimizer: .adam(0.01),
      normalization: normalizes ? normalization : nil,
      seed: 9, threads: threads)
  }

  /// Everything that a batch gives, by its bits: outputs, losses and gradients, and the weights after two steps.
  static func results(_ trainer: Trainer, _ batch: SequenceBatch) throws -> [[UInt32]] {
    let answer = try trainer.answer(batch, [.losses, .outputs, .inputGradient])
    let gradients = try #require(answer.gradients)
    for _ in 0..<2 { try trainer.trainStep(batch) }
    return [
      bits(answer.outputs), answer.losses.flatMap { $0.map { bits([Float($0)]) } ?? [0] },
      bits(gradients.weights.flatMap(\.values)), bits(gradients.input ?? []), bits(gradients.statics ?? []),
      trainer.model.weightBits,
    ]
  }

  @Test(arguments: networks)
  func bytesOfMissingCellsChangeNothing(_ network: Network) throws {
    let model = try network.model()
    let batch = network.batch([5, 0, 9, 1, 7, 3])
    let signature = SequenceSignature(
      input: InputSignature(
        timestep: ColumnSet(
          numbers: ["a", "b", "c"],
          categories: [CategoryColumn("activity", size: 7), CategoryColumn("resource", size: 4)]),
        statics: ColumnSet(numbers: ["d", "e"], categories: [CategoryColumn("channel", size: 3)])),
      target: network.isPerSequence ? .classPerSequence(["x", "y", "z"]) : .classPerTimestep(["x", "y", "z"]))
    let expected = try Self.results(Self.trainer(model), batch)
    let figures = try Normalization(fitting: InMemorySource(batch, signature: signature))
    for garbage in [Float.nan, .infinity, 0, 1e30] {
      var other = batch
      for n in other.input.values.indices where !batch.input.isObserved(n / 3, n % 3) {
        other.input.values[n] = garbage
      }
      for n in other.statics.values.indices where !batch.statics.isObserved(n / 2, n % 2) {
        other.statics.values[n] = garbage
      }
      #expect(other != batch || garbage.isNaN)
      #expect(try Self.results(Self.trainer(model), other) == expected)
      #expect(try Normalization(fitting: InMemorySource(other, signature: signature)) == figures)
      #expect(other.contentHash == batch.contentHash)
    }
    // While an observed cell does.
    var changed = batch
    let place = try #require(batch.input.observed?.firstIndex(of: true))
    changed.input.values[place] += 1
    #expect(try Self.results(Self.trainer(model), changed) != expected)
  }

  @Test(arguments: networks)
  func paddingAndThreadsChangeNothing(_ network: Network) throws {
    let model = try network.model()
    let batch = network.batch(sampleLengths(23, longest: 11), hasHoles: true)
    let expected = try Self.results(Self.trainer(model), batch.compacted())
    for threads in [1, 3] {
      #expect(try Self.results(Self.trainer(model, threads: threads), batch.compacted()) == expected)
    }
    for side in [PaddingOptions.Side.pre, .post] {
      var padded = try batch.padded(PaddingOptions(side: side, fixedLength: 14))
      // What stands where nothing is real.
      for cell in padded.mask.indices where !padded.mask[cell] {
        for j in 0..<3 { padded.input.values[cell * 3 + j] = .nan }
        for c in 0..<2 { padded.input.codes[cell * 2 + c] = Int32(cell % 4) }
        if padded.input.observed != nil { for j in 0..<3 { padded.input.observed?[cell * 3 + j] = cell % 2 == 0 } }
      }
      let trainer = try Self.trainer(model)
      let answer = try trainer.answer(padded, [.losses, .outputs, .inputGradient])
      let gradients = try #require(answer.gradients)
      let real = padded.mask.indices.filter { padded.mask[$0] }
      func shown(_ values: [Float], _ width: Int) -> [UInt32] {
        bits(real.flatMap { values[$0 * width..<($0 + 1) * width] })
      }
      #expect((network.isPerSequence ? bits(answer.outputs) : shown(answer.outputs, 3)) == expected[0])
      #expect(bits(gradients.weights.flatMap(\.values)) == expected[2])
      #expect(shown(gradients.input ?? [], 3) == expected[3])
      #expect(bits(gradients.statics ?? []) == expected[4])
      for _ in 0..<2 { try trainer.trainStep(padded) }
      #expect(trainer.model.weightBits == expected[5])
    }
    // A sequence alone has the same outputs.
    let trainer = try Self.trainer(model)
    let whole = try trainer.predict(batch.compacted())
    let compacted = batch.compacted()
    for b in 0..<batch.count {
      let rows = network.isPerSequence ? b..<b + 1 : compacted.range(b)
      #expect(
        try bits(trainer.predict(compacted.selecting([b])))
          == bits(Array(whole[rows.lowerBound * 3..<rows.upperBound * 3])))
    }
  }

  /// Masked timesteps before the first real one have an output that depends on the columns per sequence.
  @Test func blankOutputsKnowTheirSequence() throws {
    let network = Network(options: InputOptions(statics: .head), isPerSequence: false)
    let trainer = try Self.trainer(network.model())
    var batch = network.batch([3, 3, 3])
    batch.validity = [false, true, true, false, true, true, true, true, true]
    let outputs = try trainer.predict(batch)
    let dense = trainer.model.weights.suffix(2).map(\.values)
    let first = Array(outputs[0..<3])
    let second = Array(outputs[9..<12])
    #expect(first != second)
    // Zeros from the LSTM: the dense layer of the columns per sequence alone.
    for (b, output) in [first, second].enumerated() {
      let numbers = (0..<2).map { j -> Float in
        guard batch.statics.isObserved(b, j) else { return 0 }
        return (batch.statics.values[b * 2 + j] - Self.normalization.staticMean[j])
          * (1 / Self.normalization.staticDeviation[j])
      }
      let table = trainer.model.weights[2].values
      let code = Int(batch.statics.codes[b])
      let row = numbers + table[code * 3..<(code + 1) * 3]
      let logits = (0..<3).map { k in
        Double(dense[1][k])
          + row.enumerated().reduce(0) { $0 + Double($1.element) * Double(dense[0][(6 + $1.offset) * 3 + k]) }
      }
      let total = logits.map(exp).reduce(0, +)
      for k in 0..<3 { #expect(abs(Double(output[k]) - exp(logits[k]) / total) < 1e-6) }
    }
  }

  @Test(arguments: [false, true])
  func oneCategoryColumnTrainsAsTokens(_ isPerSequence: Bool) throws {
    let rest: [any Layer] = [LSTM(7, returnSequences: !isPerSequence), Dense(3, activation: .softmax)]
    let tokens = try Sequential(input: .tokens(9), layers: [Embedding(9, 5)] as [any Layer] + rest, seed: 6)
    let column = try Sequential(
      input: ModelInput(categories: [.init("activity", size: 9)]),
      layers: [Embedding(tables: [.init("activity", 9, 5)])] as [any Layer] + rest, seed: 6)
    #expect(tokens.parameterInfo[0].name == "embedding/embeddings")
    #expect(column.parameterInfo[0].name == "embedding/activity")
    let batch = sampleBatch(
      lengths: sampleLengths(40, longest: 12), input: .tokens(9), target: .classes(3), isPerSequence: isPerSequence)
    #expect(
      try Self.results(Self.trainer(tokens, normalizes: false), batch)
        == Self.results(Self.trainer(column, normalizes: false), batch))
    let signature = InputSignature(timestep: ColumnSet(categories: [CategoryColumn("activity", size: 9)]))
    #expect(ModelInput(signature) == .tokens(9))
  }

  @Test func identityEmbeddingIsOneHot() throws {
    let (size, units) = (5, 6)
    let categories = ModelInput(featureCount: 2, categories: [.init("activity", size: size)])
    let rest: [any Layer] = [LSTM(units, returnSequences: true), TimeDistributed(Dense(3, activation: .softmax))]
    var embedded = try Sequential(
      input: categories, layers: [Embedding(tables: [.init("activity", size, size)])] as [any Layer] + rest, seed: 2
    ).scattered()
    var weights = embedded.weights
    weights[0].values = (0..<size * size).map { $0 / size == $0 % size ? 1 : 0 }
    try embedded.setWeights(weights)
    var numbers = try Sequential(input: .features(2 + size), layers: rest)
    try numbers.setWeights(Array(weights.dropFirst()))
    let batch = sampleBatch(lengths: [4, 9, 1, 6], input: categories, target: .classes(3))
    var oneHot = batch
    var values: [Float] = []
    for n in 0..<batch.timesteps {
      values += batch.input.values[2 * n..<2 * n + 2]
      for code in 0..<size { values.append(code == Int(batch.input.codes[n]) ? 1 : 0) }
    }
    oneHot.input = .values(values, featureCount: 2 + size)
    let (first, second) = try (
      Self.trainer(embedded, normalizes: false).answer(batch, [.outputs, .gradients]),
      Self.trainer(numbers, normalizes: false).answer(oneHot, [.outputs, .gradients])
    )
    #expect(zip(first.outputs, second.outputs).allSatisfy { abs($0 - $1) <= 1e-6 })
    #expect(abs(first.sum.mean - second.sum.mean) <= 1e-6)
    let (own, other) = try (#require(first.gradients).weights.dropFirst(), #require(second.gradients).weights)
    for (one, two) in zip(own, other) { #expect(zip(one.values, two.values).allSatisfy { abs($0 - $1) <= 1e-6 }) }
  }

  @Test(arguments: [InputOptions(), InputOptions(fill: .zero, indicators: true)], [false, true])
  func staticsAreColumnsThatStayTheSame(_ options: InputOptions, _ isPerSequence: Bool) throws {
    let input = ModelInput(
      featureCount: 2, categories: [.init("activity", size: 7)], staticFeatureCount: 1,
      staticCategories: [.init("channel", size: 3)], options: options)
    let repeated = ModelInput(
      featureCount: 3, categories: [.init("activity", size: 7), .init("channel", size: 3)], options: options)
    let layers: [any Layer] = [
      Embedding(tables: [.init("activity", 7, 4), .init("channel", 3, 2)]), LSTM(6, returnSequences: !isPerSequence),
      Dense(3, activation: .softmax),
    ]
    let batch = sampleBatch(
      lengths: sampleLengths(30, longest: 9), input: input, target: .classes(3), isPerSequence: isPerSequence,
      missing: 0.3)
    var wide = batch
    wide.statics = .none
    wide.input = BatchCells(featureCount: 3, codeCount: 2, observed: [])
    for b in 0..<batch.count {
      for n in batch.range(b) {
        wide.input.values += batch.input.values[n * 2..<n * 2 + 2] + [batch.statics.values[b]]
        wide.input.codes += [batch.input.codes[n], batch.statics.codes[b]]
        wide.input.observed? += [0, 1].map { batch.input.isObserved(n, $0) } + [batch.statics.isObserved(b, 0)]
      }
    }
    func trainer(_ input: ModelInput, _ normalization: Normalization) throws -> Trainer {
      try Trainer(
        model: Sequential(input: input, layers: layers, seed: 8), loss: .categoricalCrossentropy,
        optimizer: .adam(0.01), normalization: normalization, threads: 2)
    }
    let one = try trainer(
      input, Normalization(mean: [0.1, 0.2], deviation: [3, 0.7], staticMean: [0.3], staticDeviation: [1.9]))
    let two = try trainer(repeated, Normalization(mean: [0.1, 0.2, 0.3], deviation: [3, 0.7, 1.9]))
    let (first, second) = try (Self.results(one, batch), Self.results(two, wide))
    for part in [0, 1, 2, 5] { #expect(first[part] == second[part]) }
  }
}
