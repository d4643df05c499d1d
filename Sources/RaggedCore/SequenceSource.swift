/// Sequences that can be fetched in any order: a store, an array in memory, or a function that makes them.
///
/// A position is `0 ..< lengths.count`. Batches are planned on `lengths` alone; ``gather(_:)`` is the only access to
/// data, and the only one that can fail.
public protocol SequenceSource: Sendable {
  /// What its sequences look like.
  var signature: SequenceSignature { get }
  /// The length of the sequence at each position, in timesteps.
  var lengths: [Int32] { get }
  /// A number that changes when the data does: batch orders and resumed runs depend on it.
  var fingerprint: UInt64 { get }
  /// The sequences at these positions, in this order, with `ids` equal to `positions`.
  /// - Throws: where the data cannot be read.
  func gather(_ positions: [Int]) throws -> SequenceBatch
  /// The external key of each of these sequences.
  /// - Throws: where the data cannot be read.
  func keys(_ positions: [Int]) throws -> [String]
}

extension SequenceSource {
  /// Sequences in the source.
  public var count: Int { lengths.count }

  /// Positions as keys, for sources whose sequences have no names.
  public func keys(_ positions: [Int]) throws -> [String] { positions.map(String.init) }
}
