import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// What an import leaves out leaves no class, no token and no figure behind.
@Suite struct LeftOutNamesTests {
  private static let words = InputDescription(input: .text(.words), target: .classPerTimestep(declared: nil))

  private func record(_ key: String, _ text: [String], _ tags: [String], line: Int = 0) -> SequenceRecord {
    SequenceRecord(key: key, input: .text(text), target: .labels(tags), line: line)
  }

  private func signature(_ store: SequenceStore) throws -> SequenceSignature {
    try store.source(SequenceSelection(dataset: "d")).signature
  }

  /// A store after an import of these records that leaves bad ones out, held against one of the good ones alone.
  private func compare(
    _ records: [SequenceRecord], to good: [SequenceRecord], _ description: InputDescription = words,
    before: [SequenceRecord] = [], options: ImportOptions = ImportOptions(onError: .skip)
  ) throws {
    let directory = try TemporaryDirectory()
    let (store, clean) = (try directory.store("a.ragged"), try directory.store("b.ragged"))
    for store in [store, clean] where !before.isEmpty { try store.add(before, description, named: "old.csv") }
    let report = try store.add(records, description, named: "r.csv", options: options)
    let expected = try clean.add(good, description, named: "r.csv", options: options)
    #expect(report.sequences == good.count)
    #expect((report.tokens, report.classes) == (expected.tokens, expected.classes))
    #expect(try signature(store) == signature(clean))
    let (found, wanted) = (
      try store.source(SequenceSelection(dataset: "d")), try clean.source(SequenceSelection(dataset: "d"))
    )
    let all = Array(0..<wanted.count)
    #expect(try found.keys(Array(0..<found.count)) == wanted.keys(all))
    #expect(try found.gather(all) == wanted.gather(all))
    #expect(
      try store.statistics(SequenceSelection(dataset: "d")) == clean.statistics(SequenceSelection(dataset: "d")))
    #expect(try SequenceStore.check(path: store.path).problems == [])
  }

  @Test func aSequenceThatComesBackTakesItsNamesWithIt() throws {
    let (good, other) = (record("b", ["x", "u"], ["T", "U"]), record("c", ["w", "u"], ["T", "W"]))
    try compare(
      [
        record("a", ["v", "x", "z"], ["S", "T", "R"]), good, record("a", ["u", "q"], ["Q", "S"]), other,
        record("a", ["p"], ["P"]),
      ], to: [good, other])
  }

  /// Records may share one list of names: those that a rejected record brought are looked up anew.
  @Test func namesThatRecordsShareAreForgottenToo() throws {
    let names = ["v", "x", "u", "w"]
    func shared(_ key: String, _ codes: [Int32], metadata: String? = nil) -> SequenceRecord {
      let texts = Categories(codes: codes, names: names)
      return SequenceRecord(key: key, input: .texts(texts), target: .classPerTimestep(texts), metadata: metadata)
    }
    let good = [shared("b", [1, 1]), shared("c", [2, 1, 3]), shared("d", [0])]
    try compare(
      [shared("a", [0, 3], metadata: "[1]"), good[0], shared("b", [3, 2]), good[1], good[2]], to: Array(good[1...]))
    try compare([shared("a", [0, 3], metadata: "[1]"), good[0], good[1], good[2]], to: good)
  }

  @Test func whatWasThereBeforeStays() throws {
    let before = [record("old", ["m", "n"], ["M", "M"])]
    let good = record("b", ["n", "u"], ["T", "M"])
    try compare(
      [record("a", ["v", "n"], ["S", "M"]), good, record("a", ["k"], ["K"])], to: [good], before: before)
    // A key that is there, whether that is a fault or passed over.
    for policy in [ImportOptions.ExistingKey.fail, .skip] {
      try compare(
        [record("old", ["v", "w"], ["S", "S"]), good], to: [good], before: before,
        options: ImportOptions(onError: .skip, ifKeyExists: policy))
    }
  }

  @Test func metadataThatIsNoObjectComesToLightLate() throws {
    var bad = record("a", ["v"], ["S"])
    bad.metadata = "[1]"
    let good = record("b", ["x"], ["T"])
    try compare([bad, good], to: [good])
  }

  @Test func classesOfSequencesAndStratifiedSplits() throws {
    let description = InputDescription(input: .features(["x"]), target: .classPerSequence(declared: nil))
    func record(_ key: String, _ label: String) -> SequenceRecord {
      SequenceRecord(key: key, input: .values([1, 2], featureCount: 1), target: .label(label))
    }
    let good = (0..<20).map { record("s\($0)", $0 % 2 == 0 ? "even" : "odd") }
    let bad = [record("a", "gone"), record("c", "odd")]
    let half = SplitAssignment.hashed([SplitFraction("a", 0.5), SplitFraction("b", 0.5)], by: .keyWithinClass)
    for options in [ImportOptions(onError: .skip), ImportOptions(split: half, onError: .skip)] {
      try compare(bad + good + bad, to: good, description, options: options)
    }
    // Declared classes stay, used or not.
    try compare(
      bad + good + bad, to: good, description, options: ImportOptions(classes: ["gone", "odd", "even"], onError: .skip))
    try compare(
      bad + good + bad, to: good, description, before: [record("old", "even")],
      options: ImportOptions(classes: ["gone", "odd", "even"], onError: .skip))
  }

  @Test func theLargestTokenNumberIsThatOfWhatIsStored() throws {
    let description = InputDescription(input: .tokens, target: .none)
    func record(_ key: String, _ tokens: [Int32]) -> SequenceRecord {
      SequenceRecord(key: key, input: .tokens(tokens))
    }
    let good = record("b", [3, 5])
    try compare([record("a", [9]), good, record("a", [70])], to: [good], description)
    try compare(
      [record("a", [9]), good, record("a", [70])], to: [good], description, before: [record("old", [7])])
  }

  @Test func piecesInSeveralFilesAreOneSequence() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    var files = [
      ArrayReader(Self.words, [record("a", ["v"], ["S"], line: 2), record("b", ["x"], ["T"], line: 3)]),
      ArrayReader(Self.words, [record("a", ["w"], ["S"], line: 2), record("c", ["y"], ["T"], line: 3)]),
    ]
    let report = try store.importing(into: "d", options: ImportOptions(onError: .skip)) { session in
      try session.add(&files[0], named: "1.csv", rowPerTimestep: true)
      try session.add(&files[1], named: "2.csv", rowPerTimestep: true)
    }
    #expect((report.sequences, report.rejectedCount, report.tokens, report.classes) == (2, 1, 3, 1))
    #expect(try store.splits().keys.sorted() == ["b", "c"])
  }

  @Test func wherePiecesReplacedASequenceTheImportEnds() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add([record("a", ["m"], ["M"])], Self.words, named: "old.csv")
    let pieces = [record("a", ["v"], ["S"]), record("b", ["x"], ["T"]), record("a", ["w"], ["S"])]
    let options = ImportOptions(onError: .skip, ifKeyExists: .replace)
    let error = #expect(throws: InputError.self) { try store.add(pieces, Self.words, options: options) }
    #expect(error?.message.contains("has replaced the sequence of that key, so the import ends") == true)
    #expect(try store.splits().keys.sorted() == ["a"])
    #expect(try signature(store).target.names == ["M"])
  }

  @Test func whereNothingIsStoredTheStoreIsAsItWas() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let pieces = [record("a", ["v"], ["S"]), record("b", ["x"], ["T"]), record("a", ["w"], ["S"]), record("b", [], [])]
    let report = try store.add(pieces, Self.words, options: ImportOptions(onError: .skip))
    #expect((report.sequences, report.timesteps, report.rejectedCount) == (0, 0, 2))
    #expect(try store.datasets() == [])
  }
}
