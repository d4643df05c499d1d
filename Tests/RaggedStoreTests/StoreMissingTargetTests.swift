import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// A target that is missing is stored as one that was not observed; its timestep is one like the others.
@Suite struct StoreMissingTargetTests {
  private static func records(_ targets: [RecordTarget], split: String = "train") -> [SequenceRecord] {
    targets.enumerated().map { index, target in
      SequenceRecord(
        key: "s\(index)", input: .values([1, 2, Float(index)], featureCount: 1), target: target, split: split)
    }
  }

  private static func description(_ target: InputDescription.Target, _ columns: [RaggedCore.Column] = [])
    -> InputDescription
  {
    InputDescription(input: .features(["x"]), target: target, columns: columns, classColumn: "label")
  }

  private static let labels: [RecordTarget] = [
    .labels(["u", "", "v"]), .labels(["", "", ""]), .labels(["v", "u", ""]),
  ]
  private static let values: [RecordTarget] = [
    .stepValues([1, 2, .nan, 3, .nan, .nan], width: 2), .stepValues([1, 2, 3, 4, 5, 6], width: 2),
  ]

  @Test func aClassPerTimestep() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(Self.records(Self.labels), Self.description(.classPerTimestep(declared: nil)))
    let source = try store.source(SequenceSelection(dataset: "d"))
    let batch = try source.gather([0, 1, 2])
    #expect(batch.targets == .classPerTimestep([0, -1, 1, -1, -1, -1, 1, 0, -1]) && batch.validity == nil)
    #expect(source.signature.target == .classPerTimestep(["u", "v"]) && source.unlabelled.isEmpty)
    #expect(
      try source.gather(slices: [SequenceSlice(position: 0, start: 1, count: 2)]).targets == .classPerTimestep([-1, 1]))
    #expect(try SequenceStore.check(path: store.path).problems == [])
    let figures = try store.statistics(SequenceSelection(dataset: "d"))[0]
    #expect(figures.classes.map(\.count) == [2, 2])
    let column = try #require(figures.columns.last)
    #expect(column.name == "label" && column.count == 4 && column.missing == 5)
    // The same from the data itself.
    #expect(try store.statistics(SequenceSelection(dataset: "d", condition: "1"))[0] == figures)
    let gaps = try store.snapshot().targetGaps(SequenceSelection(dataset: "d"), choice: ColumnChoice())
    #expect(
      gaps.map { $0.note(" to train on") } == [
        "5 of 9 valid timesteps to train on have no target \"label\": they have no loss and are not judged"
      ])
  }

  @Test func valuesPerTimestep() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(Self.records(Self.values), Self.description(.valuesPerTimestep(["y", "z"])))
    let batch = try store.source(SequenceSelection(dataset: "d")).gather([0, 1])
    #expect(batch.validity == nil)
    #expect(batch.targets.values.map { $0.isNaN ? -1 : $0 } == [1, 2, -1, 3, -1, -1, 1, 2, 3, 4, 5, 6])
    #expect(batch.targets.observed == [true, false, false, true, true, true])
    #expect(try SequenceStore.check(path: store.path).problems == [])
    let figures = try store.statistics(SequenceSelection(dataset: "d"))[0]
    #expect(figures.columns.map(\.missing) == [0, 2, 1] && figures.columns.map(\.count) == [6, 4, 5])
    #expect(try store.statistics(SequenceSelection(dataset: "d", condition: "1"))[0] == figures)
  }

  @Test func aClassPerSequence() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let targets: [RecordTarget] = [.label("v"), .label(""), .label("u"), .label("")]
    try store.add(Self.records(targets), Self.description(.classPerSequence(declared: nil)))
    let source = try store.source(SequenceSelection(dataset: "d"))
    #expect(source.classes == [0, -1, 1, -1] && source.unlabelled == [1, 3])
    #expect(try source.gather([3, 0, 1]).targets == .classPerSequence([-1, 0, -1]))
    #expect(try source.labelled().keys([0, 1]) == ["s0", "s2"])
    #expect(try source.part([1, 2]).unlabelled == [0])
    #expect(try SequenceStore.check(path: store.path).problems == [])
    let figures = try store.statistics(SequenceSelection(dataset: "d"))[0]
    #expect(figures.columns.last?.missing == 2 && figures.classes.map(\.count) == [1, 1])
    // The same from the data itself; the mean of a feature in another order.
    let again = try store.statistics(SequenceSelection(dataset: "d", condition: "1"))[0]
    #expect(again.columns.last == figures.columns.last && again.classes == figures.classes)
    let groups = try store.statistics(SequenceSelection(dataset: "d"), by: .class)
    #expect(Set(groups.map(\.className)) == [nil, "v", "u"] && groups.map(\.sequences).reduce(0, +) == 4)
    #expect(groups.allSatisfy { $0.features[0].count == 3 * $0.sequences })
    let byColumn = try store.groups(SequenceSelection(dataset: "d"), by: "label")
    #expect(byColumn.map(\.name) == ["v", "u", nil] && byColumn.map(\.sequences) == [1, 1, 2])
    #expect(try store.source(SequenceSelection(dataset: "d", condition: "class IS NULL")).count == 2)
    #expect(try store.source(SequenceSelection(dataset: "d", classes: ["v"])).count == 1)
  }

  @Test func valuesPerSequence() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(
      Self.records([.values([1, 2]), .values([.nan, 3])]), Self.description(.valuesPerSequence(["y", "z"])))
    let batch = try store.source(SequenceSelection(dataset: "d")).gather([0, 1])
    #expect(batch.targets.values.map { $0.isNaN ? -1 : $0 } == [1, 2, -1, 3])
    #expect(try SequenceStore.check(path: store.path).problems == [])
    let figures = try store.statistics(SequenceSelection(dataset: "d"))[0]
    #expect(figures.columns.map(\.missing) == [0, 1, 0])
    let source = try store.source(SequenceSelection(dataset: "d"))
    #expect(source.unlabelled == [1])
    #expect(try source.labelled().count == 1)
    let one = try store.source(SequenceSelection(dataset: "d"), choice: ColumnChoice(target: ["z"]))
    #expect(one.unlabelled == [])
  }

  /// The same column, named as target at import or chosen at training, gives the same batches.
  @Test func itDoesNotMatterWhenATargetIsNamed() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(Self.records(Self.labels), Self.description(.classPerTimestep(declared: nil)), into: "named")
    let column = RaggedCore.Column("label", .category, role: .other)
    let bare = zip(Self.records(Self.labels.map { _ in .none }), Self.labels).map { record, target in
      var record = record
      if case .classPerTimestep(let names) = target { record.cells = [.categories(names)] }
      return record
    }
    try store.add(bare, Self.description(.none, [column]), into: "chosen")
    let named = try store.source(SequenceSelection(dataset: "named"))
    let chosen = try store.source(SequenceSelection(dataset: "chosen"), choice: ColumnChoice(target: ["label"]))
    #expect(named.signature == chosen.signature)
    #expect(try named.gather([0, 1, 2]) == chosen.gather([0, 1, 2]))
  }

  /// A column that is the target otherwise is an input with cells that are missing.
  @Test func aMissingTargetIsAMissingInput() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    func batch(_ dataset: String, _ inputs: [String]) throws -> SequenceBatch {
      let source = try store.source(
        SequenceSelection(dataset: dataset), choice: ColumnChoice(inputs: inputs, target: []))
      return try source.gather([0, 1])
    }
    try store.add(Self.records(Self.labels), Self.description(.classPerTimestep(declared: nil)), into: "labels")
    #expect(try batch("labels", ["label"]).input == BatchCells(codes: [1, 0, 2, 0, 0, 0], codeCount: 1))
    try store.add(Self.records(Self.values), Self.description(.valuesPerTimestep(["y", "z"])), into: "values")
    #expect(
      try batch("values", ["z"]).input
        == BatchCells(
          values: [2, 3, 0, 2, 4, 6], featureCount: 1, observed: [true, true, false, true, true, true]))
    try store.add(
      Self.records([.values([1]), .values([.nan])]), Self.description(.valuesPerSequence(["y"])), into: "value")
    #expect(
      try batch("value", ["x", "y"]).statics == BatchCells(values: [1, 0], featureCount: 1, observed: [true, false]))
    try store.add(
      Self.records([.label("u"), .label("")]), Self.description(.classPerSequence(declared: nil)), into: "label")
    #expect(try batch("label", ["x", "label"]).statics == BatchCells(codes: [1, 0], codeCount: 1))
  }

  @Test func aMergeAndAnEditKeepIt() throws {
    let directory = try TemporaryDirectory()
    let (store, other) = (try directory.store(), try directory.store("b.ragged"))
    for (dataset, targets, target) in [
      ("a", Self.labels, .classPerTimestep(declared: nil)), ("b", Self.values, .valuesPerTimestep(["y", "z"])),
      ("c", [.label("u"), .label("")], .classPerSequence(declared: nil)),
      ("d", [.values([1]), .values([.nan])], .valuesPerSequence(["y"])),
    ] as [(String, [RecordTarget], InputDescription.Target)] {
      try store.add(Self.records(targets), Self.description(target), into: dataset)
    }
    _ = try other.merge(store)
    for dataset in ["a", "b", "c", "d"] {
      let before = try DatasetContents(store, SequenceSelection(dataset: dataset))
      #expect(try DatasetContents(other, SequenceSelection(dataset: dataset)) == before)
      let selection = SequenceSelection(dataset: dataset)
      #expect(try other.statistics(selection) == store.statistics(selection))
    }
    #expect(try SequenceStore.check(path: other.path).problems == [])
  }

  @Test func aCheckFindsWhatIsNeitherAClassNorMissing() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(Self.records(Self.labels), Self.description(.classPerTimestep(declared: nil)))
    try store.vandalise("UPDATE missing_target SET count = 9")
    #expect(
      try SequenceStore.check(path: store.path).problems.map(\.message) == [
        "missing_target says 9 of split \"train\", target 0; there are 5"
      ])
    _ = try SequenceStore.check(path: store.path, repair: true)
    #expect(try SequenceStore.check(path: store.path).problems == [])
    try store.vandalise(
      "UPDATE sequence_data SET target = x'00000000feffffff01000000' WHERE sequence_id = (SELECT min(id) FROM sequence)"
    )
    let error = #expect(throws: StoreError.self) {
      try store.source(SequenceSelection(dataset: "d")).gather([0])
    }
    #expect(error?.message.contains("a timestep's class is -2, expected 0 to 1, or -1 where it is missing") == true)
  }

  @Test func valuesThatAreInfiniteAreRefused() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let error = #expect(throws: InputError.self) {
      try store.add(
        Self.records([.stepValues([1, .infinity, 2], width: 1)]), Self.description(.valuesPerTimestep(["y"])))
    }
    #expect(error?.message.contains("target \"y\" is inf at timestep 2, expected a finite number") == true)
  }
}
