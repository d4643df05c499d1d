import GRDB
public import RaggedCore

/// A dataset of a store.
public struct DatasetInfo: Sendable, Equatable, Codable {
  /// One split of a dataset.
  public struct Split: Sendable, Equatable, Codable {
    /// The name, by its bytes: two that only look alike differ.
    public var name: String
    /// The number of its sequences.
    public var sequences: Int
    /// The number of their timesteps, invalid ones among them.
    public var timesteps: Int
  }

  /// The name, by its bytes: two that only look alike differ.
  public var name: String
  /// When it was first imported: ISO 8601, UTC.
  public var createdAt: String
  /// What its sequences look like.
  public var signature: SequenceSignature
  /// All its columns: those of the signature, then the further ones.
  public var columns: [RaggedCore.Column]
  /// Those that hold a sequence, in the order of their names.
  public var splits: [Split]

  /// The number of sequences in all splits.
  public var sequences: Int { splits.reduce(0) { $0 + $1.sequences } }
  /// The number of their timesteps, invalid ones among them.
  public var timesteps: Int { splits.reduce(0) { $0 + $1.timesteps } }
}

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
      columns: dataset.allColumns, splits: result)
  }
}
