import RaggedBatching
import RaggedCore
import RaggedTraining

/// The layouts in which the same sequences are computed, and what each promises against the plain batch.
struct VerificationLayouts {
  /// What two sums of the same terms in another order may differ by, and two kinds of kernels.
  private static let (sums, kernels) = (1e-5, 1e-4)

  private let sample: SequenceBatch
  private let trainer: Trainer
  private let makeTrainer: (_ threads: Int?, _ kernels: String?) throws -> Trainer
  private let isInterrupted: () -> Bool
  private let progress: (_ done: Int, _ total: Int) -> Void
  private let plain: VerificationRun
  private let alone: VerificationRun

  /// Computes what all layouts are compared with.
  /// - Parameters:
  ///   - progress: told after every layout how many are done, of how many.
  ///   - isInterrupted: asked before every batch.
  /// - Throws: `CancellationError` where it was interrupted; what the trainer throws.
  init(
    _ sample: SequenceBatch, progress: @escaping (_ done: Int, _ total: Int) -> Void,
    isInterrupted: @escaping () -> Bool,
    makeTrainer: @escaping (_ threads: Int?, _ kernels: String?) throws -> Trainer
  ) throws {
    self.sample = sample
    self.isInterrupted = isInterrupted
    self.progress = progress
    self.makeTrainer = makeTrainer
    trainer = try makeTrainer(nil, nil)
    plain = try Self.run([sample], trainer, isInterrupted)
    alone = try Self.run((0..<sample.count).map { sample.selecting([$0]) }, trainer, isInterrupted)
  }

  /// The first sequence with an output that is no number, or the place of one whose loss or gradients are none.
  var firstWithoutNumbers: Int? {
    if let wrong = plain.outputs.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) { return wrong }
    guard !alone.isFinite else { return nil }
    return (0..<sample.count).first { place in
      var single = sample.selecting([place])
      // The run that looks at it has a place for one sequence.
      single.ids = [0]
      return (try? Self.run([single], trainer, { false }).isFinite) != true
    }
  }

  /// Computes all layouts.
  /// - Parameters:
  ///   - blanks: what stands wherever nothing is real.
  ///   - change: changes padded batches before they are computed, to see that a leak is found.
  /// - Throws: as the initialiser.
  func checks(
    _ blanks: Blanks, changing change: (PaddedBatch) throws -> PaddedBatch
  ) throws -> [Verification.Check] {
    let total = 10 + availableKernels.count { $0 != trainer.kernels }
    var done = 0
    func check(
      _ name: String, _ run: VerificationRun, outputs: Verification.Promise, sums: Verification.Promise
    ) -> Verification.Check {
      done += 1
      progress(done, max(done, total))
      return self.compared(name, run, outputs: outputs, sums: sums)
    }
    let longest = sample.lengths.max() ?? 0
    func padded(_ name: String, _ batch: PaddedBatch) throws -> Verification.Check {
      var run = VerificationRun(sequences: sample.count)
      try checkInterruption()
      try run.add(change(batch.filled(with: blanks)), trainer)
      return check(name, run, outputs: .sameBits, sums: .sameBits)
    }
    func batches(_ name: String, _ groups: [[Int]]) throws -> Verification.Check {
      let run = try Self.run(groups.lazy.map { sample.selecting($0) }, trainer, isInterrupted)
      return check(name, run, outputs: .sameBits, sums: .within(Self.sums))
    }
    func cut(_ size: Int) -> [[Int]] {
      stride(from: 0, to: sample.count, by: size).map { Array($0..<min($0 + size, sample.count)) }
    }
    let policy = BatchPolicy(grouping: .buckets(4), batchSize: 8)
    let plan = BatchPlan(lengths: sample.lengths.map(Int32.init), policy: policy, epoch: 0)
    let packed = try sample.packed(sequencesPerRow: Self.rows(sample.lengths, upTo: longest)).filled(with: blanks)
    return try [
      padded("padded right", sample.padded()),
      padded("padded right to \(longest + 13)", sample.padded(PaddingOptions(fixedLength: longest + 13))),
      padded("padded left", sample.padded(PaddingOptions(side: .pre))),
      padded("masked steps between", sample.withHoles()),
      check(
        "packed in \(packed.rowCount.counted("row"))", Self.run([packed.unpacked()], trainer, isInterrupted),
        outputs: .sameBits, sums: .sameBits),
      check(
        "one thread", Self.run([sample], makeTrainer(1, nil), isInterrupted), outputs: .sameBits, sums: .sameBits),
      check("each alone", alone, outputs: .sameBits, sums: .within(Self.sums)),
      batches("last one first", [(0..<sample.count).reversed()]),
      batches("batches of 3", cut(3)),
      batches("batches of 16", cut(16)),
      batches("buckets:4, batches of 8", plan.map(\.positions)),
    ]
      + availableKernels.filter { $0 != trainer.kernels }.map { kernels in
        try check(
          "kernels \(kernels)", Self.run([sample], makeTrainer(nil, kernels), isInterrupted),
          outputs: .within(Self.kernels), sums: .within(Self.kernels))
      }
  }

  private func compared(
    _ name: String, _ run: VerificationRun, outputs: Verification.Promise, sums: Verification.Promise
  ) -> Verification.Check {
    run.check(
      name, against: plain, gradientSizes: alone.gradientSizes, outputs: outputs,
      sums: sums)
  }

  private func checkInterruption() throws {
    if isInterrupted() { throw CancellationError() }
  }

  private static func run(
    _ batches: some Sequence<SequenceBatch>, _ trainer: Trainer, _ isInterrupted: () -> Bool
  ) throws -> VerificationRun {
    let batches = Array(batches)
    var result = VerificationRun(sequences: batches.reduce(0) { $0 + $1.count })
    for batch in batches {
      if isInterrupted() { throw CancellationError() }
      try result.add(batch, trainer)
    }
    return result
  }

  /// How many sequences, one after the other, go into each row of so many timesteps.
  private static func rows(_ lengths: [Int], upTo limit: Int) -> [Int] {
    var (rows, taken) = ([Int](), limit + 1)
    for length in lengths {
      if taken + length > limit {
        rows.append(0)
        taken = 0
      }
      rows[rows.count - 1] += 1
      taken += length
    }
    return rows
  }
}
