import RaggedBatching
public import RaggedCore
import RaggedTraining

extension TrainedModel {
  /// Sequences that are verified where nothing is said.
  public static let usualSampleSize = 64

  /// Proves on some sequences of a source that neither padding nor batching changes what the model computes.
  ///
  /// All sequences together in one batch without padding are compared with: the same batch padded left, right, with
  /// masked timesteps between the real ones, and packed in rows, all with NaN (or another token or class) where nothing is
  /// real; with NaN in cells that were not observed; each sequence alone; several batch sizes and buckets; one thread; and other kernels. Whatever leaves a batch's
  /// sequences as they are gives the same bits. Other batches give the same bits of outputs, and sums in another order:
  /// within 1e-5 of the sum of magnitudes, 1e-4 for other kernels. A gradient that is smaller than 0.01 a loss counts as
  /// 0.01, so that what vanishes breaks no promise by its rounding; and where data magnifies rounding (features in the
  /// hundreds that are not normalised), as much is promised as rounding does: four times what becomes of the gradients where
  /// every number and weight moves by its last bit. Losses and gradients are those of targets that a model
  /// which has learnt the data misses, since with its own they vanish. Dropout is off. The plan that the model was trained
  /// with is checked to take every sequence, or window, once, on one rank and on three.
  /// - Parameters:
  ///   - source: data that ``source(_:needsTargets:)`` has brought to the model, with targets.
  ///   - sequences: how many to take, the shortest and the longest among them; fewer where the longest is so long that
  ///     padding them to it takes more than 64 million numbers.
  ///   - seed: decides which.
  ///   - threads: how many work at once; nil takes every core.
  ///   - monitor: asked before every batch, told of every layout.
  /// - Throws: `Cancelled`; what the source and the model throw, and `TrainingError` `diverged` for a sequence of which the model
  ///   makes no numbers; a broken promise is in the result.
  public func verify(
    _ source: some SequenceSource, sequences: Int = TrainedModel.usualSampleSize, seed: UInt64 = 0, threads: Int? = nil,
    monitor: ProgressMonitor = .none
  ) throws -> Verification {
    try verify(source, sequences: sequences, seed: seed, threads: threads, monitor: monitor, changing: { $0 })
  }

  /// The same with padded batches changed before they are computed, to see that a leak is found.
  func verify(
    _ source: some SequenceSource, sequences: Int, seed: UInt64, threads: Int? = nil,
    monitor: ProgressMonitor = .none,
    changing change: (PaddedBatch) throws -> PaddedBatch
  ) throws -> Verification {
    let positions = Self.sample(source.lengths, sequences, width: signature.input.timestep.names.count, seed: seed)
    var sample = try source.gather(positions)
    sample.ids = Array(0..<sample.count)
    let width = trainer.model.outputWidth
    let classes = signature.target.isClass ? max(2, width) : 0
    let layouts = try VerificationLayouts(
      sample.withMissedTargets(trainer.loss, classes: classes), monitor: monitor
    ) { model, other, kernels in
      try Trainer(
        model: model ?? trainer.model, loss: trainer.loss, reduction: trainer.reduction,
        normalization: trainer.normalization, targetScale: trainer.targetScale,
        threads: other ?? threads, kernels: kernels ?? trainer.kernels)
    }
    if let wrong = layouts.firstWithoutNumbers {
      let key = try source.keys([positions[wrong]]).first ?? ""
      throw TrainingError(
        .diverged,
        "sequence \"\(key)\": the model's outputs, loss or gradients are no finite numbers, so nothing can be "
          + "compared with them")
    }
    let blanks = Blanks(token: Int32(clamping: tokenCount - 1), targetClass: Int32(clamping: max(0, classes - 1)))
    return Verification(
      sequences: sample.count, timesteps: sample.timesteps, checks: try layouts.checks(blanks, changing: change),
      coverage: try coverage(source, monitor: monitor))
  }

  private var tokenCount: Int {
    signature.input.timestep.categories.map(\.size).min() ?? 1
  }

  /// Numbers that the sample may take when it is padded to twice its longest sequence.
  private static let paddedLimit = 1 << 26

  /// Some positions: the shortest, the longest and others at random, in order.
  static func sample(_ lengths: [Int32], _ count: Int, width: Int, seed: UInt64) -> [Int] {
    let longest = Int(lengths.max() ?? 0)
    let count = min(count, max(2, paddedLimit / max(1, 2 * longest * width)))
    guard count < lengths.count else { return Array(lengths.indices) }
    var order = Array(lengths.indices)
    var random = SeededRandom(seed: seed, stream: StableHash.of("verify"))
    random.shuffle(&order)
    let ends = [
      lengths.indices.min { (lengths[$0], $0) < (lengths[$1], $1) },
      lengths.indices.max { (lengths[$0], $0) < (lengths[$1], $1) },
    ].compactMap { $0 }
    var chosen = Array(ends.prefix(count))
    for position in order where chosen.count < count && !ends.contains(position) { chosen.append(position) }
    return chosen.sorted()
  }
}
