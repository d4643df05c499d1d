import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// Columns of every kind and extent, from a record into the file and back.
@Suite struct StoreColumnsTests {
  private func store(_ directory: TemporaryDirectory, _ records: [SequenceRecord]) throws -> SequenceStore {
    let store = try directory.store()
    try store.add(records, .mixed)
    return store
  }

  private func records(of store: SequenceStore, dataset: String = "d") throws -> [String] {
    var records: [String] = []
    let source = try store.source(SequenceSelection(dataset: dataset), choice: .stored(store, dataset))
    try source.forEachRecord { records.append($0.comparable) }
    return records
  }

  @Test(arguments: [(7, 5), (8, 0), (9, 2), (10, 1)] as [(UInt64, UInt64)])
  func theyComeBackAsTheyWentIn(seed: UInt64, missing: UInt64) throws {
    let directory = try TemporaryDirectory()
    let given = mixedRecords(80, seed: seed, missing: missing)
    let store = try store(directory, given)
    #expect(try records(of: store) == given.map(\.comparable))
    #expect(try SequenceStore.check(path: store.path).problems == [])
  }

  @Test func aDatasetKeepsWhatItsColumnsAre() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory, mixedRecords(80, missing: 0))
    let columns = try store.datasetInfo("d").columns
    #expect(columns.map(\.name) == ["x", "y", "kind"] + InputDescription.mixed.columns.map(\.name))
    #expect(columns.dropFirst(3).map(\.kind) == InputDescription.mixed.columns.map(\.kind))
    #expect(columns.dropFirst(3).map(\.extent) == InputDescription.mixed.columns.map(\.extent))
    #expect(columns.dropFirst(3).map(\.role) == InputDescription.mixed.columns.map(\.role))
    // Names that only look alike are two.
    #expect(columns[4].vocabulary?.tokens.count == 4)
  }

  /// What a choice makes of records in memory, by hand.
  @Test func aChoiceReadsTheCellsThatItNames() throws {
    let directory = try TemporaryDirectory()
    let given = mixedRecords(60, seed: 3)
    let store = try store(directory, given)
    let choice = ColumnChoice(inputs: ["cost", "activity", "x", "age", "outcome"], target: ["channel"])
    let source = try store.source(SequenceSelection(dataset: "d"), choice: choice)
    #expect(source.signature.input.timestep.numbers == ["cost", "x"])
    #expect(source.signature.input.statics.names == ["age", "outcome"])
    let channels = try #require(try store.datasetInfo("d").columns[4].vocabulary).tokens
    #expect(source.signature.target == .classPerSequence(channels))
    let batch = try source.gather(Array(0..<60))
    for (b, record) in given.enumerated() {
      guard case .numbers(let cost) = record.cells[5], case .values(let values, _) = record.input,
        case .categories(let activity) = record.cells[2], case .numbers(let age) = record.cells[4],
        case .categories(let channel) = record.cells[1]
      else { throw CocoaError(.coderInvalidValue) }
      for (t, n) in batch.range(b).enumerated() {
        #expect(batch.input.isObserved(n, 0) == !cost[t].isNaN)
        #expect(batch.input.values[2 * n] == (cost[t].isNaN ? 0 : cost[t]))
        #expect(batch.input.isObserved(n, 1) == !values[2 * t].isNaN)
        #expect(batch.input.values[2 * n + 1] == (values[2 * t].isNaN ? 0 : values[2 * t]))
        let names = source.signature.input.timestep.categories[0].vocabulary?.tokens ?? []
        #expect(batch.input.codes[n] == (activity[t] == "" ? 0 : Int32(names.firstIndex(of: activity[t])! + 1)))
      }
      #expect(batch.statics.isObserved(b, 0) == !age[0].isNaN)
      guard case .classPerSequence(let classes) = batch.targets else { throw CocoaError(.coderInvalidValue) }
      #expect(classes[b] == Int32(channels.firstIndex { $0.utf8.elementsEqual(channel[0].utf8) } ?? -1))
      #expect(source.classes[b] == classes[b])
    }
    let missing = given.indices.filter { if case .categories(let c) = given[$0].cells[1] { c[0] == "" } else { false } }
    #expect(!missing.isEmpty && source.unlabelled == missing)
    let labelled = try source.labelled()
    #expect(labelled.count == 60 - missing.count && labelled.unlabelled == [])
    #expect(
      try labelled.externalKeys(Array(0..<labelled.count))
        == given.indices.filter { !missing.contains($0) }.map { "key \($0)" })
  }

  @Test func everyKindOfTargetCanBeChosen() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory, mixedRecords(60, seed: 3))
    for (target, isPerTimestep) in [
      (["activity"], true), (["amount"], true), (["cost", "x"], true), (["score"], false), (["outcome"], false),
      (["kind"], false), ([], false),
    ] as [([String], Bool)] {
      let source = try store.source(SequenceSelection(dataset: "d"), choice: ColumnChoice(target: target))
      let labelled = try source.labelled()
      let batch = try labelled.gather(Array(0..<labelled.count))
      try source.signature.check(batch)
      #expect(source.signature.target.isPerTimestep == isPerTimestep)
      #expect(source.signature.input.timestep.names.contains(where: target.contains) == false)
    }
  }

  /// Windows of long sequences and of short ones, whatever of the row is read.
  @Test(arguments: [12, 6000]) func whatIsDerivedDoesNotChangeWithWindows(length: Int) throws {
    let directory = try TemporaryDirectory()
    var random = SeededRandom(seed: 5)
    var time: Int64 = 1_600_000_000_000_000
    let times = (0..<length).map { t -> Int64 in
      time += Int64(random.next() % 1_000_000_000)
      return random.next() % 3 == 0 || 4..<length / 2 ~= t && length > 100 ? ColumnPlanes.missingTime : time
    }
    let numbers = (0..<length).map { _ in random.next() % 5 == 0 ? Float.nan : Float(random.next() % 100) }
    let names = (0..<length).map { _ in ["a", "b", ""][Int(random.next() % 3)] }
    let description = InputDescription(
      input: .features(["x"]), target: .none,
      columns: [
        Column("when", .time), Column("n", .number), Column("c", .category), Column("s", .number, per: .sequence),
      ])
    let store = try directory.store()
    try store.add(
      [
        SequenceRecord(
          key: "k", input: .values(numbers, featureCount: 1),
          cells: [.times(times), .numbers(numbers.reversed()), .categories(Categories(names)), .numbers([2])])
      ], description)
    let derived = TimeDerivation.allCases.map { "when:\($0.rawValue)" }
    let source = try store.source(
      SequenceSelection(dataset: "d"), choice: ColumnChoice(inputs: ["x", "n", "c", "s"] + derived))
    let whole = try source.gather([0])
    let width = whole.input.featureCount
    for (start, count) in [(0, 3), (1, 5), (length / 2 + 1, 5), (length - 1, 1), (length, 0), (5, length - 5)] {
      let part = try source.gather(slices: [SequenceSlice(position: 0, start: start, count: count)])
      #expect(part.input.values == Array(whole.input.values[start * width..<(start + count) * width]))
      let observed = Array(try #require(whole.input.observed)[start * width..<(start + count) * width])
      #expect(part.input.observed ?? Array(repeating: true, count: count * width) == observed)
      #expect(part.input.codes == Array(whole.input.codes[start..<start + count]))
      #expect(part.statics == whole.statics)
    }
    // The same numbers as targets, missing where they are.
    let judged = try store.source(
      SequenceSelection(dataset: "d"), choice: ColumnChoice(inputs: ["c"], target: ["x", "n"] + derived))
    let targetWidth = judged.signature.target.names.count
    #expect(targetWidth == 9)
    for (start, count) in [(0, length), (1, 5), (length / 2 + 1, 5), (length - 1, 1), (length, 0)] {
      let values = try judged.gather(slices: [SequenceSlice(position: 0, start: start, count: count)]).targets.values
      for t in 0..<count {
        for f in 0..<targetWidth {
          let cell = (start + t) * width + f
          #expect(values[t * targetWidth + f].isNaN == (whole.input.observed?[cell] == false))
          #expect(values[t * targetWidth + f].isNaN || values[t * targetWidth + f] == whole.input.values[cell])
        }
      }
    }
    let gaps = try store.snapshot().targetGaps(
      SequenceSelection(dataset: "d"), choice: ColumnChoice(target: ["when:delta", "when:elapsed", "n"]))
    let missing = (times.count { $0 == ColumnPlanes.missingTime }, numbers.count(where: \.isNaN))
    #expect(gaps.map(\.name) == ["when", "n"] && gaps.map(\.missing) == [missing.0, missing.1])
    #expect(gaps.allSatisfy { $0.timesteps == length })
  }

  /// Other bytes where nothing was observed change nothing that is read.
  @Test func unobservedCellsAreNeverSeen() throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory, mixedRecords(60, seed: 4))
    // A target that is missing is NaN, which is not equal to itself.
    func read() throws -> [String] {
      try [
        ColumnChoice(), ColumnChoice(inputs: ["x", "amount", "cost"], target: ["score"]),
        ColumnChoice(inputs: ["amount", "cost"], target: []), ColumnChoice(inputs: ["x", "y"]),
      ].map { "\(try store.source(SequenceSelection(dataset: "d"), choice: $0).gather(Array(0..<60)))" }
    }
    let (before, texts) = (try read(), try records(of: store))
    let statistics = try store.statistics(SequenceSelection(dataset: "d", condition: "1"))
    let data = try store.sql { db in
      try Row.fetchAll(
        db,
        sql:
          "SELECT sequence_id, input, observed, numbers, cells_observed, target, validity, codes, times FROM sequence_data"
      )
    }
    var changed = 0
    for row in data {
      func filled(_ numbers: Data?, _ bits: Data?) -> Data? {
        guard var numbers, let bits else { return numbers }
        for cell in 0..<numbers.count / 4 where bits[cell / 8] >> (cell % 8) & 1 == 0 {
          for byte in 0..<4 { numbers[4 * cell + byte] = UInt8(truncatingIfNeeded: 0x7f + cell * 31 + byte) }
          changed += 1
        }
        return numbers
      }
      let (input, numbers) = (filled(row["input"], row["observed"]), filled(row["numbers"], row["cells_observed"]))
      let all =
        [
          input, row["target"], row["validity"], row["observed"], numbers, row["cells_observed"], row["codes"],
          row["times"],
        ] as [Data?]
      var sum = CRC32()
      for part in all { part?.withUnsafeBytes { sum.add($0) } }
      let id: Int64 = row["sequence_id"]
      try DatabaseQueue(path: store.path).write { db in
        try db.execute(
          sql: "UPDATE sequence_data SET input = ?, numbers = ? WHERE sequence_id = ?", arguments: [input, numbers, id])
        try db.execute(sql: "UPDATE sequence SET checksum = ? WHERE id = ?", arguments: [Int64(sum.value), id])
      }
    }
    #expect(changed > 100)
    #expect(try read() == before)
    #expect(try records(of: store) == texts)
    #expect(try store.statistics(SequenceSelection(dataset: "d", condition: "1")) == statistics)
    // The seals are those of other checksums; nothing else is wrong.
    let problems = try SequenceStore.check(path: store.path).problems
    #expect(problems.allSatisfy { $0.message.contains("the seal") })
  }

  @Test func conditionsSeeColumnsPerSequence() throws {
    let directory = try TemporaryDirectory()
    let given = mixedRecords(80, seed: 6)
    let store = try store(directory, given)
    try store.add(mixedRecords(10, seed: 1), .mixed, into: "other")
    func keys(_ condition: String) throws -> Set<String> {
      let source = try store.source(SequenceSelection(dataset: "d", condition: condition))
      return Set(try source.externalKeys(Array(0..<source.count)))
    }
    func expected(_ isWanted: (_ channel: String, _ age: Float) -> Bool) -> Set<String> {
      Set(
        given.filter {
          guard case .categories(let channel) = $0.cells[1], case .numbers(let age) = $0.cells[4] else { return false }
          return isWanted(channel[0], age[0])
        }.map(\.key))
    }
    #expect(try keys("channel = 'web' AND age > 60") == expected { $0 == "web" && $1 > 60 })
    #expect(try keys("channel IS NULL") == expected { channel, _ in channel == "" })
    #expect(try keys("age IS NOT NULL AND \"channel\" <> 'web'") == expected { $0 != "web" && $0 != "" && !$1.isNaN })
    #expect(try keys("opened > '2020-01-01'").count > 10)
    #expect(try keys("length > 3 AND age > (SELECT avg(age) FROM sequences WHERE age IS NOT NULL)").count > 5)
    let error = #expect(throws: StoreError.self) { try keys("chanel = 'web'") }
    #expect(error?.message.contains("did you mean \"channel\"?") == true)
    #expect(throws: StoreError.self) { try keys("activity = 'pay'") }
    // The other dataset's columns do not show where this one has none.
    try store.add(classifiedRecords(5), into: "plain")
    #expect(throws: StoreError.self) {
      try store.source(SequenceSelection(dataset: "plain", condition: "channel = 'web'"))
    }
  }

  @Test func aColumnWithTheNameOfTheViewsOwnIsAnErrorWhereItIsNamed() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let description = InputDescription(
      input: .features(["x"]), target: .none, columns: [Column("Weight", .number, per: .sequence)])
    try store.add(
      [SequenceRecord(key: "k", input: .values([1], featureCount: 1), cells: [.numbers([3])])], description)
    #expect(try store.source(SequenceSelection(dataset: "d", condition: "length = 1")).count == 1)
    for condition in ["weight > 2", "\"Weight\" > 2"] {
      let error = #expect(throws: StoreError.self) {
        try store.source(SequenceSelection(dataset: "d", condition: condition))
      }
      #expect(error?.code == .invalidCondition && error?.message.contains("so it is not clear which is meant") == true)
    }
  }

  @Test func figuresAreThoseOfTheCells() throws {
    let directory = try TemporaryDirectory()
    let given = mixedRecords(90, seed: 8)
    let store = try directory.store()
    try store.add(Array(given[..<40]), .mixed)
    try store.add(Array(given[40...]), .mixed, named: "b.csv")
    let kept = try store.statistics(SequenceSelection(dataset: "d"))[0]
    let read = try store.statistics(SequenceSelection(dataset: "d", condition: "1"))[0]
    #expect(kept.columns.map(\.name) == ["x", "y", "kind"] + InputDescription.mixed.columns.map(\.name))
    for (a, b) in zip(kept.columns, read.columns) {
      #expect(a.count == b.count && a.missing == b.missing && a.minimum == b.minimum && a.maximum == b.maximum)
      #expect(a.mostFrequent == b.mostFrequent && a.names == b.names)
      #expect(abs((a.mean ?? 0) - (b.mean ?? 0)) <= 1e-9 * abs(a.mean ?? 1))
    }
    var amounts: [Double] = []
    var (activities, missing) = ([String: Int](), 0)
    for record in given {
      guard case .numbers(let numbers) = record.cells[0], case .categories(let names) = record.cells[2] else {
        continue
      }
      for t in numbers.indices where record.validity?[t] ?? true {
        if numbers[t].isNaN { missing += 1 } else { amounts.append(Double(numbers[t])) }
        activities[names[t], default: 0] += 1
      }
    }
    let amount = kept.columns[3]
    let mean = amounts.reduce(0, +) / Double(amounts.count)
    #expect(amount.count == amounts.count && amount.missing == missing)
    #expect(abs((amount.mean ?? 0) - mean) < 1e-9 * 3000)
    let deviation = (amounts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(amounts.count)).squareRoot()
    #expect(abs((amount.standardDeviation ?? 0) - deviation) < 1e-9 * 3000)
    #expect(amount.minimum == amounts.min() && amount.maximum == amounts.max())
    let activity = kept.columns[5]
    #expect(activity.missing == activities[""] && activity.names == 4)
    #expect(
      Dictionary(uniqueKeysWithValues: (activity.mostFrequent ?? []).map { ($0.name, $0.count) })
        == activities.filter { $0.key != "" })
  }

  @Test func groupsOfAColumnAreCounted() throws {
    let directory = try TemporaryDirectory()
    let given = mixedRecords(90, seed: 8)
    let store = try store(directory, given)
    var expected: [String: (sequences: Int, timesteps: Int)] = [:]
    for record in given {
      guard case .categories(let names) = record.cells[8] else { continue }
      expected[names[0], default: (0, 0)].sequences += 1
      expected[names[0], default: (0, 0)].timesteps += record.length
    }
    for condition in [nil, "1"] {
      let groups = try store.groups(SequenceSelection(dataset: "d", condition: condition), by: "outcome")
      #expect(groups.map(\.name) == ["won", "lost", nil] || groups.map(\.name) == ["lost", "won", nil])
      for group in groups {
        #expect(group.sequences == expected[group.name ?? ""]?.sequences)
        #expect(group.timesteps == expected[group.name ?? ""]?.timesteps)
      }
    }
    #expect(throws: StoreError.self) { try store.groups(SequenceSelection(dataset: "d"), by: "activity") }
    #expect(throws: StoreError.self) { try store.groups(SequenceSelection(dataset: "d"), by: "chanel") }
  }

  @Test func editsKeepThem() throws {
    let directory = try TemporaryDirectory()
    let given = mixedRecords(60, seed: 12)
    let store = try store(directory, given)
    try store.resplit(dataset: "d", .hashed([SplitFraction("a", 0.5), SplitFraction("b", 0.5)]))
    try store.rename(dataset: "d", to: "e")
    _ = try store.deleteSequences(SequenceSelection(dataset: "e", keys: ["key 3", "key 7"]))
    try store.compact()
    #expect(try SequenceStore.check(path: store.path).problems == [])
    let other = try directory.store("b.ragged")
    // Its names have other codes.
    try other.add(mixedRecords(30, seed: 99, from: 100), .mixed, into: "e")
    _ = try other.merge(store)
    #expect(try SequenceStore.check(path: other.path).problems == [])
    let (mine, merged) = (try records(of: store, dataset: "e"), try records(of: other, dataset: "e"))
    #expect(mine.count == 58 && Array(merged[30...]) == mine)
    try store.delete(dataset: "e")
    for table in ["dataset_column", "column_name", "column_statistics", "column_count", "sequence_data"] {
      #expect(try store.sql { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") } == 0)
    }
  }

  @Test(arguments: [
    (
      "UPDATE sequence_data SET codes = zeroblob(length(codes)) WHERE sequence_id = 2 OR sequence_id = 3",
      StoreProblem.Kind.sequence
    ),
    ("UPDATE sequence_data SET times = zeroblob(8) WHERE sequence_id = 2", .sequence),
    (
      "UPDATE sequence_data SET cells_observed = zeroblob(length(cells_observed)) WHERE sequence_id IN (2, 3)",
      .sequence
    ),
    ("UPDATE sequence SET statics = '[]' WHERE id = 4", .sequence),
    ("UPDATE sequence_data SET labels = NULL WHERE sequence_id = 4", .sequence),
    ("UPDATE sequence_data SET labels = x'0100000001000000' WHERE sequence_id = 4", .sequence),
    ("UPDATE column_statistics SET maximum = 9 WHERE \"column\" = 10", .figures),
    ("UPDATE sequence SET statics = NULL WHERE id = 4", .sequence),
    ("DELETE FROM column_count WHERE code = 1", .figures), ("UPDATE column_statistics SET mean = mean + 1", .figures),
    ("UPDATE column_statistics SET missing = missing + 1", .figures),
    ("UPDATE feature_statistics SET missing = missing + 1 WHERE position = 0", .figures),
    ("INSERT INTO column_count VALUES (1, 'nowhere', -1, 1, 1, 1, 1)", .figures),
  ]) func aCheckFindsWhatIsWrongAndARepairMovesIt(sql: String, kind: StoreProblem.Kind) throws {
    let directory = try TemporaryDirectory()
    let store = try store(directory, mixedRecords(30, seed: 12))
    try store.vandalise(sql)
    let found = try SequenceStore.check(path: store.path)
    #expect(found.problems.contains { $0.kind == kind })
    let repaired = try SequenceStore.check(path: store.path, repair: true)
    #expect(repaired.remaining == [])
    #expect(try SequenceStore.check(path: store.path).problems == [])
    let moved = try store.sql { try Int.fetchOne($0, sql: "SELECT count(*) FROM quarantine WHERE numbers IS NOT NULL") }
    #expect(((moved ?? 0) > 0) == (kind == .sequence))
  }

  @Test func namesOfWhatWasTakenOutAgainAreGone() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(mixedRecords(10, seed: 1), .mixed)
    // The second half of "key 20" comes back after its rows ended: it is taken out again, with its names.
    var bad = mixedRecords(1, seed: 2, missing: 0, from: 20)[0]
    bad = SequenceRecord(
      key: "key 20", input: .values([1, 2], featureCount: 2), target: .label("z"),
      cells: [
        .numbers([1]), .categories(Categories(["new channel"])), .categories(Categories(["new activity"])), .times([1]),
        .numbers([1]), .numbers([1]), .categories(Categories(["new resource"])), .times([1]),
        .categories(Categories(["new outcome"])), .numbers([1]), .categories(Categories(["new phone", "sil"])),
      ], split: "train")
    let elements: [Result<SequenceRecord, InputError>] =
      [.success(bad)] + mixedRecords(10, seed: 3, from: 30).map { .success($0) } + [.success(bad)]
    var reader = ArrayReader(.mixed, elements: elements)
    _ = try store.importSequences(
      from: &reader, named: "b.csv", into: "d", options: ImportOptions(onError: .skip), rowPerTimestep: true)
    #expect(try SequenceStore.check(path: store.path).problems == [])
    let clean = try directory.store("clean.ragged")
    try clean.add(mixedRecords(10, seed: 1), .mixed)
    try clean.add(mixedRecords(10, seed: 3, from: 30), .mixed, named: "b.csv")
    #expect(try records(of: store) == records(of: clean))
    #expect(try store.datasetInfo("d").columns == clean.datasetInfo("d").columns)
  }

  /// Beside what an empty file takes, a store is little more than the cells in it.
  @Test func aStoreIsNotMuchLargerThanItsCells() throws {
    let directory = try TemporaryDirectory()
    var random = SeededRandom(seed: 1)
    let description = InputDescription(
      input: .features(["a", "b", "c"]), target: .classPerSequence(declared: nil),
      columns: [Column("n", .category), Column("m", .category), Column("when", .time)])
    let names = (0..<50).map { "name \($0)" }
    let records = (0..<4000).map { index in
      let length = 10 + Int(random.next() % 90)
      return SequenceRecord(
        key: "\(index)", input: .values((0..<3 * length).map { _ in Float(random.next() % 1000) }, featureCount: 3),
        target: .label("a"),
        cells: [
          .categories(Categories(codes: (0..<length).map { _ in Int32(random.next() % 50) }, names: names)),
          .categories(Categories(codes: (0..<length).map { _ in Int32(random.next() % 50) }, names: names)),
          .times((0..<length).map { Int64($0) }),
        ])
    }
    func bytes(_ store: SequenceStore) throws -> Int {
      try store.compact()
      return try #require(try FileManager.default.attributesOfItem(atPath: store.path)[.size] as? Int)
    }
    let store = try directory.store()
    let empty = try bytes(store)
    try store.add(records, description)
    let raw = records.reduce(0) { $0 + $1.length * (3 * 4 + 2 * 4 + 8) }
    let share = try Double(bytes(store) - empty) / Double(raw)
    #expect(share <= 1.09, "\(share)")
    #expect(empty <= 1_200_000, "\(empty)")
  }

  /// A store from before there were labels.
  @Test func aStoreWithoutLabelsIsToBeImportedAgain() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.store().path
    try DatabaseQueue(path: path).writeWithoutTransaction { db in
      try db.execute(
        sql: "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, ', ''labels'')', ')')")
    }
    for mode in [SequenceStore.Mode.readOnly, .readWrite, .create] {
      let error = #expect(throws: StoreError.self) { try SequenceStore(path: path, mode: mode) }
      #expect(error?.code == .olderVersion && error?.message.contains("import its data again") == true)
    }
  }

  /// Of yesterday's store the tables are missing.
  @Test func aStoreOfBeforeIsToBeImportedAgain() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.store().path
    try DatabaseQueue(path: path).writeWithoutTransaction { db in
      try db.execute(
        sql: "DROP TABLE column_count; DROP TABLE column_statistics; DROP TABLE column_name; DROP TABLE dataset_column")
    }
    for mode in [SequenceStore.Mode.readOnly, .readWrite, .create] {
      let error = #expect(throws: StoreError.self) { try SequenceStore(path: path, mode: mode) }
      #expect(error?.code == .olderVersion && error?.message.contains("import its data again") == true)
    }
  }
}

extension ColumnChoice {
  /// The choice of a dataset's own input and target alone.
  fileprivate static func stored(_ store: SequenceStore, _ dataset: String) throws -> ColumnChoice {
    let signature = try store.datasetInfo(dataset).signature
    return ColumnChoice(inputs: signature.input.names)
  }
}

private typealias Column = RaggedCore.Column
