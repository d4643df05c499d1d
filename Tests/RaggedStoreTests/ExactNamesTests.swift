import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// Names that Unicode calls canonically equivalent are two in a file, and two in memory.
@Suite struct ExactNamesTests {
  /// `é` in one code point and in two; the letter K and the sign for Kelvin.
  private static let pairs = [("caf\u{E9}", "cafe\u{301}"), ("K", "\u{212A}")]

  private static func record(
    _ key: String, _ values: [Float], _ label: String, split: String? = nil, group: String? = nil
  ) -> SequenceRecord {
    SequenceRecord(
      key: key, input: .values(values, featureCount: 1), target: .label(label), split: split, group: group)
  }

  private static let description = InputDescription(
    input: .features(["x"]), target: .classPerSequence(declared: nil))

  @Test(arguments: pairs) func keysSplitsAndClassesAreTwo(_ pair: (String, String)) throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let records = [
      Self.record(pair.0, [1, 2], pair.0, split: pair.0), Self.record(pair.1, [30, 40, 50], pair.1, split: pair.1),
    ]
    try store.add(records, Self.description)
    let info = try store.datasetInfo("d")
    #expect(info.splits.map(\.name).exactNames == [pair.0, pair.1].exactNames)
    #expect(info.signature.target.names.count == 2)
    for (index, name) in [pair.0, pair.1].enumerated() {
      for part in [
        SequenceSelection(dataset: "d", splits: [name]), SequenceSelection(dataset: "d", classes: [name]),
        SequenceSelection(dataset: "d", keys: [name]),
      ] {
        let source = try store.source(part)
        #expect(source.lengths == [Int32(index + 2)])
        #expect(try source.keys([0])[0].isExactly(name))
        #expect(try store.statistics(part)[0].features[0].mean == [1.5, 40][index])
      }
    }
    for grouping in [DatasetStatistics.Grouping.split, .class] {
      let groups = try store.statistics(SequenceSelection(dataset: "d"), by: grouping)
      #expect(Set(groups.map(\.timesteps)) == [2, 3])
      let adHoc = try store.statistics(SequenceSelection(dataset: "d", condition: "1"), by: grouping)
      #expect(adHoc == groups)
    }
    #expect(try SequenceStore.check(path: store.path).problems == [])
    #expect(throws: StoreError.self) { try store.rename(dataset: "d", to: "") }
    try store.rename(dataset: "d", to: pair.0)
    try store.add(records, Self.description, into: pair.1)
    try store.rename(dataset: pair.0, to: "e")
    #expect(try store.datasets().map(\.name).exactNames == ["e", pair.1].exactNames)
  }

  @Test(arguments: pairs) func featuresTokensAndTimestepClassesAreTwo(_ pair: (String, String)) throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let columns = InputDescription(input: .features([pair.0, pair.1]), target: .none)
    try store.add([SequenceRecord(key: "a", input: .values([1, 2], featureCount: 2))], columns)
    let turned = InputDescription(input: .features([pair.1, pair.0]), target: .none)
    try store.add([SequenceRecord(key: "b", input: .values([2, 1], featureCount: 2))], turned)
    #expect(try store.statistics(SequenceSelection(dataset: "d"))[0].features.map(\.mean) == [1, 2])

    let text = InputDescription(input: .text(.words), target: .classPerTimestep(declared: [pair.0, pair.1]))
    let words = [pair.0, pair.1, pair.0]
    try store.add([SequenceRecord(key: "a", input: .text(words), target: .labels(words))], text, into: "t")
    let batch = try store.source(SequenceSelection(dataset: "t")).gather([0])
    #expect(batch.input == .tokens([1, 2, 1]) && batch.targets == .classPerTimestep([0, 1, 0]))
    #expect(try SequenceStore.check(path: store.path).problems == [])
  }

  @Test func figuresOfAnotherSplitAreNoticed() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let (composed, decomposed) = Self.pairs[0]
    try store.add([Self.record("a", [1, 2], "p", split: decomposed)], Self.description)
    for table in ["length_count", "feature_statistics"] {
      try store.vandalise("UPDATE \(table) SET split = '\(composed)'")
    }
    let problems = try SequenceStore.check(path: store.path).problems
    #expect(!problems.isEmpty && problems.allSatisfy { $0.kind == .figures })
  }

  @Test func aMergeKeepsThemApart() throws {
    let directory = try TemporaryDirectory()
    let (first, second) = (try directory.store("1.ragged"), try directory.store("2.ragged"))
    let (composed, decomposed) = Self.pairs[0]
    try first.add([Self.record("a", [1], composed, split: composed)], Self.description)
    try second.add([Self.record("b", [2], decomposed, split: decomposed)], Self.description)
    _ = try first.merge(second)
    #expect(try first.datasetInfo("d").splits.map(\.sequences) == [1, 1])
    #expect(try first.datasetInfo("d").signature.target.names.count == 2)
    #expect(try SequenceStore.check(path: first.path).problems == [])
  }
}
