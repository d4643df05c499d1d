import RaggedCore

extension Trainer {
  /// Loss and gradients of a compacted batch, its long sequences in pieces where ``truncation`` says so.
  /// - Parameter weights: those of the batch, with the total that its gradients are divided by.
  func differentiate(
    _ batch: SequenceBatch, _ weights: [LossWeights], into gradients: inout [Float], _ request: EngineRequest
  ) throws -> EngineAnswer {
    guard let truncation, batch.lengths.contains(where: { $0 > truncation }) else {
      return try step(batch, gradients: &gradients, weights: weights, request)
    }
    return try differentiateInPieces(batch, of: truncation, weights, into: &gradients, request)
  }

  /// Piece by piece: each begins with the states that the piece before left, and its gradient ends there. The loss is the
  /// whole batch's, so that the pieces' sums and gradients add up. Williams and Peng 1990, with h′ = h.
  private func differentiateInPieces(
    _ batch: SequenceBatch, of pieceLength: Int, _ weights: [LossWeights], into gradients: inout [Float],
    _ request: EngineRequest
  ) throws -> EngineAnswer {
    var total = EngineAnswer()
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
        try handOver(
          batch.piece(goOn, first: first, length: pieceLength), &carried, dropoutSeed: request.dropoutSeed,
          firstStep: first)
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
      for place in weights.indices { pieceWeights[place].rows = judged.map { weights[place].rows[$0] } }
      let result = try step(
        batch.piece(judged, first: first, length: pieceLength), gradients: &part, weights: pieceWeights, pieceRequest)
      write(result.states, to: &states, rows: judged)
      total.sum += result.sum
      for i in gradients.indices { gradients[i] += part[i] }
    }
    total.sum.weights = weights.map(\.total)
    return total
  }

  /// The states after rows that are not judged yet, as a training step with its dropout leaves them.
  func handOver(
    _ batch: SequenceBatch, _ states: inout [RecurrentState], dropoutSeed: UInt64?, firstStep: Int = 0
  ) throws {
    states = try judge(
      batch, EngineRequest(dropoutSeed: dropoutSeed, states: states, firstStep: firstStep)
    ).states
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
