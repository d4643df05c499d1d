import Foundation
import RaggedBatching
import RaggedCore
import Testing

@testable import RaggedTraining

@Suite struct EarlyStoppingTests {
  static func record(_ epoch: Int, _ value: Double?) -> EpochRecord {
    EpochRecord(
      epoch: epoch, steps: 1, seconds: 0, learningRate: 0, loss: value ?? 0, accuracy: value, validationLoss: value,
      validationAccuracy: value)
  }

  /// Which of these epochs are the best so far.
  static func best(_ values: [Double], _ monitor: EarlyStopping.Monitor, minimumChange: Double = 0) -> [Bool] {
    var progress = TrainingProgress()
    return values.enumerated().map { index, value in
      progress.finish(record(index + 1, value), watching: monitor, minimumChange: minimumChange)
    }
  }

  @Test func lowerLossesAndHigherAccuraciesAreBetter() {
    #expect(Self.best([3, 2, 2, 4, 1], .loss) == [true, true, false, false, true])
    #expect(Self.best([3, 2, 2, 4, 1], .validationLoss) == [true, true, false, false, true])
    #expect(Self.best([3, 2, 3, 4, 1], .accuracy) == [true, false, false, true, false])
    #expect(Self.best([3, 2, 3, 4, 1], .validationAccuracy) == [true, false, false, true, false])
  }

  @Test func smallChangesDoNotCount() {
    #expect(Self.best([1, 0.9375, 0.875, 0.75], .loss, minimumChange: 0.125) == [true, false, false, true])
    #expect(Self.best([0, 0.0625, 0.25], .accuracy, minimumChange: 0.125) == [true, false, true])
  }

  /// A figure that is no number is never the best, and does not stop a later one from being.
  @Test func undefinedFiguresAreNeverBest() {
    #expect(Self.best([.nan, 3, .nan, 2], .validationLoss) == [false, true, false, true])
    #expect(Self.best([.infinity, 3], .validationLoss).last == true)
  }

  @Test func missingFiguresAreNeverBest() {
    var progress = TrainingProgress()
    let isBest = progress.finish(Self.record(1, nil), watching: .validationLoss, minimumChange: 0)
    #expect(!isBest)
    #expect(progress.best == nil)
    #expect(progress.epoch == 1)
  }

  /// Batches whose targets turn round after epoch 2, so that the loss on the validation data rises from there.
  struct Turning {
    let batches: GeneratedBatches
    let validation: GeneratedBatches

    init() throws {
      let signature = SequenceSignature(input: .features(["x"]), target: .classPerTimestep(["a", "b"]))
      @Sendable func batch(_ value: Int32) -> SequenceBatch {
        SequenceBatch(
          input: .values([1, 1, 1], featureCount: 1), offsets: [0, 3],
          targets: .classPerTimestep([value, value, value]))
      }
      batches = try GeneratedBatches(signature: signature, stepsPerEpoch: 4, fingerprint: 1) { epoch, _ in
        batch(epoch <= 2 ? 1 : 0)
      }
      validation = try GeneratedBatches(signature: signature, stepsPerEpoch: 1, fingerprint: 1) { _, _ in batch(1) }
    }

    func trainer() throws -> Trainer {
      let model = try Sequential(
        input: .features(1), layers: [LSTM(2, returnSequences: true), Dense(2, activation: .softmax)], seed: 2)
      return try Trainer(model: model, loss: .categoricalCrossentropy, optimizer: .sgd(0.2))
    }
  }

  @Test func stopsAfterPatienceAndRestoresTheBest() throws {
    let turning = try Turning()
    for restores in [true, false] {
      let trainer = try turning.trainer()
      var weights: [[Float]] = []
      var state = trainer.state
      let outcome = try trainer.fit(
        turning.batches,
        FitOptions(
          epochs: 20, validation: turning.validation,
          earlyStopping: EarlyStopping(patience: 3, restoresBest: restores)), state: &state
      ) { event in
        if case .epoch = event { weights.append(trainer.model.parameters) }
      }
      #expect(outcome == .stoppedEarly)
      #expect(state.progress.bestEpoch == 2)
      #expect(state.progress.epoch == 5)
      #expect(bits(trainer.model.parameters) == bits(weights[restores ? 1 : 4]))
      // Asked again, it stays where it is.
      #expect(
        try trainer.fit(
          turning.batches,
          FitOptions(epochs: 20, earlyStopping: EarlyStopping(patience: 3, restoresBest: restores)),
          state: &state) == .stoppedEarly)
      #expect(bits(trainer.model.parameters) == bits(weights[restores ? 1 : 4]))
    }
  }

  /// The file of a run that had taken the best weights back goes on with more epochs as the run that never ended.
  @Test func aRunGoesOnFromItsLatestWeights() throws {
    let folder = try CheckpointTests.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let last = folder.appending(path: "last")
    let turning = try Turning()
    func options(_ epochs: Int, restores: Bool) -> FitOptions {
      FitOptions(
        epochs: epochs, validation: turning.validation,
        earlyStopping: EarlyStopping(patience: 9, restoresBest: restores), lastCheckpoint: last)
    }
    let whole = try turning.trainer()
    var state = whole.state
    try whole.fit(turning.batches, options(6, restores: false), state: &state)
    let trainer = try turning.trainer()
    var half = trainer.state
    try trainer.fit(turning.batches, options(4, restores: true), state: &half)
    let checkpoint = try Checkpoint(contentsOf: last)
    #expect(bits(checkpoint.state.parameters) == bits(trainer.model.parameters))
    #expect(bits(checkpoint.state.parameters) == bits(checkpoint.state.bestParameters ?? []))
    #expect(
      checkpoint.state.latestParameters != nil && checkpoint.state.latestParameters != checkpoint.state.parameters)
    #expect(checkpoint == trainer.checkpoint() && checkpoint.state == half)
    for going in [trainer, try checkpoint.trainer()] {
      var state = half
      try going.fit(turning.batches, options(6, restores: false), state: &state)
      #expect(bits(going.model.parameters) == bits(whole.model.parameters))
    }
  }

  @Test func theBestSurvivesAResume() throws {
    let folder = try CheckpointTests.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let last = folder.appending(path: "last")
    let turning = try Turning()
    let options = FitOptions(
      epochs: 20, validation: turning.validation, earlyStopping: EarlyStopping(patience: 3, restoresBest: true),
      lastCheckpoint: last)
    let whole = try turning.trainer()
    var state = whole.state
    try whole.fit(turning.batches, options, state: &state)
    for stop in [7, 8, 9, 13, 16, 19] {
      let first = try turning.trainer()
      var before = first.state
      try first.fit(turning.batches, options, state: &before, isInterrupted: { first.stepsTaken >= stop })
      let checkpoint = try Checkpoint(contentsOf: last)
      let second = try checkpoint.trainer()
      var after = checkpoint.state
      #expect(try second.fit(turning.batches, options, state: &after) == .stoppedEarly)
      #expect(after.progress.bestEpoch == state.progress.bestEpoch)
      #expect(bits(second.model.parameters) == bits(whole.model.parameters), "stopped at \(stop)")
    }
  }

  @Test func worksWithoutValidationOnTheLoss() throws {
    let turning = try Turning()
    let trainer = try turning.trainer()
    var state = trainer.state
    let outcome = try trainer.fit(
      turning.batches, FitOptions(epochs: 4, earlyStopping: EarlyStopping(monitor: .loss, patience: 1)), state: &state)
    #expect(outcome == .stoppedEarly)
    #expect(state.progress.epoch == 3)
  }
}
