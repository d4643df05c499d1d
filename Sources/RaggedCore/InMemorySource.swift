/// A source over one batch held in memory.
public struct InMemorySource: KeyedSource {
  /// What its sequences look like.
  public let signature: SequenceSignature
  /// The length of each sequence.
  public let lengths: [Int32]
  /// A hash of every value, length and target.
  public let fingerprint: UInt64
  /// All of its sequences.
  package let batch: SequenceBatch
  private let names: [String]?

  /// A source of the sequences of `batch`.
  /// - Throws: ``RaggedCoreError`` where the batch does not have the shape that the signature says.
  public init(_ batch: SequenceBatch, signature: SequenceSignature, keys: [String]? = nil) throws {
    try signature.check(batch)
    if let keys, keys.count != batch.count {
      throw RaggedCoreError(.shapeMismatch, "\(keys.count.counted("key")) for \(batch.count.counted("sequence"))")
    }
    let longest = batch.lengths.max() ?? 0
    guard longest <= Int32.max else {
      throw RaggedCoreError(.outOfRange, "a sequence of \(longest) timesteps, expected at most \(Int32.max)")
    }
    self.batch = batch
    self.signature = signature
    lengths = batch.lengths.map(Int32.init)
    names = keys
    fingerprint = batch.contentHash
  }

  /// Parts of the batch's sequences. O(timesteps gathered).
  /// - Throws: ``RaggedCoreError`` for timesteps that are not there.
  public func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    try check(slices)
    var result = batch.selecting(slices)
    result.ids = slices.map(\.position)
    return result
  }

  /// The keys given at the start, or the positions.
  /// - Throws: ``RaggedCoreError`` for a position outside the source.
  public func externalKeys(_ positions: [Int]) throws -> [String] {
    try positions.map { position in
      guard lengths.indices.contains(position) else { throw RaggedCoreError.noPosition(position, of: count) }
      return names?[position] ?? String(position)
    }
  }
}
