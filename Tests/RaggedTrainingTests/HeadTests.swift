import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// Several targets at once: a head and a loss each, over shared layers.
@Suite struct HeadTests {
  private static let lengths = [6, 0, 1, 4, 9, 3, 2]
  private static var steps: Int { lengths.reduce(0, +) }

  /// A class and values per timestep, and a class per sequence, each with holes of its own.
  static func batch(_ heads: [String]) -> SequenceBatch {
    var random = SeededRandom(seed: 11)
    let targets = heads.map { head -> BatchTargets in
      switch head {
      case "tag": .classPerTimestep((0..<steps).map { $0 % 5 == 2 ? BatchTargets.unobservedClass : Int32($0 % 3) })
      case "amount":
        .valuesPerTimestep(
          (0..<2 * steps).map { $0 / 2 % 4 == 1 ? .nan : Float($0 % 7) / 4 - 1 }, width: 2)
      default: .classPerSequence(lengths.indices.map { $0 == 3 ? BatchTargets.unobservedClass : Int32($0 % 2) })
      }
    }
    return SequenceBatch(
      input: .values((0..<3 * steps).map { _ in random.uniform() - 0.5 }, featureCount: 3),
      offsets: lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) },
      targets: targets.count == 1 ? targets[0] : .several(targets),
      weights: lengths.indices.map { Float($0 % 3) / 2 + 0.5 })
  }

  private static func head(_ name: String) -> ModelHead {
    switch name {
    case "tag": ModelHead(name, [Dense(4, activation: .relu), Dense(3, activation: .softmax)])
    case "amount": ModelHead(name, [Dense(2)])
    default: ModelHead(name, [Last(), Dense(2, activation: .softmax)])
    }
  }

  private static func loss(_ name: String) -> Loss {
    name == "amount" ? .meanSquaredError : .sparseCategoricalCrossentropy
  }

  static func trainer(
    _ heads: [String], weights: [Double]? = nil, reduction: Reduction = .meanPerTimestep, threads: Int? = nil,
    optimizer: Optimizer = .adam(), exchange: any GradientExchange = LocalExchange()
  ) throws -> Trainer {
    let model = try Sequential(
      input: .features(3), layers: [LSTM(7, returnSequences: true), Dropout(0.25)], heads: heads.map(head), seed: 4)
    return try Trainer(
      model: model,
      losses: heads.enumerated().map { HeadLoss(loss($1), weight: weights?[$0] ?? 1) }, reduction: reduction,
      optimizer: optimizer, threads: threads, exchange: exchange)
  }

  private static func file() -> URL {
    FileManager.default.temporaryDirectory.appending(path: "ragged-heads-\(UUID().uuidString)")
  }

  private static func bits(_ tensors: [WeightTensor]) -> [[UInt32]] { tensors.map { $0.values.map(\.bitPattern) } }

  private static let pairs = [["tag", "amount"], ["amount", "tag"], ["tag", "outcome"], ["outcome", "amount"]]

  /// With weight 0 every gradient of the shared layers and of the other head is that of the model without the head, and the
  /// head's own is 0. Weights lie in one buffer whose shares are as many as without the head: up to 419,430 weights.
  @Test(arguments: pairs, Reduction.allCases) func aHeadOfWeightZeroIsNotThere(
    _ heads: [String], _ reduction: Reduction
  ) throws {
    for place in heads.indices {
      let trainer = try Self.trainer(heads, weights: heads.indices.map { $0 == place ? 1 : 0 }, reduction: reduction)
      let alone = try trainer.head(place)
      let (both, one) = try (
        trainer.gradients(Self.batch(heads), wantsInputGradient: true),
        alone.gradients(Self.batch([heads[place]]), wantsInputGradient: true)
      )
      let names = trainer.model.parameterInfo.map(\.name)
      let shared = names.indices.filter { names[$0].hasPrefix("lstm") }
      #expect(!shared.isEmpty && both.loss == one.loss)
      for index in shared { #expect(both.weights[index].values == one.weights[index].values, "\(names[index])") }
      #expect(both.input == one.input)
      let kept = Set(Self.bits(one.weights))
      let left = both.weights.filter { !kept.contains($0.values.map(\.bitPattern)) }
      #expect(left.allSatisfy { $0.values.allSatisfy { $0 == 0 } })
    }
  }

  /// Whatever the other head's weight, a head's own layers have the gradients of the single model.
  @Test(arguments: pairs, Reduction.allCases) func aHeadsOwnGradientsAreThoseOfItAlone(
    _ heads: [String], _ reduction: Reduction
  ) throws {
    let trainer = try Self.trainer(heads, reduction: reduction)
    let answer = try trainer.answer(Self.batch(heads), [.gradients, .losses, .outputs])
    let both = Self.bits(try #require(answer.gradients).weights)
    for (place, name) in heads.enumerated() {
      let alone = try trainer.head(place)
      let one = try alone.answer(Self.batch([name]), [.gradients, .losses, .outputs])
      #expect(answer.sum.heads[place].sum == one.sum)
      #expect(answer.heads[place].losses == one.losses && answer.heads[place].outputs == one.outputs)
      // Behind the three tensors of the shared layer.
      for tensor in Self.bits(try #require(one.gradients).weights).dropFirst(3) { #expect(both.contains(tensor)) }
    }
  }

  /// Σ weight · loss, each with a denominator of its own; so are the gradients of what is shared.
  @Test func theTotalIsTheWeightedSum() throws {
    let heads = ["tag", "amount", "outcome"]
    let trainer = try Self.trainer(heads, weights: [1, 0.1, 2.5])
    let both = try trainer.gradients(Self.batch(heads))
    var (loss, kernel) = (0.0, [Float](repeating: 0, count: both.weights[0].values.count))
    for (place, weight) in [1, 0.1, 2.5].enumerated() {
      let one = try trainer.head(place).gradients(Self.batch([heads[place]]))
      loss += weight * one.loss
      for (index, value) in one.weights[0].values.enumerated() { kernel[index] += Float(weight) * value }
    }
    #expect(abs(both.loss - loss) < 1e-12 * abs(loss))
    for (value, expected) in zip(both.weights[0].values, kernel) { #expect(abs(value - expected) < 1e-6) }
  }

  @Test func aMissingTargetLeavesTheOthers() throws {
    let trainer = try Self.trainer(["tag", "amount"])
    var batch = Self.batch(["tag", "amount"])
    let before = try trainer.answer(batch).sum.heads
    batch.targets = .several([
      batch.targets.parts[0], .valuesPerTimestep([Float](repeating: .nan, count: 2 * Self.steps), width: 2),
    ])
    let after = try trainer.answer(batch).sum.heads
    #expect(after[0] == before[0])
    #expect(after[1].sum.weight == 0 && after[1].sum.counted == 0 && before[1].sum.weight > 0)
  }

  /// Neither padding nor the number of threads changes a bit of losses, gradients and outputs.
  @Test func paddingAndThreadsChangeNoBit() throws {
    let heads = ["tag", "amount", "outcome"]
    let batch = Self.batch(heads)
    let expected = try Self.trainer(heads, threads: 1).answer(batch, [.gradients, .outputs])
    for threads in [2, 3, 5] {
      let trainer = try Self.trainer(heads, threads: threads)
      for side in [PaddingOptions.Side.pre, .post] {
        let padded = try batch.padded(PaddingOptions(side: side, value: 7))
        let answer = try trainer.answer(padded, [.gradients, .outputs])
        #expect(answer.sum == expected.sum)
        #expect(
          Self.bits(answer.gradients?.weights ?? []) == Self.bits(expected.gradients?.weights ?? []), "\(threads)")
        #expect(answer.heads[2].outputs == expected.heads[2].outputs)
      }
      let ragged = try trainer.answer(batch, [.gradients, .outputs])
      #expect(ragged.heads.map(\.outputs) == expected.heads.map(\.outputs))
      #expect(Self.bits(ragged.gradients?.weights ?? []) == Self.bits(expected.gradients?.weights ?? []))
    }
  }

  /// A model with its only target in a head is trained as the ordinary one is: weight after weight, dropout and all.
  @Test func oneHeadTrainsAsTheOrdinaryModel() throws {
    let two = try Self.trainer(["tag", "amount"], weights: [1, 0])
    let ordinary = try two.head(0)
    for _ in 0..<5 {
      let (a, b) = try (two.trainStep(Self.batch(["tag", "amount"])), ordinary.trainStep(Self.batch(["tag"])))
      #expect(a.mean == b.mean)
    }
    let (a, b) = (two.model.weights, ordinary.model.weights)
    for index in b.indices { #expect(a[index].values == b[index].values, "\(b[index].name)") }
  }

  @Test func theLastTimestepIsWhatALayerWithoutSequencesGives() throws {
    for both in [false, true] {
      func layers(_ sequences: Bool) -> [any Layer] {
        let lstm = LSTM(5, returnSequences: sequences)
        return [both ? Bidirectional(lstm) : lstm] + (sequences ? [Last()] : []) + [Dense(2, activation: .softmax)]
      }
      func trainer(_ sequences: Bool) throws -> Trainer {
        try Trainer(
          model: Sequential(input: .features(3), layers: layers(sequences), seed: 2),
          loss: .sparseCategoricalCrossentropy)
      }
      let (plain, last) = try (trainer(false), trainer(true))
      let batch = Self.batch(["outcome"])
      let (a, b) = try (plain.answer(batch, [.outputs, .gradients]), last.answer(batch, [.outputs, .gradients]))
      #expect(a.outputs == b.outputs && a.sum == b.sum)
      #expect(Self.bits(a.gradients?.weights ?? []) == Self.bits(b.gradients?.weights ?? []))
      #expect(try plain.predict(batch) == last.predict(batch))
    }
  }

  /// What ranks with batches of their own divide by is agreed on for each head.
  @Test func ranksAgreeOnEachHead() throws {
    let heads = ["tag", "outcome"]
    let alone = try Self.trainer(heads, optimizer: .sgd(0.5))
    let one = try alone.trainStep(Self.batch(heads))
    let ranks = try RankThreads.values(2, .batches) { exchange in
      let trainer = try Self.trainer(heads, threads: 1, optimizer: .sgd(0.5), exchange: exchange)
      return (try trainer.trainStep(Self.batch(heads)), Self.bits(trainer.model.weights))
    }
    // Two ranks with the same part take the step that one takes.
    for (two, weights) in ranks {
      #expect(one.mean == two.mean && one.heads[0].sum.counted * 2 == two.heads[0].sum.counted)
      #expect(weights == Self.bits(alone.model.weights))
    }
  }

  @Test func bothLossesFallAndACheckpointGoesOn() throws {
    let heads = ["tag", "amount", "outcome"]
    let trainer = try Self.trainer(heads, weights: [1, 0.5, 1], optimizer: .adam(0.02))
    let first = try trainer.evaluate(Self.batch(heads))
    for _ in 0..<30 { try trainer.trainStep(Self.batch(heads)) }
    let last = try trainer.evaluate(Self.batch(heads))
    for place in heads.indices { #expect(last.heads[place].sum.mean < first.heads[place].sum.mean) }

    let url = Self.file()
    defer { try? FileManager.default.removeItem(at: url) }
    try trainer.checkpoint().write(to: url)
    let again = try Checkpoint(contentsOf: url).trainer()
    #expect(again.losses == trainer.losses && again.model.heads == trainer.model.heads)
    for _ in 0..<3 {
      #expect(try again.trainStep(Self.batch(heads)) == trainer.trainStep(Self.batch(heads)))
    }
    #expect(Self.bits(again.model.weights) == Self.bits(trainer.model.weights))
    // A checkpoint of one target has no word of heads.
    try trainer.head(0).checkpoint().write(to: url)
    let text = try String(decoding: Data(contentsOf: url), as: UTF8.self)
    #expect(!text.contains("headLosses") && !text.contains("ofHeads"))
  }

  private func refusal(_ body: () throws -> Void) -> String? {
    do {
      try body()
    } catch let error as TrainingError { return error.message } catch { return "\(error)" }
    return nil
  }

  @Test func badSetUpsAreRefusedInASentence() throws {
    let model = try Self.trainer(["tag", "amount"]).model
    func trainer(_ losses: [HeadLoss], truncation: Int? = nil) throws -> Trainer {
      try Trainer(model: model, losses: losses, truncation: truncation)
    }
    let good = [HeadLoss(.sparseCategoricalCrossentropy), HeadLoss(.meanSquaredError)]
    #expect(
      refusal { _ = try trainer([good[0]]) } == #"1 loss for a model with 2 heads ("tag", "amount")"#)
    #expect(
      refusal { _ = try trainer([good[0], HeadLoss(.meanSquaredError, weight: -1)]) }
        == #"the head "amount": the weight of its loss is -1.0, expected 0 to 1e+30"#)
    #expect(
      refusal { _ = try trainer(good.map { HeadLoss($0.loss, weight: 0) }) }
        == "every head has weight 0: nothing can be learned")
    #expect(
      refusal { _ = try trainer([HeadLoss(.crf), good[1]]) }
        == #"the head "tag": crf is the loss of a crf: expected a last layer crf"#)
    #expect(
      refusal { try trainer(good).check(.classPerTimestep(["a", "b", "c"])) }
        == #"the model has the heads "tag", "amount", and the data's target is a class per timestep, of 3"#)
    #expect(
      refusal { _ = try trainer(good).trainStep(Self.batch(["tag"])) }
        == #"the batch has 1 target, the model 2 heads ("tag", "amount")"#)
    #expect(
      refusal { _ = try trainer(good).predict(Self.batch(["tag", "amount"])) }?.hasPrefix(
        #"the model has the heads "tag", "amount""#) == true)
    let outcome = try Self.trainer(["tag", "outcome"]).model
    #expect(
      refusal {
        _ = try Trainer(
          model: outcome, losses: good.map { _ in HeadLoss(.sparseCategoricalCrossentropy) }, truncation: 3)
      } == #"the head "outcome": truncated back-propagation of several targets needs heads with an output per timestep"#
    )
    #expect(
      refusal {
        _ = try Sequential(
          input: .features(2), layers: [LSTM(3)], heads: [ModelHead("a", [TimeDistributed(Dense(1))])])
      }?.hasPrefix(#"the head "a": TimeDistributed needs timesteps"#) == true)
    #expect(
      refusal {
        _ = try Sequential(
          input: .features(2), layers: [LSTM(3)], heads: [ModelHead("a", [Dense(1)]), ModelHead("a", [Dense(2)])])
      } == #"two heads are called "a""#)
  }
}
