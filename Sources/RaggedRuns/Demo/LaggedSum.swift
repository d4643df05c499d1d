public import RaggedBatching
public import RaggedCore
public import RaggedFormats
import RaggedStore

/// The classic demonstration of sequences of mixed length: is a lagged sum of the features above its mean?
///
/// Five features, uniform in [0, 1); the target of timestep t is 1 where x₀(t) + x₁(t−1) + x₂(t−2) + x₃(t−3) + x₄(t−4)
/// exceeds 2.5, terms before the start left out. The network must remember four timesteps.
public struct LaggedSum: Sendable {
  /// Whether feature 0 is overwritten with the sum, as the experiment was once published: the answer is then in the input
  /// and nothing needs to be remembered.
  public var leaks: Bool
  /// Decides every value.
  public var seed: UInt64

  /// Features per timestep.
  public static let featureCount = 5

  /// The experiment of a seed.
  public init(leaks: Bool = false, seed: UInt64 = 0) {
    self.leaks = leaks
    self.seed = seed
  }

  /// Features `x0 … x4`, classes `low` and `high` a timestep.
  public var signature: SequenceSignature {
    SequenceSignature(
      input: .features((0..<LaggedSum.featureCount).map { "x\($0)" }), target: .classPerTimestep(["low", "high"]))
  }

  /// Sequences of these lengths; `stream` picks one of many independent draws.
  public func batch(lengths: [Int], stream: UInt64 = 0) -> SequenceBatch {
    var random = SeededRandom(seed: seed, stream: stream)
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let count = LaggedSum.featureCount
    var values = (0..<offsets[lengths.count] * count).map { _ in random.uniform() }
    var classes: [Int32] = []
    classes.reserveCapacity(offsets[lengths.count])
    for (first, length) in zip(offsets, lengths) {
      for t in 0..<length {
        var sum: Float = 0
        for lag in 0..<min(count, t + 1) { sum += values[(first + t - lag) * count + lag] }
        classes.append(sum > 2.5 ? 1 : 0)
        if leaks { values[(first + t) * count] = sum }
      }
    }
    return SequenceBatch(
      input: .values(values, featureCount: count), offsets: offsets, targets: .classPerTimestep(classes))
  }

  /// Batches of one length each, drawn for each batch from `lengths`: as the experiment was published.
  /// - Throws: `BatchingError` for less than one step per epoch.
  public func batches(batchSize: Int = 1000, stepsPerEpoch: Int = 30, lengths: ClosedRange<Int> = 10...99) throws
    -> GeneratedBatches
  {
    var hash = StableHash(seed: seed)
    for part in [leaks ? 1 : 0, batchSize, stepsPerEpoch, lengths.lowerBound, lengths.upperBound] {
      hash.add(UInt64(truncatingIfNeeded: part))
    }
    return try GeneratedBatches(signature: signature, stepsPerEpoch: stepsPerEpoch, fingerprint: hash.value) {
      epoch, step in
      let stream = UInt64((epoch - 1) * stepsPerEpoch + step)
      var random = SeededRandom(seed: ~seed, stream: stream)
      let length = lengths.lowerBound + random.below(lengths.count)
      return batch(lengths: Array(repeating: length, count: batchSize), stream: stream)
    }
  }
}

/// The sequences of ``LaggedSum`` as a file would give them, lengths uniform in 10…99.
public struct LaggedSumReader: SequenceReader {
  private let experiment: LaggedSum
  private let sequences: Int
  private var made = 0

  /// The first sequences of an experiment.
  public init(_ experiment: LaggedSum, sequences: Int) {
    self.experiment = experiment
    self.sequences = sequences
  }

  /// Features `x0 … x4`, a class per timestep.
  public func description() -> InputDescription {
    InputDescription(
      input: .features(experiment.signature.input.names), target: .classPerTimestep(declared: ["low", "high"]))
  }

  /// The next sequence; it depends on the seed and its number alone.
  public mutating func next() -> SequenceRecord? {
    guard made < sequences else { return nil }
    defer { made += 1 }
    var random = SeededRandom(seed: ~experiment.seed, stream: UInt64(made))
    let batch = experiment.batch(lengths: [10 + random.below(90)], stream: UInt64(made))
    let names = experiment.signature.target.names
    return SequenceRecord(
      key: "s\(made)", input: .values(batch.input.values, featureCount: LaggedSum.featureCount),
      target: .labels(batch.targets.classes.map { names[Int($0)] }))
  }

  /// Nothing is read.
  public var bytesRead: Int { 0 }
}
