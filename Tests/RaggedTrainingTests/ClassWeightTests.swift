import Foundation
import RaggedBatching
import RaggedCore
import RaggedTraining
import Testing

/// What classes and timesteps weigh in training.
@Suite struct ClassWeightTests {
  static let names = ["walk", "sit", "fall"]

  static func trainer(
    _ reduction: Reduction, isPerSequence: Bool, outputs: Int = 3, threads: Int? = nil, truncation: Int? = nil
  ) throws -> Trainer {
    let end = outputs == 1 ? Dense(1, activation: .sigmoid) : Dense(outputs, activation: .softmax)
    let model = try Sequential(
      input: .features(2), layers: [LSTM(3, returnSequences: !isPerSequence), end], seed: 4
    ).scattered()
    return try Trainer(
      model: model, loss: outputs == 1 ? .binaryCrossentropy : .sparseCategoricalCrossentropy, reduction: reduction,
      optimizer: .sgd(0.1), truncation: truncation, threads: threads)
  }

  static func weights(_ numbers: [NamedNumber], isPerSequence: Bool, names: [String] = Self.names) throws
    -> ClassWeights
  {
    try ClassWeights(
      .named(numbers), target: isPerSequence ? .classPerSequence(names) : .classPerTimestep(names),
      loss: .sparseCategoricalCrossentropy
    ) { [] }
  }

  /// Sequences each of one class throughout, so that repeating a sequence is repeating its class.
  static func batch(isPerSequence: Bool, classes count: Int = 3) -> SequenceBatch {
    let lengths = [4, 1, 2, 5, 3, 7, 1, 6]
    var batch = sampleBatch(
      lengths: lengths, input: .features(2), target: .classes(count), isPerSequence: isPerSequence)
    let classes = lengths.indices.map { Int32($0 % count) }
    batch.targets =
      isPerSequence
      ? .classPerSequence(classes)
      : .classPerTimestep(zip(classes, lengths).flatMap { Array(repeating: $0, count: $1) })
    return batch
  }

  /// The law: weight c on a class is each of its sequences c times, in loss, gradients and, of means, in what they are
  /// divided by.
  @Test(arguments: [true, false], [Reduction.sum, .meanPerTimestep, .meanPerSequence])
  func aWeightIsThatManySequences(isPerSequence: Bool, reduction: Reduction) throws {
    for (outputs, names) in [(3, Self.names), (1, ["no", "yes"]), (2, ["no", "yes"])] {
      let batch = Self.batch(isPerSequence: isPerSequence, classes: names.count)
      for (place, name) in names.enumerated() {
        let times = 2 + place
        let weights = try Self.weights(
          [NamedNumber(name, Double(times))], isPerSequence: isPerSequence, names: names)
        let repeated = batch.selecting(
          (0..<batch.count).flatMap { Array(repeating: $0, count: $0 % names.count == place ? times : 1) })
        let trainer = try Self.trainer(reduction, isPerSequence: isPerSequence, outputs: outputs)
        let (mine, theirs) = (try trainer.evaluate(weights.transform(batch)), try trainer.evaluate(repeated))
        if reduction == .meanPerSequence, !isPerSequence {
          // The mean over a sequence's timesteps has their weights within, which a class throughout does not change.
          #expect(mine.weight == Double(batch.count))
          continue
        }
        #expect(abs(mine.loss - theirs.loss) <= 1e-6 * theirs.loss)
        #expect(abs(mine.weight - theirs.weight) <= 1e-6 * theirs.weight, "\(reduction) \(isPerSequence)")
        let (one, other) = (try trainer.gradients(weights.transform(batch)), try trainer.gradients(repeated))
        for (a, b) in zip(one.weights.flatMap(\.values), other.weights.flatMap(\.values)) {
          #expect(abs(a - b) <= 2e-5 * max(1, abs(b)))
        }
      }
    }
  }

  @Test func aMeanPerSequenceIsWeightedInsideAndOutside() throws {
    let lengths = [3, 2]
    var batch = sampleBatch(lengths: lengths, input: .features(2), target: .classes(3))
    batch.stepWeights = [1, 0, 3, 0, 0]
    batch.weights = [2, 5]
    let plain = try Self.trainer(.sum, isPerSequence: false)
    func loss(_ n: Int) throws -> Double {
      var one = batch
      (one.weights, one.stepWeights) = (nil, (0..<5).map { $0 == n ? 1 : 0 })
      return try plain.evaluate(one).loss
    }
    // The second sequence has weights of 0 alone, and is left out.
    let sum = try Self.trainer(.meanPerSequence, isPerSequence: false).evaluate(batch)
    #expect(sum.weight == 2)
    #expect(abs(sum.mean - (try loss(0) + 3 * loss(2)) / 4) < 1e-6)
    let steps = try Self.trainer(.meanPerTimestep, isPerSequence: false).evaluate(batch)
    #expect(steps.weight == 8)
    #expect(abs(steps.mean - (try loss(0) + 3 * loss(2)) / 4) < 1e-6)
  }

  static func weighted(_ lengths: [Int], hasHoles: Bool = false) -> SequenceBatch {
    var batch = sampleBatch(
      lengths: lengths, input: .features(2), target: .classes(3), isWeighted: true, hasHoles: hasHoles)
    var random = SeededRandom(seed: 9)
    batch.stepWeights = (0..<batch.timesteps).map { _ in random.uniform() * 2 }
    return batch
  }

  @Test func paddingAndThreadsChangeNoBit() throws {
    let batch = Self.weighted(sampleLengths(20, longest: 9), hasHoles: true)
    for reduction in Reduction.allCases {
      let trainer = try Self.trainer(reduction, isPerSequence: false, threads: 1)
      let expected = try trainer.gradients(batch).weightBits
      for side in [PaddingOptions.Side.pre, .post] {
        let padded = try batch.padded(PaddingOptions(side: side))
        #expect(padded.stepWeights?.count == padded.count * padded.paddedLength)
        #expect(try trainer.gradients(padded).weightBits == expected)
      }
      #expect(try trainer.gradients(batch.compacted()).weightBits == expected)
      let packed = try batch.packed(sequencesPerRow: Array(repeating: 5, count: 4))
      #expect(try trainer.gradients(packed.unpacked()).weightBits == expected)
      #expect(try Self.trainer(reduction, isPerSequence: false, threads: 3).gradients(batch).weightBits == expected)
      // Weights of 1 are none.
      var one = batch
      one.stepWeights = Array(repeating: 1, count: batch.timesteps)
      var none = batch
      none.stepWeights = nil
      let (a, b) = (try trainer.evaluate(one), try trainer.evaluate(none))
      #expect(abs(a.mean - b.mean) <= 1e-6 * b.mean)
    }
  }

  @Test func aSumOverPartsIsTheWhole() throws {
    let batch = Self.weighted([3, 5, 0, 2, 7, 1])
    let trainer = try Self.trainer(.meanPerTimestep, isPerSequence: false)
    let whole = try trainer.evaluate(batch)
    var parts = LossSum()
    for b in 0..<batch.count { parts += try trainer.evaluate(batch.selecting([b])) }
    #expect(abs(parts.loss - whole.loss) <= 1e-6 * whole.loss && abs(parts.weight - whole.weight) <= 1e-9)
    // Pieces of a long sequence too: its loss is that of the whole, wherever the gradient is cut.
    let pieces = try Self.trainer(.meanPerTimestep, isPerSequence: false, truncation: 2)
    let step = try pieces.trainStep(batch)
    #expect(abs(step.mean - whole.mean) <= 1e-6 * whole.mean)
    let both = SequenceBatch.concatenating(
      [batch, sampleBatch(lengths: [2], input: .features(2), target: .classes(3))],
      like: try sampleSource(lengths: [1], target: .classes(3)).signature)
    #expect(both.stepWeights?.suffix(2) == [1, 1] && both.isConsistent)
    #expect(both.contentHash != batch.contentHash)
  }

  @Test func balancedWeightsAreThoseOfScikitLearn() throws {
    struct Reference: Decodable {
      struct Case: Decodable {
        var count: Int
        var labels: [Int32]
        var met: [Int]
        var weights: [Double]
      }
      var cases: [Case]
    }
    let found = try decode(Reference.self, "scikit-learn/weights.json")
    #expect(found.cases.count == 6)
    for example in found.cases {
      let names = (0..<example.count).map { "c\($0)" }
      let batch = SequenceBatch(
        input: .values(Array(repeating: 0, count: example.labels.count), featureCount: 1),
        offsets: Array(0...example.labels.count), targets: .classPerSequence(example.labels))
      let source = try InMemorySource(
        batch, signature: SequenceSignature(input: .features(["x"]), target: .classPerSequence(names)))
      let weights = try ClassWeights(
        .balanced, target: source.signature.target, loss: .sparseCategoricalCrossentropy,
        counting: { try source.classCounts() })
      for (place, expected) in zip(example.met, example.weights) {
        #expect(abs(Double(weights.weights[place]) - expected) <= 1e-6 * expected)
      }
      for place in names.indices where !example.met.contains(place) { #expect(weights.weights[place] == 1) }
    }
  }

  @Test func timestepsThatDoNotCountAreNotCounted() throws {
    var batch = sampleBatch(lengths: [3, 2], input: .features(2), target: .classes(3))
    batch.targets = .classPerTimestep([0, 0, 2, -1, 2])
    batch.validity = [true, false, true, true, true]
    let source = try InMemorySource(
      batch, signature: SequenceSignature(input: .features(["x", "y"]), target: .classPerTimestep(Self.names)))
    #expect(try source.classCounts() == [1, 0, 2])
    let weights = try Self.weights([NamedNumber("fall", 4)], isPerSequence: false)
    let view = WeightedSource(source, weights)
    #expect(try view.gather([1, 0]).stepWeights == [1, 4, 1, 1, 4])
    #expect(view.fingerprint != source.fingerprint)
    #expect(weights.transform(Self.weighted([2])).stepWeights?.count == 2)
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    func message(
      _ weighting: ClassWeighting, _ target: TargetSignature = .classPerTimestep(Self.names),
      _ loss: Loss = .sparseCategoricalCrossentropy
    ) -> String {
      do {
        _ = try ClassWeights(weighting, target: target, loss: loss) { [1, 1, 1] }
        return ""
      } catch { return "\((error as? TrainingError)?.message ?? "\(error)")" }
    }
    #expect(
      message(.named([NamedNumber("fell", 2)]))
        == "the weights name class \"fell\", which the target does not have, did you mean \"fall\"?")
    #expect(message(.named([NamedNumber("xyzzy", 2)])).contains("there is \"walk\", \"sit\", \"fall\""))
    #expect(message(.named([NamedNumber("fall", 2), NamedNumber("fall", 3)])).contains("class \"fall\" twice"))
    #expect(message(.named([NamedNumber("fall", -1)])).contains("is -1.0, expected 0 to 1000000000"))
    #expect(message(.named(Self.names.map { NamedNumber($0, 0) })).contains("every class has weight 0"))
    #expect(message(.balanced, .valuesPerTimestep(["y"])).contains("weights of classes are for a class"))
    #expect(message(.balanced, .labels(Self.names)).contains("weights of classes are for a class"))
    #expect(message(.balanced, .classPerTimestep(Self.names), .crf).contains("crf judges the tags"))
    var batch = Self.batch(isPerSequence: true)
    batch.stepWeights = Array(repeating: 1, count: batch.timesteps)
    let trainer = try Self.trainer(.sum, isPerSequence: true)
    #expect(throws: TrainingError.self) { try trainer.evaluate(batch) }
  }

  @Test func weightingsAreReadAndWritten() throws {
    for text in ["balanced", "walk=1,fall=10", "a,b=2,c=d=0.25", "x=1"] {
      let weighting = try #require(ClassWeighting(text))
      #expect(weighting.description == text)
      #expect(try JSONDecoder().decode(ClassWeighting.self, from: JSONEncoder().encode(weighting)) == weighting)
    }
    #expect(ClassWeighting("a,b=2") == .named([NamedNumber("a,b", 2)]))
    for text in ["", "balance", "a", "a=", "=2", "a=x", "a=1,", "a=nan", "a=1,b"] {
      #expect(ClassWeighting(text) == nil)
    }
    #expect(try Self.weights([NamedNumber("fall", 10)], isPerSequence: true).summary == "fall 10, walk 1, sit 1")
  }
}
