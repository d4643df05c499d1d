import Foundation
import GRDB
import RaggedCore
import Testing

@testable import RaggedStore

/// Imports that commit on the way: stopped anywhere, any number of times, they end with the store of one that was not.
@Suite struct ResumableImportTests {
  private static let options = ImportOptions(
    split: .hashed([SplitFraction("a", 0.5), SplitFraction("b", 0.5)]), commitsEvery: 400)

  /// Imports until `stop` sequences were asked for.
  private static func add(
    _ records: [SequenceRecord], to store: SequenceStore, options: ImportOptions = options, fingerprint: String? = "f",
    stopAfter stop: Int = .max
  ) throws {
    var reader = ArrayReader(.classified, records)
    var asked = 0
    _ = try store.importSequences(
      from: &reader, named: "a.csv", into: "d", options: options, fingerprint: fingerprint,
      isCancelled: {
        asked += 1
        return asked > stop
      })
  }

  /// All rows of all tables but the times.
  private static func rows(_ store: SequenceStore) throws -> [String] {
    try store.read { db in
      let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      return try tables.flatMap { table in
        try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map { row in
          table
            + row.filter { !["created_at", "imported_at"].contains($0.0) }.map { "\($0): \($1)" }.joined(
              separator: ", ")
        }
      }
    }
  }

  @Test func anImportThatWasStoppedEndsAsOneThatWasNot() throws {
    let directory = try TemporaryDirectory()
    let records = classifiedRecords(200)
    let whole = try directory.store("whole.ragged")
    try Self.add(records, to: whole)
    let expected = try Self.rows(whole)
    var random = SeededRandom(seed: 4)
    var kept = 0
    for number in 0..<25 {
      let store = try directory.store("\(number).ragged")
      for _ in 0...random.below(3) {
        let error = #expect(throws: StoreError.self) {
          try Self.add(records, to: store, stopAfter: random.below(200))
        }
        #expect(error?.code == .cancelled && error?.message.contains("goes on") == true)
        let report = try SequenceStore.check(path: store.path)
        #expect(report.problems == [])
        kept += report.sequences
      }
      try Self.add(records, to: store)
      #expect(try Self.rows(store) == expected)
    }
    #expect(kept > 0)
  }

  @Test func aFileThatChangedIsRefused() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let records = classifiedRecords(100)
    #expect(throws: StoreError.self) { try Self.add(records, to: store, stopAfter: 90) }
    let before = try Self.rows(store)
    let error = #expect(throws: StoreError.self) { try Self.add(records, to: store, fingerprint: "other") }
    #expect(error?.code == .mismatch && error?.message.contains("a.csv: was changed") == true)
    #expect(try Self.rows(store) == before)
  }

  @Test func whatCannotGoOnIsRefused() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    var options = Self.options
    let error = #expect(throws: StoreError.self) { try Self.add([], to: store, fingerprint: nil) }
    #expect(error?.message.contains("cannot be read again") == true)
    options.split = .hashed([SplitFraction("a", 1)], by: .keyWithinClass)
    #expect(throws: StoreError.self) { try Self.add([], to: store, options: options) }
    #expect(try store.datasets().isEmpty)
  }

  @Test func aKeyThatComesTwiceIsAtFaultAfterAStopToo() throws {
    let directory = try TemporaryDirectory()
    var records = classifiedRecords(100)
    records.append(records[5])
    let store = try directory.store()
    #expect(throws: StoreError.self) { try Self.add(records, to: store, stopAfter: 80) }
    let error = #expect(throws: InputError.self) { try Self.add(records, to: store) }
    #expect(error?.message.contains("comes twice") == true)
    #expect(try SequenceStore.check(path: store.path).problems == [])
  }

  @Test func aSourceIsKnownByItsContents() throws {
    let directory = try TemporaryDirectory()
    func fingerprint(_ text: String) throws -> String? {
      try Data(text.utf8).write(to: URL(fileURLWithPath: directory.file("x.csv")))
      return InputSource(directory.file("x.csv")).fingerprint
    }
    let long = String(repeating: "abc", count: 100_000)
    #expect(try fingerprint("ab") == fingerprint("ab") && fingerprint("ab") != fingerprint("ac"))
    #expect(try fingerprint(long + "a") != fingerprint(long + "b") && fingerprint("") != nil)
    #expect(InputSource("-").fingerprint == nil && InputSource(directory.file("none")).fingerprint == nil)
  }
}
