import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// A class at a timestep that does not count is kept, and does not count.
@Suite struct InvalidTimestepClassTests {
  private static let description = InputDescription(
    input: .features(["x"]), target: .classPerTimestep(declared: nil))

  private static let record = SequenceRecord(
    key: "a", input: .values([1, 2, 3, 4], featureCount: 1), target: .labels(["rest", "run", "fall", "rest"]),
    validity: [true, true, false, false])

  @Test func itKeepsItsNameAndIsNotCounted() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add([Self.record], Self.description)
    let source = try store.source(SequenceSelection(dataset: "d"))
    #expect(source.signature.target.names == ["rest", "run", "fall"])
    #expect(try source.gather([0]).targets == .classPerTimestep([0, 1, 2, 0]))
    let classes = try store.statistics(SequenceSelection(dataset: "d"))[0].classes
    #expect(classes.map(\.name) == ["rest", "run", "fall"] && classes.map(\.count) == [1, 1, 0])
    #expect(try SequenceStore.check(path: store.path).problems == [])
  }

  @Test func aMergeBringsItAlong() throws {
    let directory = try TemporaryDirectory()
    let (first, second) = (try directory.store("1.ragged"), try directory.store("2.ragged"))
    try second.add([Self.record], Self.description)
    _ = try first.merge(second)
    let batch = try first.source(SequenceSelection(dataset: "d")).gather([0])
    #expect(batch.targets == .classPerTimestep([0, 1, 2, 0]) && batch.validity == [true, true, false, false])
  }

  @Test func oneThatIsNotDeclaredIsRefused() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let declared = InputDescription(input: .features(["x"]), target: .classPerTimestep(declared: ["rest", "run"]))
    let error = #expect(throws: InputError.self) { try store.add([Self.record], declared) }
    #expect(error?.message.contains("class \"fall\" is not one of \"rest\", \"run\"") == true)
  }

  @Test func whereNoneIsNamedThereIsNone() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    var record = Self.record
    record.target = .labels(["rest", "run", "", ""])
    try store.add([record], Self.description)
    #expect(try store.datasetInfo("d").signature.target.names == ["rest", "run"])
  }
}
