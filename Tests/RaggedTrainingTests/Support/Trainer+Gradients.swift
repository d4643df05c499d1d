import RaggedCore
import RaggedTraining
import Testing

extension Trainer {
  /// Loss and gradients of a batch, without dropout and without a step. Tokens have no input gradient.
  func gradients(
    _ batch: SequenceBatch, initialStates: [RecurrentState] = [], wantsInputGradient: Bool = false
  ) throws -> Gradients {
    let wanted: Wanted = wantsInputGradient ? .inputGradient : .gradients
    return try #require(answer(batch, wanted, initialStates: initialStates).gradients)
  }

  /// Loss and gradients of a padded batch; the input's gradient is zero on padding.
  func gradients(
    _ batch: PaddedBatch, initialStates: [RecurrentState] = [], wantsInputGradient: Bool = false
  ) throws -> Gradients {
    let wanted: Wanted = wantsInputGradient ? .inputGradient : .gradients
    return try #require(answer(batch, wanted, initialStates: initialStates).gradients)
  }
}
