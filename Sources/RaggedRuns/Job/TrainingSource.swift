import RaggedBatching
import RaggedCore
import RaggedStore
import RaggedTraining

/// Sequences of a store as they are trained on and batched: whole, or cut into windows.
public struct TrainingSource: SequenceSource {
  /// The stored sequences.
  public let sequences: StoreSource
  /// Their windows; nil where they are taken whole.
  public let windows: WindowedSource<StoreSource>?

  /// Sequences, cut where `windowing` says so.
  /// - Parameters:
  ///   - sequences: the data.
  ///   - windowing: how to cut them; nil leaves them whole.
  ///   - purpose: what they are for, as errors say it: `to train on`.
  /// - Throws: `BatchingError` for windows without a meaning, `TrainingError` where no window fits into any sequence.
  public init(_ sequences: StoreSource, _ windowing: Windowing?, named purpose: String = "") throws {
    self.sequences = sequences
    windows = try windowing.map { try sequences.windows($0) }
    guard let windowing, windows?.count == 0, sequences.count > 0 else { return }
    throw TrainingError(
      .dataMismatch,
      "no window of \(windowing.length) timesteps fits into the sequences\(purpose.isEmpty ? "" : " " + purpose), "
        + "the longest of which has \(sequences.lengths.max() ?? 0); shorter windows may be kept")
  }

  /// The sequences' signature.
  public var signature: SequenceSignature { sequences.signature }
  /// The length of each sequence or window.
  public var lengths: [Int32] { windows?.lengths ?? sequences.lengths }
  /// The fingerprint of the sequences or windows.
  public var fingerprint: UInt64 { windows?.fingerprint ?? sequences.fingerprint }

  /// The class of each sequence, or of each window that of its sequence; empty where the target is no class a sequence.
  /// O(sequences and windows).
  public var classes: [Int32] { windows?.spread(sequences.classes) ?? sequences.classes }

  /// The sequences or windows at these positions.
  /// - Throws: as the store's source.
  public func gather(_ positions: [Int]) throws -> SequenceBatch {
    try windows?.gather(positions) ?? sequences.gather(positions)
  }

  /// Parts of sequences or windows.
  /// - Throws: as the store's source.
  public func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    try windows?.gather(slices: slices) ?? sequences.gather(slices: slices)
  }

  /// The sequences or windows at these positions, padded.
  /// - Throws: as the store's source.
  public func gatherPadded(_ positions: [Int], _ options: PaddingOptions) throws -> PaddedBatch {
    try windows?.gatherPadded(positions, options) ?? sequences.gatherPadded(positions, options)
  }

  /// Hands the hint to the store.
  public func prepare(_ positions: [Int]) {
    if let windows { windows.prepare(positions) } else { sequences.prepare(positions) }
  }

  /// The keys of these sequences, with their timesteps where they are windows.
  /// - Throws: as the store's source.
  public func keys(_ positions: [Int]) throws -> [String] {
    try windows?.keys(positions) ?? sequences.keys(positions)
  }
}
