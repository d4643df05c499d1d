import Foundation
import RaggedBatching
import RaggedCore
import RaggedTraining
import Synchronization
import Testing

@Suite struct EarlyStoppingTests {
  /// Which epochs are the best so far in a run whose epochs have these figures.
  ///
  /// The model always answers 0, or the first class: a loss is the distance of the targets, an accuracy the eighths of the
  /// timesteps that are of that class.
  static func best(_ values: [Double], _ monitor: EarlyStopping.Monitor, minimumChange: Double = 0) throws -> [Bool] {
    let isClass = monitor == .accuracy || monitor == .validationAccuracy
    let isValidation = monitor == .validationLoss || monitor == .validationAccuracy
    let signature = SequenceSignature(
      input: .features(["x"]), target: isClass ? .classPerTimestep(["a", "b"]) : .valuesPerTimestep(["y"]))
    @Sendable func batch(_ value: Double) -> SequenceBatch {
      SequenceBatch(
        input: .values(Array(repeating: value.isNaN ? .nan : 0, count: 8), featureCount: 1), offsets: [0, 8],
        targets: isClass
          ? .classPerTimestep((0..<8).map { Double($0) < 8 * value ? 0 : 1 })
          : .valuesPerTimestep(Array(repeating: value.isNaN ? 0 : Float(value), count: 8), width: 1))
    }
    let current = Mutex(0)
    let batches = try GeneratedBatches(signature: signature, stepsPerEpoch: 1, fingerprint: 1) { epoch, _ in
      batch(isValidation ? 0.5 : values[epoch - 1])
    }
    let validation = try GeneratedBatches(signature: signature, stepsPerEpoch: 1, fingerprint: 1) { _, _ in
      batch(values[current.withLock { $0 }])
    }
    var model = try Sequential(
      input: .features(1), layers: [Dense(isClass ? 2 : 1, activation: isClass ? .softmax : .linear)])
    try model.setWeights([
      WeightTensor(name: "kernel", shape: [1, isClass ? 2 : 1], values: isClass ? [0, 0] : [0]),
      WeightTensor(name: "bias", shape: [isClass ? 2 : 1], values: isClass ? [1, 0] : [0]),
    ])
    let trainer = try Trainer(
      model: model, loss: isClass ? .sparseCategoricalCrossentropy : .meanAbsoluteError, optimizer: .sgd(1e-30))
    var state = trainer.state
    var result: [Bool] = []
    try trainer.fit(
      batches,
      FitOptions(
        epochs: values.count, validation: isValidation ? validation : nil,
        earlyStopping: EarlyStopping(monitor: monitor, patience: 99, minimumChange: minimumChange)), state: &state
    ) { event in
      switch event {
      case .step(let epoch, _, _, _, _): current.withLock { $0 = epoch - 1 }
      case .epoch(_, let isBest): result.append(isBest)
      }
    }
    return result
  }

  @Test func lowerLossesAndHigherAccuraciesAreBetter() throws {
    #expect(try Self.best([3, 2, 2, 4, 1], .loss) == [true, true, false, false, true])
    #expect(try Self.best([3, 2, 2, 4, 1], .validationLoss) == [true, true, false, false, true])
    #expect(try Self.best([0.5, 0.25, 0.5, 0.625, 0.125], .accuracy) == [true, false, false, true, false])
    #expect(try Self.best([0.5, 0.25, 0.5, 0.625, 0.125], .validationAccuracy) == [true, false, false, true, false])
  }

  @Test func smallChangesDoNotCount() throws {
    #expect(try Self.best([1, 0.9375, 0.875, 0.75], .loss, minimumChange: 0.125) == [true, false, false, true])
    #expect(try Self.best([0, 0.125, 0.5], .accuracy, minimumChange: 0.125) == [true, false, true])
  }

  /// A figure that is no number is never the best, and does not stop a later one from being.
  @Test func undefinedFiguresAreNeverBest() throws {
    #expect(try Self.best([.nan, 3, .nan, 2], .validationLoss) == [false, true, false, true])
    #expect(try Self.best([.infinity, 3], .validationLoss).last == true)
  }

  @Test func missingFiguresAreNeverBest() throws {
    let turning = try Turning()
    let trainer = try turning.trainer()
    var state = trainer.state
    try trainer.fit(turning.batches, FitOptions(epochs: 1, earlyStopping: EarlyStopping(patience: 9)), state: &state) {
      if case .epoch(_, let isBest) = $0 { #expect(!isBest) }
    }
    #expect(state.progress.best == nil)
    #expect(state.progress.epoch == 1)
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
      var weights: [[UInt32]] = []
      var state = trainer.state
      let outcome = try trainer.fit(
        turning.batches,
        FitOptions(
          epochs: 20, validation: turning.validation,
          earlyStopping: EarlyStopping(patience: 3, restoresBest: restores)), state: &state
      ) { event in
        if case .epoch = event { weights.append(trainer.model.weightBits) }
      }
      #expect(outcome == .stoppedEarly)
      #expect(state.progress.bestEpoch == 2)
      #expect(state.progress.epoch == 5)
      #expect(trainer.model.weightBits == weights[restores ? 1 : 4])
      // Asked again, it stays where it is.
      #expect(
        try trainer.fit(
          turning.batches,
          FitOptions(epochs: 20, earlyStopping: EarlyStopping(patience: 3, restoresBest: restores)),
          state: &state) == .stoppedEarly)
      #expect(trainer.model.weightBits == weights[restores ? 1 : 4])
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
    #expect(try checkpoint.model().weightBits == trainer.model.weightBits)
    #expect(checkpoint == trainer.checkpoint() && checkpoint.state == half)
    for going in [trainer, try checkpoint.trainer()] {
      var state = half
      try going.fit(turning.batches, options(6, restores: false), state: &state)
      #expect(going.model.weightBits == whole.model.weightBits)
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
      try first.fit(turning.batches, options, state: &before, stoppingAfter: stop)
      let checkpoint = try Checkpoint(contentsOf: last)
      let second = try checkpoint.trainer()
      var after = checkpoint.state
      #expect(try second.fit(turning.batches, options, state: &after) == .stoppedEarly)
      #expect(after.progress.bestEpoch == state.progress.bestEpoch)
      #expect(second.model.weightBits == whole.model.weightBits, "stopped at \(stop)")
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
