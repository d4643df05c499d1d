import GRDB
import RaggedCore

/// A category column of which nearly every cell has a name of its own, such as the number of an event: a model can only
/// learn it by heart.
public struct UniqueNames: Sendable, Equatable {
  /// The name of the column.
  public var column: String
  /// Its names.
  public var names: Int
  /// Its cells that are not missing, at valid timesteps or of sequences.
  public var cells: Int

  /// In words.
  public var note: String {
    "column \"\(column)\" has \(names.grouped) names in \(cells.grouped) cells, nearly one for each, which a model can only "
      + "learn by heart"
  }

  /// Columns of fewer names are not spoken of.
  static let leastNames = 100
}

extension StoreSnapshot {
  /// The columns of a dataset beside its own input and target that have half as many names as cells, or more. Answered by
  /// counts kept at import.
  /// - Throws: ``StoreError`` for a dataset that is not there.
  public func uniqueNames(_ dataset: String) throws -> [UniqueNames] {
    try read { try store.uniqueNames($0, dataset) }
  }
}

extension SequenceStore {
  /// The same of the store as it is now.
  public func uniqueNames(_ dataset: String) throws -> [UniqueNames] { try read { try uniqueNames($0, dataset) } }

  fileprivate func uniqueNames(_ db: Database, _ name: String) throws -> [UniqueNames] {
    let dataset = try StoredDataset.fetch(db, named: name, path: path)
    return try dataset.columns.enumerated().compactMap { place, column in
      let names = column.vocabulary?.tokens.count ?? 0
      guard column.kind == .category, names >= UniqueNames.leastNames else { return nil }
      let cells = try Int.fetchOne(
        db, sql: "SELECT sum(count) FROM column_count WHERE dataset_id = ? AND \"column\" = ? AND code > 0",
        arguments: [dataset.id, place])
      guard let cells, 2 * names >= cells else { return nil }
      return UniqueNames(column: column.name, names: names, cells: cells)
    }
  }
}
