import RaggedCore

/// Some sequences of another source, as a source of their own: no data is copied.
public struct SequenceSubset<Base: SequenceSource>: SequenceSource {
  /// The source of which this is a part.
  public let base: Base
  /// The position in the base of each sequence of the part.
  public let basePositions: [Int]
  /// The length of each sequence of the part.
  public let lengths: [Int32]

  /// The sequences of `base` at these positions, in this order.
  /// - Throws: ``BatchingError`` for a position outside the base.
  public init(_ base: Base, positions: [Int]) throws {
    let lengths = base.lengths
    if let wrong = positions.first(where: { !lengths.indices.contains($0) }) {
      throw BatchingError(.outOfRange, "position \(wrong) in a source of \(lengths.count) sequences")
    }
    self.base = base
    basePositions = positions
    self.lengths = positions.map { lengths[$0] }
  }

  /// The base's signature.
  public var signature: SequenceSignature { base.signature }

  /// A hash of the base's fingerprint and the positions.
  public var fingerprint: UInt64 {
    var hash = StableHash(seed: base.fingerprint)
    for position in basePositions { hash.add(UInt64(position)) }
    return hash.value
  }

  /// The sequences at these positions of the part; `ids` are positions of the part too.
  /// - Throws: ``BatchingError`` for a position outside the part, and what the base throws.
  public func gather(_ positions: [Int]) throws -> SequenceBatch {
    var batch = try base.gather(inBase(positions))
    batch.ids = positions
    return batch
  }

  /// The base's keys of these sequences.
  /// - Throws: ``BatchingError`` for a position outside the part, and what the base throws.
  public func keys(_ positions: [Int]) throws -> [String] { try base.keys(inBase(positions)) }

  private func inBase(_ positions: [Int]) throws -> [Int] {
    try positions.map { position in
      guard basePositions.indices.contains(position) else {
        throw BatchingError(.outOfRange, "position \(position) in a part of \(basePositions.count) sequences")
      }
      return basePositions[position]
    }
  }
}

extension SequenceSource {
  /// The sequences at these positions as a source of their own.
  /// - Throws: ``BatchingError`` for a position outside the source.
  public func subset(_ positions: [Int]) throws -> SequenceSubset<Self> {
    try SequenceSubset(self, positions: positions)
  }

  /// Divides the source at random: a share of the sequences to validate with, the rest to train on, both in source
  /// order. The same seed gives the same parts.
  ///
  /// The validation part has `validationFraction` of the sequences to the nearest one, and neither part is empty
  /// where there are two sequences or more and the fraction is above 0.
  /// - Throws: ``BatchingError`` for a fraction outside `0 ..< 1`.
  public func split(
    validationFraction: Double, seed: UInt64
  ) throws -> (training: SequenceSubset<Self>, validation: SequenceSubset<Self>) {
    guard validationFraction >= 0, validationFraction < 1 else {
      throw BatchingError(
        .invalidPolicy, "the validation share is \(validationFraction), expected at least 0 and less than 1")
    }
    var order = Array(0..<count)
    var random = SeededRandom(seed: seed, stream: StableHash.of("validation split"))
    random.shuffle(&order)
    let nearest = Int((Double(order.count) * validationFraction).rounded())
    let isDivided = validationFraction > 0 && order.count > 1
    let taken = isDivided ? min(max(nearest, 1), order.count - 1) : 0
    return (try subset(order[taken...].sorted()), try subset(order[..<taken].sorted()))
  }
}
