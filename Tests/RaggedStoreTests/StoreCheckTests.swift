import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import RaggedTestSupport
import Synchronization
import Testing

@Suite struct StoreCheckTests {
  /// A store with features and classes, classes per timestep, values, and text.
  private func store(_ directory: TemporaryDirectory, sequences: Int = 12) throws -> SequenceStore {
    let store = try directory.store()
    try store.add(classifiedRecords(sequences))
    try store.add(
      [
        SequenceRecord(
          key: "steps", input: .values([1, .nan, 3], featureCount: 1), target: .labels(["p", "q", "p"]),
          validity: [true, false, true])
      ], InputDescription(input: .features(["x"]), target: .classPerTimestep(declared: nil)), into: "steps")
    try store.add(
      [SequenceRecord(key: "text", input: .text(["a", "b", "a"]), target: .values([0.5]))],
      InputDescription(input: .text(.words), target: .valuesPerSequence(["v"])), into: "text")
    return store
  }

  private func problems(_ store: SequenceStore) throws -> [StoreProblem] {
    try SequenceStore.check(path: store.path).problems
  }

  /// SQLite finds a page that there is not, and does not end its transaction; what was found is told all the same.
  @Test func aLookThatCannotBeEndedIsToldAllTheSame() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.ragged")
    do {
      let store = try SequenceStore(path: path, mode: .create)
      let values = [Float](repeating: Float(bitPattern: 0x4040_4040), count: 100_000)
      try store.add([SequenceRecord(key: "long", input: .values(values, featureCount: 1))], .plain)
      try store.compact()
    }
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let pageSize = 32_768
    let overflow = stride(from: 0, to: bytes.count, by: pageSize).filter { page in
      bytes[page + 4..<page + pageSize - 100].allSatisfy { $0 == 0x40 }
    }
    try #require(overflow.count > 3)
    bytes.replaceSubrange(overflow[1]..<overflow[1] + 4, with: [0x7f, 0, 0, 1])
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let report = try SequenceStore.check(path: path)
    #expect(!report.isSound && report.problems.contains { $0.message.contains("invalid page number 2130706433") })
  }

  @Test func aSoundStoreHasNoProblems() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    #expect(try problems(store) == [])
    let half = SplitAssignment.hashed([SplitFraction("a", 0.5), SplitFraction("b", 0.5)], by: .keyWithinClass)
    try store.add(classifiedRecords(40, seed: 3), into: "e", options: ImportOptions(split: half))
    var more = classifiedRecords(80, seed: 4)
    more.removeFirst(40)
    try store.add(more, into: "e")
    var bad = classifiedRecords(90, seed: 4)
    bad.removeFirst(80)
    bad.append(bad[3])
    try store.add(bad, into: "e", options: ImportOptions(onError: .skip))
    let report = try SequenceStore.check(path: store.path)
    #expect(report.problems == [])
    #expect(report.datasets == 4)
    #expect(try report.sequences == store.datasets().map(\.sequences).reduce(0, +))
    let repaired = try SequenceStore.check(path: store.path, repair: true)
    #expect(repaired == report)
  }

  @Test func everyByteOfABlobThatFlipsIsFound() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory, sequences: 5)
    let queue = try DatabaseQueue(path: store.path)
    var flips = 0
    for column in ["input", "target", "validity"] {
      let sizes = try queue.read { db in
        try Row.fetchAll(
          db, sql: "SELECT sequence_id, length(\(column)) AS size, \(column) AS bytes FROM sequence_data")
      }
      for row in sizes {
        guard let bytes = row["bytes"] as Data?, let size = row["size"] as Int?, let id = row["sequence_id"] as Int64?
        else { continue }
        for offset in 0..<size {
          var changed = bytes
          changed[offset] ^= UInt8(1 << (offset % 8))
          let update = "UPDATE sequence_data SET \(column) = ? WHERE sequence_id = ?"
          try queue.write { try $0.execute(sql: update, arguments: [changed, id]) }
          let found = try problems(store)
          #expect(found.map(\.kind) == [.sequence], "\(column) of \(id), byte \(offset)")
          #expect(found.first?.key != nil)
          try queue.write { try $0.execute(sql: update, arguments: [bytes, id]) }
          flips += 1
        }
      }
    }
    #expect(flips > 100)
    #expect(try problems(store) == [])
  }

  @Test(arguments: [
    "key = 'other'", "split = 'other'", "length = length + 1", "class = (class + 1) % 3", "checksum = checksum - 1",
    "seal = seal - 1", "source_id = 2", "line = line + 1", "weight = 0.25", "weight = NULL", "\"group\" = 'x'",
    "metadata = '{}'", "dataset_id = 2", "key = x'00'", "length = 'two'", "length = 1152921504606846976",
    "length = -1", "class = 9", "class = NULL", "weight = 'x'", "split = 7", "id = id + 1000",
  ])
  func everyChangedColumnIsFound(_ change: String) throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    // Without the rules of the table, as damage does not ask for them.
    func setText(_ sql: String) throws {
      try DatabaseQueue(path: store.path).writeWithoutTransaction { db in
        try db.execute(
          sql: "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = \(sql) WHERE name = 'sequence'")
      }
    }
    try setText("replace(sql, ') STRICT', ')')")
    try DatabaseQueue(path: store.path).writeWithoutTransaction { db in
      try db.execute(
        sql:
          "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; UPDATE sequence SET \(change) WHERE id = 1")
    }
    try setText("sql || ' STRICT'")
    let found = try problems(store)
    #expect(found.contains { $0.kind == .sequence }, "\(found)")
    let report = try SequenceStore.check(path: store.path, repair: true)
    #expect(report.remaining == [], "\(report)")
    #expect(try problems(store) == [])
    let reasons = try DatabaseQueue(path: store.path).read { db in
      try String.fetchAll(db, sql: "SELECT reason FROM quarantine")
    }
    #expect(!reasons.isEmpty)
  }

  @Test func messagesNameDatasetAndKey() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    try store.vandalise("UPDATE sequence_data SET input = zeroblob(length(input) + 4) WHERE sequence_id = 1")
    let all = try problems(store)
    // SQLite itself sees the rule of the table that is broken.
    #expect(all.first?.message.contains("CHECK constraint failed") == true)
    let found = try #require(all.first { $0.key != nil })
    #expect(found.dataset == "d" && found.key == "key 0")
    #expect(found.message.hasPrefix("its data has the checksum ") && found.message.hasSuffix("it was changed"))
    try store.vandalise("DELETE FROM sequence_data WHERE sequence_id = 1")
    #expect(try problems(store).map(\.message) == ["it has no data"])
  }

  @Test(arguments: [
    "UPDATE length_count SET count = count + 1 WHERE dataset_id = 1", "DELETE FROM length_count WHERE dataset_id = 3",
    "INSERT INTO length_count VALUES (1, 'none', 0, 5, 1)",
    "UPDATE length_count SET split = 'other' WHERE dataset_id = 2",
    "UPDATE timestep_class_count SET count = 7", "DELETE FROM timestep_class_count",
    "UPDATE feature_statistics SET mean = mean + 1e-6", "UPDATE feature_statistics SET m2 = m2 + 0.01",
    "UPDATE feature_statistics SET maximum = 100", "UPDATE feature_statistics SET count = 3 WHERE dataset_id = 1",
    "DELETE FROM feature_statistics WHERE position = 1",
    "UPDATE feature_statistics SET mean = 9e999", "UPDATE feature_statistics SET m2 = 9e999 WHERE dataset_id = 1",
  ])
  func everyKeptFigureThatIsWrongIsFoundAndMadeAnew(_ change: String) throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let before = try store.statistics(SequenceSelection(dataset: "d"), by: .class)
    try store.vandalise(change)
    let found = try problems(store)
    #expect(!found.isEmpty && found.allSatisfy { $0.kind == .figures && $0.dataset != nil }, "\(found)")
    let report = try SequenceStore.check(path: store.path, repair: true)
    #expect(report.problems == found)
    #expect(report.repairs == ["made the kept figures anew"])
    #expect(report.isSound)
    #expect(try problems(store) == [])
    let after = try store.statistics(SequenceSelection(dataset: "d"), by: .class)
    #expect(after.map(\.lengths) == before.map(\.lengths))
    #expect(after.map { $0.features.map(\.count) } == before.map { $0.features.map(\.count) })
  }

  @Test func aRepairKeepsWhatIsSoundAndMovesTheRest() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let records = classifiedRecords(12)
    try store.vandalise("UPDATE sequence_data SET input = zeroblob(length(input)) WHERE sequence_id IN (2, 5)")
    let report = try SequenceStore.check(path: store.path, repair: true)
    #expect(report.problems.map(\.key) == ["key 1", "key 4"])
    #expect(report.repairs == ["moved 2 damaged sequences to \"quarantine\"", "made the kept figures anew"])
    let other = try directory.store("other.ragged")
    try other.add(
      records.enumerated().filter { ![1, 4].contains($0.offset) }.map(\.element),
      options: ImportOptions(classes: ["b", "a", "c"]))
    let selection = SequenceSelection(dataset: "d")
    let (sources, all) = ([try store.source(selection), try other.source(selection)], Array(0..<10))
    #expect(try sources[0].gather(all) == sources[1].gather(all))
    #expect(
      try store.statistics(selection, by: .split).map(\.lengths)
        == other.statistics(selection, by: .split).map(\.lengths))
    let moved = try store.sql { db in
      try Row.fetchAll(
        db, sql: "SELECT key, split, length(input) AS bytes, length FROM quarantine ORDER BY sequence_id"
      )
      .map { "\($0["key"] ?? "") \($0["split"] ?? "") \(($0["bytes"] as Int?) == 8 * ($0["length"] as Int? ?? -1))" }
    }
    #expect(moved == ["key 1 train true", "key 4 train true"])
  }

  /// Column by column and byte by byte.
  @Test func allOfADamagedSequenceIsInQuarantine() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let columns = """
      dataset_id, key, split, length, class, checksum, source_id, line, weight, "group", metadata, seal, input, target,
      validity
      """
    try store.vandalise("UPDATE sequence SET line = line + 1")
    let before = try store.sql { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT sequence.id, (SELECT name FROM dataset WHERE dataset.id = dataset_id), \(columns)
          FROM sequence JOIN sequence_data ON sequence_id = sequence.id ORDER BY 1
          """)
    }
    #expect(before.count == 14)
    for round in 0..<2 {
      let report = try SequenceStore.check(path: store.path, repair: true)
      #expect(report.isSound && report.problems.isEmpty == (round == 1), "\(report)")
      let moved = try store.sql {
        try Row.fetchAll($0, sql: "SELECT sequence_id, dataset, \(columns) FROM quarantine ORDER BY 1")
      }
      #expect(moved.map { Array($0.databaseValues) } == before.map { Array($0.databaseValues) })
    }
    #expect(try store.datasets().map(\.sequences) == [0, 0, 0])
  }

  @Test func allOfDataWithoutASequenceIsInQuarantine() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    func rows(_ table: String) throws -> [[DatabaseValue]] {
      try store.sql {
        try Row.fetchAll($0, sql: "SELECT sequence_id, input, target, validity FROM \(table) ORDER BY 1")
      }.map { Array($0.databaseValues) }
    }
    let before = try rows("sequence_data")
    try store.vandalise("DELETE FROM sequence")
    #expect(try SequenceStore.check(path: store.path, repair: true).isSound)
    #expect(try rows("quarantine") == before && rows("sequence_data").isEmpty)
  }

  /// What an earlier repair moved outlives a table that is not as it should be.
  @Test func quarantineIsNeverEmptied() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    try store.vandalise("UPDATE sequence SET line = line + 1 WHERE id = 3")
    #expect(try SequenceStore.check(path: store.path, repair: true).isSound)
    try store.vandalise("ALTER TABLE quarantine ADD COLUMN more ANY; UPDATE sequence SET line = line + 1 WHERE id = 5")
    _ = try SequenceStore.check(path: store.path, repair: true)
    #expect(try store.sql { try Int64.fetchAll($0, sql: "SELECT sequence_id FROM quarantine ORDER BY 1") } == [3, 5])
  }

  /// Figures alone would be made anew, and the sequence would stay where it is not from.
  @Test func aSequenceThatGotIntoAnotherDatasetOfItsKindIsDamaged() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    try store.add(
      classifiedRecords(5).map { record in
        var other = record
        other.key += " of e"
        return other
      }, into: "e")
    try store.vandalise("UPDATE sequence SET dataset_id = (SELECT id FROM dataset WHERE name = 'e') WHERE id = 2")
    #expect(try problems(store).contains { $0.kind == .sequence && $0.key == "key 1" })
  }

  @Test(arguments: [
    ("DROP INDEX run_dataset", "the file has no index \"run_dataset\"", true),
    (
      "DROP VIEW sequences; CREATE VIEW sequences AS SELECT 1 AS id", "the file has a view \"sequences\" other than",
      true
    ),
    ("DROP TABLE length_count", "the file has no table \"length_count\"", true),
    ("DROP TABLE length_count; CREATE VIEW length_count AS SELECT 1", "the file has no table \"length_count\"", true),
    (
      "DROP TABLE feature_statistics; CREATE TABLE feature_statistics (a)", "has a table \"feature_statistics\" other",
      true
    ),
    ("CREATE TRIGGER t AFTER DELETE ON sequence BEGIN DELETE FROM dataset; END", "the file has a trigger \"t\"", true),
    ("CREATE VIEW \"a \"\"b\" AS SELECT 1", "the file has a view \"a \"b\"", true),
    ("DROP TABLE sequence_data", "the file has no table \"sequence_data\"", false),
    (
      "DROP TABLE sequence_data; CREATE VIEW sequence_data AS SELECT 1 AS sequence_id", "no table \"sequence_data\"",
      false
    ),
    ("ALTER TABLE dataset ADD COLUMN more INTEGER", "the file has a table \"dataset\" other than", false),
  ])
  func objectsAreMadeAnewWhereTheyCanBe(_ change: (sql: String, message: String, isRepaired: Bool)) throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    try store.vandalise(change.sql)
    let found = try problems(store)
    #expect(found.contains { $0.kind == .structure && $0.message.contains(change.message) }, "\(found)")
    let report = try SequenceStore.check(path: store.path, repair: true)
    #expect(report.isSound == change.isRepaired, "\(report)")
    if change.isRepaired {
      #expect(try problems(store) == [])
      #expect(try SequenceStore(path: store.path).datasetInfo("d").sequences == 12)
    } else {
      #expect(try problems(store) == found)
    }
  }

  @Test func whatBelongsToNothingIsMovedOrNamed() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    try store.vandalise("DELETE FROM sequence WHERE id = 3; DELETE FROM source WHERE id = 2")
    let kinds = Set(try problems(store).map(\.kind))
    #expect(kinds == [.reference, .sequence, .figures])
    let report = try SequenceStore.check(path: store.path, repair: true)
    #expect(report.isSound, "\(report)")
    #expect(
      report.repairs == [
        "moved data without a sequence to \"quarantine\": 1",
        "gave the name \"lost\" to files that are not in \"source\": 1", "made the kept figures anew",
      ])
  }

  @Test func aCheckMayBeStopped() throws {
    let directory = try TemporaryDirectory()
    let path = try store(directory).path
    for repair in [false, true] {
      #expect(throws: Cancelled("\(path) is as it was before")) {
        try SequenceStore.check(path: path, repair: repair, monitor: .ending)
      }
    }
  }

  @Test func whileSQLiteLooksAtTheFileACheckMayBeStopped() throws {
    let directory = try TemporaryDirectory()
    let path = try store(directory, sequences: 2000).path
    // Once a sequence, and more often where one statement takes long.
    let questions = Questions()
    let report = try SequenceStore.check(path: path, monitor: questions.monitor)
    #expect(report.isSound)
    #expect(questions.count > report.sequences)
    // The first question comes while the file is looked at as a whole.
    let first = Questions(endingAfter: 0)
    #expect(throws: Cancelled("\(path) is as it was before")) {
      try SequenceStore.check(path: path, monitor: first.monitor)
    }
    #expect(first.count < 10)
  }

  @Test func whatIsNoStoreIsRefused() throws {
    #expect(throws: StoreError(.notFound, "/nowhere/a: there is no such file")) {
      try SequenceStore.check(path: "/nowhere/a")
    }
    let directory = try TemporaryDirectory()
    let text = directory.file("text")
    try "id,t,x\n".write(toFile: text, atomically: true, encoding: .utf8)
    #expect(throws: StoreError(.notAStore, "\(text): not an SQLite database, so not a Ragged store")) {
      try SequenceStore.check(path: text, repair: true)
    }
  }
}
