import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import RaggedTestSupport
import Testing

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
    _ = try store.importSequences(
      from: &reader, named: "a.csv", into: "d", options: options, fingerprint: fingerprint,
      monitor: Questions(endingAfter: stop).monitor)
  }

  /// All rows of all tables but the times.
  private static func rows(_ store: SequenceStore) throws -> [String] {
    try store.sql { db in
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
        let error = #expect(throws: Cancelled.self) {
          try Self.add(records, to: store, stopAfter: random.below(200))
        }
        #expect(error?.message.contains("goes on") == true)
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
    #expect(throws: Cancelled.self) { try Self.add(records, to: store, stopAfter: 90) }
    let before = try Self.rows(store)
    let error = #expect(throws: StoreError.self) { try Self.add(records, to: store, fingerprint: "other") }
    #expect(error?.code == .mismatch && error?.message.contains("a.csv: was changed") == true)
    #expect(try Self.rows(store) == before)
  }

  /// A table of sequences of 12 steps, 1.1 KB each, so that most of it is neither beginning nor end.
  private static func table(
    _ directory: TemporaryDirectory, sequences: Int = 300
  ) throws -> (path: String, bytes: Data) {
    var text = "id,x\n"
    let long = String(repeating: "long ", count: 12)
    for number in 0..<sequences {
      for t in 0..<12 { text += "\(long)key of sequence \(number),0.\(1_000_000 + 31 * number + t)\n" }
    }
    let path = directory.file("long.csv")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return (path, Data(text.utf8))
  }

  /// Imports a file as the command does, until `stop` sequences were asked for.
  private static func add(
    _ path: String, to store: SequenceStore, commitsEvery bytes: Int = 2000, stopAfter stop: Int = .max
  ) throws {
    var reader = try FileReader(path)
    _ = try store.importSequences(
      from: &reader, named: "long.csv", into: "d", options: ImportOptions(commitsEvery: bytes), rowPerTimestep: true,
      fingerprint: InputSource(path).fingerprint,
      monitor: Questions(endingAfter: stop).monitor)
  }

  @Test func aFileThatChangedInItsMiddleIsRefused() throws {
    let directory = try TemporaryDirectory()
    let (path, bytes) = try Self.table(directory)
    let store = try directory.store()
    #expect(throws: Cancelled.self) { try Self.add(path, to: store, stopAfter: 250) }
    let kept = try store.datasetInfo("d").sequences
    #expect(kept > 100 && kept < 300)
    // A digit of sequence 100: size, beginning and end of the file stay as they are.
    var changed = bytes
    let place = try #require(bytes.firstRange(of: Data("sequence 100,0.1".utf8))).upperBound
    #expect(place > 1 << 16 && place < bytes.count - 1 << 16)
    changed[place] = 0x39
    try changed.write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: StoreError.self) { try Self.add(path, to: store) }
    #expect(error?.code == .mismatch)
    #expect(
      error?.message
        == "long.csv: was changed since a part of it was stored in dataset \"d\"; put the old file back")
    #expect(error?.remedy == .deleteUnfinished(dataset: "d", store: store.path))
    #expect(try store.datasetInfo("d").sequences == kept)
    // The old file back: it goes on.
    try bytes.write(to: URL(fileURLWithPath: path))
    try Self.add(path, to: store)
    let whole = try directory.store("whole.ragged")
    try Self.add(path, to: whole)
    #expect(try Self.rows(store) == Self.rows(whole))
  }

  /// Wherever it was stopped, and whichever of the stored sequences it is. Commits are far apart, as they mostly are, or
  /// more frequent than reads.
  @Test(arguments: [(2000, Array(stride(from: 100, through: 650, by: 50))), (38_400, [850, 1650])])
  func aChangeOfAnyStoredSequenceIsNoticed(_ commits: (bytes: Int, stops: [Int])) throws {
    let directory = try TemporaryDirectory()
    let (path, bytes) = try Self.table(directory, sequences: (commits.stops.last ?? 0) + 50)
    let store = try directory.store()
    for stop in commits.stops {
      #expect(throws: Cancelled.self) {
        try Self.add(path, to: store, commitsEvery: commits.bytes, stopAfter: stop)
      }
      let kept = try store.datasetInfo("d").sequences
      // A slow reader is waited for, and each wait asks once more.
      #expect(kept > 0 && kept <= stop)
      for number in [1, kept / 3, kept / 2, 3 * kept / 4, kept - 1] {
        var changed = bytes
        let place = try #require(bytes.firstRange(of: Data("sequence \(number),0.1".utf8))).upperBound
        changed[place] ^= 1
        try changed.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StoreError.self) { try Self.add(path, to: store, commitsEvery: commits.bytes) }
        #expect(error?.code == .mismatch, "sequence \(number) of \(kept)")
      }
      try bytes.write(to: URL(fileURLWithPath: path))
    }
  }

  /// What the message advises is what helps.
  @Test(arguments: [true, false])
  func aChangedFileIsImportedAnewAfterItsPartWasDeleted(_ byUnfinished: Bool) throws {
    let directory = try TemporaryDirectory()
    let (path, _) = try Self.table(directory)
    let store = try directory.store()
    let other = InputDescription(input: .features(["x"]), target: .none)
    try store.add([SequenceRecord(key: "first", input: .values([1, 2], featureCount: 1))], other)
    #expect(throws: Cancelled.self) { try Self.add(path, to: store, stopAfter: 250) }
    let stored = try store.datasetInfo("d").sequences - 1
    #expect(stored > 200)
    try Data("id,x\na,1\na,2\nb,3\n".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: StoreError.self) { try Self.add(path, to: store) }
    // Some of it is not all of it.
    try store.deleteSequences(
      SequenceSelection(dataset: "d", keys: [String(repeating: "long ", count: 12) + "key of sequence 0"]))
    #expect(throws: StoreError.self) { try Self.add(path, to: store) }
    if byUnfinished {
      #expect(try store.deleteUnfinished(dataset: "d") == stored - 1)
    } else {
      try store.deleteSequences(SequenceSelection(dataset: "d", condition: "key LIKE 'long%'"))
    }
    #expect(try store.sql { try Int.fetchOne($0, sql: "SELECT count(*) FROM unfinished_import") } == 0)
    try Self.add(path, to: store)
    #expect(try store.source(SequenceSelection(dataset: "d")).keys([0, 1, 2]) == ["first", "a", "b"])
    #expect(try store.deleteUnfinished(dataset: "d") == 0)
    #expect(throws: StoreError.self) { try store.deleteUnfinished(dataset: "none") }
    #expect(try SequenceStore.check(path: store.path).problems == [])
  }

  @Test func theImportOfAnotherDatasetStaysUnfinished() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    #expect(throws: Cancelled.self) { try Self.add(classifiedRecords(100), to: store, stopAfter: 90) }
    try store.add(classifiedRecords(10), into: "other")
    #expect(try store.deleteUnfinished(dataset: "other") == 0)
    try store.deleteSequences(SequenceSelection(dataset: "other"))
    #expect(try store.sql { try Int.fetchOne($0, sql: "SELECT count(*) FROM unfinished_import") } == 1)
    try store.delete(dataset: "d")
    #expect(try store.sql { try Int.fetchOne($0, sql: "SELECT count(*) FROM unfinished_import") } == 0)
  }

  @Test func otherOptionsDoNotGoOn() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let records = classifiedRecords(60)
    #expect(throws: Cancelled.self) { try Self.add(records, to: store, stopAfter: 40) }
    let kept = try store.datasetInfo("d").sequences
    #expect(kept > 0)
    var other = Self.options
    other.split = .named("train")
    let error = #expect(throws: StoreError.self) { try Self.add(records, to: store, options: other) }
    #expect(error?.code == .mismatch)
    #expect(error?.message.contains("with another split, other classes or another grouping") == true)
    #expect(try store.datasetInfo("d").sequences == kept)
    // How faults are met may change: that is why some imports go on.
    var tolerant = Self.options
    tolerant.onError = .skip
    try Self.add(records, to: store, options: tolerant)
    #expect(try store.datasetInfo("d").sequences == 60)
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
    #expect(throws: Cancelled.self) { try Self.add(records, to: store, stopAfter: 80) }
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
