import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

@Suite struct StoreSchemaTests {
  /// A store with two sequences of two timesteps, of classes a and b.
  private func store(_ directory: TemporaryDirectory) throws -> SequenceStore {
    let store = try directory.store()
    try store.add(
      ["a", "b"].map {
        SequenceRecord(key: $0, input: .values([1, 2, 3, 4], featureCount: 2), target: .label($0))
      })
    return store
  }

  /// Runs SQL as any other program would, foreign keys switched on.
  private func write(_ sql: String, to store: SequenceStore) throws {
    try DatabaseQueue(path: store.path).write { try $0.execute(sql: sql) }
  }

  @Test(arguments: [
    ("UPDATE sequence SET length = -1", "CHECK"), ("UPDATE sequence SET length = 3000000000", "CHECK"),
    ("UPDATE sequence SET length = 'two'", "INTEGER column"), ("UPDATE sequence SET class = -1", "CHECK"),
    ("UPDATE sequence SET class = 2", "FOREIGN KEY"), ("DELETE FROM class WHERE position = 0", "FOREIGN KEY"),
    ("UPDATE sequence SET key = 'a'", "UNIQUE"), ("UPDATE sequence SET key = ''", "CHECK"),
    ("UPDATE sequence SET split = ''", "CHECK"),
    ("UPDATE sequence SET weight = -1", "CHECK"), ("UPDATE sequence SET weight = 9e999", "CHECK"),
    ("UPDATE sequence SET weight = 1e39", "CHECK"), ("UPDATE sequence SET metadata = '{bad'", "CHECK"),
    ("UPDATE sequence SET metadata = '[1]'", "CHECK"), ("UPDATE sequence SET dataset_id = 9", "FOREIGN KEY"),
    ("UPDATE sequence SET source_id = 9", "FOREIGN KEY"), ("DELETE FROM source", "FOREIGN KEY"),
    ("UPDATE sequence_data SET input = x'0000'", "CHECK"), ("UPDATE sequence_data SET target = x'00'", "CHECK"),
    ("UPDATE sequence_data SET input = 'text'", "BLOB column"),
    ("UPDATE sequence_data SET validity = x'010101'", "CHECK"),
    ("INSERT INTO sequence_data (sequence_id, input) VALUES (99, x'')", "FOREIGN KEY"),
    ("INSERT INTO feature SELECT 1, 2, name FROM feature LIMIT 1", "UNIQUE"),
    ("INSERT INTO class VALUES (1, 2, 'a')", "UNIQUE"),
    ("INSERT INTO token VALUES (1, 0, 'x')", "CHECK"), ("UPDATE dataset SET input_kind = 'images'", "CHECK"),
    ("UPDATE dataset SET target_kind = 'none'", "CHECK"), ("UPDATE dataset SET token_unit = 'words'", "CHECK"),
    ("UPDATE feature_statistics SET count = -1", "CHECK"), ("UPDATE length_count SET count = 0", "CHECK"),
    ("UPDATE sequence SET seal = -1", "CHECK"), ("UPDATE length_count SET length = -1", "CHECK"),
  ])
  func theFileRefuses(sql: String, by guardian: String) throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let error = #expect(throws: DatabaseError.self) { try write(sql, to: store) }
    #expect(error?.resultCode == .SQLITE_CONSTRAINT, "\(sql)")
    #expect(error?.message?.contains(guardian) == true, "\(sql): \(error?.message ?? "")")
  }

  @Test func aDatasetGoesWithAllThatBelongsToIt() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    try write("DELETE FROM sequence; DELETE FROM dataset", to: store)
    for table in ["sequence", "sequence_data", "class", "feature", "source", "feature_statistics", "length_count"] {
      #expect(try store.sql { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") } == 0, "\(table)")
    }
  }
}
