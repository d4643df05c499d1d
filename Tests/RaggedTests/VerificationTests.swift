import Foundation
import Ragged
import RaggedTestSupport
import Testing

@testable import RaggedRuns

/// `verify` finds nothing where nothing is wrong, and every kind of leak that is put in.
@Suite struct VerificationTests {
  /// A model with weights that say something, on data of mixed lengths with empty sequences, holes and weights.
  static func model(_ layers: [any Layer], target: TargetSignature, folder: URL) throws -> (
    TrainedModel, InMemorySource
  ) {
    var random = SeededRandom(seed: 4)
    let lengths = (0..<40).map { $0 == 7 ? 0 : 1 + random.below(19) }
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let steps = offsets[40]
    let classes = (0..<(target.isPerTimestep ? steps : 40)).map { _ in Int32(random.below(3)) }
    let batch = SequenceBatch(
      input: .values((0..<steps * 4).map { _ in random.uniform() * 2 - 1 }, featureCount: 4), offsets: offsets,
      targets: target.isPerTimestep ? .classPerTimestep(classes) : .classPerSequence(classes),
      weights: (0..<40).map { _ in random.uniform() + 0.5 },
      validity: (0..<steps).map { _ in random.below(9) > 0 })
    let signature = SequenceSignature(input: .features(["a", "b", "c", "d"]), target: target)
    let source = try InMemorySource(batch, signature: signature)
    let trainer = try Trainer(
      model: Sequential(input: .features(4), layers: layers, seed: 3), loss: .sparseCategoricalCrossentropy,
      normalization: Normalization(mean: [0.1, 0, 0, 0.2], deviation: [1, 2, 1, 0.5]), seed: 1)
    let policy = BatchPolicy(grouping: .buckets(3), batchSize: 8)
    let context = CheckpointContext(signature: signature, fingerprint: 0, policy: policy)
    let path = folder.appending(path: "model.ragged")
    try trainer.checkpoint(context: context).write(to: path)
    return (try TrainedModel(path: path.path), source)
  }

  static let classes = ["x", "y", "z"]
  static let cases: [([any Layer], TargetSignature)] = [
    (
      [LSTM(9, returnSequences: true), Dropout(0.3), TimeDistributed(Dense(3, activation: .softmax))],
      .classPerTimestep(classes)
    ),
    ([Bidirectional(LSTM(5)), Dense(3, activation: .softmax)], .classPerSequence(classes)),
  ]

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "verify-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test(arguments: cases.indices) func promisesHold(_ index: Int) throws {
    try withFolder { folder in
      let (layers, target) = Self.cases[index]
      let (model, source) = try Self.model(layers, target: target, folder: folder)
      for count in [1, 12, 40, 1000] {
        let result = try model.verify(source, sequences: count, seed: 2)
        #expect(result.holds && result.problems == [], "\(result.problems)")
        #expect(result.sequences == min(count, 40))
        #expect(result.checks.count == 11 + availableKernels.count - 1)
        #expect(result.checks.prefix(6).allSatisfy { $0.outputs.isSameBits && $0.gradients.isSameBits })
        #expect(result.coverage.count == 4)
      }
      // The shortest and the longest come along.
      let longest = source.lengths.max() ?? 0
      let two = try model.verify(source, sequences: 2, seed: 5)
      #expect(two.timesteps <= Int(longest) && two.timesteps > 0)
    }
  }

  /// A single cell of padding that counts as real, a single real one that does not, a single number that differs.
  @Test(arguments: cases.indices) func everyLeakIsFound(_ index: Int) throws {
    try withFolder { folder in
      let (layers, target) = Self.cases[index]
      let (model, source) = try Self.model(layers, target: target, folder: folder)
      let leaks: [(PaddedBatch) throws -> PaddedBatch] = [
        { batch in
          var batch = batch
          if let padding = batch.mask.firstIndex(of: false) {
            let count = batch.input.featureCount
            batch.mask[padding] = true
            for j in 0..<count { batch.input.values[padding * count + j] = 0 }
          }
          return batch
        },
        { batch in
          var batch = batch
          if let real = batch.mask.firstIndex(of: true) { batch.mask[real] = false }
          return batch
        },
        { batch in
          var batch = batch
          if let real = batch.mask.firstIndex(of: true) {
            batch.input.values[real * batch.input.featureCount] += 1e-3
          }
          return batch
        },
      ]
      for leak in leaks {
        let result = try model.verify(source, sequences: 20, seed: 1, changing: leak)
        #expect(!result.holds && !result.problems.isEmpty)
        #expect(result.checks.prefix(4).allSatisfy { !$0.holds })
        let others = result.checks.dropFirst(4).filter { !$0.holds }
        #expect(others == [])
      }
    }
  }

  @Test func differencesAreMeasured() {
    #expect(Verification.Difference([1, -4, 2], [1, -4, 2]) == .init(largest: 0, isSameBits: true))
    #expect(Verification.Difference([1, -4, 2.5], [1, -4, 2]) == .init(largest: 0.125, isSameBits: false))
    #expect(Verification.Difference([0], [-0.0]) == .init(largest: 0, isSameBits: false))
    #expect(Verification.Difference([.nan, 1], [.nan, 1]).isSameBits)
    #expect(Verification.Difference([.nan, 1], [0, 1]).largest == .infinity)
    #expect(Verification.Difference([.nan, 1, 5], [0, 1, 2]).largest == .infinity)
    #expect(Verification.Difference([1], [1, 2]).largest == .infinity)
    // A sum that cancels has the size of what was summed.
    #expect(Verification.Difference([0.5], [0.25], size: 16) == .init(largest: 1 / 64, isSameBits: false))
    #expect(Verification.Difference(3, 2.0).largest == 0.5 && Verification.Difference(.nan, 2.0).largest == .infinity)
    let joined = Verification.Difference([1], [1]).joined(Verification.Difference([3], [2]))
    #expect(joined == .init(largest: 0.5, isSameBits: false))
  }

  @Test func interruptionEndsIt() throws {
    try withFolder { folder in
      let (model, source) = try Self.model(Self.cases[0].0, target: Self.cases[0].1, folder: folder)
      let all = Questions()
      #expect(try model.verify(source, sequences: 6, monitor: all.monitor).holds && all.count > 20)
      for stop in [1, 3, all.count / 2, all.count] {
        let questions = Questions(endingAfter: stop - 1)
        #expect(throws: Cancelled()) { try model.verify(source, sequences: 6, monitor: questions.monitor) }
        #expect(questions.count == stop)
      }
    }
  }

  /// A report of what is broken must not break on it.
  @Test func anInfiniteDifferenceIsNullInJSON() throws {
    let data = try JSONEncoder().encode([Verification.Difference([.nan], [1]), Verification.Difference([1], [1])])
    let read = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    #expect(read[0]["largest"] is NSNull && read[1]["largest"] as? Double == 0)
  }

  /// At what it has learnt a model's gradients vanish, and a comparison with what is left of them would say nothing.
  @Test(arguments: [Loss.meanSquaredError, .meanAbsoluteError, .binaryCrossentropy])
  func aModelThatHasLearntItsDataIsProved(_ loss: Loss) throws {
    try withFolder { folder in
      let (model, source) = try Self.learnt(loss, folder: folder)
      let trainer = try Trainer(model: model.trainer.model, loss: loss, reduction: .sum)
      let all = Array(0..<source.count)
      #expect(try loss == .binaryCrossentropy || trainer.evaluate(source.gather(all)).loss == 0)
      let result = try model.verify(source)
      #expect(result.holds, "\(result.problems)")
    }
  }

  /// A model of one output whose targets are what it gives.
  static func learnt(_ loss: Loss, folder: URL) throws -> (TrainedModel, InMemorySource) {
    var random = SeededRandom(seed: 8)
    let offsets = (0..<30).reduce(into: [0]) { offsets, _ in
      offsets.append(offsets[offsets.count - 1] + random.below(9))
    }
    let steps = offsets[30]
    var batch = SequenceBatch(
      input: .values((0..<steps * 2).map { _ in random.uniform() * 2 - 1 }, featureCount: 2), offsets: offsets,
      targets: .valuesPerSequence(Array(repeating: 0, count: 30), width: 1))
    let signature = SequenceSignature(input: .features(["a", "b"]), target: .valuesPerSequence(["y"]))
    let layers: [any Layer] = [LSTM(7), Dense(1, activation: loss == .binaryCrossentropy ? .sigmoid : .linear)]
    let trainer = try Trainer(model: Sequential(input: .features(2), layers: layers, seed: 3), loss: loss)
    batch.targets = .valuesPerSequence(try trainer.predict(batch), width: 1)
    let path = folder.appending(path: "model.ragged")
    try trainer.checkpoint(context: CheckpointContext(signature: signature, fingerprint: 0, policy: nil)).write(
      to: path)
    return (try TrainedModel(path: path.path), try InMemorySource(batch, signature: signature))
  }

  /// Outputs are numbers, but the squares of their errors are none.
  @Test func aLossWithoutNumbersProvesNothing() throws {
    try withFolder { folder in
      let (model, source) = try Self.learnt(.meanSquaredError, folder: folder)
      var batch = try source.gather(Array(0..<source.count))
      var targets = [Float](repeating: 0, count: source.count)
      targets[13] = 1e38
      batch.targets = .valuesPerSequence(targets, width: 1)
      let keys = (0..<source.count).map { "key \($0)" }
      let broken = try InMemorySource(batch, signature: source.signature, keys: keys)
      let error = #expect(throws: TrainingError.self) { try model.verify(broken) }
      // Targets that the model misses are as far from its outputs as the data's are from each other.
      #expect(error?.message.hasSuffix("are no finite numbers, so nothing can be compared with them") == true)
    }
  }

  @Test func aModelWithoutNumbersProvesNothing() throws {
    try withFolder { folder in
      let (model, source) = try Self.model(Self.cases[1].0, target: Self.cases[1].1, folder: folder)
      var batch = try source.gather(Array(0..<40))
      batch.input.values[batch.offsets[11] * batch.input.featureCount] = .nan
      batch.validity = nil
      let keys = (0..<40).map { "key \($0)" }
      let broken = try InMemorySource(batch, signature: source.signature, keys: keys)
      let error = #expect(throws: TrainingError.self) { try model.verify(broken) }
      #expect(
        error?.message == "sequence \"key 11\": the model's outputs, loss or gradients are no finite numbers, so "
          + "nothing can be compared with them")
      #expect(error?.failureClass == .badData)
    }
  }

  /// Where nothing is real stands a token and a class that a model would notice.
  @Test func aLeakOfTokensIsFound() throws {
    try withFolder { folder in
      let signature = SequenceSignature(
        input: .tokens(size: 5, vocabulary: nil), target: .classPerTimestep(Self.classes))
      let batch = SequenceBatch(
        input: .tokens((0..<30).map { $0 % 4 }), offsets: [0, 9, 9, 14, 30],
        targets: .classPerTimestep((0..<30).map { $0 % 3 }))
      let source = try InMemorySource(batch, signature: signature)
      let layers: [any Layer] = [
        Embedding(5, 3), LSTM(4, returnSequences: true), TimeDistributed(Dense(3, activation: .softmax)),
      ]
      let trainer = try Trainer(
        model: Sequential(input: .tokens(5), layers: layers), loss: .sparseCategoricalCrossentropy)
      let path = folder.appending(path: "model.ragged")
      try trainer.checkpoint(context: CheckpointContext(signature: signature, fingerprint: 0, policy: nil))
        .write(to: path)
      let model = try TrainedModel(path: path.path)
      #expect(try model.verify(source).holds)
      let leaky = try model.verify(source, sequences: 4, seed: 0) { batch in
        var batch = batch
        if let padding = batch.mask.firstIndex(of: false) { batch.mask[padding] = true }
        #expect(batch.input.codes.contains(4))
        return batch
      }
      #expect(leaky.checks.prefix(4).allSatisfy { !$0.holds })
    }
  }

  /// Numbers of which some are missing, categories, and columns per sequence.
  @Test(arguments: ["statics(repeat)", "statics(head)", "statics(state)"])
  func promisesHoldForColumnsOfAllKinds(_ statics: String) throws {
    let signature = SequenceSignature(
      input: InputSignature(
        timestep: ColumnSet(
          numbers: ["a", "b"], categories: [CategoryColumn("c", size: 5), CategoryColumn("d", size: 3)]),
        statics: ColumnSet(numbers: ["e"], categories: [CategoryColumn("f", size: 4)])),
      target: .classPerTimestep(Self.classes))
    let description = try ModelDescription(
      "missing(last, indicators, since) \(statics) bidirectional(lstm(4, sequences))")
    var random = SeededRandom(seed: 4)
    let offsets = [0, 9, 9, 14, 30, 31]
    func cells(_ rows: Int, _ numbers: Int, _ sizes: [Int]) -> BatchCells {
      BatchCells(
        values: (0..<rows * numbers).map { _ in random.uniform() }, featureCount: numbers,
        codes: (0..<rows).flatMap { _ in sizes.map { Int32(random.below($0)) } }, codeCount: sizes.count,
        observed: (0..<rows * numbers).map { _ in random.below(3) > 0 })
    }
    let batch = SequenceBatch(
      input: cells(31, 2, [5, 3]), statics: cells(5, 1, [4]), offsets: offsets,
      targets: .classPerTimestep((0..<31).map { $0 % 3 }))
    let source = try InMemorySource(batch, signature: signature)
    let trainer = try Trainer(
      model: Sequential(input: description.input(for: signature), layers: description.layers(for: signature), seed: 2),
      loss: .sparseCategoricalCrossentropy, normalization: Normalization(fitting: source))
    let result = try TrainedModel(trainer, signature: signature).verify(source)
    #expect(result.holds && result.problems == [], "\(result.problems)")
    #expect(result.checks.count == 12 + availableKernels.count - 1)
    let marked = try #require(result.checks.first { $0.layout == "missing cells hold NaN" })
    #expect(marked.outputs.isSameBits && marked.gradients.isSameBits)
    let nan = try #require(batch.withMarkedMissing)
    #expect(nan.input.values.contains(where: \.isNaN) && nan.statics.values.contains(where: \.isNaN))
  }

  @Test func rowsAreFilledWhereNothingIsReal() throws {
    let batch = SequenceBatch(
      input: .values([1, 2, 3, 4], featureCount: 1), offsets: [0, 3, 4], targets: .classPerTimestep([0, 1, 0, 1]),
      validity: [true, false, true, true])
    let blanks = Blanks(token: 7, targetClass: 2)
    let packed = try batch.packed(sequencesPerRow: [1, 1]).filled(with: blanks)
    #expect(packed.input.values.map { $0.isNaN ? -1 : $0 } == [1, -1, 3, 4, -1, -1])
    #expect(packed.targets == .classPerTimestep([0, 2, 0, 1, 2, 2]))
    #expect(blanks.fill(.tokens([1, 2, 3]), where: [true, false, true]) == .tokens([1, 7, 3]))
    guard
      case .valuesPerTimestep(let values, 2) = blanks.fill(
        .valuesPerTimestep([1, 2, 3, 4], width: 2), where: [false, true])
    else {
      Issue.record("the targets have another shape")
      return
    }
    #expect(values[0].isNaN && values[1].isNaN && values[2...] == [3, 4])
  }

  /// Sequences are padded to the longest, which must fit into memory.
  @Test func fewerSequencesAreTakenWhereOneIsVeryLong() {
    let lengths = [Int32](repeating: 3, count: 100) + [2_000_000, 1] + [Int32](repeating: 4, count: 100)
    #expect(TrainedModel.sample(lengths, 64, width: 100, seed: 1) == [100, 101])
    #expect(TrainedModel.sample(lengths, 64, width: 1, seed: 1).count == 16)
    #expect(TrainedModel.sample(lengths, 12, width: 1, seed: 1).count == 12)
    #expect(TrainedModel.sample([5, 4], 64, width: 1, seed: 1) == [0, 1])
  }
}
