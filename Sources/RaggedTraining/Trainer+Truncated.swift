import RaggedCore

extension Trainer {
  /// One step of training on a batch whose rows go on where those of the batch before ended: h and c are carried, the
  /// gradient ends between the batches. `StatefulBatches` makes such batches.
  ///
  /// ```swift
  /// var states: [LSTMState] = []
  /// for step in 0..<batches.stepCount(epoch: epoch) {
  ///   let batch = try batches.batch(epoch: epoch, step: step)
  ///   try trainer.trainStep(batch, states: &states, resets: batches.resets(epoch: epoch, step: step))
  /// }
  /// ```
  ///
  /// Where the model gives one output a sequence, rows of weight 0 are not judged and hand over their states alone.
  /// - Parameters:
  ///   - states: one for each direction of each LSTM, as they are before the batch; they become those after it. Empty
  ///     means zeros.
  ///   - resets: the rows that begin with zeros whatever their states, `[B]`.
  /// - Returns: the loss before the step, as sums.
  /// - Throws: ``TrainingError`` as the step without states, for states and resets of another number of rows, and for a
  ///   model that reads backwards. Weights and states are then as before.
  @discardableResult
  public func trainStep(_ batch: SequenceBatch, states: inout [LSTMState], resets: [Bool]) throws -> LossSum {
    guard !model.program.readsBackwards else {
      throw TrainingError(
        .invalidModel, "states that go on need layers that read forwards: this model reads backwards too")
    }
    guard resets.count == batch.count else {
      throw TrainingError(.dataMismatch, "\(resets.count) resets for \(batch.count) rows")
    }
    let prepared = try prepare(batch)
    try checkTargets(prepared.batch)
    var request = StepRequest(loss: loss, reduction: reduction, dropoutSeed: stepSeed)
    request.states = states.isEmpty ? initialStates(rows: batch.count) : states
    try check(request.states, rows: batch.count)
    for (number, info) in model.program.states.enumerated() {
      for b in resets.indices where resets[b] {
        for j in b * info.units..<(b + 1) * info.units {
          request.states[number].h[j] = 0
          request.states[number].c[j] = 0
        }
      }
    }
    let rowWeights = prepared.batch.weights
    // Like the pieces of a long sequence, rows that are not judged yet only hand their states over.
    let goOn = model.isPerSequence ? prepared.batch.ids.indices.filter { rowWeights?[$0] == 0 } : []
    guard !goOn.isEmpty else {
      let result = engine.step(
        prepared.batch, parameters: model.parameters, gradients: &gradientBuffer,
        weights: engine.weights(of: prepared.batch, request), request)
      try takeStep(result.sum)
      states = result.states
      return result.sum
    }
    var after = request.states
    var carried = rows(goOn, of: after)
    _ = engine.outputs(
      prepared.batch.selecting(goOn), parameters: model.parameters, states: &carried,
      dropoutSeed: request.dropoutSeed)
    write(carried, to: &after, rows: goOn)
    var sum = LossSum()
    let judged = prepared.batch.ids.indices.filter { rowWeights?[$0] != 0 }
    if !judged.isEmpty {
      let part = prepared.batch.selecting(judged)
      request.states = rows(judged, of: request.states)
      let result = engine.step(
        part, parameters: model.parameters, gradients: &gradientBuffer, weights: engine.weights(of: part, request),
        request)
      try takeStep(result.sum)
      write(result.states, to: &after, rows: judged)
      sum = result.sum
    }
    states = after
    return sum
  }

  /// Loss and gradients of a compacted batch, its long sequences in pieces where ``truncation`` says so.
  func differentiate(_ batch: SequenceBatch, into gradients: inout [Float], _ request: StepRequest) -> StepResult {
    let weights = engine.weights(of: batch, request)
    guard let truncation, batch.lengths.contains(where: { $0 > truncation }) else {
      return engine.step(batch, parameters: model.parameters, gradients: &gradients, weights: weights, request)
    }
    return differentiateInPieces(batch, of: truncation, weights, into: &gradients, request)
  }

  /// Piece by piece: each begins with the states that the piece before left, and its gradient ends there. The loss is the
  /// whole batch's, so that the pieces' sums and gradients add up. Williams and Peng 1990, with h′ = h.
  private func differentiateInPieces(
    _ batch: SequenceBatch, of pieceLength: Int, _ weights: LossWeights, into gradients: inout [Float],
    _ request: StepRequest
  ) -> StepResult {
    var total = StepResult()
    var states = initialStates(rows: batch.count)
    var part = [Float](repeating: 0, count: gradients.count)
    for i in gradients.indices { gradients[i] = 0 }
    let longest = batch.lengths.max() ?? 0
    for first in stride(from: 0, to: max(longest, 1), by: pieceLength) {
      let judged: [Int]
      if model.isPerSequence {
        // A sequence is judged with its last piece; those that go on only hand their states over.
        let goOn = (0..<batch.count).filter { batch.length($0) > first + pieceLength }
        var carried = rows(goOn, of: states)
        _ = engine.outputs(
          batch.piece(goOn, first: first, length: pieceLength), parameters: model.parameters, states: &carried,
          dropoutSeed: request.dropoutSeed, firstStep: first)
        write(carried, to: &states, rows: goOn)
        judged = (0..<batch.count).filter {
          batch.length($0) <= first + pieceLength && (batch.length($0) > first || first == 0)
        }
      } else {
        judged = (0..<batch.count).filter { batch.length($0) > first }
      }
      guard !judged.isEmpty else { continue }
      var pieceRequest = request
      pieceRequest.states = rows(judged, of: states)
      pieceRequest.firstStep = first
      var pieceWeights = weights
      pieceWeights.rows = judged.map { weights.rows[$0] }
      let result = engine.step(
        batch.piece(judged, first: first, length: pieceLength), parameters: model.parameters, gradients: &part,
        weights: pieceWeights, pieceRequest)
      write(result.states, to: &states, rows: judged)
      total.sum += result.sum
      for i in gradients.indices { gradients[i] += part[i] }
    }
    total.sum.weight = request.reduction == .sum ? 1 : weights.total
    return total
  }

  /// The states of some rows.
  private func rows(_ rows: [Int], of states: [LSTMState]) -> [LSTMState] {
    zip(states, model.program.states).map { state, info in
      func pick(_ values: [Float]) -> [Float] {
        rows.flatMap { values[$0 * info.units..<($0 + 1) * info.units] }
      }
      return LSTMState(h: pick(state.h), c: pick(state.c))
    }
  }

  private func write(_ part: [LSTMState], to states: inout [LSTMState], rows: [Int]) {
    for (number, info) in model.program.states.enumerated() {
      for (source, row) in rows.enumerated() {
        for j in 0..<info.units {
          states[number].h[row * info.units + j] = part[number].h[source * info.units + j]
          states[number].c[row * info.units + j] = part[number].c[source * info.units + j]
        }
      }
    }
  }
}

extension SequenceBatch {
  /// At most `length` timesteps of some rows, from timestep `first` of each on. The rows keep their ids, weights and
  /// targets.
  fileprivate func piece(_ rows: [Int], first: Int, length: Int) -> SequenceBatch {
    var whole = selecting(rows)
    whole.validity = (0..<whole.count).flatMap { b in
      (0..<whole.length(b)).map { $0 >= first && $0 < first + length }
    }
    return whole.compacted()
  }
}
