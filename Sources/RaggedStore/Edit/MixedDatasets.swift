import GRDB
public import RaggedCore
import RaggedFormats

/// Several datasets as one, in a store of its own that is removed once nothing made from it is left.
///
/// Columns, classes and tokens go by their names, so that datasets whose dictionaries differ fit together; splits, groups,
/// weights, metadata and validity come along. A key gets its dataset's name before it, `a/17`: the same key in two datasets
/// means two sequences. Sequences stand in the order of the datasets, so that the same datasets give the same data again.
///
/// It is a copy, in the folder for temporary files, of the size of the datasets.
public struct MixedDatasets: Sendable {
  /// One of the datasets.
  public struct Part: Sendable {
    /// What it is called here.
    public var name: String
    /// Where it is.
    public var store: SequenceStore
    /// What its store calls it.
    public var dataset: String

    /// A dataset of a store, under a name.
    public init(_ name: String, in store: SequenceStore, dataset: String) {
      (self.name, self.store, self.dataset) = (name, store, dataset)
    }
  }

  /// The store of the copy.
  public let store: SequenceStore
  /// The names of the datasets, in their order.
  public let names: [String]
  /// What the one dataset of ``store`` is called.
  public var dataset: String { names.joined(separator: " + ") }
  /// The first row of each dataset's sequences.
  private let starts: [Int64]

  /// Copies datasets into one.
  /// - Parameters:
  ///   - parts: the datasets, each with a name of its own.
  ///   - monitor: asked before each sequence, told of every few hundred.
  /// - Throws: ``StoreError`` for names that are not there, names that come twice and datasets that do not fit together,
  ///   `Cancelled`, and where the copy cannot be written.
  public init(_ parts: [Part], monitor: ProgressMonitor = .none) throws {
    let names = parts.map(\.name)
    if let twice = names.firstRepeated {
      throw StoreError(.invalidOption, "dataset \"\(twice)\" is to be mixed with itself: expected each name once")
    }
    self.names = names
    let total = try parts.reduce(0) { try $0 + $1.store.datasetInfo($1.dataset).sequences }
    var readers = try parts.map { try StoredDatasetReader($0.store, dataset: $0.dataset, prefix: $0.name + "/") }
    let place = TemporaryPlace()
    let store = try SequenceStore(path: place.path, mode: .create)
    store.isOn(place)
    self.store = store
    let dataset = names.joined(separator: " + ")
    let counting = ProgressMonitor(isCancelled: { monitor.isCancelled }) {
      monitor.report(WorkProgress(.merging, $0.sequences, of: total, .sequences))
    }
    starts = try store.write { db in
      try SequenceStore.withKeyCache(db) {
        var starts: [Int64] = []
        let session = ImportSession(db, dataset: dataset, path: place.path, options: ImportOptions(), monitor: counting)
        for (index, part) in parts.enumerated() {
          starts.append(try Int64.fetchOne(db, sql: "SELECT max(id) FROM sequence").map { $0 + 1 } ?? 0)
          try session.add(
            &readers[index], named: "\(part.store.path): dataset \"\(part.dataset)\"",
            reading: part.store.readings(part.dataset).last)
        }
        _ = try session.finish()
        return starts
      }
    }
  }

  /// The place of the dataset that each sequence of a source of ``store`` came from, among ``names``. O(sequences).
  public func origins(of source: StoreSource) -> [Int32] {
    (0..<source.count).map { position in
      let id = source.ids[position]
      return Int32((starts.lastIndex { $0 <= id }) ?? 0)
    }
  }
}

extension [String] {
  /// The first that has been there before.
  fileprivate var firstRepeated: String? {
    var seen: Set<ExactName> = []
    return first { !seen.insert(ExactName($0)).inserted }
  }
}
