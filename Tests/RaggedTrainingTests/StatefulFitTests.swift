import Foundation
import RaggedBatching
import RaggedCore
import Testing

@testable import RaggedTraining

/// Whole runs whose states go from batch to batch.
@Suite struct StatefulFitTests {
  static let lengths = StatefulTrainingTests.lengths

  static func trainer(_ perSequence: Bool = false, _ reduction: Reduction = .meanPerTimestep) throws -> Trainer {
    let model = try Sequential(
      input: .features(2),
      layers: [
        LSTM(6, returnSequences: true, dropout: 0.2), LSTM(5, returnSequences: !perSequence), Dropout(0.1),
        Dense(2, activation: .softmax),
      ], seed: 2)
    return try Trainer(
      model: model, loss: .sparseCategoricalCrossentropy, reduction: reduction, optimizer: .adam(0.01), seed: 4,
      threads: 2)
  }

  static func validation(_ windowLength: Int, perSequence: Bool) throws -> StatefulBatches<InMemorySource> {
    try StatefulBatches(
      sampleSource(lengths: [9, 2, 0, 14], isPerSequence: perSequence, seed: 8), windowLength: windowLength,
      batchSize: 3, shuffle: false)
  }

  @Test(arguments: [false, true], Reduction.allCases)
  func windowsAsLongAsTheSequencesAreAnOrdinaryFit(perSequence: Bool, reduction: Reduction) throws {
    let source = try sampleSource(lengths: Self.lengths, isPerSequence: perSequence)
    let held = try sampleSource(lengths: [9, 2, 0, 14], isPerSequence: perSequence, seed: 8)
    let (stateful, ordinary) = (
      try Self.trainer(perSequence, reduction), try Self.trainer(perSequence, reduction)
    )
    let one = try stateful.fit(
      StatefulBatches(source, windowLength: 30, batchSize: 3, shuffle: false), epochs: 3,
      validation: Self.validation(14, perSequence: perSequence))
    let policy = BatchPolicy(batchSize: 3, shuffle: .none)
    let other = try ordinary.fit(
      PlannedBatches(source, policy: policy), epochs: 3, validation: PlannedBatches(held, policy: policy))
    #expect(bits(stateful.model.parameters) == bits(ordinary.model.parameters))
    #expect(FitTests.timeless(stateful.state) == FitTests.timeless(ordinary.state))
    #expect(FitTests.timeless(one) == FitTests.timeless(other))
  }

  @Test(arguments: [1, 4, 7], [false, true])
  func aFitIsItsStepsInOrder(windowLength: Int, perSequence: Bool) throws {
    let batches = try StatefulTrainingTests.batches(windowLength, perSequence: perSequence)
    let (fitted, byHand) = (try Self.trainer(perSequence), try Self.trainer(perSequence))
    let history = try fitted.fit(batches, epochs: 4)
    for epoch in 1...4 {
      var (sum, states) = (LossSum(), [RecurrentState]())
      for step in 0..<batches.stepCount(epoch: epoch) {
        let taken = try batches.step(epoch: epoch, step: step)
        sum += try byHand.trainStep(taken.batch, states: &states, resets: taken.resets)
      }
      #expect(history.epochs[epoch - 1].loss == sum.mean)
      #expect(history.epochs[epoch - 1].accuracy == sum.accuracy)
      let judged = perSequence ? Self.lengths.count : Self.lengths.reduce(0, +)
      #expect(sum.counted == Double(judged))
    }
    #expect(bits(fitted.model.parameters) == bits(byHand.model.parameters))
    #expect(history.epochs.map(\.steps) == (1...4).map { batches.stepCount(epoch: $0) })
  }

  /// Validated window by window, a model is judged as on whole sequences.
  @Test(arguments: [1, 4, 13], [false, true])
  func lossesAreThoseOfWholeSequences(windowLength: Int, perSequence: Bool) throws {
    let trainer = try Self.trainer(perSequence)
    let batches = try Self.validation(windowLength, perSequence: perSequence)
    let sum = try trainer.evaluate(batches)
    let whole = try trainer.evaluate(batches.source.gather([0, 1, 2, 3]))
    #expect(abs(sum.loss - whole.loss) <= 1e-6 * whole.loss)
    #expect(sum.weight == whole.weight && sum.counted == whole.counted && sum.hits == whole.hits)
    let history = try trainer.fit(batches, epochs: 1, validation: batches)
    let after = try trainer.evaluate(batches.source.gather([0, 1, 2, 3]))
    #expect(abs(try #require(history.epochs[0].validationLoss) - after.mean) <= 1e-6 * after.mean)
  }

  /// Timesteps that are invalid at the end of a sequence leave its last output as it was, in whichever window they are.
  @Test(arguments: [1, 3, 4, 10]) func theLastOutputIsTheLastValidOne(windowLength: Int) throws {
    let lengths = [11, 6, 3, 12]
    var batch = sampleBatch(lengths: lengths, input: .features(2), target: .classes(2), isPerSequence: true)
    batch.validity = lengths.enumerated().flatMap { b, length in (0..<length).map { $0 % 3 != 1 && $0 < 4 - b } }
    let source = try InMemorySource(batch, signature: sampleSource(lengths: [1], isPerSequence: true).signature)
    let trainer = try StatefulTrainingTests.trainer(true, StatefulTrainingTests.frozen)
    let batches = try StatefulBatches(source, windowLength: windowLength, batchSize: 3, shuffle: false)
    let whole = try trainer.evaluate(batch)
    let (judged, fitted) = (try trainer.evaluate(batches), try trainer.fit(batches, epochs: 1).epochs[0])
    #expect(abs(judged.loss - whole.loss) <= 1e-6 * whole.loss)
    #expect(judged.counted == 4 && judged.hits == whole.hits)
    #expect(abs(fitted.loss - whole.mean) <= 1e-6 * whole.mean)
  }

  /// Interrupted at any step and resumed from its file, a run ends exactly as the undisturbed one.
  @Test(arguments: [false, true]) func resumesBitForBit(perSequence: Bool) throws {
    let folder = try CheckpointTests.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let last = folder.appending(path: "last.ckpt")
    let batches = try StatefulTrainingTests.batches(4, perSequence: perSequence)
    let validation = try Self.validation(5, perSequence: perSequence)
    func options(_ url: URL?) -> FitOptions {
      FitOptions(
        epochs: 3, validation: validation, earlyStopping: EarlyStopping(patience: 2, restoresBest: true),
        lastCheckpoint: url)
    }
    let whole = try Self.trainer(perSequence)
    var (end, steps, stop) = (whole.state, 0, 0)
    let outcome = try whole.fit(batches, options(nil), state: &end) { event in
      if case .step = event { steps += 1 }
    }
    #expect(steps == (1...3).reduce(0) { $0 + batches.stepCount(epoch: $1) })

    for stopping in 1..<steps {
      let first = try Self.trainer(perSequence)
      var before = first.state
      stop = 0
      let stopped = try first.fit(
        batches, options(last), state: &before,
        report: { event in
          if case .step = event { stop += 1 }
        }, isInterrupted: { stop >= stopping })
      #expect(stopped == .interrupted && stop == stopping)
      let checkpoint = try Checkpoint(contentsOf: last)
      // Two states of 6 and 5 units, h and c, three rows; none at the end of an epoch.
      #expect(checkpoint.carriedNumbers.count == (checkpoint.state.progress.step == 0 ? 0 : 2 * (6 + 5) * 3))
      let second = try checkpoint.trainer(threads: 3)
      #expect(second.checkpoint(context: checkpoint.context) == checkpoint)
      var after = checkpoint.state
      #expect(try second.fit(batches, options(last), state: &after) == outcome)
      #expect(bits(second.model.parameters) == bits(whole.model.parameters), "stopped at \(stopping)")
      #expect(FitTests.timeless(after) == FitTests.timeless(end))
      // The same trainer may go on as well.
      #expect(try first.fit(batches, options(nil), state: &before) == outcome)
      #expect(bits(first.model.parameters) == bits(whole.model.parameters), "went on at \(stopping)")
    }
  }

  /// Another run on the same trainer begins with zeros, also with other rows or without states.
  @Test func anInterruptedRunLeavesNothingToAnother() throws {
    let batches = try StatefulTrainingTests.batches(4)
    let others: [any BatchSource] = [
      try StatefulBatches(batches.source, windowLength: 4, batchSize: 2, seed: 1),
      try PlannedBatches(batches.source, policy: BatchPolicy(batchSize: 3)),
    ]
    for other in others {
      let trainer = try Self.trainer()
      var state = trainer.state
      try trainer.fit(batches, FitOptions(epochs: 1), state: &state, isInterrupted: { trainer.stepsTaken == 2 })
      #expect(!state.carriedStates.isEmpty)
      let copy = try Checkpoint(trainer.checkpoint().encoded()).trainer()
      copy.state.carriedStates = []
      for trainer in [trainer, copy] {
        var fresh = trainer.state.restarted
        try trainer.fit(other, FitOptions(epochs: 1), state: &fresh, isInterrupted: { trainer.stepsTaken == 4 })
      }
      #expect(bits(trainer.model.parameters) == bits(copy.model.parameters))
      #expect(trainer.state.carriedStates == copy.state.carriedStates)
    }
  }

  @Test func whatCannotGoOnIsRefused() throws {
    let batches = try StatefulTrainingTests.batches(4)
    let backwards = try Sequential(
      input: .features(2), layers: [Bidirectional(LSTM(3, returnSequences: true)), Dense(2, activation: .softmax)])
    let reader = try Trainer(model: backwards, loss: .sparseCategoricalCrossentropy)
    let message = "states that go on need layers that read forwards: this model reads backwards too"
    #expect(throws: TrainingError(.invalidModel, message)) { try reader.fit(batches, epochs: 1) }
    #expect(throws: TrainingError(.invalidModel, message)) { try reader.evaluate(batches) }
    let forwards = try Self.trainer().model
    let cut = try Trainer(model: forwards, loss: .sparseCategoricalCrossentropy, truncation: 3)
    #expect(
      throws: TrainingError(
        .invalidModel,
        "states that go on cut the gradient after each batch, and it is to be cut after 3 timesteps too: expected one "
          + "of the two")
    ) { try cut.fit(batches, epochs: 1) }

    let other = try Self.trainer()
    var state = other.state
    state.progress.step = 2
    #expect(
      throws: TrainingError(
        .checkpointInvalid,
        "training stands in epoch 1 after step 2, and the states that its rows had there are not known: expected a "
          + "checkpoint of a stateful run")
    ) { try other.fit(batches, FitOptions(epochs: 1), state: &state) }
    state.carriedStates = other.initialStates(rows: 2)
    #expect(
      throws: TrainingError(
        .dataMismatch,
        "initial states of [[12, 12], [10, 10]] numbers for 3 rows, expected [[18, 18], [15, 15]]")
    ) { try other.fit(batches, FitOptions(epochs: 1), state: &state) }
  }

  /// A model without an LSTM has no states to carry.
  @Test func modelsWithoutStatesAreTrainedAsWell() throws {
    let batches = try StatefulTrainingTests.batches(4)
    let model = try Sequential(input: .features(2), layers: [Dense(2, activation: .softmax)])
    let trainer = try Trainer(model: model, loss: .sparseCategoricalCrossentropy)
    var state = trainer.state
    try trainer.fit(batches, FitOptions(epochs: 2), state: &state, isInterrupted: { trainer.stepsTaken == 3 })
    #expect(try trainer.fit(batches, FitOptions(epochs: 2), state: &state) == .finished)
    #expect(state.progress.history.epochs.count == 2)
  }
}
