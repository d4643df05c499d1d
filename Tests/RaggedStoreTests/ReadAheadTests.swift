import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import RaggedTestSupport
import Testing

/// Files are read on a thread of their own, other readers are not: both store the same.
@Suite struct ReadAheadTests {
  /// A file that is read in turn.
  private struct InTurn: SequenceReader {
    var file: FileReader
    mutating func description() throws -> InputDescription { try file.description() }
    mutating func next() throws -> SequenceRecord? { try file.next() }
    var bytesRead: Int { file.bytesRead }
  }

  /// Rows of `count` sequences of 1 to 9 timesteps; every `bad`th has a fault.
  private func table(_ count: Int, bad: Int = .max) -> String {
    var text = "id,t,a,b,label\n"
    for s in 0..<count {
      for t in 0...(s % 9) { text += "s\(s),\(t),\(s).5,\(t == 0 && s % bad == bad - 1 ? "x" : "2"),c\(s % 3)\n" }
    }
    return text
  }

  private func contents(_ store: SequenceStore) throws -> [Row] {
    try store.sql { db in
      try Row.fetchAll(db, sql: "SELECT * FROM sequence JOIN sequence_data ON sequence_id = sequence.id ORDER BY id")
        + Row.fetchAll(db, sql: "SELECT * FROM feature_statistics")
    }
  }

  @Test(arguments: [ImportOptions.ErrorPolicy.skip, .fail])
  func readingAheadChangesNothing(onError: ImportOptions.ErrorPolicy) throws {
    let directory = try TemporaryDirectory()
    let (ahead, turn) = (try directory.store("ahead.ragged"), try directory.store("turn.ragged"))
    try withFile("t.csv", table(3000, bad: onError == .fail ? 2500 : 7).utf8) { path in
      let options = ImportOptions(onError: onError)
      func outcome(_ body: () throws -> ImportReport) -> String {
        do {
          var report = try body()
          report.seconds = 0
          return report.rejected.map(\.message).joined(separator: "\n") + report.description
        } catch { return "\(error)" }
      }
      var file = try FileReader(path)
      var inTurn = InTurn(file: try FileReader(path))
      let first = outcome { try ahead.importSequences(from: &file, named: path, into: "d", options: options) }
      let second = outcome { try turn.importSequences(from: &inTurn, named: path, into: "d", options: options) }
      #expect(first == second)
      #expect(first.contains(onError == .fail ? "2499.5" : "2,572 sequences") || first.contains("\"x\""))
    }
    #expect(try contents(ahead) == contents(turn))
    #expect(try contents(ahead).isEmpty == (onError == .fail))
  }

  @Test func withoutAThreadAFileIsReadInTurn() throws {
    let directory = try TemporaryDirectory()
    let (ahead, alone) = (try directory.store("ahead.ragged"), try directory.store("alone.ragged"))
    try withFile("t.csv", table(500).utf8) { path in
      var file = try FileReader(path)
      _ = try ahead.importSequences(from: &file, named: path, into: "d")
      try OwnThread.$budget.withValue(OwnThread.Budget(0)) {
        var file = try FileReader(path)
        _ = try alone.importSequences(from: &file, named: path, into: "d")
      }
    }
    #expect(try contents(ahead) == contents(alone))
    #expect(try !contents(alone).isEmpty)
  }

  /// A sequence that is larger than all that may wait goes through alone.
  @Test func aSequenceLargerThanTheBoundGoesThrough() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let steps = 400_000
    let text = "id,a\n" + ["x", "y", "z"].map { String(repeating: "\($0),1\n", count: steps) }.joined()
    try withFile("t.csv", text.utf8) { path in
      var file = try FileReader(path)
      #expect(try store.importSequences(from: &file, named: path, into: "d").timesteps == 3 * steps)
    }
  }

  @Test func cancellingEndsTheReading() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try withFile("t.csv", table(40_000).utf8) { path in
      var file = try FileReader(path)
      let questions = Questions(endingAfter: 500)
      #expect(throws: Cancelled("the import was stopped; nothing of it was stored")) {
        try store.importSequences(from: &file, named: path, into: "d", monitor: questions.monitor)
      }
      #expect(questions.count == 501)
      #expect(try contents(store).isEmpty)
      #expect(file.bytesRead < table(40_000).utf8.count)
    }
  }

  /// A pipe into which nobody writes does not hold up the end of an import.
  @Test(.timeLimit(.minutes(60))) func cancellingNeedsNoMoreBytes() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("ragged-\(UUID().uuidString)").path
    #expect(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    let writer = open(path, O_RDWR)
    defer { close(writer) }
    let text = Array("id,a\ns,1\nt,2\n".utf8)
    #expect(write(writer, text, text.count) == text.count)
    var file = try FileReader(path, format: .csv)
    let start = ContinuousClock.now
    #expect(throws: Cancelled("the import was stopped; nothing of it was stored")) {
      try store.importSequences(
        from: &file, named: path, into: "d",
        monitor: ProgressMonitor(isCancelled: { ContinuousClock.now - start > .milliseconds(200) }))
    }
  }
}
