import GRDB

extension SequenceStore {
  /// The datasets in the order of their names. Reads indexed columns only.
  /// - Throws: ``StoreError`` where the file cannot be read.
  public func datasets() throws -> [DatasetInfo] {
    try read { db in
      try String.fetchAll(db, sql: "SELECT name FROM dataset ORDER BY name").map { try info(db, $0) }
    }
  }

  /// One dataset.
  /// - Throws: ``StoreError`` where there is none of that name.
  public func datasetInfo(_ name: String) throws -> DatasetInfo {
    try read { try info($0, name) }
  }

  private func info(_ db: Database, _ name: String) throws -> DatasetInfo {
    let dataset = try StoredDataset.fetch(db, named: name, path: path)
    let splits = try SQLStatement(
      db,
      """
      SELECT split, count(*), sum(length) FROM sequence INDEXED BY sequence_figures
      WHERE dataset_id = ? GROUP BY split ORDER BY split
      """, arguments: [dataset.id]
    ).map {
      DatasetInfo.Split(
        name: $0.text(0), sequences: try $0.count(1, of: "sequence"), timesteps: try $0.count(2, of: "sequence"))
    }
    return DatasetInfo(
      name: name, createdAt: dataset.createdAt, signature: dataset.signature,
      splits: splits)
  }
}
