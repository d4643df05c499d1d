import RaggedBatching
import RaggedCore
import Testing

@testable import RaggedTraining

/// States that go from batch to batch.
@Suite struct StatefulTrainingTests {
  static let lengths = [23, 4, 0, 11, 10, 1, 30, 5]

  static func trainer(_ perSequence: Bool = false, _ optimizer: Optimizer = .adam(0.01)) throws -> Trainer {
    let model = try Sequential(
      input: .features(2),
      layers: [
        LSTM(6, returnSequences: true), LSTM(5, returnSequences: !perSequence), Dense(2, activation: .softmax),
      ], seed: 2)
    return try Trainer(
      model: model, loss: .sparseCategoricalCrossentropy, optimizer: optimizer, threads: 2)
  }

  static func batches(_ windowLength: Int, perSequence: Bool = false) throws -> StatefulBatches<InMemorySource> {
    try StatefulBatches(
      sampleSource(lengths: lengths, isPerSequence: perSequence), windowLength: windowLength, batchSize: 3, seed: 1)
  }

  /// Weights too small to change, so that states and losses are those of one network.
  static let frozen = Optimizer.sgd(1e-30)

  @Test(arguments: [false, true]) func windowsAsLongAsTheSequencesAreOrdinarySteps(perSequence: Bool) throws {
    let (stateful, ordinary) = (try Self.trainer(perSequence), try Self.trainer(perSequence))
    let batches = try Self.batches(30, perSequence: perSequence)
    for epoch in 1...3 {
      var states: [RecurrentState] = []
      for step in 0..<batches.stepCount(epoch: epoch) {
        let taken = try batches.step(epoch: epoch, step: step)
        let sum = try stateful.trainStep(taken.batch, states: &states, resets: taken.resets)
        let ids = batches.plan(epoch: epoch).rows(step: step).filter { !$0.isDry }.map(\.slice.position)
        #expect(try ordinary.trainStep(batches.source.gather(ids)) == sum)
      }
    }
    #expect(bits(stateful.model.parameters) == bits(ordinary.model.parameters))
  }

  /// Predicted whole, a sequence ends in the state that its row has after its last window.
  @Test(arguments: [1, 4, 7, 29]) func statesAreCarriedAndSetBack(windowLength: Int) throws {
    let trainer = try Self.trainer(false, Self.frozen)
    let batches = try Self.batches(windowLength)
    let plan = batches.plan(epoch: 1)
    var (states, ended) = ([RecurrentState](), 0)
    for step in 0..<plan.stepCount {
      let taken = try batches.step(epoch: 1, step: step)
      try trainer.trainStep(taken.batch, states: &states, resets: taken.resets)
      for (b, row) in plan.rows(step: step).enumerated() where row.isEnd {
        var whole = trainer.initialStates(rows: 1)
        _ = try trainer.predict(batches.source.gather([row.slice.position]), states: &whole)
        for (state, expected) in zip(states, whole) {
          let units = expected.parts[0].count
          let range = b * units..<(b + 1) * units
          #expect(zip(state.parts[0][range], expected.parts[0]).allSatisfy { abs($0 - $1) <= 1e-6 })
          #expect(zip(state.parts[1][range], expected.parts[1]).allSatisfy { abs($0 - $1) <= 1e-6 })
        }
        ended += 1
      }
    }
    #expect(ended == Self.lengths.count)
  }

  /// The sums of all windows are those of the sequences whole.
  @Test(arguments: [1, 4, 7, 29], [false, true])
  func lossesAreThoseOfWholeSequences(windowLength: Int, perSequence: Bool) throws {
    let trainer = try Self.trainer(perSequence, Self.frozen)
    let batches = try Self.batches(windowLength, perSequence: perSequence)
    var (sum, states) = (LossSum(), [RecurrentState]())
    for step in 0..<batches.stepCount(epoch: 1) {
      let taken = try batches.step(epoch: 1, step: step)
      sum += try trainer.trainStep(taken.batch, states: &states, resets: taken.resets)
    }
    let whole = try trainer.evaluate(batches.source.gather(Array(Self.lengths.indices)))
    #expect(abs(sum.loss - whole.loss) <= 1e-5 * abs(whole.loss))
    #expect(sum.weight == whole.weight)
    #expect(sum.hits == whole.hits && sum.counted == whole.counted)
  }

  /// As without states: the gradients are 0, and what the optimiser does besides goes on. By hand: momentum moves the
  /// weights by half of what they moved before.
  @Test(arguments: Reduction.allCases)
  func aBatchInWhichNothingIsJudgedIsAStepToo(_ reduction: Reduction) throws {
    let model = try Sequential(
      input: .features(2), layers: [LSTM(3), Dense(2, activation: .softmax)], seed: 2)
    func trainer() throws -> Trainer {
      try Trainer(
        model: model, loss: .sparseCategoricalCrossentropy, reduction: reduction,
        optimizer: .sgd(0.1, momentum: 0.5), threads: 2)
    }
    let (trainer, plain) = (try trainer(), try trainer())
    let first = model.parameters
    var batch = sampleBatch(lengths: [3, 2], input: .features(2), target: .classes(2), isPerSequence: true)
    var states: [RecurrentState] = []
    try trainer.trainStep(batch, states: &states, resets: [true, true])
    try plain.trainStep(batch)
    let second = trainer.model.parameters
    batch.weights = [0, 0]
    let sum = try trainer.trainStep(batch, states: &states, resets: [true, true])
    #expect(sum == LossSum())
    #expect(trainer.stepsTaken == 2)
    for (i, after) in trainer.model.parameters.enumerated() {
      #expect(abs(after - second[i] - 0.5 * (second[i] - first[i])) <= 1e-7)
    }
    #expect(states.contains { $0.parts[0].contains { $0 != 0 } })
    try plain.trainStep(batch)
    #expect(bits(plain.model.parameters) == bits(trainer.model.parameters))
  }

  @Test func statesResetsAndModelsThatDoNotFitAreRefused() throws {
    let batch = sampleBatch(lengths: [3, 2], input: .features(2), target: .classes(2))
    var states: [RecurrentState] = []
    #expect(throws: TrainingError(.dataMismatch, "1 reset for 2 rows")) {
      try Self.trainer().trainStep(batch, states: &states, resets: [true])
    }
    var wrong = try Self.trainer().initialStates(rows: 3)
    let error = #expect(throws: TrainingError.self) {
      try Self.trainer().trainStep(batch, states: &wrong, resets: [true, false])
    }
    #expect(
      error?.message == "initial states of [[18, 18], [15, 15]] numbers for 2 rows, expected [[12, 12], [10, 10]]")
    let model = try Sequential(
      input: .features(2), layers: [LSTM(3, returnSequences: true, goBackwards: true), Dense(2)])
    #expect(
      throws: TrainingError(
        .invalidModel, "states that go on need layers that read forwards: this model reads backwards too")
    ) {
      try Trainer(model: model, loss: .meanSquaredError).trainStep(batch, states: &states, resets: [true, true])
    }
  }
}
