import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// Lists of labels in a store: read, counted, asked for, edited and checked.
@Suite struct StoreLabelsTests {
  private static let description = InputDescription(
    input: .features(["x"]), target: .none,
    columns: [
      Column("phones", .category, per: .labels, role: .other), Column("note", .category),
      Column("tags", .category, per: .labels, role: .other), Column("age", .number, per: .sequence),
    ])

  private static func record(
    _ key: String, length: Int = 2, _ phones: [String], _ tags: [String] = [], split: String = "train"
  ) -> SequenceRecord {
    SequenceRecord(
      key: key, input: .values((0..<length).map(Float.init), featureCount: 1),
      cells: [
        .categories(Categories(phones)), .categories(Categories((0..<length).map { _ in "n" })),
        .categories(Categories(tags)), .numbers([3]),
      ], split: split)
  }

  private static let records = [
    record("a", ["sil", "k", "a", "sil"], ["new"]), record("b", length: 0, []),
    record("c", length: 5, ["k"], ["old", "new"]),
    record("d", ["a \"q\"", "sil"], split: "test"), record("e", length: 1, [], ["x|y"], split: "test"),
  ]

  private func store(_ directory: TemporaryDirectory, _ records: [SequenceRecord] = records) throws -> SequenceStore {
    let store = try directory.store()
    try store.add(records, Self.description)
    return store
  }

  private func lists(_ store: SequenceStore, _ selection: SequenceSelection, _ column: String) throws -> [[String]] {
    let source = try store.source(selection, choice: ColumnChoice(labels: [column]))
    let names = try #require(source.signature.labels.first?.vocabulary).tokens
    let batch = try source.gather(Array(0..<source.count))
    return (0..<batch.count).map { b in batch.labels[0][b].map { $0 == 0 ? "" : names[Int($0) - 1] } }
  }

  @Test func batchesHaveWhatWentIn() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    #expect(
      try lists(store, SequenceSelection(dataset: "d"), "phones")
        == [["sil", "k", "a", "sil"], [], ["k"], ["a \"q\"", "sil"], []])
    #expect(
      try lists(store, SequenceSelection(dataset: "d"), "tags") == [["new"], [], ["old", "new"], [], ["x|y"]])
    let source = try store.source(SequenceSelection(dataset: "d"), choice: ColumnChoice(labels: ["tags", "phones"]))
    let batch = try source.gather([3, 0, 2])
    #expect(batch.labels.map(\.counts) == [[0, 1, 2], [2, 4, 1]])
    try source.signature.check(batch)
    // Nobody reads them who does not ask.
    let plain = try store.source(SequenceSelection(dataset: "d"))
    #expect(try plain.gather([3, 0, 2]).labels.isEmpty && plain.signature.labels.isEmpty)
    #expect(plain.fingerprint != source.fingerprint)
  }

  @Test(arguments: [12, 60_000]) func aPartOfASequenceHasAllItsLabels(length: Int) throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory, [Self.record("k", length: length, ["u", "v", "u"], ["w"])])
    let source = try store.source(SequenceSelection(dataset: "d"), choice: ColumnChoice(labels: ["phones", "tags"]))
    for (start, count) in [(0, length), (1, 3), (length - 1, 1), (length, 0)] {
      let part = try source.gather(slices: [SequenceSlice(position: 0, start: start, count: count)])
      #expect(part.labels == [LabelLists([[1, 2, 1]] as [[Int32]]), LabelLists([[1]] as [[Int32]])])
    }
  }

  /// The rule that the article on the schema gives: counts, then codes, one column after the other.
  @Test func theBlobIsCountsThenCodes() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let blobs = try store.sql { try Data.fetchAll($0, sql: "SELECT labels FROM sequence_data ORDER BY sequence_id") }
    let numbers = blobs.map { data in data.withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) } }
    #expect(numbers == [[4, 1, 1, 2, 3, 1, 1], [0, 0], [1, 2, 2, 2, 1], [2, 0, 4, 1], [0, 1, 3]])
    try store.add(classifiedRecords(3), into: "plain")
    let nulls = try store.sql { try Int.fetchOne($0, sql: "SELECT count(*) FROM sequence_data WHERE labels IS NULL") }
    #expect(nulls == 3)
  }

  @Test func figuresAreThoseOfTheLists() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    for condition in [nil, "1"] {
      let figures = try store.statistics(SequenceSelection(dataset: "d", condition: condition))[0].columns
      let phones = try #require(figures.first { $0.name == "phones" })
      #expect((phones.count, phones.missing, phones.names) == (7, 0, 4))
      #expect(phones.mostFrequent?.map(\.name) == ["sil", "k", "a", "a \"q\""])
      #expect(phones.mostFrequent?.map(\.count) == [3, 2, 1, 1])
      #expect((phones.mean, phones.minimum, phones.maximum) == (1.4, 0, 4))
      let deviation = ([4, 0, 1, 2, 0].reduce(0) { $0 + ($1 - 1.4) * ($1 - 1.4) } / 5).squareRoot()
      #expect(abs((phones.standardDeviation ?? 0) - deviation) < 1e-12)
    }
    let test = try store.statistics(SequenceSelection(dataset: "d"), by: .split)[0]
    #expect(test.split == "test" && test.columns.first { $0.name == "phones" }?.count == 2)
    #expect(throws: StoreError.self) { try store.groups(SequenceSelection(dataset: "d"), by: "phones") }
  }

  @Test(arguments: [
    ("json_array_length(phones) > 1", ["a", "d"]), ("phones LIKE '%\"k\"%'", ["a", "c"]),
    ("json_extract(phones, '$[0]') = 'sil'", ["a"]), ("phones = '[]' AND length > 0", ["e"]),
    ("tags = '[\"x|y\"]'", ["e"]), ("json_extract(phones, '$[0]') = 'a \"q\"'", ["d"]),
    ("age = 3 AND phones ->> 1 = 'k' AND tags IS NOT NULL", ["a"]),
    ("json_array_length(phones) = (SELECT max(json_array_length(phones)) FROM sequences WHERE age = 3)", ["a"]),
  ]) func conditionsSeeThemAsArrays(condition: String, keys: [String]) throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    try store.add(classifiedRecords(5), into: "plain")
    let source = try store.source(SequenceSelection(dataset: "d", condition: condition))
    #expect(try source.externalKeys(Array(0..<source.count)) == keys)
  }

  @Test(arguments: [
    ("EXISTS (SELECT input FROM sequence_data)", "access to sequence_data.input is prohibited"),
    ("(SELECT count(*) FROM sequence_data) > 0", "not authorized"),
    ("ragged_labels(phones, 7) IS NULL AND hex(phones) = ''", "not authorized to use function: hex"),
  ]) func conditionsSeeNoMoreThanThat(condition: String, message: String) throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let error = #expect(throws: StoreError.self) {
      try store.source(SequenceSelection(dataset: "d", condition: condition))
    }
    #expect(error?.code == .invalidCondition)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  /// The function takes whatever bytes and places there are.
  @Test func theFunctionOfConditionsIsHarmless() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    for call in ["phones, 0", "NULL, 0", "'', 0", "'abcd', 0", "12345678, -1", "labels, 99"] {
      let condition =
        "(SELECT ragged_labels(\(call)) FROM sequence_data LIMIT 1) IS NULL".replacing("phones, 0", with: "key, 0")
      _ = try? store.source(SequenceSelection(dataset: "d", condition: condition))
    }
    try store.add(classifiedRecords(5), into: "plain")
    #expect(throws: StoreError.self) {
      try store.source(SequenceSelection(dataset: "plain", condition: "json_array_length(phones) > 0"))
    }
  }

  @Test func namesOfAnotherStoreGetTheirCodes() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let other = try directory.store("b.ragged")
    try other.add([Self.record("z", ["a", "zz"], ["old"])], Self.description)
    _ = try other.merge(store)
    #expect(
      try lists(other, SequenceSelection(dataset: "d"), "phones")
        == [["a", "zz"], ["sil", "k", "a", "sil"], [], ["k"], ["a \"q\"", "sil"], []])
    #expect(try SequenceStore.check(path: other.path).problems == [])
    try other.resplit(dataset: "d", .hashed([SplitFraction("a", 0.5), SplitFraction("b", 0.5)]))
    _ = try other.deleteSequences(SequenceSelection(dataset: "d", keys: ["a", "b"]))
    #expect(try SequenceStore.check(path: other.path).problems == [])
    #expect(try other.statistics(SequenceSelection(dataset: "d"))[0].columns.first { $0.name == "phones" }?.count == 5)
  }

  @Test func unknownLabelsAreCountedWhereNoNewOnesMayCome() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    var options = ImportOptions()
    options.extendsVocabulary = false
    try store.add([Self.record("f", ["sil", "new one", "k"])], Self.description, named: "b.csv", options: options)
    #expect(try lists(store, SequenceSelection(dataset: "d", keys: ["f"]), "phones") == [["sil", "", "k"]])
    let phones = try store.statistics(SequenceSelection(dataset: "d"))[0].columns.first { $0.name == "phones" }
    #expect((phones?.count, phones?.missing) == (9, 1))
    #expect(try SequenceStore.check(path: store.path).problems == [])
  }

  @Test(
    arguments: [
      ("labels = x'ffffffff00000000' WHERE sequence_id = 1", "are not as many as they say there are"),
      ("labels = x'0200000000000000' WHERE sequence_id = 1", "are not as many as they say there are"),
      ("labels = x'00000000' WHERE sequence_id = 1", "ask for 8 or more"),
      ("labels = NULL WHERE sequence_id = 1", "ask for 8 or more"),
      ("labels = x'01000000000000000900000' || '0' WHERE 0", nil),
    ] as [(String, String?)]) func brokenLabelsAreDamage(change: String, message: String?) throws
  {
    guard let message else { return }
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    try store.vandalise("UPDATE sequence_data SET \(change)")
    let source = try store.source(SequenceSelection(dataset: "d"), choice: ColumnChoice(labels: ["phones"]))
    let error = #expect(throws: StoreError.self) { try source.gather([0]) }
    #expect(error?.code == .damaged && error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(try SequenceStore.check(path: store.path).problems.contains { $0.kind == .sequence })
    let repaired = try SequenceStore.check(path: store.path, repair: true)
    #expect(repaired.remaining == [])
    let moved = try store.sql { try Int.fetchOne($0, sql: "SELECT count(*) FROM quarantine WHERE key = 'a'") }
    #expect(moved == 1)
  }

  @Test func aCodeThatIsNoNameIsDamage() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    try store.vandalise("UPDATE sequence_data SET labels = x'010000000000000009000000' WHERE sequence_id = 3")
    let source = try store.source(SequenceSelection(dataset: "d"), choice: ColumnChoice(labels: ["phones"]))
    let error = #expect(throws: StoreError.self) { try source.gather([2]) }
    #expect(error?.message.contains("a label is 9, expected 0 to 4") == true)
    #expect(throws: (any Error).self) {
      try store.export(
        SequenceSelection(dataset: "d"), as: SequenceExport(.jsonl), to: .file(directory.file("a.jsonl")))
    }
  }

  @Test(arguments: ["jsonl", "csv", "tfrecord", "npz"])
  func anExportIsTheSameDatasetAgain(name: String) throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    let path = directory.file("out.\(name)")
    let format = try #require(FileFormat(named: name))
    let report = try store.export(SequenceSelection(dataset: "d"), as: SequenceExport(format), to: .file(path))
    #expect(report.losses == [])
    let other = try directory.store("b.ragged")
    var reader = try FileReader(path, settings: report.readerSettings)
    _ = try other.importSequences(from: &reader, named: path, into: "d")
    for column in ["phones", "tags"] {
      #expect(
        try lists(other, SequenceSelection(dataset: "d"), column)
          == lists(store, SequenceSelection(dataset: "d"), column))
    }
    #expect(
      try other.datasetInfo("d").columns.map { "\($0.name) \($0.extent)" }
        == store.datasetInfo("d").columns.map { "\($0.name) \($0.extent)" })
  }

  @Test func aFileWithTextIsRefusedByADatasetWithLabels() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory)
    var description = Self.description
    description.columns[0] = Column("phones", .category)
    let error = #expect(throws: StoreError.self) {
      try store.add([SequenceRecord(key: "y", input: .values([1], featureCount: 1))], description, named: "b.csv")
    }
    #expect(
      error?.message
        == #"b.csv does not fit dataset "d": column "phones" is text per timestep in this file and a list of labels per sequence in the dataset"#
    )
    #expect(error?.remedy == .input(.takeAsLabels(["phones"])))
  }
}

private typealias Column = RaggedCore.Column
