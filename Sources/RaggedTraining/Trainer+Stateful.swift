public import RaggedCore

extension Trainer {
  /// One step of training on a batch whose rows go on where those of the batch before ended: states are carried, the
  /// gradient ends between the batches. ``fit(_:_:state:report:monitor:)`` does so by itself with batches of
  /// which states go on, such as `StatefulBatches`.
  ///
  /// ```swift
  /// var states: [RecurrentState] = []
  /// for try await loaded in batches.epoch(1) {
  ///   try trainer.trainStep(loaded.batch, states: &states, resets: loaded.resets)
  /// }
  /// ```
  ///
  /// Where the model gives one output per sequence, rows of weight 0 are not judged and hand over their states alone; a
  /// batch in which no row is judged is a step with gradients of 0, as it is without states. A row whose timesteps here
  /// are all invalid is judged by the last valid output before, as in the whole sequence.
  /// - Parameters:
  ///   - batch: a piece of each row's sequence.
  ///   - states: those of ``initialStates(rows:)``, as they are before the batch; they become those after
  ///     it. Empty means zeros.
  ///   - resets: the rows that begin with zeros whatever their states, `[B]`; nil makes it a step without states, and
  ///     leaves none.
  /// - Returns: the loss before the step, as sums.
  /// - Throws: ``TrainingError`` as the step without states, for states and resets of another number of rows, for a
  ///   model that reads backwards, and for a trainer with a ``truncation``. Weights and states are then as before.
  @discardableResult
  public func trainStep(_ batch: SequenceBatch, states: inout [RecurrentState], resets: [Bool]?) throws -> LossSum {
    guard let resets else {
      states = []
      return try trainStep(batch)
    }
    return try goOn(batch, &states, resets, dropoutSeed: stepSeed) { judged, request in
      try takeStep(judged, request) { weights in
        try step(judged, gradients: &gradientBuffer, weights: weights, request)
      }
    }
  }

  /// The loss of a batch whose rows go on where those of the batch before ended, without dropout, as sums.
  ///
  /// The sums of all windows of a sequence are those of the whole, but for rounding.
  /// - Parameters: as for the training step.
  /// - Throws: as the training step, but for a loss that is no number.
  public func evaluate(_ batch: SequenceBatch, states: inout [RecurrentState], resets: [Bool]?) throws -> LossSum {
    try evaluate(batch, &states, resets, isDivided: false)
  }

  /// - Parameter isDivided: whether ranks that divide batches do so here: all of them call it.
  func evaluate(
    _ batch: SequenceBatch, _ states: inout [RecurrentState], _ resets: [Bool]?, isDivided: Bool
  ) throws -> LossSum {
    guard let resets else {
      states = []
      return isDivided ? try dividedSum(of: batch) : try evaluate(batch)
    }
    return try goOn(batch, &states, resets, dropoutSeed: nil, isDivided: isDivided) { judged, request in
      isDivided ? try judge(judged, request) : engine.answer(judged, parameters: state.parameters, request)
    }
  }

  /// Whether a layer reads sequences from their ends too, so that no output can be given before the last timestep is there.
  package var readsBackwards: Bool { model.program.readsBackwards }

  /// Checks that states can go on from batch to batch.
  /// - Throws: ``TrainingError`` for a model that reads backwards, and where ``truncation`` cuts the gradient too.
  package func checkStatesGoOn() throws {
    guard !model.program.readsBackwards else {
      throw TrainingError(
        .invalidModel, "states that go on need layers that read forwards: this model reads backwards too")
    }
    for end in judgedOutputs where end.loss.judgesWholeSequences {
      throw TrainingError(
        .invalidModel, "states that go on need a loss of each timestep: \(end.loss.rawValue) looks at whole sequences")
    }
    if let end = judgedOutputs.first(where: { $0.name != nil && $0.isPerSequence }) {
      throw TrainingError(
        .invalidModel,
        "states that go on with several targets need heads with an output per timestep, and \"\(end.name ?? "")\" has one "
          + "per sequence")
    }
    if let truncation {
      throw TrainingError(
        .invalidModel,
        "states that go on cut the gradient after each batch, and it is to be cut after \(truncation) timesteps too: "
          + "expected one of the two")
    }
  }

  /// Sets states back, has the rows that count judged from their states, and carries the states of all rows on.
  private func goOn(
    _ batch: SequenceBatch, _ states: inout [RecurrentState], _ resets: [Bool], dropoutSeed: UInt64?,
    isDivided: Bool = true, judge: (SequenceBatch, EngineRequest) throws -> EngineAnswer
  ) throws -> LossSum {
    try checkStatesGoOn()
    guard resets.count == batch.count else {
      throw TrainingError(.dataMismatch, "\(resets.count.counted("reset")) for \(batch.count.counted("row"))")
    }
    if let scaling = targetScale?.scaling, scaling.isOfSeries {
      throw TrainingError(
        .invalidModel,
        "the scale of a series (\(scaling.rawValue)) is that of a sequence from its first timestep: states that "
          + "go on from batch to batch need another scale")
    }
    let prepared = try prepare(batch).batch
    try checkTargets(prepared)
    var request = EngineRequest(losses: losses, reduction: reduction, dropoutSeed: dropoutSeed)
    request.goesOn = true
    request.states = states.isEmpty ? initialStates(rows: batch.count) : states
    try check(request.states, rows: batch.count)
    reset(resets, in: &request.states)
    let rowWeights = prepared.weights
    // Like the pieces of a long sequence, rows that are not judged yet only hand their states over.
    let unjudged = model.isPerSequence ? prepared.ids.indices.filter { rowWeights?[$0] == 0 } : []
    guard !unjudged.isEmpty else {
      let result = try judge(prepared, request)
      states = result.states
      return result.sum
    }
    var after = request.states
    var carried = rows(unjudged, of: after)
    if isDivided {
      try handOver(prepared.selecting(unjudged), &carried, dropoutSeed: request.dropoutSeed)
    } else {
      _ = engine.outputs(
        prepared.selecting(unjudged), parameters: state.parameters, states: &carried, dropoutSeed: request.dropoutSeed)
    }
    write(carried, to: &after, rows: unjudged)
    // Also where no row is judged: a batch is a step of the optimiser, whose moments and schedule go on.
    let judged = prepared.ids.indices.filter { rowWeights?[$0] != 0 }
    request.states = rows(judged, of: request.states)
    let result = try judge(prepared.selecting(judged), request)
    write(result.states, to: &after, rows: judged)
    states = after
    return result.sum.isEmpty ? LossSum() : result.sum
  }

  /// Zeros in the states of the rows that begin anew.
  private func reset(_ resets: [Bool], in states: inout [RecurrentState]) {
    for (number, info) in model.program.states.enumerated() {
      for b in resets.indices where resets[b] {
        for j in b * info.units..<(b + 1) * info.units {
          for part in states[number].parts.indices { states[number].parts[part][j] = 0 }
        }
      }
    }
  }

  /// The states of some rows.
  func rows(_ rows: [Int], of states: [RecurrentState]) -> [RecurrentState] {
    zip(states, model.program.states).map { state, info in
      func pick(_ values: [Float]) -> [Float] {
        rows.flatMap { values[$0 * info.units..<($0 + 1) * info.units] }
      }
      return RecurrentState(parts: state.parts.map(pick))
    }
  }

  /// Puts the states of some rows in their places.
  func write(_ part: [RecurrentState], to states: inout [RecurrentState], rows: [Int]) {
    for (number, info) in model.program.states.enumerated() {
      for (source, row) in rows.enumerated() {
        let (from, to) = (source * info.units, row * info.units)
        for (index, values) in part[number].parts.enumerated() {
          for j in 0..<info.units { states[number].parts[index][to + j] = values[from + j] }
        }
      }
    }
  }
}
