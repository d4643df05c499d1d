import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

@Suite struct StoreSourceTests {
  @Test func gatherInAnyOrderEqualsOneByOne() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(80))
    let source = try store.source(SequenceSelection(dataset: "d"))
    let single = try (0..<80).map { try source.gather([$0]) }
    var random = SeededRandom(seed: 5)
    for _ in 0..<20 {
      let positions = (0..<Int(random.next() % 40)).map { _ in Int(random.next() % 80) }
      let batch = try source.gather(positions)
      #expect(batch.ids == positions)
      #expect(batch.isConsistent)
      try source.signature.check(batch)
      for (b, position) in positions.enumerated() {
        let alone = single[position]
        #expect(batch.length(b) == alone.length(0))
        let range = batch.range(b)
        #expect(Array(batch.input.values[2 * range.lowerBound..<2 * range.upperBound]) == alone.input.values)
        #expect(batch.targets.classes[b] == alone.targets.classes[0])
        #expect(batch.weights?[b] == alone.weights?[0])
        let valid = alone.validity ?? Array(repeating: true, count: alone.timesteps)
        #expect((batch.validity.map { Array($0[range]) } ?? valid) == valid)
      }
    }
  }

  @Test func aSelectionKeepsWhatItSays() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let records = classifiedRecords(60)
    try store.add(records)
    try store.add(classifiedRecords(60, seed: 3), into: "other")
    func keys(_ change: (inout SequenceSelection) -> Void) throws -> [String] {
      var selection = SequenceSelection(dataset: "d")
      change(&selection)
      let source = try store.source(selection)
      return try source.keys(Array(0..<source.count))
    }
    func expected(_ isIncluded: (SequenceRecord) -> Bool) -> [String] { records.filter(isIncluded).map(\.key) }
    #expect(try keys { _ in } == expected { _ in true })
    #expect(try keys { $0.splits = ["test"] } == expected { $0.split == "test" })
    #expect(try keys { $0.splits = ["test", "train"] } == expected { _ in true })
    #expect(try keys { $0.classes = ["a", "c"] } == expected { $0.target != .label("b") })
    #expect(
      try keys { $0.condition = "length > 4 AND class = 'a'" }
        == expected { $0.input.length > 4 && $0.target == .label("a") })
    #expect(try keys { $0.keys = ["key 9", "key 2", "key 9"] } == ["key 2", "key 9"])
    #expect(
      try keys {
        $0.keys = records[..<30].map(\.key)
        $0.splits = ["test"]
        $0.condition = "length > 2"
      }
        == Array(
          expected { $0.split == "test" && $0.input.length > 2 }.filter { records[..<30].map(\.key).contains($0) }))
    #expect(try keys { $0.order = .key } == records.map(\.key).sorted())
  }

  @Test func namesThatDoNotExistAreListed() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(20))
    func message(_ selection: SequenceSelection) -> String? {
      #expect(throws: StoreError.self) { try store.source(selection) }?.message
    }
    #expect(message(SequenceSelection(dataset: "e")) == "\(store.path) has no dataset \"e\"; it has \"d\"")
    #expect(
      message(SequenceSelection(dataset: "d", splits: ["tset"]))
        == "dataset \"d\" has no split \"tset\", did you mean \"test\"?")
    #expect(
      message(SequenceSelection(dataset: "d", classes: ["A"]))
        == "dataset \"d\" has no class \"A\", did you mean \"a\"?")
    #expect(
      message(SequenceSelection(dataset: "d", classes: ["xyz"]))
        == "dataset \"d\" has no class \"xyz\"; it has \"b\", \"a\", \"c\"")
    #expect(message(SequenceSelection(dataset: "d", keys: ["k"])) == "dataset \"d\" has no key \"k\"")
    #expect(throws: RaggedCoreError(.outOfRange, "position 20 in a source of 20 sequences")) {
      try store.source(SequenceSelection(dataset: "d")).gather([20])
    }
  }

  @Test func theFingerprintFollowsTheData() throws {
    let directory = try TemporaryDirectory()
    func fingerprint(_ name: String, _ records: [SequenceRecord]) throws -> UInt64 {
      let store = try directory.store(name)
      try store.add(classifiedRecords(3, seed: 99), into: "elsewhere \(name)")
      try store.add(records)
      return try store.source(SequenceSelection(dataset: "d")).fingerprint
    }
    let records = classifiedRecords(30)
    let first = try fingerprint("a", records)
    #expect(
      try SequenceStore(path: directory.file("a"), mode: .readOnly).source(.init(dataset: "d")).fingerprint == first)
    #expect(try fingerprint("b", records) == first)
    #expect(try fingerprint("c", records.reversed()) != first)
    #expect(try fingerprint("d", records.dropLast()) != first)
    let changes: [(inout SequenceRecord) -> Void] = [
      { $0.weight = 0.25 }, { $0.target = .label("c") }, { $0.input = .values([1, 2], featureCount: 2) },
      { $0.input = .values([1, 3], featureCount: 2) },
      {
        $0.input = .values([1, 2], featureCount: 2)
        $0.validity = [false]
      },
    ]
    var seen: Set<UInt64> = [first]
    for (index, change) in changes.enumerated() {
      var changed = records
      change(&changed[4])
      changed[4].validity = index == 4 ? [false] : nil
      #expect(seen.insert(try fingerprint("change \(index)", changed)).inserted)
    }
  }

  @Test func noSequencesAtAll() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add([], .plain)
    let source = try store.source(SequenceSelection(dataset: "d"))
    #expect(source.count == 0)
    #expect(try source.gather([]).count == 0)
    #expect(try store.statistics(SequenceSelection(dataset: "d"))[0].sequences == 0)
    #expect(try store.statistics(SequenceSelection(dataset: "d", condition: "1"), by: .split) == [])
  }

  @Test(arguments: [
    ("UPDATE sequence SET length = 1", "its input has 16 bytes, but a length of 1 timesteps asks for 8"),
    ("UPDATE sequence_data SET input = x'00000000'", "its input has 4 bytes, but a length of 2 timesteps asks for 16"),
    ("UPDATE sequence_data SET target = x'00000000'", "its target has 4 bytes, but a length of 2 timesteps asks for 0"),
    (
      "UPDATE sequence_data SET validity = x'010101'",
      "its validity has 3 bytes, but a length of 2 timesteps asks for 2"
    ),
    (
      "UPDATE sequence SET length = 2000000000",
      "claims 1 sequences of 2000000000 timesteps, which do not fit into the file's"
    ),
    ("UPDATE sequence SET length = 9000000000000000000", "its length is 9000000000000000000"),
    ("UPDATE sequence SET length = -1", "its length is -1"),
    ("UPDATE sequence SET class = 9", "its class is 9, expected 0 to 0"),
    ("DELETE FROM sequence_data", "is gone; the store changed after it was opened"),
  ])
  func blobsThatLieAreAnErrorAndNoCrash(_ change: (sql: String, message: String)) throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let record = SequenceRecord(key: "a", input: .values([1, 2, 3, 4], featureCount: 2), target: .label("q"))
    try store.add([record])
    try store.vandalise(change.sql)
    let error = #expect(throws: StoreError.self) {
      try store.source(SequenceSelection(dataset: "d")).gather([0])
    }
    #expect(error?.code == .damaged)
    #expect(error?.message.contains(change.message) == true, "\(error?.message ?? "")")
  }

  @Test func gathersRunSideBySide() async throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(100))
    let source = try store.source(SequenceSelection(dataset: "d"))
    let expected = try source.gather(Array(0..<100)).contentHash
    try await withThrowingTaskGroup(of: UInt64.self) { group in
      for _ in 0..<16 { group.addTask { try source.gather(Array(0..<100)).contentHash } }
      for try await hash in group { #expect(hash == expected) }
    }
  }
}
