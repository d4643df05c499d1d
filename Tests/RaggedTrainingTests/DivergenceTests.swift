import Foundation
import RaggedBatching
import RaggedCore
import RaggedTraining
import Testing

/// A run that diverges ends as such, and nothing that it wrote holds what is no number.
@Suite struct DivergenceTests {
  /// One row of one timestep, a target of 1.5e19: the loss is 2.25e38 and a gradient 3e19, which float32 holds, and the
  /// gradient's square is 9e38, which it does not.
  private let batch = SequenceBatch(
    input: .values([1], featureCount: 1), offsets: [0, 1], targets: .valuesPerTimestep([1.5e19], width: 1))

  private func trainer(_ optimizer: Optimizer) throws -> Trainer {
    let model = try Sequential(input: .features(1), layers: [Dense(1)], seed: 1)
    return try Trainer(model: model, loss: .meanSquaredError, optimizer: optimizer, threads: 1)
  }

  private func batches() throws -> PlannedBatches<InMemorySource> {
    let signature = SequenceSignature(input: .features(["x"]), target: .valuesPerTimestep(["y"]))
    return try PlannedBatches(InMemorySource(batch, signature: signature), policy: BatchPolicy())
  }

  @Test(arguments: [
    (Optimizer.adam(), Float(1), "the optimiser's state"), (.adamW(), 1, "the optimiser's state"),
    // A gradient of 3e34.
    (.sgd(1e6), 1e15, "a weight"), (.sgd(1e6, momentum: 0.5), 1e15, "a weight"),
  ])
  func theLastStepIsLookedAtToo(_ optimizer: Optimizer, _ feature: Float, _ what: String) throws {
    let trainer = try trainer(optimizer)
    var batch = batch
    batch.input = .values([feature], featureCount: 1)
    let before = trainer.checkpoint()
    #expect(
      throws: TrainingError(
        .diverged,
        "\(what) becomes infinite or undefined at step 1, expected a number: "
          + "a smaller learning rate, normalised features or a clipped gradient may help")
    ) { try trainer.trainStep(batch) }
    #expect(trainer.checkpoint() == before)
  }

  /// The bound that spares copies must not be the reason that a step is lost which could be taken.
  @Test func largeNumbersThatFitAreTaken() throws {
    let clipped = try trainer(.adam(clipNorm: 1))
    try clipped.trainStep(batch)
    #expect(clipped.stepsTaken == 1 && clipped.model.weights[0].values[0].isFinite)
  }

  @Test func noCheckpointOfItIsWritten() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ragged-divergence-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (best, last) = (folder.appending(path: "best"), folder.appending(path: "last"))
    let diverging = try trainer(.adam())
    var state = diverging.state
    let error = #expect(throws: TrainingError.self) {
      try diverging.fit(
        batches(), FitOptions(epochs: 1, lastCheckpoint: last, bestCheckpoint: best), state: &state)
    }
    #expect(error?.code == .diverged && error?.failureClass == .badData)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    // Nor one that a program makes of weights that are none.
    var model = try Sequential(input: .features(1), layers: [Dense(1)])
    try model.setWeights([
      WeightTensor(name: "kernel", shape: [1, 1], values: [.nan]),
      WeightTensor(name: "bias", shape: [1], values: [0]),
    ])
    let file = folder.appending(path: "a.ragged")
    let refused = #expect(throws: TrainingError.self) {
      try Trainer(model: model, loss: .meanSquaredError, threads: 1).checkpoint().write(to: file)
    }
    #expect(refused?.code == .diverged)
    #expect(refused?.message.contains("the weights hold nan at element 0 of 2, expected numbers") == true)
    #expect(!FileManager.default.fileExists(atPath: file.path))
  }
}
