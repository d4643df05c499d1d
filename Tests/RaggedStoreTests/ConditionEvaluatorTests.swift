import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import Synchronization
import Testing

@testable import RaggedStore

@Suite struct ConditionEvaluatorTests {
  private func count(_ store: SequenceStore, _ condition: String, limit: Double = 30) throws -> Int {
    try store.source(SequenceSelection(dataset: "d", condition: condition, conditionTimeLimit: limit)).count
  }

  private func store(_ directory: TemporaryDirectory) throws -> SequenceStore {
    let store = try directory.store()
    try store.add(classifiedRecords(60))
    try store.add(classifiedRecords(60, seed: 3), into: "secret")
    return store
  }

  @Test func everyDocumentedColumnCanBeUsed() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let records = classifiedRecords(60)
    #expect(try count(store, "key LIKE 'key 1%'") == 11)
    #expect(try count(store, "split = 'test'") == records.count { $0.split == "test" })
    #expect(try count(store, "length BETWEEN 3 AND 5") == records.count { (3...5).contains($0.input.length) })
    #expect(try count(store, "class IN ('a', 'b')") == 40)
    #expect(try count(store, "weight < 1 -- half") == 12)
    #expect(try count(store, "\"group\" = 'group 3'") == 4)
    #expect(try count(store, "metadata ->> 'speaker' = 4") == 10)
    #expect(try count(store, "json_extract(metadata, '$.speaker') = 4") == 10)
    #expect(try count(store, "metadata IS NULL") == 30)
    #expect(try count(store, "dataset = 'd' AND id > 0") == 60)
    #expect(try count(store, "length = (SELECT max(length) FROM sequences WHERE dataset = 'd')") > 0)
    #expect(try count(store, "length > 1000") == 0)
  }

  @Test func theColumnsAreThoseOfTheView() throws {
    let directory = try TemporaryDirectory()
    let columns = try directory.store().read { try $0.columns(in: "sequences").map(\.name) }
    #expect(columns == SequenceStore.conditionColumns)
  }

  @Test func aConditionNeverLeavesItsDataset() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    #expect(try count(store, "1) OR (1") == 60)
    #expect(try count(store, "0) OR id IN (SELECT id FROM sequences") == 60)
  }

  @Test(arguments: [
    ("length >", "near \")\": syntax error"), ("lenght > 3", "no such column: lenght"),
    ("\"lenght\" = 3", "no such column: lenght"),
    ("length > 3; DELETE FROM sequence", "near \";\": syntax error"),
    ("1); DELETE FROM sequence; --", "it is more than one condition"),
    ("1); ATTACH 'x' AS y; --", "it is more than one condition"),
    ("1 IN (SELECT sequence_id FROM sequence_data)", "access to sequence_data.sequence_id is prohibited"),
    ("EXISTS (SELECT input FROM sequence_data)", "access to sequence_data.input is prohibited"),
    ("(SELECT checksum FROM sequence) > 0", "access to sequence.checksum is prohibited"),
    ("(SELECT count(*) FROM sqlite_schema) > 0", "not authorized"),
    ("(SELECT count(*) FROM run) > 0", "not authorized"),
    ("(SELECT count(*) FROM pragma_table_info('run')) > 0", "not authorized"),
    ("load_extension('x')", "not authorized to use function: load_extension"),
    ("readfile('/etc/passwd')", "no such function: readfile"),
    ("randomblob(1000000000)", "not authorized to use function: randomblob"),
    ("zeroblob(1000000000)", "not authorized to use function: zeroblob"),
    ("printf('%1000000000d', 1)", "not authorized to use function: printf"),
    ("replace('a', 'a', 'b')", "not authorized to use function: replace"),
    ("sqlite_version()", "not authorized to use function: sqlite_version"),
    (
      "1 IN (WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT n FROM a)",
      "it has the word WITH"
    ),
    ("1 IN (WITH sequences AS (SELECT input FROM sequence_data) SELECT 1 FROM sequences)", "it has the word WITH"),
    ("1 IN (/* ' */with/**/a AS (SELECT 1) SELECT 1 FROM a) -- '", "it has the word WITH"),
    ("'it''s' = \"key\" OR 1 IN (WiTh a AS (SELECT 1) SELECT 1 FROM a)", "it has the word WITH"),
    ("0) UNION SELECT id FROM sequences WHERE (1", "near \"UNION\": syntax error"),
    ("0)) UNION SELECT id FROM sequences WHERE ((1", "near \")\": syntax error"),
    ("1 LIMIT 1", "near \"LIMIT\": syntax error"), ("1) ORDER BY (key", "near \"ORDER\": syntax error"),
    ("", "near \")\": syntax error"), ("'", "unrecognized token"), ("/*", "incomplete input"),
    ("key MATCH 'a'", "not authorized to use function: MATCH"),
    ("?2", "variable number must be between"),
    // SQLite does not look at the clock inside of a function, so what goes into one is small.
    (
      "(SELECT instr(x||x||x, x||'b') FROM (SELECT '\(String(repeating: "a", count: 100_000))' AS x)) > 0",
      "string or blob too big"
    ),
  ])
  func whateverElseIsRefused(_ hostile: (condition: String, reason: String)) throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let error = #expect(throws: StoreError.self) { try count(store, hostile.condition) }
    #expect(error?.code == .invalidCondition)
    #expect(error?.failureClass == .usage)
    #expect(error?.message.hasPrefix("condition \"\(hostile.condition)\": ") == true)
    #expect(error?.message.contains(hostile.reason) == true, "\(error?.message ?? "")")
    #expect(try store.datasets().map(\.sequences) == [60, 60])
  }

  /// Each level uses the one before twice: SQLite would compile 2³⁰ of them, in 8.7 GB before it gives up.
  @Test func nothingDoublesWithEachLevel() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let tables = (1..<30).map { "c\($0) AS (SELECT x.a FROM c\($0 - 1) AS x, c\($0 - 1) AS y)" }
    let condition = "id IN (WITH c0 AS (SELECT 1 AS a), \(tables.joined(separator: ", ")) SELECT a FROM c29)"
    let error = #expect(throws: StoreError.self) { try count(store, condition) }
    #expect(error?.code == .invalidCondition && error?.message.contains("it has the word WITH") == true)
  }

  @Test(arguments: [
    "key <> 'with'", "key <> 'it''s with'", "\"key\" <> 'WITH' -- with", "/* with */ key <> 'a' -- /* with",
    "key <> 'a' AND [key] <> ' with '", "`key` <> 'withal' AND 'a' <> '\"with'", "key NOT LIKE 'with%'",
  ])
  func theWordMayStandInTextsNamesAndComments(_ condition: String) throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    #expect(try count(store, condition) == 60)
  }

  @Test func timeIsLimited() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let all = (0..<8).map { "sequences AS s\($0)" }.joined(separator: ", ")
    let start = ContinuousClock.now
    let error = #expect(throws: StoreError.self) {
      try count(store, "(SELECT count(*) FROM \(all)) > 0", limit: 0.2)
    }
    #expect(error?.message.hasSuffix("it took longer than 0.2 s") == true, "\(error?.message ?? "")")
    // Without the limit it would take months.
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  @Test func aConditionCannotGrowWithoutEnd() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let deep = String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000)
    #expect(throws: StoreError.self) { try count(store, deep) }
    #expect(throws: StoreError.self) { try count(store, String(repeating: "1 AND ", count: 100_000) + "1") }
  }

  @Test func theIdsRiseAndLieInTheCallersSnapshot() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    // Dataset "d" has the ids 1 to 60, "secret" the ones behind.
    func ids(_ condition: String, in range: ClosedRange<Int64>) throws -> [Int64] {
      let evaluator = try ConditionEvaluator(store)
      _ = try evaluator.begin()
      let found =
        try evaluator
        .ids(dataset: "d", where: condition, timeLimit: 30, in: range)
      return (0..<found.count).map { found[$0] }
    }
    #expect(try ids("1", in: 1...120) == Array(1...60))
    #expect(try ids("key IN ('key 30', 'key 4', 'key 9')", in: 1...120) == [5, 10, 31])
    #expect(try ids("id % 7 = 0", in: 20...50) == [21, 28, 35, 42, 49])
    #expect(try ids("0", in: 1...120) == [])
  }

  /// The ids are gone through in parts of ten thousand: these are the last of one and the first of the next.
  @Test func noIdIsLeftOutOrFoundTwice() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    try store.vandalise("UPDATE sequence SET id = id / 2 * 10000 + id % 2 WHERE id <= 60")
    let expected: [Int64] = (1...60).map { $0 / 2 * 10_000 + $0 % 2 }
    for (range, condition) in [
      (1...300_000, "length >= 0"), (1...350_000, "length >= 0"), (1...299_999, "id IN (SELECT id FROM sequences)"),
      (10_000...290_001, "1"),
    ] as [(ClosedRange<Int64>, String)] {
      let evaluator = try ConditionEvaluator(store)
      _ = try evaluator.begin()
      let found = try evaluator.ids(dataset: "d", where: condition, timeLimit: 30, in: range)
      #expect((0..<found.count).map { found[$0] } == expected.filter(range.contains), "\(range)")
    }
  }

  /// Or else what was selected and what is read would be of two moments.
  @Test func aCommitSinceTheConnectionWasOpenedIsNoticed() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    // Long enough that the file itself has not changed for a while; a commit changes the log alone.
    Thread.sleep(forTimeInterval: 0.3)
    var evaluator = try ConditionEvaluator(store)
    #expect(try evaluator.begin())
    evaluator = try ConditionEvaluator(store)
    try SequenceStore(path: store.path).resplit(dataset: "d", .named("a"))
    #expect(try !evaluator.begin())
  }

  @Test func aConditionEndsWhenNobodyWaitsForIt() throws {
    let directory = try TemporaryDirectory()
    let path = try store(directory).path
    let isCancelled = Atomic(false)
    let store = try SequenceStore(
      path: path, monitor: ProgressMonitor(isCancelled: { isCancelled.load(ordering: .relaxed) }))
    let evaluator = try ConditionEvaluator(store)
    _ = try evaluator.begin()
    let start = ContinuousClock.now
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: 0.1)
      isCancelled.store(true, ordering: .relaxed)
    }
    // Without an end it would take months.
    let all = (0..<8).map { "sequences AS s\($0)" }.joined(separator: ", ")
    #expect(throws: Cancelled("\(path) is as it was before")) {
      try evaluator.ids(dataset: "d", where: "(SELECT count(*) FROM \(all)) > 0", timeLimit: 30, in: 1...120)
    }
    #expect(ContinuousClock.now - start < .seconds(15))
  }

  @Test func aConditionAndKeysMustBothHold() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let selection = SequenceSelection(
      dataset: "d", condition: "id > 10", keys: ["key 40", "key 3", "key 12", "key 12"])
    let source = try store.source(selection)
    #expect(try source.keys(Array(0..<source.count)) == ["key 12", "key 40"])
  }

  @Test func aQuoteInTheDatasetsNameMeansNothing() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(4), into: "d' OR '1")
    #expect(try store.source(SequenceSelection(dataset: "d' OR '1", condition: "1")).count == 4)
  }
}
