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
        : .valuesPerTimestep(values.enumerated().map { 12..<21 ~= $0 ? .nan : $1 }, width: 3)
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
        : .valuesPerSequence([1, 2, 3, .nan, .nan, .nan, 6, 7, 8], width: 3)
      let (one, other) = try (trainer.answer(batch, .gradients), trainer.answer(batch.selecting([0, 2]), .gradients))
      #expect(abs(one.sum.mean - other.sum.mean) < 1e-6 && one.sum.counted == 2)
      #expect(!isClass || one.sum.hits == other.sum.hits)
      for (left, right) in zip(one.gradients?.weights ?? [], other.gradients?.weights ?? []) {
        #expect(zip(left.values, right.values).allSatisfy { abs($0 - $1) < 1e-6 }, "\(left.name)")
      }
    }
  }

  /// Each value counts by itself: of a row that lacks some the others are judged, and a mean is over all that was observed.
  @Test(arguments: reductions, [Loss.meanSquaredError, .meanAbsoluteError])
  func aRowCountsForTheValuesThatAreThere(_ reduction: Reduction, _ loss: Loss) throws {
    let lengths = [3, 2]
    var batch = Self.batch(lengths: lengths)
    let nan = Float.nan
    let values: [Float] = [1, 2, 3, 4, nan, 5, nan, nan, 6, nan, nan, nan, 7, nan, 8]
    batch.targets = .valuesPerTimestep(values, width: 3)
    let trainer = try Self.trainer(loss, reduction, returnsSequences: true)
    let found = try trainer.answer(batch, [.gradients, .losses, .outputs])
    let errors = zip(values, found.outputs).map { truth, output in
      truth.isNaN
        ? nil : loss == .meanSquaredError ? Double((truth - output) * (truth - output)) : Double(abs(truth - output))
    }
    let ofSequences = [errors[0..<9], errors[9..<15]].map { $0.compactMap(\.self) }
    let sums = ofSequences.map { $0.reduce(0, +) }
    let means = zip(sums, ofSequences).map { $0 / Double($1.count) }
    let expected =
      switch reduction {
      case .meanPerTimestep: (sums[0] + sums[1]) / 8
      case .meanPerSequence: (means[0] + means[1]) / 2
      case .sum: (sums[0] + sums[1]) / 3
      }
    #expect(abs(found.sum.mean - expected) < 1e-5 * expected && found.sum.counted == 4)
    for (one, other) in zip(found.losses, means) { #expect(abs((one ?? -1) - other) < 1e-5 * other) }
    // A target that is what the model says anyway has no gradient either: only what is divided by differs.
    var filled = batch
    filled.targets = .valuesPerTimestep(zip(values, found.outputs).map { $0.isNaN ? $1 : $0 }, width: 3)
    guard reduction != .meanPerSequence else { return }
    let whole = try trainer.answer(filled, .gradients)
    let share = reduction == .sum ? 1 : found.sum.weight / whole.sum.weight
    for (left, right) in zip(found.gradients?.weights ?? [], whole.gradients?.weights ?? []) {
      let largest = right.values.reduce(0) { max($0, abs($1)) }
      for (a, b) in zip(left.values, right.values) {
        #expect(abs(Double(a) * share - Double(b)) <= 1e-5 * Double(largest), "\(left.name)")
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
