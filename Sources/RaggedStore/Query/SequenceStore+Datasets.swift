import GRDB
import RaggedCore

extension SequenceStore {
  /// The datasets in the order of their names. Reads kept figures only.
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

  func info(_ db: Database, _ name: String) throws -> DatasetInfo {
    let dataset = try StoredDataset.fetch(db, named: name, path: path)
    let splits = try SQLStatement(
      db,
      """
      SELECT split, length, sum(count) FROM length_count WHERE dataset_id = ? GROUP BY split, length ORDER BY split
      """, arguments: [dataset.id])
    var (result, limit) = ([DatasetInfo.Split](), try CountLimit(db, dataset, path: path))
    while try splits.step() {
      let (name, length, count) = (splits.text(0), splits.int64(1), splits.int64(2))
      let timesteps = try limit.add(length: length, count: count)
      if result.last?.name.isExactly(name) != true {
        result.append(DatasetInfo.Split(name: name, sequences: 0, timesteps: 0))
      }
      result[result.count - 1].sequences += Int(count)
      result[result.count - 1].timesteps += timesteps
    }
    return DatasetInfo(
      name: name, createdAt: dataset.createdAt, signature: dataset.signature,
      splits: result)
  }
}
