import Foundation
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// Sequences of very many features, and very many declared classes.
@Suite struct ManyNamesTests {
  @Test func tensOfThousandsOfFeatures() throws {
    let names = (0..<20_000).map { "f\($0)" }
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let turned = names.reversed()
    for (order, key) in [(names, "a"), (Array(turned), "b")] {
      let description = InputDescription(input: .features(order), target: .none)
      let record = SequenceRecord(
        key: key, input: .values(order.map { Float($0.dropFirst()) ?? 0 }, featureCount: order.count))
      try store.add([record], description, named: key)
    }
    let batch = try store.source(SequenceSelection(dataset: "d")).gather([0, 1])
    #expect(batch.input.values == (0..<40_000).map { Float($0 % 20_000) })
  }

  @Test func tensOfThousandsOfDeclaredClasses() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let classes = (0..<20_000).map { "k\($0)" }
    let description = InputDescription(input: .features(["x"]), target: .classPerSequence(declared: classes))
    func record(_ key: String, _ label: String) -> SequenceRecord {
      SequenceRecord(key: key, input: .values([1], featureCount: 1), target: .label(label))
    }
    #expect(try store.add([record("a", "k19999")], description).classes == 20_000)
    #expect(try store.add([record("b", "k7")], description).classes == 20_000)
    #expect(throws: InputError.self) { try store.add([record("c", "k20000")], description) }
  }
}
