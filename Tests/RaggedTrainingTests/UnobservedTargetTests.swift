import RaggedCore
import RaggedTraining
import Testing

/// Targets that were not observed: the timestep is seen, and nothing is learned or judged there.
@Suite struct UnobservedTargetTests {
  private static let reductions = Reduction.allCases

  private static func trainer(_ loss: Loss, _ reduction: Reduction, returnsSequences: Bool) throws -> Trainer {
    let activation: Activation = loss.hasAccuracy ? .softmax : .linear
    let model = try Sequential(
      input: .features(2), layers: [LSTM(5, returnSequences: returnsSequences), Dense(3, activation: activation)],
      seed: 3)
    return try Trainer(model: model, loss: loss, reduction: reduction)
  }

  private static func batch(lengths: [Int]) -> SequenceBatch {
    var random = SeededRandom(seed: 5)
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    return SequenceBatch(
      input: .values((0..<2 * offsets[lengths.count]).map { _ in random.uniform() - 0.5 }, featureCount: 2),
      offsets: offsets)
  }

  /// Nobody looks at timesteps behind the last target, so a sequence may as well end there.
  @Test(arguments: reductions) func anUnobservedEndIsAShorterSequence(_ reduction: Reduction) throws {
    let whole = Self.batch(lengths: [7, 4])
    let classes: [Int32] = [0, 2, 1, 1, 0, 2, 2, 1, 0, 0, 1]
    let values = (0..<33).map { Float($0 % 7) / 7 }
    for isClass in [true, false] {
      let trainer = try Self.trainer(
        isClass ? .sparseCategoricalCrossentropy : .meanSquaredError, reduction, returnsSequences: true)
      var (long, short) = (whole, whole)
      long.targets =
        isClass
        ? .classPerTimestep(classes.enumerated().map { 4..<7 ~= $0 ? BatchTargets.unobservedClass : $1 })
        : .valuesPerTimestep(values.enumerated().map { 12..<21 ~= $0 && $0 % 3 == 1 ? .nan : $1 }, width: 3)
      short.targets = isClass ? .classPerTimestep(classes) : .valuesPerTimestep(values, width: 3)
      short.validity = (0..<11).map { !(4..<7 ~= $0) }
      let (one, other) = try (
        trainer.answer(long, [.gradients, .losses]), trainer.answer(short, [.gradients, .losses])
      )
      #expect(abs(one.sum.mean - other.sum.mean) < 1e-6)
      #expect(one.sum.counted == 8 && other.sum.counted == 8 && (!isClass || one.sum.hits == other.sum.hits))
      #expect(one.sum.weight == other.sum.weight)
      for (a, b) in zip(one.losses, other.losses) { #expect(abs((a ?? -1) - (b ?? -1)) < 1e-6) }
      let (g, h) = (try #require(one.gradients), try #require(other.gradients))
      for (left, right) in zip(g.weights, h.weights) {
        let largest = right.values.reduce(0) { max($0, abs($1)) }
        #expect(zip(left.values, right.values).allSatisfy { abs($0 - $1) <= 1e-5 * largest + 1e-9 }, "\(left.name)")
      }
    }
  }

  /// A sequence whose target is missing adds nothing.
  @Test(arguments: reductions) func aSequenceWithoutItsTargetIsNotThere(_ reduction: Reduction) throws {
    let whole = Self.batch(lengths: [3, 5, 2])
    for isClass in [true, false] {
      let trainer = try Self.trainer(
        isClass ? .sparseCategoricalCrossentropy : .meanAbsoluteError, reduction, returnsSequences: false)
      var batch = whole
      batch.targets =
        isClass
        ? .classPerSequence([2, BatchTargets.unobservedClass, 1])
        : .valuesPerSequence([1, 2, 3, 4, .nan, 5, 6, 7, 8], width: 3)
      let (one, other) = try (trainer.answer(batch, .gradients), trainer.answer(batch.selecting([0, 2]), .gradients))
      #expect(abs(one.sum.mean - other.sum.mean) < 1e-6 && one.sum.counted == 2)
      #expect(!isClass || one.sum.hits == other.sum.hits)
      for (left, right) in zip(one.gradients?.weights ?? [], other.gradients?.weights ?? []) {
        #expect(zip(left.values, right.values).allSatisfy { abs($0 - $1) < 1e-6 }, "\(left.name)")
      }
    }
  }

  @Test func aReportCountsWhatWasObserved() throws {
    let trainer = try Self.trainer(.sparseCategoricalCrossentropy, .meanPerTimestep, returnsSequences: true)
    var batch = Self.batch(lengths: [3, 2])
    batch.targets = .classPerTimestep([0, -1, 2, -1, 1])
    let source = try InMemorySource(
      batch, signature: SequenceSignature(input: .features(["x", "y"]), target: .classPerTimestep(["a", "b", "c"])))
    let report = try trainer.report(on: source)
    #expect(report.confusion?.total == 3 && report.overall.accuracy == report.confusion?.accuracy)
  }

  @Test func aMissingProbabilityIsRefused() throws {
    let trainer = try Self.trainer(.categoricalCrossentropy, .meanPerTimestep, returnsSequences: false)
    var batch = Self.batch(lengths: [2])
    batch.targets = .valuesPerSequence([0, .nan, 1], width: 3)
    let error = #expect(throws: TrainingError.self) { try trainer.answer(batch) }
    #expect(
      error?.message
        == "the batch holds target value nan, and categorical_crossentropy compares with probabilities, 0 to 1")
  }
}
