public import RaggedBatching
public import RaggedCore
public import RaggedStore
import RaggedTraining

/// Sequences of a store as they are trained on and batched: whole, or cut into windows.
public typealias TrainingSource = MappedSource<StoreSource, Windows?>

extension MappedSource where Base == StoreSource, Map == Windows? {
  /// Sequences, cut where `windowing` says so.
  /// - Parameters:
  ///   - sequences: the data.
  ///   - windowing: how to cut them; nil leaves them whole.
  ///   - purpose: what they are for, as errors say it: `to train on`.
  /// - Throws: `BatchingError` for windows without a meaning, `TrainingError` where no window fits into any sequence.
  public init(_ sequences: StoreSource, _ windowing: Windowing?, named purpose: String) throws {
    try self.init(sequences, windowing)
    guard let windowing, count == 0, sequences.count > 0 else { return }
    throw TrainingError(
      .dataMismatch,
      "no window of \(windowing.length) timesteps fits into the sequences\(purpose.isEmpty ? "" : " " + purpose), "
        + "the longest of which has \(sequences.lengths.max() ?? 0); shorter windows may be kept")
  }

  /// The sequences as the store gives them, before windows and the model's signature change them.
  public var sequences: StoreSource { base }

  /// The class of each sequence, or of each window that of its sequence; empty where the target is no class per sequence.
  /// O(sequences and windows).
  public var classes: [Int32] { map?.spread(sequences.classes) ?? sequences.classes }
}

extension StoreSource {
  /// What is to be said of sequences whose target is missing, which are left out; nil where there are none.
  /// - Parameter purpose: what the sequences are for: ` to train on`.
  public func labelNote(_ purpose: String = "") -> String? {
    guard !unlabelled.isEmpty else { return nil }
    let isOne = unlabelled.count == 1
    return
      "\(unlabelled.count.grouped) of \(count.counted("sequence"))\(purpose) \(isOne ? "has" : "have") no target and "
      + "\(isOne ? "is" : "are") left out"
  }
}
