import RaggedCore
import RaggedTraining

/// What a model makes of sequences, however these are laid out: outputs by sequence, and sums of losses and gradients.
struct VerificationRun {
  /// Outputs at the valid timesteps of each sequence, or its one output.
  var outputs: [[Float]]
  var loss = 0.0
  /// The gradients of the batches, summed in double precision, by weight tensor.
  private var sums: [[Double]] = []

  /// Nothing computed yet for so many sequences.
  init(sequences: Int) { outputs = Array(repeating: [], count: sequences) }

  /// The gradients of all weights.
  var gradients: [[Float]] { sums.map { $0.map(Float.init) } }

  /// Adds a ragged batch, whose ids say which sequences it holds.
  mutating func add(_ batch: SequenceBatch, _ trainer: Trainer) throws {
    let isPerSequence = trainer.model.isPerSequence
    try add(
      ids: batch.ids, outputs: trainer.predict(batch), trainer.evaluate(batch), trainer.gradients(batch), trainer
    ) { b in
      isPerSequence ? [b] : batch.range(b).filter { batch.validity?[$0] ?? true }
    }
  }

  /// Adds a padded batch.
  mutating func add(_ batch: PaddedBatch, _ trainer: Trainer) throws {
    let isPerSequence = trainer.model.isPerSequence
    try add(
      ids: batch.ids, outputs: trainer.predict(batch), trainer.evaluate(batch), trainer.gradients(batch), trainer
    ) { b in
      isPerSequence ? [b] : (b * batch.paddedLength..<(b + 1) * batch.paddedLength).filter { batch.mask[$0] }
    }
  }

  private mutating func add(
    ids: [Int], outputs: [Float], _ loss: LossSum, _ gradients: Gradients, _ trainer: Trainer, rows: (Int) -> [Int]
  ) throws {
    let width = trainer.model.outputWidth
    for (b, id) in ids.enumerated() {
      self.outputs[id] = rows(b).flatMap { outputs[$0 * width..<($0 + 1) * width] }
    }
    self.loss += loss.loss
    if sums.isEmpty { sums = gradients.weights.map { Array(repeating: 0, count: $0.values.count) } }
    for (number, tensor) in gradients.weights.enumerated() {
      for (i, value) in tensor.values.enumerated() { sums[number][i] += Double(value) }
    }
  }

  /// How far this is from another run.
  func check(
    _ layout: String, against other: VerificationRun, outputs outputPromise: Verification.Promise,
    sums sumPromise: Verification.Promise
  ) -> Verification.Check {
    let same = Verification.Difference(largest: 0, isSameBits: true)
    return Verification.Check(
      layout: layout,
      outputs: Verification.Difference(outputs.flatMap { $0 }, other.outputs.flatMap { $0 }),
      outputPromise: outputPromise, loss: Verification.Difference(loss, other.loss),
      gradients: zip(gradients, other.gradients).reduce(same) { $0.joined(Verification.Difference($1.0, $1.1)) },
      sumPromise: sumPromise)
  }
}
