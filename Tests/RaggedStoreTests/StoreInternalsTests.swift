import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import Synchronization
import Testing

@testable import RaggedStore

/// What no public call shows: bounds of memory, the edges of all numbers, the races that a snapshot has to win.
@Suite struct StoreInternalsTests {
  private func store(_ directory: TemporaryDirectory) throws -> SequenceStore {
    let store = try directory.store()
    try store.add(classifiedRecords(60))
    try store.add(classifiedRecords(60, seed: 3), into: "secret")
    return store
  }

  @Test func theIdsRiseAndLieInTheCallersSnapshot() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    // Dataset "d" has the ids 1 to 60, "secret" the ones behind.
    let dataset = try store.read { try StoredDataset.fetch($0, named: "d", path: store.path) }
    func ids(_ condition: String, in range: ClosedRange<Int64>) throws -> [Int64] {
      let evaluator = try ConditionEvaluator(store)
      _ = try evaluator.begin()
      let found =
        try evaluator
        .ids(of: dataset, where: condition, timeLimit: 30, in: range)
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
      let dataset = try store.read { try StoredDataset.fetch($0, named: "d", path: store.path) }
      let found = try evaluator.ids(of: dataset, where: condition, timeLimit: 30, in: range)
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

  @Test func whatWaitsIsBoundedInBytes() throws {
    let text = "id,a\n" + (0..<100_000).map { "s\($0),1\n" }.joined()
    try withFile("t.csv", text.utf8) { path in
      let ahead = try #require(ReadAhead(FileReader(path), endsAtFault: true))
      usleep(300_000)
      var sequences = 0
      while let chunk = try ahead.take(whileWaiting: {}) {
        #expect(ahead.waitingBytes <= 1 << 20)
        sequences += chunk.records.count
      }
      #expect(sequences == 100_000)
      #expect(ahead.finish().bytesRead == text.utf8.count)
      try OwnThread.$budget.withValue(OwnThread.Budget(0)) {
        let ahead = try ReadAhead(FileReader(path), endsAtFault: true)
        #expect(ahead == nil)
      }
    }
  }

  @Test func aPartIsItsBytes() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("x")
    try Data("123456789".utf8).write(to: URL(fileURLWithPath: path))
    var part = ConsumedPart()
    var isRead = part.extend(to: 9, of: path)
    #expect(isRead)
    // The check value of CRC-32 in every list of them.
    #expect(part.bytes == 9 && part.checksum.value == 0xcbf4_3926)
    var steps = ConsumedPart()
    for end in [0, 4, 4, 2, 9] {
      isRead = steps.extend(to: end, of: path)
      #expect(isRead)
    }
    #expect(steps == part)
    for wrong in [path, directory.file("none")] {
      isRead = steps.extend(to: 10, of: wrong)
      #expect(!isRead && steps == part)
    }
    let mark = UnfinishedMark(fingerprint: "0123456789abcdef", part: part)
    #expect(mark.text == "0123456789abcdef 9 cbf43926")
    #expect(UnfinishedMark(mark.text).part == part && UnfinishedMark(mark.text).fingerprint == mark.fingerprint)
    let telling = UnfinishedMark(fingerprint: "0123456789abcdef", options: "fedc", part: part)
    #expect(UnfinishedMark(telling.text).options == "fedc" && UnfinishedMark(telling.text).part == part)
    for text in [
      "", " ", "0123456789abcdef", "a -1 0", "a 1 x", "a 99999999999999999999 0", "a 1 fffffffff", "a 1 2 3 4",
    ] {
      #expect(UnfinishedMark(text).part == ConsumedPart())
    }
  }

  @Test(
    arguments: [
      0...0, 0...9999, 0...10_000, -5...12_345_678, Int64.min...Int64.max, Int64.max - 3...Int64.max, Int64.min...0,
    ] as [ClosedRange<Int64>])
  func partsCoverEachNumberOnce(_ range: ClosedRange<Int64>) {
    let parts = range.parts
    #expect(parts.first?.lowerBound == range.lowerBound && parts.last?.upperBound == range.upperBound)
    #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound + 1 == $1.lowerBound })
    #expect(parts.count <= 101)
  }

  /// A file from elsewhere may have its ids anywhere.
  @Test func positionsAtBothEndsOfAllNumbersAreTold() {
    let told = Mutex<[Double]>([])
    let monitor = ProgressMonitor(report: { progress in told.withLock { $0.append(progress.share ?? -1) } })
    let job = StoreJob(.selecting, stages: [1, 3], monitor)
    job.begin(Int64.min...Int64.max)
    for position in [Int64.min, -1, 0, Int64.max] { job.reach(position) }
    job.begin(Int64.max...Int64.max)
    job.reach(Int64.max)
    job.begin(0...1)
    job.reach(1)
    job.end()
    let shares = told.withLock { $0 }
    #expect(shares == shares.sorted() && shares.last == 1 && shares.contains(0.125) && shares.contains(0.25))
  }

  @Test func bytesASequence() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(300), options: ImportOptions(split: .fromRecord(default: "train")))
    let whole = try store.source(SequenceSelection(dataset: "d"))
    #expect(whole.byteCount == 300 * (4 + 0 + 1))  // ids rise by one
    let part = try store.source(SequenceSelection(dataset: "d", splits: ["train"]))
    #expect(part.count < 300)
    #expect(part.byteCount == part.count * (4 + 2 + 1))
  }

  @Test(
    arguments: [
      [], [7], [7, 8, 9], [7, 7], [3, 2], [0, 255], [0, 256], [65535, 0], [65536, 0], [4_294_967_295, 1],
      [4_294_967_296, 1], [-1, 5], [-2, -1], [.max, .min], [.max], [.max - 1, .max],
    ] as [[Int64]])
  func packedIntegersAreTheNumbers(numbers: [Int64]) {
    let packed = PackedIntegers(numbers)
    #expect((0..<packed.count).map { packed[$0] } == numbers)
    let width = numbers.map { $0 < 0 ? 8 : $0 < 256 ? 1 : $0 < 65536 ? 2 : $0 < 1 << 32 ? 4 : 8 }.max() ?? 0
    #expect(packed.byteCount <= width * numbers.count)
    let rising = numbers.sorted()
    let sorted = PackedIntegers(rising)
    for number in rising { #expect(sorted.containsInOrder(number)) }
    for number: Int64 in [-3, 4, 100, 70_000, 1 << 33] where !numbers.contains(number) {
      #expect(!sorted.containsInOrder(number))
    }
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

  @Test func theLastPointIsOfTheLastSplitWithAShare() {
    #expect(SplitAssignment.split(at: 1, of: [SplitFraction("a", 1), SplitFraction("b", 0)]) == "a")
  }
}
