import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// Series come back from `.tsf` and `.arff` bit for bit, but for what is said.
@Suite struct SeriesExportTests {
  private static let names = ["plain", "a,b", "q\"uote\"", "é", "語", "it's", "100%", "back\\slash", "{x}", "a b", "?x"]

  private static func number(_ random: inout SeededRandom) -> Float {
    let extremes: [Float] = [
      0, -0.0, .leastNonzeroMagnitude, -.greatestFiniteMagnitude, .leastNormalMagnitude, 0.1, 1 / 3,
    ]
    if random.below(2) == 0 { return extremes[random.below(extremes.count)] }
    let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
    return value.isFinite ? value : 1
  }

  @Test func seriesToBeForecast() throws {
    let folder = try TemporaryDirectory()
    let (store, copies) = (try folder.store(), try folder.store("copies.ragged"))
    for seed in 0..<120 {
      var random = SeededRandom(seed: UInt64(seed))
      var columns: [Column] = []
      for (name, kind) in [
        ("state", Column.Kind.category), ("area", .number), ("start_timestamp", .time), ("end", .time),
      ]
      where random.below(2) == 0 {
        columns.append(Column(name, kind, per: .sequence, role: random.below(3) == 0 ? .other : .input))
      }
      let description = InputDescription(
        input: .features([random.below(2) == 0 ? "value" : "sales, 1"]), target: .none, columns: columns)
      let metadata = [nil, #"{"frequency":"4_seconds","horizon":8}"#, #"{"horizon":1}"#, #"{"frequency":"a\"b"}"#][
        random.below(4)]
      let records = (0...random.below(6)).map { index in
        let length = 1 + random.below(5)
        return SequenceRecord(
          key: "\(Self.names[random.below(Self.names.count)])\(index)",
          input: .values(
            (0..<length).map { _ in random.below(5) == 0 ? .nan : Self.number(&random) }, featureCount: 1),
          cells: columns.map { column in
            let isMissing = random.below(4) == 0
            return switch column.kind {
            case .category: .categories(Categories([isMissing ? "" : Self.names[random.below(Self.names.count)]]))
            case .number: .numbers([isMissing ? .nan : Self.number(&random)])
            case .time:
              .times([isMissing ? ColumnPlanes.missingTime : (Int64(random.below(1 << 32)) - 1 << 31) * 1_000_000])
            }
          }, metadata: metadata)
      }
      let dataset = "\(seed)"
      try store.add(records, description, into: dataset)
      let report = try reimport(
        SequenceSelection(dataset: dataset), of: store, SequenceExport(.tsf), into: copies, as: dataset,
        isCompressed: seed % 2 == 0)
      #expect(report.losses == [], "seed \(seed)")
      let (before, after) = (try SeriesContents(store, dataset), try SeriesContents(copies, dataset))
      #expect(after == before, "seed \(seed)")
    }
  }

  @Test func theTextOfSeriesToBeForecast() throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    let description = InputDescription(
      input: .features(["sales"]), target: .none,
      columns: [
        Column("start_timestamp", .time, per: .sequence, role: .other), Column("state", .category, per: .sequence),
        Column("price", .number),
      ])
    try store.add(
      [
        SequenceRecord(
          key: "T1", input: .values([1, .nan, 0.1], featureCount: 1),
          cells: [.times([631_152_000_000_000]), .categories(Categories(["NSW"])), .numbers([1, 2, 3])],
          metadata: #"{"frequency":"daily","horizon":7,"note":1}"#),
        SequenceRecord(
          key: "T2", input: .values([2, 3], featureCount: 1),
          cells: [.times([ColumnPlanes.missingTime]), .categories(Categories([""])), .numbers([1, 2])],
          validity: [false, true],
          metadata: #"{"frequency":"daily","horizon":7,"note":1}"#),
      ], description)
    var text: [UInt8] = []
    let report = try store.export(
      SequenceSelection(dataset: "d"), as: SequenceExport(.tsf), to: .stream { text += Array($0) })
    #expect(
      String(decoding: text, as: UTF8.self) == """
        @relation d
        @attribute series_name string
        @attribute start_timestamp date
        @attribute state string
        @frequency daily
        @horizon 7
        @missing true
        @equallength false
        @data
        T1:1990-01-01 00-00-00:NSW:1.0,?,0.1
        T2:?::?,3.0

        """)
    #expect(report.split == "train")
    #expect(report.readerSettings == [.featureNames: ["sales"]])
    #expect(
      report.losses == [
        "which timesteps are invalid (their values are missing)", #"column "price""#,
        "metadata beside frequency and horizon",
      ])
  }

  @Test func whatAForecastFileCannotHold() throws {
    let folder = try TemporaryDirectory()
    func refusal(_ name: String, _ description: InputDescription, _ record: SequenceRecord) throws -> String? {
      let store = try folder.store("\(name).ragged")
      try store.add([record], description)
      let error = #expect(throws: ExportError.self) { try reimported(store, SequenceExport(.tsf), in: folder) }
      return error?.message
    }
    let one = InputDescription(input: .features(["x"]), target: .none)
    let refused = "; use jsonl, csv, npz or tfrecord"
    #expect(
      try refusal(
        "a", .init(input: .features(["x", "y"]), target: .none),
        SequenceRecord(key: "a", input: .values([1, 2], featureCount: 2)))
        == "tsf cannot hold 2 features, only one" + refused)
    #expect(
      try refusal("b", one, SequenceRecord(key: "a:b", input: .values([1], featureCount: 1)))
        == "tsf cannot hold the key \"a:b\"" + refused)
    #expect(
      try refusal("c", one, SequenceRecord(key: "a", input: .values([], featureCount: 1)))
        == #"tsf cannot hold sequence "a", which has no timesteps; leave such sequences out with a condition, length > 0"#
    )
    #expect(
      try refusal(
        "d", .init(input: .features(["x"]), target: .valuesPerSequence(["y"])),
        SequenceRecord(key: "a", input: .values([1], featureCount: 1), target: .values([1])))
        == "tsf cannot hold a target; what is to be forecast is chosen in training" + refused)
    let timed = InputDescription(input: .features(["x"]), target: .none, columns: [Column("at", .time, per: .sequence)])
    #expect(
      try refusal(
        "e", timed, SequenceRecord(key: "a", input: .values([1], featureCount: 1), cells: [.times([500_000])]))
        == #"tsf cannot hold the time 1970-01-01T00:00:00.500000Z of sequence "a" in column "at", only whole seconds and "#
        + "years of four digits" + refused)
  }

  @Test(arguments: [nil, TargetKind.classPerSequence, .valuesPerSequence])
  func seriesOfWeka(kind: TargetKind?) throws {
    let folder = try TemporaryDirectory()
    let (store, copies) = (try folder.store(), try folder.store("copies.ragged"))
    for seed in 0..<60 {
      var random = SeededRandom(seed: UInt64(seed))
      let width = 1 + random.below(3)
      let target: InputDescription.Target =
        switch kind {
        case .classPerSequence: .classPerSequence(declared: nil)
        case .valuesPerSequence: .valuesPerSequence(random.below(2) == 0 ? ["att"] : ["y, 1", "att1"])
        default: .none
        }
      let description = InputDescription(
        input: .features((0..<width).map { "f, \($0)" }), target: target,
        classColumn: kind == .classPerSequence ? "the kind" : "class")
      let records = (0...random.below(6)).map { index in
        let length = random.below(6)
        var values = (0..<length * width).map { _ in random.below(4) == 0 ? Float.nan : Self.number(&random) }
        // A series ends with its last value.
        if length > 0 { values[length * width - 1] = 1 }
        var record = SequenceRecord(key: "\(index)", input: .values(values, featureCount: width))
        switch target {
        case .classPerSequence:
          // The first has one, so that there is a class.
          let name = index > 0 && random.below(5) == 0 ? "" : Self.names[random.below(Self.names.count)]
          record.target = .label(name)
        case .valuesPerSequence(let names):
          record.target = .values(names.map { _ in random.below(5) == 0 ? .nan : Self.number(&random) })
        default: break
        }
        return record
      }
      let dataset = "\(seed)"
      try store.add(records, description, into: dataset)
      let report = try reimport(
        SequenceSelection(dataset: dataset), of: store, SequenceExport(.arff), into: copies, as: dataset,
        isCompressed: seed % 2 == 0)
      #expect(report.losses == ["keys (they become file and position)"], "seed \(seed)")
      let (before, after) = (try SeriesContents(store, dataset), try SeriesContents(copies, dataset))
      // A file of one series, say, has a key of its own.
      #expect(after.signature == before.signature && after.classColumn == before.classColumn, "seed \(seed)")
      #expect(after.bare == before.bare, "seed \(seed)")
    }
  }

  @Test func theTextOfSeriesOfWeka() throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    try store.add(
      [
        SequenceRecord(key: "a", input: .values([1, 2, .nan, 4], featureCount: 2), target: .label("it's")),
        SequenceRecord(key: "b", input: .values([5, .nan], featureCount: 2), target: .label(""), split: "test"),
        SequenceRecord(
          key: "c", input: .values([5, 6, .nan, .nan], featureCount: 2), target: .label("v"), weight: 0.5),
      ])
    var text: [UInt8] = []
    let report = try store.export(
      SequenceSelection(dataset: "d"), as: SequenceExport(.arff), to: .stream { text += Array($0) })
    #expect(
      String(decoding: text, as: UTF8.self) == """
        @relation d

        @attribute series relational
        @attribute att1 numeric
        @attribute att2 numeric
        @end series
        @attribute class {'it\\'s',v}

        @data
        '1.0,?\\n2.0,4.0','it\\'s'
        '5.0,?\\n?,?',?
        '5.0,?\\n6.0,?',v

        """)
    #expect(
      report.losses == [
        "keys (they become file and position)", "splits", "weights",
        "the last timesteps of 1 sequence, of which all is missing (they become padding)",
      ])
    let tagged = try folder.store("t.ragged")
    try tagged.add(
      [SequenceRecord(key: "a", input: .values([1], featureCount: 1), target: .labels(["u"]))],
      InputDescription(input: .features(["x"]), target: .classPerTimestep(declared: nil)))
    let error = #expect(throws: ExportError.self) { try reimported(tagged, SequenceExport(.arff), in: folder) }
    #expect(
      error?.message == "arff cannot hold a target per timestep, only one per sequence; use jsonl, csv, npz or tfrecord"
    )
  }
}

/// What a store knows of series.
private struct SeriesContents: Equatable {
  var signature: SequenceSignature
  var classColumn: String
  var columns: [String]
  var records: [String] = []
  /// The records without their keys.
  var bare: [String] = []

  init(_ store: SequenceStore, _ dataset: String) throws {
    let info = try store.datasetInfo(dataset)
    let source = try store.storedSource(SequenceSelection(dataset: dataset))
    (signature, classColumn) = (info.signature, source.classColumn)
    columns = info.columns.map { "\($0.name): \($0.kind) per \($0.extent) \($0.role) \($0.vocabulary?.tokens ?? [])" }
    try source.forEachRecord { record in
      records.append(record.comparable)
      var keyless = record
      keyless.key = ""
      bare.append(keyless.comparable)
    }
  }
}
