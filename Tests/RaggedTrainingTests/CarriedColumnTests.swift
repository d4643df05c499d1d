import Foundation
import RaggedBatching
import RaggedCore
import RaggedTraining
import Testing

/// Sequences in pieces, in models that look back over timesteps or make their first state of columns per sequence.
@Suite struct CarriedColumnTests {
  static let options = [
    InputOptions(fill: .last), InputOptions(since: true), InputOptions(fill: .last, indicators: true, since: true),
    InputOptions(statics: .state), InputOptions(fill: .last, since: true, statics: .state),
  ]
  static let lengths = [23, 4, 0, 11, 10, 1, 30, 5]

  static let input = InputSignature(
    timestep: ColumnSet(numbers: ["x", "y", "z"], categories: [CategoryColumn("kind", size: 4)]),
    statics: ColumnSet(numbers: ["age"], categories: [CategoryColumn("channel", size: 3)]))

  static func model(_ options: InputOptions, perSequence: Bool) throws -> Sequential {
    try Sequential(
      input: ModelInput(input, options: options),
      layers: [
        Embedding(tables: [.init("kind", 4, 2), .init("channel", 3, 2)]), LSTM(6, returnSequences: true),
        LSTM(5, returnSequences: !perSequence), Dense(2, activation: .softmax),
      ], seed: 2
    ).scattered(0.5)
  }

  static func trainer(
    _ options: InputOptions, perSequence: Bool = false, truncation: Int? = nil, _ optimizer: Optimizer = .adam(0.01),
    reduction: Reduction = .meanPerTimestep
  ) throws -> Trainer {
    try Trainer(
      model: model(options, perSequence: perSequence), loss: .sparseCategoricalCrossentropy, reduction: reduction,
      optimizer: optimizer,
      normalization: Normalization(
        mean: [0.25, -0.5, 0], deviation: [2, 0.5, 1], staticMean: [0.5], staticDeviation: [3]),
      truncation: truncation, threads: 2)
  }

  static func batch(_ lengths: [Int] = lengths, perSequence: Bool = false) throws -> SequenceBatch {
    sampleBatch(
      lengths: lengths, input: ModelInput(input), target: .classes(2), isPerSequence: perSequence, missing: 0.6, seed: 4
    )
  }

  static func source(perSequence: Bool) throws -> InMemorySource {
    let target: TargetSignature = perSequence ? .classPerSequence(["a", "b"]) : .classPerTimestep(["a", "b"])
    return try InMemorySource(
      batch(perSequence: perSequence), signature: SequenceSignature(input: input, target: target))
  }

  /// Some timesteps of a batch's sequences.
  static func piece(_ batch: SequenceBatch, _ range: Range<Int>) -> SequenceBatch {
    var piece = batch
    piece.validity = batch.lengths.flatMap { length in (0..<length).map(range.contains) }
    return piece.compacted()
  }

  /// The law: a sequence in pieces, each from the states that the piece before left, has the outputs of the whole.
  @Test(arguments: options, [[0..<1, 1..<9, 9..<9, 9..<30], [0..<7, 7..<14, 14..<21, 21..<28, 28..<30]])
  func piecesAreTheWhole(_ options: InputOptions, _ ranges: [Range<Int>]) throws {
    let (trainer, batch) = (try Self.trainer(options), try Self.batch())
    let whole = try trainer.predict(batch)
    var states = trainer.initialStates(rows: batch.count)
    var rows = Array(repeating: [Float](), count: batch.count)
    for range in ranges {
      let piece = Self.piece(batch, range)
      let outputs = try trainer.predict(piece, states: &states)
      for b in 0..<batch.count { rows[b] += outputs[piece.offsets[b] * 2..<piece.offsets[b + 1] * 2] }
    }
    #expect(bits(rows.flatMap(\.self)) == bits(whole))
  }

  /// What stands in cells that were not observed is not carried either.
  @Test(arguments: options) func whatIsMissingIsNotCarried(_ options: InputOptions) throws {
    let (trainer, batch) = (try Self.trainer(options), try Self.batch())
    var other = batch
    for (cell, isObserved) in (batch.input.observed ?? []).enumerated() where !isObserved {
      other.input.values[cell] = .nan
    }
    var (states, others) = (trainer.initialStates(rows: batch.count), trainer.initialStates(rows: batch.count))
    for range in [0..<6, 6..<30] {
      let outputs = try trainer.predict(Self.piece(batch, range), states: &states)
      #expect(bits(outputs) == bits(try trainer.predict(Self.piece(other, range), states: &others)))
      #expect(states == others)
    }
  }

  /// A piece in which every number was observed carries these.
  @Test(arguments: options) func aPieceWithoutHolesIsCarriedToo(_ options: InputOptions) throws {
    let trainer = try Self.trainer(options)
    var batch = try Self.batch([12])
    for cell in 0..<6 * 3 { batch.input.observed?[cell] = true }
    let whole = try trainer.predict(batch)
    var states = trainer.initialStates(rows: 1)
    var first = Self.piece(batch, 0..<6)
    first.input.observed = nil
    let outputs =
      try trainer.predict(first, states: &states) + trainer.predict(Self.piece(batch, 6..<12), states: &states)
    #expect(bits(outputs) == bits(whole))
  }

  @Test(arguments: options, [false, true])
  func windowsAsLongAsTheSequencesAreOrdinarySteps(_ options: InputOptions, perSequence: Bool) throws {
    let (stateful, ordinary) = (
      try Self.trainer(options, perSequence: perSequence), try Self.trainer(options, perSequence: perSequence)
    )
    let batches = try StatefulBatches(
      Self.source(perSequence: perSequence), windowLength: 30, batchSize: 3, seed: 1)
    for epoch in 1...2 {
      var states: [RecurrentState] = []
      for step in 0..<batches.stepCount(epoch: epoch) {
        let taken = try batches.step(epoch: epoch, step: step)
        let sum = try stateful.trainStep(taken.batch, states: &states, resets: taken.resets)
        let ids = batches.plan(epoch: epoch).rows(step: step).filter { !$0.isDry }.map(\.slice.position)
        #expect(try ordinary.trainStep(batches.source.gather(ids)) == sum)
      }
    }
    #expect(stateful.model.weightBits == ordinary.model.weightBits)
  }

  /// Also where rows begin anew in the middle of an epoch: the sums of all windows are those of the sequences whole.
  @Test(arguments: options, [false, true])
  func lossesOfWindowsAreThoseOfWholeSequences(_ options: InputOptions, perSequence: Bool) throws {
    let trainer = try Self.trainer(options, perSequence: perSequence)
    let source = try Self.source(perSequence: perSequence)
    let whole = try trainer.evaluate(source.gather(Array(Self.lengths.indices)))
    for windowLength in [1, 4, 7, 29] {
      let sum = try trainer.evaluate(
        StatefulBatches(source, windowLength: windowLength, batchSize: 3, shuffle: false))
      #expect(abs(sum.loss - whole.loss) <= 1e-6 * whole.loss)
      #expect(sum.weight == whole.weight && sum.counted == whole.counted && sum.hits == whole.hits)
    }
  }

  @Test(arguments: options, [false, true])
  func truncationBeyondTheSequencesChangesNothing(_ options: InputOptions, perSequence: Bool) throws {
    let batch = try Self.batch(perSequence: perSequence)
    let whole = try Self.trainer(options, perSequence: perSequence)
    let sum = try whole.trainStep(batch)
    for truncation in [30, 1000] {
      let cut = try Self.trainer(options, perSequence: perSequence, truncation: truncation)
      #expect(try cut.trainStep(batch) == sum)
      #expect(cut.model.weightBits == whole.model.weightBits)
    }
    for truncation in [1, 4, 29] {
      let loss = try Self.trainer(options, perSequence: perSequence, truncation: truncation).trainStep(batch)
      #expect(abs(loss.mean - sum.mean) <= 1e-6 * sum.mean)
    }
  }

  /// A step in pieces of 7, by the gradients of the pieces alone.
  @Test(arguments: options) func gradientsAreThoseOfThePiecesAlone(_ options: InputOptions) throws {
    let batch = try Self.batch([23, 9])
    let cut = try Self.trainer(options, truncation: 7, .sgd(1), reduction: .sum)
    let before = cut.model.weights
    try cut.trainStep(batch)
    let trainer = try Self.trainer(options, reduction: .sum)
    var states = trainer.initialStates(rows: 2)
    var sums = before.map { [Float](repeating: 0, count: $0.values.count) }
    for first in stride(from: 0, to: 23, by: 7) {
      let piece = Self.piece(batch, first..<first + 7)
      for (number, tensor) in try trainer.gradients(piece, initialStates: states).weights.enumerated() {
        for i in tensor.values.indices { sums[number][i] += tensor.values[i] }
      }
      _ = try trainer.predict(piece, states: &states)
    }
    for ((old, new), sum) in zip(zip(before, cut.model.weights), sums) {
      let own = zip(old.values, new.values).map { $0 - $1 }
      #expect(relativeError(own, sum.map(Double.init)) <= 1e-4, "\(old.name)")
    }
  }

  /// Beside a row that goes on, one that begins has the gradients that it has alone and without states; through the state of
  /// the other none flows to what makes a first state.
  @Test func onlyRowsThatBeginAreDifferentiatedThroughTheirFirstState() throws {
    let trainer = try Self.trainer(InputOptions(statics: .state), reduction: .sum)
    let batch = try Self.batch([9, 6])
    var (states, one) = (trainer.initialStates(rows: 2), trainer.initialStates(rows: 1))
    _ = try trainer.predict(Self.piece(batch.selecting([0]), 0..<4), states: &one)
    for number in states.indices {
      for part in states[number].parts.indices {
        let own = one[number].parts[part]
        states[number].parts[part].replaceSubrange(0..<own.count, with: own)
      }
    }
    // The first row's later timesteps, and the whole of the second.
    var later = batch
    later.validity = (0..<9).map { $0 >= 4 } + (0..<6).map { _ in true }
    later = later.compacted()
    let together = try trainer.gradients(later, initialStates: states)
    let goingOn = try trainer.gradients(Self.piece(batch.selecting([0]), 4..<9), initialStates: one)
    let beginning = try trainer.gradients(batch.selecting([1]))
    for (tensor, (first, second)) in zip(together.weights, zip(goingOn.weights, beginning.weights)) {
      let sum = zip(first.values, second.values).map { Double($0) + Double($1) }
      #expect(relativeError(tensor.values, sum) <= 1e-5, "\(tensor.name)")
      if tensor.name.contains("state_") {
        #expect(first.values.allSatisfy { $0 == 0 } && second.values.contains { $0 != 0 }, "\(tensor.name)")
      }
    }
    // Nor does what stood in its place have a gradient.
    for (number, state) in together.states.enumerated() where number < 2 {
      for part in state.parts {
        let units = part.count / 2
        if number == 0 { #expect(part[units...].allSatisfy { $0 == 0 }) }
        #expect(part[..<units].contains { $0 != 0 })
      }
    }
  }

  /// Interrupted at any step and resumed from its file, a run ends exactly as the undisturbed one.
  @Test(arguments: [options[2], options[4]], [false, true])
  func resumesBitForBit(_ options: InputOptions, perSequence: Bool) throws {
    let folder = try CheckpointTests.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let last = folder.appending(path: "last.ckpt")
    let batches = try StatefulBatches(Self.source(perSequence: perSequence), windowLength: 4, batchSize: 3, seed: 1)
    let whole = try Self.trainer(options, perSequence: perSequence)
    var end = whole.state
    _ = try whole.fit(batches, FitOptions(epochs: 2), state: &end)
    let steps = (1...2).reduce(0) { $0 + batches.stepCount(epoch: $1) }
    for stopping in 1..<steps {
      let first = try Self.trainer(options, perSequence: perSequence)
      var before = first.state
      let run = FitOptions(epochs: 2, lastCheckpoint: last)
      #expect(try first.fit(batches, run, state: &before, stoppingAfter: stopping) == nil)
      let second = try Checkpoint(contentsOf: last).trainer(threads: 1)
      var state = second.state
      _ = try second.fit(batches, FitOptions(epochs: 2), state: &state)
      #expect(FitTests.timeless(state) == FitTests.timeless(end), "after \(stopping) steps")
    }
  }

  /// States of another model are refused by their sizes.
  @Test func statesOfAModelThatDoesNotLookBackAreRefused() throws {
    let (trainer, other) = (try Self.trainer(Self.options[4]), try Self.trainer(InputOptions()))
    let batch = try Self.batch()
    #expect(trainer.initialStates(rows: 1).map { $0.parts.map(\.count) } == [[6, 6], [5, 5], [3, 3, 3], [1]])
    #expect(throws: TrainingError.self) {
      try trainer.predict(batch, initialStates: other.initialStates(rows: batch.count))
    }
  }
}
