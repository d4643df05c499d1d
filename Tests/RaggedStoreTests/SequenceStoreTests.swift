import Foundation
import GRDB
import RaggedCore
import Testing

@testable import RaggedStore

@Suite struct SequenceStoreTests {
  @Test func aNewStoreIsEmptyAndOpensAgain() throws {
    let directory = try TemporaryDirectory()
    do {
      let store = try directory.store()
      #expect(try store.datasets() == [])
      #expect(try store.runs() == [])
    }
    for mode in [SequenceStore.Mode.create, .readWrite, .readOnly] {
      #expect(try SequenceStore(path: directory.file("a.ragged"), mode: mode).datasets() == [])
    }
  }

  @Test func theFileSaysWhoseItIs() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.read { (db: Database) throws in
      #expect(try Int.fetchOne(db, sql: "PRAGMA application_id") == 0x5247_4744)
      #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == 1)
      #expect(try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal")
      #expect(try Int.fetchOne(db, sql: "PRAGMA foreign_keys") == 1)
      let loose = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0"
      #expect(try Set(String.fetchAll(db, sql: loose)) == ["sqlite_schema"])
    }
  }

  @Test func aMissingFileIsNamed() throws {
    let error = StoreError(.notFound, "/nowhere/a.ragged: there is no such file")
    #expect(throws: error) { try SequenceStore(path: "/nowhere/a.ragged", mode: .readOnly) }
    #expect(throws: error) { try SequenceStore(path: "/nowhere/a.ragged") }
    let made = #expect(throws: StoreError.self) { try SequenceStore(path: "/nowhere/a.ragged", mode: .create) }
    #expect(made?.code == .cannotCreate)
  }

  @Test func otherFilesAreRefusedAndLeftAlone() throws {
    let directory = try TemporaryDirectory()
    let text = directory.file("text")
    try "id,t,x\n".write(toFile: text, atomically: true, encoding: .utf8)
    for mode in [SequenceStore.Mode.create, .readWrite, .readOnly] {
      #expect(throws: StoreError(.notAStore, "\(text): not an SQLite database, so not a Ragged store")) {
        try SequenceStore(path: text, mode: mode)
      }
    }
    #expect(try String(contentsOfFile: text, encoding: .utf8) == "id,t,x\n")

    let other = directory.file("other.sqlite")
    try DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE a (b)") }
    let before = try Data(contentsOf: URL(fileURLWithPath: other))
    #expect(throws: StoreError(.notAStore, "\(other): an SQLite database, but not a Ragged store")) {
      try SequenceStore(path: other, mode: .create)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: other)) == before)

    let empty = directory.file("empty")
    try Data().write(to: URL(fileURLWithPath: empty))
    #expect(throws: StoreError(.notAStore, "\(empty): is empty, not a Ragged store")) {
      try SequenceStore(path: empty)
    }
    #expect(try SequenceStore(path: empty, mode: .create).datasets() == [])
  }

  @Test func aNewerVersionIsRefused() throws {
    let directory = try TemporaryDirectory()
    try directory.store().vandalise("PRAGMA user_version = 7")
    let path = directory.file("a.ragged")
    let error = StoreError(
      .newerVersion, "\(path): a store of version 7, but this program reads up to version 1; use a newer Ragged")
    for mode in [SequenceStore.Mode.create, .readWrite, .readOnly] {
      #expect(throws: error) { try SequenceStore(path: path, mode: mode) }
    }
    #expect(error.failureClass == .badData)
  }

  @Test(arguments: [
    ("DROP VIEW sequences; CREATE VIEW sequences AS SELECT 1 AS id", "has a view \"sequences\" other than that"),
    ("DROP INDEX run_dataset", "has no index \"run_dataset\""),
    ("DROP TABLE length_count", "has no table \"length_count\""),
    ("CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM dataset; END", "has a trigger \"t\", which no"),
    ("CREATE VIEW v AS SELECT 1", "has a view \"v\", which no Ragged store has"),
  ])
  func aSchemaOfAnotherHandIsRefused(_ change: (sql: String, message: String)) throws {
    let directory = try TemporaryDirectory()
    try directory.store().vandalise(change.sql)
    let error = #expect(throws: StoreError.self) {
      try SequenceStore(path: directory.file("a.ragged"), mode: .readOnly)
    }
    #expect(error?.code == .damaged)
    #expect(error?.message.contains(change.message) == true, "\(error?.message ?? "")")
  }

  @Test func aStoreForReadingIsNotWritten() throws {
    let directory = try TemporaryDirectory()
    try directory.store().add(classifiedRecords(5))
    let store = try SequenceStore(path: directory.file("a.ragged"), mode: .readOnly)
    let error = StoreError(.readOnly, "\(store.path): is open for reading only")
    #expect(throws: error) { try store.add(classifiedRecords(1), into: "e") }
    #expect(throws: error) { try store.insertRun(RunRecord(dataset: "d", command: "", fingerprint: 0)) }
    #expect(try store.datasetInfo("d").sequences == 5)
  }

  @Test func anImmutableFileIsReadWithoutItsLog() throws {
    let directory = try TemporaryDirectory()
    // Characters that mean something in a URI.
    let path = directory.file("100% a?b#c.ragged")
    do { try SequenceStore(path: path, mode: .create).add(classifiedRecords(9)) }
    let location = try SequenceStore.immutableLocation(path, path: path)
    let queue = try DatabaseQueue(path: location)
    #expect(try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sequence") } == 9)
    #expect(!FileManager.default.fileExists(atPath: path + "-shm"))
    try "log".write(toFile: path + "-wal", atomically: true, encoding: .utf8)
    let error = #expect(throws: StoreError.self) { try SequenceStore.immutableLocation(path, path: path) }
    #expect(error?.message.contains("its last writer left a write-ahead log") == true)
  }

  /// Root writes wherever it likes, so the test needs another user.
  @Test(.enabled(if: geteuid() != 0)) func readOnlyMediaWillDo() throws {
    let directory = try TemporaryDirectory()
    do { try directory.store().add(classifiedRecords(9)) }
    let manager = FileManager.default
    try manager.setAttributes([.posixPermissions: 0o444], ofItemAtPath: directory.file("a.ragged"))
    try manager.setAttributes([.posixPermissions: 0o555], ofItemAtPath: directory.path)
    defer { try? manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path) }
    let store = try SequenceStore(path: directory.file("a.ragged"), mode: .readOnly)
    #expect(store.location.hasSuffix("?immutable=1"))
    let source = try store.source(SequenceSelection(dataset: "d", condition: "class = 'a'"))
    #expect(try source.gather([0, 1, 2]).count == 3)
    #expect(try store.statistics(SequenceSelection(dataset: "d"))[0].sequences == 9)
    #expect(try manager.contentsOfDirectory(atPath: directory.path) == ["a.ragged"])
    let error = #expect(throws: StoreError.self) { try SequenceStore(path: store.path) }
    #expect(error?.code == .cannotCreate, "\(error?.message ?? "")")
  }

  @Test func readersGoOnWhileAnImportIsOpen() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(3))
    let other = try SequenceStore(path: store.path, mode: .readOnly)
    var reader = ArrayReader(.classified, classifiedRecords(3, seed: 9))
    _ = try store.importing(into: "e") { session in
      try session.add(&reader, named: "b")
      #expect(try other.datasets().map(\.name) == ["d"])
    }
    #expect(try other.datasets().map(\.name) == ["d", "e"])
  }

  @Test func aSecondWriterIsToldWhatItWaitsFor() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let other = try SequenceStore(path: store.path, busyTimeout: 0.05)
    var reader = ArrayReader(.plain, [])
    _ = try store.importing(into: "d") { session in
      try session.add(&reader, named: "a")
      let error = #expect(throws: StoreError.self) { try other.add([], .plain, into: "e") }
      #expect(error?.code == .busy)
      #expect(
        error?.message == "\(store.path): waited 0.05 s for another connection, which is writing to it; "
          + "try again when it has ended, or wait longer with --busy-timeout")
    }
  }

  @Test func wrongTypesInAFileAreAnErrorAndNoCrash() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(5))
    try store.vandalise("UPDATE dataset SET feature_count = 2000000000")
    let error = #expect(throws: StoreError.self) { try store.datasetInfo("d") }
    #expect(error?.message == "\(store.path): dataset \"d\" claims 2000000000 features and names 2")
    try store.vandalise("UPDATE dataset SET feature_count = 2; UPDATE feature SET position = 5 WHERE position = 1")
    let gap = #expect(throws: StoreError.self) { try store.datasetInfo("d") }
    #expect(gap?.message == "\(store.path): dataset \"d\" has gaps in the positions of its features")
  }
}
