import Foundation
import RaggedBatching
import RaggedCore
import Testing

@testable import RaggedTraining

@Suite struct FitTests {
  static let lengths = [3, 5, 0, 7, 3, 1, 5, 9, 2, 2, 8, 4]

  static func batches(_ policy: BatchPolicy = BatchPolicy(grouping: .buckets(2), batchSize: 3, seed: 4)) throws
    -> PlannedBatches<InMemorySource>
  {
    try PlannedBatches(sampleSource(lengths: lengths), policy: policy)
  }

  static func trainer(_ optimizer: Optimizer = .adam(0.02), reduction: Reduction = .meanPerTimestep) throws -> Trainer {
    let model = try Sequential(
      input: .features(2),
      layers: [LSTM(4, returnSequences: true, dropout: 0.2), Dropout(0.2), Dense(2, activation: .softmax)], seed: 6)
    return try Trainer(
      model: model, loss: .categoricalCrossentropy, reduction: reduction, optimizer: optimizer, seed: 5, threads: 2)
  }

  /// A history without its times.
  static func timeless(_ history: History) -> [EpochRecord] {
    history.epochs.map {
      var record = $0
      record.seconds = 0
      return record
    }
  }

  static func timeless(_ state: TrainingState) -> TrainingState {
    var result = state
    result.progress.history.epochs = timeless(state.progress.history)
    result.progress.partialSeconds = 0
    return result
  }

  @Test(arguments: Reduction.allCases)
  func epochsAreSumsOverTheirBatches(_ reduction: Reduction) throws {
    let (batches, trainer) = (try Self.batches(), try Self.trainer(reduction: reduction))
    let validation = try PlannedBatches(
      sampleSource(lengths: [4, 2, 6], seed: 8), policy: BatchPolicy(batchSize: 2, shuffle: false))
    let history = try trainer.fit(batches, epochs: 3, validation: validation)

    let byHand = try Self.trainer(reduction: reduction)
    #expect(history.epochs.map(\.epoch) == [1, 2, 3])
    for record in history.epochs {
      let epoch = record.epoch
      var (loss, weight, hits, counted) = (0.0, 0.0, 0.0, 0.0)
      for step in 0..<batches.stepCount(epoch: epoch) {
        let sum = try byHand.trainStep(batches.batch(epoch: epoch, step: step))
        (loss, weight) = (loss + sum.loss, weight + sum.weight)
        (hits, counted) = (hits + sum.hits, counted + sum.counted)
      }
      #expect(counted == Double(Self.lengths.reduce(0, +)))
      switch reduction {
      case .meanPerTimestep, .sum: #expect(weight == counted)
      case .meanPerSequence: #expect(weight == Double(Self.lengths.filter { $0 > 0 }.count))
      }
      #expect(record.loss == (reduction == .sum ? loss : loss / weight))
      #expect(record.accuracy == hits / counted)
      #expect(record.steps == batches.stepCount(epoch: epoch))
      #expect(record.learningRate == 0.02)
      #expect(record.seconds > 0)
      let first = try byHand.evaluate(validation.batch(epoch: 1, step: 0))
      let second = try byHand.evaluate(validation.batch(epoch: 1, step: 1))
      let (held, divisor) = (first.loss + second.loss, reduction == .sum ? 1 : first.weight + second.weight)
      #expect(record.validationLoss == held / divisor)
      #expect(record.validationAccuracy == (first.hits + second.hits) / (first.counted + second.counted))
    }
    #expect(bits(byHand.model.parameters) == bits(trainer.model.parameters))
  }

  @Test func regressionsHaveNoAccuracy() throws {
    let batches = try PlannedBatches(sampleSource(lengths: [3, 2], target: .values(1)), policy: BatchPolicy())
    let model = try Sequential(input: .features(2), layers: [LSTM(3, returnSequences: true), Dense(1)])
    let history = try Trainer(model: model, loss: .meanSquaredError).fit(batches, epochs: 1, validation: batches)
    #expect(history.epochs[0].accuracy == nil)
    #expect(history.epochs[0].validationAccuracy == nil)
    #expect(history.epochs[0].validationLoss != nil)
  }

  @Test func everyStepAndEpochIsReported() throws {
    var events: [String] = []
    let (batches, trainer) = (try Self.batches(), try Self.trainer())
    var state = trainer.state
    try trainer.fit(batches, FitOptions(epochs: 2), state: &state) { event in
      switch event {
      case .step(let epoch, let step, let steps, let sum, _):
        events.append("\(epoch): \(step)/\(steps) \(sum.counted > 0)")
      case .epoch(let record, _): events.append("epoch \(record.epoch)")
      }
    }
    let steps = batches.stepCount(epoch: 1)
    #expect(events.count == 2 * (steps + 1))
    #expect(events[steps - 1] == "1: \(steps)/\(steps) true")
    #expect(events[steps] == "epoch 1")
    #expect(events.last == "epoch 2")
  }

  /// Interrupted at any step and resumed from its file, a run ends exactly as the undisturbed one.
  @Test func resumesBitForBit() throws {
    let folder = try CheckpointTests.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let last = folder.appending(path: "last.ckpt")
    let batches = try Self.batches()
    let validation = try PlannedBatches(sampleSource(lengths: [4, 2, 6], seed: 8), policy: BatchPolicy())
    let stopping = EarlyStopping(patience: 2, restoresBest: true)
    func options(_ url: URL?) -> FitOptions {
      FitOptions(epochs: 3, validation: validation, earlyStopping: stopping, lastCheckpoint: url)
    }
    let optimizer = Optimizer(
      .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7),
      learningRate: .exponentialDecay(initial: 0.05, rate: 0.5, steps: 5, staircase: false), clipNorm: 1)
    let whole = try Self.trainer(optimizer)
    var end = whole.state
    let outcome = try whole.fit(batches, options(nil), state: &end)
    let steps = whole.stepsTaken
    #expect(steps >= 12)

    for stop in 1..<steps {
      try? FileManager.default.removeItem(at: last)
      let first = try Self.trainer(optimizer)
      var before = first.state
      let stopped = try first.fit(
        batches, options(last), state: &before, isInterrupted: { first.stepsTaken >= stop })
      #expect(stopped == .interrupted)
      #expect(first.stepsTaken == stop)
      let checkpoint = try Checkpoint(contentsOf: last)
      #expect(checkpoint.state == before)
      let second = try checkpoint.trainer(threads: 3)
      var after = checkpoint.state
      #expect(try second.fit(batches, options(last), state: &after) == outcome)
      #expect(bits(second.model.parameters) == bits(whole.model.parameters), "stopped at \(stop)")
      #expect(Self.timeless(after) == Self.timeless(end), "stopped at \(stop)")
    }
  }

  /// A copy of a state goes on as the state itself does, on the same trainer or another, whatever was trained meanwhile;
  /// and a trainer does not go on from the state of another model.
  @Test(arguments: [Optimizer.adam(0.02), .sgd(0.1, momentum: 0.9)])
  func aCopyOfAStateGivesTheSameBits(_ optimizer: Optimizer) throws {
    let batches = try Self.batches()
    let trainer = try Self.trainer(optimizer)
    var state = trainer.state
    var steps = 0
    try trainer.fit(
      batches, FitOptions(epochs: 3), state: &state, report: { if case .step = $0 { steps += 1 } },
      isInterrupted: { steps == 6 })
    #expect(trainer.state == state && state.progress.step > 0)
    var copies = [state, state]
    try trainer.fit(batches, FitOptions(epochs: 3), state: &state)
    for (number, other) in [trainer, try Self.trainer(optimizer)].enumerated() {
      #expect(try other.fit(batches, FitOptions(epochs: 3), state: &copies[number]) == .finished)
      #expect(Self.timeless(copies[number]) == Self.timeless(state))
      #expect(bits(other.model.parameters) == bits(trainer.model.parameters))
    }
    let before = copies[0]
    let small = try Trainer(
      model: Sequential(input: .features(2), layers: [Dense(2, activation: .softmax)]), loss: .categoricalCrossentropy)
    let error = #expect(throws: TrainingError.self) {
      try small.fit(batches, FitOptions(epochs: 9), state: &copies[0])
    }
    #expect(error?.message == "the state has 122 weights, expected the model's 6")
    #expect(copies[0] == before && small.stepsTaken == 0)
  }

  @Test func moreEpochsGoOnWhereARunEnded() throws {
    let batches = try Self.batches()
    let whole = try Self.trainer()
    let history = try whole.fit(batches, epochs: 4)
    let part = try Self.trainer()
    var state = part.state
    try part.fit(batches, FitOptions(epochs: 2), state: &state)
    let resumed = try Checkpoint(part.checkpoint().encoded()).trainer()
    try resumed.fit(batches, FitOptions(epochs: 4), state: &state)
    #expect(bits(resumed.model.parameters) == bits(whole.model.parameters))
    #expect(Self.timeless(state.progress.history) == Self.timeless(history))
    // Nothing is left to do.
    #expect(try resumed.fit(batches, FitOptions(epochs: 4), state: &state) == .finished)
    #expect(bits(resumed.model.parameters) == bits(whole.model.parameters))
  }

  @Test func bestAndLastCheckpointsAreWritten() throws {
    let folder = try CheckpointTests.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (best, last) = (folder.appending(path: "best"), folder.appending(path: "last"))
    let trainer = try Self.trainer()
    var state = trainer.state
    var weights: [[Float]] = []
    try trainer.fit(
      Self.batches(), FitOptions(epochs: 4, lastCheckpoint: last, bestCheckpoint: best), state: &state
    ) { event in
      if case .epoch = event { weights.append(trainer.model.parameters) }
    }
    #expect(try Checkpoint(contentsOf: last).state.parameters == weights[3])
    let progress = state.progress
    let losses = progress.history.epochs.map(\.loss)
    let expected = try #require(losses.indices.min { losses[$0] < losses[$1] })
    #expect(progress.bestEpoch == expected + 1)
    #expect(progress.best == losses[expected])
    #expect(try Checkpoint(contentsOf: best).state.parameters == weights[expected])
    #expect(try Checkpoint(contentsOf: last).state == state)
  }

  @Test func divergenceIsAnError() throws {
    var batch = sampleBatch(lengths: [3], input: .features(2), target: .classes(2))
    batch.input = .values([0, 1, .nan, 2, 3, 4], featureCount: 2)
    let trainer = try Self.trainer()
    let before = trainer.model.parameters
    #expect(
      throws: TrainingError(
        .diverged,
        "the loss is nan at step 1, expected a number: "
          + "a smaller learning rate, normalised features or a clipped gradient may help")
    ) { try trainer.trainStep(batch) }
    #expect(trainer.stepsTaken == 0)
    #expect(trainer.model.parameters == before)
    #expect(TrainingError(.diverged, "").failureClass == .badData)

    // A gradient may overflow where the loss does not.
    batch.input = .values([0, 1, 3e38, 3e38, 3, 4], featureCount: 2)
    var model = try Sequential(input: .features(2), layers: [Dense(2, activation: .sigmoid)])
    try model.setWeights([
      WeightTensor(name: "kernel", shape: [2, 2], values: [0, 0, 0, 0]),
      WeightTensor(name: "bias", shape: [2], values: [0, 0]),
    ])
    let summing = try Trainer(model: model, loss: .categoricalCrossentropy, reduction: .sum)
    batch.weights = [1000]
    #expect(
      throws: TrainingError(
        .diverged,
        "a gradient is infinite or undefined at step 1, expected a number: "
          + "a smaller learning rate, normalised features or a clipped gradient may help")
    ) { try summing.trainStep(batch) }
    #expect(summing.model.weights == model.weights)

    let wild = try Sequential(input: .features(2), layers: [LSTM(3, returnSequences: true), Dense(1)])
    let regression = try Trainer(model: wild, loss: .meanSquaredError, optimizer: .sgd(1e6))
    let batches = try PlannedBatches(sampleSource(lengths: [3, 2], target: .values(1)), policy: BatchPolicy())
    do {
      try regression.fit(batches, epochs: 40)
      Issue.record("did not diverge")
    } catch let error as TrainingError {
      #expect(error.code == .diverged)
    }
  }

  /// What is not a number is seen in the outputs and in every loss; gates and clips do not hide it.
  @Test(arguments: availableKernels)
  func undefinedInputsGiveUndefinedOutputs(_ kernels: String) throws {
    for layer in [LSTM(3, returnSequences: true), LSTM(3, returnSequences: true, goBackwards: true)] as [any Layer] {
      for activation in Activation.allCases {
        for loss in Loss.allCases {
          let model = try Sequential(input: .features(1), layers: [layer, Dense(2, activation: activation)]).scattered()
          let trainer = try Trainer(model: model, loss: loss, kernels: kernels)
          let batch = SequenceBatch(
            input: .values([1, 2, .nan, 1, 2], featureCount: 1), offsets: [0, 3, 5],
            targets: .classPerTimestep([0, 1, 1, 0, 1]))
          let outputs = try trainer.predict(batch)
          #expect(outputs[0..<6].contains { $0.isNaN })
          #expect(outputs[6...].allSatisfy { !$0.isNaN }, "\(activation)")
          #expect(try trainer.evaluate(batch).loss.isNaN, "\(loss) \(activation)")
        }
      }
    }
  }

  @Test func progressThatTheBatchesDoNotHaveIsAnErrorOfTheData() throws {
    let batches = try Self.batches()
    let steps = batches.stepCount(epoch: 2)
    let trainer = try Self.trainer()
    var state = trainer.state
    (state.progress.epoch, state.progress.step) = (1, steps + 1)
    let error = #expect(throws: TrainingError.self) { try trainer.fit(batches, FitOptions(epochs: 3), state: &state) }
    #expect(error?.failureClass == .badData)
    #expect(
      error?.message == "training stands in epoch 2 after step \(steps + 1), but the batches give that epoch \(steps): "
        + "expected the data and the policy that the progress is of")
    // After the last step of an epoch there is nothing to do but to close it.
    state.progress.step = steps
    #expect(try trainer.fit(batches, FitOptions(epochs: 2), state: &state) == .finished)
  }
}
