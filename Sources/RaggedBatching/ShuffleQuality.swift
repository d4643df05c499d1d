import RaggedCore

/// How far the order of a plan is from a uniformly random one.
///
/// Sorting by length saves padding and costs randomness: neighbouring batches become alike, sequences stay near where
/// they were, and batches hold other lengths and classes than the whole. Each figure says by how much.
public struct ShuffleQuality: Sendable, Equatable, Codable {
  /// The correlation of the mean lengths of batches that follow each other, −1…1: near 0 in random order, 1 where
  /// batches come sorted. nil for fewer than four batches, since two pairs always correlate, and for equal means.
  public var adjacentCorrelation: Double?
  /// The mean distance of a sequence's place in the epoch from its place in the source, as a share of what a uniform
  /// permutation of n gives on average, (n² − 1) / 3n: 0 in source order, near 1 in random order. Where sequences are
  /// left out, a uniform choice is meant too. nil for fewer than two sequences.
  public var displacement: Double?
  /// How unequally lengths are spread over batches, in ten groups of like size as far as ties allow: see
  /// ``classImbalance``. A group ends with the length at which the sequences so far pass another tenth.
  public var lengthImbalance: Double?
  /// How unequally classes are spread over batches: Pearson's χ² of the table of batches by classes, over its mean when
  /// sequences are dealt at random, `(batches − 1) · (classes − 1) · n / (n − 1)`. 1 in random order, less where batches
  /// are more alike than chance makes them, more where they differ. nil for one batch or one class, and without classes.
  public var classImbalance: Double?

  /// Figures.
  public init(
    adjacentCorrelation: Double?, displacement: Double?, lengthImbalance: Double?, classImbalance: Double?
  ) {
    self.adjacentCorrelation = adjacentCorrelation
    self.displacement = displacement
    self.lengthImbalance = lengthImbalance
    self.classImbalance = classImbalance
  }
}
