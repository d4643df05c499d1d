import Foundation
import GRDB
import RaggedCore
import Testing

@testable import RaggedFormats
@testable import RaggedStore

@Suite struct StoreUpgradeTests {
  private static let names = ["forecast", "readings", "sequences", "steps", "text", "tokens", "vowels"]

  /// A file that version 1 made.
  private func oldStore(_ directory: TemporaryDirectory) throws -> String {
    let path = directory.file("old.ragged")
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: try String(contentsOf: storeOfVersion1, encoding: .utf8))
    }
    return path
  }

  /// Everything that a store says of its datasets and gives of them.
  private func contents(_ store: SequenceStore) throws -> [String] {
    var result = try store.datasets().map { "\($0)" }
    result += try store.runs().map { "\($0.id) \($0.fingerprint) \($0.epochs.map(\.metrics["loss"]))" }
    for name in StoreUpgradeTests.names {
      let selection = SequenceSelection(dataset: name)
      let source = try store.source(selection)
      let all = Array(0..<source.count)
      result += try store.statistics(selection, by: .split).map { "\($0)" }
      result += ["\(source.fingerprint)", "\(try source.keys(all))", "\(try source.metadata(all))"]
      result += ["\(try source.gather(all))"]
      result += ["\(try store.source(SequenceSelection(dataset: name, condition: "length > 1", order: .key)).lengths)"]
    }
    return result
  }

  @Test func anOldStoreLosesNothing() throws {
    let directory = try TemporaryDirectory()
    let path = try oldStore(directory)
    let before = try contents(SequenceStore(path: path, mode: .readOnly))
    #expect(try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 1)
    let after = try contents(SequenceStore(path: path))
    #expect(after == before)
    #expect(try contents(SequenceStore(path: path, mode: .readOnly)) == before)
    try DatabaseQueue(path: path).read { (db: Database) throws in
      #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == 2)
      #expect(try String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"])
      #expect(try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").isEmpty)
    }
  }

  @Test func anOldStoreTakesMore() throws {
    let directory = try TemporaryDirectory()
    let store = try SequenceStore(path: oldStore(directory))
    let more = InputDescription(input: .features(["ax", "ay"]), target: .classPerSequence(declared: nil))
    try store.add(
      [SequenceRecord(key: "new", input: .values([1, 2], featureCount: 2), target: .label("walk"))], more,
      into: "readings")
    #expect(try store.datasetInfo("readings").sequences == 4)
    #expect(try store.source(SequenceSelection(dataset: "readings")).lengths == [2, 1, 3, 1])
  }

  @Test func anOldStoreThatWasChangedByHandStaysAsItIs() throws {
    let directory = try TemporaryDirectory()
    let path = try oldStore(directory)
    try DatabaseQueue(path: path).write { try $0.execute(sql: "DROP INDEX sequence_figures") }
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    for mode in [SequenceStore.Mode.readOnly, .readWrite] {
      let error = #expect(throws: StoreError.self) { try SequenceStore(path: path, mode: mode) }
      #expect(error?.message.contains("has no index \"sequence_figures\"") == true, "\(error?.message ?? "")")
    }
    let after = try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    #expect(after == 1)
    #expect(before.count > 0)
  }

  @Test func anUpgradeThatFailsIsTakenBack() throws {
    let directory = try TemporaryDirectory()
    let path = try oldStore(directory)
    try DatabaseQueue(path: path).writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA ignore_check_constraints = ON; UPDATE sequence SET length = -1 WHERE key = 'b'")
    }
    #expect(throws: StoreError.self) { try SequenceStore(path: path) }
    try DatabaseQueue(path: path).read { (db: Database) throws in
      #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == 1)
      #expect(try db.tableExists("sequence") && db.indexes(on: "sequence").contains { $0.name == "sequence_figures" })
      #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM sequence") == 18)
    }
  }
}
