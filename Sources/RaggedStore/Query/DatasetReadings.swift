import Foundation
import GRDB
public import RaggedFormats

extension SequenceStore {
  /// How the files were read that a dataset came from, each way once and the latest last; those of the last
  /// ``DatasetReadings/limit`` ways.
  /// - Throws: ``StoreError`` where there is no dataset of that name.
  public func readings(_ dataset: String) throws -> [FileReading] {
    try read { try DatasetReadings.fetch($0, dataset, path: path) }
  }
}

extension StoreSnapshot {
  /// The same as of the snapshot.
  package func readings(_ dataset: String) throws -> [FileReading] {
    try read { try DatasetReadings.fetch($0, dataset, path: store.path) }
  }
}

/// Ways in which the files of a dataset were read.
public enum DatasetReadings {
  /// Ways that are told of a dataset.
  public static let limit = 8

  static func fetch(_ db: Database, _ dataset: String, path: String) throws -> [FileReading] {
    let id = try StoredDataset.fetch(db, named: dataset, path: path).id
    let texts = try String.fetchAll(
      db,
      sql: """
        SELECT reading FROM source WHERE dataset_id = ? AND reading IS NOT NULL
        GROUP BY reading ORDER BY max(id) DESC LIMIT \(limit)
        """, arguments: [id])
    // One that was changed by hand says nothing.
    return texts.reversed().compactMap(FileReading.init(text:))
  }
}

extension FileReading {
  /// JSON with sorted keys.
  package var text: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  package init?(text: String) {
    guard let reading = try? JSONDecoder().decode(FileReading.self, from: Data(text.utf8)) else { return nil }
    self = reading
  }
}
