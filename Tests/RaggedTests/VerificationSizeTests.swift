import Foundation
import Ragged
import Testing

/// `verify` holds on features of every size, and where gradients vanish.
@Suite struct VerificationSizeTests {
  /// A model as it starts, on normal numbers of a size.
  static func model(
    _ layers: [any Layer], target: TargetSignature, loss: Loss, size: Float, weights: Float = 1,
    reduction: Reduction = .meanPerTimestep
  ) throws -> (TrainedModel, InMemorySource) {
    var random = SeededRandom(seed: 6)
    let lengths = (0..<40).map { $0 == 7 ? 0 : 1 + random.below(19) }
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let steps = lengths.reduce(0, +)
    let count = target.isPerTimestep ? steps : lengths.count
    func normal() -> Float { (0..<12).reduce(-6) { sum, _ in sum + random.uniform() } }
    let values = (0..<steps * 3).map { _ in normal() * size }
    let targets: BatchTargets
    switch target {
    case .classPerTimestep: targets = .classPerTimestep((0..<count).map { _ in Int32(random.below(3)) })
    case .classPerSequence: targets = .classPerSequence((0..<count).map { _ in Int32(random.below(3)) })
    default: targets = .valuesPerSequence((0..<2 * count).map { _ in random.uniform() + 2 }, width: 2)
    }
    let batch = SequenceBatch(input: .values(values, featureCount: 3), offsets: offsets, targets: targets)
    let signature = SequenceSignature(input: .features(["a", "b", "c"]), target: target)
    var network = try Sequential(input: .features(3), layers: layers, seed: 3)
    var tensors = network.weights
    for index in tensors.indices where !tensors[index].name.hasSuffix("bias") {
      for element in tensors[index].values.indices { tensors[index].values[element] *= weights }
    }
    try network.setWeights(tensors)
    let folder = FileManager.default.temporaryDirectory.appending(path: "verify-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "model.ragged")
    let policy = BatchPolicy(grouping: .buckets(3), batchSize: 8)
    try Trainer(model: network, loss: loss, reduction: reduction).checkpoint(
      context: CheckpointContext(signature: signature, fingerprint: 0, policy: policy)
    ).write(to: path)
    return (try TrainedModel(path: path.path), try InMemorySource(batch, signature: signature))
  }

  static let classes = ["x", "y", "z"]

  @Test(arguments: [1e-5, 1e-3, 1, 1e3] as [Float])
  func featuresOfEverySize(_ size: Float) throws {
    let models: [([any Layer], TargetSignature, Loss)] = [
      ([LSTM(8), Dense(3, activation: .softmax)], .classPerSequence(Self.classes), .sparseCategoricalCrossentropy),
      (
        [Bidirectional(LSTM(9, returnSequences: true)), TimeDistributed(Dense(3, activation: .softmax))],
        .classPerTimestep(Self.classes), .sparseCategoricalCrossentropy
      ),
      ([LSTM(17, returnSequences: true), LSTM(8), Dense(2)], .valuesPerSequence(["u", "v"]), .meanSquaredError),
    ]
    for (layers, target, loss) in models {
      for weights in [1, 8] as [Float] {
        let (model, source) = try Self.model(layers, target: target, loss: loss, size: size, weights: weights)
        let result = try model.verify(source, sequences: 40, seed: 2)
        #expect(result.holds, "\(size), weights times \(weights): \(result.problems)")
      }
    }
  }

  /// A softmax whose outputs are all too small: what the sum of magnitudes asks of them cancels, and gradients are nothing
  /// but rounding, which other kernels do otherwise.
  @Test func gradientsThatVanish() throws {
    let (model, source) = try Self.model(
      [LSTM(8), Dense(2, activation: .softmax)], target: .valuesPerSequence(["u", "v"]), loss: .meanAbsoluteError,
      size: 1)
    let result = try model.verify(source, sequences: 40, seed: 2)
    #expect(result.holds, "\(result.problems)")
  }

  /// Every reduction has its divisor, and a sum has none.
  @Test(arguments: Reduction.allCases)
  func everyReduction(_ reduction: Reduction) throws {
    let targets: [TargetSignature] = [.classPerSequence(Self.classes), .classPerTimestep(Self.classes)]
    for target in targets {
      let (model, source) = try Self.model(
        [LSTM(8, returnSequences: target.isPerTimestep), Dense(3, activation: .softmax)], target: target,
        loss: .sparseCategoricalCrossentropy, size: 1, reduction: reduction)
      let result = try model.verify(source, sequences: 40, seed: 2)
      #expect(result.holds, "\(reduction) \(target): \(result.problems)")
    }
  }
}
