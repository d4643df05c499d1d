package import RaggedBatching
import RaggedCore

/// What of some sequences a model can learn from or be judged by.
struct Learnable {
  private(set) var timesteps = 0
  private var valid = 0
  private var hasTarget = false
  private var hasWeight = false
  private var hasCell = false

  /// Whether there is a valid timestep, and a target that was observed, whose weight is above 0: of that timestep, or of a sequence. A target
  /// a sequence may stand in a window without a valid timestep, behind others that have some.
  var isAny: Bool { hasWeight && valid > 0 && hasCell }

  mutating func add(_ batch: SequenceBatch, by trainer: Trainer) {
    timesteps += batch.timesteps
    guard !isAny else { return }
    hasCell = hasCell || batch.hasObservedInput
    let validity = trainer.validity(of: batch)
    let targets = (batch.targets.parts.isEmpty ? [batch.targets] : batch.targets.parts).enumerated().map {
      (place, targets) -> (observed: [Bool]?, isPerTimestep: Bool) in
      let masksValues = trainer.losses.indices.contains(place) && trainer.losses[place].loss.masksValues
      return (
        masksValues ? targets.observedShares.map { $0.map { $0 > 0 } } ?? targets.observed : targets.observed,
        targets.isPerTimestep
      )
    }
    for b in 0..<batch.count {
      let range = batch.offsets[b]..<batch.offsets[b + 1]
      let count = validity.map { validity in range.reduce(0) { $0 + (validity[$1] ? 1 : 0) } } ?? range.count
      valid += count
      for (observed, isPerTimestep) in targets {
        let isLabelled =
          observed.map { observed in
            isPerTimestep ? range.contains { observed[$0] && validity?[$0] ?? true } : observed[b]
          } ?? true
        guard isLabelled else { continue }
        hasTarget = true
        guard count > 0 || !isPerTimestep, batch.weights?[b] ?? 1 > 0 else { continue }
        let weighs = batch.stepWeights.map { own in
          range.contains { own[$0] > 0 && validity?[$0] ?? true && observed?[$0] ?? true }
        }
        if !isPerTimestep || weighs ?? true { hasWeight = true }
      }
    }
  }

  /// The error where there is nothing.
  /// - Parameter purpose: what the sequences are for: `to learn from`.
  func check(_ purpose: String) throws {
    if isAny { return }
    throw TrainingError(
      .dataMismatch,
      valid > 0 && !hasTarget
        ? "every target is missing, so there is nothing \(purpose)"
        : valid > 0
          ? !hasCell
            ? "every cell of the input is missing, so there is nothing \(purpose)"
            : "no sequence that has a valid timestep has a weight above 0, so there is nothing \(purpose)"
          : timesteps > 0
            ? "none of the \(timesteps.counted("timestep")) is valid, so there is nothing \(purpose)"
            : "there is no timestep \(purpose)")
  }
}

extension SequenceBatch {
  /// Whether any cell of the input was observed: a number, a category or a token. An input without cells lacks none.
  fileprivate var hasObservedInput: Bool {
    let parts = [input, statics]
    if parts.contains(where: { $0.codeCount > 0 }) || parts.allSatisfy({ $0.featureCount == 0 }) { return true }
    return parts.contains { $0.featureCount > 0 && $0.observed?.contains(true) ?? true }
  }
}

extension Trainer {
  /// Checks that batches hold something to learn from, or to be judged by: a valid timestep of a sequence whose weight is
  /// above 0, and a cell of the input that was observed. Reads an epoch's batches up to the first that does, which is mostly the first.
  /// - Throws: ``TrainingError`` where there is nothing, and what the batches throw.
  package func checkLearnable(_ batches: some BatchSource, epoch: Int = 1, purpose: String) throws {
    try learnable(in: batches, epoch: epoch)?.check(purpose)
  }

  /// The same of what ranks with batches of their own have together: one of them may have none.
  func checkLearnableTogether(_ batches: some BatchSource, epoch: Int, purpose: String) throws {
    let own = try learnable(in: batches, epoch: epoch)
    guard exchange.worldSize > 1, exchange.division == .batches else {
      try own?.check(purpose)
      return
    }
    if try exchange.sums([own == nil ? 1 : 0])[0] == 0 { try own?.check(purpose) }
  }

  /// What was found where nothing can be learned from it; nil where something can, or where batches are broken, which a step says
  /// better.
  private func learnable(in batches: some BatchSource, epoch: Int) throws -> Learnable? {
    var found = Learnable()
    for step in 0..<batches.stepCount(epoch: epoch) {
      let batch = try batches.batch(epoch: epoch, step: step)
      guard batch.isConsistent else { return nil }
      found.add(batch, by: self)
      if found.isAny { return nil }
    }
    return found
  }
}
