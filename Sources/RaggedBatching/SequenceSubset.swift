public import RaggedCore

/// Some sequences of another source, as a source of their own.
///
/// A range of the base takes 4 bytes per sequence, any other part 8, and the whole base none.
public typealias SequenceSubset<Base: SequenceSource> = MappedSource<Base, Subset>

/// Which sequences of a source a ``SequenceSubset`` has.
public struct Subset: SequenceMap {
  private enum Places {
    case range(Range<Int>)
    case list([Int32])
  }

  private let places: Places

  init(_ positions: some Collection<Int>) {
    let first = positions.first ?? 0
    let isRange = positions.enumerated().allSatisfy { $1 == first + $0 }
    places = isRange ? .range(first..<first + positions.count) : .list(positions.map { Int32($0) })
  }

  private var count: Int {
    switch places {
    case .range(let range): range.count
    case .list(let positions): positions.count
    }
  }

  var byteCount: Int {
    if case .list(let positions) = places { 4 * positions.count } else { 0 }
  }

  func isWhole(of count: Int) -> Bool {
    if case .range(0..<count) = places { true } else { false }
  }

  /// The start of the sequence in the base.
  public func place(_ position: Int) -> (position: Int, start: Int) {
    switch places {
    case .range(let range): (range.lowerBound + position, 0)
    case .list(let positions): (Int(positions[position]), 0)
    }
  }

  /// The key as it is: a part renames no sequence.
  public func key(_ key: String, _ slice: SequenceSlice) -> String { key }

  /// A hash of the base's fingerprint and the positions. O(sequences).
  public func fingerprint(_ base: UInt64) -> UInt64 {
    var hash = StableHash(seed: base)
    for index in 0..<count { hash.add(UInt64(place(index).position)) }
    return hash.value
  }

  /// The batch as it is: a part changes no value.
  public func transform(_ batch: SequenceBatch) -> SequenceBatch { batch }
}

extension MappedSource where Map == Subset {
  /// The sequences of `base` at these positions, in this order.
  /// - Throws: ``BatchingError`` for a position outside the base.
  public init(_ base: Base, positions: some Collection<Int>) throws {
    let lengths = base.lengths
    if let wrong = positions.first(where: { !lengths.indices.contains($0) }) {
      throw BatchingError(.outOfRange, "position \(wrong) in a source of \(lengths.count.counted("sequence"))")
    }
    let subset = Subset(positions)
    self.init(base, subset, lengths: subset.isWhole(of: lengths.count) ? nil : positions.map { lengths[$0] })
  }

  /// Bytes that the part holds besides its base, a sequence's length and position together.
  package var byteCount: Int {
    let shares = lengths.withUnsafeBufferPointer { part in
      base.lengths.withUnsafeBufferPointer { $0.baseAddress == part.baseAddress }
    }
    return (shares ? 0 : 4 * lengths.count) + map.byteCount
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
  public func splitPositions(validationFraction: Double, seed: UInt64) throws -> (training: [Int], validation: [Int]) {
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
