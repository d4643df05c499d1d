import Foundation
import RaggedCore
import RaggedFormats
import RaggedStore
import RaggedTestSupport
import Testing

/// Changes of a store as a whole: what is left is sound, what was not meant stays as it was, and what fails changes nothing.
@Suite struct StoreEditTests {
  /// A store with two datasets.
  private static func store(_ directory: TemporaryDirectory, _ name: String = "a.ragged") throws -> SequenceStore {
    let store = try directory.store(name)
    try store.add(classifiedRecords(120))
    try store.add(classifiedRecords(30, seed: 8), into: "other")
    return store
  }

  /// Everything of a dataset, by key.
  private static func contents(_ store: SequenceStore, _ dataset: String) throws -> [String: SequenceBatch] {
    let source = try store.source(SequenceSelection(dataset: dataset, order: .key))
    let keys = try source.keys(Array(0..<source.count))
    return Dictionary(
      uniqueKeysWithValues: try keys.enumerated().map { position, key in
        var batch = try source.gather([position])
        batch.ids = [0]
        return (key, batch)
      })
  }

  private static func expectSound(_ store: SequenceStore) throws {
    let report = try SequenceStore.check(path: store.path)
    #expect(report.isSound && report.problems.isEmpty, "\(report.problems)")
  }

  /// Runs something that must fail and leave the store as it was.
  private static func expectNoChange(
    _ store: SequenceStore, _ message: String, _ body: () throws -> Void
  ) throws {
    let before = try (store.datasets(), contents(store, "d"))
    let error = #expect(throws: StoreError.self) { try body() }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    let after = try (store.datasets(), contents(store, "d"))
    #expect(before == after)
    try expectSound(store)
  }

  @Test func aDeletedDatasetIsGoneAndTheOthersStay() throws {
    let directory = try TemporaryDirectory()
    let store = try Self.store(directory)
    let other = try Self.contents(store, "other")
    #expect(try store.delete(dataset: "d") == 120)
    #expect(try store.datasets().map(\.name) == ["other"])
    #expect(try Self.contents(store, "other") == other)
    try Self.expectSound(store)
    try store.add(classifiedRecords(5))
    try Self.expectSound(store)
  }

  @Test func deletedSequencesAreGoneWithTheirFigures() throws {
    let directory = try TemporaryDirectory()
    let store = try Self.store(directory)
    let before = try Self.contents(store, "d")
    let count = try store.deleteSequences(SequenceSelection(dataset: "d", classes: ["a"], condition: "length > 4"))
    let after = try Self.contents(store, "d")
    #expect(count > 0 && after.count == before.count - count)
    let classes = try store.datasetInfo("d").signature.target.names
    for (key, batch) in before {
      let isGone = batch.targets.classes.first.map { classes[Int($0)] } == "a" && batch.timesteps > 4
      #expect(after[key] == (isGone ? nil : batch))
    }
    try Self.expectSound(store)
    #expect(try store.deleteSequences(SequenceSelection(dataset: "d", keys: [])) == 0)
  }

  @Test func aRenamedDatasetHasTheSameContents() throws {
    let directory = try TemporaryDirectory()
    let store = try Self.store(directory)
    let before = try Self.contents(store, "d")
    try store.rename(dataset: "d", to: "new")
    #expect(try Self.contents(store, "new") == before)
    #expect(try store.datasets().map(\.name) == ["new", "other"])
    try store.rename(dataset: "new", to: "d")
    try Self.expectNoChange(store, "there is a dataset \"other\" already") {
      try store.rename(dataset: "d", to: "other")
    }
    try Self.expectNoChange(store, "needs a name") { try store.rename(dataset: "d", to: "") }
    try Self.expectNoChange(store, "no dataset \"x\"") { try store.rename(dataset: "x", to: "y") }
  }

  @Test(arguments: [SplitUnit.key, .keyWithinClass, .group])
  func splitsAreThoseOfAnImport(_ unit: SplitUnit) throws {
    let directory = try TemporaryDirectory()
    let store = try Self.store(directory)
    let shares = [SplitFraction("train", 0.6), SplitFraction("test", 0.4)]
    let assignment = SplitAssignment.hashed(shares, seed: 5, by: unit)
    let before = try Self.contents(store, "d")
    let splits = try store.resplit(dataset: "d", assignment)
    #expect(splits.map(\.name) == ["test", "train"] && splits.reduce(0) { $0 + $1.sequences } == 120)
    #expect(try Self.contents(store, "d") == before)
    let fresh = try directory.store("fresh.ragged")
    try fresh.add(classifiedRecords(120), options: ImportOptions(split: assignment))
    #expect(try store.splits() == fresh.splits())
    try Self.expectSound(store)
    try store.resplit(dataset: "d", .named("all"))
    #expect(try Set(store.splits().values) == ["all"])
    try Self.expectSound(store)
  }

  @Test func splitsWithoutAMeaningChangeNothing() throws {
    let directory = try TemporaryDirectory()
    let store = try Self.store(directory)
    try Self.expectNoChange(store, "add up to") {
      try store.resplit(dataset: "d", .hashed([SplitFraction("a", 0.5)]))
    }
    try Self.expectNoChange(store, "no record") { try store.resplit(dataset: "d", .fromRecord(default: "x")) }
    try store.add([SequenceRecord(key: "a", input: .values([1], featureCount: 1))], .plain, into: "plain")
    try Self.expectNoChange(store, "needs a class") {
      try store.resplit(dataset: "plain", .hashed([SplitFraction("a", 1)], by: .keyWithinClass))
    }
  }

  @Test(arguments: StoreSourceReadTests.inputs, StoreSourceReadTests.targets)
  func aMergedDatasetHasTheSameContents(_ input: String, _ target: String) throws {
    let directory = try TemporaryDirectory()
    let (records, description) = StoreSourceReadTests.records(input, target)
    let from = try directory.store("from.ragged")
    try from.add(records, description, into: "d", options: ImportOptions(split: .fromRecord(default: "some")))
    let to = try directory.store("to.ragged")
    let reports = try to.merge(from)
    #expect(reports.map(\.sequences) == [40])
    #expect(try Self.contents(to, "d") == Self.contents(from, "d"))
    #expect(try to.datasets().map(\.splits) == from.datasets().map(\.splits))
    #expect(try to.datasets().map(\.signature) == from.datasets().map(\.signature))
    try Self.expectSound(to)
  }

  @Test func textClassesAndMetadataGoByTheirNames() throws {
    let directory = try TemporaryDirectory()
    let description = InputDescription(input: .text(.words), target: .classPerSequence(declared: nil))
    func records(_ words: [String]) -> [SequenceRecord] {
      words.map {
        SequenceRecord(
          key: $0, input: .text([$0, "the", Vocabulary.unknownText, $0]), target: .label($0), weight: 0.25, group: "g",
          metadata: "{\"a\": 1}")
      }
    }
    let (one, two) = (try directory.store("1.ragged"), try directory.store("2.ragged"))
    try one.add(records(["x", "y"]), description)
    try two.add(records(["z", "w"]), description)
    _ = try one.merge(two)
    let whole = try directory.store("3.ragged")
    try whole.add(records(["x", "y", "z", "w"]), description)
    #expect(try Self.contents(one, "d") == Self.contents(whole, "d"))
    #expect(try one.datasetInfo("d").signature == whole.datasetInfo("d").signature)
    let source = try one.source(SequenceSelection(dataset: "d"))
    #expect(try source.metadata([3]) == ["{\"a\": 1}"])
    try Self.expectSound(one)
  }

  @Test func aMergeThatFailsHalfWayChangesNothing() throws {
    let directory = try TemporaryDirectory()
    let (one, two) = (try Self.store(directory), try directory.store("b.ragged"))
    try two.add(classifiedRecords(7, seed: 3), into: "a new one")
    let other = InputDescription(input: .features(["zz"]), target: .none)
    try two.add([SequenceRecord(key: "a", input: .values([1], featureCount: 1))], other, into: "d")
    try Self.expectNoChange(one, "lacks feature") { _ = try one.merge(two) }
    try Self.expectNoChange(one, "no dataset \"x\"") { _ = try one.merge(two, datasets: ["x"]) }
    #expect(throws: InputError.self) { try one.merge(Self.store(directory, "c.ragged")) }
    #expect(try one.datasets().map(\.name) == ["d", "other"])
    #expect(throws: Cancelled.self) { try one.merge(two, datasets: ["a new one"], monitor: .ending) }
    try Self.expectSound(one)
  }

  @Test func compactingGivesRoomBackAndChangesNothing() throws {
    let directory = try TemporaryDirectory()
    let store = try SequenceStore(path: Self.store(directory).path, busyTimeout: 0.1)
    let steps = [Float](repeating: 1, count: 100_000)
    try store.add([SequenceRecord(key: "a", input: .values(steps, featureCount: 1))], .plain, into: "large")
    try store.delete(dataset: "large")
    let before = try Self.contents(store, "d")
    let source = try store.source(SequenceSelection(dataset: "d"))
    let sizes = try store.compact()
    #expect(sizes.after < sizes.before - 300_000)
    #expect(try Self.contents(store, "d") == before)
    #expect(try source.gather([3]).count == 1)
    try Self.expectSound(store)
    // Whoever reads the store as it was is not waited for.
    let patient = try SequenceStore(path: store.path, busyTimeout: 30)
    let start = ContinuousClock.now
    try patient.resplit(dataset: "d", .named("x"))
    #expect(try !patient.compact().isDone && ContinuousClock.now - start < .seconds(20))
    withExtendedLifetime(source) {}
    let closed = try SequenceStore(path: store.path, mode: .readOnly)
    #expect(throws: StoreError.self) { try closed.compact() }
    #expect(throws: StoreError.self) { try closed.delete(dataset: "d") }
  }
}

/// The same keys a second time.
@Suite struct ExistingKeyTests {
  @Test func theSameImportTwiceIsRefusedOrNothing() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(50))
    let before = try (store.datasets(), store.splits())
    #expect(throws: InputError.self) { try store.add(classifiedRecords(50)) }
    let report = try store.add(classifiedRecords(50), options: ImportOptions(ifKeyExists: .skip))
    #expect(report.skipped == 50 && report.sequences == 0 && report.description.hasSuffix("50 there already"))
    #expect(try (store.datasets(), store.splits()) == before)
    #expect(try SequenceStore.check(path: store.path).problems == [])
    let more = try store.add(classifiedRecords(60), options: ImportOptions(ifKeyExists: .skip))
    #expect(more.skipped == 50 && more.sequences == 10)
  }

  @Test(arguments: [SplitUnit.key, .keyWithinClass])
  func replacedSequencesAreTheNewOnesWithTheirFigures(_ unit: SplitUnit) throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(50))
    let split = SplitAssignment.hashed([SplitFraction("a", 0.5), SplitFraction("b", 0.5)], by: unit)
    let other = classifiedRecords(80, seed: 9)
    let report = try store.add(other, options: ImportOptions(split: split, ifKeyExists: .replace))
    #expect(report.sequences == 80 && report.replaced == 50)
    let fresh = try directory.store("fresh.ragged")
    try fresh.add(other, options: ImportOptions(split: split))
    #expect(try store.splits() == fresh.splits())
    let (one, two) = (
      try store.source(SequenceSelection(dataset: "d", order: .key)),
      try fresh.source(SequenceSelection(dataset: "d", order: .key))
    )
    #expect(try one.gather(Array(0..<80)).input == two.gather(Array(0..<80)).input)
    #expect(try SequenceStore.check(path: store.path).problems == [])
  }

  /// A key that comes twice in one import is at fault whatever is said of earlier ones.
  @Test(arguments: [ImportOptions.ExistingKey.skip, .replace])
  func oneImportHasNoKeyTwice(_ policy: ImportOptions.ExistingKey) throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(5))
    let records = classifiedRecords(8, seed: 4)
    let error = #expect(throws: InputError.self) {
      try store.add(records + [records[7]], options: ImportOptions(ifKeyExists: policy))
    }
    #expect(error?.message.contains("comes twice") == true)
    #expect(try store.datasets().flatMap(\.splits).reduce(0) { $0 + $1.sequences } == 5)
  }
}
