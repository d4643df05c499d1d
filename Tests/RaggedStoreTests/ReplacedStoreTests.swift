import Foundation
import GRDB
import RaggedCore
import Testing

@testable import RaggedStore

/// A store's file that is moved, replaced or removed while the store is open.
@Suite struct ReplacedStoreTests {
  private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  private static func run(_ command: String) -> RunRecord {
    RunRecord(dataset: "d", command: command, fingerprint: 1)
  }

  /// Two stores, of which the second is closed.
  private static func stores(_ directory: TemporaryDirectory) throws -> SequenceStore {
    let other = try directory.store("other.ragged")
    try other.add(classifiedRecords(5))
    _ = try other.compact()
    let store = try directory.store()
    try store.add(classifiedRecords(30))
    return store
  }

  @Test func nothingIsWrittenBesideAnotherFile() throws {
    let directory = try TemporaryDirectory()
    var store: SequenceStore? = try Self.stores(directory)
    let path = directory.file("a.ragged")
    let run = try #require(try store?.insertRun(Self.run("train")))
    #expect(rename(directory.file("other.ragged"), path) == 0)
    let before = try Data(contentsOf: URL(filePath: path))
    for write in [
      { _ = try store?.insertRun(Self.run("again")) }, { try store?.updateRun(run) },
      { _ = try store?.add(classifiedRecords(3), into: "e") }, { _ = try store?.delete(dataset: "d") },
      { _ = try store?.compact() },
    ] as [() throws -> Void] {
      let error = #expect(throws: StoreError.self, performing: write)
      #expect(error?.code == .replaced && error?.failureClass == .inputOutput)
      #expect(error?.message.hasPrefix("\(path): another file has taken its place") == true)
    }
    store = nil
    for suffix in ["-wal", "-shm"] { #expect(!Self.exists(path + suffix)) }
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
    let found = try SequenceStore(path: path)
    #expect(try found.datasetInfo("d").sequences == 5 && found.runs() == [])
    #expect(try SequenceStore.check(path: path).problems == [])
  }

  @Test func aFileThatWasMovedTakesWhatItsLogHeldAlong() throws {
    let directory = try TemporaryDirectory()
    var store: SequenceStore? = try Self.stores(directory)
    let (path, moved) = (directory.file("a.ragged"), directory.file("moved.ragged"))
    _ = try store?.insertRun(Self.run("train"))
    #expect(rename(path, moved) == 0)
    let error = #expect(throws: StoreError.self) { try store?.insertRun(Self.run("again")) }
    #expect(error?.message.hasPrefix("\(path): it was moved or removed") == true)
    store = nil
    for suffix in ["", "-wal", "-shm"] { #expect(!Self.exists(path + suffix)) }
    let found = try SequenceStore(path: moved)
    #expect(try found.datasetInfo("d").sequences == 30 && found.runs().map(\.command) == ["train"])
    #expect(try SequenceStore.check(path: moved).problems == [])
  }

  @Test func whatIsReplacedOnTheWayIsTakenBack() throws {
    let directory = try TemporaryDirectory()
    let store = try Self.stores(directory)
    let path = directory.file("a.ragged")
    let error = #expect(throws: StoreError.self) {
      try store.write { db in
        try db.execute(sql: "DELETE FROM dataset")
        #expect(rename(directory.file("other.ragged"), path) == 0)
      }
    }
    #expect(error?.code == .replaced)
    #expect(try store.datasetInfo("d").sequences == 30)
  }

  @Test func aStoreInItsPlaceKeepsWhatItHas() throws {
    let directory = try TemporaryDirectory()
    var store: SequenceStore? = try Self.stores(directory)
    _ = try store?.insertRun(Self.run("train"))
    store = nil
    #expect(try SequenceStore(path: directory.file("a.ragged")).runs().count == 1)
  }
}
