import RaggedCore

/// Some sequences of another source, as a source of their own: no data is copied.
///
/// A range of the base takes 4 bytes a sequence, any other part 8, and the whole base none.
public struct SequenceSubset<Base: SequenceSource>: SequenceSource {
  /// The source of which this is a part.
  public let base: Base
  /// The length of each sequence of the part.
  public let lengths: [Int32]
  private let places: Places

  /// Bytes that the part holds besides its base, a sequence's length and position together.
  var byteCount: Int {
    let shares = lengths.withUnsafeBufferPointer { part in
      base.lengths.withUnsafeBufferPointer { $0.baseAddress == part.baseAddress }
    }
    let own = shares ? 0 : 4 * lengths.count
    if case .list(let positions) = places { return own + 4 * positions.count }
    return own
  }

  /// Positions in the base.
  private enum Places {
    case range(Range<Int>)
    case list([Int32])

    subscript(index: Int) -> Int {
      switch self {
      case .range(let range): range.lowerBound + index
      case .list(let positions): Int(positions[index])
      }
    }
  }

  /// The sequences of `base` at these positions, in this order.
  /// - Throws: ``BatchingError`` for a position outside the base.
  public init(_ base: Base, positions: some Collection<Int>) throws {
    let lengths = base.lengths
    if let wrong = positions.first(where: { !lengths.indices.contains($0) }) {
      throw BatchingError(.outOfRange, "position \(wrong) in a source of \(lengths.count.counted("sequence"))")
    }
    let first = positions.first ?? 0
    let isRange = positions.enumerated().allSatisfy { $1 == first + $0 }
    self.base = base
    places = isRange ? .range(first..<first + positions.count) : .list(positions.map { Int32($0) })
    let isWhole = isRange && positions.count == lengths.count
    self.lengths = isWhole ? lengths : positions.map { lengths[$0] }
  }

  /// The position in the base of each sequence of the part. O(sequences).
  public var basePositions: [Int] { lengths.indices.map { places[$0] } }

  /// The base's signature.
  public var signature: SequenceSignature { base.signature }

  /// A hash of the base's fingerprint and the positions. O(sequences).
  public var fingerprint: UInt64 {
    var hash = StableHash(seed: base.fingerprint)
    for index in lengths.indices { hash.add(UInt64(places[index])) }
    return hash.value
  }

  /// The sequences at these positions of the part; `ids` are positions of the part too.
  /// - Throws: ``BatchingError`` for a position outside the part, and what the base throws.
  public func gather(_ positions: [Int]) throws -> SequenceBatch {
    var batch = try base.gather(inBase(positions))
    batch.ids = positions
    return batch
  }

  /// Parts of sequences of the part; `ids` are positions of the part.
  /// - Throws: ``BatchingError`` for a position outside the part, and what the base throws.
  public func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    var moved = slices
    for index in moved.indices { moved[index].position = try inBase(slices[index].position) }
    var batch = try base.gather(slices: moved)
    batch.ids = slices.map(\.position)
    return batch
  }

  /// The sequences at these positions of the part, padded; `ids` are positions of the part too.
  /// - Throws: ``BatchingError`` for a position outside the part, and what the base throws.
  public func gatherPadded(_ positions: [Int], _ options: PaddingOptions) throws -> PaddedBatch {
    var batch = try base.gatherPadded(inBase(positions), options)
    batch.ids = positions
    return batch
  }

  /// The base's keys of these sequences.
  /// - Throws: ``BatchingError`` for a position outside the part, and what the base throws.
  public func keys(_ positions: [Int]) throws -> [String] { try base.keys(inBase(positions)) }

  /// Hands the base the hint.
  public func prepare(_ positions: [Int]) { base.prepare(positions.compactMap { try? inBase($0) }) }

  private func inBase(_ positions: [Int]) throws -> [Int] { try positions.map(inBase) }

  private func inBase(_ position: Int) throws -> Int {
    guard lengths.indices.contains(position) else {
      throw BatchingError(.outOfRange, "position \(position) in a part of \(lengths.count.counted("sequence"))")
    }
    return places[position]
  }
}

extension SequenceSource {
  /// The sequences at these positions as a source of their own.
  /// - Throws: ``BatchingError`` for a position outside the source.
  public func subset(_ positions: some Collection<Int>) throws -> SequenceSubset<Self> {
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
    let parts = try splitPositions(validationFraction: validationFraction, seed: seed)
    return (try subset(parts.training), try subset(parts.validation))
  }

  /// The positions of the parts that ``split(validationFraction:seed:)`` divides the source into, rising.
  /// - Throws: ``BatchingError`` for a fraction outside `0 ..< 1`.
  public func splitPositions(
    validationFraction: Double, seed: UInt64
  ) throws -> (training: [Int], validation: [Int]) {
    guard validationFraction >= 0, validationFraction < 1 else {
      throw BatchingError(
        .invalidPolicy, "the validation share is \(validationFraction), expected at least 0 and less than 1")
    }
    var order = (0..<count).map { Int32($0) }
    var random = SeededRandom(seed: seed, stream: StableHash.of("validation split"))
    random.shuffle(&order)
    let nearest = Int((Double(order.count) * validationFraction).rounded())
    let isDivided = validationFraction > 0 && order.count > 1
    let taken = isDivided ? min(max(nearest, 1), order.count - 1) : 0
    return (order[taken...].sorted().map(Int.init), order[..<taken].sorted().map(Int.init))
  }
}
