import RaggedCore
public import RaggedFormats
import RaggedStore

/// The sequences of ``LaggedSum`` as a file would give them, lengths uniform in 10…99.
public struct LaggedSumReader: SequenceReader {
  private let experiment: LaggedSum
  private let sequences: Int
  private var made = 0

  /// So many sequences of an experiment.
  public init(_ experiment: LaggedSum, sequences: Int) {
    self.experiment = experiment
    self.sequences = sequences
  }

  /// Features `x0 … x4`, a class a timestep.
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
