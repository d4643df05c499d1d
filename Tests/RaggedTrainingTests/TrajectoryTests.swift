import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// Thirty steps of Adam from given weights on given batches, as Keras takes them.
@Suite struct TrajectoryTests {
  struct Reference: Decodable {
    struct Batch: Decodable {
      var timesteps: Int
      var lengths: [Int]?
      var input: [Double]
      var classes: [Int32]
    }

    var layers: [ReferenceLayer]
    var batchSize: Int
    var features: Int
    var batches: [Batch]
    var weights: [ReferenceCase.Weight]
    var losses: [Double]
    var finalWeights: [ReferenceCase.Weight]
  }

  @Test(arguments: availableKernels)
  func followsKeras(_ kernels: String) throws {
    let reference = try decode(Reference.self, "keras-3.15.1/adam_trajectory.json")
    var model = try Sequential(input: .features(reference.features), layers: reference.layers.map(\.made))
    try model.setWeights(
      reference.weights.map { WeightTensor(name: $0.name, shape: $0.shape, values: $0.values.map(Float.init)) })
    let trainer = try Trainer(model: model, loss: .categoricalCrossentropy, optimizer: .adam(1e-3), kernels: kernels)
    #expect(reference.batches.count == 30)
    for (batch, loss) in zip(reference.batches, reference.losses) {
      let padded = try PaddedBatch(
        count: reference.batchSize, paddedLength: batch.timesteps,
        input: .values(batch.input.map(Float.init), featureCount: reference.features),
        mask: (0..<reference.batchSize).flatMap { b in
          (0..<batch.timesteps).map { $0 < batch.lengths?[b] ?? batch.timesteps }
        }, targets: .classPerTimestep(batch.classes))
      let sum = try trainer.trainStep(padded)
      #expect(abs(sum.mean - loss) <= 1e-5 * loss)
    }
    #expect(trainer.stepsTaken == 30)
    for (actual, expected) in zip(trainer.model.weights, reference.finalWeights) {
      #expect(relativeError(actual.values, expected.values) <= 1e-5, "\(expected.name)")
    }
  }
}
