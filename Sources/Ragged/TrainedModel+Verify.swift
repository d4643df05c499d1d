import RaggedBatching
import RaggedCore
import RaggedTraining

extension TrainedModel {
  /// Proves on some sequences of a source that neither padding nor batching changes what the model computes.
  ///
  /// All sequences together in one batch without padding are compared with: the same batch padded left, right, with
  /// masked timesteps between the real ones, and packed in rows, all with NaN where nothing is real; each sequence alone;
  /// several batch sizes and buckets; one thread; and other kernels. Whatever leaves a batch's sequences as they are
  /// gives the same bits. Other batches give the same bits of outputs, and sums in another order: within 1e-5 of the
  /// largest number, 1e-4 for other kernels. Dropout is off. The plan that the model was trained with is checked to take
  /// every sequence once, on one rank and on three.
  /// - Parameters:
  ///   - source: data that ``source(_:needsTargets:)`` has brought to the model, with targets.
  ///   - sequences: how many to take, the shortest and the longest among them.
  ///   - seed: decides which.
  /// - Returns: nil where it was interrupted.
  /// - Throws: what the source and the model throw; a broken promise is in the result.
  public func verify(
    _ source: some SequenceSource, sequences: Int = 64, seed: UInt64 = 0, threads: Int? = nil,
    isInterrupted: () -> Bool = { false }
  ) throws -> Verification? {
    try verify(source, sequences: sequences, seed: seed, threads: threads, isInterrupted: isInterrupted) { $0 }
  }

  /// The same with padded batches changed before they are computed, to see that a leak is found.
  func verify(
    _ source: some SequenceSource, sequences: Int, seed: UInt64, threads: Int? = nil,
    isInterrupted: () -> Bool = { false }, changing change: @escaping (PaddedBatch) throws -> PaddedBatch
  ) throws -> Verification? {
    let positions = Self.sample(source.lengths, sequences, seed: seed)
    var sample = try source.gather(positions)
    sample.ids = Array(0..<sample.count)
    var checks: [Verification.Check] = []
    for layout in try layouts(of: sample, threads: threads, change) {
      if isInterrupted() { return nil }
      checks.append(try layout())
    }
    return Verification(
      sequences: sample.count, timesteps: sample.timesteps, checks: checks, coverage: try coverage(source.lengths))
  }

  private func trainer(threads: Int?, kernels: String? = nil) throws -> Trainer {
    try Trainer(
      model: trainer.model, loss: trainer.loss, reduction: .sum, normalization: trainer.normalization,
      threads: threads, kernels: kernels ?? trainer.kernels)
  }

  /// The layouts to compare, each as a computation to run.
  private func layouts(
    of sample: SequenceBatch, threads: Int?, _ change: @escaping (PaddedBatch) throws -> PaddedBatch
  ) throws -> [() throws -> Verification.Check] {
    let trainer = try trainer(threads: threads)
    var plain = VerificationRun(sequences: sample.count)
    try plain.add(sample, trainer)
    func run(_ add: (inout VerificationRun) throws -> Void) throws -> VerificationRun {
      var result = VerificationRun(sequences: sample.count)
      try add(&result)
      return result
    }
    func padded(_ name: String, _ make: @escaping () throws -> PaddedBatch) -> () throws -> Verification.Check {
      {
        try run { try $0.add(change(make().withNothingReal()), trainer) }
          .check(name, against: plain, outputs: .sameBits, sums: .sameBits)
      }
    }
    func batches(_ name: String, _ groups: [[Int]]) -> () throws -> Verification.Check {
      {
        try run { result in for rows in groups { try result.add(sample.selecting(rows), trainer) } }
          .check(name, against: plain, outputs: .sameBits, sums: .within(1e-5))
      }
    }
    let longest = sample.lengths.max() ?? 0
    var all = [
      padded("padded right") { try sample.padded() },
      padded("padded right to \(longest + 13)") { try sample.padded(PaddingOptions(fixedLength: longest + 13)) },
      padded("padded left") { try sample.padded(PaddingOptions(side: .pre)) },
      padded("masked steps between") { try sample.withHoles() },
      {
        let packed = try sample.packed(sequencesPerRow: Self.rows(sample.lengths, upTo: longest))
        return try run { try $0.add(packed.unpacked(), trainer) }
          .check("packed in \(packed.rowCount) rows", against: plain, outputs: .sameBits, sums: .sameBits)
      },
      {
        let single = try self.trainer(threads: 1)
        return try run { try $0.add(sample, single) }
          .check("one thread", against: plain, outputs: .sameBits, sums: .sameBits)
      },
      batches("each alone", (0..<sample.count).map { [$0] }),
      batches("last one first", [(0..<sample.count).reversed()]),
    ]
    for size in [3, 16] {
      all.append(
        batches(
          "batches of \(size)",
          stride(from: 0, to: sample.count, by: size).map { Array($0..<min($0 + size, sample.count)) }))
    }
    let policy = BatchPolicy(grouping: .buckets(4), batchSize: 8)
    let plan = BatchPlan(lengths: sample.lengths.map(Int32.init), policy: policy, epoch: 0)
    all.append(batches("buckets:4, batches of 8", plan.map(\.positions)))
    for kernels in availableKernels where kernels != trainer.kernels {
      all.append {
        let other = try self.trainer(threads: threads, kernels: kernels)
        return try run { try $0.add(sample, other) }
          .check("kernels \(kernels)", against: plain, outputs: .within(1e-4), sums: .within(1e-4))
      }
    }
    return all
  }

  /// Some positions: the shortest, the longest and others at random, in order.
  private static func sample(_ lengths: [Int32], _ count: Int, seed: UInt64) -> [Int] {
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

extension PaddedBatch {
  /// The batch with NaN wherever the mask is false; tokens stay.
  fileprivate func withNothingReal() -> PaddedBatch {
    guard case .values(var values, let featureCount) = input else { return self }
    for (cell, isReal) in mask.enumerated() where !isReal {
      for j in 0..<featureCount { values[cell * featureCount + j] = .nan }
    }
    var result = self
    result.input = .values(values, featureCount: featureCount)
    return result
  }
}

extension SequenceBatch {
  /// Every timestep of a sequence behind a masked one: `[B, 2 · longest]`.
  fileprivate func withHoles() throws -> PaddedBatch {
    let padded = try padded()
    let (rows, length) = (padded.count, padded.paddedLength)
    // Cell 2t + 1 is timestep t.
    func spread<Element>(_ values: [Element], width: Int, _ blank: Element) -> [Element] {
      var result = [Element](repeating: blank, count: rows * 2 * length * width)
      for cell in 0..<rows * length {
        for j in 0..<width { result[(2 * cell + 1) * width + j] = values[cell * width + j] }
      }
      return result
    }
    let input: BatchInput =
      switch padded.input {
      case .values(let values, let count): .values(spread(values, width: count, 0), featureCount: count)
      case .tokens(let tokens): .tokens(spread(tokens, width: 1, 0))
      }
    let targets: BatchTargets =
      switch padded.targets {
      case .classPerTimestep(let classes): .classPerTimestep(spread(classes, width: 1, 0))
      case .valuesPerTimestep(let values, let width):
        .valuesPerTimestep(spread(values, width: width, 0), width: width)
      case .none, .classPerSequence, .valuesPerSequence: padded.targets
      }
    return try PaddedBatch(
      count: rows, paddedLength: 2 * length, input: input, mask: spread(padded.mask, width: 1, false),
      targets: targets, weights: padded.weights, ids: padded.ids)
  }
}
