import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// The ways to read a store give what its sequences in memory give.
@Suite struct StoreSourceReadTests {
  static let inputs = ["values", "tokens"]
  static let targets = ["none", "class", "classes", "value", "values"]

  /// Sequences of every kind of target, with invalid steps and weights.
  static func records(_ input: String, _ target: String, _ count: Int = 40) -> ([SequenceRecord], InputDescription) {
    var random = SeededRandom(seed: 3)
    let records = (0..<count).map { index in
      let length = random.below(12)
      func floats(_ count: Int) -> [Float] { (0..<count).map { _ in random.uniform() } }
      let labels = (0..<length).map { _ in ["p", "q", "r"][random.below(3)] }
      let recordTarget: RecordTarget =
        switch target {
        case "class": .label(["p", "q"][index % 2])
        case "classes": .labels(labels)
        case "value": .values(floats(2))
        case "values": .stepValues(floats(2 * length), width: 2)
        default: .none
        }
      return SequenceRecord(
        key: "k\(index)",
        input: input == "tokens"
          ? .tokens((0..<length).map { _ in Int32(random.below(9)) }) : .values(floats(3 * length), featureCount: 3),
        target: recordTarget, weight: index % 5 == 0 ? 0.5 : nil,
        validity: index % 3 == 0 ? (0..<length).map { _ in random.below(3) > 0 } : nil)
    }
    let description = InputDescription(
      input: input == "tokens" ? .tokens : .features(["x", "y", "z"]),
      target: [
        "class": .classPerSequence(declared: nil), "classes": .classPerTimestep(declared: nil),
        "value": .valuesPerSequence(["u", "v"]), "values": .valuesPerTimestep(["u", "v"]),
      ][target] ?? .none)
    return (records, description)
  }

  static func sources(_ input: String, _ target: String) throws -> (StoreSource, InMemorySource, TemporaryDirectory) {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let (records, description) = records(input, target)
    try store.add(records, description)
    let source = try store.source(SequenceSelection(dataset: "d"))
    let memory = try InMemorySource(source.gather(Array(0..<source.count)), signature: source.signature)
    return (source, memory, directory)
  }

  @Test func positionsOutsideTheSourceAreRefused() throws {
    let (source, _, directory) = try Self.sources("values", "class")
    defer { withExtendedLifetime(directory) {} }
    #expect(throws: RaggedCoreError.self) { try source.gather([40]) }
    #expect(throws: RaggedCoreError.self) { try source.part([0, 40]) }
  }

  @Test(arguments: inputs, targets) func slicesEqualThoseOfTheSequencesInMemory(input: String, target: String) throws {
    let (source, memory, directory) = try Self.sources(input, target)
    defer { withExtendedLifetime(directory) {} }
    var random = SeededRandom(seed: 10)
    for _ in 0..<40 {
      let slices = (0..<random.below(9)).map { _ in
        let position = random.below(source.count)
        let start = random.below(Int(source.lengths[position]) + 1)
        return SequenceSlice(
          position: position, start: start, count: random.below(Int(source.lengths[position]) - start + 1))
      }
      var (stored, expected) = (try source.gather(slices: slices), try memory.gather(slices: slices))
      // A batch without invalid timesteps may say so in two ways.
      stored.validity = stored.validity ?? Array(repeating: true, count: stored.timesteps)
      expected.validity = expected.validity ?? Array(repeating: true, count: expected.timesteps)
      #expect(stored == expected)
    }
    #expect(throws: RaggedCoreError.self) {
      try source.gather(slices: [SequenceSlice(position: 0, start: 13, count: 0)])
    }
  }

  /// Parts of sequences so long that the rest is not read.
  @Test(arguments: inputs, targets) func partsOfLongSequencesAreSoughtOut(input: String, target: String) throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    var random = SeededRandom(seed: 4)
    let records = try [24_000, 20_000].enumerated().map { index, length in
      var record = try #require(Self.records(input, target, 1).0.first)
      let target: RecordTarget =
        switch target {
        case "class": .label("p")
        case "classes": .labels((0..<length).map { ["p", "q", "r"][$0 * $0 % 3] })
        case "value": .values([1, 2])
        case "values": .stepValues((0..<2 * length).map(Float.init), width: 2)
        default: .none
        }
      record = SequenceRecord(
        key: "long \(index)",
        input: input == "tokens"
          ? .tokens((0..<Int32(length)).map { $0 % 9 }) : .values((0..<3 * length).map(Float.init), featureCount: 3),
        target: target, validity: index == 0 ? (0..<length).map { $0 % 5 > 0 } : nil)
      return record
    }
    try store.add(records, Self.records(input, target, 0).1)
    let source = try store.source(SequenceSelection(dataset: "d"))
    let memory = try InMemorySource(source.gather([0, 1]), signature: source.signature)
    for _ in 0..<10 {
      let slices = (0..<6).map { _ in
        let position = random.below(2)
        let start = random.below(Int(source.lengths[position]))
        return SequenceSlice(
          position: position, start: start, count: random.below(min(2000, Int(source.lengths[position]) - start + 1)))
      }
      var (stored, expected) = (try source.gather(slices: slices), try memory.gather(slices: slices))
      stored.validity = stored.validity ?? Array(repeating: true, count: stored.timesteps)
      expected.validity = expected.validity ?? Array(repeating: true, count: expected.timesteps)
      #expect(stored == expected)
    }
    try store.vandalise("UPDATE sequence_data SET input = zeroblob(length(input) - 4) WHERE sequence_id = 1")
    let error = #expect(throws: StoreError.self) {
      try store.source(SequenceSelection(dataset: "d"))
        .gather(slices: [SequenceSlice(position: 0, start: 15_000, count: 3)])
    }
    #expect(error?.message.contains("but a length of 24000 timesteps asks for") == true)
    try store.vandalise("DELETE FROM sequence_data WHERE sequence_id = 1")
    let gone = #expect(throws: StoreError.self) {
      try store.source(SequenceSelection(dataset: "d"))
        .gather(slices: [SequenceSlice(position: 0, start: 15_000, count: 3)])
    }
    #expect(gone?.message.contains("is gone") == true)
  }

  /// Whoever looks a token or a class up in a table of its own would look beside it.
  @Test(arguments: [
    (
      "tokens", "none", "UPDATE sequence_data SET input = CAST(x'63000000' || substr(input, 5) AS BLOB)",
      "a token is 99"
    ),
    (
      "tokens", "none", "UPDATE sequence_data SET input = CAST(x'ffffffff' || substr(input, 5) AS BLOB)",
      "a token is -1"
    ),
    (
      "values", "classes", "UPDATE sequence_data SET target = CAST(x'03000000' || substr(target, 5) AS BLOB)",
      "class is 3"
    ),
    (
      "values", "classes", "UPDATE sequence_data SET target = CAST(x'feffffff' || substr(target, 5) AS BLOB)",
      "class is -2"
    ),
  ])
  func numbersThatNoTableHasAreRefused(_ change: (input: String, target: String, sql: String, message: String)) throws {
    let (source, _, directory) = try Self.sources(change.input, change.target)
    let last = try #require(source.lengths.indices.last { source.lengths[$0] > 0 })
    try SequenceStore(path: directory.file("a.ragged")).vandalise(change.sql + " WHERE sequence_id = \(last + 1)")
    let changed = try SequenceStore(path: directory.file("a.ragged")).source(SequenceSelection(dataset: "d"))
    for read in [
      { _ = try changed.gather(Array(0..<40)) }, { _ = try changed.gather([last, 0]) },
      { _ = try changed.gather(slices: [SequenceSlice(position: last, start: 0, count: 1)]) },
    ] as [() throws -> Void] {
      let error = #expect(throws: StoreError.self) { try read() }
      #expect(error?.code == .damaged && error?.message.contains(change.message) == true, "\(error?.message ?? "")")
    }
  }

  /// A source sees the store as it was, and holds no writer up.
  @Test func aSourceIsASnapshot() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(30))
    let source = try store.source(SequenceSelection(dataset: "d"))
    let all = Array(0..<30)
    let before = try source.gather(all)
    try store.vandalise("UPDATE sequence_data SET input = zeroblob(length(input))")
    try store.vandalise("DELETE FROM sequence WHERE id % 2 = 0; DELETE FROM sequence_data WHERE sequence_id % 2 = 0")
    try store.add(classifiedRecords(5, seed: 1), into: "other")
    #expect(try source.gather(all) == before)
    #expect(try source.keys([29]) == ["key 29"])
    #expect(try store.source(SequenceSelection(dataset: "d")).count == 15)
  }
}
