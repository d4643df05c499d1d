import RaggedBatching
import RaggedCore
import RaggedTraining

/// The layouts in which the same sequences are computed, and what each promises against the plain batch.
struct VerificationLayouts {
  /// What two sums of the same terms in another order may differ by, and two kinds of kernels, on data that does not
  /// magnify rounding.
  private static let (sums, kernels) = (1e-5, 1e-4)

  /// Rounding is drawn this many times, and what it did at most may be exceeded this many times over: the largest of a few
  /// thousand differences is compared with the largest of as many others.
  private static let (draws, yardstick) = (2, 4.0)

  private let sample: SequenceBatch
  private let trainer: Trainer
  private let makeTrainer: (_ model: Sequential?, _ threads: Int?, _ kernels: String?) throws -> Trainer
  private let monitor: ProgressMonitor
  private let plain: VerificationRun
  private let alone: VerificationRun
  /// What rounding alone does to the gradients of each sequence alone.
  private let rounding: Double

  /// Computes what all layouts are compared with.
  /// - Parameters:
  ///   - monitor: asked before every batch, told of every layout.
  /// - Throws: `Cancelled`; what the trainer throws.
  init(
    _ sample: SequenceBatch, monitor: ProgressMonitor,
    makeTrainer: @escaping (_ model: Sequential?, _ threads: Int?, _ kernels: String?) throws -> Trainer
  ) throws {
    self.sample = sample
    self.monitor = monitor
    self.makeTrainer = makeTrainer
    trainer = try makeTrainer(nil, nil, nil)
    plain = try Self.run([sample], trainer, monitor)
    alone = try Self.run((0..<sample.count).map { sample.selecting([$0]) }, trainer, monitor)
    var rounding = 0.0
    for draw in 0..<Self.draws where alone.isFinite {
      var random = SeededRandom(seed: UInt64(draw), stream: StableHash.of("rounding"))
      let other = try makeTrainer(trainer.model.rounded(&random), nil, nil)
      let moved = sample.rounded(&random, masking: trainer.model.maskValue)
      let run = try Self.run((0..<sample.count).map { moved.selecting([$0]) }, other, monitor)
      let difference = run.gradientDifference(from: alone, sizes: alone.gradientSizes)
      if difference.largest.isFinite { rounding = max(rounding, difference.largest) }
    }
    self.rounding = rounding
  }

  /// What sums may differ by: a fixed part of their size, or what rounding does to them on this data where that is more.
  private func promise(_ limit: Double) -> Verification.Promise { .within(max(limit, Self.yardstick * rounding)) }

  /// The first sequence with an output that is no number, or the place of one whose loss or gradients are none.
  var firstWithoutNumbers: Int? {
    if let wrong = plain.outputs.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) { return wrong }
    guard !alone.isFinite else { return nil }
    return (0..<sample.count).first { place in
      var single = sample.selecting([place])
      // The run that looks at it has a place for one sequence.
      single.ids = [0]
      return (try? Self.run([single], trainer, .none).isFinite) != true
    }
  }

  /// - Parameters:
  ///   - blanks: what stands wherever nothing is real.
  ///   - change: changes padded batches before they are computed, to see that a leak is found.
  /// - Throws: as the initialiser.
  func checks(_ blanks: Blanks, changing change: (PaddedBatch) throws -> PaddedBatch) throws -> [Verification.Check] {
    let total = 11 + availableKernels.count { $0 != trainer.kernels }
    var done = 0
    func check(
      _ name: String, _ run: VerificationRun, outputs: Verification.Promise, sums: Verification.Promise
    ) -> Verification.Check {
      done += 1
      monitor.report(WorkProgress(.verifying, done, of: max(done, total), .layouts))
      return run.check(name, against: plain, gradientSizes: alone.gradientSizes, outputs: outputs, sums: sums)
    }
    let longest = sample.lengths.max() ?? 0
    func padded(_ name: String, _ batch: PaddedBatch) throws -> Verification.Check {
      var run = VerificationRun(sequences: sample.count)
      try monitor.check()
      try run.add(change(batch.filled(with: blanks)), trainer)
      return check(name, run, outputs: .sameBits, sums: .sameBits)
    }
    func batches(_ name: String, _ groups: [[Int]]) throws -> Verification.Check {
      let run = try Self.run(groups.lazy.map { sample.selecting($0) }, trainer, monitor)
      return check(name, run, outputs: .sameBits, sums: promise(Self.sums))
    }
    func cut(_ size: Int) -> [[Int]] {
      stride(from: 0, to: sample.count, by: size).map { Array($0..<min($0 + size, sample.count)) }
    }
    let policy = BatchPolicy(grouping: .buckets(4), batchSize: 8)
    let plan = BatchPlan(lengths: sample.lengths.map(Int32.init), policy: policy, epoch: 1)
    let marked = sample.withMarkedMissing
    let packed = try sample.packed(sequencesPerRow: Self.rows(sample.lengths, upTo: longest)).filled(with: blanks)
    return try [
      padded("padded right", sample.padded()),
      padded("padded right to \(longest + 13)", sample.padded(PaddingOptions(fixedLength: longest + 13))),
      padded("padded left", sample.padded(PaddingOptions(side: .pre))),
      padded("masked steps between", sample.withHoles()),
      check(
        "packed in \(packed.rowCount.counted("row"))", Self.run([packed.unpacked()], trainer, monitor),
        outputs: .sameBits, sums: .sameBits),
      check("one thread", Self.run([sample], makeTrainer(nil, 1, nil), monitor), outputs: .sameBits, sums: .sameBits),
      check("each alone", alone, outputs: .sameBits, sums: promise(Self.sums)),
      batches("last one first", [(0..<sample.count).reversed()]),
      batches("batches of 3", cut(3)),
      batches("batches of 16", cut(16)),
      batches("buckets:4, batches of 8", plan.map(\.positions)),
    ]
      + [marked].compactMap(\.self).map { marked in
        try check(
          "missing cells hold NaN", Self.run([marked], trainer, monitor), outputs: .sameBits, sums: .sameBits)
      }
      + availableKernels.filter { $0 != trainer.kernels }.map { kernels in
        try check(
          "kernels \(kernels)", Self.run([sample], makeTrainer(nil, nil, kernels), monitor),
          outputs: .within(Self.kernels), sums: promise(Self.kernels))
      }
  }

  private static func run(
    _ batches: some Sequence<SequenceBatch>, _ trainer: Trainer, _ monitor: ProgressMonitor
  ) throws -> VerificationRun {
    let batches = Array(batches)
    var result = VerificationRun(sequences: batches.reduce(0) { $0 + $1.count })
    for batch in batches {
      try monitor.check()
      try result.add(batch, trainer)
    }
    return result
  }

  /// How many sequences, one after the other, go into each row of this number of timesteps.
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

extension SequenceBatch {
  /// With every number of its input moved to one of its two neighbours, or left, at random.
  fileprivate func rounded(_ random: inout SeededRandom, masking mark: Float?) -> SequenceBatch {
    func move(_ values: inout [Float]) {
      for index in values.indices where values[index] != mark {
        let moved = values[index].rounded(&random)
        if moved != mark { values[index] = moved }
      }
    }
    var result = self
    move(&result.input.values)
    move(&result.statics.values)
    return result
  }
}

extension Sequential {
  /// With every weight moved to one of its two neighbours, or left, at random.
  fileprivate func rounded(_ random: inout SeededRandom) throws -> Sequential {
    var tensors = weights
    for number in tensors.indices {
      for element in tensors[number].values.indices {
        tensors[number].values[element] = tensors[number].values[element].rounded(&random)
      }
    }
    var result = self
    try result.setWeights(tensors)
    return result
  }
}

extension Float {
  /// One of its two neighbours, or itself, at random.
  fileprivate func rounded(_ random: inout SeededRandom) -> Float {
    switch random.below(3) {
    case 0: self
    case 1: nextUp
    default: nextDown
    }
  }
}
