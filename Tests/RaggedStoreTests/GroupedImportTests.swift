import Foundation
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// Files whose rows turn out not to stand together, behind the rows that are looked at first.
@Suite struct GroupedImportTests {
  /// 1,200 rows of 300 sequences that stand together, and more rows of some of them.
  private static func table(_ name: String = "a") -> [String] {
    (0..<1200).map { "\(name)\($0 / 4),\($0),\($0 % 17),w\($0 % 23),c\($0 % 3)" }
      + (0..<90).map { "\(name)\($0 * 7 % 300),\(5000 + $0),\($0 % 13),v\($0 % 5),c\($0 % 4)" }
  }

  private static let options = TableOptions(
    id: "id", features: ["x"], target: ["label"], targetKind: .classPerTimestep, time: "t", categories: ["word"])

  private static func write(_ rows: [String], _ path: String) throws {
    try Data(("id,t,x,word,label\n" + rows.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
  }

  /// The rows with those of each sequence together.
  private static func grouped(_ rows: [String]) -> [String] {
    var order: [Substring] = []
    var groups: [Substring: [String]] = [:]
    for row in rows {
      let id = row.prefix { $0 != "," }
      if groups[id] == nil { order.append(id) }
      groups[id, default: []].append(row)
    }
    return order.flatMap { groups[$0] ?? [] }
  }

  private static func add(
    _ paths: [String], to store: SequenceStore, _ options: ImportOptions = ImportOptions(),
    table: TableOptions = GroupedImportTests.options
  ) throws -> (report: ImportReport, notes: [String]) {
    var readers = try paths.map { try FileReader($0, options: table) }
    var notes: [String] = []
    let report = try store.importing(into: "d", options: options) { session in
      for index in readers.indices {
        try session.add(&readers[index], named: "file \(index)", fingerprint: "f")
        notes += try readers[index].takeNotes().map(\.text)
      }
    }
    return (report, notes)
  }

  private static func compare(_ store: SequenceStore, _ clean: SequenceStore) throws {
    #expect(try SequenceStore.check(path: store.path).problems == [])
    func records(_ store: SequenceStore) throws -> [String: SequenceRecord] {
      var records: [String: SequenceRecord] = [:]
      try store.source(SequenceSelection(dataset: "d")).forEachRecord { record in
        var record = record
        record.line = 0
        records[record.key] = record
      }
      return records
    }
    #expect(try records(store) == records(clean))
    #expect(try store.statistics(SequenceSelection(dataset: "d")) == clean.statistics(SequenceSelection(dataset: "d")))
    #expect(try store.datasetInfo("d").columns == clean.datasetInfo("d").columns)
    #expect(
      try store.source(SequenceSelection(dataset: "d")).signature
        == clean.source(SequenceSelection(dataset: "d")).signature)
  }

  @Test(arguments: [ImportOptions.ErrorPolicy.fail, .skip])
  func theFileIsBegunAnewAndEndsAsIfItHadBeenGrouped(policy: ImportOptions.ErrorPolicy) throws {
    let directory = try TemporaryDirectory()
    let (first, second) = (directory.file("1.csv"), directory.file("2.csv"))
    for (rows, (one, two)) in [
      (Self.table, (first, second)),
      ({ Self.grouped(Self.table($0)) }, (directory.file("3.csv"), directory.file("4.csv"))),
    ] as [((String) -> [String], (String, String))] {
      try Self.write(rows("a"), one)
      try Self.write(rows("b"), two)
    }
    let (store, clean) = (try directory.store("a.ragged"), try directory.store("b.ragged"))
    let options = ImportOptions(onError: policy)
    let found = try Self.add([first, second], to: store, options)
    let expected = try Self.add([directory.file("3.csv"), directory.file("4.csv")], to: clean, options)
    #expect((found.report.sequences, found.report.timesteps) == (600, 2580))
    #expect(found.report.tokens == expected.report.tokens && found.report.classes == expected.report.classes)
    let note = #"the rows of a sequence do not stand together: grouped by "id" (300 sequences, 1,290 rows)"#
    #expect(found.notes == [note, note] && expected.notes == [])
    try Self.compare(store, clean)
    // The same once more changes nothing; a sequence is counted for each of its pieces, since none of them is stored.
    let again = try Self.add([first, second], to: store, ImportOptions(onError: policy, ifKeyExists: .skip))
    #expect(again.report.sequences == 0 && again.report.skipped >= 600)
    try Self.compare(store, clean)
    let replaced = try Self.add([first], to: store, ImportOptions(onError: policy, ifKeyExists: .replace))
    #expect((replaced.report.sequences, replaced.report.replaced) == (300, 300))
    try Self.compare(store, clean)
  }

  /// Bad rows leave out their sequences, with the words and classes that they alone had.
  @Test func aBadRowLeavesOutTheWholeOfItsSequence() throws {
    let directory = try TemporaryDirectory()
    var rows = Self.table()
    rows[40] = "a10,40,oops,only,gone"
    rows.append("a20,9000,1,only2,gone")
    rows.append("a20,9001,x,w,c0")
    let bad = ["a10,", "a20,"]
    let good = rows.filter { row in !bad.contains { row.hasPrefix($0) } }
    try Self.write(rows, directory.file("1.csv"))
    try Self.write(Self.grouped(good), directory.file("2.csv"))
    let (store, clean) = (try directory.store("a.ragged"), try directory.store("b.ragged"))
    let found = try Self.add([directory.file("1.csv")], to: store, ImportOptions(onError: .skip))
    #expect(found.report.rejected.map(\.error.key) == ["a10", "a20"])
    #expect(found.report.rejected.map(\.error.line) == [42, 1293])
    _ = try Self.add([directory.file("2.csv")], to: clean)
    try Self.compare(store, clean)
  }

  @Test func whereItCannotBeBegunAnewTheErrorSaysWhatHelps() throws {
    let directory = try TemporaryDirectory()
    try Self.write(Self.table(), directory.file("1.csv"))
    let store = try directory.store()
    let resumable = ImportOptions(commitsEvery: 4000)
    let error = #expect(throws: InputError.self) { try Self.add([directory.file("1.csv")], to: store, resumable) }
    #expect(error?.remedy == .groupRows && error?.message.contains("comes back after its rows ended") == true)
    // What was committed are pieces, with which an import of grouped rows does not go on.
    var grouped = Self.options
    grouped.grouping = .always
    let other = #expect(throws: StoreError.self) {
      try Self.add([directory.file("1.csv")], to: store, resumable, table: grouped)
    }
    #expect(other?.message.contains("another grouping of rows") == true)
    let fresh = try directory.store("b.ragged")
    #expect(try Self.add([directory.file("1.csv")], to: fresh, resumable, table: grouped).report.sequences == 300)
    grouped.grouping = .never
    let refused = #expect(throws: InputError.self) {
      try Self.add([directory.file("1.csv")], to: directory.store("c.ragged"), table: grouped)
    }
    #expect(refused?.remedy == .groupRows)
  }

  @Test func filesInMemoryAreBegunAnewToo() throws {
    let directory = try TemporaryDirectory()
    let (first, second) = (directory.file("1.csv"), directory.file("2.csv"))
    try Self.write(Self.grouped(Self.table("b")), first)
    try Self.write(Self.table(), second)
    var shown: [String] = []
    let data = try RecordSource([first, second].map { try FileReader($0, options: Self.options) }) {
      shown.append($0.text)
    }
    #expect(data.lengths.count == 600)
    #expect(shown.filter { $0.contains("grouped by") }.count == 1)
    #expect(data.roles.count == 1)
    try Self.write(Self.grouped(Self.table()), directory.file("3.csv"))
    let clean = try RecordSource([first, directory.file("3.csv")].map { try FileReader($0, options: Self.options) })
    #expect(data.fingerprint == clean.fingerprint)
  }
}
