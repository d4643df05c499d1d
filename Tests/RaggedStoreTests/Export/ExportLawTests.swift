import Foundation
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// An import of an export is the dataset itself.
@Suite struct ExportLawTests {
  static let exports = [
    SequenceExport(.csv), SequenceExport(.jsonl), SequenceExport(.npz), SequenceExport(.npz, layout: .padded),
    SequenceExport(.tfrecord), SequenceExport(.parquet), SequenceExport(.parquet, layout: .sequences),
  ]
  static let kinds: [TargetKind?] = [nil] + TargetKind.allCases

  @Test(arguments: RandomDataset.Input.allCases)
  func exportsReadAsTheDatasetItself(input: RandomDataset.Input) throws {
    let folder = try TemporaryDirectory()
    let (store, copies) = (try folder.store(), try folder.store("copies.ragged"))
    for (index, kind) in Self.kinds.enumerated() {
      // One, few and many sequences.
      for (seed, count) in [1, 3, 12].enumerated() {
        let dataset = "\(index)-\(seed)"
        var random = RandomDataset(input, kind, seed: UInt64(100 * index + seed))
        var records = random.records(count)
        if count == 1 { records[0] = records[0].with(length: 3, of: &random) }
        try store.add(records, random.description, into: dataset)
        let selection = SequenceSelection(dataset: dataset)
        let before = try DatasetContents(store, selection)
        for (number, export) in Self.exports.enumerated() {
          let copy = "\(dataset)-\(number)"
          let report = try reimport(
            selection, of: store, export, into: copies, as: copy, isCompressed: seed == 1 && export.format.isStreamed)
          let after = try DatasetContents(copies, SequenceSelection(dataset: copy))
          #expect(after == before, "\(input) \(String(describing: kind)) \(export) seed \(seed)")
          #expect(report.losses == [])
          #expect(report.sequences == count)
          #expect(report.timesteps == records.reduce(0) { $0 + $1.input.length })
        }
      }
    }
  }

  @Test(arguments: RandomDataset.Input.allCases)
  func aDatasetWithoutAnyTimestepIsKept(input: RandomDataset.Input) throws {
    let folder = try TemporaryDirectory()
    let (store, copies) = (try folder.store(), try folder.store("copies.ragged"))
    let empty: RecordInput =
      switch input {
      case .oneFeature: .values([], featureCount: 1)
      case .features: .values([], featureCount: 3)
      case .tokens: .tokens([])
      case .characters, .words: .text([])
      }
    for (number, kind) in Self.kinds.enumerated() {
      let target: RecordTarget =
        switch kind {
        case nil: .none
        case .classPerSequence: .label("u")
        case .classPerTimestep: .labels([])
        case .valuesPerSequence: .values([1, 2])
        case .valuesPerTimestep: .stepValues([], width: 2)
        }
      let records = ["a", "b"].map { SequenceRecord(key: $0, input: empty, target: target) }
      try store.add(records, RandomDataset(input, kind, seed: 0).description, into: "\(number)")
      let selection = SequenceSelection(dataset: "\(number)")
      for (place, export) in Self.exports.enumerated() {
        let copy = "\(number)-\(place)"
        _ = try reimport(selection, of: store, export, into: copies, as: copy)
        let after = try DatasetContents(copies, SequenceSelection(dataset: copy))
        #expect(try after == DatasetContents(store, selection), "\(input) \(String(describing: kind)) \(export)")
      }
    }
  }

  /// Where no timestep is valid, none has a class, and there may be no class at all.
  @Test(arguments: exports)
  func aDatasetWithoutAValidTimestepIsKept(export: SequenceExport) throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    let records = [("a", 2), ("b", 0), ("c", 3)].map { key, length in
      SequenceRecord(
        key: key, input: .values((0..<length).map(Float.init), featureCount: 1),
        target: .labels(Array(repeating: "", count: length)), validity: Array(repeating: false, count: length))
    }
    let description = InputDescription(input: .features(["f0"]), target: .classPerTimestep(declared: nil))
    try store.add(records, description)
    #expect(try SequenceStore.check(path: store.path).isSound)
    let copy = try reimported(store, export, in: folder).store
    let before = try DatasetContents(store)
    #expect(try DatasetContents(copy) == before)
    #expect(before.signature.target == .classPerTimestep([]))
    let merged = try folder.store("merged.ragged")
    _ = try merged.merge(store)
    #expect(try DatasetContents(merged) == before)
    #expect(try store.source(SequenceSelection(dataset: "d")).gather([0]).targets == .classPerTimestep([-1, -1]))
  }

  @Test(arguments: exports)
  func declaredClassesStayDeclared(export: SequenceExport) throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    try store.add(classifiedRecords(20), options: ImportOptions(classes: ["c", "unused, \"one\"", "a", "b"]))
    let copy = try reimported(store, export, in: folder).store
    #expect(try DatasetContents(copy) == DatasetContents(store))
    #expect(try DatasetContents(copy).areDeclared)
  }

  @Test(arguments: exports)
  func aPartKeepsTheNumbersOfItsClasses(export: SequenceExport) throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    try store.add(classifiedRecords(40))
    let part = SequenceSelection(dataset: "d", splits: ["test"], classes: ["c"], condition: "length > 2")
    let copy = try reimported(store, export, in: folder, selection: part).store
    let (before, after) = (try DatasetContents(store, part), try DatasetContents(copy))
    #expect(!before.rows.isEmpty && before.rows.count < 40)
    #expect(after.rows == before.rows)
    #expect(after.signature == before.signature)
  }

  @Test(arguments: exports)
  func aPartOfATextSaysThatItsTokensAreNumberedAnew(export: SequenceExport) throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    try store.add(
      [
        SequenceRecord(key: "a", input: .text(["x", "y"])),
        SequenceRecord(key: "b", input: .text(["y", "z"]), split: "test"),
      ], InputDescription(input: .text(.words), target: .none))
    let (copy, report) = try reimported(
      store, export, in: folder, selection: SequenceSelection(dataset: "d", splits: ["test"]))
    #expect(
      report.losses == ["the numbers of tokens, which an import gives in the order in which their texts first come"])
    let source = try copy.source(SequenceSelection(dataset: "d"))
    #expect(source.signature.input == .tokens(size: 3, vocabulary: Vocabulary(unit: .words, tokens: ["y", "z"])))
    #expect(try source.gather([0]).input == .tokens([1, 2]))
  }

  @Test(arguments: [nil, TargetKind.classPerSequence, .valuesPerSequence])
  func seriesFilesKeepWhatTheyCan(kind: TargetKind?) throws {
    let folder = try TemporaryDirectory()
    for (seed, input) in [RandomDataset.Input.features, .oneFeature, .features].enumerated() {
      var random = RandomDataset(input, kind, seed: UInt64(seed), isPlain: true)
      let store = try folder.store("\(seed).ragged")
      var records = random.records(20)
      // The format has no sequence without timesteps.
      records.removeAll { $0.input.length == 0 }
      try store.add(records, random.description)
      let (copy, report) = try reimported(store, SequenceExport(.ts), in: folder)
      let (before, after) = (try DatasetContents(store), try DatasetContents(copy))
      #expect(after.signature == before.signature)
      #expect(after.rows.map(\.targets) == before.rows.map(\.targets))
      #expect(after.rows.allSatisfy { $0.validity == nil })
      let width = before.signature.input.featureCount
      for (row, other) in zip(before.rows, after.rows) {
        // The cells of an invalid timestep are missing.
        let known = row.input.indices.filter { row.validity?[$0 / width] != false }
        try #require(other.input.count == row.input.count)
        #expect(known.allSatisfy { other.input[$0] == row.input[$0] })
      }
      #expect(
        report.losses == [
          "keys (they become file and position)", "splits", "weights", "groups", "metadata",
          "which timesteps are invalid (their cells are missing)",
        ])
    }
  }

  @Test func theOneSplitOfASeriesFileIsTold() throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    try store.add(
      [SequenceRecord(key: "a", input: .values([1, 2], featureCount: 1), split: "mine")], .plain)
    let report = try reimported(store, SequenceExport(.ts), in: folder).report
    #expect(report.split == "mine")
    #expect(report.losses == ["keys (they become file and position)"])
  }
}

extension SequenceRecord {
  /// The same sequence with another number of timesteps, all of them valid.
  fileprivate func with(length: Int, of random: inout RandomDataset) -> SequenceRecord {
    var other = self
    while other.input.length != length {
      let candidate = random.records(1)[0]
      (other.input, other.target, other.validity) = (candidate.input, candidate.target, candidate.validity)
    }
    other.validity = nil
    return other
  }
}
