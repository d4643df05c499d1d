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
  /// Parts of sequences, in this order, each with its timesteps' targets or its sequence's, and with `ids` equal to the
  /// sequences' positions. By default whole sequences are gathered and then cut.
  /// - Throws: where the data cannot be read, and ``RaggedCoreError`` for timesteps that are not there.
  func gather(slices: [SequenceSlice]) throws -> SequenceBatch
  /// The sequences at these positions padded to one length, with their mask: what ``gather(_:)`` and
  /// ``SequenceBatch/padded(_:)`` give, which is also the default. A source may spare a copy.
  /// - Throws: as they do.
  func gatherPadded(_ positions: [Int], _ options: PaddingOptions) throws -> PaddedBatch
  /// Says that the sequences at these positions will be asked for soon, and returns at once. A source that reads from a
  /// disk may begin to; by default nothing happens. Positions outside the source are passed over.
  func prepare(_ positions: [Int])
  /// The external key of each of these sequences.
  /// - Throws: where the data cannot be read.
  func keys(_ positions: [Int]) throws -> [String]
}

extension SequenceSource {
  /// Sequences in the source.
  public var count: Int { lengths.count }

  /// Gathers, then pads.
  public func gatherPadded(_ positions: [Int], _ options: PaddingOptions = PaddingOptions()) throws -> PaddedBatch {
    try gather(positions).padded(options)
  }

  /// Nothing: all sequences are at hand.
  public func prepare(_ positions: [Int]) {}

  /// Positions as keys, for sources whose sequences have no names.
  public func keys(_ positions: [Int]) throws -> [String] { positions.map(String.init) }
}
