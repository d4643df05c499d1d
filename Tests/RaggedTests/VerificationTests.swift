import Foundation
import Testing

@testable import Ragged

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
        let result = try #require(try model.verify(source, sequences: count, seed: 2))
        #expect(result.holds && result.problems == [], "\(result.problems)")
        #expect(result.sequences == min(count, 40))
        #expect(result.checks.count == 11 + availableKernels.count - 1)
        #expect(result.checks.prefix(6).allSatisfy { $0.outputs.isSameBits && $0.gradients.isSameBits })
        #expect(result.coverage.count == 4)
      }
      // The shortest and the longest come along.
      let longest = source.lengths.max() ?? 0
      let two = try model.verify(source, sequences: 2, seed: 5)
      #expect(two.map { $0.timesteps <= Int(longest) && $0.timesteps > 0 } == true)
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
          if let padding = batch.mask.firstIndex(of: false), case .values(var values, let count) = batch.input {
            batch.mask[padding] = true
            for j in 0..<count { values[padding * count + j] = 0 }
            batch.input = .values(values, featureCount: count)
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
          if let real = batch.mask.firstIndex(of: true), case .values(var values, let count) = batch.input {
            values[real * count] += 1e-3
            batch.input = .values(values, featureCount: count)
          }
          return batch
        },
      ]
      for leak in leaks {
        let result = try #require(try model.verify(source, sequences: 20, seed: 1, changing: leak))
        #expect(!result.holds && !result.problems.isEmpty)
        #expect(result.checks.prefix(4).allSatisfy { !$0.holds })
        let others = result.checks.dropFirst(4).filter { !$0.holds }
        #expect(others == [])
      }
    }
  }

  @Test func gapsInPlansAreFound() {
    let lengths: [Int32] = [3, 4, 5, 9]
    let policy = BatchPolicy(batchSize: 2, limits: BatchLimits(paddedTimesteps: 12))
    let plan = BatchPlan(lengths: lengths, policy: policy, epoch: 0)
    #expect(TrainedModel.problem(Array(plan), leftOut: [], policy, lengths) == nil)
    #expect(
      TrainedModel.problem(Array(plan.dropLast()), leftOut: [], policy, lengths)?.contains("0 times") == true)
    #expect(
      TrainedModel.problem(Array(plan) + [plan[0]], leftOut: [], policy, lengths)?.contains("2 times") == true)
    let small = BatchPolicy(batchSize: 1)
    let large = Array(BatchPlan(lengths: lengths, policy: BatchPolicy(batchSize: 4), epoch: 0))
    #expect(
      TrainedModel.problem(large, leftOut: [], small, lengths) == "a batch has 4 sequences, expected at most 1")
  }

  @Test func differencesAreMeasured() {
    #expect(Verification.Difference([1, -4, 2], [1, -4, 2]) == .init(largest: 0, isSameBits: true))
    #expect(Verification.Difference([1, -4, 2.5], [1, -4, 2]) == .init(largest: 0.125, isSameBits: false))
    #expect(Verification.Difference([0], [-0.0]) == .init(largest: 0, isSameBits: false))
    #expect(Verification.Difference([.nan, 1], [.nan, 1]).isSameBits)
    #expect(Verification.Difference([.nan, 1], [0, 1]).largest == .infinity)
    #expect(Verification.Difference([1], [1, 2]).largest == .infinity)
  }

  @Test func interruptionEndsIt() throws {
    try withFolder { folder in
      let (model, source) = try Self.model(Self.cases[0].0, target: Self.cases[0].1, folder: folder)
      let result = try model.verify(source, isInterrupted: { true })
      #expect(result == nil)
    }
  }
}
