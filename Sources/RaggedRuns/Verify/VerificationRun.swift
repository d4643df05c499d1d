import RaggedCore
import RaggedTraining

/// What a model makes of sequences, however these are laid out: outputs by sequence, and sums of losses and gradients.
struct VerificationRun {
  /// Outputs at the valid timesteps of each sequence, or its one output.
  private(set) var outputs: [[Float]]
  /// Sums and counts of losses.
  private(set) var loss = LossSum()
  /// The gradients of the sums of losses, by weight tensor, added up in double precision.
  private var sums: [[Double]] = []
  /// What a gradient counts at least for, as a part of its loss. Smaller ones vanish: what is left of them may be nothing but
  /// the rounding of larger numbers that cancel, which has no digits to compare.
  static let leastGradient = 1e-2

  /// What a difference of gradients is a part of, by weight tensor: the largest sum of the magnitudes of the batches'
  /// gradients, but no less than ``leastGradient`` a loss.
  var gradientSizes: [Double] {
    let least = Self.leastGradient * loss.weight
    return magnitudes.map { max(least, $0.max() ?? 0) }
  }

  private var magnitudes: [[Double]] = []

  /// Nothing computed yet, for this number of sequences.
  init(sequences: Int) { outputs = Array(repeating: [], count: sequences) }

  private var gradients: [[Float]] { sums.map { $0.map(Float.init) } }

  var isFinite: Bool { loss.loss.isFinite && sums.allSatisfy { $0.allSatisfy(\.isFinite) } }

  /// Adds a ragged batch, whose ids say which sequences it holds.
  mutating func add(_ batch: SequenceBatch, _ trainer: Trainer) throws {
    try add(ids: batch.ids, trainer.answer(batch, [.outputs, .gradients]), trainer) { b in
      batch.range(b).filter { batch.validity?[$0] ?? true }
    }
  }

  mutating func add(_ batch: PaddedBatch, _ trainer: Trainer) throws {
    try add(ids: batch.ids, trainer.answer(batch, [.outputs, .gradients]), trainer) { b in
      (b * batch.paddedLength..<(b + 1) * batch.paddedLength).filter { batch.mask[$0] }
    }
  }

  private mutating func add(ids: [Int], _ answer: BatchAnswer, _ trainer: Trainer, cells: (Int) -> [Int]) {
    let (loss, weights) = (answer.sum, answer.gradients?.weights ?? [])
    let width = trainer.model.outputWidth
    for (b, id) in ids.enumerated() {
      let rows = trainer.model.isPerSequence ? [b] : cells(b)
      self.outputs[id] = rows.flatMap { answer.outputs[$0 * width..<($0 + 1) * width] }
    }
    self.loss += loss
    if sums.isEmpty {
      sums = weights.map { Array(repeating: 0, count: $0.values.count) }
      magnitudes = sums
    }
    // The gradient of a mean times what the mean was divided by: so a wrong divisor shows too.
    let divisor = loss.isSum ? 1 : loss.weight
    for (number, tensor) in weights.enumerated() {
      for (i, value) in tensor.values.enumerated() {
        let value = Double(value) * divisor
        sums[number][i] += value
        magnitudes[number][i] += abs(value)
      }
    }
  }

  /// How far this is from another run.
  /// - Parameter gradientSizes: what a difference of gradients is a part of, by weight tensor.
  func check(
    _ layout: String, against other: VerificationRun, gradientSizes: [Double],
    outputs outputPromise: Verification.Promise, sums sumPromise: Verification.Promise
  ) -> Verification.Check {
    var figures = [(loss.loss, other.loss.loss), (loss.weight, other.loss.weight), (loss.counted, other.loss.counted)]
    // Outputs of other bits may be ranked otherwise.
    if outputPromise == .sameBits { figures.append((loss.hits, other.loss.hits)) }
    return Verification.Check(
      layout: layout, outputs: Verification.Difference(outputs.flatMap { $0 }, other.outputs.flatMap { $0 }),
      outputPromise: outputPromise,
      loss: figures.reduce(.none) { $0.joined(Verification.Difference($1.0, $1.1)) },
      gradients: gradientDifference(from: other, sizes: gradientSizes), sumPromise: sumPromise)
  }

  /// The largest difference of gradients, each as a part of its tensor's size.
  func gradientDifference(from other: VerificationRun, sizes: [Double]) -> Verification.Difference {
    zip(zip(gradients, other.gradients), sizes).reduce(.none) {
      $0.joined(Verification.Difference($1.0.0, $1.0.1, size: $1.1))
    }
  }
}
