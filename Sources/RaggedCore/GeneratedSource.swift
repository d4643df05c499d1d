/// A source whose sequences are made when they are asked for: sequence `i` is a pure function of `i`.
///
/// For data without an end, where each batch is made as it is needed, see `GeneratedBatches` in RaggedBatching.
public struct GeneratedSource: SequenceSource {
  /// What its sequences look like.
  public let signature: SequenceSignature
  /// The length of each sequence.
  public let lengths: [Int32]
  /// The number given at the start.
  public let fingerprint: UInt64
  private let make: @Sendable (Int) throws -> SequenceBatch

  /// A source of `lengths.count` sequences.
  /// - Parameters:
  ///   - signature: the shape of every sequence.
  ///   - lengths: the length of the sequence at each position.
  ///   - fingerprint: changes when the function does; a seed serves.
  ///   - make: the sequence at a position, as a batch of one, with the length promised.
  public init(
    signature: SequenceSignature, lengths: [Int32], fingerprint: UInt64,
    make: @escaping @Sendable (Int) throws -> SequenceBatch
  ) {
    self.signature = signature
    self.lengths = lengths
    self.fingerprint = fingerprint
    self.make = make
  }

  /// Makes the sequences and cuts the slices from them. A sequence is made as often as it is asked for.
  /// - Throws: what `make` throws, and ``RaggedCoreError`` where it breaks its promise or timesteps do not exist.
  public func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    try check(slices)
    let parts = try slices.map { slice in
      let part = try make(slice.position)
      do {
        try signature.check(part)
      } catch let error as RaggedCoreError {
        throw error.at("the generator's sequence at position \(slice.position)")
      }
      let length = Int(lengths[slice.position])
      guard part.count == 1, part.length(0) == length else {
        throw RaggedCoreError(
          .shapeMismatch,
          "the generator made \(part.count.counted("sequence")) of \(part.lengths) timesteps at position "
            + "\(slice.position), expected one of \(length)")
      }
      guard slice.count < length else { return part }
      return part.selecting([SequenceSlice(position: 0, start: slice.start, count: slice.count)])
    }
    var result = SequenceBatch.concatenating(parts, like: signature)
    result.ids = slices.map(\.position)
    return result
  }
}
