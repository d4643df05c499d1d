import RaggedCore
import RaggedTraining
import Testing

/// What a trainer says of batches that do not fit.
@Suite struct TrainerBatchesTests {
  static func trainer(_ layers: [any Layer], input: ModelInput = .features(2), loss: Loss = .categoricalCrossentropy)
    throws -> Trainer
  { try Trainer(model: Sequential(input: input, layers: layers), loss: loss) }

  static let tagger: [any Layer] = [LSTM(3, returnSequences: true), Dense(2, activation: .softmax)]
  static let classifier: [any Layer] = [LSTM(3), Dense(2, activation: .softmax)]
  static let reader: [any Layer] = [Embedding(5, 2), LSTM(3), Dense(2, activation: .softmax)]

  static func batch(_ input: BatchCells = .values([1, 2, 3, 4], featureCount: 2), _ targets: BatchTargets = .none)
    -> SequenceBatch
  { SequenceBatch(input: input, offsets: [0, 2], targets: targets) }

  static func expect(_ message: String, _ trainer: Trainer, _ batch: SequenceBatch, isInput: Bool = false) {
    let error = TrainingError(.dataMismatch, message)
    #expect(throws: error) { try trainer.trainStep(batch) }
    #expect(throws: error) { try trainer.evaluate(batch) }
    #expect(throws: error) { try trainer.gradients(batch) }
    if isInput { #expect(throws: error) { try trainer.predict(batch) } }
    #expect(trainer.stepsTaken == 0)
  }

  @Test func wrongInputs() throws {
    let classes = BatchTargets.classPerSequence([1])
    Self.expect(
      "the batch holds 4 features per timestep, the model takes 2 features per timestep",
      try Self.trainer(Self.classifier),
      Self.batch(.values([1, 2, 3, 4, 5, 6, 7, 8], featureCount: 4), classes), isInput: true)
    Self.expect(
      "the batch holds tokens, the model takes 2 features per timestep", try Self.trainer(Self.classifier),
      Self.batch(.tokens([1, 2]), classes), isInput: true)
    let reader = try Self.trainer(Self.reader, input: .tokens(5))
    Self.expect(
      "the batch holds 2 features per timestep, the model takes tokens 0 to 4", reader,
      Self.batch(.values([1, 2, 3, 4], featureCount: 2), classes), isInput: true)
    for token in [5, -1] as [Int32] {
      Self.expect(
        "the batch holds token \(token), the model takes tokens 0 to 4", reader,
        Self.batch(.tokens([0, token]), classes), isInput: true)
    }
  }

  @Test func inconsistentBatches() throws {
    let trainer = try Self.trainer(Self.tagger)
    let message = "the batch's buffers do not have the sizes that its offsets ask for"
    let good = Self.batch(.values([1, 2, 3, 4], featureCount: 2), .classPerTimestep([0, 1]))
    let changes: [(inout SequenceBatch) -> Void] = [
      { $0.offsets = [0, 3] }, { $0.offsets = [] }, { $0.offsets = [1, 2] }, { $0.offsets = [0, 3, 2] },
      { $0.input = .values([1, 2, 3], featureCount: 2) }, { $0.targets = .classPerTimestep([1]) },
      { $0.weights = [1, 2] }, { $0.validity = [true] }, { $0.ids = [] },
    ]
    for change in changes {
      var batch = good
      change(&batch)
      Self.expect(message, trainer, batch, isInput: true)
    }
  }

  @Test func wrongTargets() throws {
    let (tagger, classifier) = (try Self.trainer(Self.tagger), try Self.trainer(Self.classifier))
    let input = BatchCells.values([1, 2, 3, 4], featureCount: 2)
    Self.expect(
      "the batch has no targets, and categorical_crossentropy needs them", tagger, Self.batch(input, .none))
    Self.expect(
      "the batch has a target per sequence, the model gives an output per timestep "
        + "(its last LSTM returns sequences)", tagger, Self.batch(input, .classPerSequence([1])))
    Self.expect(
      "the batch has a target per timestep, the model gives one output per sequence", classifier,
      Self.batch(input, .classPerTimestep([1, 0])))
    for wrong in [2, -2] as [Int32] {
      Self.expect(
        "the batch holds class \(wrong), the model has 2 outputs", classifier,
        Self.batch(input, .classPerSequence([wrong])))
    }
    Self.expect(
      "the batch has 3 target values, the model has 2 outputs", classifier,
      Self.batch(input, .valuesPerSequence([1, 2, 3], width: 3)))
    let binary = try Self.trainer([LSTM(3), Dense(1, activation: .sigmoid)], loss: .binaryCrossentropy)
    #expect(throws: Never.self) { try binary.evaluate(Self.batch(input, .classPerSequence([1]))) }
    Self.expect(
      "the batch holds class 2, the model has 1 outputs", binary, Self.batch(input, .classPerSequence([2])))
  }

  /// A class or token under a mask is padding: it may be anything.
  @Test func maskedTargetsAreNotJudged() throws {
    let trainer = try Self.trainer(Self.tagger)
    var batch = Self.batch(.values([1, 2, 3, 4], featureCount: 2), .classPerTimestep([0, 77]))
    batch.validity = [true, false]
    #expect(try trainer.evaluate(batch).counted == 1)
  }

  @Test func wrongStates() throws {
    let trainer = try Self.trainer([Bidirectional(LSTM(3)), Dense(2, activation: .softmax)])
    let batch = Self.batch(.values([1, 2, 3, 4], featureCount: 2), .classPerSequence([1]))
    let state = RecurrentState(parts: [[1, 2, 3], [1, 2, 3]])
    #expect(throws: Never.self) { try trainer.predict(batch, initialStates: [state, state]) }
    let error = TrainingError(
      .dataMismatch, "initial states of [[3, 3]] numbers for 1 rows, expected [[3, 3], [3, 3]]")
    #expect(throws: error) { try trainer.predict(batch, initialStates: [state]) }
    #expect(throws: error) { try trainer.gradients(batch, initialStates: [state]) }
    #expect(throws: TrainingError.self) {
      try trainer.predict(batch, initialStates: [state, RecurrentState(parts: [[1, 2, 3], [1]])])
    }
  }

  @Test func wrongOptions() throws {
    let model = try Sequential(input: .features(2), layers: Self.tagger)
    #expect(throws: TrainingError(.invalidModel, "0 threads, expected at least 1")) {
      try Trainer(model: model, loss: .meanSquaredError, threads: 0)
    }
    let known = availableKernels.joined(separator: ", ")
    #expect(
      throws: TrainingError(.invalidModel, "this processor cannot run the kernels \"abacus\", only \(known)")
    ) {
      try Trainer(model: model, loss: .meanSquaredError, kernels: "abacus")
    }
    #expect(
      throws: TrainingError(.dataMismatch, "a normalisation of 3 features for a model of 2 features per timestep")
    ) {
      try Trainer(
        model: model, loss: .meanSquaredError,
        normalization: Normalization(mean: [0, 0, 0], deviation: [1, 1, 1]))
    }
    #expect(TrainingError(.invalidModel, "").failureClass == .usage)
    #expect(TrainingError(.dataMismatch, "").failureClass == .badData)
  }

  /// A Masking layer and a mask that says the same give the same.
  @Test func maskingLayersMask() throws {
    let model = try Sequential(input: .features(2), layers: Self.tagger, seed: 3).scattered()
    var masking = try Sequential(input: .features(2), layers: [Masking(maskValue: -1)] + Self.tagger)
    try masking.setWeights(model.weights)
    var batch = Self.batch(
      .values([-1, -1, 1, -1], featureCount: 2), .classPerTimestep([0, 1]))
    let found = try Trainer(model: masking, loss: .categoricalCrossentropy).gradients(batch)
    batch.validity = [false, true]
    #expect(try Trainer(model: model, loss: .categoricalCrossentropy).gradients(batch).weightBits == found.weightBits)
  }
}
