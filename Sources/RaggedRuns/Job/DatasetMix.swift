public import RaggedCore
public import RaggedStore
import RaggedTraining

/// Several datasets that are trained on as one, and the share of an epoch that each has.
///
/// A name is that of a dataset of the store, or the path of another store that has one dataset.
public struct DatasetMix: Sendable, Equatable {
  /// The datasets with their shares of an epoch, in sequences or windows; they add up to 1.
  public var shares: [NamedNumber]

  /// Datasets with their shares.
  public init(_ shares: [NamedNumber]) { self.shares = shares }

  /// The names of the datasets, in the order that gives sequences their places.
  var names: [String] { shares.map(\.name) }

  /// Checks that there are several datasets, and that the shares add up to 1.
  /// - Throws: `TrainingError` that names what is wrong.
  public func validate() throws {
    guard shares.count > 1 else {
      throw TrainingError(
        .invalidModel, "the mix \"\(self)\" names one dataset, expected several, each with its share of an epoch")
    }
    let sum = shares.reduce(0) { $0 + $1.number }
    guard shares.allSatisfy({ $0.number >= 0 }), abs(sum - 1) <= 1e-6 else {
      throw TrainingError(
        .invalidModel, "the shares of the mix \"\(self)\" add up to \(sum), expected none below 0 and 1 in all")
    }
  }

  /// Copies the datasets into one.
  /// - Parameters:
  ///   - store: has the first of them, and all that are no store of their own.
  ///   - monitor: asked before each sequence.
  /// - Throws: `StoreError` for what is neither a dataset of the store nor a store, and for datasets that do not fit
  ///   together; `Cancelled`.
  public func opened(from store: SequenceStore, monitor: ProgressMonitor = .none) throws -> MixedDatasets {
    try validate()
    let known = try store.datasets().map(\.name)
    return try MixedDatasets(
      shares.map { share in
        if known.containsExactly(share.name) {
          return MixedDatasets.Part(share.name, in: store, dataset: share.name)
        }
        let other: SequenceStore
        do {
          other = try SequenceStore(path: share.name, mode: .readOnly, busyTimeout: store.busyTimeout)
        } catch let error as StoreError where error.code == .notFound {
          throw StoreError(
            .unknownName,
            "\(store.path) has no dataset \"\(share.name)\", and there is no such store: it has \(known.quotedList)")
        }
        let names = try other.datasets().map(\.name)
        guard names.count == 1 else {
          throw StoreError(
            .unknownName,
            "\(share.name) has \(names.count.counted("dataset")), expected one to mix: merge the store into another")
        }
        return MixedDatasets.Part(share.name, in: other, dataset: names[0])
      }, monitor: monitor)
  }
}

extension DatasetMix: CustomStringConvertible, Codable {
  /// The mix of a text, `a=0.5,b=0.5`; nil where it is none.
  public init?(_ text: String) {
    guard let shares = [NamedNumber](text: text) else { return nil }
    self.init(shares)
  }

  /// `a=0.5,b=0.5`.
  public var description: String { shares.text }

  /// Reads the text.
  /// - Throws: `DecodingError` for another text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let mix = DatasetMix(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no mix of datasets: \(text)")
    }
    self = mix
  }

  /// Writes the text.
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
