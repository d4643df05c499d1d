import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// Files that say what no import would write: an error wherever it matters, and never a crash.
@Suite struct HostileStoreTests {
  /// A store of every kind of dataset.
  private func store(_ directory: TemporaryDirectory) throws -> SequenceStore {
    let store = try directory.store()
    try store.add(classifiedRecords(12))
    try store.add(
      [SequenceRecord(key: "s", input: .values([1, 2], featureCount: 1), target: .labels(["p", "q"]))],
      InputDescription(input: .features(["x"]), target: .classPerTimestep(declared: nil)), into: "steps")
    try store.add(
      [SequenceRecord(key: "t", input: .text(["a", "b", "a"]), target: .values([0.5]))],
      InputDescription(input: .text(.words), target: .valuesPerSequence(["v"])), into: "text")
    try store.add(
      [SequenceRecord(key: "n", input: .tokens([1, 7]), target: .none)],
      InputDescription(input: .tokens, target: .none), into: "tokens")
    _ = try store.insertRun(
      RunRecord(dataset: "d", command: "c", fingerprint: 1, epochs: [RunRecord.Epoch(epoch: 1, metrics: ["loss": 1])]))
    return store
  }

  /// Runs SQL on tables that take values of any type, and makes them strict again.
  private func write(_ sql: String, to path: String) throws {
    let pairs = [(") STRICT, WITHOUT ROWID", ") /*TRICT,*/ WITHOUT ROWID"), (") STRICT", ") /*TRICT*/")]
    func replace(_ pairs: [(String, String)]) throws {
      try DatabaseQueue(path: path).writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA writable_schema = ON")
        for (old, new) in pairs {
          try db.execute(sql: "UPDATE sqlite_schema SET sql = replace(sql, ?, ?)", arguments: [old, new])
        }
      }
    }
    try replace(pairs)
    try DatabaseQueue(path: path).writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; \(sql)")
    }
    try replace(pairs.map { ($1, $0) })
  }

  /// Everything that is done with a store. Errors of this package are what is asked for; any other fails the test.
  /// - Returns: the messages.
  private func useAll(_ path: String) throws -> [String] {
    var messages: [String] = []
    func tries(_ body: () throws -> Void) throws {
      do {
        try body()
      } catch let error as any RaggedError {
        messages.append(error.message)
      }
    }
    try tries { messages += try SequenceStore.check(path: path).problems.map(\.message) }
    try tries {
      let store = try SequenceStore(path: path, mode: .readOnly)
      try tries { _ = try store.datasets() }
      try tries { _ = try store.runs() }
      for name in ["d", "steps", "text", "tokens"] {
        let selection = SequenceSelection(dataset: name)
        for grouping in DatasetStatistics.Grouping.allCases {
          if name == "d" || grouping != .class { try tries { _ = try store.statistics(selection, by: grouping) } }
        }
        let part = SequenceSelection(dataset: name, splits: ["train"], condition: "length >= 0", order: .key)
        try tries { _ = try store.statistics(part) }
        for selection in [selection, part] {
          try tries {
            let source = try store.source(selection)
            let all = Array(0..<source.count)
            try tries { _ = try source.gather(all) }
            try tries { _ = try source.keys(all) + source.splits(all) }
          }
        }
      }
    }
    try tries {
      try SequenceStore(path: path).add(
        [SequenceRecord(key: "new", input: .values([1, 2], featureCount: 2), target: .label("a"))])
    }
    try tries {
      let store = try SequenceStore(path: path)
      try tries { _ = try store.deleteSequences(SequenceSelection(dataset: "d", condition: "length = 3")) }
      try tries { _ = try store.resplit(dataset: "d", .named("train")) }
      let half = [SplitFraction("a", 0.5), SplitFraction("b", 0.5)]
      try tries { _ = try store.resplit(dataset: "d", .hashed(half, by: .keyWithinClass)) }
      let other = path + ".merged"
      try tries { _ = try SequenceStore(path: other, mode: .create).merge(store) }
      for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: other + ending) }
    }
    try tries { messages += try SequenceStore.check(path: path, repair: true).problems.map(\.message) }
    try tries { _ = try SequenceStore(path: path).datasets() }
    return messages
  }

  @Test(arguments: [
    "UPDATE dataset SET feature_count = 0", "UPDATE dataset SET feature_count = 'many'",
    "UPDATE dataset SET feature_count = 1152921504606846976", "UPDATE dataset SET feature_count = -1",
    "UPDATE dataset SET feature_count = 3000000000", "UPDATE dataset SET target_width = 4611686018427387904",
    "UPDATE dataset SET token_size = 9223372036854775807", "UPDATE dataset SET token_size = -3",
    "UPDATE dataset SET token_size = 'x'", "UPDATE dataset SET name = 7 WHERE id = 1",
    "UPDATE dataset SET name = x'ff00' WHERE id = 1", "UPDATE dataset SET input_kind = 3",
    "UPDATE dataset SET target_kind = 0.5", "UPDATE dataset SET id = -9223372036854775808 WHERE id = 1",
    "UPDATE sequence SET length = 1152921504606846976", "UPDATE sequence SET length = 'long'",
    "UPDATE sequence SET length = 9223372036854775807 WHERE id = 5",
    "UPDATE sequence SET length = -9223372036854775808 WHERE id = 5",
    "UPDATE feature_statistics SET mean = 9e999", "UPDATE feature_statistics SET m2 = -9e999",
    "UPDATE length_count SET count = 9223372036854775807", "UPDATE dataset SET target_width = -1",
    "UPDATE run SET seconds = -1e300", "UPDATE run SET status = 'lost'", "UPDATE run_epoch SET epoch = -1",
    "UPDATE sequence SET length = 1e300", "UPDATE sequence SET length = x'00'", "UPDATE sequence SET class = 'x'",
    "UPDATE sequence SET class = 4294967296", "UPDATE sequence SET class = -9000000000000000000",
    "UPDATE sequence SET id = 9223372036854775807 WHERE id = 1", "UPDATE sequence SET weight = 'heavy'",
    "UPDATE sequence SET weight = 9e999", "UPDATE sequence SET checksum = 'x'", "UPDATE sequence SET seal = x'01'",
    "UPDATE sequence SET metadata = x'ff'", "UPDATE sequence SET split = 5",
    "UPDATE sequence SET key = x'ffff' WHERE id = 2",
    "UPDATE sequence SET source_id = 9223372036854775807", "UPDATE sequence SET line = -1",
    "UPDATE sequence_data SET input = 'text'", "UPDATE sequence_data SET input = 5",
    "UPDATE sequence_data SET input = zeroblob(1000000)", "UPDATE sequence_data SET validity = 7",
    "UPDATE sequence_data SET target = 'x'", "UPDATE sequence_data SET validity = zeroblob(0)",
    "UPDATE length_count SET count = 1152921504606846976", "UPDATE length_count SET count = 'x'",
    "UPDATE length_count SET length = 1152921504606846976 WHERE length = 12",
    "UPDATE length_count SET class = -9000000000000000000 WHERE length = 12",
    "UPDATE length_count SET class = 9000000000000000000 WHERE length = 12",
    "UPDATE length_count SET split = x'ff' WHERE length = 12", "DELETE FROM length_count",
    "UPDATE feature_statistics SET mean = 'x'", "UPDATE feature_statistics SET count = 1152921504606846976",
    "UPDATE feature_statistics SET position = 4611686018427387904 WHERE position = 1",
    "UPDATE feature_statistics SET class = 9223372036854775807 WHERE class = 1",
    "UPDATE timestep_class_count SET count = 1152921504606846976",
    "UPDATE timestep_class_count SET class = 9 WHERE class = 1",
    "UPDATE class SET position = 4611686018427387904 WHERE position = 1",
    "UPDATE class SET name = x'62' WHERE position = 1",
    "UPDATE feature SET name = x'78' WHERE position = 1", "UPDATE feature SET position = -1 WHERE position = 1",
    "UPDATE token SET token = x'61' WHERE position = 2",
    "UPDATE token SET position = 4611686018427387904 WHERE position = 2",
    "DELETE FROM token", "DELETE FROM class", "DELETE FROM feature",
  ])
  func valuesOfNoImportAreAnError(_ sql: String) throws {
    let directory = try TemporaryDirectory()
    let path = try store(directory).path
    try write(sql, to: path)
    let messages = try useAll(path)
    #expect(!messages.isEmpty)
    #expect(!messages.contains { $0.contains("not looked at") }, "the tables are those of a store again")
    #expect(messages.allSatisfy { !$0.isEmpty && $0.utf8.count < 2000 })
  }

  /// Names make a target wide, and a claimed length makes it long: no buffer is made for what the file cannot hold.
  @Test(arguments: ["values_per_sequence", "values_per_timestep"])
  func aWideTargetIsNoReasonForAHugeBuffer(_ kind: String) throws {
    let directory = try TemporaryDirectory()
    let path = try store(directory).path
    let width = 20_000
    try write(
      """
      UPDATE dataset SET target_kind = '\(kind)', target_width = \(width) WHERE name = 'text';
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(width - 1))
        INSERT INTO target_value SELECT (SELECT id FROM dataset WHERE name = 'text'), i, 'v' || i FROM n;
      UPDATE sequence SET length = 100000 WHERE key = 't';
      UPDATE length_count SET length = 100000 WHERE dataset_id = (SELECT id FROM dataset WHERE name = 'text');
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
        INSERT INTO sequence SELECT id + 100 * i, dataset_id, key || i, split, 3, class, checksum, seal, source_id, line,
          weight, "group", metadata, statics FROM sequence, n WHERE key = 't';
      INSERT INTO length_count SELECT id, 'train', -1, 3, 200 FROM dataset WHERE name = 'text'
      """, to: path)
    let store = try SequenceStore(path: path, mode: .readOnly)
    let error = #expect(throws: StoreError.self) {
      let source = try store.source(SequenceSelection(dataset: "text"))
      return try source.gather(Array(0..<source.count))
    }
    #expect(error?.message.contains("which do not fit into the file's") == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    "UPDATE run SET configuration = 7", "UPDATE run SET fingerprint = 'no number', status = 5",
    "UPDATE run SET seconds = 'x'", "UPDATE run_epoch SET metrics = 'x'",
    "UPDATE run_epoch SET epoch = 4611686018427387904",
    "UPDATE run SET dataset = x'ff', created_at = 9",
  ])
  func runsOfNoTrainingAreNoCrash(_ sql: String) throws {
    let directory = try TemporaryDirectory()
    let path = try store(directory).path
    try write(sql, to: path)
    _ = try useAll(path)
  }

  @Test(arguments: [
    "dataset", "feature", "class", "target_value", "token", "source", "sequence", "sequence_data", "length_count",
    "feature_statistics", "timestep_class_count", "quarantine", "unfinished_import", "run", "run_epoch",
  ])
  func aTableThatIsMissingOrAViewIsNamed(_ table: String) throws {
    for view in [
      "", "CREATE VIEW \(table) AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    ] {
      let directory = try TemporaryDirectory()
      let store = try store(directory)
      try store.vandalise("DROP TABLE \(table); \(view)")
      for mode in [SequenceStore.Mode.readOnly, .readWrite, .create] {
        let error = #expect(throws: StoreError.self) { try SequenceStore(path: store.path, mode: mode) }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("has no ") == true, "\(error?.message ?? "")")
      }
      let messages = try useAll(store.path)
      #expect(messages.contains("the file has no table \"\(table)\""), "\(messages)")
    }
  }
}
