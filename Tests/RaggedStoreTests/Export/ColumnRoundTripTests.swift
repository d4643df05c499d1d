import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// Import, export, import: the same dataset, whatever its columns are and are for.
@Suite struct ColumnRoundTripTests {
  private static let exports = [
    SequenceExport(.csv), SequenceExport(.jsonl), SequenceExport(.npz), SequenceExport(.npz, layout: .padded),
    SequenceExport(.tfrecord), SequenceExport(.parquet), SequenceExport(.parquet, layout: .sequences),
  ]

  @Test(arguments: exports) func anySetOfColumnsComesBack(export: SequenceExport) throws {
    let folder = try TemporaryDirectory()
    let (store, copies) = (try folder.store(), try folder.store("copies.ragged"))
    for seed in 0..<120 {
      var made = RandomColumnSet(seed: UInt64(seed), format: export.format)
      let records = made.records()
      let (dataset, selection) = ("\(seed)", SequenceSelection(dataset: "\(seed)"))
      try store.add(records, made.description, into: dataset)
      let report = try reimport(selection, of: store, export, into: copies, as: dataset)
      #expect(report.losses == [], "\(export) seed \(seed)")
      let (before, after) = (try ColumnContents(store, dataset), try ColumnContents(copies, dataset))
      #expect(after == before, "\(export) seed \(seed) \(report.readerSettings)")
      guard after == before else { return }
    }
    #expect(try SequenceStore.check(path: store.path).problems == [])
    #expect(try SequenceStore.check(path: copies.path).problems == [])
  }

  /// The same without stores.
  @Test(arguments: exports) func itComesBackToMemory(export: SequenceExport) throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    for seed in 200..<230 {
      var made = RandomColumnSet(seed: UInt64(seed), format: export.format)
      try store.add(made.records(), made.description, into: "\(seed)")
      let file = folder.file("\(seed).\(export.format.name)")
      let report = try store.export(SequenceSelection(dataset: "\(seed)"), as: export, to: .file(file))
      // What is chosen of the columns does not matter: all are written.
      let memory = try RecordSource(
        [FileReader(file, settings: report.readerSettings)], choice: ColumnChoice(target: []))
      let again = folder.file("\(seed)-again.\(export.format.name)")
      let second = try export.write(memory, to: .file(again))
      #expect(second.losses == [] && second.readerSettings == report.readerSettings, "\(export) seed \(seed)")
      var (first, other) = (
        try FileReader(file, settings: report.readerSettings), try FileReader(again, settings: second.readerSettings)
      )
      #expect(try first.description() == other.description(), "\(export) seed \(seed)")
      while let record = try first.next() {
        #expect(try other.next()?.comparable == record.comparable, "\(export) seed \(seed)")
      }
      #expect(try other.next() == nil)
    }
  }

  @Test(arguments: exports) func whatIsNotKeptIsSaid(export: SequenceExport) throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    let description = InputDescription(
      input: .features(["x"]), target: .none,
      columns: [Column("opened", .time, per: .sequence), Column("won", .category, per: .sequence, role: .target)])
    let records = [("a", 3), ("b", 1)].map { key, length in
      SequenceRecord(
        key: key, input: .values(Array(repeating: 1, count: length), featureCount: 1),
        cells: [.times([1_600_000_000_000_000]), .categories(Categories(["yes"]))])
    }
    try store.add(records, description)
    let (copy, report) = try reimported(store, export, in: folder)
    let keepsTargets = export.format == .npz || export.format == .tfrecord
    #expect(
      report.losses == (keepsTargets ? [] : ["that column \"won\" is a target"]) + [
        "that column \"opened\" has one time per sequence (each timestep has it)"
      ])
    let columns = try copy.datasetInfo("d").columns
    #expect(columns.map(\.extent) == [.timestep, .timestep, .sequence])
    #expect(columns.last?.role == (keepsTargets ? .target : .other))
    let source = try copy.storedSource(SequenceSelection(dataset: "d"))
    var times: [RecordCells] = []
    try source.forEachRecord { times.append($0.cells[0]) }
    #expect(times == [3, 1].map { .times(Array(repeating: 1_600_000_000_000_000, count: $0)) })
  }

  @Test func aClassColumnWhoseNameIsTakenIsSaidToBeCalledOtherwise() throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    let description = InputDescription(
      input: .features(["x"]), target: .classPerSequence(declared: nil), classColumn: "split")
    try store.add(
      [SequenceRecord(key: "a", input: .values([1], featureCount: 1), target: .label("u"))], description)
    #expect(try reimported(store, SequenceExport(.csv), in: folder).report.losses == [])
    #expect(
      try reimported(store, SequenceExport(.jsonl), in: folder).report.losses == [
        "that the column of classes is called \"split\""
      ])
  }
}

/// What a store knows of a dataset's columns and cells.
private struct ColumnContents: Equatable {
  var signature: SequenceSignature
  var columns: [String]
  var records: [String] = []

  init(_ store: SequenceStore, _ dataset: String) throws {
    let info = try store.datasetInfo(dataset)
    signature = info.signature
    columns = info.columns.map { column in
      "\(column.name): \(column.kind) per \(column.extent), \(column.role) \(column.vocabulary?.tokens ?? [])"
    }
    let source = try store.storedSource(SequenceSelection(dataset: dataset))
    try source.forEachRecord { records.append($0.comparable) }
  }
}

/// Makes a set of columns of any kinds, extents, roles and names, and sequences of them.
struct RandomColumnSet {
  private(set) var description: InputDescription
  private var random: SeededRandom
  private let missing: Int

  private static let names = [
    "id", "t", "split", "label", "class", "target", "kind", "weight", "valid", "group", "metadata", "time", "token",
    "y",
    "values", "a,b", "q\"uote\"", "none", "-dash", "é", "語", "f0", "amount", "when:delta",
  ]
  /// Those of fields that JSON Lines have for something else.
  private static let fields: Set<String> = [
    "id", "split", "weight", "group", "metadata", "target", "valid", "features", "tokens", "text",
  ]
  private static let texts = [
    "u", "v w", "a,b", "q\"uote\"", "é", "e\u{301}", "0012", "2020-01-01", "n/a", "none", "1.5",
  ]

  init(seed: UInt64, format: FileFormat) {
    var random = SeededRandom(seed: seed)
    var free = Self.names.filter { format != .jsonl || !Self.fields.contains($0) }
    func name() -> String { free.remove(at: random.below(free.count)) }
    let needsInput = format == .tfrecord
    let width = random.below(4)
    let isText = random.below(5) == 0
    var input: InputDescription.Input = .features((0..<width).map { _ in name() })
    if isText { input = random.below(2) == 0 ? .text(.words) : .tokens }
    if needsInput, !isText, width == 0 { input = .features([name()]) }
    let roles: [Column.Role] = format == .npz || format == .tfrecord ? [.input, .other, .target] : [.input, .other]
    // Often all columns have one role, as after most imports.
    let only = random.below(3) == 0 ? nil : roles[random.below(2)]
    var columns = (0..<random.below(7)).map { _ -> Column in
      let kind = Column.Kind.allCases[random.below(3)]
      let extent: Column.Extent = kind == .time || random.below(3) > 0 ? .timestep : .sequence
      return Column(name(), kind, per: extent, role: only ?? roles[random.below(roles.count)])
    }
    if case .features([]) = input, !columns.contains(where: { $0.extent == .timestep }) {
      columns.append(Column(name(), .number, role: only ?? .input))
    }
    let classColumn = random.below(2) == 0 ? SequenceSignature.classColumn : name()
    free.removeAll { $0 == SequenceSignature.classColumn }
    let isTaken = (columns.map(\.name) + (input.featureNames ?? [])).contains(classColumn)
    let target: InputDescription.Target =
      switch random.below(isTaken ? 3 : 5) {
      case 0: .none
      case 1: .valuesPerSequence((0...random.below(2)).map { _ in name() })
      case 2: .valuesPerTimestep((0...random.below(2)).map { _ in name() })
      case 3: .classPerSequence(declared: nil)
      default: .classPerTimestep(declared: nil)
      }
    description = InputDescription(
      input: input, target: target, columns: columns,
      classColumn: target.isClass ? classColumn : SequenceSignature.classColumn)
    missing = [0, 2, 5][random.below(3)]
    self.random = random
  }

  mutating func records() -> [SequenceRecord] {
    let hasGroups = random.below(2) == 0
    return (0...random.below(7)).map { index in
      let length = random.below(6)
      let cells = description.columns.map { column -> RecordCells in
        let count = column.extent == .timestep ? length : 1
        return switch column.kind {
        case .number: .numbers(numbers(count))
        case .category: .categories(names(count))
        case .time:
          .times(
            (0..<count).map { _ in
              isMissing() ? ColumnPlanes.missingTime : Int64(random.below(1 << 40)) * 1_000 - 1 << 38
            })
        }
      }
      let validity = random.below(4) == 0 ? (0..<length).map { _ in random.below(2) == 0 } : nil
      return SequenceRecord(
        key: "s\(index)", input: input(length), target: target(length), cells: cells,
        weight: random.below(3) == 0 ? 0.5 : nil, validity: validity?.contains(false) == true ? validity : nil,
        split: ["train", "test"][random.below(2)], group: hasGroups ? "g\(index / 2)" : nil,
        metadata: random.below(3) == 0 ? "{\"a\":\(index)}" : nil, length: length)
    }
  }

  private mutating func isMissing() -> Bool { missing > 0 && random.below(missing) == 0 }

  private mutating func numbers(_ count: Int) -> [Float] {
    (0..<count).map { _ in isMissing() ? .nan : Float(random.below(2000) - 1000) / 7 }
  }

  private mutating func names(_ count: Int) -> Categories {
    Categories((0..<count).map { _ in isMissing() ? "" : Self.texts[random.below(Self.texts.count)] })
  }

  private mutating func input(_ length: Int) -> RecordInput {
    switch description.input {
    case .features(let names): .values(numbers(length * names.count), featureCount: names.count)
    case .tokens: .tokens((0..<length).map { _ in Int32(random.below(9)) })
    case .text: .text((0..<length).map { _ in Self.texts[random.below(Self.texts.count)] })
    }
  }

  private mutating func target(_ length: Int) -> RecordTarget {
    switch description.target {
    case .none: .none
    case .classPerSequence: .classPerSequence(names(1))
    case .classPerTimestep: .classPerTimestep(names(length))
    case .valuesPerSequence(let names): .values(numbers(names.count))
    case .valuesPerTimestep(let names): .stepValues(numbers(length * names.count), width: names.count)
    }
  }
}
