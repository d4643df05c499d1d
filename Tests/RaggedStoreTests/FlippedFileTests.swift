import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// Bytes of the file itself change, wherever they are.
@Suite struct FlippedFileTests {
  /// Everything that the sequences of a store are, and what is kept of them; nil where it cannot be read.
  private func contents(_ path: String) -> [String]? {
    guard let store = try? SequenceStore(path: path, mode: .readOnly) else { return nil }
    return try? store.datasets().flatMap { info in
      let selection = SequenceSelection(dataset: info.name)
      let source = try store.source(selection)
      let all = Array(0..<source.count)
      return [
        "\(info.name) \(info.signature) \(info.splits)", "\(try source.keys(all))", "\(try source.splits(all))",
        "\(try source.metadata(all))", "\(try source.gather(all))",
      ]
    }
  }

  /// A file that no repair makes sound is left as it is.
  @Test func aFlippedByteIsFoundOrRefusedOrChangesNothing() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.ragged")
    do {
      let store = try directory.store()
      try store.add(classifiedRecords(60))
      try store.add(
        [SequenceRecord(key: "text", input: .text(["a", "b", "a"]), target: .values([0.5]))],
        InputDescription(input: .text(.words), target: .valuesPerSequence(["v"])), into: "text")
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let before = try #require(contents(path))
    #expect(try SequenceStore.check(path: path).problems == [])
    let used = bytes.indices.filter { bytes[$0] != 0 }
    var random = SeededRandom(seed: 5)
    var (found, refused, same, left) = (0, 0, 0, 0)
    for round in 0..<200 {
      // Most of a small store is room.
      let offset =
        round % 8 == 0 ? Int(random.next() % UInt64(bytes.count)) : used[Int(random.next() % UInt64(used.count))]
      var changed = bytes
      changed[offset] ^= UInt8(truncatingIfNeeded: 1 << (random.next() % 8))
      let copy = directory.file("\(round).ragged")
      try changed.write(to: URL(fileURLWithPath: copy))
      defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy + end) } }
      do {
        if try SequenceStore.check(path: copy).isSound {
          same += 1
          #expect(contents(copy) == before, "byte \(offset)")
        } else {
          found += 1
          _ = contents(copy)
          let report = try SequenceStore.check(path: copy, repair: true)
          guard report.remaining.contains(where: { $0.kind == .file }) else { continue }
          left += 1
          #expect(try report.repairs == [] && Data(contentsOf: URL(fileURLWithPath: copy)) == changed, "byte \(offset)")
        }
      } catch let error as StoreError {
        refused += 1
        #expect(error.message.hasPrefix(copy), "\(error.message)")
      }
    }
    #expect(found > 60, "\(found) found, \(refused) refused, \(same) the same")
    #expect(refused > 0)
    #expect(same > 0)
    #expect(left > 0)
  }
}
