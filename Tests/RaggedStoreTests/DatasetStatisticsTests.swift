import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

@Suite struct DatasetStatisticsTests {
  /// Equal but for rounding.
  private func expectClose(_ found: [DatasetStatistics], _ expected: [DatasetStatistics]) {
    #expect(found.count == expected.count)
    for (a, b) in zip(found, expected) {
      #expect((a.split, a.className) == (b.split, b.className))
      #expect(a.lengths == b.lengths)
      #expect(a.classes == b.classes)
      #expect(a.features.map(\.count) == b.features.map(\.count))
      #expect(a.features.map(\.minimum) == b.features.map(\.minimum))
      #expect(a.features.map(\.maximum) == b.features.map(\.maximum))
      for (x, y) in zip(a.features, b.features) {
        #expect(abs((x.mean ?? 0) - (y.mean ?? 0)) < 1e-12)
        #expect(abs((x.standardDeviation ?? 0) - (y.standardDeviation ?? 0)) < 1e-12)
      }
    }
  }

  @Test(arguments: DatasetStatistics.Grouping.allCases)
  func keptFiguresAreThoseOfAPassOverTheData(_ grouping: DatasetStatistics.Grouping) throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let records = classifiedRecords(150)
    let shares = [SplitFraction("train", 0.7), SplitFraction("test", 0.3)]
    try store.add(Array(records[..<40]))
    try store.add(Array(records[40..<80]), options: ImportOptions(split: .hashed(shares)))
    try store.add(Array(records[80...]), options: ImportOptions(split: .hashed(shares, seed: 1, by: .keyWithinClass)))
    let parts: [([String]?, [String]?)] = [(nil, nil), (["test"], nil), (["train"], ["a", "c"]), (nil, ["b"])]
    for (splits, classes) in parts {
      let kept = SequenceSelection(dataset: "d", splits: splits, classes: classes)
      var adHoc = kept
      adHoc.condition = "1"
      expectClose(try store.statistics(kept, by: grouping), try store.statistics(adHoc, by: grouping))
    }
  }

  @Test func theFiguresAreThoseOfTheRecords() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let records = classifiedRecords(50)
    try store.add(records)
    let found = try store.statistics(SequenceSelection(dataset: "d"))[0]
    #expect(found.sequences == 50)
    #expect(found.timesteps == records.reduce(0) { $0 + $1.input.length })
    #expect(found.lengths == LengthStatistics(lengths: records.map(\.input.length)))
    #expect(found.classes.map(\.name) == ["b", "a", "c"])
    #expect(found.classes.map(\.count) == [17, 17, 16])
    for f in 0..<2 {
      var values: [Double] = []
      for record in records {
        guard case .values(let row, _) = record.input else { continue }
        for t in 0..<record.input.length where record.validity?[t] ?? true { values.append(Double(row[2 * t + f])) }
      }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      let feature = found.features[f]
      #expect(feature.name == ["x", "y"][f])
      #expect(feature.count == values.count)
      #expect(abs((feature.mean ?? 0) - mean) < 1e-12)
      #expect(abs((feature.standardDeviation ?? 0) - variance.squareRoot()) < 1e-12)
      #expect(feature.minimum == values.min())
      #expect(feature.maximum == values.max())
    }
  }

  @Test func classesATimestepAreCountedOverValidSteps() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let description = InputDescription(input: .features(["x"]), target: .classPerTimestep(declared: ["n", "y", "z"]))
    func record(_ key: String, _ labels: [String], _ validity: [Bool]? = nil, split: String) -> SequenceRecord {
      SequenceRecord(
        key: key, input: .values(labels.map { _ in 1 }, featureCount: 1), target: .labels(labels), validity: validity,
        split: split)
    }
    try store.add(
      [record("a", ["y", "n", "y"], split: "train"), record("b", ["y", ""], [true, false], split: "test")], description)
    try store.add([record("c", ["n"], split: "train")], description)
    func counts(_ selection: SequenceSelection) throws -> [Int] {
      try store.statistics(selection)[0].classes.map(\.count)
    }
    #expect(try counts(SequenceSelection(dataset: "d")) == [2, 3, 0])
    #expect(try counts(SequenceSelection(dataset: "d", splits: ["train"])) == [2, 2, 0])
    #expect(try counts(SequenceSelection(dataset: "d", condition: "length < 3")) == [1, 1, 0])
    #expect(try store.statistics(SequenceSelection(dataset: "d"), by: .split).map(\.split) == ["test", "train"])
    #expect(
      throws: StoreError(
        .invalidOption, "dataset \"d\" cannot be grouped by class: its target is a class per timestep")
    ) {
      try store.statistics(SequenceSelection(dataset: "d"), by: .class)
    }
  }

  @Test func keptFiguresNeedNoBlob() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(30))
    let before = try store.statistics(SequenceSelection(dataset: "d"), by: .class)
    let info = try store.datasetInfo("d")
    try store.vandalise("DELETE FROM sequence_data; DELETE FROM sequence")
    #expect(try store.statistics(SequenceSelection(dataset: "d"), by: .class) == before)
    #expect(try store.datasetInfo("d") == info)
  }

  @Test(arguments: [
    "UPDATE feature_statistics SET count = 9223372036854775807",
    "UPDATE feature_statistics SET count = -1",
    "DELETE FROM feature_statistics WHERE position = 1",
    "UPDATE length_count SET length = 9223372036854775807 WHERE length = 12",
    "UPDATE length_count SET length = 1152921504606846976 WHERE length = 12",
    "UPDATE length_count SET length = -4 WHERE length = 12",
    "UPDATE length_count SET count = 9223372036854775807",
    "UPDATE length_count SET count = 1000000",
    "UPDATE length_count SET count = -1",
  ])
  func keptFiguresThatLieAreAnErrorAndNoCrash(_ change: String) throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(30))
    try store.vandalise(change)
    let error = #expect(throws: StoreError.self) { try store.statistics(SequenceSelection(dataset: "d")) }
    #expect(error?.code == .damaged, "\(error?.message ?? "")")
    if change.contains("length_count") { #expect(throws: StoreError.self) { try store.datasets() } }
  }

  @Test func countsOfClassesThatLieAreAnErrorAndNoCrash() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let description = InputDescription(input: .features(["x"]), target: .classPerTimestep(declared: nil))
    for split in ["a", "b"] {
      try store.add(
        [SequenceRecord(key: split, input: .values([1], featureCount: 1), target: .labels(["p"]), split: split)],
        description)
    }
    try store.vandalise("UPDATE timestep_class_count SET count = 9223372036854775807")
    let message = "a count of \"timestep_class_count\" is 9223372036854775807"
    #expect(throws: StoreError(.damaged, message)) { try store.statistics(SequenceSelection(dataset: "d")) }
  }

  @Test func theJSONHasTheDocumentedShape() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add([
      SequenceRecord(key: "a", input: .values([1, 10, 3, 10], featureCount: 2), target: .label("p"), split: "train"),
      SequenceRecord(key: "b", input: .values([], featureCount: 2), target: .label("q"), split: "test"),
    ])
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let found = try store.statistics(SequenceSelection(dataset: "d"), by: .class)
    #expect(
      String(decoding: try encoder.encode(found[0]), as: UTF8.self) == """
        {"class":"p","classes":[{"count":1,"name":"p"}],"dataset":"d",\
        "features":[{"count":2,"maximum":3,"mean":2,"minimum":1,"name":"x","standardDeviation":1},\
        {"count":2,"maximum":10,"mean":10,"minimum":10,"name":"y","standardDeviation":0}],\
        "lengths":{"entries":[{"count":1,"length":2}],"maximum":2,"mean":2,"median":2,"minimum":2,\
        "percentiles":{"25":2,"5":2,"75":2,"95":2}},"sequences":1,"timesteps":2}
        """)
    #expect(found[1].features.map(\.mean) == [nil, nil])
    #expect(try JSONDecoder().decode([DatasetStatistics].self, from: encoder.encode(found)) == found)
  }

  @Test func aDatasetIsSummarised() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let records = classifiedRecords(30)
    try store.add(records)
    let info = try store.datasetInfo("d")
    #expect(info.splits.map(\.name) == ["test", "train"])
    #expect(info.splits.map(\.sequences) == [5, 25])
    #expect(info.timesteps == records.reduce(0) { $0 + $1.input.length })
    #expect(info.signature.input == .features(["x", "y"]))
    #expect(try store.datasets() == [info])
  }
}
