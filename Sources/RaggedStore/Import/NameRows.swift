import GRDB
import RaggedFormats

/// Brings the names that an encoder has added into the tables of classes and tokens. Names are written when the record
/// that brought them is stored, so that one which is not leaves none behind.
struct NameRows {
  private let datasetID: Int64
  private let classInsertion: SQLStatement
  private let tokenInsertion: SQLStatement
  private var classes: Int
  private var tokens: Int

  /// - Parameter dataset: with the names that its tables have.
  init(_ db: Database, _ dataset: StoredDataset) throws {
    datasetID = dataset.id
    let written = NameCounts(dataset.signature)
    (classes, tokens) = (written.classes, written.tokens)
    classInsertion = try SQLStatement(db, "INSERT INTO class (dataset_id, position, name) VALUES (?, ?, ?)")
    tokenInsertion = try SQLStatement(db, "INSERT INTO token (dataset_id, position, token) VALUES (?, ?, ?)")
  }

  /// Writes the names that are not in the tables yet.
  mutating func write(_ encoder: RecordEncoder) throws {
    while classes < encoder.classes.names.count {
      try insert(encoder.classes.names[classes], at: classes, classInsertion)
      classes += 1
    }
    while tokens < encoder.tokens.names.count {
      // Position 0 is the unknown token's.
      try insert(encoder.tokens.names[tokens], at: tokens + 1, tokenInsertion)
      tokens += 1
    }
  }

  private func insert(_ name: String, at position: Int, _ insertion: SQLStatement) throws {
    insertion.bind(datasetID, at: 1)
    insertion.bind(Int64(position), at: 2)
    insertion.bind(name, at: 3)
    try insertion.run()
  }
}
