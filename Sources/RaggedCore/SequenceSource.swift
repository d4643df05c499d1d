/// Sequences that can be fetched in any order: a store, an array in memory, or a function that makes them.
///
/// A position is `0 ..< lengths.count`. Batches are planned on `lengths` alone; ``gather(slices:)`` is the only access
/// to data, and the only one that can fail. A source that is a view of another one is a ``MappedSource``.
public protocol SequenceSource: Sendable {
  /// The input and the target of every sequence.
  var signature: SequenceSignature { get }
  /// The length of the sequence at each position, in timesteps.
  var lengths: [Int32] { get }
  /// A number that changes when the data does: batch orders and resumed runs depend on it.
  var fingerprint: UInt64 { get }
  /// Parts of sequences, in this order, each with its timesteps' targets or its sequence's, and with `ids` equal to the
  /// sequences' positions.
  /// - Throws: where the data cannot be read, and ``RaggedCoreError`` for timesteps that are not there, see
  ///   ``check(_:)``.
  func gather(slices: [SequenceSlice]) throws -> SequenceBatch
}

/// A source whose sequences have names of their own.
public protocol KeyedSource: SequenceSource {
  /// The external key of each of these sequences: what ``SequenceSource/keys(_:)`` returns.
  /// - Throws: where the data cannot be read, and for positions outside the source.
  func externalKeys(_ positions: [Int]) throws -> [String]
}

/// A source that gathers faster what it was told of beforehand, such as one that reads from a disk.
public protocol ReadAheadSource: SequenceSource {
  /// Begins to read these sequences, and returns at once. Positions outside the source are passed over.
  func readAhead(_ positions: [Int])
}

extension SequenceSource {
  /// The number of sequences.
  public var count: Int { lengths.count }

  /// The whole sequences at these positions, in this order, with `ids` equal to `positions`.
  /// - Throws: as ``gather(slices:)``.
  public func gather(_ positions: [Int]) throws -> SequenceBatch {
    let lengths = self.lengths
    return try gather(
      slices: positions.map { position in
        guard lengths.indices.contains(position) else { throw RaggedCoreError.noPosition(position, of: lengths.count) }
        return SequenceSlice(position: position, start: 0, count: Int(lengths[position]))
      })
  }

  /// The external key of each of these sequences; the position where the source is no ``KeyedSource``.
  /// - Throws: where the data cannot be read.
  public func keys(_ positions: [Int]) throws -> [String] {
    try (self as? any KeyedSource)?.externalKeys(positions) ?? positions.map(String.init)
  }

  /// Announces that the sequences at these positions will be gathered soon; a ``ReadAheadSource`` begins to read them.
  public func prepare(_ positions: [Int]) { (self as? any ReadAheadSource)?.readAhead(positions) }

  /// Checks that every slice lies within its sequence. O(slices).
  /// - Throws: ``RaggedCoreError`` that names both.
  public func check(_ slices: [SequenceSlice]) throws {
    let lengths = self.lengths
    for slice in slices {
      guard lengths.indices.contains(slice.position) else {
        throw RaggedCoreError.noPosition(slice.position, of: lengths.count)
      }
      let length = Int(lengths[slice.position])
      guard slice.start >= 0, slice.count >= 0, slice.start <= length, slice.count <= length - slice.start else {
        throw RaggedCoreError(
          .outOfRange,
          "\(slice.count.counted("timestep")) from \(slice.start) of the sequence at position \(slice.position), "
            + "which has \(length)")
      }
    }
  }
}

/// Consecutive timesteps of one sequence of a source.
public struct SequenceSlice: Sendable, Hashable {
  /// The position of the sequence.
  public var position: Int
  /// The first timestep of the slice.
  public var start: Int
  /// The number of timesteps; 0 is legal.
  public var count: Int

  /// `count` timesteps of a sequence, from `start` on.
  public init(position: Int, start: Int, count: Int) {
    self.position = position
    self.start = start
    self.count = count
  }
}

extension RaggedCoreError {
  package static func noPosition(_ position: Int, of count: Int) -> RaggedCoreError {
    RaggedCoreError(.outOfRange, "position \(position) in a source of \(count.counted("sequence"))")
  }
}
