import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import RaggedTestSupport
import Synchronization
import Testing

@Suite struct ImportSessionTests {
  private func record(_ key: String, _ values: [Float], line: Int = 0, target: RecordTarget = .none) -> SequenceRecord {
    SequenceRecord(key: key, input: .values(values, featureCount: 1), target: target, line: line)
  }

  private func counts(_ store: SequenceStore) throws -> [Int] {
    try store.sql { db in
      try ["dataset", "sequence", "sequence_data", "source", "class", "feature", "feature_statistics"].map {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)") ?? -1
      }
    }
  }

  @Test func whatGoesInComesOut() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let records = classifiedRecords(60)
    let report = try store.add(records)
    #expect(report.sequences == 60)
    #expect(report.timesteps == records.reduce(0) { $0 + $1.input.length })
    let source = try store.source(SequenceSelection(dataset: "d"))
    #expect(source.signature.target == .classPerSequence(["b", "a", "c"]))
    #expect(try source.keys(Array(0..<60)) == records.map(\.key))
    #expect(try source.metadata(Array(0..<60)) == records.map(\.metadata))
    #expect(try source.splits(Array(0..<60)) == records.map { $0.split ?? "train" })
    let batch = try source.gather(Array(0..<60))
    for (b, record) in records.enumerated() {
      guard case .values(let values, _) = record.input else { continue }
      #expect(batch.length(b) == record.input.length)
      let range = batch.range(b)
      #expect(Array(batch.input.values[2 * range.lowerBound..<2 * range.upperBound]) == values)
      #expect(batch.weights?[b] == record.weight ?? 1)
      #expect(batch.validity.map { Array($0[range]) } == record.validity ?? Array(repeating: true, count: range.count))
    }
    #expect(batch.targets == .classPerSequence(records.indices.map { Int32($0 % 3) }))
  }

  @Test func theReportReadsAsALine() throws {
    var report = ImportReport(dataset: "d")
    (report.sequences, report.timesteps, report.features, report.classes) = (270, 4274, 12, 9)
    #expect(report.description == "stored 270 sequences, 4,274 timesteps, 12 features, 9 classes, 0 rejected")
    (report.sequences, report.timesteps, report.tokens, report.classes) = (1, 1_234_567, 58, 1)
    #expect(report.description == "stored 1 sequence, 1,234,567 timesteps, 58 tokens, 1 class, 0 rejected")
  }

  @Test func everyKindOfTargetComesBack() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let x: [Float] = [1, 2, 3]
    func batch(_ target: InputDescription.Target, _ value: RecordTarget) throws -> SequenceBatch {
      let name = "\(target)"
      let description = InputDescription(input: .features(["x"]), target: target)
      try store.add([record("a", x, target: value), record("b", [], target: value.empty)], description, into: name)
      return try store.source(SequenceSelection(dataset: name)).gather([0, 1])
    }
    #expect(try batch(.none, .none).targets == .none)
    #expect(try batch(.classPerSequence(declared: nil), .label("q")).targets == .classPerSequence([0, 0]))
    #expect(
      try batch(.classPerTimestep(declared: nil), .labels(["p", "q", "p"])).targets == .classPerTimestep([0, 1, 0]))
    #expect(
      try batch(.valuesPerSequence(["u", "v"]), .values([0.5, -1])).targets
        == .valuesPerSequence([0.5, -1, 0.5, -1], width: 2))
    #expect(
      try batch(.valuesPerTimestep(["u"]), .stepValues([4, 5, 6], width: 1)).targets
        == .valuesPerTimestep([4, 5, 6], width: 1))
  }

  @Test func textGetsAVocabularyAndTokensASize() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let text = InputDescription(input: .text(.characters), target: .classPerSequence(declared: nil))
    func name(_ text: String) -> SequenceRecord {
      SequenceRecord(key: text, input: .text(text.map(String.init)), target: .label("x"))
    }
    let report = try store.add([name("abba"), name("né")], text, into: "names")
    #expect(report.tokens == 5)
    let signature = try store.datasetInfo("names").signature
    #expect(
      signature.input == .tokens(size: 5, vocabulary: Vocabulary(unit: .characters, tokens: ["a", "b", "n", "é"])))
    var source = try store.source(SequenceSelection(dataset: "names"))
    #expect(try source.gather([0, 1]).input == .tokens([1, 2, 2, 1, 3, 4]))
    try store.add([name("aß")], text, into: "names", options: ImportOptions(extendsVocabulary: false))
    source = try store.source(SequenceSelection(dataset: "names"))
    #expect(try source.gather([2]).input == .tokens([1, Vocabulary.unknownIndex]))

    let tokens = InputDescription(input: .tokens, target: .none)
    try store.add([SequenceRecord(key: "a", input: .tokens([5, 0, 2]))], tokens, into: "tokens")
    #expect(try store.datasetInfo("tokens").signature.input == .tokens(size: 6, vocabulary: nil))
    #expect(throws: InputError(file: "a.csv", problem: "key \"b\": token -1, expected 0 or more", key: "b")) {
      try store.add([SequenceRecord(key: "b", input: .tokens([-1]))], tokens, into: "tokens")
    }
  }

  @Test func severalFilesAreOneImport() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let all = classifiedRecords(20)
    var first = ArrayReader(.classified, Array(all[..<12]))
    var second: any SequenceReader = ArrayReader(.classified, Array(all[12...]))
    let told = Mutex<[WorkProgress]>([])
    let monitor = ProgressMonitor(report: { progress in told.withLock { $0.append(progress) } })
    let report = try store.importing(into: "d", monitor: monitor) { session in
      try session.add(&first, named: "a.csv")
      try session.add(&second, named: "b.csv")
    }
    #expect(report.sequences == 20)
    let seen = told.withLock { $0 }
    #expect(seen.first == WorkProgress(.importing, bytes: 0, of: "a.csv", sequences: 0, timesteps: 0))
    #expect(seen.last?.sequences == 20)
    #expect(try counts(store) == [1, 20, 20, 2, 3, 2, 12])
  }

  @Test func anErrorTakesAllOfItBack() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    var good = ArrayReader(.classified, classifiedRecords(20))
    var bad = ArrayReader(
      .classified, elements: [.failure(InputError(file: "b.csv", line: 3, problem: "is bad", key: "k"))])
    #expect(throws: InputError(file: "b.csv", line: 3, problem: "is bad", key: "k")) {
      try store.importing(into: "d") { session in
        try session.add(&good, named: "a.csv")
        try session.add(&bad, named: "b.csv")
      }
    }
    #expect(try counts(store) == [0, 0, 0, 0, 0, 0, 0])
  }

  @Test func cancellingTakesAllOfItBack() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    var reader = ArrayReader(.classified, classifiedRecords(20))
    let error = #expect(throws: Cancelled.self) {
      try store.importSequences(
        from: &reader, named: "a.csv", into: "d", monitor: Questions(endingAfter: 10).monitor)
    }
    #expect(error == Cancelled("the import was stopped; nothing of it was stored"))
    #expect(error?.failureClass == .interrupted)
    #expect(reader.bytesRead == 10)
    #expect(try counts(store) == [0, 0, 0, 0, 0, 0, 0])
  }

  @Test func keysAreUnique() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let records = [record("a", [1], line: 12), record("b", [2], line: 20), record("a", [3], line: 31)]
    var reader = ArrayReader(.plain, records)
    #expect(
      throws: InputError(
        file: "r.csv", line: 31,
        problem: "id \"a\" comes back after its rows ended (first seen on line 12); sort the rows by id, then by time",
        key: "a")
    ) {
      try store.importSequences(from: &reader, named: "r.csv", into: "d", rowPerTimestep: true)
    }
    #expect(
      throws: InputError(file: "r.csv", line: 31, problem: "key \"a\" comes twice (first seen on line 12)", key: "a")
    ) {
      try store.add(records, .plain, named: "r.csv")
    }
    try store.add([record("a", [1], line: 12)], .plain, named: "first.csv")
    #expect(
      throws: InputError(
        file: "r.csv", line: 7, problem: "key \"a\" is already in dataset \"d\" (from first.csv:12)", key: "a")
    ) {
      try store.add([record("a", [1], line: 7)], .plain, named: "r.csv")
    }
    #expect(try store.add([record("a", [1])], .plain, into: "other").sequences == 1)
  }

  @Test func skippingLeavesOutWholeSequences() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add([record("old", [9], line: 2)], .plain, named: "old.csv")
    func bad(_ key: String?, _ line: Int) -> Result<SequenceRecord, InputError> {
      .failure(InputError(file: "r.csv", line: line, problem: "is bad", key: key))
    }
    var reader = ArrayReader(
      .plain,
      elements: [
        .success(record("a", [1], line: 2)), .success(record("b", [100, 200], line: 3)), bad("c", 5), bad(nil, 6),
        .success(record("b", [300], line: 7)), .success(record("b", [400], line: 8)),
        .success(record("c", [500], line: 9)), .success(record("d", [2], line: 10)), bad("d", 11),
        .success(record("old", [600], line: 12)), .success(record("e", [.infinity], line: 13)),
        .success(record("f", [3, 4], line: 14)),
      ])
    let report = try store.importSequences(
      from: &reader, named: "r.csv", into: "d", options: ImportOptions(onError: .skip, rejectionLimit: 5),
      rowPerTimestep: true)
    #expect(report.sequences == 2)
    #expect(report.timesteps == 3)
    #expect(report.rejectedCount == 6)
    #expect(
      report.rejected.map(\.message) == [
        "r.csv:5: is bad", "r.csv:6: is bad",
        "r.csv:7: id \"b\" comes back after its rows ended (first seen on line 3); sort the rows by id, then by time",
        "r.csv:11: is bad",
        "r.csv:12: key \"old\" is already in dataset \"d\" (from old.csv:2)",
      ])
    #expect(try store.splits().keys.sorted() == ["a", "f", "old"])
    let feature = try store.statistics(SequenceSelection(dataset: "d"))[0].features[0]
    #expect(feature.count == 4)
    #expect(feature.maximum == 9)
    #expect(feature.mean == 17.0 / 4)
  }

  @Test func aFatalErrorIsNotSkipped() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let error = InputError(file: "a.gz", problem: "ends in the middle", isFatal: true)
    var reader = ArrayReader(.plain, elements: [.success(record("a", [1])), .failure(error)])
    #expect(throws: error) {
      try store.importSequences(from: &reader, named: "a.gz", into: "d", options: ImportOptions(onError: .skip))
    }
    #expect(try store.datasets() == [])
  }

  @Test func featuresInAnotherOrderAreFoundByName() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let xy = InputDescription(input: .features(["x", "y", "z"]), target: .valuesPerSequence(["u", "v"]))
    let yx = InputDescription(input: .features(["z", "x", "y"]), target: .valuesPerSequence(["v", "u"]))
    func record(_ key: String, _ values: [Float], _ target: [Float]) -> SequenceRecord {
      SequenceRecord(key: key, input: .values(values, featureCount: 3), target: .values(target))
    }
    try store.add([record("a", [1, 2, 3, 4, 5, 6], [7, 8])], xy)
    try store.add([record("b", [3, 1, 2, 6, 4, 5], [8, 7])], yx)
    let batch = try store.source(SequenceSelection(dataset: "d")).gather([0, 1])
    #expect(batch.input.values == [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6])
    #expect(batch.targets == .valuesPerSequence([7, 8, 7, 8], width: 2))
  }

  @Test(arguments: [
    (
      InputDescription(input: .features(["x", "w"]), target: .classPerSequence(declared: nil)),
      "lacks feature \"y\" and has feature \"w\", which the dataset has not; the dataset's are \"x\", \"y\""
    ),
    (
      InputDescription(input: .text(.words), target: .classPerSequence(declared: nil)),
      "its timesteps are text cut to words, the dataset's 2 features"
    ),
    (InputDescription(input: .features(["x", "y"]), target: .none), "its target is none, the dataset's a class per"),
  ])
  func whatDoesNotFitIsRefused(_ wrong: (description: InputDescription, message: String)) throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(3))
    let error = #expect(throws: StoreError.self) { try store.add([], wrong.description, named: "b.csv") }
    #expect(error?.code == .mismatch)
    #expect(error?.message.hasPrefix("b.csv does not fit dataset \"d\": it") == true, "\(error?.message ?? "")")
    #expect(error?.message.contains(wrong.message) == true, "\(error?.message ?? "")")
  }

  @Test func declaredClassesAreKept() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let declared = InputDescription(input: .features(["x"]), target: .classPerSequence(declared: ["p", "q"]))
    let free = InputDescription(input: .features(["x"]), target: .classPerSequence(declared: nil))
    let message = "key \"a\": class \"r\" is not one of \"p\", \"q\""
    #expect(throws: InputError(file: "a.csv", line: 4, problem: message, key: "a")) {
      try store.add([record("a", [1], line: 4, target: .label("r"))], declared)
    }
    try store.add([record("a", [1], target: .label("q"))], declared)
    #expect(try store.datasetInfo("d").signature.target == .classPerSequence(["p", "q"]))
    #expect(try store.source(SequenceSelection(dataset: "d")).classes == [1])
    #expect(throws: InputError(file: "a.csv", problem: "key \"b\": class \"r\" is not one of \"p\", \"q\"", key: "b")) {
      try store.add([record("b", [1], target: .label("r"))], free)
    }
    let other = InputDescription(input: .features(["x"]), target: .classPerSequence(declared: ["p", "s"]))
    let mismatch = #expect(throws: StoreError.self) { try store.add([], other) }
    #expect(
      mismatch?.message
        == "a.csv does not fit dataset \"d\": it declares class \"s\", which is not one of \"p\", \"q\"")
    // What the caller declares counts more than what the file does.
    try store.add([], declared, into: "e", options: ImportOptions(classes: ["q", "p", "o"]))
    #expect(try store.datasetInfo("e").signature.target == .classPerSequence(["q", "p", "o"]))
  }

  @Test(arguments: [
    (
      SequenceRecord(key: "a", input: .values([1, .infinity], featureCount: 1)),
      "feature \"x\" is inf at timestep 2, expected a finite number"
    ),
    (SequenceRecord(key: "a", input: .values([1, 2], featureCount: 2)), "2 features per timestep, expected 1"),
    (SequenceRecord(key: "a", input: .tokens([1])), "holds tokens, expected 1 feature per timestep"),
    (
      SequenceRecord(key: "a", input: .values([1], featureCount: 1), target: .label("q")),
      "its target is a class per sequence, expected none"
    ),
    (
      SequenceRecord(key: "a", input: .values([1], featureCount: 1), weight: -1),
      "the weight is -1.0, expected a finite number that is not negative"
    ),
    (
      SequenceRecord(key: "a", input: .values([1], featureCount: 1), validity: []),
      "validity for 0 timesteps, expected 1"
    ),
    (
      SequenceRecord(key: "a", input: .values([1], featureCount: 1), metadata: "[1]"),
      "the metadata is not a JSON object: [1]"
    ),
    (
      SequenceRecord(key: "a", input: .values([1], featureCount: 1), metadata: "{"),
      "the metadata is not a JSON object: {"
    ),
  ])
  func aBadRecordIsRefused(_ bad: (record: SequenceRecord, message: String)) throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    #expect(throws: InputError(file: "a.csv", problem: "key \"a\": " + bad.message, key: "a")) {
      try store.add([bad.record], .plain)
    }
  }

  @Test func whatIsMissingMayHaveNoNumber() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let description = InputDescription(input: .features(["x"]), target: .valuesPerTimestep(["u"]))
    try store.add(
      [
        SequenceRecord(
          key: "a", input: .values([.nan, 2], featureCount: 1), target: .stepValues([.nan, 3], width: 1),
          validity: [false, true])
      ], description)
    let batch = try store.source(SequenceSelection(dataset: "d")).gather([0])
    #expect(batch.input.values == [0, 2])
    #expect(batch.targets.values.count == 2)
    #expect(batch.targets.values[0].isNaN)
    #expect(batch.targets.values[1] == 3)
    #expect(batch.validity == [false, true])
  }

  @Test func anExistingDatasetCanBeKeptAsItIs() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let options = ImportOptions(ifExists: .fail)
    try store.add(classifiedRecords(3), options: options)
    #expect(throws: StoreError(.mismatch, "\(store.path): there is a dataset \"d\" already")) {
      try store.add([], options: options)
    }
  }
}

extension RecordTarget {
  /// The same target for a sequence without timesteps.
  fileprivate var empty: RecordTarget {
    switch self {
    case .none, .classPerSequence, .values: self
    case .classPerTimestep: .labels([])
    case .stepValues(_, let width): .stepValues([], width: width)
    }
  }
}
